"""States that constraints determine, put right where something jumped: by Newton's method from where they were.

The step is shortened until the next one, with the same matrix, is smaller: a test that no scaling of the constraints
changes (Deuflhard, Newton Methods for Nonlinear Problems, 2004, section 3.2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from exokinetics.compiler import System
from exokinetics.integrators import Array
from exokinetics.simulation.events.tangents import Unsettled

ITERATIONS = 60
SHORTEST = 2.0**-20  # of a step of Newton's method
SETTLED = 1e-9  # of the size of a state: the step is still taken, and leaves its square
SINGULAR = 1e-12  # of slopes brought to the same size by row and column: what rounding leaves of zero
MULTIPLE = 0.3  # of the step before: at a root where slopes vanish each is half of it or more, else its square
ROUNDING = 4.0 * np.finfo(float).eps


@dataclass(frozen=True)
class Consistent:
    """Call with a time and states (states,): the same states with those in `places` where the constraints are zero.

    `rates(t, x)` and `jacobian(t, x)` are those of the whole system, `names` those of the determined states, and
    `least` (states,) what counts as small beside a state at zero. Raises `Unsettled`, which names a state.
    """

    rates: Callable[[float, Array], Array]
    jacobian: Callable[[float, Array], Array]
    places: list[int]
    names: tuple[str, ...]
    least: Array

    def __call__(self, time: float, state: Array) -> Array:
        """See the class."""
        state, here, before = state.copy(), self.places, np.inf
        for _ in range(ITERATIONS):
            residual, slopes = self.rates(time, state)[here], self.jacobian(time, state)[here]
            size = np.abs(state) + self.least
            inverse = self._inverse(time, slopes, residual)
            step = -inverse @ residual
            # what rounding of the terms of the constraints makes of a step that should be zero
            noise = ROUNDING * (np.abs(inverse) @ (np.abs(slopes) @ np.abs(state)))
            length = float(np.linalg.norm(step / size[here]))
            if (np.abs(step) <= SETTLED * size[here] + noise).all():
                if length > MULTIPLE * before and (np.abs(step) > noise).any():
                    raise Unsettled(self._undetermined(time, step / size[here]))
                state[here] += step
                return state
            state, before = self._stepped(time, state, step, inverse, size[here]), length
        raise Unsettled(self._nowhere(time, step / size[here]))

    def _inverse(self, time: float, slopes: Array, residual: Array) -> Array:
        """The inverse of the slopes by the determined states."""
        if not (np.isfinite(slopes).all() and np.isfinite(residual).all()):
            worst = int(np.argmax(~np.isfinite(residual) | ~np.isfinite(slopes).all(axis=1)))
            raise Unsettled(
                f"the constraint of '{self.names[worst]}' is not a finite number at t = {time:.6g}; give the states "
                "that it names other values"
            )
        own = slopes[:, self.places]
        _, values, directions = np.linalg.svd(_of_one_size(_of_one_size(own).T).T)
        if values[-1] <= SINGULAR:
            raise Unsettled(self._undetermined(time, directions[-1]))
        return np.asarray(np.linalg.inv(own), float)

    def _undetermined(self, time: float, direction: Array) -> str:
        name = self.names[int(np.argmax(np.abs(direction)))]
        return (
            f"the constraints do not determine '{name}' at t = {time:.6g}, where their slope by it vanishes; give "
            "another equation for it, or another initial value"
        )

    def _stepped(self, time: float, state: Array, step: Array, inverse: Array, size: Array) -> Array:
        """The states behind a step as long as it may be."""
        length, before = 1.0, float(np.linalg.norm(step / size))
        while length >= SHORTEST:
            tried = state.copy()
            tried[self.places] += length * step
            left = self.rates(time, tried)[self.places]
            after = float(np.linalg.norm(inverse @ left / size)) if np.isfinite(left).all() else np.inf
            if after <= (1.0 - 0.25 * length) * before:
                return tried
            length *= 0.5
        raise Unsettled(self._nowhere(time, step / size))

    def _nowhere(self, time: float, steps: Array) -> str:
        name = self.names[int(np.argmax(np.abs(steps)))]
        return (
            f"no value of '{name}' was found at t = {time:.6g} that satisfies its constraint; give '{name}' an initial "
            "value nearer to one"
        )


def _of_one_size(matrix: Array) -> Array:
    """With the largest number of each row made one."""
    largest = np.abs(matrix).max(axis=1, initial=0.0)
    return np.asarray(matrix / np.where(largest > 0.0, largest, 1.0)[:, None], float)


def consistent(system: System, vector: Array, least: Array) -> Consistent | None:
    """For one set of inputs; None for a system without constraints."""
    if not system.algebraic:
        return None
    bound, names = system.bound(vector), tuple(system.states[index] for index in system.algebraic)
    return Consistent(bound.rates, bound.jacobian, list(system.algebraic), names, least)
