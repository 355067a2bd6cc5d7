"""Forward sensitivities at equal error: all species of the flagship by 25 of its parameters."""

from __future__ import annotations

import time
import warnings

from scripts.benchmarking.goals import goal_of
from scripts.benchmarking.peer import Peer, Run, SlopesOpener
from scripts.benchmarking.precision import Point, SlopeTruth, error_of_slopes, loosest, work_precision
from scripts.benchmarking.problems import Problem
from scripts.benchmarking.rows import Request, Row
from scripts.benchmarking.slopes import STEP, chosen_parameters, slope_truth
from scripts.benchmarking.solving import first_line, problem_and_truth, say
from scripts.benchmarking.timing import interleaved, seconds_of

TARGETS = (1e-4, 1e-6)  # of the sensitivities; differences of trajectories at 1e-12 are no better


def sensitivities(request: Request) -> list[Row]:
    """The loosest tolerance of each tool whose sensitivities are within the error, timed in turns."""
    made, states = problem_and_truth("flagship", request)
    names = chosen_parameters(made)
    say(f"  the slopes of {len(names)} parameters")
    truth = slope_truth(made, states, names)
    rows, curves, openers = list[Row](), dict[str, list[Point]](), dict[str, SlopesOpener]()
    task = f"{len(names)} sensitivities of each of {len(made.states)} states of {made.model.name}"
    for peer in request.tools:
        if peer.slopes is not None:
            openers[peer.title] = peer.slopes
            curves[peer.title] = curve(peer, peer.slopes, made, truth, rows)
    request.curves["sensitivities"] = curves
    for target in TARGETS[:1] if request.quick else TARGETS:
        rows += at_target(f"{task}, error {target:.0e}", target, made, truth, openers, request)
    note = f"their error: four trajectories at 1e-12 for each parameter, steps of {STEP:.1%} and twice that"
    return [*rows, Row(task, "central differences", error=truth.differences, note=note)]


def curve(peer: Peer, opener: SlopesOpener, made: Problem, truth: SlopeTruth, rows: list[Row]) -> list[Point]:
    """Work-precision of one tool; a tool that cannot take the problem has a row that says so."""
    began = time.perf_counter()

    def at(tolerance: float) -> Point:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                run, found = solver(tolerance), list[object]()
                seconds = seconds_of(lambda: found.append(run.solve()))
            return Point(tolerance, error_of_slopes(run.read(found[0]), truth), seconds)
        except Exception:  # whatever another tool raises
            return Point(tolerance, float("inf"), float("nan"))

    try:
        solver = opener(made, truth, trial=True)
        points = work_precision(at, TARGETS)
    except Exception as error:  # whatever another tool raises
        rows.append(Row(made.title, peer.title, note=f"no sensitivities: {first_line(error)}"))
        return []
    say(f"  {peer.title}: {len(points)} tolerances in {time.perf_counter() - began:.1f} s")
    return points


def at_target(
    task: str, target: float, made: Problem, truth: SlopeTruth, openers: dict[str, SlopesOpener], request: Request
) -> list[Row]:
    """All tools within one error, interleaved."""
    curves = {title: points for title, points in request.curves["sensitivities"].items() if points}
    chosen = {title: loosest(points, target) for title, points in curves.items()}
    runs = {
        title: ready(openers[title], made, truth, point.tolerance)
        for title, point in chosen.items()
        if point is not None
    }
    say(f"  timing {task}")
    times = interleaved({title: run.solve for title, run in runs.items()}, request.rounds, budget=request.budget)
    rows = []
    for title, point in chosen.items():
        if point is None:
            best = min(found.error for found in curves[title])
            rows.append(Row(task, title, note=f"not reached at any tolerance; the smallest error is {best:.1e}"))
        else:
            goal = goal_of("sensitivities", target, title)
            rows.append(Row(task, title, times[title], point.tolerance, point.error, goal=goal))
    return rows


def ready(opener: SlopesOpener, made: Problem, truth: SlopeTruth, tolerance: float) -> Run:
    """A run that is ready to be timed, run once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = opener(made, truth, trial=False)(tolerance)
        run.solve()
    return run
