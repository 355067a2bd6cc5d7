"""Work-precision: the error of a run, the tolerances that are tried, and the loosest one within a target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

SMALL = 1e-3  # of its largest value: below that the error of an output counts as absolute
TOLERANCES = tuple(10.0 ** (-half / 2.0) for half in range(4, 27))  # 1e-2 to 1e-13


@dataclass(frozen=True)
class Truth:
    """The solution that errors are measured against, and how far a second solver is from it."""

    states: np.ndarray
    made_by: str
    check: str = ""
    deviation: float = float("nan")

    @property
    def scale(self) -> np.ndarray:
        """The largest size of each output over time, shape (outputs,)."""
        largest = np.abs(self.states).max(axis=0)
        return np.where(largest > 0.0, largest, 1.0)


@dataclass(frozen=True)
class SlopeTruth:
    """p dx/dp for each parameter p: shape (time, species, parameters), and how far differences are from it."""

    names: tuple[str, ...]
    values: np.ndarray
    slopes: np.ndarray
    states: Truth
    differences: float = float("nan")

    @property
    def scale(self) -> np.ndarray:
        """The largest slope of each species over time and parameters, or a thousandth of the species; (species, 1)."""
        largest: np.ndarray = np.abs(self.slopes).max(axis=(0, 2))
        return np.maximum(largest, SMALL * self.states.scale)[:, None]


@dataclass(frozen=True)
class Point:
    """One run: its tolerance, its error (infinite if it failed) and its seconds."""

    tolerance: float
    error: float
    seconds: float


def error_of(found: np.ndarray, truth: Truth) -> float:
    """The largest |y - truth| / (|truth| + 1e-3 max |truth|) over outputs and times; infinite for what is no number."""
    if found.shape != truth.states.shape or not np.isfinite(found).all():
        return float("inf")
    return float(np.max(np.abs(found - truth.states) / (np.abs(truth.states) + SMALL * truth.scale)))


def error_of_slopes(found: np.ndarray, truth: SlopeTruth) -> float:
    """The largest |s - truth| / (|truth| + 1e-3 scale of the species), s = p dx/dp; infinite for no number."""
    if found.shape != truth.slopes.shape or not np.isfinite(found).all():
        return float("inf")
    return float(np.max(np.abs(found - truth.slopes) / (np.abs(truth.slopes) + SMALL * truth.scale)))


def absolute(tolerance: float, truth: Truth) -> np.ndarray:
    """The absolute tolerance per state that goes with a relative one: where an error starts to count as absolute."""
    return tolerance * SMALL * truth.scale


def work_precision(
    run: Callable[[float], Point], targets: Iterable[float], tolerances: Sequence[float] = TOLERANCES
) -> list[Point]:
    """Runs from the loosest tolerance on, until one is within the tightest target."""
    points, tightest = [], min(targets)
    for tolerance in tolerances:
        points.append(run(tolerance))
        if points[-1].error <= tightest:
            break
    return points


def loosest(points: Iterable[Point], target: float) -> Point | None:
    """The run with the loosest tolerance whose error is within the target; None if there is none."""
    within = [point for point in points if point.error <= target]
    return max(within, key=lambda point: point.tolerance, default=None)
