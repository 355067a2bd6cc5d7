"""How the states of a model stand in SBML: as amounts, as concentrations in a unit volume, or as plain numbers.

SBML knows states in an amount of substance, in items, in mass, or dimensionless, each of them also per volume, area
or length. A state in any other unit, such as a length or nM*hour, is written as its number, and a constant of 1 of
that unit stands beside it in every formula. Such constants of 1, the unit volumes and the conversion factors between
the model-wide unit of reactions and the unit of a species change no number; they are what makes the units agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from exokinetics.model.whole import Model
from exokinetics.sbml.unit_definitions import counted
from exokinetics.units import DIMENSIONLESS, Unit, power_of, root, same_unit, unit


@dataclass(frozen=True)
class Place:
    """Where a species of one unit stands.

    `substance` is the unit of its amount. `space` is the unit of the size 1 of its compartment if it is a
    concentration, None if it is an amount. `one` is the unit of the constant beside it if it is written as a number.
    """

    substance: Unit
    space: Unit | None = None
    one: Unit | None = None


def place_of(text: str) -> Place:
    """The place of a species from its unit."""
    plain = counted(unit(text))
    if _is_substance(plain):
        return Place(unit(text))
    space = _space(plain)
    if space is not None and _is_substance(plain * space):
        return Place(counted(plain * space), space)
    return Place(DIMENSIONLESS, one=unit(text))


def _is_substance(value: Unit) -> bool:
    base = root(value)[1].powers
    return not base or any(base == {name: 1.0} for name in ("item", "mole", "gram"))


def _space(value: Unit) -> Unit | None:
    """The volume, area or length that a concentration is per: litres or metres as the unit names them."""
    for name, power in value.powers.items():
        named = unit(name)
        base = root(named)[1].powers
        if base == {"metre": 3.0} and power == -1.0:
            return named
        if base == {"metre": 1.0} and power in (-1.0, -2.0, -3.0):
            return power_of(named, -power)
    return None


def dimensions(space: Unit) -> int | None:
    """3 for a volume, 2 for an area, 1 for a length, None for anything else."""
    base = root(counted(space))[1].powers
    return int(base["metre"]) if set(base) == {"metre"} and base["metre"] in (1.0, 2.0, 3.0) else None


def extent_unit(model: Model, places: Iterable[Place]) -> Unit:
    """The model-wide unit of what reactions turn over: the commonest of the amounts of species, else items."""
    found: list[Unit] = []
    counts: Counter[int] = Counter()
    for place in places:
        index = next((i for i, known in enumerate(found) if same_unit(known, counted(place.substance))), len(found))
        if index == len(found):
            found.append(counted(place.substance))
        counts[index] += 1
    return found[counts.most_common(1)[0][0]] if found else unit("item")
