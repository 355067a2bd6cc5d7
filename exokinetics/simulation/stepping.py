"""Integration through doses: from jump to jump, with a second solver where the first gives up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from exokinetics.integrators import Array, Leg, Task, integrator
from exokinetics.simulation.doses import ROUNDING, Schedule


def follow(
    rhs: Any, jacobian: Any, state: Array, times: Array, doses: Schedule, method: str, rtol: float, atol: Array,
    switches: Sequence[float] = (),
) -> tuple[Array, float, str, dict[str, Any]]:  # fmt: skip
    """Integrate through doses: the states at the times reached, the time reached, why not further, and counts.

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
    if switches:
        rhs, jacobian = (_Inside(function) for function in (rhs, jacobian))
    for end in ends:
        if end == 0.0:
            break
        for function in (rhs, jacobian) if switches else ():
            function.limit(now, end)
        upto = int(np.searchsorted(times, end, side="right"))
        leg = _leg(
            rhs, jacobian, state, now, end, times[filled:upto], doses, method, rtol, atol, ROUNDING * float(times[-1])
        )
        for name, count in leg.statistics.items():
            counts[name] += count
        found[filled : filled + len(leg.states)] = leg.states
        if leg.failure:
            return found[: filled + len(leg.states)], leg.time, leg.failure, counts
        state = leg.state + doses.jump(end, size)
        filled, now = upto, end
        if filled and times[filled - 1] == end:
            found[filled - 1] = state
    return found, now, "", counts


def _leg(
    rhs: Any, jacobian: Any, state: Array, start: float, end: float, times: Array,
    doses: Schedule, method: str, rtol: float, atol: Array, shortest: float,
) -> Leg:  # fmt: skip
    added = doses.input(start, end, len(state))
    if end - start <= shortest:
        return _euler_step(rhs, state, start, end, times, added)
    force = rhs if added is None else lambda t, x: rhs(t, x) + added
    leg = integrator(method)(Task(force, jacobian, state, start, end, times, rtol, atol))
    if leg.failure and method == "auto":
        again = integrator("radau")(Task(force, jacobian, state, start, end, times, rtol, atol))
        return again if again.time >= leg.time else leg
    return leg


def _euler_step(rhs: Any, state: Array, start: float, end: float, times: Array, added: Array | None) -> Leg:
    """A stretch of a few rounding errors of time, which solvers refuse: one plain step is exact to rounding."""
    rate = rhs(start, state) + (0.0 if added is None else added)
    reached = state + (end - start) * rate
    if not np.isfinite(reached).all():
        return Leg(np.empty((0, len(state))), start, state, "a rate became infinite or undefined")
    return Leg(np.tile(reached, (len(times), 1)), end, reached, "", {"steps": 1, "evaluations": 1})


class _Inside:
    """A function of time and state that is asked only strictly inside a stretch: at its ends a rate may jump."""

    def __init__(self, function: Any) -> None:
        self._function, self._first, self._last = function, 0.0, 0.0

    def limit(self, start: float, end: float) -> None:
        """Take up the next stretch."""
        margin = min(ROUNDING * end, 0.25 * (end - start))
        self._first, self._last = start + margin, end - margin

    def __call__(self, t: float, x: Array) -> Any:
        return self._function(min(max(t, self._first), self._last), x)
