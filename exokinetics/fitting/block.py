"""One measured column in one condition: its prediction and the spread of its noise, each with its slopes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.expressions.code import build_function
from exokinetics.expressions.derivative import jacobian
from exokinetics.expressions.graph import ZERO, Node, substitute
from exokinetics.expressions.text import to_text
from exokinetics.fitting.data_table import DataTable
from exokinetics.fitting.density import Density, student_t
from exokinetics.fitting.noise import NOISE
from exokinetics.fitting.specification import Condition, Measured
from exokinetics.model.equations import observables
from exokinetics.model.whole import Model
from exokinetics.units import factor_between, unit

Array = NDArray[np.float64]
Places = NDArray[np.intp]

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
    """One measured column in one condition, and of one replicate where a parameter differs between them."""

    def __init__(
        self, names: Names, item: Measured, condition: Condition, cells: Cells, place: slice,
        renamed: Mapping[str, Node], replicate: str = "",
    ) -> None:  # fmt: skip
        """`replicate` is the one that it is of; empty for all of them together."""
        model = names.model
        self.replicate = replicate
        self.item, self.condition, self.place, self.cells = item, condition, place, cells
        expression, spread, degrees = substitute(
            [item.expression, item.spread, ZERO if item.degrees is None else item.degrees], renamed
        )
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
        self.degrees_text = to_text(degrees)
        self.degrees_move = bool(degrees.symbols & set(names.own_estimated))
        quantities: dict[str, str | Sequence[str]] = {"q": names.own}
        self._degrees = build_function([degrees], quantities, arrays=True)
        self._degrees_by_own = _Slopes(degrees, names.own_estimated, quantities)

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
        with np.errstate(all="ignore"):
            (value,) = self._value(times, states.T, inputs, own, self._columns if columns is None else columns)
        return np.broadcast_to(np.asarray(value, float), (len(times),)).copy()

    # these are called for every block at every point of a search: they write into arrays that their caller has, which
    # sees to the warnings of numpy as well

    def predict(self, states: Array, inputs: Array, own: Array, into: Array) -> None:
        """Put the prediction of every row into an array."""
        into[:] = self._value(self.times, states.T, inputs, own, self._columns)[0]

    def put_spread(self, predicted: Array, own: Array, into: Array) -> None:
        """Put the spread of the noise at every row into an array, in the unit of the column or as a share."""
        into[:] = self._spread(predicted, self.cells.repeats, own, self._columns)[0]

    def slopes(
        self, states: Array, inputs: Array, own: Array, state_slopes: Array, places: Places, chain: Array
    ) -> Array:
        """d(prediction) by the estimated parameters, all but those of the fit alone.

        `state_slopes` (times, states, moving) are those of the states by the moving inputs, of which `places` are the
        rows; `chain` (moving, estimated) those of the inputs.
        """
        arguments = (self.times, states.T, inputs, own, self._columns)
        moved = np.zeros((len(self.measured), state_slopes.shape[2]))
        for state, value in self._by_state.each(arguments):
            moved += np.asarray(value)[..., None] * state_slopes[places, state]
        for number, value in self._by_input.each(arguments):
            moved[:, self._input_places[number]] += value
        return np.asarray(moved @ chain)

    def add_own_slopes(self, states: Array, inputs: Array, own: Array, columns: Sequence[int], into: Array) -> None:
        """Add d(prediction) by the estimated quantities of the fit alone, whose `columns` of an array these are."""
        for number, value in self._by_own.each((self.times, states.T, inputs, own, self._columns)):
            into[:, columns[number]] += value

    def put_spread_slopes(
        self, predicted: Array, own: Array, slopes: Array, columns: Sequence[int], into: Array
    ) -> None:
        """Put d(spread) by the estimated parameters into an array of zeros, from `slopes`, those of the prediction."""
        arguments = (predicted, self.cells.repeats, own, self._columns)
        for _, value in self._spread_by_predicted.each(arguments):
            into += np.asarray(value)[..., None] * slopes
        for number, value in self._spread_by_own.each(arguments):
            into[:, columns[number]] += value

    def spread(self, predicted: Array, own: Array) -> Array:
        """The spread of the noise at every row, in the unit of the column or as a share."""
        spread = np.empty(predicted.shape)
        with np.errstate(all="ignore"):
            self.put_spread(predicted, own, spread)
        return spread

    @property
    def uneven(self) -> bool:
        """Whether rows of the same prediction may differ in their spread: by a column, or by how often they repeat."""
        beside = [column for name, column in self.cells.columns.items() if name in self.spread_expression.symbols]
        beside += [self.cells.repeats] if REPEATS in self.spread_expression.symbols else []
        return any(column.min() != column.max() for column in beside)

    def spread_along(self, curve: Array, own: Array) -> Array:
        """The spread about a curve, where it is not `uneven`."""
        with np.errstate(all="ignore"):
            (value,) = self._spread(curve, self.cells.repeats[0], own, [column[0] for column in self._columns])
        return np.broadcast_to(np.asarray(value, float), curve.shape).copy()

    def density(self, own: Array) -> Density:
        """The density of the noise, of deviations in spreads."""
        noise = NOISE[self.item.noise]
        return student_t(float(self._degrees(own)[0])) if noise.takes_degrees else noise.density

    def degrees_slopes(self, own: Array, columns: Sequence[int], into: Array) -> None:
        """Put d(degrees of freedom) by the estimated quantities of the fit alone into an array of zeros."""
        for number, value in self._degrees_by_own.each((own,)):
            into[columns[number]] = value


class _Slopes:
    """The derivatives of one expression by some names, those that are not zero, over arrays."""

    def __init__(self, expression: Node, names: Sequence[str], layout: Mapping[str, str | Sequence[str]]) -> None:
        self.names = list(names)
        entries = jacobian([expression], names)
        self._columns = [column for _, column in entries]
        self._evaluate = build_function(list(entries.values()), layout, arrays=True) if entries else None

    def each(self, arguments: tuple[object, ...]) -> Iterable[tuple[int, Any]]:
        """The number of each name and its derivative, a number or one for each row."""
        return () if self._evaluate is None else zip(self._columns, self._evaluate(*arguments), strict=True)


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
    # what stands alone keeps its digits, which a geometric mean would not
    measured = np.array([mean(numbers[group]) if len(group) > 1 else numbers[group[0]] for group in groups])
    return Cells(
        tuple(data.lines[row] for row in first), times[first], measured,
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
