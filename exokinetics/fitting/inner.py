"""Parameters that are solved for inside a search: scales and offsets by regression, spreads in closed form.

None of them moves a simulation, so that for each set of rates the best ones are found without another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from exokinetics.expressions.derivative import derivative
from exokinetics.expressions.graph import ZERO, Node, number, substitute
from exokinetics.fitting.block import Block
from exokinetics.fitting.density import LAPLACE, NORMAL
from exokinetics.fitting.noise import NOISE
from exokinetics.fitting.prediction import Predicted
from exokinetics.fitting.problem import Likelihood, Problem
from exokinetics.fitting.specification import FitParameter
from exokinetics.fitting.trust_region import ALONE, triangular

Array = NDArray[np.float64]

ROUNDS = 50  # of regression and spreads; one is exact where no scale belongs to columns of different spreads
SETTLED = 1e-9  # relative change of the spreads after which another round changes nothing


class Inner:
    """The estimated quantities of the fit alone whose most likely values have a closed form, given the simulations.

    A spread has one where the noise is normal or Laplace's, nothing lies beyond a limit, and it is the spread but for a
    factor of the data. Scales and offsets have one where the noise is normal and they enter each prediction linearly,
    or as a factor under log-normal noise. None may have a prior or a part elsewhere. `columns` are their places in the
    search vector; `held` is a place that keeps its value.
    """

    def __init__(self, problem: Problem, *, held: int | None = None) -> None:
        self.problem = problem
        known = {name for node in _elsewhere(problem) for name in node.symbols}
        free = [
            name for place, name in enumerate(problem.estimated)
            if name not in known | problem.model.whole.parameters.keys() and place != held
        ]  # fmt: skip
        blocks = problem.predictor.blocks()
        self._rows = {
            problem.estimated.index(name): found for name in free if (found := _spread_rows(problem, name, blocks))
        }
        linear = {name for name in free if problem.quantities[name].prior is None and _is_linear(name, blocks)}
        # two factors of one product are each linear, but not together: the later one is left to the search
        for name in sorted(linear, key=problem.estimated.index, reverse=True):
            if any(_slope(block, name).symbols & linear for block in blocks):
                linear.discard(name)
        self.linear = [problem.estimated.index(name) for name in problem.estimated if name in linear]
        self._logarithmic = {
            problem.estimated.index(name): all(
                block.item.noise == "log_normal" for block in blocks if name in block.expression.symbols
            )
            for name in linear
        }
        self.columns = [*self._rows, *self.linear]

    def at(self, search: Array, *, slopes: bool = False) -> Likelihood:
        """The likelihood at a point with all of these at their most likely values within the bounds."""
        problem, predictor = self.problem, self.problem.predictor
        numbers = predictor.numbers_at(search)
        simulated = predictor.simulate(numbers, slopes)
        # what is linear moves predictions, whose slopes are told where it has arrived
        found = predictor.evaluate(simulated, numbers, slopes and not self.linear)
        if found.reason or not self.columns:
            return Likelihood(problem, search, slopes=slopes, found=found)
        likelihood = Likelihood(problem, search, found=found)
        if self.linear:
            search = self._solved(likelihood)
            found = predictor.evaluate(simulated, predictor.numbers_at(search), slopes)
        else:
            search, found = self._spread(likelihood)
        return Likelihood(problem, search, slopes=slopes, found=found)

    def _spread(self, likelihood: Likelihood) -> tuple[Array, Predicted]:
        """The point and its predictions with the spreads at their best."""
        found, search = likelihood.found, likelihood.search.copy()
        log_spreads = found.log_spreads.copy()
        by_spread = None if found.spread_slopes is None else found.spread_slopes.copy()
        for column, (rows, _) in self._rows.items():
            factor = self._best_spread(search, column, likelihood.residuals)
            # the spread is this quantity but for a factor: its logarithm moves along, and its other slopes stay
            log_spreads[rows] += np.log(factor)
            if by_spread is not None:
                by_spread[rows, column] /= factor
        return search, replace(found, log_spreads=log_spreads, spread_slopes=by_spread)

    def _best_spread(self, search: Array, column: int, residuals: Array) -> float:
        """Put the best spread for residuals into a search vector; the factor by which it changed."""
        rows, laplace = self._rows[column]
        item = self.problem.quantities[self.problem.estimated[column]]
        before = item.from_search(float(search[column]))
        # a residual of Laplace's density is the root of twice the deviation in scales
        part = residuals[rows]
        square = float(part @ part) / len(part)
        best = before * (0.5 * square if laplace else np.sqrt(square))
        if np.isfinite(best):
            search[column] = item.to_search(min(max(best, item.lower), item.upper))
        return item.from_search(float(search[column])) / before

    def _solved(self, likelihood: Likelihood) -> Array:
        """The search vector with scales, offsets and spreads at their best for each other.

        A factor under log-normal noise is regressed on the scale of its logarithm, all else as it stands; there the
        residuals are linear, so that nothing is predicted between the rounds.
        """
        search, items = likelihood.search.copy(), self._items
        ends = np.array([(item.lower, item.upper) for item in items])
        natural = np.array([item.from_search(search[column]) for item, column in zip(items, self.linear, strict=True)])
        chain = np.array([item.slope(value) for item, value in zip(items, natural, strict=True)])
        logs = np.array([self._logarithmic[column] for column in self.linear])
        rows = likelihood.own_slopes()[:, self.linear] / chain * np.where(logs, natural, 1.0)
        if not (np.isfinite(rows).all() and np.isfinite(likelihood.residuals).all()):
            return search
        here = natural.copy()
        here[logs], ends[logs] = np.log(natural[logs]), np.log(ends[logs])
        residuals, wider, moved = likelihood.residuals, np.ones(len(rows)), np.zeros(len(here))
        for _ in range(ROUNDS):
            moved = _regression(rows / wider[:, None], -residuals / wider, ends.T - here)
            now, largest = search.copy(), 0.0
            for column in self._rows:
                factor = self._best_spread(now, column, residuals + rows @ moved)
                before, wider[self._rows[column][0]] = wider[self._rows[column][0][0]], factor
                largest = max(largest, abs(factor / before - 1.0))
            if largest < SETTLED:
                break
        search = now
        for column, item, log, value, end in zip(self.linear, items, logs, here + moved, ends, strict=True):
            value = min(max(float(value), end[0]), end[1])
            search[column] = item.to_search(float(np.exp(value)) if log else value)
        return search

    @property
    def _items(self) -> list[FitParameter]:
        return [self.problem.quantities[self.problem.estimated[column]] for column in self.linear]


def _regression(rows: Array, target: Array, ends: Array) -> Array:
    """The least squares of rows @ x - target with x between the ends (2, columns)."""
    scale = np.sqrt((rows**2).sum(axis=0))
    scale[scale == 0.0] = 1.0
    rows = rows / scale
    if rows.size > ALONE:  # the same squares in few rows
        rows, target = np.split(triangular(np.column_stack([rows, target])), [rows.shape[1]], axis=1)
        target = target[:, 0]
    found = np.linalg.lstsq(rows, target, rcond=1e-12)[0] / scale
    if (found >= ends[0]).all() and (found <= ends[1]).all():
        return np.asarray(found)
    from scipy.optimize import lsq_linear

    return np.asarray(lsq_linear(rows, target, bounds=ends * scale, method="bvls").x / scale)


def _elsewhere(problem: Problem) -> Iterable[Node]:
    """What besides the measured columns a quantity may have a part in."""
    for condition in problem.conditions.values():
        yield from condition.ties.values()
    for item in problem.quantities.values():
        if item.tie is not None:
            yield item.tie
    for scalar in problem.scalars.values():
        yield scalar.measured.expression


def _spread_rows(problem: Problem, name: str, blocks: list[Block]) -> tuple[NDArray[np.intp], bool] | None:
    """The measurements whose spread is this quantity but for a factor, and whether their noise is Laplace's."""
    if problem.quantities[name].prior is not None or any(name in block.expression.symbols for block in blocks):
        return None
    places = np.arange(len(problem.observed))
    found, kinds = [], set()
    for block in blocks:
        if name not in block.spread_expression.symbols:
            continue
        noise, sides = NOISE[block.item.noise], problem.predictor.sides[block.place]
        factor = derivative(block.spread_expression, name)
        (rest,) = substitute([block.spread_expression], {name: number(0.0)})
        proportional = name not in factor.symbols and rest is ZERO
        others = factor.symbols & set(problem.estimated)
        if not proportional or others or noise.takes_degrees or sides.any():
            return None
        kinds.add(noise.density)
        found.append(places[block.place])
    if len(kinds) != 1 or not kinds <= {NORMAL, LAPLACE}:
        return None
    return np.concatenate(found), kinds == {LAPLACE}


def _slope(block: Block, name: str) -> Node:
    return derivative(block.expression, name) if name in block.expression.symbols else ZERO


def _is_linear(name: str, blocks: list[Block]) -> bool:
    """Whether normal noise lies about predictions that are linear in the quantity, on the scale of the noise."""
    named = [block for block in blocks if name in block.expression.symbols]
    if not named or any(name in block.spread_expression.symbols for block in blocks):
        return False
    for block in named:
        if block.item.noise not in ("additive", "log_normal") or block.cells.sides.any():
            return False
        if name in _slope(block, name).symbols or "predicted" in block.spread_expression.symbols:
            return False
        if block.item.noise == "log_normal" and substitute([block.expression], {name: number(0.0)})[0] is not ZERO:
            return False
    return len({block.item.noise for block in named}) == 1
