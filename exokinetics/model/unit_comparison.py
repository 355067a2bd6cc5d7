"""Whether an expression is in the unit that its place asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from exokinetics.errors import WrongInput
from exokinetics.expressions.dimensions import unit_of
from exokinetics.expressions.graph import Node
from exokinetics.units import Unit, same_dimension, same_unit, unit_text


def compare(key: str, node: Node, units: Mapping[str, Unit], wanted: Unit, what: str) -> Iterator[tuple[str, str]]:
    """The fault of the id `key` if its expression has another unit; nothing while the unit of a symbol is unknown."""
    if not node.symbols <= units.keys():
        return
    try:
        found = unit_of(node, units)
    except WrongInput as error:
        yield key, str(error)
        return
    if found is not None and not same_unit(found, wanted):
        remedy = "; convert one of its values" if same_dimension(found, wanted) else ""
        yield key, f"{what} is in '{unit_text(found)}' but must be in '{unit_text(wanted)}'{remedy}"
