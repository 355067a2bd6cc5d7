"""Fisher scoring: a trust region within the bounds, whose curvature is the information.

The information counts means and spreads apart, so that near the optimum its steps are those of Gauss and Newton. What
has a closed form (spreads, scales, offsets) is at its best at every point, and the other parameters see it adapt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from exokinetics.fitting.inner import Inner
from exokinetics.fitting.problem import Likelihood, Problem
from exokinetics.fitting.trust_region import Quadratic, triangular

Array = NDArray[np.float64]

LONGEST = 2.0  # decades that a value searched in log10 may go in one step
SHARE, NEAR = 1 / 3, 0.02  # of the way to a bound that a step may go, unless it is nearer than this share of the span
ROUGH = 1e-6  # of cost: below this the digits of an integration decide; then the slope does, which keeps its own
FAR = 0.05  # of the span of the bounds: where so long a step changes nothing lies a plateau, not an optimum
LITTLE = 0.1  # of cost: what makes no difference between starts; one that gains no more while it is patient has stalled
WORTH = 1.0  # of cost: a promise that is worth more patience
TINY = 1e-15  # of the length of the vector: a shorter step changes nothing


@dataclass(frozen=True)
class Reached:
    """Where a search ended, on the search scale, and why; the cost is infinite where nothing could be integrated."""

    search: Array
    cost: float
    likelihood: Likelihood
    evaluations: int
    message: str
    converged: bool


@dataclass(frozen=True)
class Place:
    """A point, the likelihood there, and the model of the cost about it."""

    likelihood: Likelihood
    model: Quadratic
    cost: float

    @property
    def search(self) -> Array:
        """The point on the search scale."""
        return self.likelihood.search

    @property
    def usable(self) -> bool:
        """Whether everything is finite."""
        return bool(
            np.isfinite(self.cost) and np.isfinite(self.model.slope).all() and np.isfinite(self.model.root).all()
        )


class Scoring:
    """What a search depends on besides its point; `held` is the place of a parameter that keeps its value."""

    def __init__(self, problem: Problem, lower: Array, upper: Array, *, held: int | None = None) -> None:
        self.problem, self.lower, self.upper = problem, lower, upper
        self.inner = Inner(problem, held=held)
        self.still = [*self.inner.columns, *([] if held is None else [held])]
        decades = np.array([problem.quantities[name].scale == "log10" for name in problem.estimated], bool)
        self.longest = np.where(decades, LONGEST, np.inf)

    def at(self, point: Array) -> Place:
        """The model of the cost at a point, with what is solved for inside at its best."""
        with np.errstate(all="ignore"):  # where nothing could be integrated nothing is finite, which is looked at
            return self._place(self.inner.at(np.clip(point, self.lower, self.upper), slopes=True))

    def _place(self, likelihood: Likelihood) -> Place:
        search, slope = likelihood.search, likelihood.gradient()
        root = triangular(likelihood.information_rows())
        moving = [place for place in self.inner.columns if self.lower[place] < search[place] < self.upper[place]]
        if moving and np.isfinite(root).all():
            # what the others know through these is lost where these adapt; what rounding leaves of their slope would be
            # taken for a slope of the others, since the cost may be far steeper in these
            basis, own = np.linalg.qr(root[:, moving])
            slope = slope - root.T @ (basis @ np.linalg.lstsq(own.T, slope[moving], rcond=None)[0])
            root = triangular(root - basis @ (basis.T @ root))
        low, high = self._box(search)
        # the level of all spreads is left out of the weights, so that they compare from point to point
        level = likelihood.log_spread[likelihood.measured]
        stiff = (float(np.exp(np.mean(level))) if len(level) else 1.0) * np.sqrt((root**2).sum(axis=0))
        stiff[self.still] = 0.0  # a step has no length in what does not take part in it
        return Place(likelihood, Quadratic(slope, root, stiff, low, high), likelihood.cost())

    def _box(self, search: Array) -> tuple[Array, Array]:
        low, high = self.lower - search, self.upper - search
        near = NEAR * (self.upper - self.lower)
        low, high = np.where(low < -near, SHARE * low, low), np.where(high > near, SHARE * high, high)
        low, high = np.maximum(low, -self.longest), np.minimum(high, self.longest)
        low[self.still], high[self.still] = 0.0, 0.0
        return low, high


def climb(
    scoring: Scoring, point: Array, *, evaluations: int, promise: float, patience: int | None = None
) -> Reached:  # fmt: skip
    """The lowest cost from a point, until the model promises less than `promise` of log-likelihood.

    With `patience` it also ends when so many evaluations, one after the other, gained less than 0.1 together, unless
    the model still promises more than 1: along a bent valley a search creeps before it runs.
    """
    here, used, radius = scoring.at(point), 1, np.inf
    level, since = here.cost, used
    if not here.usable:
        reason = here.likelihood.reason or "the cost or its slopes are not finite where the search began"
        return Reached(here.search, np.inf, here.likelihood, used, reason, False)
    while used < evaluations:
        if here.cost < level - LITTLE:
            level, since = here.cost, used
        if patience is not None and used - since >= patience and here.model.promise < WORTH:
            stalled = f"stopped: {patience} evaluations lowered the cost by less than {LITTLE:g}"
            return Reached(here.search, here.cost, here.likelihood, used, stalled, False)
        if here.model.promise < promise:
            return _reached(here, used, f"converged: another step promises less than {promise:g} of log-likelihood")
        step, whole = here.model.step(radius)
        length = here.model.length(step)
        there, used, first = scoring.at(here.search + step), used + 1, used == 1
        fall, ratio = _compared(here, there, step)
        flat = ratio <= 1e-4 and here.model.fall(step) < ROUGH and there.cost - here.cost < ROUGH
        far = bool((np.abs(step) > FAR * (scoring.upper - scoring.lower)).any())
        if flat and not far and not there.model.promise < here.model.promise:
            return _reached(here, used, "converged: no step lowers the cost by more than its digits tell")
        radius = _radius(length if first else radius, length, ratio, fall, float(here.model.slope @ step))
        if flat or ratio >= 0.75 or (whole and ratio > 0.25):
            radius = 2.0 * length
        if flat or ratio > 1e-4:
            stiff = np.maximum(here.model.stiff, there.model.stiff)
            here = replace(there, model=replace(there.model, stiff=stiff))
        elif radius <= TINY * float(np.linalg.norm(here.model.stiff * here.search)):
            return _reached(here, used, "converged: no step lowers the cost")
    return Reached(here.search, here.cost, here.likelihood, used, f"stopped after {used} evaluations", False)


def _reached(here: Place, used: int, message: str) -> Reached:
    return Reached(here.search, here.cost, here.likelihood, used, message, True)


def _compared(here: Place, there: Place, step: Array) -> tuple[float, float]:
    """By how much the cost fell, and that as a share of what was promised; minus infinity where it is not finite.

    The model is one of squares, whose logarithm the cost is once spreads adapt: a fall is that of squares.
    """
    if not there.usable:
        return -np.inf, -np.inf
    half = 0.5 * max(len(here.likelihood.residuals), 1)
    change = (there.cost - here.cost) / half
    fall = -half * float(np.expm1(min(change, 300.0)))
    promised = here.model.fall(step)
    return fall, fall / promised if promised > 0.0 else -1.0


def _radius(radius: float, length: float, ratio: float, fall: float, slope: float) -> float:
    """The next radius after a step that did not do what the model said: by the parabola through both ends."""
    if ratio > 0.25:
        return radius
    share = 0.5
    if ratio < 0.0:
        share = 0.5 * slope / (slope + fall) if np.isfinite(fall) else 0.1
    return min(radius, 10.0 * length) * min(max(share, 0.1), 0.5)
