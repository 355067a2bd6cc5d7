"""Lines of the table, and what a run of the benchmark was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from scripts.benchmarking.peer import Peer
from scripts.benchmarking.precision import Point, Truth
from scripts.benchmarking.problems import Problem

OWN = "exokinetics"


@dataclass(frozen=True)
class Row:
    """One tool at one task; `ratio` is its time over that of exokinetics, and `goal` the least that it should be."""

    task: str
    tool: str
    seconds: float | None = None
    tolerance: float | None = None
    error: float | None = None
    ratio: float | None = None
    goal: float | None = None  # for the ratio
    note: str = ""


@dataclass(frozen=True)
class Request:
    """What the command line asked for, and the tools that are there."""

    own: Peer
    peers: Sequence[Peer]
    folder: Path
    method: str = "auto"
    rounds: int = 9
    targets: tuple[float, ...] = (1e-4, 1e-6, 1e-9)
    recipients: int = 20
    draws: int = 10_000
    sample: int = 20
    starts: int = 20  # of a search
    budget: float = 60.0  # seconds that the samples of one tool at one task, or its searches of one problem, may take
    quick: bool = False
    models: Path | None = None  # a folder of SBML files of others
    problems: dict[str, Problem] = field(default_factory=dict)
    truths: dict[str, Truth] = field(default_factory=dict)
    curves: dict[str, dict[str, list[Point]]] = field(default_factory=dict)  # by problem and tool

    @property
    def tools(self) -> list[Peer]:
        """exokinetics first."""
        return [self.own, *self.peers]


def with_ratios(rows: Sequence[Row]) -> list[Row]:
    """The rows with their times over those of exokinetics at the same task."""
    own = {row.task: row.seconds for row in rows if row.tool.startswith(OWN) and row.seconds}
    return [replace(row, ratio=ratio(row, own)) for row in rows]


def ratio(row: Row, own: Mapping[str, float | None]) -> float | None:
    """How many times as long as exokinetics the tool takes."""
    base = own.get(row.task)
    return row.seconds / base if base and row.seconds is not None and row.ratio is None else row.ratio
