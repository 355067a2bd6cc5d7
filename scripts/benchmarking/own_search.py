"""Our own search from a given point, with the CPU time and cost of every evaluation."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from exokinetics.fitting import minimising
from exokinetics.fitting.minimising import OWN
from exokinetics.fitting.scoring import Place, Scoring
from exokinetics.fitting.search import Task, search_from


class OwnSearch:
    """The search of `fit`, a start at a time: from a given point, or from one that `fit` chooses itself."""

    def __init__(self, problem: Any) -> None:
        self.problem, self.number = problem, 0
        # compiled before anything is timed, as the models of other tools are
        minimising.minimise(problem, problem.search_vector(), 1)

    def given(self, point: np.ndarray) -> list[tuple[float, float]]:
        """CPU seconds and cost of every evaluation of a start from this point."""
        return self._recorded((tuple(point),), 0)

    def chosen(self, point: np.ndarray) -> list[tuple[float, float]]:
        """Those of the next start of `fit`, which looks at a batch of points first, in place of the given one."""
        self.number += 1
        return self._recorded((), self.number - 1)

    def _recorded(self, initial: tuple[tuple[float, ...], ...], number: int) -> list[tuple[float, float]]:
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
            search_from(Task(self.problem, 1, OWN, initial), number)
        finally:
            minimising.Scoring = Scoring  # type: ignore[misc]
        return found
