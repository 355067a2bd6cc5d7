"""Predictions of every measurement of a fit, with their slopes by the estimated parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exokinetics.expressions.code import build_function
from exokinetics.expressions.derivative import jacobian
from exokinetics.expressions.graph import Node, substitute
from exokinetics.fitting.data_table import DataTable
from exokinetics.fitting.specification import Condition, FitParameter, Measured
from exokinetics.model.equations import observables
from exokinetics.model.whole import Model
from exokinetics.simulation.prepared import Prepared, prepare
from exokinetics.simulation.running import plain_run
from exokinetics.simulation.tangent import tangent_run
from exokinetics.units import factor_between, unit

Array = NDArray[np.float64]
RTOL = 1e-8  # a cost that is smooth to 1e-6, so that the search can tell 0.1 log-likelihood units


@dataclass(frozen=True)
class Predicted:
    """Predictions of every measurement, their slopes (measurement, estimated), and why there are none."""

    values: Array
    slopes: Array | None
    reason: str = ""


class Predictor:
    """Compiled predictions: one simulation per condition, one function per measured column."""

    def __init__(
        self, model: Model, data: DataTable, conditions: Mapping[str, Condition],
        measured: Mapping[str, Measured], quantities: Mapping[str, FitParameter],
    ) -> None:  # fmt: skip
        self.model, self.quantities = model, quantities
        self.estimated = [name for name, item in quantities.items() if item.estimate]
        self.columns = list(data.units)
        self._blocks: list[Block] = []
        observed: list[Array] = []
        sides: list[Array] = []
        first = 0
        for item in measured.values():
            for name, condition in conditions.items():
                if item.conditions and name not in item.conditions:
                    continue
                rows = _rows(data, name, item.column)
                if len(rows):
                    place = slice(first, first + len(rows))
                    self._blocks.append(Block(self, item, condition, rows, place, data))
                    sides.append(data.sides[item.column][rows])
                    observed.append(data.numbers[item.column][rows])
                    first += len(rows)
        self.observed: Array = np.concatenate(observed) if observed else np.empty(0)
        self.sides: Array = np.concatenate(sides) if sides else np.empty(0)
        self._runs = {
            name: _ConditionRun(self, condition, [block for block in self._blocks if block.condition is condition])
            for name, condition in conditions.items()
        }

    def groups(self) -> Iterator[tuple[Measured, slice]]:
        """The measured columns with the places of their measurements, condition by condition."""
        for block in self._blocks:
            yield block.item, block.place

    def blocks(self) -> list[Block]:
        """One entry per measured column and condition, for figures."""
        return self._blocks

    def predict(self, values: Mapping[str, float], slopes: bool = False) -> Predicted:
        """Predictions at natural values of the estimated parameters."""
        size = len(self.observed)
        result, by_parameter = np.empty(size), np.zeros((size, len(self.estimated))) if slopes else None
        for run in self._runs.values():
            reason = run.predict(values, result, by_parameter)
            if reason:
                return Predicted(np.full(size, np.nan), None, reason)
        return Predicted(result, by_parameter)

    def curve(self, block: Block, values: Mapping[str, float], times: Array) -> Array | None:
        """The prediction of one column over a time grid, or None where it does not depend on the simulation."""
        if not block.dynamic:
            return None
        run = self._runs[block.condition.id]
        again = self.prepared(block.condition, times)
        states = again(run.model_values(values))
        inputs = again.vector(run.model_values(values))
        fixed = {name: np.full(len(times), np.nan) for name in self.columns}
        return block.evaluate(times, states, inputs, self.fit_only(values), fixed)

    def prepared(self, condition: Condition, times: Array, inputs: Sequence[str] = ()) -> Prepared:
        """The simulation of a condition at these times, with slopes by `inputs` if there are any."""
        return prepare(
            self.model, times, outputs=self.model.species, rtol=RTOL, start=condition.start,
            initial=condition.initial, doses=condition.doses, sensitivities=list(inputs) or None,
        )  # fmt: skip

    @property
    def own(self) -> list[str]:
        """The quantities of the fit that are not ids of the model."""
        return [name for name in self.quantities if name not in self.model.whole.parameters]

    def fit_only(self, values: Mapping[str, float]) -> Array:
        """The numbers of `own`, estimated or held."""
        return np.array([values.get(name, self.quantities[name].value) for name in self.own])


class Block:
    """One measured column in one condition."""

    def __init__(
        self, predictor: Predictor, item: Measured, condition: Condition, rows: NDArray[np.intp], place: slice,
        data: DataTable,
    ) -> None:  # fmt: skip
        model = predictor.model
        self.item, self.condition, self.rows, self.place = item, condition, rows, place
        written = observables(model.whole)
        (expression,) = substitute([item.expression], written)
        self.dynamic = bool(expression.symbols & (set(model.species) | {"time"}))
        factor = factor_between(unit(data.units["time"]), unit(model.time_unit)) if "time" in data.units else 1.0
        self.times: Array = data.numbers["time"][rows] * factor if self.dynamic else np.zeros(len(rows))
        self.measured: Array = data.numbers[item.column][rows]
        self.replicates = [data.replicates[row] for row in rows]
        self.data_columns: dict[str, Array] = {name: data.numbers[name][rows] for name in predictor.columns}
        self.inputs = (*model.parameters,)
        layout: dict[str, str | Sequence[str]] = {
            "t": "time", "x": model.species, "p": self.inputs, "q": predictor.own, "c": predictor.columns,
        }  # fmt: skip
        self._value = build_function([expression], layout, arrays=True)
        self._by_state = _Slopes(expression, model.species, layout)
        self._by_input = _Slopes(expression, [name for name in predictor.estimated if name in self.inputs], layout)
        self._by_own = _Slopes(expression, [name for name in predictor.estimated if name in predictor.own], layout)

    def _arguments(
        self, times: Array, states: Array, inputs: Array, own: Array, columns: Mapping[str, Array]
    ) -> tuple[object, ...]:
        return times, states.T, inputs, own, list(columns.values())

    def evaluate(self, times: Array, states: Array, inputs: Array, own: Array, columns: Mapping[str, Array]) -> Array:
        """The prediction at every row, shape (rows,)."""
        with np.errstate(all="ignore"):
            (value,) = self._value(*self._arguments(times, states, inputs, own, columns))
        return np.broadcast_to(np.asarray(value, float), (len(times),)).copy()

    def slopes(
        self, times: Array, states: Array, inputs: Array, own: Array, state_slopes: Array, estimated: Sequence[str],
        differentiated: Sequence[str],
    ) -> Array:  # fmt: skip
        """d(prediction)/d(estimated), shape (rows, estimated)."""
        arguments = self._arguments(times, states, inputs, own, self.data_columns)
        table = np.zeros((len(times), len(estimated)))
        if differentiated:
            inner = np.einsum("ts,tsk->tk", self._by_state(arguments, len(times)), state_slopes)
            for column, name in enumerate(differentiated):
                table[:, estimated.index(name)] += inner[:, column]
        for rule in (self._by_input, self._by_own):
            direct = rule(arguments, len(times))
            for column, name in enumerate(rule.names):
                table[:, estimated.index(name)] += direct[:, column]
        return table


class _Slopes:
    """The derivatives of one expression by some names, over arrays."""

    def __init__(self, expression: Node, names: Sequence[str], layout: Mapping[str, str | Sequence[str]]) -> None:
        self.names = list(names)
        entries = jacobian([expression], names)
        self._columns = [column for _, column in entries]
        self._evaluate = build_function(list(entries.values()), layout, arrays=True)

    def __call__(self, arguments: tuple[object, ...], rows: int) -> Array:
        table = np.zeros((rows, len(self.names)))
        with np.errstate(all="ignore"):
            for column, values in zip(self._columns, self._evaluate(*arguments), strict=True):
                table[:, column] = values
        return table


class _ConditionRun:
    """The simulation of one condition at all times at which anything was measured in it."""

    def __init__(self, predictor: Predictor, condition: Condition, blocks: Sequence[Block]) -> None:
        self.predictor, self.condition, self.blocks = predictor, condition, list(blocks)
        model = predictor.model
        moving = [block for block in blocks if block.dynamic]
        self.differentiated = [
            name for name in predictor.estimated if name in model.whole.parameters and name not in condition.values
        ]
        self.prepared: Prepared | None = None
        if moving:
            self.times: Array = np.unique(np.concatenate([block.times for block in moving]))
            self.prepared = predictor.prepared(condition, self.times, self.differentiated)

    def model_values(self, values: Mapping[str, float]) -> dict[str, float]:
        """The parameters of the model in this condition: estimated, held by the fit, set by the condition."""
        known = self.predictor.model.whole.parameters
        held = {name: item.value for name, item in self.predictor.quantities.items() if not item.estimate}
        return {name: value for name, value in {**held, **values}.items() if name in known} | dict(
            self.condition.values
        )

    def predict(self, values: Mapping[str, float], result: Array, by_parameter: Array | None) -> str:
        """Fill in the predictions of this condition; the reason if the simulation fails."""
        own = self.predictor.fit_only(values)
        states, slopes, inputs = self._states(values, by_parameter is not None)
        if isinstance(states, str):
            return states
        for block in self.blocks:
            places = np.searchsorted(self.times, block.times) if block.dynamic else np.zeros(len(block.rows), int)
            at = states[places]
            result[block.place] = block.evaluate(block.times, at, inputs, own, block.data_columns)
            if by_parameter is not None:
                differentiated = self.differentiated if block.dynamic else []
                by_parameter[block.place] = block.slopes(
                    block.times, at, inputs, own, slopes[places], self.predictor.estimated, differentiated
                )
        return ""

    def _states(self, values: Mapping[str, float], with_slopes: bool) -> tuple[Array | str, Array, Array]:
        model = self.predictor.model
        given = self.model_values(values)
        if self.prepared is None:
            nothing = np.zeros((1, len(model.species)))
            inputs = np.array([given.get(name, model.value(name).value) for name in model.parameters])
            return nothing, np.zeros((1, len(model.species), len(self.differentiated))), inputs
        vector = self.prepared.vector(given)
        inputs = vector[: len(model.parameters)]
        if with_slopes and self.differentiated:
            moved = tangent_run(self.prepared, vector)
            assert moved.slopes is not None
            return (moved.reason or moved.table), moved.slopes, inputs
        run = plain_run(self.prepared, vector)
        return (run.reason or run.table), np.zeros((len(run.table), len(model.species), 0)), inputs


def _rows(data: DataTable, condition: str, column: str) -> NDArray[np.intp]:
    """The rows of a condition in which a column was measured."""
    here = np.array([name == condition for name in data.conditions])
    return np.flatnonzero(here & ~np.isnan(data.numbers[column]))
