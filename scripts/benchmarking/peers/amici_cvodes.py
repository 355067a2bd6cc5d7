"""AMICI: C++ written from SBML and compiled, CVODES with KLU."""

from __future__ import annotations

import importlib
import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from scripts.benchmarking.peer import Peer, Run, Solver
from scripts.benchmarking.peers.libroadrunner import written
from scripts.benchmarking.precision import SlopeTruth, Truth, absolute
from scripts.benchmarking.problems import Problem


@lru_cache(maxsize=8)
def module_of(sbml: Path, slopes: bool = False) -> Any:
    """The model as a compiled extension module, which takes from ten seconds to a minute; made once."""
    import amici

    # swig of the same environment goes before that of the system, which may be too old
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    name = f"amici_{sbml.stem}{'_slopes' if slopes else ''}"
    folder = sbml.parent / name
    amici.SbmlImporter(str(sbml)).sbml2amici(
        name, folder, observation_model=[], generate_sensitivity_code=slopes, compute_conservation_laws=False
    )
    return amici.import_model_module(name, folder)


def open_(problem: Problem, truth: Truth, *, trial: bool) -> Solver:
    """One model and one solver serve all tolerances."""
    module = module_of(problem.sbml)
    sundials = importlib.import_module("amici.sim.sundials")
    model = module.get_model()
    model.set_timepoints(problem.times)
    # else it keeps room for the sensitivities to every parameter at every time, which takes most of a call
    model.set_parameter_list([])
    order = list(model.get_state_ids())
    places = [order.index(written(name)) for name in problem.states]

    def at(tolerance: float) -> Run:
        solver = model.create_solver()
        solver.set_relative_tolerance(tolerance)
        solver.set_absolute_tolerance(float(absolute(tolerance, truth).min()))
        solver.set_max_steps(10_000_000)
        solver.set_return_data_reporting_mode(sundials.RDataReporting_full)
        return Run(
            lambda: sundials.run_simulation(model, solver), lambda found: np.asarray(found["x"])[:, places]
        )  # fmt: skip

    return at


def slopes(problem: Problem, truth: SlopeTruth, *, trial: bool, method: str = "simultaneous") -> Solver:
    """Forward sensitivities of CVODES to the parameters asked for alone, with the slopes in the error control."""
    module = module_of(problem.sbml, slopes=True)
    sundials = importlib.import_module("amici.sim.sundials")
    model = module.get_model()
    model.set_timepoints(problem.times)
    free = list(model.get_free_parameter_ids())
    model.set_parameter_list([free.index(written(name)) for name in truth.names])
    order = list(model.get_state_ids())
    places = [order.index(written(name)) for name in problem.states]

    def read(found: Any) -> np.ndarray:
        # AMICI's order is (time, parameter, state)
        return np.asarray(found["sx"])[:, :, places].swapaxes(1, 2) * truth.values

    def at(tolerance: float) -> Run:
        solver = model.create_solver()
        solver.set_relative_tolerance(tolerance)
        solver.set_absolute_tolerance(float(absolute(tolerance, truth.states).min()))
        solver.set_max_steps(10_000_000)
        solver.set_return_data_reporting_mode(sundials.RDataReporting_full)
        solver.set_sensitivity_order(sundials.SensitivityOrder_first)
        solver.set_sensitivity_method(sundials.SensitivityMethod_forward)
        solver.set_internal_sensitivity_method(getattr(sundials, f"InternalSensitivityMethod_{method}"))
        return Run(lambda: sundials.run_simulation(model, solver), read)

    return at


def staggered(problem: Problem, truth: SlopeTruth, *, trial: bool) -> Solver:
    """The corrector of the slopes after that of the states."""
    return slopes(problem, truth, trial=trial, method="staggered")


PEERS = (
    Peer(
        "amici", "AMICI", ("amici",),
        "CVODES with KLU, C++ from SBML; one absolute tolerance", open_, slopes=slopes,
    ),
)  # fmt: skip
