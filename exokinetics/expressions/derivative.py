"""Exact derivatives by the chain rule over the graph; shared parts are differentiated once.

Hill is right at and below zero: the value is 0 for x <= 0, and at zero the derivative in x is the right-hand one
(1/K for n = 1, else 0).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Sequence

from exokinetics.expressions.graph import (
    ONE,
    ZERO,
    Node,
    add,
    call,
    logic,
    multiply,
    number,
    piecewise,
    power,
    relation,
    topological,
)  # fmt: skip

SMALLEST_NORMAL = sys.float_info.min


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
        rules = DERIVATIVES[str(node.payload)]
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


def _hill_bell(x: Node, half: Node, exponent: Node) -> Node:
    # h (1 - h) instead of powers of x/K, which overflow where h is one
    share = call("hill", x, half, exponent)
    return share * (1.0 - share)


def _hill_x(x: Node, half: Node, exponent: Node) -> Node:
    # of a number that is not normal the reciprocal is infinite, and the bell beside it mostly nothing
    at_zero = piecewise(1.0 / half, logic("and", x >= 0.0, relation("==", exponent, 1.0)), ZERO)
    return piecewise(exponent * _hill_bell(x, half, exponent) / x, x > SMALLEST_NORMAL, at_zero)


def _hill_half(x: Node, half: Node, exponent: Node) -> Node:
    return -exponent / half * _hill_bell(x, half, exponent)


def _hill_exponent(x: Node, half: Node, exponent: Node) -> Node:
    return piecewise(_hill_bell(x, half, exponent) * call("log", x / half), x / half > 0.0, ZERO)


def _nothing(*_: Node) -> Node:
    return ZERO


def _log_base(base: float) -> Callable[..., Node]:
    return lambda x: number(1.0 / math.log(base)) / x


def _history_speed(*args: Node) -> Node:
    return call("history_slope", *args)


def _history_by(*args: Node) -> Node:
    return -call("history_slope", *args)


def _square(x: Node) -> Node:
    return power(x, 2.0)


def _inverse_root(x: Node) -> Node:
    return power(x, -0.5)


DERIVATIVES: dict[str, tuple[Callable[..., Node], ...]] = {
    "exp": (lambda x: call("exp", x),),
    "log": (lambda x: ONE / x,),
    "log10": (_log_base(10.0),),
    "log2": (_log_base(2.0),),
    "sqrt": (lambda x: 0.5 / call("sqrt", x),),
    "abs": (lambda x: piecewise(ONE, x >= 0.0, -ONE),),
    "floor": (_nothing,),
    "ceil": (_nothing,),
    "min": (lambda a, b: piecewise(ONE, a <= b, ZERO), lambda a, b: piecewise(ZERO, a <= b, ONE)),
    "max": (lambda a, b: piecewise(ONE, a >= b, ZERO), lambda a, b: piecewise(ZERO, a >= b, ONE)),
    "sin": (lambda x: call("cos", x),),
    "cos": (lambda x: -call("sin", x),),
    "tan": (lambda x: 1.0 + _square(call("tan", x)),),
    "asin": (lambda x: _inverse_root(1.0 - _square(x)),),
    "acos": (lambda x: -_inverse_root(1.0 - _square(x)),),
    "atan": (lambda x: 1.0 / (1.0 + _square(x)),),
    "sinh": (lambda x: call("cosh", x),),
    "cosh": (lambda x: call("sinh", x),),
    "tanh": (lambda x: 1.0 - _square(call("tanh", x)),),
    "asinh": (lambda x: _inverse_root(1.0 + _square(x)),),
    "acosh": (lambda x: _inverse_root(_square(x) - 1.0),),
    "atanh": (lambda x: 1.0 / (1.0 - _square(x)),),
    "hill": (_hill_x, _hill_half, _hill_exponent),
    "history": (_history_speed, _history_by, _nothing, _nothing),
}
