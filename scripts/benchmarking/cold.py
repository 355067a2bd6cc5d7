"""Cold starts: model file to first trajectory in a fresh process, with and without what the cache holds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import exokinetics as exo
from scripts.benchmarking.problems import Problem
from scripts.benchmarking.rows import OWN, Request, Row
from scripts.benchmarking.solving import made_problem, say

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).with_name("cold_process.py")
BYTE_CODE = Path(tempfile.gettempdir()) / "exokinetics_benchmark_byte_code"
OTHER_MODEL = "pip3_pten_egf"  # run once before, so that what belongs to no model is in the cache


@dataclass(frozen=True)
class Start:
    """One way to start; `cache` is "model", "engine" (all but this model) or "" for a tool without one."""

    title: str
    tool: str
    model: str
    state: Path
    cache: str = ""


def cold(request: Request) -> list[Row]:
    """Seconds inside the process and of the whole process, medians of interleaved starts."""
    rows = []
    for name in ("flagship", "network"):
        made = made_problem(name, request)
        rows += rows_of(made, starts_of(made, request), request)
    return rows


def starts_of(made: Problem, request: Request) -> list[Start]:
    """Ours from SBML, and from the catalogue where the model stands in it, against libRoadRunner."""
    state, nothing = request.folder / f"{made.name}_state.json", request.folder / "no_state.json"
    state.write_text(json.dumps(dict(made.initial)), "utf-8")
    nothing.write_text("{}", "utf-8")
    starts = []
    for cache, words in (("engine", "model new"), ("model", "model cached")):
        if made.model.name in exo.models():
            starts.append(Start(f"{OWN}, TOML, {words}", OWN, made.model.name, state, cache))
        starts.append(Start(f"{OWN}, SBML, {words}", OWN, str(made.sbml), nothing, cache))
    if any(peer.name == "roadrunner" for peer in request.peers):
        starts.append(Start("libRoadRunner", "roadrunner", str(made.sbml), nothing))
    return starts


def rows_of(made: Problem, starts: list[Start], request: Request) -> list[Row]:
    """Two rows for each way to start."""
    say(f"  cold starts of {made.title}")
    engine = request.folder / "cache_engine"
    if not engine.exists():
        engine.mkdir()
        launch(Start("", OWN, other_model(), request.folder / "no_state.json"), engine, request.method)
    inside, whole = {start: list[float]() for start in starts}, {start: list[float]() for start in starts}
    for turn in range(request.rounds + 1):
        for start in starts:
            seconds, process = launch(start, cache_for(start, engine, request.folder), request.method)
            if turn:  # the first turn fills caches, ours and the system's
                inside[start].append(seconds)
                whole[start].append(process)
    return [*lines(f"{made.title}, cold, in process", inside), *lines(f"{made.title}, cold, whole process", whole)]


def lines(task: str, samples: dict[Start, list[float]]) -> list[Row]:
    """Medians, with ratios to our first way to start."""
    medians = {start.title: float(np.median(found)) for start, found in samples.items()}
    base = next(iter(medians.values()))
    return [Row(task, title, seconds, ratio=seconds / base, note="wall time") for title, seconds in medians.items()]


def other_model() -> str:
    """A model of the catalogue that is not timed."""
    names = exo.models()
    return OTHER_MODEL if OTHER_MODEL in names else names[0]


def cache_for(start: Start, engine: Path, folder: Path) -> Path:
    """The folder of the cache: the one that grows with every start, or a fresh copy of what belongs to no model."""
    if start.cache == "model":
        kept = folder / "cache_model"
        kept.mkdir(exist_ok=True)
        return kept
    fresh = folder / "cache_fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(engine, fresh)
    return fresh


def launch(start: Start, cache: Path, method: str) -> tuple[float, float]:
    """Seconds inside, and wall seconds of the whole process."""
    command = [sys.executable, str(PROGRAM), start.tool, start.model, str(start.state), method]
    environment = as_installed(cache)
    began = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{start.title} did not start: {done.stderr.strip().splitlines()[-1]}")
    return float(json.loads(done.stdout.splitlines()[-1])), seconds


def as_installed(cache: Path | str) -> dict[str, str]:
    """The environment of a process that finds the byte code of all modules, as where a package is installed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"EXOKINETICS_CACHE": str(cache), "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(BYTE_CODE)}
