"""The lowest cost with one parameter held: Fisher scoring with a damped step, within the bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exokinetics.fitting.minimising import search_bounds
from exokinetics.fitting.problem import Likelihood, Problem

Array = NDArray[np.float64]

GAIN = 1e-4  # a step that promises less log-likelihood than this ends the search; intervals need 0.01
STEPS, STIFFEST = 80, 1e8


@dataclass(frozen=True)
class Held:
    """Where a restricted search ended, on the search scale; the cost is infinite where nothing could be integrated.

    It has `settled` unless it still gained when its steps were used up.
    """

    search: Array
    cost: float
    settled: bool = True


def lowest_with_held(problem: Problem, point: Array, held: int | None) -> Held:
    """The lowest cost near `point` with the parameter number `held` fixed there (None: all of them are free).

    The information matrix counts the spreads exactly, so that a few steps suffice from a near point.
    """
    lower, upper = search_bounds(problem)
    search = np.clip(point, lower, upper)
    here = Likelihood(problem, search, slopes=True)
    cost, damping = here.cost(), 1e-3
    if not np.isfinite(cost):
        return Held(search, np.inf)
    for _ in range(STEPS):
        gradient = here.gradient()
        free = ~(((search <= lower) & (gradient > 0)) | ((search >= upper) & (gradient < 0)))
        if held is not None:
            free[held] = False
        if not free.any():
            break
        matrix = here.information()[np.ix_(free, free)]
        diagonal = np.maximum(np.diag(matrix), 1e-12)
        step = np.zeros_like(search)
        step[free] = -np.linalg.solve(matrix + damping * np.diag(diagonal), gradient[free])
        trial = np.clip(search + step, lower, upper)
        promised = -float(gradient @ (trial - search))
        if promised < GAIN or damping > STIFFEST:
            break
        there = Likelihood(problem, trial, slopes=True)
        reached = there.cost()
        if np.isfinite(reached) and reached < cost:
            search, here, cost, damping = trial, there, reached, max(damping / 5.0, 1e-9)
        else:
            damping *= 6.0
    else:
        return Held(search, cost, settled=False)
    return Held(search, cost)
