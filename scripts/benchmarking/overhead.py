"""What `prepare` and `simulate` cost above the solver's own seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

import exokinetics as exo
from scripts.benchmarking.peers.own import prepared
from scripts.benchmarking.rows import Request, Row
from scripts.benchmarking.solving import problem_and_truth

TOLERANCE = 1e-6


def overhead(request: Request) -> list[Row]:
    """Wall time of a call less the solver's own, which its statistics tell; medians of interleaved calls."""
    made, _ = problem_and_truth("flagship", request)
    ready = prepared(made, request.method, TOLERANCE)

    def simulated() -> exo.Result:
        return exo.simulate(
            made.model, made.times, outputs=made.states, method=request.method, rtol=TOLERANCE,
            start="initial", initial=made.initial,
        )  # fmt: skip

    total, solver, alone = list[float](), list[float](), list[float]()
    for _ in range(20 if request.quick else 200):
        seconds, result = timed(simulated)
        total.append(seconds)
        solver.append(float(result.statistics["seconds"]))
        alone.append(timed(ready)[0])
    inside = float(np.median(solver))
    above = float(np.median(np.subtract(total, solver)))
    task = f"calls on {made.model.name}, rtol {TOLERANCE:.0e}"
    return [
        Row(task, "the solver's own seconds", inside),
        Row(task, "simulate() above them", above, note="at most 200 us wanted"),
        Row(task, "a prepared call above them", float(np.median(alone)) - inside, note="at most 5 us wanted"),
    ]


def timed(call: Callable[[], exo.Result]) -> tuple[float, exo.Result]:
    """Wall seconds and result of one call."""
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result
