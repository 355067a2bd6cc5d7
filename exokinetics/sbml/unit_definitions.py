"""Units of ours as SBML unit definitions: vesicles and copies are items, cells are dimensionless."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from exokinetics.units import DIMENSIONLESS, Unit, power_of, same_unit, split, unit, unit_text

# the base units of SBML Level 3 that are spelt as here
KINDS = frozenset(
    """
    ampere becquerel candela coulomb dimensionless farad gram gray henry hertz item joule katal kelvin kilogram litre
    lumen lux metre mole newton ohm pascal radian second siemens sievert steradian tesla volt watt weber
    """.split()
)

# what is no base unit of SBML: a factor and base units; the counted things of this field are items, cells are a number
_COMPOSED: Mapping[str, tuple[float, Mapping[str, int]]] = {
    "vesicle": (1.0, {"item": 1}),
    "copy": (1.0, {"item": 1}),
    "cell": (1.0, {}),
    "minute": (60.0, {"second": 1}),
    "hour": (3600.0, {"second": 1}),
    "day": (86400.0, {"second": 1}),
    "week": (604800.0, {"second": 1}),
    "molar": (1.0, {"mole": 1, "litre": -1}),
    "dalton": (1.66053906892e-24, {"gram": 1}),
    "avogadro": (6.02214076e23, {"item": 1}),
    "percent": (0.01, {}),
}  # fmt: skip

_SCALES = {
    "yocto": -24, "zepto": -21, "atto": -18, "femto": -15, "pico": -12, "nano": -9, "micro": -6, "milli": -3,
    "centi": -2, "deci": -1, "hecto": 2, "kilo": 3, "mega": 6, "giga": 9,
}  # fmt: skip


@dataclass(frozen=True)
class Factor:
    """One `<unit>` of a definition: (multiplier * 10**scale * kind) ** exponent."""

    kind: str
    exponent: float = 1.0
    scale: int = 0
    multiplier: float = 1.0


@lru_cache(maxsize=4096)
def counted(value: Unit) -> Unit:
    """The unit as SBML sees it: vesicles and copies as items, cells left out, molar as mole/litre."""
    result = DIMENSIONLESS
    for name, power in value.powers.items():
        prefix, base = _split(name)
        plain = unit(name)
        if base in ("vesicle", "copy"):
            plain = unit(prefix + "item")
        elif base == "molar":
            plain = unit(prefix + "mole") / unit("litre")
        if name != "cell":
            result = result * power_of(plain, power)
    return result


def factors(value: Unit) -> tuple[Factor, ...]:
    """The `<unit>` elements whose product is the unit; a prefix or multiplier stands on the first of a name."""
    found: list[Factor] = []
    for name, power in value.powers.items():
        prefix, base = _split(name)
        scale = _SCALES.get(prefix, 0)
        multiplier, kinds = (1.0, {base: 1}) if base in KINDS else _COMPOSED[base]
        if not kinds and (scale or multiplier != 1.0):
            kinds = {"dimensionless": 1}
        for kind, exponent in kinds.items():
            found.append(Factor(kind, power * exponent, scale, multiplier))
            scale, multiplier = 0, 1.0
    return tuple(found) or (Factor("dimensionless"),)


def _split(name: str) -> tuple[str, str]:
    found = split(name)
    return found.prefix, found.definition.name


class UnitTable:
    """Gives every unit an id: a base unit of SBML, or the definition that is added to `definitions`."""

    def __init__(self) -> None:
        self.definitions: dict[str, Unit] = {}

    def id_of(self, value: Unit) -> str:
        """The id that `units` attributes name; units of one meaning share one, named after the first of them."""
        plain = counted(value)
        for kind in ("dimensionless", "item", "mole", "gram", "litre", "metre", "second", "kelvin"):
            if same_unit(plain, unit(kind)):
                return kind
        for name, known in self.definitions.items():
            if same_unit(counted(known), plain) and unit_text(known) == unit_text(value):
                return name
        name = readable(value)
        count = 1
        while name in self.definitions or name in KINDS:
            count += 1
            name = f"{readable(value)}_{count}"
        self.definitions[name] = value
        return name


def readable(value: Unit) -> str:
    """The unit as words of an id, such as copy_per_cell_per_hour."""
    above, *below = unit_text(value).split("/")
    words = ([] if above == "1" else [above]) + [f"per_{name}" for name in below]
    return re.sub(r"[^A-Za-z0-9_]", "_", "_".join(words).replace("**", ""))
