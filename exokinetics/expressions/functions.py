"""The one table of functions: values for numbers and arrays, derivatives, and names in other formats.

Hill is right at and below zero: the value is 0 for x <= 0, and at zero the derivative in x is the right-hand one
(1/K for n = 1, else 0).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from exokinetics.expressions.graph import ONE, ZERO, Node, call, number, piecewise, power

UnitRule = Literal["dimensionless", "same", "square root", "ratio"]
Derivative = Callable[..., Node]


@dataclass(frozen=True)
class Function:
    """A function of the expression graph.

    `derivatives` holds one expression per argument. `array` names the numpy function (or one of `arrays`).
    `units`: dimensionless in and out; all the same in and out; square root; or first and second argument the same,
    the others and the result dimensionless (ratio).
    """

    name: str
    arity: int
    scalar: Callable[..., float]
    array: str
    derivatives: tuple[Derivative, ...]
    units: UnitRule = "dimensionless"
    domain: tuple[float, float] = (-math.inf, math.inf)


def hill(x: float, half: float, exponent: float) -> float:
    """x^n / (K^n + x^n), 0 for x <= 0; written in the ratio x/K so that large powers do not overflow."""
    if x <= 0.0:
        return 0.0
    ratio = x / half
    if ratio > 1.0:
        return 1.0 / (1.0 + ratio**-exponent)
    raised: float = ratio**exponent
    return raised / (1.0 + raised)


def hill_array(x: Any, half: Any, exponent: Any) -> Any:
    """`hill` for numpy arrays."""
    import numpy as np

    x, half, exponent = np.broadcast_arrays(*(np.asarray(value, float) for value in (x, half, exponent)))
    result = np.zeros(x.shape)
    positive = x > 0
    log_ratio = exponent[positive] * np.log(x[positive] / half[positive])
    result[positive] = 1.0 / (1.0 + np.exp(-log_ratio))
    return result


def _hill_slope(x: Node, half: Node, exponent: Node) -> Node:
    ratio = x / half
    return exponent / half * power(ratio, exponent - 1.0) / power(1.0 + power(ratio, exponent), 2.0)


def _hill_bell(x: Node, half: Node, exponent: Node) -> Node:
    ratio = x / half
    return power(ratio, exponent) / power(1.0 + power(ratio, exponent), 2.0)


def _hill_x(x: Node, half: Node, exponent: Node) -> Node:
    return piecewise(_hill_slope(x, half, exponent), x >= 0.0, ZERO)


def _hill_half(x: Node, half: Node, exponent: Node) -> Node:
    return piecewise(-exponent / half * _hill_bell(x, half, exponent), x > 0.0, ZERO)


def _hill_exponent(x: Node, half: Node, exponent: Node) -> Node:
    return piecewise(_hill_bell(x, half, exponent) * call("log", x / half), x > 0.0, ZERO)


def _nothing(*_: Node) -> Node:
    return ZERO


def _log_base(base: float) -> Derivative:
    return lambda x: number(1.0 / math.log(base)) / x


def _square(x: Node) -> Node:
    return power(x, 2.0)


def _inverse_root(x: Node) -> Node:
    return power(x, -0.5)


_ROWS = (
    Function("exp", 1, math.exp, "exp", (lambda x: call("exp", x),), domain=(-5, 5)),
    Function("log", 1, math.log, "log", (lambda x: ONE / x,), domain=(0.01, 9)),
    Function("log10", 1, math.log10, "log10", (_log_base(10.0),), domain=(0.01, 9)),
    Function("log2", 1, math.log2, "log2", (_log_base(2.0),), domain=(0.01, 9)),
    Function("sqrt", 1, math.sqrt, "sqrt", (lambda x: 0.5 / call("sqrt", x),), "square root", (0.01, 9)),
    Function("abs", 1, math.fabs, "abs", (lambda x: piecewise(ONE, x >= 0.0, -ONE),), "same"),
    Function("floor", 1, lambda x: float(math.floor(x)), "floor", (_nothing,)),
    Function("ceil", 1, lambda x: float(math.ceil(x)), "ceil", (_nothing,)),
    Function(
        "min", 2, min, "minimum",
        (lambda a, b: piecewise(ONE, a <= b, ZERO), lambda a, b: piecewise(ZERO, a <= b, ONE)), "same",
    ),
    Function(
        "max", 2, max, "maximum",
        (lambda a, b: piecewise(ONE, a >= b, ZERO), lambda a, b: piecewise(ZERO, a >= b, ONE)), "same",
    ),
    Function("sin", 1, math.sin, "sin", (lambda x: call("cos", x),)),
    Function("cos", 1, math.cos, "cos", (lambda x: -call("sin", x),)),
    Function("tan", 1, math.tan, "tan", (lambda x: 1.0 + _square(call("tan", x)),), domain=(-1, 1)),
    Function("asin", 1, math.asin, "arcsin", (lambda x: _inverse_root(1.0 - _square(x)),), domain=(-0.9, 0.9)),
    Function("acos", 1, math.acos, "arccos", (lambda x: -_inverse_root(1.0 - _square(x)),), domain=(-0.9, 0.9)),
    Function("atan", 1, math.atan, "arctan", (lambda x: 1.0 / (1.0 + _square(x)),)),
    Function("sinh", 1, math.sinh, "sinh", (lambda x: call("cosh", x),), domain=(-5, 5)),
    Function("cosh", 1, math.cosh, "cosh", (lambda x: call("sinh", x),), domain=(-5, 5)),
    Function("tanh", 1, math.tanh, "tanh", (lambda x: 1.0 - _square(call("tanh", x)),), domain=(-5, 5)),
    Function("asinh", 1, math.asinh, "arcsinh", (lambda x: _inverse_root(1.0 + _square(x)),)),
    Function("acosh", 1, math.acosh, "arccosh", (lambda x: _inverse_root(_square(x) - 1.0),), domain=(1.1, 9)),
    Function("atanh", 1, math.atanh, "arctanh", (lambda x: 1.0 / (1.0 - _square(x)),), domain=(-0.9, 0.9)),
    Function("hill", 3, hill, "hill", (_hill_x, _hill_half, _hill_exponent), "ratio", (0.01, 9)),
)  # fmt: skip

FUNCTIONS: dict[str, Function] = {row.name: row for row in _ROWS}
