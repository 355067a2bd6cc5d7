"""Spreads in closed form: the standard deviation that makes the scatter about the predictions most likely."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from exokinetics.fitting.density import LAPLACE, NORMAL
from exokinetics.fitting.noise import NOISE
from exokinetics.fitting.problem import Likelihood, Problem
from exokinetics.fitting.specification import Measured

Array = NDArray[np.float64]


class Spreads:
    """The estimated spreads whose most likely values given the predictions have a closed form.

    They have one where the noise is normal or Laplace's, every value was measured rather than known to lie beyond a
    limit, and the spread has neither a prior nor a part in a prediction. `columns` are their places in the search
    vector; `held` is a place that keeps its value.
    """

    def __init__(self, problem: Problem, *, held: int | None = None) -> None:
        self.problem = problem
        self._rows: dict[int, list[NDArray[np.intp]]] = {}
        self._laplace: dict[int, bool] = {}
        other: set[int | None] = {held}
        named = {name for item in problem.measured.values() for name in item.expression.symbols}
        places, sides = np.arange(len(problem.observed)), problem.predictor.sides
        for item, place in problem.predictor.groups():
            if not problem.quantities[item.spread].estimate:
                continue
            column, laplace = problem.estimated.index(item.spread), NOISE[item.noise].density is LAPLACE
            if (
                not _solvable(problem, item, named)
                or sides[place].any()
                or self._laplace.get(column, laplace) != laplace
            ):
                other.add(column)
            self._laplace[column] = laplace
            self._rows.setdefault(column, []).append(places[place])
        self.columns = [column for column in self._rows if column not in other]

    def best(self, likelihood: Likelihood) -> Array:
        """The search vector of a likelihood with these spreads at their most likely values within the bounds."""
        search = likelihood.search.copy()
        for column in self.columns:
            item = self.problem.quantities[self.problem.estimated[column]]
            square = float(np.mean(likelihood.residuals[np.concatenate(self._rows[column])] ** 2))
            # a residual of Laplace's density is the root of twice the deviation in scales
            factor = 0.5 * square if self._laplace[column] else np.sqrt(square)
            spread = item.from_search(float(search[column])) * factor
            if np.isfinite(spread):
                search[column] = item.to_search(min(max(spread, item.lower), item.upper))
        return search

    def solved(self, likelihood: Likelihood) -> Likelihood:
        """The likelihood with these spreads at their most likely values; nothing is integrated again."""
        search = self.best(likelihood)
        if np.array_equal(search, likelihood.search):
            return likelihood
        slopes = likelihood.found.slopes is not None
        return Likelihood(self.problem, search, slopes=slopes, found=likelihood.found)


def _solvable(problem: Problem, item: Measured, named: set[str]) -> bool:
    noise, spread = NOISE[item.noise], problem.quantities[item.spread]
    normal = noise.density in (NORMAL, LAPLACE) and not noise.takes_degrees
    return normal and spread.prior is None and item.spread not in named | problem.model.whole.parameters.keys()
