"""exokinetics itself, through its public functions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import exokinetics as exo
from scripts.benchmarking.peer import Peer, Run, Sets, Solver
from scripts.benchmarking.precision import SlopeTruth, Truth
from scripts.benchmarking.problems import Problem


def prepared(problem: Problem, method: str, tolerance: float) -> exo.Prepared:
    """All species from the fixed state, with the default absolute tolerances."""
    return exo.prepare(
        problem.model, problem.times, outputs=problem.states, method=method, rtol=tolerance,
        start="initial", initial=problem.initial,
    )  # fmt: skip


def own(method: str) -> Peer:
    """exokinetics with a method."""

    def open_(problem: Problem, truth: Truth, *, trial: bool) -> Solver:
        def at(tolerance: float) -> Run:
            return Run(prepared(problem, method, tolerance))

        return at

    def slopes(problem: Problem, truth: SlopeTruth, *, trial: bool) -> Solver:
        def at(tolerance: float) -> Run:
            ready = exo.prepare(
                problem.model, problem.times, outputs=problem.states, method=method, rtol=tolerance,
                start="initial", initial=problem.initial, sensitivities=truth.names,
            )  # fmt: skip
            return Run(ready.sensitivities, lambda found: found[1] * truth.values)

        return at

    note = "prepare(), default absolute tolerances"
    return Peer("exokinetics", f"exokinetics, {method}", ("exokinetics",), note, open_, sets, slopes)


def sets(problem: Problem, truth: Truth, names: Sequence[str], tolerance: float) -> Sets:
    """`ensemble` on one thread, tables and all."""

    def solve(table: np.ndarray) -> exo.Ensemble:
        return exo.ensemble(
            problem.model, problem.times, draws=dict(zip(names, table.T, strict=True)), outputs=problem.states,
            start="initial", initial=problem.initial, rtol=tolerance, threads=1,
        )  # fmt: skip

    def read(drawn: exo.Ensemble) -> np.ndarray:
        return np.stack([drawn[name] for name in problem.states], axis=-1)

    return lambda table: Run(lambda: solve(table), read)
