"""What `prepare` and `simulate` cost above the solver's own seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

import exokinetics as exo
from scripts.benchmarking.peers.own import prepared
from scripts.benchmarking.rows import Request, Row
from scripts.benchmarking.solving import made_problem

TOLERANCE = 1e-6
Found = TypeVar("Found")


def overhead(request: Request) -> list[Row]:
    """Wall time of a call less that of the solver alone, medians."""
    made = made_problem("flagship", request)

    def simulated() -> exo.Result:
        return exo.simulate(
            made.model, made.times, outputs=made.states, method=request.method, rtol=TOLERANCE,
            start="initial", initial=made.initial,
        )  # fmt: skip

    calls = 20 if request.quick else 2000
    total, solver = list[float](), list[float]()
    for _ in range(max(20, calls // 10)):
        seconds, result = timed(simulated)
        total.append(seconds)
        solver.append(float(result.statistics["seconds"]))
    ready = prepared(made, request.method, TOLERANCE)
    task = f"calls on {made.model.name}, rtol {TOLERANCE:.0e}"
    return [
        Row(task, "the solver's own seconds", float(np.median(solver))),
        Row(
            task, "simulate() above them", float(np.median(np.subtract(total, solver))),
            note="the same request again; at most 200 us wanted",
        ),
        Row(
            task, "a prepared call above the solver", above_machine_code(ready, calls),
            note="the call, its checks and its table, less the machine code; at most 5 us wanted",
        ),
    ]  # fmt: skip


def above_machine_code(ready: exo.Prepared, calls: int) -> float:
    """Seconds of a prepared call less those of the machine code that it runs; the bare call of that code counts.

    Looks into the engine, as a prepared call has no statistics: the code is called again on the same memory, and once
    more with no set left to solve.
    """
    values = np.array([ready.model.value(name).value for name in ready.parameters])
    ready(values)
    batch = ready.engine._alone
    alone, solve = batch._alone[-1], batch._solve

    def machine_code(sets_done: int) -> None:
        alone.counter[0] = sets_done
        solve(alone.space.address)

    samples = [
        (timed(lambda: ready(values))[0], timed(lambda: machine_code(0))[0], timed(lambda: machine_code(1))[0])
        for _ in range(calls)
    ]
    whole, solving, bare = np.median(samples, axis=0)
    return float(whole - solving + bare)


def timed(call: Callable[[], Found]) -> tuple[float, Found]:
    """Wall seconds and result of one call."""
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result
