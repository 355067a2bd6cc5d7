"""Where rates jump, bend or peak in time by themselves, so that no step passes over a pulse."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import pi

import numpy as np

from exokinetics.expressions.derivative import jacobian
from exokinetics.expressions.graph import (
    TIME,
    ZERO,
    Node,
    call,
    piecewise,
    rebuild,
    relation,
    substitute,
    symbol,
    topological,
)

Family = tuple[Node, Node]  # a time, and the period at which it returns; 0 for once
_TIME = str(TIME.payload)
_COUNT = symbol("_count_of_whole_steps")
_WHOLE = ("floor", "ceil")
MANY_STOPS = 100_000  # what returns more often would be no run but a list of stops


def thresholds(rates: Sequence[Node], inputs: Collection[str]) -> list[Family]:
    """Times and their periods, over inputs, at which rates turn by time alone.

    Found are comparisons, `abs`, `min` and `max` of straight lines in time with inputs as coefficients, such as
    `2*time > a + b`, `time - a < b` or `abs(time - a)`, of their sine or cosine with inputs, of products of such lines
    with zero; `floor` and `ceil` of a line, and lines that hold one, such as `time - day*floor(time/day) < w`, which
    return for ever; and the middle of what is a power of a line, such as `exp(-((time - a)/w)**2)`.
    """
    known, found = frozenset(inputs), list[Family]()
    for node in topological(rates):
        if node.kind == "relation" or (node.kind == "function" and node.payload in ("min", "max")):
            found += _equal(node.args[0], node.args[1], known)
        elif node.kind == "function" and node.payload in _WHOLE:
            found += _zeros(node.args[0] - _COUNT, known)
        elif (node.kind == "function" and node.payload == "abs") or node.kind == "power":
            found += _zeros(node.args[0], known)
    return [family for family in dict.fromkeys(found) if family != (ZERO, ZERO)]


def _equal(left: Node, right: Node, inputs: frozenset[str]) -> list[Family]:
    """When two expressions are equal."""
    for one, other in ((left, right), (right, left)):
        if one is TIME and _TIME not in other.symbols:
            return [(other, ZERO)] if other.symbols <= inputs else []
        if one.kind == "function" and one.payload == "abs":
            return _zeros(one.args[0] - other, inputs) + _zeros(one.args[0] + other, inputs)
        if one.kind == "function" and one.payload in ("sin", "cos") and other.symbols <= inputs:
            return _turns(one, other, inputs)
    return _zeros(left - right, inputs)


def _turns(wave: Node, level: Node, inputs: frozenset[str]) -> list[Family]:
    """When the sine or cosine of a line is at a level that does not move."""
    turn = 2.0 * pi * _COUNT
    if wave.payload == "sin":
        first = call("asin", level)
        angles = [first, pi - first]
    else:
        first = call("acos", level)
        angles = [first, -first]
    return [zero for angle in angles for zero in _zeros(wave.args[0] - angle - turn, inputs)]


def _zeros(line: Node, inputs: frozenset[str]) -> list[Family]:
    """When an expression is zero."""
    if _TIME not in line.symbols or not line.symbols <= inputs | {_TIME, str(_COUNT.payload)}:
        return []
    if line.kind == "product":
        return [zero for factor in line.args for zero in _zeros(factor, inputs)]
    line = _counted(line)
    slope = jacobian([line], [_TIME]).get((0, 0), ZERO)
    if slope is ZERO or not slope.symbols <= inputs:
        return []
    (at_start,) = substitute([line], {_TIME: ZERO})
    # a line that is level for some values turns nowhere; the time 0 is nobody's stop
    time = piecewise(-at_start / slope, relation("!=", slope, 0.0), ZERO)
    first, second = (substitute([time], {str(_COUNT.payload): count})[0] for count in (ZERO, ZERO + 1.0))
    return [(first, ZERO if first is second else second - first)]


def _counted(line: Node) -> Node:
    """The line with the only whole number in it that steps with time as a symbol; two would step at their own times."""
    steps = [
        node for node in topological([line])
        if node.kind == "function" and node.payload in _WHOLE and _TIME in node.symbols
    ]  # fmt: skip
    if len(steps) != 1:
        return line
    new: dict[Node, Node] = {}
    for node in topological([line]):
        new[node] = _COUNT if node is steps[0] else rebuild(node, [new[child] for child in node.args])
    return new[line]


def returning(first: float, period: float, end: float) -> list[float]:
    """A time above 0 and up to `end`, or all of those that return after a period, but no more than can be stops."""
    if not (np.isfinite(first) and np.isfinite(period)):
        return []
    if not period or end / period > MANY_STOPS:
        return [first]
    return list(first + period * np.arange(np.ceil(-first / period), np.floor((end - first) / period) + 1.0))
