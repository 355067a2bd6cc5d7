"""SBML units as unit texts of ours, where they have one: `nmol/litre`, `item/hour`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from exokinetics.errors import WrongInput
from exokinetics.sbml.binding import libsbml
from exokinetics.sbml.unit_definitions import KINDS
from exokinetics.units import DIMENSIONLESS, power_of, unit, unit_text

_PREFIXES = {
    -24: "yocto", -21: "zepto", -18: "atto", -15: "femto", -12: "pico", -9: "nano", -6: "micro", -3: "milli",
    -2: "centi", -1: "deci", 0: "", 2: "hecto", 3: "kilo", 6: "mega", 9: "giga",
}  # fmt: skip
_TIMES = {60.0: "minute", 3600.0: "hour", 86400.0: "day", 604800.0: "week"}
_SPELLINGS = {"liter": "litre", "meter": "metre"}

Factor = tuple[str, float, int, float]


def factors_of(definition: Any) -> list[Factor]:
    """Kind, exponent, scale and multiplier of each `<unit>` of a definition."""
    library = libsbml()
    found = []
    for index in range(definition.getNumUnits()):
        part = definition.getUnit(index)
        kind = library.UnitKind_toString(part.getKind())
        found.append((kind, part.getExponentAsDouble(), part.getScale(), part.getMultiplier()))
    return found


def text_of(factors: Sequence[Factor]) -> str:
    """The unit text of a product of factors; `WrongInput` where this package has no such unit."""
    result = DIMENSIONLESS
    for kind, exponent, scale, multiplier in factors:
        if not exponent.is_integer():
            raise WrongInput(f"a unit with the exponent {exponent:g} is not supported")
        named = _name(kind, scale, multiplier)
        if named and exponent:
            result = result * power_of(unit(named), exponent)
    return unit_text(result)


def kind_text(kind: str) -> str | None:
    """The unit text of a base unit of SBML; None if it is none."""
    kind = _SPELLINGS.get(kind, kind)
    return kind if kind in KINDS else None


def _name(kind: str, scale: int, multiplier: float) -> str:
    """The name of multiplier * 10**scale * kind; empty for a plain 1."""
    kind = _SPELLINGS.get(kind, kind)
    factor = multiplier * 10.0**scale
    if kind == "kilogram":
        kind, factor = "gram", factor * 1000.0
    if kind not in KINDS:
        raise WrongInput(f"the unit '{kind}' is not supported")
    if kind == "dimensionless":
        if math.isclose(factor, 1.0) or math.isclose(factor, 0.01):
            return "" if math.isclose(factor, 1.0) else "percent"
        raise WrongInput(f"a dimensionless unit of {factor:g} is not supported")
    for size, name in _TIMES.items():
        if kind == "second" and math.isclose(factor, size, rel_tol=1e-12):
            return name
    for power, prefix in _PREFIXES.items():
        if math.isclose(factor, 10.0**power, rel_tol=1e-12):
            return prefix + kind
    raise WrongInput(f"a unit of {factor:g} {kind} is not supported")
