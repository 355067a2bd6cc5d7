"""Figures of time against the number of states and against the number of draws, with their numbers as CSV."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scripts.benchmarking.peer import Peer, Sets
from scripts.benchmarking.precision import Truth
from scripts.benchmarking.problems import Problem, problem
from scripts.benchmarking.rows import Request
from scripts.benchmarking.sets import draws, seconds_each
from scripts.benchmarking.solving import problem_and_truth, say
from scripts.benchmarking.timing import interleaved, seconds_of

RECIPIENTS = (1, 2, 5, 10, 20, 45, 90)  # 14 to 993 states
DRAWS = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
PIECE = 10_000  # draws at a time; beyond them the same ones again
TOLERANCE = 1e-6
Curves = Mapping[str, Sequence[tuple[float, float]]]


def figures(request: Request, out: Path) -> list[Path]:
    """Both figures."""
    sizes = against_states(request)
    counts = against_draws(request)
    return [
        *drawn(
            sizes, "number of states", f"CPU seconds of one solve, rtol {TOLERANCE:.0e}", out / "time_against_states"
        ),
        *drawn(counts, "number of draws", "CPU seconds on one core", out / "time_against_draws"),
    ]


def against_states(request: Request) -> Curves:
    """One solve of networks of more and more recipient cell types; one that takes too long is left out from there."""
    curves: dict[str, list[tuple[float, float]]] = {peer.title: [] for peer in request.tools}
    slow = set[str]()
    for recipients in (1, 2) if request.quick else RECIPIENTS:
        made = problem("network", request.folder, recipients=recipients)
        truth = rough(made)
        say(f"  {made.title}")
        runs = {}
        for peer in request.tools:
            if peer.title not in slow:
                began = time.perf_counter()
                run = ready(peer, made, truth)
                if run is None or time.perf_counter() - began > request.budget:
                    slow.add(peer.title)
                if run is not None:
                    runs[peer.title] = run
        for title, seconds in interleaved(runs, min(3, request.rounds), budget=request.budget).items():
            curves[title].append((len(made.states), seconds))
    return curves


def rough(made: Problem) -> Truth:
    """Scales for the absolute tolerances alone: the state at time 0."""
    return Truth(np.abs(made.start)[None, :], "the state at time 0")


def ready(peer: Peer, made: Problem, truth: Truth) -> Callable[[], Any] | None:
    """A run that was run once, or nothing where the tool cannot."""
    try:
        run = peer.open(made, truth, trial=False)(TOLERANCE)
        run.solve()
    except Exception as error:  # whatever another tool raises
        say(f"    {peer.title} failed: {error}")
        return None
    return run.solve


def against_draws(request: Request) -> Curves:
    """Ensembles of the flagship; another tool stops where the next count would take longer than its budget."""
    made, truth = problem_and_truth("flagship", request)
    most = 100 if request.quick else DRAWS[-1]
    names, table = draws(made, min(most, PIECE))
    curves: dict[str, list[tuple[float, float]]] = {}
    for peer in request.tools:
        if peer.sets is not None:
            solve = peer.sets(made, truth, names, TOLERANCE)
            within = request.budget / seconds_each(solve, table)
            counts = [count for count in DRAWS if count <= most and (count <= within or peer is request.own)]
            curves[peer.title] = [(count, in_pieces(solve, table, count)) for count in counts]
            say(f"  {peer.title}: {counts[-1] if counts else 0} draws")
    return curves


def in_pieces(solve: Sets, table: np.ndarray, count: int) -> float:
    """CPU seconds over so many sets, at most ten thousand at a time, so that the results fit into memory."""
    pieces = [min(PIECE, count - start) for start in range(0, count, PIECE)]
    return sum(seconds_of(solve(table[:size]).solve) for size in pieces)


def drawn(curves: Curves, below: str, beside: str, path: Path) -> list[Path]:
    """A figure with both axes logarithmic, and its numbers."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.subplots()
    for title, points in curves.items():
        if points:
            axes.loglog(*zip(*points, strict=True), marker="o", label=title)
    axes.set_xlabel(below)
    axes.set_ylabel(beside)
    axes.legend(fontsize="small")
    figure.savefig(path.with_suffix(".png"), dpi=150)
    with path.with_suffix(".csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["tool", below, "seconds"])
        writer.writerows([title, *point] for title, points in curves.items() for point in points)
    return [path.with_suffix(".png"), path.with_suffix(".csv")]
