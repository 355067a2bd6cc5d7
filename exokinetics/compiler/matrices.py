"""Derivatives of expressions as matrices, filled from one function that a caller builds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from exokinetics.expressions.derivative import jacobian
from exokinetics.expressions.graph import Node

Array = NDArray[np.float64]
Build = Callable[[Sequence[Node]], Callable[..., list[float]]]  # a function (t, x, p) for the values of expressions


class Entries:
    """The nonzero derivatives of some expressions by some names, filled into a dense matrix."""

    def __init__(self, build: Build, nodes: Sequence[Node], names: Sequence[str]) -> None:
        entries = jacobian(nodes, names)
        self.shape = (len(nodes), len(names))
        self.rows = np.array([row for row, _ in entries], np.intp)
        self.columns = np.array([column for _, column in entries], np.intp)
        self._evaluate = build(list(entries.values()))

    def __call__(self, t: float, x: Array, p: Sequence[float]) -> Array:
        matrix = np.zeros(self.shape)
        try:
            matrix[self.rows, self.columns] = self._evaluate(t, x.tolist(), p)
        except (ArithmeticError, ValueError, TypeError):
            matrix[self.rows, self.columns] = np.nan
        return matrix


class Tangent:
    """Rates with their slopes by states and inputs from one function, which computes what they share once."""

    def __init__(self, build: Build, nodes: Sequence[Node], states: Sequence[str], inputs: Sequence[str]) -> None:
        by_state, by_input = jacobian(nodes, states), jacobian(nodes, inputs)
        self.states, self.inputs, self.split = len(nodes), len(inputs), len(nodes) + len(by_state)
        self.state_places = np.array([row * len(nodes) + column for row, column in by_state], np.intp)
        self.input_places = np.array([row * len(inputs) + column for row, column in by_input], np.intp)
        self._evaluate = build([*nodes, *by_state.values(), *by_input.values()])

    def __call__(self, t: float, x: Array, p: Sequence[float]) -> tuple[Array, Array, Array]:
        try:
            values = np.array(self._evaluate(t, x.tolist(), p), float)
        except (ArithmeticError, ValueError, TypeError):
            values = np.full(self.split + len(self.input_places), np.nan)
        by_state, by_input = np.zeros(self.states * self.states), np.zeros(self.states * self.inputs)
        by_state[self.state_places] = values[self.states : self.split]
        by_input[self.input_places] = values[self.split :]
        rates = values[: self.states]
        return rates, by_state.reshape(self.states, self.states), by_input.reshape(self.states, self.inputs)
