"""One integration of a plan, by the compiled engine or a solver of a library."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from exokinetics.integrators import COMPILED, Array, Sparse
from exokinetics.integrators.driving.context import TOO_SMALL
from exokinetics.simulation.compiled import FAILURES, Outcome, why_alone
from exokinetics.simulation.events.running import event_run
from exokinetics.simulation.outcomes import Run, broken_off, further, impossible
from exokinetics.simulation.plan import Plan
from exokinetics.simulation.stepping import follow

FALLBACK = "radau"
TURNS = 4  # of a thread, among the sets that run alone


def plain_run(plan: Plan, vector: Array) -> Run:
    """Integrate the states; never raises for what the numbers do."""
    if plan.system.events is not None:
        return event_run(plan, vector)
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


def many_runs(
    plan: Plan, vectors: Array, threads: int, into: Array | None = None
) -> tuple[Array, list[str]]:  # fmt: skip
    """Outputs (sets, time, outputs), nan for sets that fail, and for each set why it failed, or an empty text.

    They are put `into` an array, if there is one. What cannot be followed in lanes runs alone.
    """
    watched = plan.system.events is not None
    if watched and (plan.method not in ("auto", "rodas5p") or why_alone(plan.system)):
        return _one_by_one(plan, vectors, threads, into)
    answer, reasons = plan.engine.many(vectors, threads=threads, outputs=into)
    tables = answer.outputs
    failed = (answer.status != 0) | np.array([bool(reason) for reason in reasons])
    tables[failed] = np.nan
    again = np.flatnonzero([fails and not reason for fails, reason in zip(failed, reasons, strict=True)])
    for index, run in zip(again, each_alone(partial(plain_run, plan), vectors[again], threads), strict=True):
        reasons[index] = run.reason
        if not run.reason:
            tables[index] = run.table
    return tables, reasons


def _one_by_one(plan: Plan, vectors: Array, threads: int, into: Array | None) -> tuple[Array, list[str]]:
    """Each set alone."""
    shape = len(vectors), len(plan.times), len(plan.outputs)
    tables, reasons = np.full(shape, np.nan) if into is None else into, []
    for index, run in enumerate(each_alone(partial(plain_run, plan), vectors, threads)):
        tables[index] = np.nan if run.reason else run.table
        reasons.append(run.reason)
    return tables, reasons


def each_alone(run: Callable[[Array], Run], vectors: Array, threads: int) -> Iterator[Run]:
    """The runs of sets of inputs one by one, in their order; machine code leaves other threads their turn."""
    if threads == 1:
        yield from map(run, vectors)
        return
    with ThreadPoolExecutor(threads) as pool:
        for some in pool.map(lambda rows: [run(row) for row in rows], np.array_split(vectors, TURNS * threads)):
            yield from some


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
