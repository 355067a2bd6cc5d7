"""What a run comes to: its outputs, what it took, and the sentence if it broke off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from exokinetics.integrators import Array
from exokinetics.simulation.breaking_off import Cause, End, cause_of, lossy, takes_from_nothing
from exokinetics.simulation.plan import Plan

BEYOND_ERROR = 1e3  # tolerances: errors of steps add up to a few tens of them


@dataclass(frozen=True)
class Run:
    """Outputs (time, outputs) at the first times of the grid; `reason` says why not at all of them.

    `slopes` (time, outputs, inputs) are their derivatives, where they were asked for. `cause` is that of an integration
    that broke off, and `failure` what the solver said of it.
    """

    table: Array
    reason: str = ""
    statistics: dict[str, Any] = field(default_factory=dict)
    slopes: Array | None = None
    cause: Cause | None = None
    failure: str = ""


def further(first: Run, second: Run) -> Run:
    """The one that got further."""
    return second if not second.reason or len(second.table) > len(first.table) else first


def output_slopes(plan: Plan, vector: Array, states: Array, slopes: Array) -> Array:
    """d(outputs)/d(inputs) (time, outputs, inputs) from states (time, states) and theirs (time, states, inputs)."""
    times = plan.times[: len(states)]
    return plan.system.output_slopes(plan.outputs, plan.inputs, times, states, vector, slopes)


def impossible(plan: Plan, vector: Array, start: Array, states: Array, atol: Array) -> str:
    """Why states (time, states) that a solver without guards found cannot be; empty if they can."""
    system = plan.system
    overdrawn = plan.doses.overdrawn(states, system.nonnegative, atol)
    if overdrawn is not None:
        return _overdrawn(plan, *overdrawn)
    lowest = -BEYOND_ERROR * atol - min(BEYOND_ERROR * plan.rtol, 1.0) * states.max(axis=0, initial=0.0)
    wrong = (states < lowest) & system.nonnegative & (start >= 0.0)
    if not wrong.any():
        return ""
    row = int(np.argmax(wrong.any(axis=1)))
    return _emptied(plan, vector, float(plan.times[row]), states[row], int(np.argmax(wrong[row])))


def broken_off(plan: Plan, vector: Array, when: float, failure: str, state: Array) -> tuple[str, Cause]:
    """The sentence for a run that a solver gave up at this time and state, and its cause."""
    overdrawn = plan.doses.overdrawn(state[None, :], plan.system.nonnegative, np.zeros(len(state)), when)
    if overdrawn is not None:
        sentence = _overdrawn(plan, *overdrawn)
        return sentence, Cause(sentence, "", True)
    cause = cause_of(End(plan.system, vector.tolist(), when, state, when), failure, plan.method)
    beyond = f"{plan.model.name} could not be integrated beyond t = {when:.6g} {plan.model.time_unit}"
    return f"{beyond}: {cause.clause}; {cause.remedy}", cause


def _emptied(plan: Plan, vector: Array, when: float, state: Array, index: int) -> str:
    """The sentence for a run that goes on to where a state is negative that cannot be, found at this time."""
    name, end = f"'{plan.system.states[index]}'", End(plan.system, vector.tolist(), when, state, when)
    remedy = lossy(name) if takes_from_nothing(end, index) else "a step was too long; try a smaller rtol"
    return f"{name} became negative by t = {when:.6g} {plan.model.time_unit}, which it cannot be: {remedy}"


def _overdrawn(plan: Plan, index: int, time: float) -> str:
    name = plan.system.states[index]
    return (
        f"the dose at t = {time:.6g} {plan.model.time_unit} takes more of '{name}' than there is; give less, or at "
        "another time"
    )
