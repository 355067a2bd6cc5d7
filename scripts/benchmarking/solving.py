"""One solve at equal error: the loosest tolerance of each tool within the target, timed side by side."""

from __future__ import annotations

import sys
import time
import warnings

from scripts.benchmarking.goals import goal_of
from scripts.benchmarking.peer import Peer, Run, Solver
from scripts.benchmarking.precision import Point, Truth, error_of, loosest, work_precision
from scripts.benchmarking.problems import Problem, problem
from scripts.benchmarking.rows import Request, Row
from scripts.benchmarking.timing import interleaved, seconds_of
from scripts.benchmarking.truth import truth_of


def say(text: str) -> None:
    """Progress, apart from the table."""
    print(text, file=sys.stderr, flush=True)


def made_problem(name: str, request: Request) -> Problem:
    """Made once for all tasks."""
    if name not in request.problems:
        request.problems[name] = problem(name, request.folder, recipients=request.recipients)
    return request.problems[name]


def problem_and_truth(name: str, request: Request) -> tuple[Problem, Truth]:
    """Solved once for all tasks."""
    made = made_problem(name, request)
    if name not in request.truths:
        truth = request.truths[name] = truth_of(made)
        say(f"{made.title}: truth by {truth.made_by}; {truth.check} is {truth.deviation:.1e} from it")
    return made, request.truths[name]


def solving(name: str, request: Request) -> list[Row]:
    """The rows of one problem, target by target."""
    made, truth = problem_and_truth(name, request)
    rows, curves = [], dict[str, list[Point]]()
    for peer in request.tools:
        curves[peer.title] = curve(peer, made, truth, request, rows)
    request.curves[name] = curves
    for target in request.targets:
        rows += at_target(made, truth, target, curves, request)
    return rows


def curve(peer: Peer, made: Problem, truth: Truth, request: Request, rows: list[Row]) -> list[Point]:
    """Work-precision of one tool; a tool that cannot take the problem has a row that says so."""
    began = time.perf_counter()
    try:
        solver = peer.open(made, truth, trial=True)
        points = work_precision(lambda tolerance: trial(solver, tolerance, truth), request.targets)
    except Exception as error:  # whatever another tool raises
        rows.append(Row(made.title, peer.title, note=f"failed: {type(error).__name__}: {first_line(error)}"))
        return []
    say(f"  {peer.title}: {len(points)} tolerances in {time.perf_counter() - began:.1f} s")
    return points


def first_line(error: Exception) -> str:
    """What went wrong, short enough for a table."""
    return (str(error).strip() or "no reason given").splitlines()[0].replace("|", "/")[:120]


def trial(solver: Solver, tolerance: float, truth: Truth) -> Point:
    """One run, for its error; a failure is an infinite error, as a looser tolerance may break a solver."""
    found = list[object]()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run = solver(tolerance)
            seconds = seconds_of(lambda: found.append(run.solve()))
        return Point(tolerance, error_of(run.read(found[0]), truth), seconds)
    except Exception:  # whatever another tool raises
        return Point(tolerance, float("inf"), float("nan"))


def at_target(
    made: Problem, truth: Truth, target: float, curves: dict[str, list[Point]], request: Request
) -> list[Row]:
    """All tools within one error, interleaved."""
    task = f"{made.title}, error {target:.0e}"
    chosen = {peer.title: loosest(curves[peer.title], target) for peer in request.tools if curves[peer.title]}
    runs = {
        peer.title: checked(peer, made, truth, point.tolerance)
        for peer in request.tools
        if (point := chosen.get(peer.title)) is not None
    }
    say(f"  timing {task}")
    times = interleaved({title: run.solve for title, run in runs.items()}, request.rounds, budget=request.budget)
    rows = []
    for title, point in chosen.items():
        if point is None:
            best = min(found.error for found in curves[title])
            rows.append(Row(task, title, note=f"not reached at any tolerance; the smallest error is {best:.1e}"))
        else:
            goal = goal_of(made.name, target, title)
            rows.append(Row(task, title, times[title], point.tolerance, point.error, goal=goal))
    return rows


def checked(peer: Peer, made: Problem, truth: Truth, tolerance: float) -> Run:
    """A run that is ready to be timed, run once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = peer.open(made, truth, trial=False)(tolerance)
        run.solve()
    return run
