"""Forward sensitivities of many parameter sets, several of them in the lanes of a register."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from exokinetics.integrators import Array
from exokinetics.simulation.plan import Plan
from exokinetics.simulation.running import each_alone
from exokinetics.simulation.tangent import start_slopes, tangent_run


def many_tangent_runs(plan: Plan, vectors: Array, threads: int) -> tuple[Array, Array, list[str]]:
    """Outputs (sets, time, outputs) and their slopes (sets, time, outputs, inputs) of sets of inputs (sets, inputs).

    What fails in lanes is tried once more alone; sets that fail then are nan. The list says for each set why it failed,
    or has an empty text.
    """
    if plan.system.events is not None:
        return _one_by_one(plan, vectors, threads)
    start, reasons = None, [""] * len(vectors)
    if plan.engine.needs_starts:
        states, atol, reasons = plan.starts(vectors, threads=threads)
        start = states, atol
    slopes = _start_slopes(plan, vectors, start, reasons, threads)
    answer = plan.engine.many_with_slopes(vectors, slopes, plan.inputs, start, threads=threads)
    assert answer.slopes is not None
    count = len(plan.system.states)
    tables, moved = answer.outputs[:, :, count:], _output_slopes(plan, vectors, answer.outputs, answer.slopes)
    for index in np.flatnonzero((answer.status != 0) | np.array([bool(reason) for reason in reasons])):
        run = None if reasons[index] else tangent_run(plan, vectors[index])
        reasons[index] = run.reason if run else reasons[index]
        whole = run is not None and not run.reason
        tables[index] = run.table if run and whole else np.nan
        moved[index] = run.slopes if run and whole else np.nan
    return tables, moved, reasons


def _one_by_one(plan: Plan, vectors: Array, threads: int) -> tuple[Array, Array, list[str]]:
    """Sets with events, which happen to each at its own times."""
    shape = len(vectors), len(plan.times), len(plan.outputs)
    tables, moved, reasons = np.full(shape, np.nan), np.full((*shape, len(plan.inputs)), np.nan), []
    for index, run in enumerate(each_alone(partial(tangent_run, plan), vectors, threads)):
        if not run.reason:
            tables[index], moved[index] = run.table, run.slopes
        reasons.append(run.reason)
    return tables, moved, reasons


def _start_slopes(
    plan: Plan, vectors: Array, start: tuple[Array, Array] | None, reasons: list[str], threads: int
) -> Array:  # fmt: skip
    """d(state at time 0)/d(inputs), shape (sets, states, inputs); 0 for sets that do not start."""
    if plan.steady and start is not None:
        rests = replace(plan, overrides={}).starts(vectors, threads=threads)[0] if plan.overrides else start[0]
        slopes = np.zeros((len(vectors), len(plan.system.states), len(plan.inputs)))
        for index, reason in enumerate(reasons):
            if not reason:
                slopes[index] = start_slopes(plan, vectors[index], start[0][index], rests[index])
        return slopes
    slopes = plan.system.initial_jacobians_of_many(plan.inputs, vectors.T)
    slopes[:, list(plan.overrides), :] = 0.0
    return slopes


def _output_slopes(plan: Plan, vectors: Array, table: Array, slopes: Array) -> Array:
    """Those of the outputs, from states and theirs, each by set and time."""
    (sets, times, states, columns), system = slopes.shape, plan.system
    found = system.output_slopes(
        plan.outputs, plan.inputs, np.tile(plan.times, sets), table[:, :, :states].reshape(-1, states),
        np.repeat(vectors.T, times, axis=1), slopes.reshape(-1, states, columns),
    )  # fmt: skip
    return found.reshape(sets, times, len(plan.outputs), columns)
