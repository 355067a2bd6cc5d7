"""The tables `[observable.ID]` and `[scalar.ID]` of a fit file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from exokinetics.errors import Issue, WrongInput, did_you_mean
from exokinetics.expressions.graph import Node, number, substitute, symbol
from exokinetics.fitting.block import PREDICTED, REPEATS
from exokinetics.fitting.noise import NOISE
from exokinetics.fitting.parameter_tables import Quantities, units_of
from exokinetics.fitting.reading import Reading
from exokinetics.fitting.specification import Condition, Measured, Scalar
from exokinetics.model.equations import observables
from exokinetics.units import magnitude, split_quantity

OBSERVABLE_KEYS = ("title", "column", "expression", "noise", "spread", "degrees", "conditions", "repeats")
SCALAR_KEYS = ("title", "expression", "value", "sd", "factor", "source")


def read_observable(
    id: str, table: Mapping[str, Any], conditions: Mapping[str, Condition], quantities: Quantities, reading: Reading
) -> Measured | None:
    """One measured column, or None with its faults told."""
    key, before = f"observable.{id}", len(reading.issues)
    reading.unknown_keys(table, OBSERVABLE_KEYS, key)
    column, noise = table.get("column", id), table.get("noise")
    if column not in list(reading.data.units):  # a list can be asked for what cannot be hashed, too
        hint = did_you_mean(str(column), reading.data.units)
        reading.fault(f"{key}.column", f"'{column}' is not a column of data.csv{hint}")
    if noise not in list(NOISE):
        reading.fault(f"{key}.noise", f"{noise!r} is not a noise model{did_you_mean(str(noise), NOISE)}")
    spread = _spread(table.get("spread"), f"{key}.spread", quantities, reading)
    degrees = None
    if (noise == "student_t") != ("degrees" in table):
        reading.fault(f"{key}.degrees", "is the degrees of freedom of student_t noise: give it with that noise alone")
    elif "degrees" in table:
        degrees = _degrees(table["degrees"], f"{key}.degrees", quantities, reading)
    if table.get("repeats", "average") != "average":
        reading.fault(f"{key}.repeats", f"{table['repeats']!r} is not known; use 'average', or leave it out")
    wanted = table.get("conditions", [])
    if not isinstance(wanted, list):
        reading.fault(f"{key}.conditions", f"must be a list of conditions, not {wanted!r}")
        wanted = []
    for name in wanted:
        if name not in list(conditions):
            reading.fault(f"{key}.conditions", f"'{name}' is not a condition{did_you_mean(str(name), conditions)}")
    expression = _expression(table.get("expression"), f"{key}.expression", quantities, reading)
    if expression is None or spread is None or len(reading.issues) > before:
        return None
    text = reading.data.units[column]
    model = reading.model
    units = {name: model.unit(name) for name in model.whole.kinds()} | reading.data.units | {"time": model.time_unit}
    reading.require_unit(expression, units | units_of(quantities), text, f"{key}.expression", "the column in")
    found = Measured(
        id, str(column), expression, text, str(noise), spread, tuple(wanted), str(table.get("title", "")),
        degrees, "repeats" in table,
    )  # fmt: skip
    check_noise(found, quantities, key, reading)
    return found


def _expression(text: Any, key: str, quantities: Quantities, reading: Reading) -> Node | None:
    kinds, columns = reading.model.whole.kinds(), reading.data.units
    node = reading.expression(
        text, key, [*kinds, *quantities, *columns, "time"], "the model, the parameters or the columns"
    )
    for name in sorted(node.symbols & columns.keys() & set(kinds)) if node is not None else ():
        reading.fault(key, f"'{name}' is a column of data.csv and also in the model; rename the column")
    for name in sorted(node.symbols & reading.data.sides.keys()) if node is not None else ():
        if reading.data.sides[name].any():
            reading.fault(key, f"'{name}' holds limits such as '<20', which have no value to compute with")
    return node


def _spread(given: Any, key: str, quantities: Quantities, reading: Reading) -> Node | None:
    """The spread of the noise, mostly the name of one parameter."""
    own = [name for name in quantities if name not in reading.model.whole.parameters]
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return number(float(given))
    if not isinstance(given, str):
        reading.fault(key, "is missing: name a [parameter] of this file, the spread of the noise, or a column")
        return None
    what = f"the [parameter] tables of this fit alone, the columns, '{PREDICTED}' or '{REPEATS}'"
    return reading.expression(given, key, [*own, *reading.data.units, PREDICTED, REPEATS], what)


def _degrees(given: Any, key: str, quantities: Quantities, reading: Reading) -> Node | None:
    """The degrees of freedom: a number, or an expression over parameters of the fit alone, above 0 wherever it goes."""
    if isinstance(given, (int, float)) and not isinstance(given, bool) and given > 0:
        return number(float(given))
    if not isinstance(given, str):
        reading.fault(key, f"must be a number above 0 or the name of a [parameter] of this file, not {given!r}")
        return None
    own = [name for name in quantities if name not in reading.model.whole.parameters]
    node = reading.expression(given, key, own, "the [parameter] tables of this fit alone")
    if node is None or not node.symbols <= set(own):
        return None
    reading.require_unit(node, units_of(quantities), "dimensionless", key, "degrees of freedom are")
    items = {name: item for name in node.symbols if (item := quantities[name]) is not None}
    for name, item in items.items():
        least = item.lower if item.estimate else item.value
        if node is symbol(name) and not least > 0:
            reading.fault(key, f"'{name}' may be {least:g}, but degrees of freedom are above 0; raise its lower bound")
    return node


def check_noise(item: Measured, quantities: Quantities, key: str, reading: Reading) -> None:
    """The spread has the unit that the noise needs, and every measured number is one that it can be about."""
    data = reading.data
    wanted = "dimensionless" if NOISE[item.noise].relative else item.unit
    units = data.units | units_of(quantities) | {PREDICTED: item.unit, REPEATS: "dimensionless"}
    reading.require_unit(item.spread, units, wanted, f"{key}.spread", f"{item.noise} noise needs")
    numbers = data.numbers[item.column]
    if item.noise == "log_normal" and (numbers <= 0).any():
        reading.fault(f"{key}.noise", f"log_normal noise needs values above 0, but column '{item.column}' has others")
    if item.averaged and data.sides[item.column].any():
        reading.fault(f"{key}.repeats", f"column '{item.column}' holds limits such as '<20', which have no average")
    for name in sorted(item.spread.symbols & data.units.keys()):
        wrong = ~np.isnan(numbers) & ~(data.numbers[name] > 0)
        for row in np.flatnonzero(wrong):
            if not item.conditions or data.conditions[row] in item.conditions:
                where = f"{data.file}: line {data.lines[row]}"
                reading.fault(where, f"'{name}' is empty or not above 0, but the spread of '{item.column}' needs it")
                return


def read_scalar(id: str, table: Mapping[str, Any], quantities: Quantities, reading: Reading) -> Scalar | None:
    """One number of the literature, or None with its faults told."""
    key, before = f"scalar.{id}", len(reading.issues)
    reading.unknown_keys(table, SCALAR_KEYS, key)
    model = reading.model
    known = [*model.whole.parameters, *quantities, *(name for name in model.whole.observables)]
    node = reading.expression(table.get("expression"), f"{key}.expression", known, "the parameters of the model or fit")
    if node is not None:
        (inner,) = substitute([node], observables(model.whole))
        for name in sorted(inner.symbols & (set(model.species) | {"time"})):
            reading.fault(f"{key}.expression", f"depends on the state '{name}'; a scalar is computed from parameters")
    given, source = table.get("value"), table.get("source", "")
    text = (split_quantity(given)[1] if isinstance(given, str) else "") or "dimensionless"
    if not isinstance(source, str) or not source:
        reading.fault(f"{key}.source", "is missing: say where the number was published")
    if ("sd" in table) == ("factor" in table):
        reading.fault(key, "needs sd, its standard error, or factor, one standard error as a factor; not both")
    try:
        value = magnitude(given, text)
        spread = magnitude(table["sd"], text) if "sd" in table else float(table.get("factor", 2.0))
        if not (spread > 0 and ("sd" in table or (spread > 1 and value > 0))):
            raise WrongInput("sd must be above 0; factor above 1, with a value above 0")
    except (WrongInput, TypeError, ValueError) as error:
        reading.fault(f"{key}.value", str(error))
        return None
    if node is None or len(reading.issues) > before:
        return None
    units = {name: model.unit(name) for name in model.whole.kinds()} | units_of(quantities)
    reading.require_unit(node, units, text, f"{key}.expression", "the value in")
    noise, number_of = ("additive", spread) if "sd" in table else ("log_normal", math.log(spread))
    measured = Measured(id, id, node, text, noise, number(number_of), title=str(table.get("title", "")))
    return Scalar(measured, value, source)


def check_times(measured: Mapping[str, Measured | None], reading: Reading) -> None:
    """Every measurement that needs a simulation has a time that is not negative, and there is one at all."""
    data, states = reading.data, set(reading.model.species) | {"time"}
    written = observables(reading.model.whole)
    counted = 0
    for item in measured.values():
        if item is None:
            continue
        rows = np.flatnonzero(~np.isnan(data.numbers[item.column]))
        counted += len(rows)
        if not substitute([item.expression], written)[0].symbols & states:
            continue
        if "time" not in data.units:
            reading.fault(data.file, f"has no column 'time [{reading.model.time_unit}]', which '{item.id}' needs")
            return
        for row in rows:
            if not data.numbers["time"][row] >= 0.0:
                where = f"{data.file}: line {data.lines[row]}"
                reading.fault(where, f"'{item.column}' was measured, but the time is empty or negative")
                return
    if not counted and all(item is not None for item in measured.values()):
        reading.fault(data.file, "holds no measurement: every cell of the measured columns is empty")


def check_use(
    measured: Mapping[str, Measured], scalars: Mapping[str, Scalar], conditions: Mapping[str, Condition],
    quantities: Quantities, reading: Reading,
) -> None:  # fmt: skip
    """A warning for a column that nothing reads, an error for a parameter of the fit alone that nothing names."""
    used = {item.column for item in measured.values()} | {"time"}
    nodes = [node for item in measured.values() for node in (item.expression, item.spread, item.degrees)]
    nodes += [item.measured.expression for item in scalars.values()]
    nodes += [node for condition in conditions.values() for node in condition.ties.values()]
    nodes += [item.tie for item in quantities.values() if item is not None and item.tie is not None]
    named = {name for node in nodes if node is not None for name in node.symbols}
    for name in reading.data.units.keys() - used - named:
        reading.issues.append(Issue(reading.file, "observable", f"column '{name}' is not used", "warning"))
    for name, quantity in quantities.items():
        if quantity is not None and name not in named and name not in reading.model.whole.parameters:
            reading.fault(f"parameter.{name}", "is not used by any observable; remove it or name it in an expression")
