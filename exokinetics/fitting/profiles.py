"""`profile`: how far each parameter can go before the data object, all the others adapting to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.fitting.asking import require_fit
from exokinetics.fitting.information import covariance_of
from exokinetics.fitting.minimising import search_bounds
from exokinetics.fitting.outcome import Fit
from exokinetics.fitting.problem import Likelihood, Problem
from exokinetics.fitting.restricted import Held, lowest_with_held
from exokinetics.fitting.saving import save_whole
from exokinetics.fitting.small_samples import plain_reach, reach
from exokinetics.fitting.verdicts import Walk, verdict
from exokinetics.progress import counted, telling

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

BEYOND = 1.15  # of the rise at 95 %: how far a profile goes on, so that the crossing is seen from both sides
PARTS = 5  # of that rise, from one point to the next
POINTS = 60  # to one side at most
WIDEST = 1 / 12  # of the span of the bounds: the longest step
CLOSE = 0.005  # of cost: how well the end of an interval meets the rise, 0.1 % to 0.2 % of its width
BETTER = 0.01  # of cost: what counts as a better optimum


@dataclass(frozen=True, repr=False)
class Profiles:
    """Profile likelihoods, on the natural scale.

    `table` has a row per point: `parameter`, its `value`, the `cost`, and every estimated parameter by id. `intervals`
    are at 95 %, where the cost has risen by `rises`; an end that the data do not give is the bound of the search.
    `better` holds the values of an optimum below that of the fit, found on the way, or is empty.
    """

    fit: Fit
    table: pandas.DataFrame
    intervals: Mapping[str, tuple[float, float]]
    verdicts: Mapping[str, str]
    rises: Mapping[str, float]
    better: Mapping[str, float]

    def __repr__(self) -> str:
        return f"<Profiles of {', '.join(self.intervals)} in {self.fit.problem.name}>"

    def report(self) -> str:
        """A sentence for each parameter."""
        lines = [f"{name} {sentence}" for name, sentence in self.verdicts.items()]
        if self.better:
            lines.append("A better optimum was found on the way; fit again with more starts, or begin from .better.")
        return "\n".join(lines)

    def plot(self) -> Figure:
        """A panel per parameter: cost above the optimum, and how much it may rise at 95 %."""
        from exokinetics.drawing import LINE, REFERENCE, grid, logarithmic

        problem = self.fit.problem
        figure, axes = grid(len(self.intervals), f"{problem.title}: profiles")
        for axis, name in zip(axes, self.intervals, strict=True):
            rows = self.table[self.table["parameter"] == name]
            axis.plot(rows["value"], rows["cost"] - self.fit.cost, color=LINE, marker=".", linewidth=1.4)
            axis.axhline(self.rises[name], color=REFERENCE, linestyle="--", linewidth=1.0)
            if problem.quantities[name].scale == "log10":
                logarithmic(axis)
            axis.set_xlabel(f"{name} [{problem.quantities[name].unit}]", fontsize=8)
            axis.set_ylabel("cost above the optimum", fontsize=8)
        return figure

    def save(self, folder: str | Path) -> list[Path]:
        """Write profiles.csv, intervals.csv and profiles.png into a folder; each appears whole or not at all."""
        import pandas

        rows = [(name, low, high, self.verdicts[name]) for name, (low, high) in self.intervals.items()]
        ends = pandas.DataFrame(rows, columns=["parameter", "low", "high", "verdict"])
        return save_whole(folder, {
            "profiles.csv": lambda path: self.table.to_csv(path, index=False),
            "intervals.csv": lambda path: ends.to_csv(path, index=False),
            "profiles.png": lambda path: self.plot().savefig(path, dpi=150),
        })  # fmt: skip


def profile(
    fit: Fit, *, parameters: Iterable[str] | None = None, small_samples: bool = True,
    progress: bool | Callable[[int], None] = True,
) -> Profiles:  # fmt: skip
    """The profile likelihood of each parameter (all of them if left out), to the end of its 95 % interval or a bound.

    An interval ends where the cost has risen by 1.92, half of the 95 % point of chi-squared; with `small_samples` by
    what stands for that where spreads are estimated from few measurements, from Student's t in place of the normal.
    `progress`: a bar, or a function that is told how many parameters are done. Raises `WrongInput` for an id that the
    fit does not estimate.
    """
    import pandas

    require_fit(fit)
    problem = fit.problem
    names = (
        [parameters] if isinstance(parameters, str) else list(problem.estimated if parameters is None else parameters)
    )
    for name in names:
        if name not in problem.estimated:
            raise WrongInput(f"'{name}' is not estimated in {problem.name}{did_you_mean(name, problem.estimated)}")
    best = Held(problem.search_vector(fit.values), fit.cost)
    likelihood = Likelihood(problem, best.search, slopes=True)
    deviation = np.sqrt(np.diag(covariance_of(likelihood.information())))
    allowed = (reach(likelihood) if small_samples else plain_reach(len(deviation))).rises
    rows, intervals, verdicts, rises, lowest = [], {}, {}, {}, best
    with telling(progress, "profiles", len(names), counted) as tell:
        for name in names:
            index = problem.estimated.index(name)
            rises[name] = float(allowed[index])
            below, above = (_walk(problem, best, index, side, float(deviation[index]), rises[name]) for side in (-1, 1))
            points = [*reversed(below.points), best, *above.points]
            lowest = min([lowest, *points], key=lambda point: point.cost)
            for point in points:
                natural = problem.natural(point.search)
                rows.append({"parameter": name, "value": natural[name], "cost": point.cost, **natural})
            back = problem.quantities[name].from_search
            intervals[name] = (back(below.end), back(above.end))
            verdicts[name] = verdict(problem, name, best, below, above)
            tell(len(verdicts))
    better = problem.natural(lowest.search) if lowest.cost < fit.cost - BETTER else {}
    return Profiles(fit, pandas.DataFrame(rows), intervals, verdicts, rises, better)


def _walk(problem: Problem, best: Held, index: int, side: int, deviation: float, rise: float) -> Walk:
    """Points to one side of the optimum, about equally far apart in cost, until that has risen by `rise`."""
    lower, upper = search_bounds(problem)
    bound = float((lower if side < 0 else upper)[index])
    widest = WIDEST * float(upper[index] - lower[index])
    part = rise / PARTS
    step = min(deviation * np.sqrt(2 * part), widest)
    points: list[Held] = []
    last, before = best, best
    while len(points) < POINTS and last.search[index] != bound:
        goal = last.search[index] + side * step
        goal = bound if (bound - goal) * side <= 0 else goal
        found = _from(problem, last, before, index, goal)
        gained = found.cost - last.cost
        if gained > 2.5 * part and step > 1e-3 * widest:
            step *= 0.5
            continue
        if not np.isfinite(found.cost):
            return Walk(tuple(points), float(last.search[index]), closed=False, broken=True)
        points.append(found)
        before, last = last, found
        if last.cost - best.cost > BEYOND * rise:
            break
        step = min(widest, step * float(np.clip(part / max(gained, 1e-9), 0.5, 2.0)))
    if last.cost - best.cost < rise:
        return Walk(tuple(points), float(last.search[index]), closed=False)
    return _crossing(problem, best, index, points, rise)


def _from(problem: Problem, last: Held, before: Held, index: int, goal: float) -> Held:
    """The lowest cost with the parameter at `goal`, from where the last two points lead to."""
    guess = last.search.copy()
    moved = last.search[index] - before.search[index]
    if moved != 0.0:
        guess = last.search + (last.search - before.search) * (goal - last.search[index]) / moved
    guess[index] = goal
    found = lowest_with_held(problem, guess, index)
    if np.isfinite(found.cost):
        return found
    guess = last.search.copy()
    guess[index] = goal
    return lowest_with_held(problem, guess, index)


def _crossing(problem: Problem, best: Held, index: int, points: list[Held], rise: float) -> Walk:
    """The end of the interval: the root of the cost, nearly a straight line, is followed to that of the rise."""

    def height(point: Held) -> float:
        return float(np.sqrt(max(point.cost - best.cost, 0.0)) - np.sqrt(rise))

    first = next(number for number, point in enumerate(points) if height(point) >= 0.0)
    inner, outer = (points[first - 1] if first else best), points[first]
    kept = list(points)
    end = float(outer.search[index])
    for _ in range(12):
        share = height(inner) / (height(inner) - height(outer))
        share = min(max(share, 0.05), 0.95)
        end = float(inner.search[index] + share * (outer.search[index] - inner.search[index]))
        middle = _from(problem, inner, outer, index, end)
        kept.append(middle)
        if abs(middle.cost - best.cost - rise) < CLOSE:
            break
        inner, outer = (middle, outer) if height(middle) < 0.0 else (inner, middle)
    kept.sort(key=lambda point: abs(point.search[index] - best.search[index]))
    return Walk(tuple(kept), end, closed=True)
