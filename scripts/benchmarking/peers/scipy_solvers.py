"""scipy: solve_ivp on generated Python, and odeint on what numba compiles of it."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from scripts.benchmarking.generated import generated
from scripts.benchmarking.peer import Peer, Run, Solver
from scripts.benchmarking.precision import Truth, absolute
from scripts.benchmarking.problems import Problem


def open_(problem: Problem, truth: Truth, *, trial: bool, method: str) -> Solver:
    """`solve_ivp` with right-hand side and Jacobian; trials use compiled ones, if numba is there."""
    from scipy.integrate import solve_ivp

    functions = generated(problem)
    right, matrix = functions.dense_compiled if trial and find_spec("numba") else functions.plain

    def at(tolerance: float) -> Run:
        def solve() -> Any:
            return solve_ivp(
                right, (0.0, problem.times[-1]), problem.start, method, problem.times,
                jac=matrix, rtol=tolerance, atol=absolute(tolerance, truth),
            )  # fmt: skip

        return Run(solve, lambda found: found.y.T)

    return at


def open_odeint(problem: Problem, truth: Truth, *, trial: bool) -> Solver:
    """`odeint`, the older face of LSODA, which has less to do between steps."""
    from scipy.integrate import odeint

    right, matrix = generated(problem).dense_compiled

    def at(tolerance: float) -> Run:
        def solve() -> Any:
            return odeint(
                right, problem.start, problem.times, Dfun=matrix, tfirst=True, full_output=True, mxstep=10_000_000,
                rtol=tolerance, atol=absolute(tolerance, truth),
            )  # fmt: skip

        return Run(solve, lambda found: found[0] if "successful" in found[1]["message"] else np.empty((0, 0)))

    return at


NOTE = "solve_ivp on Python functions written from the equations, with their Jacobian"
PEERS = (
    Peer("scipy-lsoda", "scipy LSODA", ("scipy",), NOTE, partial(open_, method="LSODA")),
    Peer("scipy-bdf", "scipy BDF", ("scipy",), NOTE, partial(open_, method="BDF")),
    Peer(
        "scipy-odeint", "scipy odeint with numba", ("scipy", "numba"),
        "LSODA on right-hand side and Jacobian compiled by numba", open_odeint,
    ),
)  # fmt: skip
