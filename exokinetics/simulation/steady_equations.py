"""The equations of a steady state in one parameter, square: rates that are zero, and totals that are kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from exokinetics.compiler import System
from exokinetics.errors import WorkFailed
from exokinetics.integrators import Array
from exokinetics.simulation.steady import conserved_directions

SAMPLES = 3  # states at which a combination must be conserved to be so everywhere
NEGLIGIBLE = 1e-12  # weight of a species in a conserved total, beside the largest, below which it is rounding
NEWTON_STEPS = 12
SETTLED = 1e-9  # relative step of Newton's method after which the error, its square, is rounding
ROUNDING = 1e-6  # a step below this that no longer shrinks is made of rounding errors
FAR = 10.0  # relative step beyond which Newton's method has left the place
NO_GROWTH = 1e-13  # of the fastest mode: below, the sign of a real part is rounding


class Lost(WorkFailed):
    """There is no solution near the guess, or Newton's method does not reach it."""


@dataclass(frozen=True)
class SteadyEquations:
    """F(x, s) = 0 over the states x and the parameter s, its log10 where `logarithmic`; s lies between `ends`.

    A point is the array (x, s). `inputs` are those of the system, `place` that of the parameter among them, `limits`
    its values at the ends; `frozen` are states that do not move, `size` (states,) how large each gets, `floor`
    (states,) what is nothing beside it.
    """

    system: System
    frozen: NDArray[np.intp]
    inputs: Array
    place: int
    limits: tuple[float, float]
    logarithmic: bool
    size: Array
    floor: Array

    @cached_property
    def ends(self) -> tuple[float, float]:
        """The parameter at both ends, as it stands in a point."""
        low, high = self.limits
        return (float(np.log10(low)), float(np.log10(high))) if self.logarithmic else (low, high)

    def value(self, s: float) -> float:
        """The parameter in its own unit; exact at the ends."""
        for end, limit in zip(self.ends, self.limits, strict=True):
            if s == end:
                return limit
        return float(10.0**s) if self.logarithmic else s

    def inputs_at(self, s: float) -> list[float]:
        """The inputs of the system with the parameter put in."""
        inputs: list[float] = self.inputs.tolist()
        inputs[self.place] = self.value(s)
        return inputs

    def scale(self, point: Array) -> Array:
        """What a coordinate is measured by: the state itself, the range of the parameter; shape (states + 1,)."""
        return np.append(np.maximum(np.abs(point[:-1]), self.floor), self.ends[1] - self.ends[0])

    # --- rates and totals ---------------------------------------------------------------------------------------------

    @property
    def _parameter(self) -> tuple[str]:
        return (self.system.inputs[self.place],)

    def _per_s(self, s: float) -> float:
        """d(parameter)/ds."""
        return float(np.log(10.0)) * self.value(s) if self.logarithmic else 1.0

    def _rates(self, point: Array) -> tuple[Array, Array]:
        """dx/dt (states,) and its slopes (states, states + 1)."""
        s = float(point[-1])
        rate, by_state, by_parameter = self.system.tangent(self._parameter)(0.0, point[:-1], self.inputs_at(s))
        slope = np.hstack([by_state, by_parameter * self._per_s(s)])
        rate[self.frozen], slope[self.frozen] = 0.0, 0.0
        return rate, slope

    @cached_property
    def _sample_states(self) -> Array:
        """Arbitrary states, each species about as large as those of its kind of unit get; shape (samples, states)."""
        group, _ = self.system.unit_groups
        largest = np.zeros(int(group.max(initial=-1)) + 1)
        np.maximum.at(largest, group, self.size)
        spread = np.exp(np.random.default_rng(0).normal(size=(SAMPLES, len(self.size))))
        return np.asarray(largest[group] * spread)

    def _samples(self, s: float) -> Array:
        """Slopes by the states at several states, side by side; those of arbitrary states are alike in nothing else."""
        found = []
        for state in self._sample_states:
            slope = self._rates(np.append(state, s))[1][:, :-1] * state
            if np.isfinite(slope).all():
                found.append(slope)
        if not found:
            raise Lost("a rate is not finite where states are of their usual size")
        return np.hstack(found)

    @cached_property
    def _moving(self) -> NDArray[np.bool_]:
        """Which states move at all; each of the others is a conserved total by itself."""
        return np.asarray(np.abs(self._samples(0.5 * sum(self.ends))).max(axis=1, initial=0.0) > 0.0)

    @cached_property
    def _count(self) -> int:
        """How many combinations of moving states are conserved."""
        return len(conserved_directions(self._samples(0.5 * sum(self.ends))[self._moving]))

    def _directions(self, s: float) -> tuple[Array, Array]:
        """Orthonormal combinations of the moving rows that vanish, and what each row was divided by."""
        samples = self._samples(s)[self._moving]
        largest = np.abs(samples).max(axis=1, initial=0.0)
        rows = np.where(largest > 0.0, largest, 1.0)
        left = np.linalg.svd(samples / rows[:, None])[0]
        return left[:, len(rows) - self._count :].T, rows

    @cached_property
    def _moving_pivots(self) -> NDArray[np.intp]:
        """For each conserved total of moving states one that follows from it, as a place among these: the largest."""
        from scipy.linalg import qr

        directions, rows = self._directions(0.5 * sum(self.ends))
        order = qr(directions / rows * self.size[self._moving], mode="r", pivoting=True)[1]
        return np.asarray(order[: self._count], np.intp)

    @cached_property
    def pivots(self) -> NDArray[np.intp]:
        """For each conserved total a state that follows from it; shape (totals,)."""
        moving = np.flatnonzero(self._moving)[self._moving_pivots] if self._count else np.empty(0, np.intp)
        return np.concatenate([np.flatnonzero(~self._moving), moving])

    def _weights_at(self, s: float) -> Array:
        weights = np.zeros((len(self.pivots), len(self.size)))
        weights[np.arange(len(self.pivots)), self.pivots] = 1.0
        if self._count:
            basis, rows = self._directions(s)
            basis = np.asarray(np.linalg.solve(basis[:, self._moving_pivots], basis), float)
            basis[np.abs(basis) < NEGLIGIBLE] = 0.0
            weights[-self._count :, self._moving] = basis / rows * rows[self._moving_pivots][:, None]
        return weights

    @cached_property
    def _weights(self) -> Array | None:
        """The conserved totals (totals, states), where they are the same for every value of the parameter."""
        low, middle, high = (self._weights_at(s) for s in (self.ends[0], 0.5 * sum(self.ends), self.ends[1]))
        same = np.allclose(low, middle, 1e-9, 0.0) and np.allclose(high, middle, 1e-9, 0.0)
        return middle if same else None

    def weights(self, s: float) -> Array:
        """The conserved totals as weights of the states, shape (totals, states); each is 1 at its pivot."""
        if not self.pivots.size:
            return np.empty((0, len(self.size)))
        return self._weights_at(s) if self._weights is None else self._weights

    def _totals(self, point: Array) -> tuple[Array, Array]:
        """By how much the totals differ from those of the initial state, and the slopes of that."""
        state, s = point[:-1], float(point[-1])
        weights, inputs = self.weights(s), self.inputs_at(s)
        away = state - self.system.initial_state(inputs)
        start = self.system.initial_jacobian(self._parameter)(0.0, np.zeros(len(state)), inputs)
        by_s = -(weights @ start)[:, 0] * self._per_s(s)
        if self._weights is None:  # weights that vary have no exact slope; the values do not depend on it
            step = 1e-6 * (self.ends[1] - self.ends[0])
            step = step if s + step <= self.ends[1] else -step
            by_s += (self._weights_at(s + step) - weights) @ away / step
        return weights @ away, np.hstack([weights, by_s[:, None]])

    def moved_by_parameter(self) -> bool:
        """Whether the parameter stands in a rate or in a conserved total at all."""
        moving = np.setdiff1d(self.system.input_jacobian(self._parameter).rows, self.frozen)
        if moving.size:
            return True
        starts = np.unique(self.system.initial_jacobian(self._parameter).rows)
        return bool((self.weights(0.5 * sum(self.ends))[:, starts] != 0.0).any())

    # --- linear algebra -----------------------------------------------------------------------------------------------

    def scaled(self, point: Array, scale: Array) -> tuple[Array, Array]:
        """F (states,) and its slopes (states, states + 1) in scaled coordinates, each row with entries of order 1."""
        rate, slope = self._rates(point)
        if self.pivots.size:
            rate[self.pivots], slope[self.pivots] = self._totals(point)
        slope = slope * scale
        weight = 1.0 / np.maximum(np.abs(slope).sum(axis=1), 1e-300)
        rate, slope = rate * weight, slope * weight[:, None]
        if not (np.isfinite(rate).all() and np.isfinite(slope).all()):
            raise Lost("a rate is not finite")
        return rate, slope

    def corrected(self, guess: Array, scale: Array, border: Array) -> Array:
        """The solution near the guess in the plane through it that is normal to `border`, in scaled coordinates."""
        point, before = guess, np.inf
        for _ in range(NEWTON_STEPS):
            rate, slope = self.scaled(point, scale)
            target = np.append(-rate, -border @ ((point - guess) / scale))
            step = solved(np.vstack([slope, border]), target)
            size = float(np.abs(step).max())
            if not size < FAR:
                break
            point = point + step * scale
            if size <= SETTLED or (size <= ROUNDING and size >= 0.5 * before):
                return point
            before = size
        raise Lost("no steady state is near")

    def settled(self, guess: Array) -> Array:
        """The solution near the guess at the same parameter."""
        border = np.zeros(len(guess))
        border[-1] = 1.0
        point = self.corrected(guess, self.scale(guess), border)
        point[-1] = guess[-1]
        return point

    def modes(self, point: Array) -> NDArray[np.complex128]:
        """The eigenvalues of the states' own motion, those of conserved totals left out."""
        scale = self.scale(point)[:-1]
        slope = self._rates(point)[1][:, :-1] * scale / scale[:, None]
        if not np.isfinite(slope).all():
            raise Lost("a rate is not finite")
        if self.pivots.size:
            totals = self.weights(float(point[-1])) * scale
            totals = totals / np.abs(totals).max(axis=1, keepdims=True)
            free = np.linalg.svd(totals)[2][self.pivots.size :].T
            slope = free.T @ slope @ free
        return np.linalg.eigvals(slope).astype(complex)

    def growing(self, point: Array) -> int:
        """How many modes grow."""
        modes = self.modes(point)
        return int((modes.real > NO_GROWTH * np.abs(modes).max(initial=0.0)).sum())


def solved(matrix: Array, target: Array) -> Array:
    """The solution of a linear system; `Lost` where it is singular."""
    try:
        found = np.linalg.solve(matrix, target)
    except np.linalg.LinAlgError:
        raise Lost("the equations are singular") from None
    if not np.isfinite(found).all():
        raise Lost("the equations are singular")
    return np.asarray(found)
