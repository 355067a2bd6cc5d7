"""The one table of functions: values for numbers and arrays, and the rule for units. Derivatives: see `derivative`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

UnitRule = Literal["dimensionless", "same", "square root", "ratio"]


@dataclass(frozen=True)
class Function:
    """A function of the expression graph.

    `array` names the numpy function. `units`: dimensionless in and out; all the same in and out; square root; or first
    and second argument the same, the others and the result dimensionless (ratio). `domain` is where each argument may
    lie for the function to be smooth and finite, as far as tests go.
    """

    name: str
    arity: int
    scalar: Callable[..., float]
    array: str
    units: UnitRule = "dimensionless"
    domain: tuple[float, float] = (-math.inf, math.inf)


def hill(x: float, half: float, exponent: float) -> float:
    """x^n / (K^n + x^n), 0 for x <= 0; written in the ratio x/K so that large powers do not overflow."""
    if x <= 0.0:
        return 0.0
    ratio = x / half
    raised: float = ratio ** -abs(exponent) if ratio > 1.0 else ratio**exponent
    return 1.0 / (1.0 + raised) if ratio > 1.0 else raised / (1.0 + raised)


def hill_array(x: Any, half: Any, exponent: Any) -> Any:
    """`hill` for numpy arrays."""
    import numpy as np

    with np.errstate(all="ignore"):  # exp is infinite where hill is zero, and log undefined where x is not positive
        raised = np.exp(-np.multiply(exponent, np.log(np.divide(x, half))))
    return np.where(np.less_equal(x, 0.0), 0.0, 1.0 / (1.0 + raised))


_ROWS = (
    Function("exp", 1, math.exp, "exp", domain=(-5, 5)),
    Function("log", 1, math.log, "log", domain=(0.01, 9)),
    Function("log10", 1, math.log10, "log10", domain=(0.01, 9)),
    Function("log2", 1, math.log2, "log2", domain=(0.01, 9)),
    Function("sqrt", 1, math.sqrt, "sqrt", "square root", (0.01, 9)),
    Function("abs", 1, math.fabs, "abs", "same"),
    Function("floor", 1, lambda x: float(math.floor(x)), "floor"),
    Function("ceil", 1, lambda x: float(math.ceil(x)), "ceil"),
    Function("min", 2, min, "minimum", "same"),
    Function("max", 2, max, "maximum", "same"),
    Function("sin", 1, math.sin, "sin"),
    Function("cos", 1, math.cos, "cos"),
    Function("tan", 1, math.tan, "tan", domain=(-1, 1)),
    Function("asin", 1, math.asin, "arcsin", domain=(-0.9, 0.9)),
    Function("acos", 1, math.acos, "arccos", domain=(-0.9, 0.9)),
    Function("atan", 1, math.atan, "arctan"),
    Function("sinh", 1, math.sinh, "sinh", domain=(-5, 5)),
    Function("cosh", 1, math.cosh, "cosh", domain=(-5, 5)),
    Function("tanh", 1, math.tanh, "tanh", domain=(-5, 5)),
    Function("asinh", 1, math.asinh, "arcsinh"),
    Function("acosh", 1, math.acosh, "arccosh", domain=(1.1, 9)),
    Function("atanh", 1, math.atanh, "arctanh", domain=(-0.9, 0.9)),
    Function("hill", 3, hill, "hill", "ratio", (0.01, 9)),
)

FUNCTIONS: dict[str, Function] = {row.name: row for row in _ROWS}
