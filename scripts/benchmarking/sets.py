"""Many parameter sets: ensembles per core, and accuracy far from the nominal values."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np

import exokinetics as exo
from scripts.benchmarking.goals import goal_of
from scripts.benchmarking.peer import Peer, Sets
from scripts.benchmarking.precision import Truth, error_of, loosest
from scripts.benchmarking.problems import SEED, Problem
from scripts.benchmarking.rows import Request, Row
from scripts.benchmarking.solving import curve, first_line, problem_and_truth, say
from scripts.benchmarking.timing import interleaved, seconds_of
from scripts.benchmarking.truth import truths_of_sets

TARGET = 1e-6
FEWEST = 20  # sets from which the time of all is foreseen
DECADES = 3.0


def ensembles(request: Request) -> list[Row]:
    """Draws from the ranges of the flagship, from the same state; each tool at its loosest tolerance for 1e-6."""
    made, truth = problem_and_truth("flagship", request)
    names, table = draws(made, request.draws)
    task = f"{len(table):,} draws of {made.model.name} on one core, nominal error {TARGET:.0e}"
    truths = truths_of_sets(made, names, table[: request.sample], truth.scale)
    rows, opened = list[Row](), dict[str, tuple[Sets, float]]()
    for peer in request.tools:
        if peer.sets is not None:
            open_sets(peer, made, truth, names, task, request, rows, opened)
    counts = {title: affordable(solve, table, request) for title, (solve, _) in opened.items()}
    calls = {title: solve(table[: counts[title]]).solve for title, (solve, _) in opened.items()}
    say(f"  timing {task}: {counts}")
    times = interleaved(calls, min(3, request.rounds), budget=request.budget)
    for title, (solve, tolerance) in opened.items():
        errors = errors_of(solve(table[: request.sample])(), truths)
        seconds = times[title] * len(table) / counts[title]
        note = f"sample of {len(truths)}: worst error {max(errors):.1e}"
        if counts[title] < len(table):
            note += f"; {counts[title]} draws run, time scaled"
        goal = goal_of("ensemble", TARGET, title)
        rows.append(Row(task, title, seconds, tolerance, float(np.median(errors)), goal=goal, note=note))
    return rows


def draws(made: Problem, count: int) -> tuple[list[str], np.ndarray]:
    """Names and sets of the parameters that have ranges."""
    generator = np.random.default_rng(SEED)
    names = [name for name in made.model.parameters if varied(made.model.value(name))]
    points = np.clip(generator.random((count, len(names))), 1e-12, 1.0 - 1e-12)
    columns = [
        [made.model.value(name).quantile(point) for point in points[:, place]] for place, name in enumerate(names)
    ]
    return names, np.array(columns, float).T.copy()


def varied(value: exo.Value) -> bool:
    """Whether a value has a range."""
    return value.distribution != "fixed" and value.value != 0.0 and value.low < value.high


def open_sets(
    peer: Peer, made: Problem, truth: Truth, names: Sequence[str], task: str, request: Request, rows: list[Row],
    opened: dict[str, tuple[Sets, float]],
) -> None:  # fmt: skip
    """Choose the tolerance and make ready; a tool that fails has a row that says so."""
    points = request.curves.get("flagship", {}).get(peer.title) or curve(peer, made, truth, request, rows)
    point = loosest(points, TARGET)
    if point is None or peer.sets is None:
        rows.append(Row(task, peer.title, note=f"has no tolerance with an error within {TARGET:.0e}"))
        return
    try:
        opened[peer.title] = quiet(peer.sets, made, truth, names, point.tolerance), point.tolerance
    except Exception as error:  # whatever another tool raises
        rows.append(Row(task, peer.title, note=f"failed: {first_line(error)}"))


def quiet(function: Callable[..., Sets], *args: object) -> Sets:
    """Without the warnings of other tools."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args)


def affordable(solve: Sets, table: np.ndarray, request: Request) -> int:
    """How many of the sets fit into a third of the budget; all of them if they do."""
    return int(min(len(table), max(FEWEST, request.budget / 3.0 / seconds_each(solve, table))))


def seconds_each(solve: Sets, table: np.ndarray) -> float:
    """CPU seconds of one set, from a few."""
    few = solve(table[:FEWEST]).solve
    few()
    return max(seconds_of(few) / min(FEWEST, len(table)), 1e-9)


def errors_of(found: np.ndarray, truths: Sequence[Truth]) -> list[float]:
    """The error of each set, infinite where it failed."""
    return [error_of(states, truth) for states, truth in zip(found, truths, strict=True)]


def accuracy(request: Request) -> list[Row]:
    """Every parameter of the flagship moved by up to three decades, at the relative tolerance 1e-6."""
    made, truth = problem_and_truth("flagship", request)
    names, table = far_away(made, request.sample * 5)
    say(f"  the truth of {len(table)} sets")
    truths = truths_of_sets(made, names, table, truth.scale)
    task = f"{len(table)} sets of {made.model.name}, every parameter within 3 decades, rtol 1e-6"
    rows = []
    for peer in request.tools:
        if peer.sets is None:
            continue
        try:
            solve = quiet(peer.sets, made, truth, names, 1e-6)
            errors = np.array(errors_of(solve(table)(), truths))
        except Exception as error:  # whatever another tool raises
            rows.append(Row(task, peer.title, note=f"failed: {first_line(error)}"))
            continue
        failed = int(np.isinf(errors).sum())
        worst = float(errors[np.isfinite(errors)].max(initial=0.0))
        median = float(np.median(errors))
        rows.append(
            Row(task, peer.title, tolerance=1e-6, error=worst, note=f"worst; median {median:.1e}; {failed} failed")
        )
    return rows


def far_away(made: Problem, count: int) -> tuple[list[str], np.ndarray]:
    """Values times 10 to the power of -3 to 3; of fractions the odds, and Hill exponents stay between 1 and 8."""
    generator = np.random.default_rng(SEED)
    names = [name for name in made.model.parameters if varied(made.model.value(name))]
    factors = 10.0 ** generator.uniform(-DECADES, DECADES, (count, len(names)))
    table = np.empty(factors.shape)
    for column, name in enumerate(names):
        value, factor = made.model.value(name), factors[:, column]
        if value.distribution == "logit":
            odds = value.value / (1.0 - value.value) * factor
            table[:, column] = odds / (1.0 + odds)
        elif value.distribution == "hill":
            table[:, column] = 1.0 + 7.0 * generator.random(count)
        else:
            table[:, column] = value.value * factor
    return names, table
