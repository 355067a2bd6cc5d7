"""One integration of a plan: the states it reaches, what it took, and the sentence if it broke off."""

from __future__ import annotations

import time as clock
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from exokinetics.integrators import COMPILED, Array, Sparse
from exokinetics.integrators.driving.context import TOO_SMALL
from exokinetics.simulation.breaking_off import Cause, End, cause_of, lossy, takes_from_nothing
from exokinetics.simulation.compiled import FAILURES, Outcome
from exokinetics.simulation.plan import Plan
from exokinetics.simulation.stepping import follow

FALLBACK = "radau"
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


def plain_run(plan: Plan, vector: Array) -> Run:
    """Integrate the states; never raises for what the numbers do."""
    return compiled_run(plan, vector) if plan.method in COMPILED else library_run(plan, vector, plan.method)


def compiled_run(plan: Plan, vector: Array) -> Run:
    """By the compiled engine; where that breaks off and the choice is ours, once more with care, then by Radau.

    What needs too many steps would need no fewer then, and Radau would take an hour for them. Nor does it get past a
    pole, on whose way it may take seconds.
    """
    run = _engine_run(plan, vector)
    if plan.method == "auto" and run.failure == FAILURES[TOO_SMALL]:
        again = _engine_run(plan, vector, careful=True)
        run = further(run, again)
        if plan.rescued and again.reason and not (again.cause and again.cause.final):
            run = further(run, library_run(plan, vector, FALLBACK))
    return run


def further(first: Run, second: Run) -> Run:
    """The one that got further."""
    return second if not second.reason or len(second.table) > len(first.table) else first


def _engine_run(plan: Plan, vector: Array, *, careful: bool = False) -> Run:
    began = clock.perf_counter()
    found = plan.engine.one(vector, careful=careful)
    if isinstance(found, str):
        return Run(np.empty((0, len(plan.outputs))), found)
    return compiled_outcome(plan, vector, found, began)


def compiled_outcome(plan: Plan, vector: Array, found: Outcome, began: float) -> Run:
    """What the compiled engine found as a run."""
    reason, cause = "", None
    if found.failure:
        reason, cause = broken_off(plan, vector, found.reached, found.failure, found.last)
    table = found.table if np.isfinite(found.last).all() else found.table[:0]  # else not even the start was a state
    statistics = {
        "method": found.method, "steps": found.steps, "rejected": found.rejected, "evaluations": found.evaluations,
        "factorisations": found.factors, "seconds": clock.perf_counter() - began,
    }  # fmt: skip
    if found.choice:
        statistics["choice"] = found.choice
    return Run(table, reason, statistics, found.slopes, cause, found.failure)


def output_slopes(plan: Plan, vector: Array, states: Array, slopes: Array) -> Array:
    """d(outputs)/d(inputs) (time, outputs, inputs) from states (time, states) and theirs (time, states, inputs)."""
    times = plan.times[: len(states)]
    return plan.system.output_slopes(plan.outputs, plan.inputs, times, states, vector, slopes)


def many_runs(
    plan: Plan, vectors: Array, threads: int, into: Array | None = None
) -> tuple[Array, list[str]]:  # fmt: skip
    """Outputs (sets, time, outputs), nan for sets that fail, and for each set why it failed, or an empty text.

    They are put `into` an array, if there is one.
    """
    answer, reasons = plan.engine.many(vectors, threads=threads, outputs=into)
    tables = answer.outputs
    failed = (answer.status != 0) | np.array([bool(reason) for reason in reasons])
    for index in np.flatnonzero(failed):
        again = reasons[index] or plain_run(plan, vectors[index])
        reasons[index] = again if isinstance(again, str) else again.reason
        tables[index] = np.nan if isinstance(again, str) or again.reason else again.table
    return tables, reasons


def library_run(plan: Plan, vector: Array, method: str) -> Run:
    """By a solver of a library."""
    began = clock.perf_counter()
    state, atol, reason = plan.start(vector)
    if reason:
        return Run(np.empty((0, len(plan.outputs))), reason)
    bound = plan.system.bound(vector)
    states, when, last, failure, counts = follow(
        bound.rates, bound.jacobian, state, plan.times, plan.doses, method, plan.rtol, atol,
        plan.system.switches(vector.tolist(), float(plan.times[-1])), Sparse(bound.entries, bound.rows, bound.columns),
    )  # fmt: skip
    counts["seconds"] = clock.perf_counter() - began
    reason, cause = "", None
    if failure:
        reason, cause = broken_off(plan, vector, when, failure, last)
    reason = reason or impossible(plan, vector, state, states, atol)
    return Run(plan.select(states, vector), reason, counts, None, cause, failure)


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
