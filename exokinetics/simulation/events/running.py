"""A run of a model with events, as any other run comes out."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from typing import Any

import numpy as np

from exokinetics.integrators import COMPILED, Array, Sparse, integrator
from exokinetics.simulation.augmented import Augmented
from exokinetics.simulation.doses import ROUNDING
from exokinetics.simulation.events.course import Course, Followed, Stretch
from exokinetics.simulation.events.library import LibraryStretch
from exokinetics.simulation.events.tangents import Tangent
from exokinetics.simulation.outcomes import Run, broken_off, impossible, output_slopes
from exokinetics.simulation.plan import Plan

StartSlopes = Callable[[Plan, Array, Array], Array]


def event_run(plan: Plan, vector: Array, start_slopes: StartSlopes | None = None) -> Run:
    """Integrate a model with events; never raises for what the numbers do.

    With `start_slopes`, which works out the derivatives of the start by `plan.inputs`, those of the outputs as well.
    """
    began = clock.perf_counter()
    state, atol, reason = plan.start(vector)
    slope = start_slopes(plan, vector, state) if start_slopes is not None and not reason else None
    if reason:
        outputs = len(plan.outputs)
        none = None if start_slopes is None else np.empty((0, outputs, len(plan.inputs)))
        return Run(np.empty((0, outputs)), reason, slopes=none)
    system, end, bound = plan.system, float(plan.times[-1]), plan.system.bound(vector)
    assert system.events is not None
    p = vector.tolist()
    tangent = None if slope is None else Tangent(system, plan.inputs, vector, bound.rates)
    stops = {*plan.doses.breaks(), *system.event_times(p, end), *system.switches(p, end)}
    course = Course(
        plan.times, plan.doses, sorted(stop for stop in stops if 0.0 < stop <= end), system.events.bound(vector),
        _stretch(plan, vector, atol, slope is not None), tangent,
    )  # fmt: skip
    found = course.run(state, slope)
    return _run(plan, vector, (state, atol), found, began)


def _stretch(plan: Plan, vector: Array, atol: Array, slopes: bool) -> Stretch:
    system, shortest = plan.system, ROUNDING * float(plan.times[-1])
    jumps = bool(system.switches(vector.tolist(), float(plan.times[-1])))
    method = integrator(plan.method).name
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


def _run(plan: Plan, vector: Array, start: tuple[Array, Array], found: Followed, began: float) -> Run:
    states = found.states[: found.filled]
    method = integrator(plan.method).name
    statistics: dict[str, Any] = {
        "method": method, "rejected": None, **found.counts, "seconds": clock.perf_counter() - began,
    }  # fmt: skip
    reason, cause = found.reason, None
    if reason:
        reason = f"{plan.model.name} could not be followed further: {reason}"
    elif found.failure:
        reason, cause = broken_off(plan, vector, found.moment.time, found.failure, found.moment.state)
    if not reason and plan.method not in COMPILED:
        reason = impossible(plan, vector, start[0], states, start[1])
    slopes = None
    if found.slopes is not None:
        slopes = output_slopes(plan, vector, states, found.slopes[: found.filled])
    return Run(plan.select(states, vector), reason, statistics, slopes, cause, found.failure)
