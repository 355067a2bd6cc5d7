"""`fit`: many starts of a search with exact slopes, and the best of them with its uncertainty."""

from __future__ import annotations

import math
import os
import time as clock
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import WorkFailed, WrongInput, did_you_mean
from exokinetics.fitting.asking import require_seed, require_threads
from exokinetics.fitting.checkpoint import Checkpoint, End
from exokinetics.fitting.inner import Inner
from exokinetics.fitting.minimising import LEAST, METHODS, OWN, end_of, minimise, search_bounds
from exokinetics.fitting.outcome import Fit, assemble, versions
from exokinetics.fitting.problem import Problem
from exokinetics.progress import telling
from exokinetics.simulation.sampling import unit_points

Array = NDArray[np.float64]

SHORT, FULL, LAST = 15, 2000, 2000  # evaluations of a short search, of a full one, and of the best one once more
PATIENCE = 60  # evaluations that a full search may go on with next to no gain; the best one has no such end


@dataclass(frozen=True)
class Start:
    """The end of one start: its point on the search scale, cost, why it stopped, and why it failed if it did."""

    number: int
    cost: float
    search: tuple[float, ...]
    reason: str
    seconds: float
    evaluations: int = 0
    stopped: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a fit is: starts done of all, the best cost so far (nan before there is one), and seconds left."""

    done: int
    starts: int
    best: float
    seconds_left: float


@dataclass(frozen=True)
class Task:
    """All that a start depends on besides its number."""

    problem: Problem
    seed: int
    method: str
    initial: tuple[tuple[float, ...], ...]


def fit(
    problem: Problem,
    *,
    starts: int = 20,
    seed: int = 1,
    method: str = OWN,
    threads: int | None = None,
    client: Any = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: bool | Callable[[Progress], None] = True,
    initial: Sequence[Mapping[str, Any]] = (),
) -> Fit:
    """Estimate the parameters of a problem by maximum likelihood (with its priors).

    Each of the `starts` begins from its own batch of Latin-hypercube points within the bounds, drawn with `seed`: every
    other one at any of them, the others at the best that short searches find. The first ones begin at the values
    `initial` if there are any. The same seed gives the same numbers to the last digit, whatever the number of
    `threads` (all cores if left out) and with a dask.distributed `client` as well. `checkpoint` names an SQLite file
    that keeps what is finished; with `resume` it is not repeated, and more starts may be asked for.
    `method` is least_squares (our own, of the whole likelihood) or one of lmfit: trf, leastsq, lbfgsb, slsqp, nelder,
    powell, differential_evolution, dual_annealing or basinhopping. `progress`: a bar, if standard
    error is a terminal, or a function of the `Progress` after each start. Raises `WorkFailed` if every start fails.
    """
    problem = _problem(problem)
    require_search(starts, seed, method, threads)
    if len(initial) > starts:
        raise WrongInput(f"initial: holds {len(initial)} sets of values for {starts} starts; ask for more starts")
    points = tuple(tuple(float(value) for value in problem.search_vector(values)) for values in initial)
    task = Task(problem, seed, method, points)
    book = Checkpoint(
        checkpoint, problem, seed=seed, method=method, initial=points, resume=resume, versions=versions(), starts=starts
    )
    try:
        found = {number: Start(**row) for number, row in book.finished(starts).items()}
        waiting = [number for number in range(starts) if number not in found]
        ends = _by_client(task, waiting, client, book) if client is not None else _here(task, waiting, threads, book)
        began, before = clock.perf_counter(), len(found)
        with telling(progress, f"starts of {problem.rival or problem.name}", starts, _shown) as tell:
            for start in ends:
                found[start.number] = start
                seconds = (clock.perf_counter() - began) / (len(found) - before) * (starts - len(found))
                tell(Progress(len(found), starts, _lowest(found.values()), seconds))
    finally:
        book.close()
    ordered = [found[number] for number in range(starts)]
    best = min((start for start in ordered if not start.reason), key=lambda start: start.cost, default=None)
    if best is None:
        raise WorkFailed(f"every one of the {starts} starts of {problem.name} failed; the first: {ordered[0].reason}")
    return assemble(problem, ordered, polish(problem, np.array(best.search)), seed)


def polish(problem: Problem, search: Array) -> Any:
    """The search once more from its end, to the last digits that there are."""
    return minimise(problem, search, LAST, promise=LEAST)


def _shown(told: Progress) -> tuple[int, str]:
    return told.done, f"best cost {told.best:.4f}" if math.isfinite(told.best) else ""


def _lowest(ends: Iterable[Start]) -> float:
    return min((end.cost for end in ends if not end.reason), default=float("nan"))


def _problem(given: Any) -> Problem:
    if isinstance(given, (str, Path)):
        from exokinetics.fitting.folders import load_fit

        return load_fit(given)
    if not isinstance(given, Problem):
        raise WrongInput(f"{given!r} is not a fit; give a Problem, the name of a shipped fit or a path")
    return given


def require_search(starts: Any, seed: Any, method: Any, threads: Any) -> None:
    """`WrongInput` for what a search cannot be asked for."""
    require_seed(seed)
    require_threads(threads)
    if not isinstance(starts, int) or not 1 <= starts <= 100_000:
        raise WrongInput(f"starts: must be a whole number from 1 to 100,000, not {starts!r}")
    if method not in METHODS:
        near = did_you_mean(str(method), METHODS)
        raise WrongInput(f"method: '{method}' is not known{near or '; use one of ' + ', '.join(METHODS)}")


def _here(task: Task, waiting: Sequence[int], threads: int | None, book: Checkpoint) -> Iterator[Start]:
    """The starts over threads of this process, as they end."""
    _ = task.problem.predictor  # compiled once, before the threads would each do it
    pool = ThreadPoolExecutor(threads or os.cpu_count() or 1)
    try:
        futures = [pool.submit(search_from, task, number, book) for number in waiting]
        for future in as_completed(futures):
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _by_client(task: Task, waiting: Sequence[int], client: Any, book: Checkpoint) -> Iterator[Start]:
    """The starts as tasks of dask, as they end; what they depend on is sent once."""
    try:
        import distributed
    except ImportError:
        raise WrongInput("client: needs dask.distributed; run: pip install 'exokinetics[distributed]'") from None
    if not isinstance(client, distributed.Client):
        raise WrongInput(f"client: must be a dask.distributed Client, not {client!r}")
    untyped: Any = client
    shared = untyped.scatter(task, broadcast=True)
    futures = [client.submit(search_from, shared, number, pure=False) for number in waiting]
    try:
        completed: Any = distributed.as_completed  # untyped there
        for future in completed(futures):
            start = future.result()
            book.add(start)
            yield start
    finally:
        untyped.cancel(futures)


def search_from(task: Task, number: int, book: Checkpoint | None = None) -> Start:
    """One start: a batch of points, a short search from the best few, a full one from the best of those.

    Every other start takes any point of its batch instead: where many points look best that lead nowhere, such as all
    at which nothing happens, looking first is worse than not looking. A failure is reported, not raised.
    """
    began = clock.perf_counter()
    cost, reason, evaluations, stopped = float("nan"), "", 0, ""
    search: tuple[float, ...] = ()
    try:
        point, evaluations = _beginning(task, number, book)
        result = minimise(
            task.problem, np.array(point), FULL, method=task.method, seed=(task.seed, number), patience=PATIENCE
        )
        cost, search, more = _end(task.problem, result)
        evaluations += more
        stopped = " ".join(str(result.message).split())
        if not np.isfinite(cost):
            reason = "the model could not be integrated where the search ended"
    except (WorkFailed, ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        reason = str(error)
    seconds = clock.perf_counter() - began
    start = Start(number, cost if not reason else float("nan"), search, reason, seconds, evaluations, stopped)
    if book is not None:
        book.add(start)
    return start


def _beginning(task: Task, number: int, book: Checkpoint | None) -> tuple[tuple[float, ...] | Array, int]:
    """Where the full search of a start begins, and what it took to find out."""
    if number < len(task.initial):
        return task.initial[number], 0
    problem = task.problem
    if number % 2:
        return plain(problem, number, task.seed)
    points = screened(problem, number, task.seed)
    if len(points) == 1:
        return points[0], problem.effort.batch
    tried: list[End] = []
    for place, point in enumerate(points):
        end = book.short(number, place) if book is not None else None
        if end is None:
            end = _end(problem, minimise(problem, point, SHORT))
            if book is not None:
                book.add_short(number, place, end)
        tried.append(end)
    return min(tried, key=lambda end: end[0])[1], problem.effort.batch + sum(end[2] for end in tried)


def plain(problem: Problem, number: int, seed: int) -> tuple[Array, int]:
    """The first point of the batch that has a cost (the first of all if none has), and how many were looked at."""
    inner, batch = Inner(problem), _batch(problem, number, seed)
    for looked, point in enumerate(batch, start=1):
        if np.isfinite(inner.at(point).cost()):
            return point, looked
    return batch[0], len(batch)


def _batch(problem: Problem, number: int, seed: int) -> Array:
    """A Latin hypercube within the bounds; it depends on the seed and the number of the start alone."""
    lower, upper = search_bounds(problem)
    return lower + (upper - lower) * unit_points(len(lower), problem.effort.batch, "lhs", (seed, number))


def screened(problem: Problem, number: int, seed: int) -> list[Array]:
    """The best few of the batch."""
    inner, batch = Inner(problem), _batch(problem, number, seed)
    costs = np.array([inner.at(point).cost() for point in batch])
    costs[~np.isfinite(costs)] = np.inf
    return [batch[index] for index in np.argsort(costs, kind="stable")[: problem.effort.tried]]


def _end(problem: Problem, result: Any) -> End:
    """Where a search ended, the cost there, infinite where the model could not be integrated, and its evaluations."""
    search = end_of(result)
    cost = problem.search_cost(search)
    return (cost if np.isfinite(cost) else float("inf")), tuple(float(value) for value in search), int(result.nfev)
