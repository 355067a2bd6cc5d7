"""What an export wrote, and what was found when it was read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ALONE = " No other simulator is installed to be asked (pip install 'exokinetics[witnesses]')."


@dataclass(frozen=True)
class Testimony:
    """What one simulator made of a file: how far it is from the model, and in which output.

    `largest_deviation` is None where it gave no numbers; `reason` then says why, in its words.
    """

    name: str
    version: str
    largest_deviation: float | None = None
    output: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Manifest:
    """The files of one export, each with its SHA-256 (`sha256`, by the name of the file).

    With `verified`, the files were read back, checked and simulated again over the time `span`: by this package and by
    every other simulator that is installed (`witnesses`). `largest_deviation` is the largest difference between any of
    these simulations and that of the model, relative to the maximum of each output; `messages` say what could not be
    checked (usually nothing). Without it `largest_deviation` is None.
    """

    path: Path
    format: str
    files: tuple[Path, ...]
    messages: tuple[str, ...] = ()
    largest_deviation: float | None = None
    verified: bool = False
    seconds: float = 0.0
    span: str = ""
    sha256: Mapping[str, str] = field(default_factory=dict)
    witnesses: tuple[Testimony, ...] = ()

    def __str__(self) -> str:
        if not self.verified or self.largest_deviation is None:
            return f"{self.path}: written as {self.format}; it was not verified."
        size = self.largest_deviation
        extent = f"to {size:.1g} of its maximum" if size else "within the tolerance of the solver"
        heard = [f"{each.name} {each.version}".strip() for each in self.witnesses if each.largest_deviation is not None]
        by = " and ".join([", ".join(heard[:-1]), heard[-1]] if len(heard) > 1 else heard)
        alone = ALONE if len(self.witnesses) == 1 else ""
        return (
            f"{self.path}: written as {self.format}, read back without a complaint and simulated again over "
            f"{self.span} by {by}: every output agrees {extent}.{alone}"
            + "".join(f" Note: {note}." for note in self.messages)
        )
