"""Searches from the same points: how many end at the best known cost, and how soon, against pyPESTO with AMICI."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from typing import Any

import numpy as np

import exokinetics as exo
from exokinetics.simulation.sampling import unit_points
from scripts.benchmarking import fit_problems, petab_folder, pypesto_search
from scripts.benchmarking.own_search import OwnSearch
from scripts.benchmarking.rows import OWN, Request, Row
from scripts.benchmarking.solving import first_line, say

NEAR = 0.1  # log-likelihood units: a start that came this close to the best known cost has found it
SEED = 5
GOAL = 5.0
OPTIMIZERS = ("L-BFGS-B", "Fides")
OWN_POINTS = "fit() from points of its own"
AGREE = 0.01  # log-likelihood units: how well both tools must agree on the cost where the fit file begins
AGREE_FAR = 1e-4  # of the cost: how well at a point anywhere, where costs are large
Cost = Callable[[np.ndarray], float]
Searcher = Callable[[np.ndarray], list[tuple[float, float]]]  # from a point to (CPU seconds, cost) of its evaluations


@dataclass(frozen=True)
class Start:
    """One search: when it came near the best (infinite if never) and when it ended, CPU seconds; its lowest cost."""

    seconds: float
    points: Sequence[tuple[float, float]]

    @property
    def lowest(self) -> float:
        """The lowest cost of all evaluations."""
        return min((cost for _, cost in self.points if np.isfinite(cost)), default=float("inf"))

    def near(self, best: float) -> float:
        """CPU seconds until the cost was first within 0.1 of the best known."""
        return next((seconds for seconds, cost in self.points if cost <= best + NEAR), float("inf"))


def fits(request: Request) -> list[Row]:
    """Every problem of the test bed and every published one."""
    missing = [sentence for name in pypesto_search.PACKAGES if (sentence := absent(name))]
    rows = [Row("fits", "pyPESTO", note="; ".join(missing))] if missing else []
    names = ["decay_chain"] if request.quick else None
    for name, path in fit_problems.folders(request.folder, names).items():
        rows += problem_rows(exo.load_fit(path), name, request, with_peers=not missing)
    return rows


def absent(package: str) -> str:
    """A sentence if a package is not installed."""
    try:
        version(package)
    except PackageNotFoundError:
        return f"{package} is not installed"
    return ""


def problem_rows(problem: Any, name: str, request: Request, *, with_peers: bool) -> list[Row]:
    """All tools from the same points, in turns; one that has spent its budget begins no other search."""
    task = f"{name}, {len(problem.estimated)} parameters"
    own = OwnSearch(problem)
    tools: dict[str, Searcher] = {OWN: own.given, OWN_POINTS: own.chosen}
    rows: list[Row] = []
    others: list[Cost] = []
    if with_peers:
        try:
            made = peer(problem, request)
            tools |= searchers(problem, made)
            others.append(cost_of(problem, made))
        except Exception as error:  # whatever another tool raises
            rows.append(Row(task, "pyPESTO", note=f"failed: {first_line(error)}"))
    found: dict[str, list[Start]] = {title: [] for title in tools}
    say(f"  {task}: {request.starts} starts")
    for point in beginnings(problem, request.starts, others):
        for title, search in tools.items():
            if sum(start.seconds for start in found[title]) > request.budget:
                continue
            began = time.process_time()
            try:
                points = search(point)
            except Exception as error:  # whatever another tool raises
                say(f"    {title}: {first_line(error)}")
                points = []
            found[title].append(Start(time.process_time() - began, points))
    best = min([problem.cost(problem.nominal), *(start.lowest for starts in found.values() for start in starts)])
    return [*rows, *(row_of(f"{task}, best {best:.3f}", title, starts, best) for title, starts in found.items())]


def peer(problem: Any, request: Request) -> pypesto_search.Pypesto:
    """The same likelihood for pyPESTO, of which the fit file and some starts make sure."""
    reason = petab_folder.unsuited(problem)
    if reason:
        raise ValueError(f"cannot be written as PEtab 1: {reason}")
    made = pypesto_search.opened(problem, request.folder / f"pypesto_{problem.name}")
    agreeing(problem, cost_of(problem, made))
    return made


def cost_of(problem: Any, made: pypesto_search.Pypesto) -> Cost:
    """The cost of another tool at a point of ours."""
    order = pypesto_search.in_order(problem.estimated, made.names)
    return lambda point: made.cost(point[order])


def searchers(problem: Any, made: pypesto_search.Pypesto) -> dict[str, Searcher]:
    """pyPESTO's optimizers, from points of ours."""
    order = pypesto_search.in_order(problem.estimated, made.names)

    def searcher(optimizer: str) -> Searcher:
        def search(point: np.ndarray) -> list[tuple[float, float]]:
            made.search(optimizer, point[order])
            return list(made.trace.points)

        return search

    return {f"pyPESTO, AMICI, {name}": searcher(name) for name in OPTIMIZERS}


def agreeing(problem: Any, cost: Cost) -> None:
    """`ValueError` unless another tool has our costs: where the fit file begins, and at one of a few points anywhere.

    At some of these neither integration is to be trusted; where the likelihoods differ, they do so at all of them.
    """
    begin, points = problem.search_vector(), beginnings(problem, 5)
    near = abs(cost(begin) - problem.search_cost(begin))
    far = min(abs(cost(point) / problem.search_cost(point) - 1.0) for point in points)
    if not (near <= AGREE and far <= AGREE_FAR):
        raise ValueError(f"its cost differs by {near:.2g} where the fit begins, and elsewhere by a share of {far:.2g}")


def beginnings(problem: Any, count: int, others: Sequence[Cost] = ()) -> list[np.ndarray]:
    """A Latin hypercube within the bounds, where every tool has a cost: none fails at once for nothing."""
    from exokinetics.fitting.minimising import search_bounds

    lower, upper = search_bounds(problem)
    points = lower + (upper - lower) * unit_points(len(lower), 4 * count, "lhs", (SEED, 0))
    usable = (point for point in points if all(np.isfinite(cost(point)) for cost in (problem.search_cost, *others)))
    return list(islice(usable, count))


def row_of(task: str, title: str, starts: Sequence[Start], best: float) -> Row:
    """Seconds of all starts for each that found the best, which is what one success costs."""
    near = np.array([start.near(best) for start in starts])
    hits = int(np.isfinite(near).sum())
    spent = sum(start.seconds for start in starts)
    note = f"{hits} of {len(starts)} starts within {NEAR}"
    if hits:
        note += f", after {np.median(near[np.isfinite(near)]):.3g} s (median)"
    lowest = min((start.lowest for start in starts), default=float("inf"))
    error = max(lowest - best, 0.0) if np.isfinite(lowest) else None
    goal = None if title in (OWN, OWN_POINTS) else GOAL
    return Row(task, title, spent / hits if hits else None, error=error, goal=goal, note=note)
