"""Value records of TOML files: a table with value, quality and source or reason, read into a `Value`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from exokinetics.errors import Issue, WrongInput, did_you_mean, nearest
from exokinetics.expressions.parsing import shorten
from exokinetics.model.parts import Parameter
from exokinetics.model.values import QUALITIES, Distribution, Value, default_range
from exokinetics.units import magnitude, split_quantity, unit

KEYS = ("value", "low", "high", "quality", "source", "reason")


def read_value(
    table: Mapping[str, Any], unit_text: str, distribution: Distribution, file: str, key: str, issues: list[Issue]
) -> Value | None:
    """The value record in the unit `unit_text`, or None with its issues appended."""
    before = len(issues)
    table = dict(table)
    for name in sorted(table.keys() - set(KEYS)):
        issues.append(Issue(file, f"{key}.{name}", f"is not part of a value record{did_you_mean(name, KEYS)}"))
        # read as what it was meant to be, so that its absence is not a second fault
        table.setdefault(nearest(name, KEYS) or name, table[name])
    amount = _number(table, "value", unit_text, file, key, issues)
    quality = table.get("quality")
    if quality is None:
        issues.append(Issue(file, f"{key}.quality", f"is missing; use one of {', '.join(QUALITIES)}"))
    elif quality not in QUALITIES:
        hint = did_you_mean(str(quality), QUALITIES)
        issues.append(Issue(file, f"{key}.quality", f"{quality!r} is not a quality{hint}"))
    else:
        issues += [Issue(file, f"{key}.{name}", text) for name, text in provenance_faults(quality, table)]
    stated = [name for name in ("low", "high") if name in table]
    if len(stated) == 1:
        issues.append(Issue(file, f"{key}.{stated[0]}", "needs both low and high, or neither"))
    limits = [_number(table, name, unit_text, file, key, issues) for name in stated]
    if len(issues) > before or amount is None or any(limit is None for limit in limits):
        return None
    return _record(table, amount, limits, unit_text, distribution, file, key, issues)


def _record(
    table: Mapping[str, Any], amount: float, limits: list[float | None], unit_text: str, distribution: Distribution,
    file: str, key: str, issues: list[Issue],
) -> Value | None:  # fmt: skip
    quality = table["quality"]
    if amount == 0.0 and distribution == "log":
        distribution = "fixed"
    if limits:
        low, high = float(limits[0] or 0.0), float(limits[1] or 0.0)
    else:
        low, high = default_range(amount, quality, distribution)
    value = Value(
        amount, unit_text, low, high, quality, str(table.get("source", "")), str(table.get("reason", "")),
        "stated" if limits else "default", distribution,
    )  # fmt: skip
    faults = value.faults()
    issues += [Issue(file, key, fault) for fault in faults]
    return None if faults else value


def _number(
    table: Mapping[str, Any], name: str, unit_text: str, file: str, key: str, issues: list[Issue]
) -> float | None:
    given = table.get(name)
    if given is None:
        issues.append(Issue(file, f"{key}.{name}", f"is missing; write it as a text such as '2 {unit_text}'"))
        return None
    try:
        if isinstance(given, str):
            _, text = split_quantity(given)
            if not text and unit(unit_text) != unit("dimensionless"):
                raise WrongInput(f"'{shorten(given)}' has no unit; write '{shorten(given)} {unit_text}'")
        elif isinstance(given, bool) or not isinstance(given, (int, float)):
            raise WrongInput(f"{given!r} is not a number with a unit")
        elif unit(unit_text) != unit("dimensionless"):
            raise WrongInput(f"{given!r} has no unit; write '{given} {unit_text}'")
        return magnitude(given, unit_text)
    except WrongInput as error:
        issues.append(Issue(file, f"{key}.{name}", str(error)))
        return None


def provenance_faults(quality: str, table: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a record lacks: assumed needs a reason, every other quality a source."""
    found = []
    wanted = "reason" if quality == "assumed" else "source"
    text = table.get(wanted)
    if not isinstance(text, str) or not text.strip():
        what = "why this number was taken" if wanted == "reason" else "the citation, or what it was computed from"
        found.append((wanted, f"is missing: a value of quality '{quality}' needs a {wanted}, {what}"))
    if quality == "assumed" and "source" in table:
        found.append(("source", "does not go with quality 'assumed'; put the text into reason, or change the quality"))
    return found


def read_settings(
    given: Any,
    parameters: Mapping[str, Parameter],
    key: str,
    fault: Callable[[str, str], None],
    excused: Callable[[str], bool] = lambda name: False,
) -> dict[str, float]:
    """Numbers of parameters in their own units, from a table `id = value`; `fault` is told of each wrong one.

    `excused` tells whether the absence of an id is reported elsewhere.
    """
    if not isinstance(given, dict):
        fault(key, "must be a table with lines id = value")
        return {}
    values: dict[str, float] = {}
    for name, amount in flattened(given, ()):
        if name in parameters:
            try:
                values[name] = magnitude(amount, parameters[name].unit)
                if values[name] < 0.0 <= parameters[name].value.value:
                    raise WrongInput(f"{amount} is negative, which this quantity cannot be")
            except WrongInput as error:
                fault(f"{key}.{name}", str(error))
        elif not excused(name):
            fault(f"{key}.{name}", f"is not a parameter{did_you_mean(name, parameters)}")
    return values


def flattened(tables: Mapping[str, Any], leaf: Collection[str], prefix: str = "") -> list[tuple[str, Any]]:
    """TOML reads `a.b = ...` as nested tables; ids with dots are put together again. `leaf`: the keys of an entry."""
    rows: list[tuple[str, Any]] = []
    for name, given in tables.items():
        if isinstance(given, dict) and not given.keys() & set(leaf):
            rows += flattened(given, leaf, f"{prefix}{name}.")
        else:
            rows.append((f"{prefix}{name}", given if isinstance(given, (str, dict)) else str(given)))
    return rows
