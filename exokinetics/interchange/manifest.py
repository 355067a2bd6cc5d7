"""What an export wrote, and what was found when it was read back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Manifest:
    """The files of one export.

    With `verified`, the files were read back, checked and simulated again: `messages` say what could not be checked
    (usually nothing), `largest_deviation` is the largest difference between the two simulations, relative to the
    maximum of each output, over the time `span`. Without it `largest_deviation` is None.
    """

    path: Path
    format: str
    files: tuple[Path, ...]
    messages: tuple[str, ...] = ()
    largest_deviation: float | None = None
    verified: bool = False
    seconds: float = 0.0
    span: str = ""

    def __str__(self) -> str:
        if not self.verified or self.largest_deviation is None:
            return f"{self.path}: written as {self.format}; it was not verified."
        size = self.largest_deviation
        extent = f"to {size:.1g} of its maximum" if size else "within the tolerance of the solver"
        return (
            f"{self.path}: written as {self.format}, read back without a complaint and simulated again over "
            f"{self.span}: every output agrees {extent}." + "".join(f" Note: {note}." for note in self.messages)
        )
