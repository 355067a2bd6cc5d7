"""`fit`: many starts of a least-squares search with exact slopes, and the best of them with its uncertainty."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import WorkFailed, WrongInput
from exokinetics.fitting.checkpoint import Checkpoint
from exokinetics.fitting.outcome import Fit, assemble
from exokinetics.fitting.problem import Likelihood, Problem, safe_name
from exokinetics.simulation.sampling import unit_points

Array = NDArray[np.float64]

METHODS = ("least_squares",)
SHORT, FULL = 15, 400  # evaluations of a short search and of a full one


@dataclass(frozen=True)
class Start:
    """The end of one start: its point on the search scale, cost, and why it failed if it did."""

    number: int
    cost: float
    search: tuple[float, ...]
    reason: str
    seconds: float


def fit(
    problem: Problem,
    *,
    starts: int = 20,
    seed: int = 1,
    method: str = "least_squares",
    threads: int | None = None,
    client: Any = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: bool | Callable[[int], None] = True,
) -> Fit:
    """Estimate the parameters of a problem by maximum likelihood (with its priors).

    Each of the `starts` begins from its own batch of Latin-hypercube points within the bounds, drawn with `seed`; the
    same seed gives the same numbers to the last digit. `checkpoint` names a file that keeps finished
    starts; with `resume` they are not repeated. `progress` may be a function that is told how many starts are done.
    Raises `WorkFailed` if every start fails.
    """
    if isinstance(problem, (str, Path)):
        from exokinetics.fitting.folders import load_fit

        problem = load_fit(problem)
    if not isinstance(problem, Problem):
        raise WrongInput(f"{problem!r} is not a fit; give a Problem, the name of a shipped fit or a path")
    if not isinstance(seed, int) or seed < 0:
        raise WrongInput(f"seed: must be a whole number of at least 0, not {seed!r}")
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise WrongInput(f"threads: must be a whole number of at least 1, not {threads!r}")
    if not isinstance(starts, int) or not 1 <= starts <= 100_000:
        raise WrongInput(f"starts: must be a whole number from 1 to 100,000, not {starts!r}")
    if method not in METHODS:
        raise WrongInput(f"method: '{method}' is not known; use one of {', '.join(METHODS)}")
    if client is not None:
        raise WrongInput("client: distributed fits are not built yet; leave it out")
    book = Checkpoint(checkpoint, problem, starts, seed, resume)
    done = book.finished()

    def one(number: int) -> Start:
        if number in done:
            return Start(**done[number])
        found = search_from(problem, number, seed)
        book.add(found)
        return found

    found: list[Start] = []
    with ThreadPoolExecutor(threads or 1) as pool:
        for start in pool.map(one, range(starts)):
            found.append(start)
            if callable(progress):
                progress(len(found))
    best = min((start for start in found if not start.reason), key=lambda start: start.cost, default=None)
    if best is None:
        raise WorkFailed(f"every one of the {starts} starts of {problem.name} failed; the first: {found[0].reason}")
    return assemble(problem, found, minimise(problem, np.array(best.search), FULL), seed)


def search_bounds(problem: Problem) -> tuple[Array, Array]:
    """Lower and upper bounds on the search scale."""
    items = [problem.quantities[name] for name in problem.estimated]
    lower = np.array([item.to_search(item.lower) for item in items])
    upper = np.array([item.to_search(item.upper) for item in items])
    return lower, upper


def search_from(problem: Problem, number: int, seed: int) -> Start:
    """One start: a batch of points, a short search from the best few, a full one from the best of those.

    A failure is reported, not raised.
    """
    began = clock.perf_counter()
    search: tuple[float, ...] = ()
    cost, reason = float("nan"), ""
    try:
        points = screened(problem, number, seed)
        if len(points) > 1:
            tried = [_end(problem, minimise(problem, point, SHORT)) for point in points]
            points = [min(tried, key=lambda end: end[0])[1]]
        (point,) = points
        cost, end = _end(problem, minimise(problem, point, FULL))
        search = tuple(float(value) for value in end)
        if not np.isfinite(cost):
            reason = "the model could not be integrated where the search ended"
    except (WorkFailed, ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        reason = str(error)
    return Start(number, cost if not reason else float("nan"), search, reason, clock.perf_counter() - began)


def screened(problem: Problem, number: int, seed: int) -> list[Array]:
    """The best few of a Latin hypercube within the bounds; it depends on the seed and the number of the start alone."""
    lower, upper = search_bounds(problem)
    batch = lower + (upper - lower) * unit_points(len(lower), problem.effort.batch, "lhs", (seed, number))
    costs = np.array([problem.search_cost(point) for point in batch])
    costs[~np.isfinite(costs)] = np.inf
    return [batch[index] for index in np.argsort(costs, kind="stable")[: problem.effort.tried]]


def _end(problem: Problem, result: Any) -> tuple[float, Array]:
    """Where a search ended, and the cost there; infinite where the model could not be integrated."""
    search = np.array([result.params[name].value for name in result.var_names])
    cost = problem.search_cost(search)
    return (cost if np.isfinite(cost) else np.inf), search


def minimise(problem: Problem, point: Array, evaluations: int) -> Any:
    """lmfit's least squares over the search scale, with exact slopes; an `lmfit.MinimizerResult`."""
    import lmfit

    lower, upper = search_bounds(problem)
    point = np.clip(point, lower + 1e-9 * (upper - lower), upper - 1e-9 * (upper - lower))
    objective = _Objective(problem)
    table = lmfit.Parameters()
    for name, value, low, high in zip(problem.estimated, point, lower, upper, strict=True):
        table.add(search_name(problem, name), value=float(value), min=float(low), max=float(high))
    minimizer = lmfit.Minimizer(objective.vector, table, nan_policy="propagate", scale_covar=False)
    with np.errstate(all="ignore"):  # lmfit takes roots of variances that are negative where nothing is known
        return minimizer.least_squares(
            Dfun=objective.slopes, x_scale="jac", ftol=1e-12, xtol=1e-10, gtol=1e-10, max_nfev=evaluations
        )


def search_name(problem: Problem, name: str) -> str:
    """The name of a parameter in the table that lmfit searches over: it says when the value is a logarithm."""
    prefix = "log10_" if problem.quantities[name].scale == "log10" else ""
    return prefix + safe_name(name)


class _Objective:
    """The likelihood as a sum of squares: residuals, priors, and the log of each spread above a low reference."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._last: tuple[bytes, Likelihood] | None = None

    def _likelihood(self, params: Any) -> Likelihood:
        search = np.array([parameter.value for parameter in params.values()])
        key = search.tobytes()
        if self._last is None or self._last[0] != key:
            self._last = (key, Likelihood(self.problem, search, slopes=True))
        return self._last[1]

    def vector(self, params: Any) -> Array:
        """Its half sum of squares is the cost up to a constant."""
        return self._likelihood(params).vector()

    def slopes(self, params: Any) -> Array:
        """Its derivatives by the search vector."""
        return self._likelihood(params).vector_slopes()
