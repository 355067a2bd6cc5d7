"""scikit-sundae: CVODE with a right-hand side and a Jacobian that numba compiles, dense or sparse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from scripts.benchmarking.generated import Generated, generated
from scripts.benchmarking.peer import Peer, Run, Sets, Solver
from scripts.benchmarking.precision import Truth, absolute
from scripts.benchmarking.problems import Problem

_made: dict[tuple[Any, bool], tuple[Callable[..., None], Callable[..., None]]] = {}


def callbacks(functions: Generated, sparse: bool) -> tuple[Callable[..., None], Callable[..., None]]:
    """The compiled functions as CVODE calls them, with a tuple of the constants at the end; made once per problem."""
    import numba

    key = (functions.problem.sbml, sparse)
    if key not in _made:
        rates, slopes = functions.compiled
        rows, columns = functions.rows, functions.columns

        @numba.njit
        def right(t, x, out, p):  # type: ignore[no-untyped-def]
            rates(t, x, p[0], out)

        @numba.njit
        def matrix(t, x, _, out, p):  # type: ignore[no-untyped-def]
            entries = np.empty(len(rows))
            slopes(t, x, p[0], entries)
            for index in range(len(rows)):
                out[rows[index], columns[index]] = entries[index]

        @numba.njit
        def vector(t, x, _, out, p):  # type: ignore[no-untyped-def]
            slopes(t, x, p[0], out)

        _made[key] = right, vector if sparse else matrix
    return _made[key]


def open_(problem: Problem, truth: Truth, *, trial: bool, sparse: bool) -> Solver:
    """A solver per tolerance, made once and run again."""
    from sksundae.cvode import CVODE

    functions = generated(problem)
    right, matrix = callbacks(functions, sparse)
    options: dict[str, Any] = {"linsolver": "dense"}
    if sparse:
        pattern = np.zeros((len(problem.states),) * 2)
        pattern[functions.rows, functions.columns] = 1.0
        options = {"linsolver": "sparse", "sparsity": pattern}

    def at(tolerance: float) -> Run:
        solver = CVODE(
            right, jacfn=matrix, userdata=(problem.values,), rtol=tolerance, atol=absolute(tolerance, truth),
            max_num_steps=10_000_000, **options,
        )  # fmt: skip
        return Run(lambda: solver.solve(problem.times, problem.start), lambda found: np.asarray(found.y))

    return at


def sets(problem: Problem, truth: Truth, names: Sequence[str], tolerance: float) -> Sets:
    """A loop over the sets in Python; the solver reads the constants from one array, which is filled anew."""
    from sksundae.cvode import CVODE

    right, matrix = callbacks(generated(problem), sparse=False)
    values, places = problem.values.copy(), [problem.inputs.index(name) for name in names]
    solver = CVODE(
        right, jacfn=matrix, userdata=(values,), rtol=tolerance, atol=absolute(tolerance, truth),
        max_num_steps=10_000_000, linsolver="dense",
    )  # fmt: skip

    def solve(table: np.ndarray) -> np.ndarray:
        results = np.full((len(table), len(problem.times), len(problem.states)), np.nan)
        for index, row in enumerate(table):
            values[places] = row
            found = np.asarray(solver.solve(problem.times, problem.start).y)
            if found.shape == results.shape[1:]:
                results[index] = found
        return results

    return lambda table: Run(lambda: solve(table))


NOTE = "CVODE from Python on right-hand side and {} Jacobian compiled by numba, an absolute tolerance per species"
PEERS = (
    Peer(
        "sundae", "scikit-sundae, dense", ("scikit-sundae", "numba"), NOTE.format("dense"),
        partial(open_, sparse=False), sets,
    ),
    Peer(
        "sundae-sparse", "scikit-sundae, sparse", ("scikit-sundae", "numba"), NOTE.format("sparse"),
        partial(open_, sparse=True),
    ),
)  # fmt: skip
