"""Exact derivatives by the chain rule over the graph; shared parts are differentiated once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from exokinetics.expressions.functions import FUNCTIONS
from exokinetics.expressions.graph import ONE, ZERO, Node, add, call, multiply, piecewise, power, topological


def derivative(output: Node, name: str) -> Node:
    """d(output)/d(name)."""
    return jacobian([output], [name]).get((0, 0), ZERO)


def jacobian(outputs: Sequence[Node], names: Iterable[str]) -> dict[tuple[int, int], Node]:
    """The derivatives that are not identically zero, by (output index, name index)."""
    order = topological(outputs)
    entries: dict[tuple[int, int], Node] = {}
    for column, name in enumerate(names):
        slopes: dict[Node, Node] = {}
        for node in order:
            if name in node.symbols:
                slopes[node] = _slope(node, slopes)
        for row, output in enumerate(outputs):
            slope = slopes.get(output, ZERO)
            if slope is not ZERO:
                entries[row, column] = slope
    return entries


def _slope(node: Node, slopes: dict[Node, Node]) -> Node:
    args = node.args
    inner = [slopes.get(child, ZERO) for child in args]
    if node.kind == "symbol":
        return ONE
    if node.kind == "sum":
        return add(*inner)
    if node.kind == "product":
        return add(
            *(
                multiply(*args[:index], slope, *args[index + 1 :])
                for index, slope in enumerate(inner)
                if slope is not ZERO
            )
        )
    if node.kind == "power":
        return _power_slope(args[0], args[1], inner[0], inner[1])
    if node.kind == "function":
        rules = FUNCTIONS[str(node.payload)].derivatives
        return add(*(rule(*args) * slope for rule, slope in zip(rules, inner, strict=True) if slope is not ZERO))
    if node.kind == "piecewise":
        return piecewise(inner[0], args[1], inner[2])
    return ZERO  # a condition jumps; its derivative is zero wherever it exists


def _power_slope(base: Node, exponent: Node, base_slope: Node, exponent_slope: Node) -> Node:
    terms = []
    if base_slope is not ZERO:
        terms.append(exponent * power(base, exponent - 1.0) * base_slope)
    if exponent_slope is not ZERO:
        # 0^n is flat in n for n > 0, where the formula would give 0 times minus infinity
        growth = piecewise(power(base, exponent) * call("log", base), base > 0.0, ZERO)
        terms.append(growth * exponent_slope)
    return add(*terms) if terms else ZERO
