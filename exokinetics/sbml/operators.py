"""The operators of MathML over expressions: those that are in our table, and those composed of them."""

from __future__ import annotations

import math
from collections.abc import Callable

from exokinetics.expressions.graph import (
    ONE,
    ZERO,
    Node,
    call,
    is_condition,
    logic,
    multiply,
    number,
    piecewise,
    power,
    relation,
)  # fmt: skip

LARGEST_FACTORIAL = 170  # of which the factorial is a number of double precision

RELATIONS = {
    "RELATIONAL_EQ": "==", "RELATIONAL_NEQ": "!=", "RELATIONAL_LT": "<", "RELATIONAL_LEQ": "<=",
    "RELATIONAL_GT": ">", "RELATIONAL_GEQ": ">=",
}  # fmt: skip

CALLS = {
    "EXP": "exp", "LN": "log", "ABS": "abs", "FLOOR": "floor", "CEILING": "ceil", "SIN": "sin", "COS": "cos",
    "TAN": "tan", "ARCSIN": "asin", "ARCCOS": "acos", "ARCTAN": "atan", "SINH": "sinh", "COSH": "cosh", "TANH": "tanh",
    "ARCSINH": "asinh", "ARCCOSH": "acosh", "ARCTANH": "atanh",
}  # fmt: skip


def as_number(node: Node) -> Node:
    """A condition as 1 or 0, a number as it is."""
    return piecewise(ONE, node, ZERO) if is_condition(node) else node


def as_condition(node: Node) -> Node:
    """A number as whether it is not 0, a condition as it is."""
    if is_condition(node):
        return node
    if node.kind == "piecewise" and node.args[0] is ONE and node.args[2] is ZERO:
        return node.args[1]
    return relation("!=", node, 0.0)


def _reciprocal_of(name: str) -> Callable[..., Node]:
    return lambda x: ONE / call(name, x)


def _of_reciprocal(name: str) -> Callable[..., Node]:
    return lambda x: call(name, ONE / x)


def _minus(first: Node, second: Node | None = None) -> Node:
    return -first if second is None else first - second


def _root(degree: Node, x: Node) -> Node:
    if degree.kind == "number" and degree.payload == 2.0:
        return call("sqrt", x)
    return power(x, ONE / degree)


def _log(base: Node, x: Node) -> Node:
    if base.kind == "number" and base.payload in (2.0, 10.0):
        return call("log10" if base.payload == 10.0 else "log2", x)
    return call("log", x) / call("log", base)


def _folded(name: str) -> Callable[..., Node]:
    def build(*args: Node) -> Node:
        result = args[0]
        for arg in args[1:]:
            result = call(name, result, arg)
        return result

    return build


def _quotient(a: Node, b: Node) -> Node:
    """The quotient without its fraction, rounded towards zero."""
    ratio = a / b
    return piecewise(call("floor", ratio), ratio >= 0.0, call("ceil", ratio))


def _remainder(a: Node, b: Node) -> Node:
    return a - multiply(b, _quotient(a, b))


def _factorial(x: Node) -> Node:
    """The factorial of a whole number from 0 to 170, past which it is infinite; of all else it has no value."""
    if x.kind == "number":
        return number(_factorial_of(float(x.payload)))
    found = piecewise(_factorials(x, 0, LARGEST_FACTORIAL), x <= float(LARGEST_FACTORIAL), number(math.inf))
    return piecewise(found, logic("and", relation("==", call("floor", x), x), x >= 0.0), number(math.nan))


def _factorial_of(x: float) -> float:
    if not (x >= 0.0 and x.is_integer()):
        return math.nan
    return float(math.factorial(int(x))) if x <= LARGEST_FACTORIAL else math.inf


def _factorials(x: Node, low: int, high: int) -> Node:
    """A choice by halves, so that a value is found in eight comparisons."""
    if low == high:
        return number(float(math.factorial(low)))
    middle = (low + high) // 2
    return piecewise(_factorials(x, low, middle), x <= float(middle), _factorials(x, middle + 1, high))


_ANY = range(1, 1000)

# name in messages, numbers of arguments, how it is built; a root and a logarithm have degree and base in front
COMPOSED: dict[str, tuple[str, range, Callable[..., Node]]] = {
    "MINUS": ("minus", range(1, 3), _minus),
    "DIVIDE": ("divide", range(2, 3), lambda a, b: a / b),
    "POWER": ("power", range(2, 3), power),
    "ROOT": ("root", range(2, 3), _root),
    "LOG": ("log", range(2, 3), _log),
    "MIN": ("min", _ANY, _folded("min")),
    "MAX": ("max", _ANY, _folded("max")),
    "QUOTIENT": ("quotient", range(2, 3), _quotient),
    "REM": ("rem", range(2, 3), _remainder),
    "FACTORIAL": ("factorial", range(1, 2), _factorial),
    "SEC": ("sec", range(1, 2), _reciprocal_of("cos")),
    "CSC": ("csc", range(1, 2), _reciprocal_of("sin")),
    "COT": ("cot", range(1, 2), _reciprocal_of("tan")),
    "SECH": ("sech", range(1, 2), _reciprocal_of("cosh")),
    "CSCH": ("csch", range(1, 2), _reciprocal_of("sinh")),
    "COTH": ("coth", range(1, 2), _reciprocal_of("tanh")),
    "ARCSEC": ("arcsec", range(1, 2), _of_reciprocal("acos")),
    "ARCCSC": ("arccsc", range(1, 2), _of_reciprocal("asin")),
    "ARCCOT": ("arccot", range(1, 2), _of_reciprocal("atan")),
    "ARCSECH": ("arcsech", range(1, 2), _of_reciprocal("acosh")),
    "ARCCSCH": ("arccsch", range(1, 2), _of_reciprocal("asinh")),
    "ARCCOTH": ("arccoth", range(1, 2), _of_reciprocal("atanh")),
}
