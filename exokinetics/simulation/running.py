"""One integration of a plan: the states it reaches, what it took, and the sentence if it broke off."""

from __future__ import annotations

import time as clock
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.integrators import COMPILED, Array, Sparse
from exokinetics.integrators.driving.context import TOO_SMALL
from exokinetics.simulation.compiled import FAILURES, Outcome
from exokinetics.simulation.plan import Plan
from exokinetics.simulation.stepping import follow

FALLBACK = "radau"
BEYOND_ERROR = 1e3  # tolerances: errors of steps add up to a few tens of them


@dataclass(frozen=True)
class Run:
    """Outputs (time, outputs) at the first times of the grid; `reason` says why not at all of them.

    `slopes` (time, outputs, inputs) are their derivatives, where they were asked for.
    """

    table: Array
    reason: str = ""
    statistics: dict[str, Any] = field(default_factory=dict)
    slopes: Array | None = None


def plain_run(plan: Plan, vector: Array) -> Run:
    """Integrate the states; never raises for what the numbers do."""
    return compiled_run(plan, vector) if plan.method in COMPILED else library_run(plan, vector, plan.method)


def compiled_run(plan: Plan, vector: Array) -> Run:
    """By the compiled engine; where that breaks off and the choice is ours, once more with care, then by Radau.

    What needs too many steps would need no fewer then, and Radau would take an hour for them.
    """
    run = _engine_run(plan, vector)
    if plan.method == "auto" and FAILURES[TOO_SMALL] in run.reason and run.statistics:
        run = _further(run, _engine_run(plan, vector, careful=True))
        run = _further(run, library_run(plan, vector, FALLBACK)) if run.reason else run
    return run


def _further(first: Run, second: Run) -> Run:
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
    reason = broken_off(plan, vector.tolist(), found.reached, found.failure, found.last) if found.failure else ""
    statistics = {
        "method": found.method, "steps": found.steps, "rejected": found.rejected, "evaluations": found.evaluations,
        "factorisations": found.factors, "seconds": clock.perf_counter() - began,
    }  # fmt: skip
    if found.choice:
        statistics["choice"] = found.choice
    return Run(found.table, reason, statistics, found.slopes)


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
    p, system = vector.tolist(), plan.system
    bound = system.bound(vector)
    states, when, failure, counts = follow(
        bound.rates, bound.jacobian, state, plan.times, plan.doses, method, plan.rtol, atol,
        system.switches(p), Sparse(bound.entries, bound.rows, bound.columns),
    )  # fmt: skip
    reason = broken_off(plan, p, when, failure, states[-1] if len(states) else state) if failure else ""
    emptied = plan.doses.overdrawn(states, system.nonnegative, atol)
    if emptied is not None and not reason:
        reason = f"a dose takes more of '{system.states[emptied]}' than there is"
    below = _below_zero(states, system.nonnegative & (state >= 0.0), atol, plan.rtol)
    if below is not None and not reason:
        reason = (
            f"'{system.states[below]}' became negative, which it cannot be: a step was too long; try a smaller rtol"
        )
    return Run(plan.select(states, vector), reason, {**counts, "seconds": clock.perf_counter() - began})


def _below_zero(states: Array, nonnegative: NDArray[np.bool_], atol: Array, rtol: float) -> int | None:
    """A state that a solver without guards took past a pole to where it cannot be, by far more than its error."""
    lowest = -BEYOND_ERROR * atol - min(BEYOND_ERROR * rtol, 1.0) * states.max(axis=0, initial=0.0)
    wrong = np.flatnonzero((states < lowest).any(axis=0) & nonnegative)
    return int(wrong[0]) if wrong.size else None


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
