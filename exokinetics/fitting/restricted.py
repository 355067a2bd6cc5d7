"""The lowest cost with one parameter held: the search of a fit, from a near point and to fewer digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exokinetics.fitting.climbing import climb
from exokinetics.fitting.minimising import search_bounds
from exokinetics.fitting.problem import Problem
from exokinetics.fitting.scoring import Scoring

Array = NDArray[np.float64]

GAIN = 1e-4  # a step that promises less log-likelihood than this ends the search; intervals need 0.01
STEPS = 80


@dataclass(frozen=True)
class Held:
    """Where a restricted search ended, on the search scale; the cost is infinite where nothing could be integrated.

    It has `settled` unless its steps were used up before they gained nothing more.
    """

    search: Array
    cost: float
    settled: bool = True


def lowest_with_held(problem: Problem, point: Array, held: int | None) -> Held:
    """The lowest cost near `point` with the parameter number `held` fixed there (None: all of them are free)."""
    reached = climb(Scoring(problem, *search_bounds(problem), held=held), point, evaluations=STEPS, promise=GAIN)
    return Held(reached.search, reached.cost, reached.converged)
