"""What the benchmark asks of a tool, and which tools there are."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

import numpy as np

from scripts.benchmarking.precision import SlopeTruth, Truth
from scripts.benchmarking.problems import Problem


def unchanged(result: Any) -> Any:
    """What most tools return is a trajectory already."""
    return result


@dataclass(frozen=True)
class Run:
    """What is timed, and how its result becomes an array (time, species), which is not."""

    solve: Callable[[], Any]
    read: Callable[[Any], np.ndarray] = unchanged

    def __call__(self) -> np.ndarray:
        """The trajectory."""
        return self.read(self.solve())


Solver = Callable[[float], Run]  # the relative tolerance to a run, which may end with the next tolerance
Sets = Callable[[np.ndarray], Run]  # parameter sets, a row each, to trajectories (set, time, species)


class Opener(Protocol):
    """Makes a tool ready for a problem: `trial` means that only the error is wanted, so nothing slow is compiled."""

    def __call__(self, problem: Problem, truth: Truth, *, trial: bool) -> Solver: ...


class SetsOpener(Protocol):
    """Makes a tool ready for many sets of the parameters named, at a relative tolerance."""

    def __call__(self, problem: Problem, truth: Truth, names: Sequence[str], tolerance: float) -> Sets: ...


class SlopesOpener(Protocol):
    """Makes a tool ready for sensitivities: its runs end in p dx/dp, shape (time, species, parameters)."""

    def __call__(self, problem: Problem, truth: SlopeTruth, *, trial: bool) -> Solver: ...


@dataclass(frozen=True)
class Peer:
    """A tool: the name that `--peers` takes, the packages it needs, what was done for it, and how it is opened."""

    name: str
    title: str
    packages: tuple[str, ...]
    note: str
    open: Opener
    sets: SetsOpener | None = None
    slopes: SlopesOpener | None = None

    def missing(self) -> str:
        """A sentence on why it cannot run; empty if it can."""
        for package in self.packages:
            try:
                version(package)
            except PackageNotFoundError:
                return f"{self.title} was left out: {package} is not installed."
        return ""

    @property
    def versions(self) -> str:
        """Its packages with their versions."""
        return ", ".join(f"{package} {version(package)}" for package in self.packages)


MODULES = (
    "libroadrunner", "copasi", "casadi_cvodes", "numbalsoda_lsoda", "amici_cvodes", "scikit_sundae", "scipy_solvers",
)  # fmt: skip


def all_peers() -> list[Peer]:
    """Every tool but exokinetics itself, installed or not."""
    modules = (importlib.import_module(f"scripts.benchmarking.peers.{name}") for name in MODULES)
    return [peer for module in modules for peer in module.PEERS]
