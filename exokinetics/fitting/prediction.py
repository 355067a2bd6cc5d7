"""Predictions of every measurement of a fit and of its noise, with their slopes by the estimated parameters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exokinetics.expressions.graph import Node, symbol
from exokinetics.fitting.block import Block, Cells, Names, cells_of
from exokinetics.fitting.condition_run import ConditionRun, Setting, Simulated
from exokinetics.fitting.data_table import DataTable
from exokinetics.fitting.noise import NOISE
from exokinetics.fitting.specification import Condition, FitParameter, Measured, Scalar
from exokinetics.model.whole import Model
from exokinetics.simulation.prepared import Prepared

Array = NDArray[np.float64]

NOWHERE = Condition("")  # that of the numbers of the literature


@dataclass(frozen=True)
class Predicted:
    """Predictions of every measurement and the log of the spread about each, and why there are none.

    `slopes` and `spread_slopes` (measurement, estimated) are their derivatives on the natural scale, if asked for.
    `simulated` is what they come from.
    """

    values: Array
    log_spreads: Array
    slopes: Array | None = None
    spread_slopes: Array | None = None
    reason: str = ""
    simulated: Sequence[Simulated] = ()


class Predictor:
    """Compiled predictions: one simulation per condition, one function per measured column."""

    def __init__(
        self, model: Model, data: DataTable, conditions: Mapping[str, Condition], measured: Mapping[str, Measured],
        quantities: Mapping[str, FitParameter], scalars: Mapping[str, Scalar],
    ) -> None:  # fmt: skip
        self.model, self.quantities = model, quantities
        self.estimated = [name for name, item in quantities.items() if item.estimate]
        self._numbers: Array = np.array([item.value for item in quantities.values()], float)
        self._estimated_places = [place for place, item in enumerate(quantities.values()) if item.estimate]
        own = [name for name in quantities if name not in model.whole.parameters]
        self._own = [list(quantities).index(name) for name in own]
        own_estimated = tuple(name for name in own if quantities[name].estimate)
        self._own_columns = [self.estimated.index(name) for name in own_estimated]
        self._blocks: list[Block] = []
        self._runs: dict[str, ConditionRun] = {}
        for condition in (*conditions.values(), NOWHERE):
            setting = Setting(model, condition, quantities)
            self._runs[condition.id] = ConditionRun(model, condition, setting)
        for item in measured.values():
            for condition in conditions.values():
                if not item.conditions or condition.id in item.conditions:
                    names = Names(
                        model, tuple(own), tuple(data.units), self._runs[condition.id].setting.moving, own_estimated
                    )
                    self._add(item, condition, data, names)
        for scalar in scalars.values():
            names = Names(model, tuple(own), tuple(data.units), self._runs[""].setting.moving, own_estimated)
            self._place(names, scalar.measured, NOWHERE, _single(scalar, data), {})
        for run in self._runs.values():
            run.complete([block for block in self._blocks if block.condition is run.condition])
        self.observed: Array = _joined([block.measured for block in self._blocks])
        self.sides: Array = _joined([block.cells.sides for block in self._blocks])
        self.floor: Array = _joined([self._lowest_spread(block) for block in self._blocks])

    def _add(self, item: Measured, condition: Condition, data: DataTable, names: Names) -> None:
        """The blocks of one column in one condition."""
        named = item.expression.symbols | item.spread.symbols
        apart = any(each.per == "replicate" and each.base in named for each in self.quantities.values())
        labels: Sequence[str | None] = [None]
        if apart:
            every = cells_of(data, item, condition.id, self.model.time_unit, None)
            labels = list(dict.fromkeys(every.replicates))
        for label in labels:
            cells = cells_of(data, item, condition.id, self.model.time_unit, label)
            if len(cells.measured):
                here = {("condition", condition.id), ("replicate", label)}
                renamed = {
                    each.base: symbol(each.id)
                    for each in self.quantities.values()
                    if (each.per, each.group) in here and each.base not in self.model.whole.parameters
                }
                self._place(names, item, condition, cells, renamed)

    def _place(
        self, names: Names, item: Measured, condition: Condition, cells: Cells, renamed: Mapping[str, Node]
    ) -> None:
        first = self._blocks[-1].place.stop if self._blocks else 0
        place = slice(first, first + len(cells.measured))
        self._blocks.append(Block(names, item, condition, cells, place, renamed))

    def blocks(self) -> list[Block]:
        """One entry per measured column and condition, then the numbers of the literature; in order of `observed`."""
        return self._blocks

    def with_measurements(self, observed: Array) -> Predictor:
        """The same predictions for other measured numbers; all that was compiled is shared."""
        other = [block.with_measurements(observed[block.place]) for block in self._blocks]
        return self._with_blocks(dict(zip(map(id, self._blocks), other, strict=True)), self._runs)

    def of_conditions(self, names: Sequence[str], scalars: bool) -> Predictor:
        """The predictions of some conditions, with the numbers of the literature or without; nothing is compiled."""
        other, first = {}, 0
        for block in self._blocks:
            if block.condition.id in names or (scalars and block.condition is NOWHERE):
                other[id(block)] = block.at_place(slice(first, first + len(block.measured)))
                first += len(block.measured)
        return self._with_blocks(other, ["", *names])

    def _with_blocks(self, blocks: Mapping[int, Block], conditions: Collection[str]) -> Predictor:
        """A copy with other blocks, by the identity of those that they take the place of."""
        again = copy(self)
        again._blocks, again._runs = list(blocks.values()), {}
        for name, run in self._runs.items():
            if name not in conditions:
                continue
            again._runs[name] = copy(run)
            kept = [
                (block, places) for block, places in zip(run.blocks, run.places, strict=True) if id(block) in blocks
            ]
            again._runs[name].blocks = [blocks[id(block)] for block, _ in kept]
            again._runs[name].places = [places for _, places in kept]
        again.observed = _joined([block.measured for block in again._blocks])
        again.sides = _joined([block.cells.sides for block in again._blocks])
        again.floor = _joined([self.floor[block.place] for block in self._blocks if id(block) in blocks])
        return again

    def predict(self, values: Mapping[str, float], slopes: bool = False) -> Predicted:
        """Predictions at natural values of the estimated parameters."""
        simulated = self.simulate(values, slopes)
        return self.evaluate(simulated, values, slopes)

    def simulate(self, values: Mapping[str, float], slopes: bool = False) -> list[Simulated]:
        """The states of every condition; what follows from one that fails is not simulated."""
        numbers, found = self.numbers(values), []
        for run in self._runs.values():
            found.append(run.simulate(numbers, slopes))
            if found[-1].reason:
                break
        return found

    def evaluate(self, simulated: Sequence[Simulated], values: Mapping[str, float], slopes: bool = False) -> Predicted:
        """Predictions from simulated states; quantities of the fit alone may have moved since."""
        with np.errstate(all="ignore"):  # once, for all blocks: it takes as long as one of them
            return self._evaluate(simulated, values, slopes)

    def _evaluate(self, simulated: Sequence[Simulated], values: Mapping[str, float], slopes: bool) -> Predicted:
        size = len(self.observed)
        result, log_spreads = np.full(size, np.nan), np.full(size, np.nan)
        if simulated[-1].reason:
            return Predicted(result, log_spreads, reason=simulated[-1].reason, simulated=simulated)
        numbers = self.numbers(values)
        own = numbers[self._own]
        for run, found in zip(self._runs.values(), simulated, strict=True):
            for block, places in zip(run.blocks, run.places, strict=True):
                result[block.place] = block.evaluate(block.times, found.states[places], found.inputs, own)
                log_spreads[block.place] = np.log(block.spread(result[block.place], own))
        if not slopes:
            return Predicted(result, log_spreads, simulated=simulated)
        by_parameter, by_spread = (np.zeros((size, len(self.estimated))) for _ in range(2))
        for run, found in zip(self._runs.values(), simulated, strict=True):
            chain = run.setting.slopes(numbers) if run.blocks else np.empty(0)
            for block, places in zip(run.blocks, run.places, strict=True):
                assert found.slopes is not None
                moved, direct = block.slopes(found.states[places], found.inputs, own, found.slopes[places])
                table = moved @ chain
                table[:, self._own_columns] += direct
                by_parameter[block.place] = table
                by_spread[block.place] = self._spread_slopes(block, result, log_spreads, table, own)
        return Predicted(result, log_spreads, by_parameter, by_spread, simulated=simulated)

    def own_slopes(self, simulated: Sequence[Simulated], values: Mapping[str, float]) -> Array:
        """d(prediction) by the estimated quantities of the fit alone; of the others it is left at 0."""
        own, table = self.numbers(values)[self._own], np.zeros((len(self.observed), len(self.estimated)))
        for run, found in zip(self._runs.values(), simulated, strict=True):
            for block, places in zip(run.blocks, run.places, strict=True):
                with np.errstate(all="ignore"):
                    table[block.place, self._own_columns] = block.own_slopes(found.states[places], found.inputs, own)
        return table

    def _spread_slopes(self, block: Block, values: Array, log_spreads: Array, slopes: Array, own: Array) -> Array:
        """d(log spread) by the estimated parameters, from those of the predictions."""
        by_predicted, by_own = block.spread_slopes(values[block.place], own)
        table = by_predicted[:, None] * slopes
        table[:, self._own_columns] += by_own
        return np.asarray(table / np.exp(log_spreads[block.place])[:, None])

    def curve(self, block: Block, values: Mapping[str, float], times: Array) -> Array | None:
        """The prediction of one column over a time grid, or None where it does not depend on the simulation."""
        return self.curves(block, [values], times)[0] if block.dynamic else None

    def curves(self, block: Block, sets: Iterable[Mapping[str, float]], times: Array) -> list[Array]:
        """The predictions of a column that depends on the simulation over a time grid, for one set of values each."""
        run = self._runs[block.condition.id]
        again = self.prepared(block.condition, times)
        columns = [np.full(len(times), np.nan) for _ in block.cells.columns]
        found = []
        for values in sets:
            numbers = self.numbers(values)
            inputs = run.setting.values(numbers)
            with np.errstate(all="ignore"):
                found.append(block.evaluate(times, again(inputs), again.vector(inputs), numbers[self._own], columns))
        return found

    def run(self, condition: str) -> ConditionRun:
        """The simulation of a condition; under the name "" that of the model with the values of the fit alone."""
        return self._runs[condition]

    def spread_along(self, block: Block, values: Mapping[str, float], curve: Array) -> Array:
        """The spread of the noise about a curve, for columns and repeats as in the first row of the block."""
        own = self.numbers(values)[self._own]
        return block.spread_along(curve, own)

    def prepared(self, condition: Condition, times: Array) -> Prepared:
        """The simulation of a condition at these times."""
        return self._runs[condition.id].prepare(times)

    def numbers(self, values: Mapping[str, float]) -> Array:
        """The numbers of all quantities of the fit, estimated or held."""
        numbers = self._numbers.copy()
        for place, name in zip(self._estimated_places, self.estimated, strict=True):
            if name in values:
                numbers[place] = values[name]
        return numbers

    def _lowest_spread(self, block: Block) -> Array:
        """A log spread below what the search can reach, where no spread at all is certain to be larger."""
        lowest = [
            item.lower if item.estimate and np.isfinite(item.lower) else item.value for item in self.quantities.values()
        ]
        size = np.abs(block.measured)
        least = float(size[size > 0].min()) if (size > 0).any() else 1.0
        with np.errstate(all="ignore"):
            spread = np.abs(block.spread(np.maximum(size, least), np.array(lowest)[self._own]))
            floor = np.log(spread) + (np.log(np.maximum(size, least)) if NOISE[block.item.noise].proportional else 0.0)
        return np.where(np.isfinite(floor), floor, 0.0)


def _single(scalar: Scalar, data: DataTable) -> Cells:
    """The one cell of a number of the literature."""
    return Cells(
        (0,), np.zeros(1), np.array([scalar.value]), np.zeros(1), ("",),
        {name: np.full(1, np.nan) for name in data.units}, np.ones(1),
    )  # fmt: skip


def _joined(parts: Sequence[Array]) -> Array:
    return np.concatenate(parts) if parts else np.empty(0)
