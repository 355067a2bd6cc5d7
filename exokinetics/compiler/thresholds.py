"""Where rates jump or bend in time by themselves, so that no step passes over a pulse."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from exokinetics.expressions.derivative import jacobian
from exokinetics.expressions.graph import TIME, ZERO, Node, piecewise, relation, substitute, topological

_TIME = str(TIME.payload)


def thresholds(rates: Sequence[Node], inputs: Collection[str]) -> list[Node]:
    """Times, over inputs, at which a comparison, `abs`, `min` or `max` in the rates turns.

    Found are the turns that are straight lines in time with inputs as coefficients, such as `2*time > a + b`,
    `time - a < b` or `abs(time - a)`, and products of such lines compared with zero.
    """
    known, found = frozenset(inputs), list[Node]()
    for node in topological(rates):
        if node.kind == "relation" or (node.kind == "function" and node.payload in ("min", "max")):
            found += _equal(node.args[0], node.args[1], known)
        elif node.kind == "function" and node.payload == "abs":
            found += _zeros(node.args[0], known)
    return list(dict.fromkeys(found))


def _equal(left: Node, right: Node, inputs: frozenset[str]) -> list[Node]:
    """When two expressions are equal."""
    for one, other in ((left, right), (right, left)):
        if one is TIME:
            return [other] if other.symbols <= inputs else []
        if one.kind == "function" and one.payload == "abs":
            return _zeros(one.args[0] - other, inputs) + _zeros(one.args[0] + other, inputs)
    return _zeros(left - right, inputs)


def _zeros(line: Node, inputs: frozenset[str]) -> list[Node]:
    """When an expression is zero."""
    if _TIME not in line.symbols or not line.symbols <= inputs | {_TIME}:
        return []
    if line.kind == "product":
        return [zero for factor in line.args for zero in _zeros(factor, inputs)]
    slope = jacobian([line], [_TIME]).get((0, 0), ZERO)
    if slope is ZERO or not slope.symbols <= inputs:
        return []
    (at_start,) = substitute([line], {_TIME: ZERO})
    # a line that is level for some values turns nowhere; the time 0 is nobody's stop
    return [piecewise(-at_start / slope, relation("!=", slope, 0.0), ZERO)]
