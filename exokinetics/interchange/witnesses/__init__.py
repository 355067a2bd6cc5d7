"""Other simulators that are asked what they make of a file: the protocol of one, and which there are."""

from __future__ import annotations

from exokinetics.integrators import Array
from exokinetics.interchange.witnesses.copasi import Copasi
from exokinetics.interchange.witnesses.protocol import NoAnswer, Question, Witness, one_line
from exokinetics.interchange.witnesses.road_runner import RoadRunner

__all__ = ["WITNESSES", "NoAnswer", "Question", "Witness", "answer", "installed"]

WITNESSES: tuple[Witness, ...] = (RoadRunner(), Copasi())


def installed() -> list[Witness]:
    """The witnesses whose libraries are installed here, in the order in which they are asked."""
    return [witness for witness in WITNESSES if witness.version()]


def answer(witness: Witness, question: Question) -> Array:
    """The values that a witness finds, shape (times, ids); raises `NoAnswer` for whatever goes wrong in it."""
    try:
        return witness.courses(question)
    except NoAnswer:
        raise
    except Exception as error:  # such as a library that is broken, or of another release: no fault of the file
        raise NoAnswer(one_line(f"{type(error).__name__}: {error}")) from error
