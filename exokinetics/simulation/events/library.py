"""A stretch between events by a solver of a library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from exokinetics.integrators import Array, Leg, Sight, Sparse, Task, Watch, integrator
from exokinetics.simulation.augmented import Augmented
from exokinetics.simulation.events.course import Reached
from exokinetics.simulation.plan import Plan
from exokinetics.simulation.stepping import Inside, euler_step


@dataclass(frozen=True)
class LibraryStretch:
    """By a method of that name; `shortest` is a stretch that solvers refuse.

    With `columns` inputs, derivatives stand behind the states, those by one input after those by the other; `rhs` and
    `jacobian` are those of all together. `jumps` tells that rates may jump at the ends of stretches.
    """

    rhs: Callable[[float, Array], Array]
    jacobian: Callable[[float, Array], Array]
    method: str
    rtol: float
    atol: Array
    shortest: float
    states: int
    columns: int = 0
    sparse: Sparse | None = None
    jumps: bool = False

    def __call__(
        self, start: float, end: float, state: Array, slope: Array | None, times: Array, inflow: Array | None,
        watch: Watch,
    ) -> Reached:  # fmt: skip
        """See `Stretch`."""
        whole = state if slope is None else np.concatenate([state, slope.T.ravel()])
        states = self.states
        watch = replace(watch, look=_of_states(watch.look, states))
        task = Task(
            self.rhs, self.jacobian, whole, start, end, times, self.rtol, self.atol, sparse=self.sparse, watch=watch
        )  # fmt: skip
        if self.jumps:
            task = _inside(task)
        if inflow is not None:
            task = _with_inflow(task, inflow)
        leg = euler_step(task) if end - start <= self.shortest else integrator(self.method)(task)
        sight = leg.sight or Sight(watch.seen, np.zeros(watch.truths, bool))
        return self._reached(leg, sight)

    def give_back(self) -> None:
        """There is nothing to give back."""

    def _reached(self, leg: Leg, sight: Sight) -> Reached:
        states = self.states
        counts = {name: count for name, count in leg.statistics.items() if count is not None}
        if not self.columns:
            return Reached(leg.states, leg.time, leg.state, sight, leg.failure, statistics=counts)
        return Reached(
            leg.states[:, :states], leg.time, leg.state[:states], sight, leg.failure, self._slopes(leg.states),
            self._slopes(leg.state[None, :])[0], counts,
        )  # fmt: skip

    def _slopes(self, whole: Array) -> Array:
        inner = whole[:, self.states :].reshape(len(whole), self.columns, self.states)
        return np.swapaxes(inner, 1, 2)


def _of_states(look: Callable[[float, Array], Array], states: int) -> Callable[[float, Array], Array]:
    return lambda t, z: look(t, z[:states])


def _inside(task: Task) -> Task:
    """Rates are asked strictly inside the stretch."""
    functions: list[Any] = [Inside(task.rhs), Inside(task.jacobian)]
    sparse = task.sparse
    if sparse is not None:
        functions.append(Inside(sparse.values))
        sparse = replace(sparse, values=functions[-1])
    for function in functions:
        function.limit(task.start, task.end)
    return replace(task, rhs=functions[0], jacobian=functions[1], sparse=sparse)


def _with_inflow(task: Task, inflow: Array) -> Task:
    rhs, added = task.rhs, np.zeros(len(task.state))
    added[: len(inflow)] = inflow
    return replace(task, rhs=lambda t, x: rhs(t, x) + added)


def library_stretch(
    plan: Plan, vector: Array, atol: Array, *, method: str, slopes: bool, shortest: float, jumps: bool
) -> LibraryStretch:
    """For one set of inputs of a plan, with derivatives by its inputs or without."""
    system = plan.system
    if slopes:
        both = Augmented(system, plan.inputs, vector)
        return LibraryStretch(
            both.rhs, both.jacobian, method, plan.rtol, both.tolerances(atol), shortest, len(atol), len(plan.inputs),
            jumps=jumps,
        )  # fmt: skip
    bound = system.bound(vector)
    sparse = Sparse(bound.entries, bound.rows, bound.columns)
    return LibraryStretch(
        bound.rates, bound.jacobian, method, plan.rtol, atol, shortest, len(atol), sparse=sparse, jumps=jumps
    )
