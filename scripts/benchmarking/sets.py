"""Many parameter sets: ensembles per core, and accuracy far from the nominal values."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from scripts.benchmarking.goals import goal_of
from scripts.benchmarking.peer import Sets, SetsOpener
from scripts.benchmarking.precision import TOLERANCES, Point, Truth, error_of, loosest
from scripts.benchmarking.problems import SEED, Problem, varied
from scripts.benchmarking.rows import Request, Row
from scripts.benchmarking.solving import curve, first_line, problem_and_truth, say
from scripts.benchmarking.timing import interleaved, seconds_of
from scripts.benchmarking.truth import truths_of_sets

TARGET = 1e-6
FEWEST = 20  # sets from which the time of all is foreseen
DECADES = 3.0


def ensembles(request: Request) -> list[Row]:
    """Draws from the ranges of the flagship, from the same state; the median error of a sample is what is equal."""
    made, truth = problem_and_truth("flagship", request)
    names, table = draws(made, request.draws)
    task = f"{len(table):,} draws of {made.model.name} on one core, median error {TARGET:.0e}"
    sample = table[: request.sample]
    truths = truths_of_sets(made, names, sample, truth.scale)
    rows, opened = list[Row](), dict[str, Opened]()
    for peer in request.tools:
        if peer.sets is None:
            continue
        points = request.curves.get("flagship", {}).get(peer.title) or curve(peer, made, truth, request, rows)
        try:
            found = at_equal_error(quiet(peer.sets, made, truth, names), sample, truths, loosest(points, TARGET))
        except Exception as error:  # whatever another tool raises
            rows.append(Row(task, peer.title, note=f"failed: {first_line(error)}"))
            continue
        if found is None:
            rows.append(Row(task, peer.title, note=f"has no tolerance with an error within {TARGET:.0e}"))
        else:
            opened[peer.title] = found
    counts = {title: affordable(one.solve, table, request) for title, one in opened.items()}
    calls = {title: one.solve(table[: counts[title]]).solve for title, one in opened.items()}
    say(f"  timing {task}: {counts}")
    times = interleaved(calls, min(3, request.rounds), budget=request.budget)
    for title, one in opened.items():
        seconds = times[title] * len(table) / counts[title]
        note = f"sample of {len(truths)}: worst error {max(one.errors):.1e}"
        if counts[title] < len(table):
            note += f"; {counts[title]} draws run, time scaled"
        rows.append(
            Row(task, title, seconds, one.tolerance, one.median, goal=goal_of("ensemble", TARGET, title), note=note)
        )
    return rows


@dataclass(frozen=True)
class Opened:
    """A tool at a tolerance, and its errors on the sample."""

    solve: Sets
    tolerance: float
    errors: Sequence[float]

    @property
    def median(self) -> float:
        """The error that is equal between tools."""
        return float(np.median(self.errors))


def at_equal_error(
    at: Callable[[float], Sets], sample: np.ndarray, truths: Sequence[Truth], nominal: Point | None
) -> Opened | None:
    """The loosest tolerance with a median error within the target, from that of the nominal set on either way."""

    def opened(index: int) -> Opened:
        solve = at(TOLERANCES[index])
        return Opened(solve, TOLERANCES[index], errors_of(solve(sample)(), truths))

    index = 0 if nominal is None else TOLERANCES.index(nominal.tolerance)
    found = opened(index)
    if found.median <= TARGET:
        while index > 0 and (looser := opened(index - 1)).median <= TARGET:
            found, index = looser, index - 1
        return found
    for tighter in range(index + 1, len(TOLERANCES)):
        if (found := opened(tighter)).median <= TARGET:
            return found
    return None


def draws(made: Problem, count: int) -> tuple[list[str], np.ndarray]:
    """Names and sets of the parameters that have ranges."""
    generator = np.random.default_rng(SEED)
    names = [name for name in made.model.parameters if varied(made.model.value(name))]
    points = np.clip(generator.random((count, len(names))), 1e-12, 1.0 - 1e-12)
    columns = [
        [made.model.value(name).quantile(point) for point in points[:, place]] for place, name in enumerate(names)
    ]
    return names, np.array(columns, float).T.copy()


def quiet(opener: SetsOpener, made: Problem, truth: Truth, names: Sequence[str]) -> Callable[[float], Sets]:
    """A tool at a tolerance, without its warnings."""

    def at(tolerance: float) -> Sets:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return opener(made, truth, names, tolerance)

    return at


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
            solve = quiet(peer.sets, made, truth, names)(1e-6)
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
