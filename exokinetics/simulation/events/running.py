"""A run of a model with events, as any other run comes out."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from exokinetics.integrators import COMPILED, Array
from exokinetics.integrators.driving.context import TOO_SMALL
from exokinetics.simulation.compiled import CAREFUL, FAILURES, TIGHTEST
from exokinetics.simulation.doses import ROUNDING
from exokinetics.simulation.events.compiled import compiled_stretch
from exokinetics.simulation.events.consistency import consistent
from exokinetics.simulation.events.course import Course, Followed, Stretch
from exokinetics.simulation.events.earlier import Past, as_it_is_now, fault, past_of
from exokinetics.simulation.events.library import library_stretch
from exokinetics.simulation.events.tangents import Tangent, Unsettled
from exokinetics.simulation.outcomes import Run, broken_off, further, impossible, output_slopes
from exokinetics.simulation.plan import Plan
from exokinetics.simulation.requests import tolerances

FALLBACK = "radau"
StartSlopes = Callable[[Plan, Array, Array], Array]


def event_run(plan: Plan, vector: Array, start_slopes: StartSlopes | None = None) -> Run:
    """Integrate a model with events; never raises for what the numbers do.

    With `start_slopes`, which works out the derivatives of the start by `plan.inputs`, those of the outputs as well.
    Where the choice of the method is ours, what breaks off is tried once more with care, and then by Radau.
    """
    if plan.system.delays:
        reason = fault(plan, vector)
        if reason:
            return Run(np.empty((0, len(plan.outputs))), reason)
        plan = as_it_is_now(plan, vector)
    run = _one_run(plan, vector, start_slopes, _method(plan, start_slopes is not None))
    if plan.method == "auto" and run.failure == FAILURES[TOO_SMALL]:
        run = further(run, _one_run(_careful(plan), vector, start_slopes, "rodas5p"))
        if plan.system.delays or plan.system.algebraic:
            return run
        if run.reason and plan.rescued and not (run.cause and run.cause.final):
            run = further(run, _one_run(plan, vector, start_slopes, FALLBACK))
    return run


def _careful(plan: Plan) -> Plan:
    """The same at a thousandth of tolerance; a rule for absolute tolerances follows by itself."""
    atol = plan.atol
    if isinstance(atol, (int, float)):
        atol = CAREFUL * atol
    return replace(plan, rtol=max(CAREFUL * plan.rtol, TIGHTEST), atol=atol)


def _method(plan: Plan, slopes: bool) -> str:
    """The method that is asked for; NDF would begin anew at each event, and carries no derivatives along."""
    if plan.method in COMPILED and (plan.method == "auto" or slopes):
        return "rodas5p"
    return plan.method


def _one_run(plan: Plan, vector: Array, start_slopes: StartSlopes | None, method: str) -> Run:
    began = clock.perf_counter()
    state, atol, reason = plan.start(vector)
    if reason:
        outputs = len(plan.outputs)
        none = None if start_slopes is None else np.empty((0, outputs, len(plan.inputs)))
        return Run(np.empty((0, outputs)), reason, slopes=none)
    if plan.system.algebraic:
        state, atol, reason = _consistent_start(plan, vector, state, atol)
        if reason:
            return Run(np.empty((0, len(plan.outputs))), reason)
    slope = None if start_slopes is None else start_slopes(plan, vector, state)
    past = past_of(plan, vector, state) if plan.system.delays else None
    vector = vector if past is None else past.vector
    course = course_of(plan, vector, atol, method, past, slopes=slope is not None)
    try:
        found = course.run(state, slope)
    finally:
        course.stretch.give_back()
    return _run(plan, vector, (state, atol), method, found, began)


def _consistent_start(plan: Plan, vector: Array, state: Array, atol: Array) -> tuple[Array, Array, str]:
    """The state that the constraints allow, tolerances for it, and a reason if there is none."""
    settle = consistent(plan.system, vector, atol / plan.rtol)
    assert settle is not None
    try:
        state = settle(0.0, state)
    except Unsettled as error:
        return state, atol, f"{plan.model.name} has no state to start from: {error}"
    return state, tolerances(plan.system, state, plan.rtol, plan.atol, plan.doses.smallest())[1], ""


def course_of(plan: Plan, vector: Array, atol: Array, method: str, past: Past | None, *, slopes: bool) -> Course:
    """Everything that a run of a plan with these inputs and absolute tolerances needs."""
    system, end, p = plan.system, float(plan.times[-1]), vector.tolist()
    assert system.events is not None
    events = system.events.bound(vector)
    tangent = Tangent(system, plan.inputs, vector, system.bound(vector).rates) if slopes else None
    stops, shortest = {*plan.doses.breaks(), *system.event_times(p, end)}, ROUNDING * end
    if method in COMPILED:
        stretch: Stretch = compiled_stretch(
            plan, vector, atol, method=method, slopes=slopes, shortest=shortest, past=past
        )  # fmt: skip
    else:
        switches = system.switches(p, end)
        stops |= set(switches)
        jumps = bool(switches) or system.moves_switches
        stretch = library_stretch(
            plan, vector, atol, method=method, slopes=slopes, shortest=shortest, jumps=jumps
        )  # fmt: skip
    if system.algebraic:
        stops |= set(system.switches(p, end))
    moved = (lambda state: system.moved_switches(state, p, end)) if system.moves_switches else None
    ahead = sorted(stop for stop in stops if 0.0 < stop <= end)
    breaks = None if past is None else past.breaks
    settle = consistent(system, vector, atol / plan.rtol)
    return Course(plan.times, plan.doses, ahead, events, stretch, len(atol), tangent, moved, breaks, settle)


def _run(
    plan: Plan, vector: Array, start: tuple[Array, Array], method: str, found: Followed, began: float
) -> Run:  # fmt: skip
    states = found.states[: found.filled]
    statistics: dict[str, Any] = {
        "method": method, "rejected": None, **found.counts, "seconds": clock.perf_counter() - began,
    }  # fmt: skip
    if plan.method == "auto" and method == "rodas5p":
        statistics["choice"] = "Rodas5P, for NDF would begin anew at each event"
    reason, cause = found.reason, None
    if reason:
        reason = f"{plan.model.name} could not be followed further: {reason}"
    elif found.failure:
        reason, cause = broken_off(plan, vector, found.moment.time, found.failure, found.moment.state)
    if not reason and method not in COMPILED:
        reason = impossible(plan, vector, start[0], states, start[1])
    slopes = None
    if found.slopes is not None:
        slopes = output_slopes(plan, vector, states, found.slopes[: found.filled])
    return Run(plan.select(states, vector), reason, statistics, slopes, cause, found.failure)
