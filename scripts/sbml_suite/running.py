"""One case through `load` and `simulate`, judged by the rule of the suite."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from exokinetics import ExokineticsError, Model, check, load, simulate
from exokinetics.simulation.results import Result
from scripts.sbml_suite.cases import TIME_COURSE, Case, case_of

# The suite allows 1e-4 of a value in most cases; the solver is asked for four digits more.
RTOL = 1e-8
PASSED, REFUSED, WRONG, FAILED, MISSING, CRASHED, SLOW, SKIPPED = (
    "passed", "refused", "WRONG NUMBER", "failed integration", "no such output", "crash", "out of time", "skipped",
)  # fmt: skip
OUTCOMES = (PASSED, REFUSED, WRONG, FAILED, MISSING, CRASHED, SLOW)


@dataclass(frozen=True)
class Verdict:
    """What became of a case: one of `OUTCOMES` or `SKIPPED`, and why."""

    number: str
    group: str
    tags: tuple[str, ...]
    outcome: str
    reason: str = ""


class _NoOutput(Exception):
    pass


def verdict_of(folder: Path, number: str) -> Verdict:
    """Run the case and judge it; nothing raises but a keyboard interrupt."""
    warnings.simplefilter("ignore")
    try:
        case = case_of(folder, number)
    except Exception as error:
        return Verdict(number, "plain", (), CRASHED, f"the case itself cannot be read: {error!r}")
    if case.kind != TIME_COURSE:
        return Verdict(number, case.kind, case.tags, SKIPPED, "not a time course")
    outcome, reason = _judged(case)
    return Verdict(number, case.group, case.tags, outcome, reason)


def unfinished(folder: Path, number: str, outcome: str, reason: str) -> Verdict:
    """The verdict of a case whose process was ended or ended itself."""
    case = case_of(folder, number)
    return Verdict(number, case.group, case.tags, outcome, reason)


def _judged(case: Case) -> tuple[str, str]:
    try:
        model = load(case.model)
        result = simulate(model, case.times, rtol=RTOL)
        if not result.success:
            return FAILED, result.reason
        return _compared(case, model, result)
    except _NoOutput as error:
        return MISSING, f"'{error}' is no species, observable or parameter of the model"
    except ExokineticsError as error:
        return REFUSED, str(error).replace(str(case.model), case.model.name)
    except Exception as error:  # whatever it is, it is a fault of ours and is counted
        return CRASHED, f"{type(error).__name__}: {error}"


def _compared(case: Case, model: Model, result: Result) -> tuple[str, str]:
    """By the rule of the suite: |ours - theirs| <= absolute + relative |theirs|, INF and NaN as they stand."""
    sizes = _Sizes(case.model)
    for name, theirs in case.expected.items():
        ours = _wanted(case, model, result, name, sizes)
        with np.errstate(invalid="ignore"):
            close = np.abs(ours - theirs) <= case.absolute + case.relative * np.abs(theirs)
        same = np.where(np.isfinite(theirs), close, (ours == theirs) | (np.isnan(ours) & np.isnan(theirs)))
        if not same.all():
            place = int(np.flatnonzero(~same)[0])
            numbers = f"{ours[place]:.7g} for {theirs[place]:.7g}"
            return WRONG, f"'{name}' is {numbers} at time {case.times[place]:g}"
    return PASSED, ""


def _wanted(case: Case, model: Model, result: Result, name: str, sizes: _Sizes) -> np.ndarray:
    """The course of a variable, as an amount or a concentration where the case wants that."""
    found = _course(model, result, name)
    if name not in sizes.species:
        return found
    is_amount, compartment = sizes.species[name]
    if name in case.amounts and not is_amount:
        return found * sizes.of(compartment, model, result)
    if name in case.concentrations and is_amount:
        with np.errstate(all="ignore"):
            return found / sizes.of(compartment, model, result)
    return found


def _course(model: Model, result: Result, name: str) -> np.ndarray:
    if name in result.outputs:
        return result[name]
    if name in model.whole.parameters:
        return np.full(len(result.time), model.value(name).value)
    renamed = _renamed(model.file).get(name, name)
    if renamed == name:
        raise _NoOutput(name)
    return _course(model, result, renamed)


def _renamed(file: str) -> dict[str, str]:
    """The ids that the reader had to change, such as `time`, as its warnings say."""
    found = ((one.key, re.search(r"it is read as '(.*)'", one.message)) for one in check(file))
    return {key: match.group(1) for key, match in found if match}


class _Sizes:
    """From the file itself: which species are amounts, and the compartment of each."""

    def __init__(self, path: Path) -> None:
        import libsbml

        document = libsbml.readSBMLFromFile(str(path))
        if document.getPlugin("comp") is not None:
            options = libsbml.ConversionProperties()
            options.addOption("flatten comp")
            options.addOption("basePath", str(path.parent))
            options.addOption("performValidation", False)
            document.convert(options)
        model = document.getModel()
        listed = [model.getSpecies(index) for index in range(model.getNumSpecies())]
        self.species = {one.getIdAttribute(): (one.getHasOnlySubstanceUnits(), one.getCompartment()) for one in listed}
        sizes = [model.getCompartment(index) for index in range(model.getNumCompartments())]
        self.points = {one.getIdAttribute() for one in sizes if one.getSpatialDimensionsAsDouble() == 0.0}

    def of(self, compartment: str, model: Model, result: Result) -> np.ndarray:
        """The size over time; a point without a size counts as 1, its species being amounts."""
        try:
            return _course(model, result, compartment)
        except _NoOutput:
            if compartment not in self.points:
                raise
            return np.ones(len(result.time))


def sentence_of(reason: str) -> str:
    """The first refusal without the ids and names in it, so that like reasons are counted together."""
    first = reason.splitlines()[0] if reason else ""
    text = re.sub(r"^\S+\.xml: ", "", first)
    text = re.sub(r"^(line \d+|[\w.:]+( \d+)?): ", "", text)
    text = re.sub(r"'[^']*'", "'...'", text)
    return re.sub(r"[-+]?\d[\d.]*(e[-+]?\d+)?", "N", text).split("; did you mean")[0].split("; known are")[0][:140]
