"""libRoadRunner: SBML to machine code, CVODE with a dense Jacobian by differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scripts.benchmarking.peer import Peer, Run, Sets, Solver
from scripts.benchmarking.precision import Truth, absolute
from scripts.benchmarking.problems import Problem


def runner(problem: Problem) -> Any:
    """The model loaded from SBML, giving all species."""
    import roadrunner

    loaded = roadrunner.RoadRunner(str(problem.sbml))
    loaded.timeCourseSelections = [written(name) for name in problem.states]
    loaded.integrator.setValue("maximum_num_steps", 10_000_000)
    return loaded


def written(name: str) -> str:
    """The id in the SBML file."""
    return name.replace(".", "__")


def tolerances(loaded: Any, problem: Problem, truth: Truth, tolerance: float) -> None:
    """Set the relative tolerance and one absolute tolerance per species, in libRoadRunner's own order."""
    by_name = dict(zip(map(written, problem.states), absolute(tolerance, truth).tolist(), strict=True))
    order = loaded.model.getFloatingSpeciesIds()
    loaded.integrator.setValue("relative_tolerance", tolerance)
    loaded.integrator.setValue("absolute_tolerance", [by_name[name] for name in order])


def open_(problem: Problem, truth: Truth, *, trial: bool) -> Solver:
    """One runner, set to the tolerance asked for last."""
    loaded = runner(problem)
    end, count = float(problem.times[-1]), len(problem.times)

    def solve() -> Any:
        loaded.reset()
        return loaded.simulate(0.0, end, count)

    def at(tolerance: float) -> Run:
        tolerances(loaded, problem, truth, tolerance)
        return Run(solve, np.array)

    return at


def sets(problem: Problem, truth: Truth, names: Sequence[str], tolerance: float) -> Sets:
    """A loop over the sets in Python, with the parameters put in by their positions."""
    loaded = runner(problem)
    tolerances(loaded, problem, truth, tolerance)
    order = loaded.model.getGlobalParameterIds()
    places = [order.index(written(name)) for name in names]
    end, count, states = float(problem.times[-1]), len(problem.times), len(problem.states)

    def solve(table: np.ndarray) -> np.ndarray:
        results = np.full((len(table), count, states), np.nan)
        for index, row in enumerate(table):
            loaded.model.setGlobalParameterValues(places, row)
            loaded.reset()
            try:
                results[index] = loaded.simulate(0.0, end, count)
            except RuntimeError:
                continue  # a set that fails stays without numbers
        return results

    return lambda table: Run(lambda: solve(table))


PEERS = (
    Peer(
        "roadrunner", "libRoadRunner", ("libroadrunner",),
        "CVODE from SBML, an absolute tolerance per species", open_, sets,
    ),
)  # fmt: skip
