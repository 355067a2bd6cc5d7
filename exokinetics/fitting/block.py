"""One measured column in one condition: its prediction and the spread of its noise, each with its slopes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from exokinetics.expressions.code import build_function
from exokinetics.expressions.derivative import jacobian
from exokinetics.expressions.graph import Node, substitute
from exokinetics.fitting.data_table import DataTable
from exokinetics.fitting.specification import Condition, Measured
from exokinetics.model.equations import observables
from exokinetics.model.whole import Model
from exokinetics.units import factor_between, unit

Array = NDArray[np.float64]

PREDICTED, REPEATS = "predicted", "repeats"  # what an expression of a spread may name besides


@dataclass(frozen=True)
class Cells:
    """The measured cells of a block, in the order of its rows; of averaged repeats, their mean and their number."""

    lines: tuple[int, ...]
    times: Array
    measured: Array
    sides: Array
    replicates: tuple[str, ...]
    columns: Mapping[str, Array]
    repeats: Array


@dataclass(frozen=True)
class Names:
    """What predictions are made of: inputs of the model, quantities of the fit alone, and columns.

    `moving` are the inputs of the model that depend on estimated quantities, `own_estimated` the estimated ones of
    `own`.
    """

    model: Model
    own: tuple[str, ...]
    columns: tuple[str, ...]
    moving: tuple[str, ...]
    own_estimated: tuple[str, ...]


class Block:
    """One measured column in one condition, and of one replicate where a parameter differs between them.

    Its functions of arrays warn of what is not finite, unless the caller asks numpy not to: for all of them at once.
    """

    def __init__(
        self, names: Names, item: Measured, condition: Condition, cells: Cells, place: slice,
        renamed: Mapping[str, Node],
    ) -> None:  # fmt: skip
        model = names.model
        self.item, self.condition, self.place, self.cells = item, condition, place, cells
        expression, spread = substitute([item.expression, item.spread], renamed)
        (expression,) = substitute([expression], observables(model.whole))
        self.expression, self.spread_expression = expression, spread
        self.dynamic = bool(expression.symbols & (set(model.species) | {"time"}))
        self.times: Array = cells.times if self.dynamic else np.zeros(len(cells.measured))
        self.measured: Array = cells.measured
        layout: dict[str, str | Sequence[str]] = {
            "t": "time", "x": model.species, "p": model.parameters, "q": names.own, "c": names.columns,
        }  # fmt: skip
        self._value = build_function([expression], layout, arrays=True)
        self._by_state = _Slopes(expression, model.species, layout)
        self._by_input = _Slopes(expression, [name for name in names.moving if name in model.parameters], layout)
        self._input_places = [names.moving.index(name) for name in self._by_input.names]
        self._by_own = _Slopes(expression, names.own_estimated, layout)
        around: dict[str, str | Sequence[str]] = {"m": PREDICTED, "n": REPEATS, "q": names.own, "c": names.columns}
        self._spread = build_function([spread], around, arrays=True)
        self._spread_by_predicted = _Slopes(spread, [PREDICTED], around)
        self._spread_by_own = _Slopes(spread, names.own_estimated, around)
        self._columns = list(cells.columns.values())

    def with_measurements(self, measured: Array) -> Block:
        """The same block for other measured numbers."""
        again = copy(self)
        again.measured, again.cells = measured, replace(self.cells, measured=measured)
        return again

    def at_place(self, place: slice) -> Block:
        """The same block elsewhere among the measurements."""
        again = copy(self)
        again.place = place
        return again

    def evaluate(
        self, times: Array, states: Array, inputs: Array, own: Array, columns: Sequence[Array] | None = None
    ) -> Array:
        """The prediction at every row, shape (rows,)."""
        (value,) = self._value(times, states.T, inputs, own, self._columns if columns is None else columns)
        return np.broadcast_to(np.asarray(value, float), (len(times),)).copy()

    def slopes(self, states: Array, inputs: Array, own: Array, state_slopes: Array) -> tuple[Array, Array]:
        """d(prediction) by the moving inputs of the model and by the estimated quantities of the fit alone.

        `state_slopes` are those of the states by the moving inputs, shape (rows, states, moving).
        """
        arguments = (self.times, states.T, inputs, own, self._columns)
        rows = len(self.measured)
        moved = np.einsum("ts,tsk->tk", self._by_state(arguments, rows), state_slopes)
        moved[:, self._input_places] += self._by_input(arguments, rows)
        return moved, self._by_own(arguments, rows)

    def own_slopes(self, states: Array, inputs: Array, own: Array) -> Array:
        """d(prediction) by the estimated quantities of the fit alone."""
        return self._by_own((self.times, states.T, inputs, own, self._columns), len(self.measured))

    def spread(self, predicted: Array, own: Array) -> Array:
        """The spread of the noise at every row, in the unit of the column or as a share."""
        (value,) = self._spread(predicted, self.cells.repeats, own, self._columns)
        return np.broadcast_to(np.asarray(value, float), predicted.shape).copy()

    def spread_along(self, curve: Array, own: Array) -> Array:
        """The spread about a curve, for columns and repeats as in the first row."""
        with np.errstate(all="ignore"):
            (value,) = self._spread(curve, self.cells.repeats[0], own, [column[0] for column in self._columns])
        return np.broadcast_to(np.asarray(value, float), curve.shape).copy()

    def spread_slopes(self, predicted: Array, own: Array) -> tuple[Array, Array]:
        """d(spread) by the prediction, shape (rows,), and by the estimated quantities of the fit alone."""
        arguments = (predicted, self.cells.repeats, own, self._columns)
        return self._spread_by_predicted(arguments, len(predicted))[:, 0], self._spread_by_own(
            arguments, len(predicted)
        )


class _Slopes:
    """The derivatives of one expression by some names, over arrays."""

    def __init__(self, expression: Node, names: Sequence[str], layout: Mapping[str, str | Sequence[str]]) -> None:
        self.names = list(names)
        entries = jacobian([expression], names)
        self._columns = [column for _, column in entries]
        self._evaluate = build_function(list(entries.values()), layout, arrays=True) if entries else None

    def __call__(self, arguments: tuple[object, ...], rows: int) -> Array:
        table = np.zeros((rows, len(self.names)))
        if self._evaluate is not None:
            for column, values in zip(self._columns, self._evaluate(*arguments), strict=True):
                table[:, column] = values
        return table


def cells_of(data: DataTable, item: Measured, condition: str, time_unit: str, replicate: str | None) -> Cells:
    """The measured cells of a column in a condition, of one replicate or of all of them."""
    numbers = data.numbers[item.column]
    rows = [
        row
        for row in np.flatnonzero(~np.isnan(numbers)).tolist()
        if data.conditions[row] == condition and replicate in (None, data.replicates[row])
    ]
    factor = factor_between(unit(data.units["time"]), unit(time_unit)) if "time" in data.units else 1.0
    times = data.numbers["time"] * factor if "time" in data.units else np.zeros(len(data))
    groups = _repeats(data, rows, times) if item.averaged else [[row] for row in rows]
    mean = _geometric if item.noise == "log_normal" else np.mean
    first = [group[0] for group in groups]
    return Cells(
        tuple(data.lines[row] for row in first), times[first], np.array([mean(numbers[group]) for group in groups]),
        data.sides[item.column][first] if item.column in data.sides else np.zeros(len(first)),
        tuple(data.replicates[row] for row in first),
        {name: column[first] for name, column in data.numbers.items()},
        np.array([float(len(group)) for group in groups]),
    )  # fmt: skip


def _repeats(data: DataTable, rows: Sequence[int], times: Array) -> list[list[int]]:
    """The rows of one sample together: those of the same replicate and time."""
    groups: dict[tuple[str, float], list[int]] = {}
    for row in rows:
        groups.setdefault((data.replicates[row], float(times[row])), []).append(row)
    return list(groups.values())


def _geometric(values: Array) -> float:
    return float(np.exp(np.mean(np.log(values))))
