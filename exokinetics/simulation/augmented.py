"""States and their derivatives by inputs as one system, for the solvers of libraries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exokinetics.compiler import System
from exokinetics.integrators import Array


@dataclass(frozen=True)
class Augmented:
    """The states, and behind them their derivatives by one input after the other, for the inputs `vector`."""

    system: System
    inputs: tuple[str, ...]
    vector: Array

    def rhs(self, t: float, z: Array) -> Array:
        """d/dt of all."""
        states, columns = len(self.system.states), len(self.inputs)
        rates, by_state, by_input = self.system.tangent(self.inputs)(t, z[:states], self.vector.tolist())
        moved = z[states:].reshape(columns, states) @ by_state.T + by_input.T
        return np.concatenate([rates, moved.ravel()])

    def jacobian(self, t: float, z: Array) -> Array:
        """Without the coupling of derivatives to states: Newton's method needs the matrix only roughly."""
        inner = self.system.jacobian(t, z[: len(self.system.states)], self.vector.tolist())
        return np.asarray(np.kron(np.eye(len(self.inputs) + 1), inner), float)

    def tolerances(self, atol: Array) -> Array:
        """Absolute tolerances of all, where `atol` are those of the states: a derivative counts by its input's size."""
        size = np.array([abs(self.vector[self.system.position[name]]) or 1.0 for name in self.inputs])
        return np.concatenate([atol, (atol[None, :] / size[:, None]).ravel()])
