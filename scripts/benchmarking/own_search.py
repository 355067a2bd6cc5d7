"""Our own search from a given point, with the CPU time and cost of every evaluation."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from exokinetics.fitting import minimising
from exokinetics.fitting.scoring import Place, Scoring
from exokinetics.fitting.search import Task, search_from


class OwnSearch:
    """The search of `fit(problem, initial=[...])`, a start at a time."""

    def __init__(self, problem: Any) -> None:
        self.problem = problem
        _ = problem.predictor  # compiled before anything is timed

    def points(self, point: np.ndarray) -> list[tuple[float, float]]:
        """CPU seconds and cost of every evaluation of one start."""
        found: list[tuple[float, float]] = []
        began = time.process_time()

        class Recorded(Scoring):
            """Tells the time and cost of each evaluation."""

            def at(self, point: np.ndarray) -> Place:
                place = super().at(point)
                found.append((time.process_time() - began, place.cost))
                return place

        minimising.Scoring = Recorded  # type: ignore[misc]  # the search has no hook for this, nor needs one
        try:
            search_from(Task(self.problem, 1, "scoring", (tuple(point),)), 0)
        finally:
            minimising.Scoring = Scoring  # type: ignore[misc]
        return found
