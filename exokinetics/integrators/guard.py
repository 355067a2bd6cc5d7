"""What keeps a solver from working on with numbers that are none."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

import numpy as np

from exokinetics.integrators.protocol import Array

MAX_UNDEFINED = 200  # evaluations within one step
SHORTEST = 1e-14  # of the time reached: a step below is lost in rounding
UNDEFINED = "a rate became infinite or undefined"
INFINITE = "a state became infinite or undefined"
TOO_SMALL = "the step became too small"
NOT_ENOUGH = "steps were not enough"


def finite(x: Array) -> bool:
    """Whether every number is finite; by one product, which only numbers beyond 1e150 do not survive."""
    return isfinite(x.dot(x)) or bool(np.isfinite(x).all())


class Guarded:
    """The right-hand side, ended when it stays undefined: a solver may retry with ever smaller steps for minutes."""

    def __init__(self, rhs: Callable[[float, Array], Array]) -> None:
        self._rhs = rhs
        self.undefined = 0

    def __call__(self, t: float, x: Array) -> Array:
        rate = self._rhs(t, x)
        if not finite(rate):
            self.undefined += 1
            if self.undefined > MAX_UNDEFINED:
                raise FloatingPointError
        return rate
