"""The unit of an expression, from the units of its symbols, or the sentence that says why it has none."""

from __future__ import annotations

from collections.abc import Mapping

from exokinetics.errors import WrongInput
from exokinetics.expressions.functions import FUNCTIONS
from exokinetics.expressions.graph import TIME, Node, is_delayed, topological
from exokinetics.expressions.parsing import shorten
from exokinetics.expressions.text import to_text
from exokinetics.units import DIMENSIONLESS, Unit, power_of, same_unit, unit_text


def unit_of(node: Node, symbols: Mapping[str, Unit]) -> Unit | None:
    """The unit of `node`; None when it is the constant 0. Raises `WrongInput` where the units do not fit."""
    units: dict[Node, Unit | None] = {}
    for part in topological([node]):
        units[part] = _unit_of(part, units, symbols)
    return units[node]


def _unit_of(node: Node, units: Mapping[Node, Unit | None], symbols: Mapping[str, Unit]) -> Unit | None:
    plain = DIMENSIONLESS
    if node.kind == "number":
        return None if node.payload == 0.0 else plain
    if node.kind == "symbol":
        return symbols[str(node.payload)]
    if node.kind == "product":
        result = plain
        for child in node.args:
            result = result * (units[child] or plain)
        return result
    if node.kind == "power":
        return _power(node, units)
    if node.kind == "sum":
        return _alike(node, node.args, units, "added")
    if node.kind == "piecewise":
        return _alike(node, (node.args[0], node.args[2]), units, "alternatives")
    if node.kind == "relation":
        _alike(node, node.args, units, "compared")
        return plain
    if node.kind == "logic":
        return plain
    if is_delayed(node):
        return _delayed(node, units, symbols)
    return _function(node, units)


def _delayed(node: Node, units: Mapping[Node, Unit | None], symbols: Mapping[str, Unit]) -> Unit | None:
    """That of what is delayed; the delay is a time, and a plain number one in the unit of time."""
    what, by = node.args
    time, found = symbols.get(str(TIME.payload)), units[by]
    if time is not None and found is not None and by.kind != "number" and not same_unit(found, time):
        raise WrongInput(f"the delay '{_short(by)}' is in {_text(found)} and must be in {_text(time)}")
    return units[what]


def _alike(node: Node, children: tuple[Node, ...], units: Mapping[Node, Unit | None], relation: str) -> Unit | None:
    first: Node | None = None
    for child in children:
        if units[child] is None:
            continue
        if first is None:
            first = child
        elif not same_unit(units[first], units[child]):  # type: ignore[arg-type]  # neither is None here
            raise WrongInput(
                f"'{_short(first)}' in {_text(units[first])} and '{_short(child)}' in {_text(units[child])} "
                f"are {relation} in '{_short(node)}'"
            )
    return units[first] if first is not None else None


def _power(node: Node, units: Mapping[Node, Unit | None]) -> Unit:
    base, exponent = node.args
    plain = DIMENSIONLESS
    _require_plain(exponent, units, "the exponent")
    base_unit = units[base] or plain
    if exponent.kind == "number":
        return power_of(base_unit, float(exponent.payload))
    if not same_unit(base_unit, plain):
        raise WrongInput(f"'{_short(base)}' in {_text(base_unit)} is raised to a power that is not a number")
    return plain


def _function(node: Node, units: Mapping[Node, Unit | None]) -> Unit | None:
    name = str(node.payload)
    rule = FUNCTIONS[name].units
    plain = DIMENSIONLESS
    if rule == "same":
        return _alike(node, node.args, units, "compared")
    if rule == "square root":
        return power_of(units[node.args[0]] or plain, 0.5)
    free = node.args
    if rule == "ratio":
        _alike(node, node.args[:2], units, "compared")
        free = node.args[2:]
    for child in free:
        _require_plain(child, units, f"the argument of {name}()")
    return plain


def _require_plain(node: Node, units: Mapping[Node, Unit | None], what: str) -> None:
    found = units[node]
    if found is not None and not same_unit(found, DIMENSIONLESS):
        raise WrongInput(f"{what} '{_short(node)}' is in {_text(found)} and must be dimensionless")


def _text(value: Unit | None) -> str:
    return "any unit" if value is None else f"'{unit_text(value)}'"


def _short(node: Node) -> str:
    return shorten(to_text(node))
