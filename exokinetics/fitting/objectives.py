"""The likelihood as lmfit asks for it: as a vector of which it makes squares, or as one number."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.fitting.inner import Inner
from exokinetics.fitting.problem import Likelihood, Problem

Array = NDArray[np.float64]

NOWHERE = 1e30  # in place of the cost where nothing can be integrated: some methods stop at what is not finite


class Squares:
    """Residuals, priors, and the root of the log of each spread above a low reference."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._last: tuple[bytes, Likelihood] | None = None
        self._best: tuple[float, Array] | None = None

    def _likelihood(self, params: Any) -> Likelihood:
        search = _vector(params)
        key = search.tobytes()
        if self._last is None or self._last[0] != key:
            self._last = (key, Likelihood(self.problem, search, slopes=True))
        return self._last[1]

    def value(self, params: Any) -> Array:
        """Its half sum of squares is the cost up to a constant; where the cost was lowest is kept."""
        likelihood = self._likelihood(params)
        cost = likelihood.cost()
        if np.isfinite(cost) and (self._best is None or cost < self._best[0]):
            self._best = (cost, likelihood.search)
        return likelihood.vector()

    def slopes(self, params: Any) -> Array:
        """Its derivatives by the search vector."""
        return self._likelihood(params).vector_slopes()

    def lowest(self, params: Any) -> Array:
        """The search vector of the lowest cost: a search that runs out of evaluations may end elsewhere."""
        return _vector(params) if self._best is None else self._best[1]


class Height:
    """The cost, with the spreads of closed form at their best: these are not searched; their ids are `solved`."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.inner = problem, Inner(problem)
        self.solved = [problem.estimated[place] for place in self.inner.columns]
        self._moving = [place for place in range(len(problem.estimated)) if place not in self.inner.columns]
        self._best: tuple[float, Array] | None = None

    def value(self, params: Any) -> float:
        """The cost; where it was lowest is kept."""
        likelihood = self.inner.at(_vector(params))
        cost = likelihood.cost()
        if not np.isfinite(cost):
            return NOWHERE
        if self._best is None or cost < self._best[0]:
            self._best = (cost, likelihood.search)
        return cost

    def gradient(self, params: Any) -> Array:
        """d(cost) by what is searched: at the best spreads it is as if they stood still."""
        return self.inner.at(_vector(params), slopes=True).gradient()[self._moving]

    def lowest(self, params: Any) -> Array:
        """The search vector of the lowest cost."""
        return _vector(params) if self._best is None else self._best[1]


def _vector(params: Any) -> Array:
    return np.array([parameter.value for parameter in params.values()])
