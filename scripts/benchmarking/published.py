"""Published SBML models: file to first trajectory, and one solve at equal error, beside libRoadRunner."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import exokinetics as exo
from scripts.benchmarking.cold import as_installed, other_model
from scripts.benchmarking.peer import Run
from scripts.benchmarking.precision import Point, Truth, absolute, loosest, work_precision
from scripts.benchmarking.published_process import COUNT, END
from scripts.benchmarking.rows import OWN, Request, Row
from scripts.benchmarking.solving import first_line, say, trial
from scripts.benchmarking.timing import interleaved

PROGRAM = Path(__file__).with_name("published_process.py")
TIMES = np.linspace(0.0, END, COUNT)
PEER = "roadrunner"
TITLES = {OWN: f"{OWN}, new model", PEER: "libRoadRunner"}
TIGHT = 1e-12
TARGET = 1e-6


def published(request: Request) -> list[Row]:
    """Two rows a tool for each file of the folder `--models`; none where no folder was given."""
    if request.models is None or not any(peer.name == PEER for peer in request.peers):
        return [Row("published models", "all", note="left out: it takes --models FOLDER and libRoadRunner")]
    rows = []
    for path in sorted(request.models.glob("*.xml")):
        say(f"  {path.stem}")
        try:
            rows += of_file(path, request)
        except Exception as error:  # one file does not lose the others
            rows.append(Row(path.stem, "all", note=f"failed: {first_line(error)}"))
    return rows


def of_file(path: Path, request: Request) -> list[Row]:
    """The rows of one file."""
    model = exo.load(path)
    title = f"{path.stem}, {len(model.species)} states"
    seconds = first_trajectories(path, request)
    rows = [Row(f"{title}, file to first trajectory", TITLES[tool], seconds[tool], note="wall time") for tool in TITLES]
    return [*rows, *solves(path, model, f"{title}, one solve, error {TARGET:.0e}", request)]


def first_trajectories(path: Path, request: Request) -> Mapping[str, float]:
    """Medians of interleaved processes, each with an empty cache of ours."""
    other = request.folder / "other_model.xml"
    if not other.exists():
        exo.export(exo.load(other_model()), other, verify=False)
    samples = {tool: list[float]() for tool in TITLES}
    for turn in range(request.rounds + 1):
        for tool, found in samples.items():
            with tempfile.TemporaryDirectory() as cache:
                command = [sys.executable, str(PROGRAM), tool, str(path), str(other), request.method]
                done = subprocess.run(command, env=as_installed(cache), capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"{TITLES[tool]} did not start: {done.stderr.strip().splitlines()[-1]}")
            if turn:  # the first turn fills the caches of the system
                found.append(float(json.loads(done.stdout.splitlines()[-1])))
    return {tool: float(np.median(found)) for tool, found in samples.items()}


def solves(path: Path, model: exo.Model, task: str, request: Request) -> list[Row]:
    """Both tools at their loosest tolerance within the error."""
    runner, names, moved = opened(path)
    truth = Truth(own_run(model, names, TIGHT, request)(), f"{OWN} at {TIGHT}")
    # what two solvers at 1e-12 do not agree on is no truth
    check = trial(lambda tolerance: peer_run(runner, tolerance, truth, moved), TIGHT, truth).error
    tools = {
        OWN: lambda tolerance: own_run(model, names, tolerance, request),
        PEER: lambda tolerance: peer_run(runner, tolerance, truth, moved),
    }
    chosen = dict[str, Point | None]()
    for tool, solver in tools.items():
        points = work_precision(lambda tolerance, solver=solver: trial(solver, tolerance, truth), [TARGET])
        chosen[tool] = loosest(points, TARGET)
    runs = {tool: tools[tool](point.tolerance) for tool, point in chosen.items() if point is not None}
    times = interleaved({tool: run.solve for tool, run in runs.items()}, request.rounds, budget=request.budget)
    note = f"at 1e-12 the tools are {check:.0e} apart"
    return [
        Row(task, TITLES[tool], times[tool], point.tolerance, point.error, note=note)
        if point is not None
        else Row(task, TITLES[tool], note=f"not reached; {note}")
        for tool, point in chosen.items()
    ]


def opened(path: Path) -> tuple[Any, list[str], list[bool]]:
    """A runner that gives what the ids of the floating species mean in the file, these ids, and which are states."""
    import libsbml
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    runner = roadrunner.RoadRunner(str(path))
    names = list(runner.model.getFloatingSpeciesIds())
    read = libsbml.readSBML(str(path)).getModel()
    whole = {name for name in names if read.getSpecies(name).getHasOnlySubstanceUnits()}
    runner.timeCourseSelections = [name if name in whole else f"[{name}]" for name in names]
    runner.integrator.setValue("maximum_num_steps", 10_000_000)
    return runner, names, [read.getAssignmentRuleByVariable(name) is None for name in names]


def own_run(model: exo.Model, names: list[str], tolerance: float, request: Request) -> Run:
    """Ours, prepared."""
    return Run(exo.prepare(model, TIMES, outputs=names, method=request.method, rtol=tolerance))


def peer_run(runner: Any, tolerance: float, truth: Truth, moved: list[bool]) -> Run:
    """libRoadRunner, with an absolute tolerance for each species that is a state."""
    runner.integrator.setValue("relative_tolerance", tolerance)
    runner.integrator.setValue("absolute_tolerance", absolute(tolerance, truth)[moved].tolist())

    def solve() -> Any:
        runner.reset()
        return runner.simulate(0.0, END, COUNT)

    return Run(solve, np.array)
