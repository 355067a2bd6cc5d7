"""Newton's method within the bounds: for valleys whose floor is bent more than Fisher scoring can see.

Scoring leaves out how the residuals bend, which is what counts where they stay large: its model then promises much and
its steps gain next to nothing. The whole curvature comes from differences of exact slopes, as many evaluations as
there are parameters, and is corrected by every further step (the symmetric rank-one update of C. G. Broyden, Math.
Comput. 21 (1967) 368) until it is due again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from exokinetics.fitting.scoring import LITTLE, WORTH, Place, Reached, Scoring

Array = NDArray[np.float64]

APART = 1e-4  # in units, between the slopes whose differences are the curvature: slopes keep six digits
FIRST = 0.3  # in units: the longest first step
SHORTEST = 1e-9  # in units: no shorter step is tried
RENEWED = 0.5  # corrections for each parameter after which the curvature is taken anew
KEPT, POOR = 1e-4, 0.1  # of what a step promises: what it must keep, and with less of which the model is of no use
TOLD = 1e-8  # a correction smaller than this share of its parts is one of rounding


@dataclass(frozen=True)
class Curved:
    """A function near a point by its slope and its whole curvature, in the parameters that may move."""

    slope: Array
    curvature: Array
    low: Array
    high: Array

    @cached_property
    def free(self) -> NDArray[np.bool_]:
        """What can move: neither fixed nor at a side of the box towards which the function falls."""
        return ~((self.low >= 0.0) & (self.slope >= 0.0) | (self.high <= 0.0) & (self.slope <= 0.0))

    def fall(self, step: Array) -> float:
        """By how much the model falls along a step."""
        return -float(self.slope @ step + 0.5 * step @ self.curvature @ step)

    def step(self, radius: float) -> Array:
        """The best step of about the radius at most that stays in the box.

        The damping is that of the ball without the box: with it the model is convex, and its lowest point in the box is
        what a least-squares solver with bounds finds.
        """
        from scipy.optimize import lsq_linear

        free, step = self.free, np.zeros(len(self.slope))
        if free.any():
            slope, curvature = self.slope[free], self.curvature[np.ix_(free, free)]
            bends, axes = np.linalg.eigh(curvature)
            root = np.sqrt(bends + _damping(bends, axes.T @ slope, radius))[:, None] * axes.T
            sides = self.low[free], self.high[free]
            step[free] = lsq_linear(root, -np.linalg.solve(root.T, slope), sides, method="bvls").x
        return step

    def corrected(self, step: Array, slope: Array) -> Curved:
        """The model with a curvature that also explains the slope at the end of a step."""
        missing = slope - self.slope - self.curvature @ step
        size = float(missing @ step)
        if not np.isfinite(size) or abs(size) <= TOLD * np.linalg.norm(missing) * np.linalg.norm(step):
            return self
        return replace(self, curvature=self.curvature + np.outer(missing, missing) / size)


def _damping(bends: Array, along: Array, radius: float) -> float:
    """What added to the curvatures of the axes keeps the lowest point within a ball.

    J. J. More and D. C. Sorensen, SIAM J. Sci. Stat. Comput. 4 (1983) 553.
    """

    def length(damping: float) -> float:
        return float(np.linalg.norm(along / (bends + damping)))

    damping = max(0.0, -float(bends[0])) + 1e-14 * float(np.abs(bends).max()) + 1e-300
    if bends[0] > 0.0 and length(0.0) <= radius:
        return damping
    low, high = damping, damping + float(np.linalg.norm(along)) / radius
    while length(high) < 0.95 * radius and high - low > 1e-12 * high:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if length(middle) > radius else (low, middle)
    return high


def descend(
    scoring: Scoring, here: Place, used: int, *, evaluations: int, promise: float, patience: int | None
) -> Reached:  # fmt: skip
    """The lowest cost from a place where scoring gains nothing, after `used` evaluations; ends as `climb` does."""
    ground = _Ground(scoring, here)
    if patience is not None:
        patience += 2 * len(ground.moving)
    radius, level, since, model, corrections = FIRST, here.cost, used, None, 0
    while used < evaluations:
        if model is None:
            model, corrections, used = ground.curved(here), 0, used + len(ground.moving)
        promised = model.fall(model.step(FIRST))  # not within the radius, which may be short because the model was bad
        if promised < promise and corrections == 0:
            return Reached.settled(here, used, promise)
        if patience is not None and used - since >= patience and promised < WORTH:
            return Reached.stalled(here, used, patience)
        if promised < promise:
            model = None
            continue
        step = model.step(radius)
        size, fall = float(np.linalg.norm(step)), model.fall(step)
        there, used = scoring.at(here.search + ground.whole(step)), used + 1
        ratio = (here.cost - there.cost) / fall if there.usable else -1.0
        if ratio > 0.75:
            radius = max(radius, 2.0 * size)
        elif ratio < 0.25:
            radius = 0.25 * size
        if radius < SHORTEST:
            return Reached.stuck(here, used)
        if there.usable:
            model, corrections = model.corrected(step, ground.slope(there)), corrections + 1
        if ratio > KEPT:
            here, model = there, ground.at(there, model.curvature)
        if here.cost < level - LITTLE:
            level, since = here.cost, used
        if corrections >= RENEWED * len(ground.moving) or (ratio < POOR and corrections > 1):
            model = None
    return Reached.at(here, used, f"stopped after {used} evaluations", False)


class _Ground:
    """The parameters that move, in units of their own."""

    def __init__(self, scoring: Scoring, here: Place) -> None:
        self.scoring = scoring
        self.moving = np.flatnonzero(~np.isin(np.arange(len(here.search)), scoring.still))
        self.units = scoring.units(here.search)[self.moving]

    def whole(self, step: Array) -> Array:
        """A step of those that move as one of all parameters on the search scale."""
        whole = np.zeros(len(self.scoring.lower))
        whole[self.moving] = step * self.units
        return whole

    def slope(self, place: Place) -> Array:
        """The slope of the cost."""
        return place.model.slope[self.moving] * self.units

    def at(self, place: Place, curvature: Array) -> Curved:
        """The model with a curvature at a place."""
        low, high = (side[self.moving] / self.units for side in (place.model.low, place.model.high))
        return Curved(self.slope(place), curvature, low, high)

    def curved(self, here: Place) -> Curved:
        """The model at a place; where a slope beside it is not finite, the information stands for the curvature."""
        slope, root = self.slope(here), here.model.root[:, self.moving] * self.units
        curvature = root.T @ root
        for column, place in enumerate(self.moving):
            apart = APART if here.search[place] + APART * self.units[column] < self.scoring.upper[place] else -APART
            beside = self.scoring.at(here.search + self.whole(np.eye(len(self.moving))[column] * apart))
            change = self.slope(beside) - slope
            if np.isfinite(change).all():
                curvature[:, column] = change / apart
        return self.at(here, 0.5 * (curvature + curvature.T))
