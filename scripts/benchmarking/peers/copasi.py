"""COPASI through its own interface (basico's is ten times slower): LSODA from SBML."""

from __future__ import annotations

from typing import Any

import numpy as np

from scripts.benchmarking.peer import Peer, Run, Solver
from scripts.benchmarking.peers.libroadrunner import written
from scripts.benchmarking.precision import Truth, absolute
from scripts.benchmarking.problems import Problem


def open_(problem: Problem, truth: Truth, *, trial: bool) -> Solver:
    """A data model per tolerance."""
    return lambda tolerance: run_at(problem, truth, tolerance)


def run_at(problem: Problem, truth: Truth, tolerance: float) -> Run:
    """The time course task, made ready once; its numbers are read one by one, which is not timed."""
    import COPASI

    # data models that nothing refers to are deleted, and with them the task
    data = COPASI.CRootContainer.addDatamodel()
    data.importSBML(str(problem.sbml))
    task = data.getTask("Time-Course")
    task.setMethodType(COPASI.CTaskEnum.Method_deterministic)
    request = task.getProblem()
    request.setAutomaticStepSize(False)
    request.setStepNumber(len(problem.times) - 1)
    request.setDuration(float(problem.times[-1]))
    request.setTimeSeriesRequested(True)
    method = task.getMethod()
    method.getParameter("Relative Tolerance").setDblValue(tolerance)
    method.getParameter("Absolute Tolerance").setDblValue(float(absolute(tolerance, truth).min()))
    method.getParameter("Max Internal Steps").setUIntValue(10_000_000)
    task.initialize(COPASI.CCopasiTask.NO_OUTPUT)

    def solve() -> Any:
        done = task.process(True)
        return task.getTimeSeries() if done else None

    def read(series: Any) -> np.ndarray:
        if series is None or series.getRecordedSteps() != len(problem.times):
            return np.empty((0, 0))
        order = [series.getSBMLId(index, data) for index in range(series.getNumVariables())]
        places = [order.index(written(name)) for name in problem.states]
        steps = range(series.getRecordedSteps())
        return np.array([[series.getConcentrationData(step, place) for place in places] for step in steps])

    return Run(solve, read)


PEERS = (
    Peer(
        "copasi", "COPASI", ("python-copasi",),
        "LSODA from SBML; one absolute tolerance; reading its numbers is not timed", open_,
    ),
)  # fmt: skip
