"""Other simulators that are asked what they make of a file: the protocol of one, and which there are."""

from __future__ import annotations

from exokinetics.interchange.witnesses.copasi import Copasi
from exokinetics.interchange.witnesses.protocol import NoAnswer, Question, Witness
from exokinetics.interchange.witnesses.road_runner import RoadRunner

__all__ = ["WITNESSES", "NoAnswer", "Question", "Witness", "installed"]

WITNESSES: tuple[Witness, ...] = (RoadRunner(), Copasi())


def installed() -> list[Witness]:
    """The witnesses whose libraries are installed here, in the order in which they are asked."""
    return [witness for witness in WITNESSES if witness.version()]
