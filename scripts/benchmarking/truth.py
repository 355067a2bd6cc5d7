"""The solutions that errors are measured against: scipy's Radau at 1e-12, checked against another solver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from scripts.benchmarking.generated import generated
from scripts.benchmarking.precision import SMALL, Truth, error_of
from scripts.benchmarking.problems import Problem

TIGHT = 1e-12
TIGHT_FOR_SETS = 1e-10  # enough for errors near 1e-6, and far quicker where parameters are extreme
MADE_BY = "scipy's Radau at 1e-12 with the exact Jacobian"


def truth_of(problem: Problem) -> Truth:
    """The trajectory at the values of the problem, and how far scipy's LSODA at 1e-12 is from it."""
    functions = generated(problem)
    right, matrix = functions.dense_compiled if find_spec("numba") else functions.plain
    first = solved(right, matrix, problem, "Radau", np.maximum(np.abs(problem.start), SMALL))
    scale = Truth(first, MADE_BY).scale
    states = solved(right, matrix, problem, "Radau", scale)
    check = solved(right, matrix, problem, "LSODA", scale)
    truth = Truth(states, MADE_BY)
    return Truth(states, MADE_BY, "scipy's LSODA at 1e-12", error_of(check, truth))


def truths_of_sets(problem: Problem, names: Sequence[str], table: np.ndarray, scale: np.ndarray) -> list[Truth]:
    """The trajectory of each set of the parameters named, by Radau at 1e-10."""
    functions = generated(problem)
    values, places = problem.values.copy(), [problem.inputs.index(name) for name in names]
    right, matrix = functions.with_values(values)
    found = []
    for row in table:
        values[places] = row
        found.append(Truth(solved(right, matrix, problem, "Radau", scale, TIGHT_FOR_SETS), MADE_BY))
    return found


def solved(
    right: Callable[..., Any], matrix: Any, problem: Problem, method: str, scale: np.ndarray, tolerance: float = TIGHT
) -> np.ndarray:
    from scipy.integrate import solve_ivp

    found = solve_ivp(
        right, (0.0, problem.times[-1]), problem.start, method, problem.times,
        jac=matrix, rtol=tolerance, atol=tolerance * SMALL * scale,
    )  # fmt: skip
    if not found.success:
        raise RuntimeError(f"{problem.title} has no truth to compare with: {found.message}")
    states: np.ndarray = found.y.T
    return states
