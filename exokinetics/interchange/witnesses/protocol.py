"""What a witness is asked, and how it answers."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

from exokinetics.errors import ExokineticsError
from exokinetics.integrators import Array

RTOL = 1e-10  # of the solvers of witnesses: their errors add up, and what is compared is held to 1e-5
SMALLEST = 1e-12  # absolute tolerance, as a share of the early size of a species

LEAST = 1e-100  # absolute tolerance that leaves nothing out; LSODA breaks off at those whose squares are 0


@dataclass(frozen=True)
class Question:
    """An SBML file that `export` wrote, and of which ids the values are wanted at which times.

    `times` start at 0, in the unit of the file. `scales` are sizes that the species (and no other ids) have early on in
    our own simulation. `longest_step` bounds the steps of a solver that looks for events only at their ends; 0 for no
    bound. `least` is the absolute tolerance of all species, if it is not to be one by their scales. In these files
    compartments of species have size 1, so that amount and concentration are one number.
    """

    file: Path
    times: Array
    ids: tuple[str, ...]
    scales: dict[str, float]
    longest_step: float = 0.0
    least: float = 0.0

    def tolerance(self, id: str) -> float:
        """The absolute tolerance of a species; where it is always 0 there is no other scale than 1."""
        return self.least or max(SMALLEST * (self.scales.get(id) or 1.0), LEAST)

    def least_tolerance(self) -> float:
        """The absolute tolerance for a solver that has one for all species."""
        least = min((size for size in self.scales.values() if size > 0.0), default=1.0)
        return self.least or max(SMALLEST * least, LEAST)


class NoAnswer(ExokineticsError):
    """A witness could not simulate the file; the message is the reason that it gives, as one line."""


class Witness(Protocol):
    """Another simulator of SBML."""

    @property
    def name(self) -> str:
        """The name that it is published by."""

    def version(self) -> str:
        """Its version; empty where it is not installed. Must not import it."""

    def courses(self, question: Question) -> Array:
        """The values, shape (times, ids). Raises `NoAnswer`."""


def version_of(package: str) -> str:
    """The installed version of a package, told without importing it; empty if it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def one_line(text: str) -> str:
    """The message of a tool as one line."""
    return " ".join(str(text).split())
