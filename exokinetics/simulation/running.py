"""One integration of a plan: the states it reaches, what it took, and the sentence if it broke off."""

from __future__ import annotations

import time as clock
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from exokinetics.integrators import Array
from exokinetics.simulation.plan import Plan
from exokinetics.simulation.stepping import follow


@dataclass(frozen=True)
class Run:
    """States (time, states) at the first times of the grid; `reason` says why not at all of them.

    `slopes` (time, outputs, inputs) are the derivatives of the outputs, where they were asked for.
    """

    states: Array
    reason: str = ""
    statistics: dict[str, Any] = field(default_factory=dict)
    slopes: Array | None = None


def plain_run(plan: Plan, vector: Array) -> Run:
    """Integrate the states; never raises for what the numbers do."""
    began = clock.perf_counter()
    state, atol, reason = plan.start(vector)
    if reason:
        return Run(np.empty((0, len(state))), reason)
    p, system = vector.tolist(), plan.system
    states, when, failure, counts = follow(
        lambda t, x: system.rhs(t, x, p), lambda t, x: system.jacobian(t, x, p), state, plan.times,
        plan.doses, plan.method, plan.rtol, atol, system.switches(p),
    )  # fmt: skip
    reason = broken_off(plan, p, when, failure, states[-1] if len(states) else state) if failure else ""
    emptied = plan.doses.overdrawn(states, system.nonnegative, atol)
    if emptied is not None and not reason:
        reason = f"a dose takes more of '{system.states[emptied]}' than there is"
    return Run(states, reason, {**counts, "seconds": clock.perf_counter() - began})


def broken_off(plan: Plan, p: Sequence[float], when: float, failure: str, state: Array) -> str:
    """Name the time and the species that moves fastest for its size: that is where to look."""
    rate = plan.system.rhs(when, state, p)
    undefined = np.flatnonzero(~np.isfinite(rate))
    with np.errstate(all="ignore"):
        speed = np.abs(np.nan_to_num(rate)) / np.maximum(np.abs(state), 1e-300)
    name = plan.system.states[int(undefined[0]) if undefined.size else int(np.argmax(speed))]
    return (
        f"{plan.model.name} could not be integrated beyond t = {when:.6g} {plan.model.time_unit}: {failure}; "
        f"look at '{name}', or try method='radau' or a looser rtol"
    )
