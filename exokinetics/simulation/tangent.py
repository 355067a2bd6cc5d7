"""Forward sensitivities: the state and its derivatives by inputs, integrated together."""

from __future__ import annotations

import time as clock
from dataclasses import replace

import numpy as np

from exokinetics.errors import WrongInput
from exokinetics.integrators import COMPILED, Array
from exokinetics.integrators.driving.context import TOO_SMALL
from exokinetics.simulation.augmented import Augmented
from exokinetics.simulation.compiled import FAILURES
from exokinetics.simulation.events.earlier_slopes import delayed_slopes
from exokinetics.simulation.events.running import event_run
from exokinetics.simulation.outcomes import Run, broken_off, further, impossible, output_slopes
from exokinetics.simulation.plan import Plan
from exokinetics.simulation.running import FALLBACK, compiled_outcome
from exokinetics.simulation.steady import conserved_directions
from exokinetics.simulation.stepping import follow

GROUP = 12  # inputs integrated together


def tangent_run(plan: Plan, vector: Array) -> Run:
    """Integrate states and slopes; never raises for what the numbers do."""
    if not plan.inputs:
        raise WrongInput("sensitivities: prepare(..., sensitivities=True) or name the parameters")
    if plan.system.delays:
        return delayed_slopes(plan, vector, start_slopes)
    if plan.system.events is not None:
        return event_run(plan, vector, start_slopes)
    if plan.method in COMPILED:
        run = _compiled_run(plan, vector)
        if plan.method != "auto" or run.failure != FAILURES[TOO_SMALL]:
            return run
        run = further(run, _compiled_run(plan, vector, careful=True))
        if not run.reason or not plan.rescued or (run.cause and run.cause.final):
            return run
    return _library_run(replace(plan, method=FALLBACK if plan.method == "auto" else plan.method), vector)


def _compiled_run(plan: Plan, vector: Array, *, careful: bool = False) -> Run:
    """By the compiled engine, which differentiates its own steps."""
    began, start = clock.perf_counter(), None
    if plan.engine.needs_starts:
        state, atol, reason = plan.start(vector)
        if reason:
            return _without_start(plan, reason)
        start = state, atol
    moved = start_slopes(plan, vector, start[0] if start else np.empty(0))
    found = plan.engine.with_slopes(vector, moved, plan.inputs, start, careful=careful)
    if found.failure and start is None:
        reason = plan.start(vector)[2]  # worked out only now, since it takes as long as a short run
        if reason:
            return _without_start(plan, reason)
    assert found.slopes is not None
    states = len(plan.system.states)
    slopes = output_slopes(plan, vector, found.table[:, :states], found.slopes)
    return compiled_outcome(plan, vector, replace(found, table=found.table[:, states:], slopes=slopes), began)


def _without_start(plan: Plan, reason: str) -> Run:
    outputs = len(plan.outputs)
    return Run(np.empty((0, outputs)), reason, slopes=np.empty((0, outputs, len(plan.inputs))))


def _library_run(plan: Plan, vector: Array) -> Run:
    """By a solver of the library, for states and slopes together.

    Many inputs go in groups: the solvers factorise dense matrices of all states and slopes together.
    """
    groups = [plan.inputs[first : first + GROUP] for first in range(0, len(plan.inputs), GROUP)]
    runs = [_group_run(replace(plan, inputs=group), vector) for group in groups]
    reached = min(runs, key=lambda run: len(run.table))
    slopes = np.concatenate([run.slopes[: len(reached.table)] for run in runs if run.slopes is not None], axis=2)
    return replace(reached, slopes=slopes)


def _group_run(plan: Plan, vector: Array) -> Run:
    began = clock.perf_counter()
    system, inputs, p = plan.system, plan.inputs, vector.tolist()
    states = len(system.states)
    state, atol, reason = plan.start(vector)
    if reason:
        return _without_start(plan, reason)
    both = Augmented(system, inputs, vector)
    slopes = start_slopes(plan, vector, state)
    whole = np.concatenate([state, slopes.T.ravel()])
    loose = both.tolerances(atol)
    switches = system.switches(p, float(plan.times[-1]))
    # doses change states by amounts that no input moves, so the slopes behind them stay as they are
    found, when, last, failure, counts = follow(
        both.rhs, both.jacobian, whole, plan.times, plan.doses, plan.method, plan.rtol, loose, switches
    )
    reached = found[:, :states]
    reason = broken_off(plan, vector, when, failure, last[:states])[0] if failure else ""
    reason = reason or impossible(plan, vector, state, reached, atol)
    statistics = {**counts, "seconds": clock.perf_counter() - began}
    return Run(plan.select(reached, vector), reason, statistics, _observed(plan, vector, found))


def start_slopes(plan: Plan, vector: Array, state: Array, rest: Array | None = None) -> Array:
    """d(state at time 0)/d(inputs), shape (states, inputs); only a steady start asks for that `state`.

    `rest` is the one before the caller's own start values are put in, if it is known.
    """
    system, inputs = plan.system, plan.inputs
    if plan.steady:
        waiting = plan.waiting_vector(vector).tolist()
        if rest is None:  # the caller's own start values come after it
            rest = replace(plan, overrides={}).start(vector)[0] if plan.overrides else state
        slopes = _steady_slopes(plan, waiting, rest)
        held = [index for index, name in enumerate(inputs) if name in plan.model.start.values]
        slopes[:, held] = 0.0
    else:
        slopes = system.initial_jacobian(inputs)(0.0, np.empty(0), vector.tolist())
    slopes[list(plan.overrides), :] = 0.0
    return slopes


def _steady_slopes(plan: Plan, p: list[float], state: Array) -> Array:
    """From f(x, p) = 0 and the conserved totals of the initial state: J dx = -df/dp and w dx = w dx0."""
    system, inputs = plan.system, plan.inputs
    slope = system.jacobian(0.0, state, p)
    conserved = conserved_directions(slope)
    before = system.initial_jacobian(inputs)(0.0, np.empty(0), p)
    matrix = np.vstack([slope, conserved])
    target = np.vstack([-system.input_jacobian(inputs)(0.0, state, p), conserved @ before])
    # states of a million copies stand beside shares of one: each is solved for in units of its own size, and each
    # equation counts alike, so that rounding of the large ones does not reach the small ones
    size = np.where(np.abs(state) > 0.0, np.abs(state), 1.0)
    weight = np.abs(matrix * size).max(axis=1, initial=0.0)
    weight = np.where(weight > 0.0, weight, 1.0)
    scaled = np.linalg.lstsq(matrix * size / weight[:, None], target / weight[:, None], rcond=1e-14)[0]
    return np.asarray(scaled * size[:, None])


def _observed(plan: Plan, vector: Array, found: Array) -> Array:
    """d(outputs)/d(inputs) from states and slopes side by side (time, states and states by inputs)."""
    states = len(plan.system.states)
    inner = found[:, states:].reshape(len(found), len(plan.inputs), states)
    return output_slopes(plan, vector, found[:, :states], np.swapaxes(inner, 1, 2))
