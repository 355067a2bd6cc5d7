"""The tables `[parameter.ID]` of a fit file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.expressions.graph import symbol
from exokinetics.fitting.reading import Reading
from exokinetics.fitting.specification import DECADES, Condition, FitParameter, Measured
from exokinetics.model.parts import id_fault
from exokinetics.units import magnitude, same_unit, unit

PARAMETER_KEYS = ("title", "unit", "lower", "upper", "value", "estimate", "scale", "prior", "reason", "tie", "per")
SCALES = ("log10", "linear")
PER = ("condition", "replicate")
FREE = "the parameters of this file that a tie may name"

Quantities = Mapping[str, FitParameter | None]


def read_parameters(tables: Mapping[str, Mapping[str, Any]], reading: Reading) -> dict[str, FitParameter | None]:
    """The quantities of the fit by id; None where a table has faults."""
    quantities = {id: _parameter(id, table, reading) for id, table in tables.items()}
    tied = {id for id, table in tables.items() if "tie" in table}
    free = {name: item for name, item in quantities.items() if name not in tied}
    for id in tied:
        if (item := quantities[id]) is not None:
            quantities[id] = _tied(item, tables[id]["tie"], free, reading)
    return quantities


def free_names(quantities: Quantities) -> list[str]:
    """The quantities that a tie may name: those that are neither tied nor different between conditions."""
    return [name for name, item in quantities.items() if item is None or (item.tie is None and not item.per)]


def units_of(quantities: Quantities) -> dict[str, str]:
    """The unit of each quantity that could be read."""
    return {name: item.unit for name, item in quantities.items() if item is not None}


def _parameter(id: str, table: Mapping[str, Any], reading: Reading) -> FitParameter | None:
    key, before = f"parameter.{id}", len(reading.issues)
    reading.unknown_keys(table, PARAMETER_KEYS, key)
    known = reading.model.whole.parameters.get(id)
    if known is None and (id_fault(id) or "." in id):
        hint = did_you_mean(id, reading.model.whole.parameters)
        reading.fault(key, f"is not a parameter of {reading.model.name}{hint}")
        return None
    if id in reading.data.units or (known is None and id in reading.model.whole.kinds()):
        reading.fault(key, f"'{id}' is also the name of a column or of something in the model; choose another")
    text = known.unit if known is not None else table.get("unit")
    if not isinstance(text, str):
        reading.fault(f"{key}.unit", "is missing: this is no parameter of the model, so it needs a unit")
        return None
    estimate, scale, per = table.get("estimate", True), table.get("scale", "log10"), table.get("per", "")
    if scale not in SCALES:
        reading.fault(f"{key}.scale", f"{scale!r} is not known{did_you_mean(str(scale), SCALES)}")
    if per not in ("", *PER):
        reading.fault(f"{key}.per", f"{per!r} is not known; use 'condition' or 'replicate'")
    elif per == "replicate" and known is not None:
        reading.fault(f"{key}.per", "replicates share one simulation, so a parameter of the model differs by condition")
    if "tie" in table:
        return FitParameter(id, text, math.nan, estimate=False) if _may_be_tied(table, known, key, reading) else None
    numbers = {name: _number(table, name, text, key, reading) for name in ("lower", "upper", "value") if name in table}
    if len(reading.issues) > before:
        return None
    found = _bounded(id, text, table, numbers, bool(estimate), str(scale), reading)
    return found and replace(found, per=per)


def _may_be_tied(table: Mapping[str, Any], known: Any, key: str, reading: Reading) -> bool:
    if known is None:
        reading.fault(f"{key}.tie", "only a parameter of the model is tied; write this one out where it is used")
        return False
    rest = sorted(table.keys() & {"lower", "upper", "value", "estimate", "scale", "prior", "per"})
    if rest:
        reading.fault(f"{key}.{rest[0]}", "has no place beside a tie, which says all of the value")
    return not rest


def _tied(item: FitParameter, text: Any, quantities: Quantities, reading: Reading) -> FitParameter | None:
    key, before = f"parameter.{item.id}.tie", len(reading.issues)
    node = reading.expression(text, key, free_names(quantities), FREE)
    if node is not None:
        reading.require_unit(node, units_of(quantities), item.unit, key, "the parameter in")
    return replace(item, tie=node) if node is not None and len(reading.issues) == before else None


def _bounded(
    id: str, text: str, table: Mapping[str, Any], numbers: Mapping[str, float], estimate: bool, scale: str,
    reading: Reading,
) -> FitParameter | None:  # fmt: skip
    key, reason = f"parameter.{id}", str(table.get("reason", ""))
    known = reading.model.whole.parameters.get(id)
    value = numbers.get("value", known.value.value if known is not None else None)
    title = str(table.get("title", known.title if known is not None else ""))
    if not estimate:
        if value is None or not reason:
            reading.fault(key, "is held, so it needs a value and a reason")
            return None
        return FitParameter(id, text, value, estimate=False, scale=scale, reason=reason, title=title)
    if "lower" not in numbers or "upper" not in numbers:
        reading.fault(key, "needs lower and upper, the bounds of the search")
        return None
    lower, upper = numbers["lower"], numbers["upper"]
    if lower >= upper:
        reading.fault(key, f"lower {lower:g} is not below upper {upper:g}; the bounds are not swapped for you")
        return None
    if scale == "log10" and lower <= 0:
        reading.fault(f"{key}.lower", 'must be above 0 for a search in log10; use scale = "linear" otherwise')
        return None
    if scale == "log10" and math.log10(upper / lower) < DECADES - 1e-9 and not reason:
        reading.fault(key, f"the bounds span less than {DECADES:g} decades; widen them, or give the reason")
    middle = math.sqrt(lower * upper) if scale == "log10" else 0.5 * (lower + upper)
    start = middle if value is None else value
    if not lower <= start <= upper:
        reading.fault(key, f"the value {start:g} lies outside the bounds {lower:g} to {upper:g}")
    return FitParameter(
        id, text, start, lower, upper, True, scale, _prior(table.get("prior"), key, reading), reason, title
    )


def _number(table: Mapping[str, Any], name: str, text: str, key: str, reading: Reading) -> float:
    given = table[name]
    try:
        if not isinstance(given, str) and "unit" not in table and not same_unit(unit(text), unit("dimensionless")):
            raise WrongInput(f"{given!r} has no unit; write '{given} {text}'")
        return magnitude(given, text)
    except WrongInput as error:
        reading.fault(f"{key}.{name}", str(error))
        return math.nan


def _prior(given: Any, key: str, reading: Reading) -> tuple[float, float] | None:
    if given is None:
        return None
    if isinstance(given, dict) and given.keys() == {"mean", "sd"}:
        mean, sd = given["mean"], given["sd"]
        if isinstance(mean, (int, float)) and isinstance(sd, (int, float)) and sd > 0:
            return float(mean), float(sd)
    reading.fault(f"{key}.prior", "must be { mean, sd } of a normal on the scale of the search, sd above 0")
    return None


def apart(
    quantities: Mapping[str, FitParameter], conditions: Mapping[str, Condition], measured: Mapping[str, Measured],
    reading: Reading,
) -> tuple[dict[str, FitParameter], dict[str, Condition]]:  # fmt: skip
    """Quantities that differ between conditions or replicates, each as one of its own: `ID:NAME`.

    A parameter of the model is tied to its own in each condition.
    """
    found, settings = {}, dict(conditions)
    for id, item in quantities.items():
        if not item.per:
            found[id] = item
            continue
        in_model = id in reading.model.whole.parameters
        for name in _groups(item, None if in_model else measured, reading):
            own = f"{id}:{name}"
            if in_model:
                setting = settings[name]
                if id in setting.values or id in setting.ties:
                    continue
                settings[name] = replace(setting, ties={**setting.ties, id: symbol(own)})
            found[own] = replace(item, id=own, base=id, group=name, title=f"{item.title} ({name})".strip())
    return found, settings


def _groups(item: FitParameter, measured: Mapping[str, Measured] | None, reading: Reading) -> list[str]:
    """The conditions or replicates in which something that names the quantity was measured, in their order."""
    data = reading.data
    groups: dict[str, None] = {}
    for column in measured.values() if measured is not None else ():
        if item.id in column.symbols:
            for row in (data.numbers[column.column] == data.numbers[column.column]).nonzero()[0].tolist():
                if not column.conditions or data.conditions[row] in column.conditions:
                    groups[data.conditions[row] if item.per == "condition" else data.replicates[row]] = None
    if measured is None:
        groups = dict.fromkeys(data.conditions)
    return list(groups)
