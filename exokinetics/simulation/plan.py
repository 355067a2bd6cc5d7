"""The plan of a simulation: everything that is fixed before values come, and the state it starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from exokinetics.compiler import System
from exokinetics.integrators import Array, Stretches
from exokinetics.integrators.protocol import MAX_STEPS
from exokinetics.model.whole import Model
from exokinetics.simulation.compiled import Engine, question_of
from exokinetics.simulation.doses import Schedule
from exokinetics.simulation.requests import tolerances
from exokinetics.simulation.steady import steady_states


@dataclass(frozen=True)
class Plan:
    """A checked request: model, times, outputs, method, tolerances, doses, start and the inputs to differentiate by.

    `quick`: it runs once, so its machine code is to be made quickly. `slope_share`: how many times the tolerance of a
    state the error of its derivatives may be, each for an input of its own size; above one, an error of as large a
    share of the state is allowed as well. `rescued`: what breaks off
    with care as well is left to Radau, which may take minutes; a search had better look elsewhere. `max_steps`: of the
    compiled engine, more of which end the integration.
    """

    model: Model
    system: System
    times: Array
    outputs: tuple[str, ...]
    method: str
    rtol: float
    atol: Any
    doses: Schedule
    steady: bool
    overrides: Mapping[int, float]
    inputs: tuple[str, ...]
    quick: bool = False
    slope_share: float = 1.0
    rescued: bool = True
    max_steps: int = MAX_STEPS

    @cached_property
    def engine(self) -> Engine:
        """The plan as machine code, compiled when it is first used."""
        by_id = isinstance(self.atol, Mapping)
        question = question_of(
            self.system, self.times, self.outputs, self.rtol, self.atol, self.doses, self.overrides
        )  # fmt: skip
        question = replace(question, slope_share=self.slope_share, max_steps=self.max_steps)
        starts = self.starts if self.steady or by_id else None
        return Engine(self.system, question, starts, method=self.method, quick=self.quick)

    @cached_property
    def idle(self) -> dict[tuple[str, bool], list[Stretches]]:
        """What runs with events worked in, by method and whether with derivatives, for the next one to take."""
        return {}

    @cached_property
    def _others(self) -> dict[int, tuple[System, Plan]]:
        return {}

    def over(self, system: System, inputs: tuple[str, ...]) -> Plan:
        """The same over another system that follows from this one, made once."""
        if id(system) not in self._others:
            self._others[id(system)] = system, replace(self, system=system, inputs=inputs)
        return self._others[id(system)][1]

    def select(self, states: Array, vector: Array) -> Array:
        """The wanted outputs of a table of states at the first times."""
        table = self.system.observe(self.times[: len(states)], states, vector.tolist())
        if self.outputs == self.system.outputs:
            return table
        return table[:, [self.system.outputs.index(name) for name in self.outputs]]

    def start(self, vector: Array) -> tuple[Array, Array, str]:
        """The state at time 0 before doses, the absolute tolerances, and a reason if there is no such state."""
        states, atol, reasons = self.starts(vector[None, :])
        return states[0], atol[0], reasons[0]

    def starts(self, vectors: Array, *, threads: int = 1) -> tuple[Array, Array, list[str]]:
        """The same for many sets (sets, inputs): states and tolerances (sets, states), and reasons."""
        system, reasons = self.system, [""] * len(vectors)
        states = _initial_states(system, vectors)
        if self.steady:
            # sets that differ only in what waiting takes away, such as the number of donors, rest alike
            waiting, alike = np.unique(self._waiting(vectors), axis=0, return_inverse=True)
            before = _initial_states(system, waiting)
            loose = np.array([tolerances(system, state, 1e-6, None)[1] for state in before])
            resting, failures = steady_states(system, waiting, before, loose, threads=threads, quick=self.quick)
            sentence = f"{self.model.name} has no steady state to start from: "
            states, reasons = resting[alike], [sentence + failures[index] if failures[index] else "" for index in alike]
        for index, amount in self.overrides.items():
            states[:, index] = amount
        for index, state in enumerate(states):
            undefined = np.flatnonzero(~np.isfinite(state))
            if undefined.size and not reasons[index]:
                reasons[index] = f"the initial value of '{system.states[undefined[0]]}' is not a finite number"
        smallest = self.doses.smallest()
        atol = np.array([tolerances(system, state, self.rtol, self.atol, smallest)[1] for state in states])
        return states, atol, reasons

    def waiting_vector(self, vector: Array) -> Array:
        """The inputs during pre-equilibration: as given, with the model's own `start` values put in."""
        waiting: Array = self._waiting(vector[None, :])[0]
        return waiting

    def _waiting(self, vectors: Array) -> Array:
        waiting = vectors.copy()
        for name, value in self.model.start.values.items():
            waiting[:, self.system.position[name]] = value
        return waiting


def _initial_states(system: System, vectors: Array) -> Array:
    if len(vectors) == 1:
        return system.initial_state(vectors[0].tolist())[None, :]
    return np.ascontiguousarray(system.initial_states_of_many(vectors.T).T)
