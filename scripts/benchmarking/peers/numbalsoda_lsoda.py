"""numbalsoda: LSODA on a right-hand side that numba compiles; its Jacobian is dense, by differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from scripts.benchmarking.generated import generated
from scripts.benchmarking.peer import Peer, Run, Sets, Solver
from scripts.benchmarking.precision import Truth, absolute
from scripts.benchmarking.problems import Problem

MOST_STEPS = 10_000_000


@lru_cache(maxsize=8)
def address(path: Any, rates: Callable[..., None], states: int, inputs: int) -> tuple[int, Any]:
    """The address of the right-hand side as C sees it, and the object that keeps it alive."""
    import numba
    from numbalsoda import lsoda_sig

    @numba.cfunc(lsoda_sig, error_model="numpy")
    def right(t, x, out, p):  # type: ignore[no-untyped-def]
        rates(t, numba.carray(x, (states,)), numba.carray(p, (inputs,)), numba.carray(out, (states,)))

    return right.address, right


def right_hand_side(problem: Problem) -> int:
    """Compiled once per problem."""
    return address(problem.sbml, generated(problem).compiled[0], len(problem.states), len(problem.inputs))[0]


def open_(problem: Problem, truth: Truth, *, trial: bool) -> Solver:
    """One absolute tolerance, as numbalsoda takes no more."""
    from numbalsoda import lsoda

    right = right_hand_side(problem)

    def at(tolerance: float) -> Run:
        limit = float(absolute(tolerance, truth).min())

        def solve() -> Any:
            return lsoda(
                right, problem.start, problem.times, data=problem.values, rtol=tolerance, atol=limit, mxstep=MOST_STEPS
            )

        return Run(solve, lambda found: found[0] if found[1] else np.empty((0, 0)))

    return at


def sets(problem: Problem, truth: Truth, names: Sequence[str], tolerance: float) -> Sets:
    """The loop over the sets is compiled as well."""
    import numba
    from numbalsoda import lsoda

    right, limit = right_hand_side(problem), float(absolute(tolerance, truth).min())
    start, times, base = problem.start, problem.times, problem.values
    places = np.array([problem.inputs.index(name) for name in names])

    @numba.njit
    def solve(table):  # type: ignore[no-untyped-def]
        results = np.full((len(table), len(times), len(start)), np.nan)
        values = base.copy()
        for index in range(len(table)):
            for column in range(len(places)):
                values[places[column]] = table[index, column]
            found, done = lsoda(right, start, times, values, tolerance, limit, MOST_STEPS)
            if done:
                results[index] = found
        return results

    return lambda table: Run(lambda: solve(table))


PEERS = (
    Peer(
        "numbalsoda", "numbalsoda", ("numbalsoda", "numba"),
        "LSODA in C on a right-hand side compiled by numba; one absolute tolerance", open_, sets,
    ),
)  # fmt: skip
