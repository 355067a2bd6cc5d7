"""How many times as long as exokinetics a tool should take at least."""

from __future__ import annotations

from scripts.benchmarking.machine import vectors

TIGHT = {"libRoadRunner": 3.0, "scikit-sundae, dense": 2.0}
SLOPES = {"AMICI": 20.0, "CasADi, compiled": 10.0}
GOALS: dict[tuple[str, float], dict[str, float]] = {
    ("flagship", 1e-6): {"libRoadRunner": 9.0, "numbalsoda": 3.5, "AMICI": 15.0, "scipy LSODA": 50.0},
    ("flagship", 1e-9): TIGHT,
    ("heavy", 1e-6): TIGHT,
    ("heavy", 1e-9): TIGHT,
    ("network", 1e-6): {"libRoadRunner": 15.0, "CasADi, compiled": 2.5},
    ("sensitivities", 1e-4): SLOPES,
    ("sensitivities", 1e-6): SLOPES,
    ("ensemble", 1e-6): {"libRoadRunner": 28.0, "numbalsoda": 12.0},
}
WITH_AVX512 = {"libRoadRunner": 50.0, "numbalsoda": 20.0}


def goal_of(problem: str, target: float, tool: str) -> float | None:
    """The goal for one row, if there is one; that of ensembles depends on the width of the vectors."""
    if problem == "ensemble" and "AVX-512" in vectors():
        return WITH_AVX512.get(tool)
    return GOALS.get((problem, target), {}).get(tool)
