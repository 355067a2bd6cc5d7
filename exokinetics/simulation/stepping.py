"""Integration through doses: from jump to jump, with a second solver where the first gives up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from exokinetics.integrators import Array, Leg, Sparse, Task, integrator
from exokinetics.simulation.doses import ROUNDING, Schedule


def follow(
    rhs: Any, jacobian: Any, state: Array, times: Array, doses: Schedule, method: str, rtol: float, atol: Array,
    switches: Sequence[float] = (), sparse: Sparse | None = None,
) -> tuple[Array, float, Array, str, dict[str, Any]]:  # fmt: skip
    """Integrate through doses: the states at the times reached, the time reached and the state there, why not further,
    and counts.

    `switches` are times at which the right-hand side jumps by itself.
    """
    found = np.empty((len(times), len(state)))
    filled, now, size = 0, 0.0, len(atol)
    counts: dict[str, Any] = {"method": integrator(method).name, "steps": 0, "rejected": None, "evaluations": 0}
    ends = [when for when in sorted({*doses.breaks(), *switches}) if 0.0 < when <= times[-1]]
    if not ends or ends[-1] < times[-1]:
        ends.append(float(times[-1]))
    state = state + doses.jump(0.0, size)
    if times[0] == 0.0:
        found[0], filled = state, 1
    limited: list[Inside] = []
    if switches:
        rhs, jacobian = limited = [Inside(rhs), Inside(jacobian)]
        if sparse is not None:
            limited.append(Inside(sparse.values))
            sparse = replace(sparse, values=limited[-1])
    for end in ends:
        if end == 0.0:
            break
        for function in limited:
            function.limit(now, end)
        upto = int(np.searchsorted(times, end, side="right"))
        task = Task(rhs, jacobian, state, now, end, times[filled:upto], rtol, atol, sparse=sparse)
        leg = _leg(task, doses, method, ROUNDING * float(times[-1]))
        for name, count in leg.statistics.items():
            counts[name] += count
        found[filled : filled + len(leg.states)] = leg.states
        if leg.failure:
            return found[: filled + len(leg.states)], leg.time, leg.state, leg.failure, counts
        state = leg.state + doses.jump(end, size)
        filled, now = upto, end
        if filled and times[filled - 1] == end:
            found[filled - 1] = state
    return found, now, state, "", counts


def _leg(task: Task, doses: Schedule, method: str, shortest: float) -> Leg:
    added, rhs = doses.input(task.start, task.end, len(task.state)), task.rhs
    if added is not None:
        task = replace(task, rhs=lambda t, x: rhs(t, x) + added)
    if task.end - task.start <= shortest:
        return euler_step(task)
    leg = integrator(method)(task)
    if leg.failure and method == "auto":
        again = integrator("radau")(task)
        return again if again.time >= leg.time else leg
    return leg


def euler_step(task: Task) -> Leg:
    """A stretch of a few rounding errors of time, which solvers refuse: one plain step is exact to rounding."""
    reached = task.state + (task.end - task.start) * task.rhs(task.start, task.state)
    if not np.isfinite(reached).all():
        return Leg(np.empty((0, len(reached))), task.start, task.state, "a rate became infinite or undefined")
    return Leg(np.tile(reached, (len(task.times), 1)), task.end, reached, "", {"steps": 1, "evaluations": 1})


class Inside:
    """A function of time and state that is asked only strictly inside a stretch: at its ends a rate may jump."""

    def __init__(self, function: Any) -> None:
        self._function, self._first, self._last = function, 0.0, 0.0

    def limit(self, start: float, end: float) -> None:
        """Take up the next stretch."""
        margin = min(ROUNDING * end, 0.25 * (end - start))
        self._first, self._last = start + margin, end - margin

    def __call__(self, t: float, x: Array) -> Any:
        return self._function(min(max(t, self._first), self._last), x)
