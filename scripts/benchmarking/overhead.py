"""What `prepare` and `simulate` cost above the solver's own seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

import exokinetics as exo
from scripts.benchmarking.peers.own import prepared
from scripts.benchmarking.rows import Request, Row
from scripts.benchmarking.solving import made_problem

TOLERANCE = 1e-6
MOMENT = 1e-9  # hours, a single step


def overhead(request: Request) -> list[Row]:
    """Wall time of a call less the solver's own, which the statistics of a result tell.

    A prepared call gives no statistics. There a call over a time so short that the solver takes one step is timed, with
    as many outputs and times: what it takes bounds what any call costs above the solver.
    """
    made = made_problem("flagship", request)
    moment = np.linspace(0.0, MOMENT, len(made.times))
    ready = prepared(replace(made, times=moment), request.method, TOLERANCE)

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
    above = float(np.median(np.subtract(total, solver)))
    task = f"calls on {made.model.name}, rtol {TOLERANCE:.0e}"
    return [
        Row(task, "the solver's own seconds", float(np.median(solver))),
        Row(task, "simulate() above them", above, note="at most 200 us wanted"),
        Row(task, "a prepared call of one step", float(np.median(alone)), note="at most 5 us above the solver wanted"),
    ]


def timed(call: Callable[[], exo.Result]) -> tuple[float, exo.Result]:
    """Wall seconds and result of one call."""
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result
