"""Spreads in closed form: the standard deviation that makes the scatter about the predictions most likely."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from exokinetics.expressions.graph import Node
from exokinetics.fitting.density import LAPLACE, NORMAL
from exokinetics.fitting.noise import NOISE
from exokinetics.fitting.problem import Likelihood, Problem

Array = NDArray[np.float64]


class Spreads:
    """The estimated spreads whose most likely values given the predictions have a closed form.

    They have one where the noise is normal or Laplace's, every value was measured rather than known to lie beyond a
    limit, the spread is the parameter or a multiple of it, and the parameter has no prior and no other part. `columns`
    are their places in the search vector; `held` is a place that keeps its value.
    """

    def __init__(self, problem: Problem, *, held: int | None = None) -> None:
        self.problem = problem
        rows: dict[int, list[NDArray[np.intp]]] = {}
        laplaces: dict[int, set[bool]] = {}
        other = elsewhere(problem)
        places, sides = np.arange(len(problem.observed)), problem.predictor.sides
        for block in problem.predictor.blocks():
            noise, spread = NOISE[block.item.noise], block.spread_expression
            names = sorted(spread.symbols & set(problem.estimated))
            if len(set(names) - other) > 1:
                other |= set(names)  # their product alone is known
            for name in names:
                column = problem.estimated.index(name)
                normal = noise.density in (NORMAL, LAPLACE) and not noise.takes_degrees
                if not normal or not is_factor(spread, name) or sides[block.place].any():
                    other.add(name)
                laplaces.setdefault(column, set()).add(noise.density is LAPLACE)
                rows.setdefault(column, []).append(places[block.place])
        self._closed = {
            column: (np.concatenate(found), laplaces[column] == {True})
            for column, found in sorted(rows.items())
            if problem.estimated[column] not in other and len(laplaces[column]) == 1 and column != held
        }
        self.columns = list(self._closed)

    def at(self, search: Array, *, slopes: bool = False) -> Likelihood:
        """The likelihood at a point with these spreads at their most likely values within the bounds."""
        if not self._closed:
            return Likelihood(self.problem, search, slopes=slopes)
        found = self.problem.predicted(search, slopes)
        likelihood = Likelihood(self.problem, search, found=found)
        search, log_spreads = search.copy(), found.log_spreads.copy()
        by_spread = None if found.spread_slopes is None else found.spread_slopes.copy()
        for column, (rows, laplace) in self._closed.items():
            item = self.problem.quantities[self.problem.estimated[column]]
            before = item.from_search(float(search[column]))
            # a residual of Laplace's density is the root of twice the deviation in scales
            square = float(np.mean(likelihood.residuals[rows] ** 2))
            best = before * (0.5 * square if laplace else np.sqrt(square))
            if np.isfinite(best):
                search[column] = item.to_search(min(max(best, item.lower), item.upper))
            factor = item.from_search(float(search[column])) / before
            log_spreads[rows] += np.log(factor)
            if by_spread is not None:
                by_spread[rows, column] /= factor
        moved = replace(found, log_spreads=log_spreads, spread_slopes=by_spread)
        return Likelihood(self.problem, search, slopes=slopes, found=moved)


def elsewhere(problem: Problem) -> set[str]:
    """The estimated parameters that do more than to scale a spread, or have a prior."""
    named = set(problem.model.whole.parameters)
    for block in problem.predictor.blocks():
        named |= block.expression.symbols
    for item in problem.quantities.values():
        named |= item.tie.symbols if item.tie is not None else set()
        named |= {item.id} if item.prior is not None else set()
    for condition in problem.conditions.values():
        for tie in condition.ties.values():
            named |= tie.symbols
    return named


def is_factor(node: Node, name: str) -> bool:
    """Whether an expression is a parameter, or a product that it is one factor of."""
    if node.kind == "symbol":
        return bool(node.payload == name)
    inside = [part for part in node.args if name in part.symbols]
    return node.kind == "product" and len(inside) == 1 and is_factor(inside[0], name)
