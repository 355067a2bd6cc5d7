"""Fisher scoring: a trust region within the bounds, whose curvature is the information.

The information counts means and spreads apart, so that near the optimum its steps are those of Gauss and Newton. What
has a closed form (spreads, scales, offsets) is at its best at every point, and the other parameters see it adapt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exokinetics.fitting.inner import Inner
from exokinetics.fitting.problem import Likelihood, Problem
from exokinetics.fitting.trust_region import Quadratic, triangular

Array = NDArray[np.float64]

LONGEST = 2.0  # decades that a value searched in log10 may go in one step
SHARE, NEAR = 1 / 3, 0.02  # of the way to a bound that a step may go, unless it is nearer than this share of the span
LITTLE = 0.1  # of cost: what makes no difference between starts; one that gains no more while it is patient has stalled
WORTH = 1.0  # of cost: a promise that is worth more patience


@dataclass(frozen=True)
class Reached:
    """Where a search ended, on the search scale, and why; the cost is infinite where nothing could be integrated."""

    search: Array
    cost: float
    likelihood: Likelihood
    evaluations: int
    message: str
    converged: bool

    @classmethod
    def at(cls, here: Place, used: int, message: str, converged: bool = True) -> Reached:
        """The end at a place."""
        return cls(here.search, here.cost, here.likelihood, used, message, converged)

    @classmethod
    def settled(cls, here: Place, used: int, promise: float) -> Reached:
        """The end where nothing more is promised."""
        return cls.at(here, used, f"converged: another step promises less than {promise:g} of log-likelihood")

    @classmethod
    def stuck(cls, here: Place, used: int) -> Reached:
        """The end where the shortest step raises the cost; it is no optimum where slopes promise much."""
        if here.model.promise < WORTH:
            return cls.at(here, used, "converged: no step lowers the cost")
        return cls.at(
            here, used, f"stopped: no step lowers the cost, though {here.model.promise:.3g} is promised", False
        )

    @classmethod
    def stalled(cls, here: Place, used: int, patience: int) -> Reached:
        """The end where patience is."""
        return cls.at(here, used, f"stopped: {patience} evaluations lowered the cost by less than {LITTLE:g}", False)


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
        self._decades = decades

    def at(self, point: Array) -> Place:
        """The model of the cost at a point, with what is solved for inside at its best."""
        with np.errstate(all="ignore"):  # where nothing could be integrated nothing is finite, which is looked at
            return self._place(self.inner.at(np.clip(point, self.lower, self.upper), slopes=True))

    def units(self, search: Array) -> Array:
        """What a step of one is worth in each parameter: a decade, or as much as the value itself."""
        size = np.where(search != 0.0, np.abs(search), 1e-3 * (self.upper - self.lower))
        return np.where(self._decades, 1.0, size)

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
