"""How far the simulations of a file are from its model: by this package's own reader, and by other simulators."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from exokinetics.errors import WorkFailed
from exokinetics.integrators import Array
from exokinetics.interchange.checked_span import RTOL, Reference
from exokinetics.interchange.manifest import Testimony
from exokinetics.interchange.witnesses import NoAnswer, Question, Witness, answer, installed
from exokinetics.model.whole import Model
from exokinetics.sbml.identifiers import sbml_id
from exokinetics.simulation import simulate

OWN_NAME = "exokinetics"
# Both runs are solved to RTOL; two orders are left for steps that fall differently because sums are ordered otherwise.
OWN_LIMIT = 1e-7
# Solvers of others keep 1e-10 in each step; errors add up, and events are found to 1e-7.
LIMIT = 1e-5
# Steps of others at least, where events could fall between the ends of two; and if they are asked again.
STEPS, MANY_STEPS = 1000, 50_000
NOTHING = 1e-20  # what is 0 here may be that much of its unit there


@dataclass(frozen=True)
class Agreement:
    """What all simulators made of a file, and over which time it was compared."""

    span: str
    testimonies: tuple[Testimony, ...]
    notes: tuple[str, ...] = ()

    @property
    def largest_deviation(self) -> float:
        """The largest of those that gave numbers."""
        return max(each.largest_deviation or 0.0 for each in self.testimonies)


class Disagreement(WorkFailed):
    """A simulator makes something else of the file than the model does."""


def agreement(wanted: Reference, copy: Model, file: Path) -> Agreement:
    """Ask this package's own reader, which read `copy` from `file`, and all witnesses; raises `Disagreement`."""
    heard = [own_testimony(wanted, copy)]
    _require(heard[0], OWN_LIMIT, wanted.span)
    for witness in installed():
        heard.append(hear(witness, wanted, file).testimony)
        _require(heard[-1], LIMIT, wanted.span)
    silent = tuple(f"{each.name} {each.version} did not simulate it: {each.reason}" for each in heard if each.reason)
    return Agreement(wanted.span, tuple(heard), wanted.notes + silent)


def own_testimony(wanted: Reference, copy: Model) -> Testimony:
    """What the model that was read back does; raises `Disagreement` if it cannot be simulated."""
    found = simulate(copy, wanted.times, outputs=wanted.outputs, rtol=RTOL)
    if not found.success:
        raise Disagreement(f"the file could not be simulated: {found.reason}")
    return Testimony(OWN_NAME, _own_version(), *largest_deviation(wanted, found.table))


@dataclass(frozen=True)
class Heard:
    """The testimony of a simulator, its values, shape (times, outputs), and what they were compared with."""

    testimony: Testimony
    table: Array | None = None
    wanted: Reference | None = None


def hear(witness: Witness, wanted: Reference, file: Path) -> Heard:
    """What one simulator makes of the file; one that is too far off is asked again, with more care."""
    heard = _heard(witness, wanted, file)
    if (heard.testimony.largest_deviation or 0.0) > LIMIT and wanted.careful is not None:
        again = _heard(witness, wanted.careful, file)
        size = again.testimony.largest_deviation
        if size is not None and size < (heard.testimony.largest_deviation or 0.0):
            return again
    return heard


def _heard(witness: Witness, wanted: Reference, file: Path) -> Heard:
    name, number = witness.name, witness.version()
    try:
        table = answer(witness, question_of(wanted, file))
    except NoAnswer as error:
        return Heard(Testimony(name, number, reason=str(error)))
    return Heard(Testimony(name, number, *largest_deviation(wanted, table)), table, wanted)


def question_of(wanted: Reference, file: Path) -> Question:
    """All outputs of a model, at its times."""
    scales = {sbml_id(name): size for name, size in wanted.scales(wanted.model.species).items()}
    steps = MANY_STEPS if wanted.least else STEPS
    longest = wanted.times[-1] / steps if wanted.jumps else 0.0
    return Question(file, wanted.times, tuple(map(sbml_id, wanted.outputs)), scales, longest, wanted.least)


def largest_deviation(wanted: Reference, table: Array) -> tuple[float, str]:
    """The largest difference from the model relative to the maximum of its output, and that output.

    What is within the error of the solver is no difference, nor is what is infinite or no number in both.
    """
    worst, where = 0.0, ""
    for column, name in enumerate(wanted.outputs):
        expected, found = wanted.table[wanted.still, column], table[wanted.still, column]
        difference, largest = _difference(expected, found)
        if not difference <= wanted.floors.get(name, NOTHING if not largest else 0.0):
            deviation = difference / largest if largest > 0 and not np.isnan(difference) else np.inf
            worst, where = (worst, where) if deviation <= worst else (deviation, name)
    return worst, where


def _difference(wanted: Array, found: Array) -> tuple[float, float]:
    """The largest difference and the largest finite size; what is infinite or no number in both is no difference."""
    same = (wanted == found) | (np.isnan(wanted) & np.isnan(found))
    with np.errstate(all="ignore"):
        difference = np.abs(np.where(same, 0.0, wanted) - np.where(same, 0.0, found))
    largest = np.max(np.abs(wanted), where=np.isfinite(wanted), initial=0.0)
    return float(np.max(difference, initial=0.0)), float(largest)


def _require(testimony: Testimony, limit: float, span: str) -> None:
    size = testimony.largest_deviation
    if size is None or size <= limit:
        return
    by = f" in {testimony.name} {testimony.version}; if the model is right, write it without verification"
    if testimony.name == OWN_NAME:
        by = ""
    raise Disagreement(f"over {span} its '{testimony.output}' deviates from the model by {size:.2g} of its maximum{by}")


def _own_version() -> str:
    try:
        return version(OWN_NAME)
    except PackageNotFoundError:  # run from a checkout that is not installed
        return ""
