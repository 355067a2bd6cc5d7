"""COPASI: its own compilation of SBML, LSODA."""

from __future__ import annotations

import locale
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from exokinetics.integrators import Array
from exokinetics.interchange.witnesses.protocol import RTOL, NoAnswer, Question, one_line, version_of

MAX_STEPS = 1_000_000  # between two output times
DELAY = b"http://www.sbml.org/sbml/symbols/delay"  # for which it gives any number or none, without a complaint
LONGEST = 300  # characters of its complaints, which go on about every step


@dataclass(frozen=True)
class Copasi:
    """COPASI (Hoops et al. 2006, Bioinformatics 22:3067) through its own interface in Python."""

    name: str = "COPASI"

    def version(self) -> str:
        """Its version; empty where it is not installed."""
        return version_of("python-copasi")

    def courses(self, question: Question) -> Array:
        """The values, shape (times, ids)."""
        if DELAY in question.file.read_bytes():
            raise NoAnswer("it does not compute delayed values")
        with _locale_kept():
            import COPASI

            # data models that nothing refers to are deleted, and with them the task
            data = COPASI.CRootContainer.addDatamodel()
            try:
                return _solved(COPASI, data, question)
            finally:
                COPASI.CRootContainer.removeDatamodel(data)


@contextmanager
def _locale_kept() -> Iterator[None]:
    """COPASI sets the locale of the whole process to C when it is imported, and with it the encoding of its files."""
    before = locale.setlocale(locale.LC_ALL)
    try:
        yield
    finally:
        locale.setlocale(locale.LC_ALL, before)


def _solved(library: Any, data: Any, question: Question) -> Array:
    if b"<algebraicRule" in question.file.read_bytes():  # it would leave them out, and say so in a warning only
        raise NoAnswer("it leaves algebraic rules out")
    library.CCopasiMessage.clearDeque()
    if not data.importSBML(str(question.file)):
        raise NoAnswer(_complaint(library, "it cannot read the file"))
    task = data.getTask("Time-Course")
    task.setMethodType(library.CTaskEnum.Method_deterministic)
    _set(task.getMethod(), question)
    request = task.getProblem()
    request.setUseValues(True)
    request.setValues(" ".join(map(repr, question.times.tolist())))
    request.setDuration(float(question.times[-1]))
    request.setTimeSeriesRequested(True)
    if not task.initialize(library.CCopasiTask.NO_OUTPUT) or not task.process(True):
        raise NoAnswer(_complaint(library, task.getProcessError()))
    return _table(data, task.getTimeSeries(), question)


def _set(method: Any, question: Question) -> None:
    method.getParameter("Relative Tolerance").setDblValue(RTOL)
    method.getParameter("Absolute Tolerance").setDblValue(question.least_tolerance())
    method.getParameter("Max Internal Steps").setUIntValue(MAX_STEPS)
    if question.longest_step:
        method.getParameter("Max Internal Step Size").setDblValue(question.longest_step)


def _table(data: Any, series: Any, question: Question) -> Array:
    """The numbers, one by one, since its interface has no other way."""
    steps = series.getRecordedSteps()
    places = {series.getSBMLId(index, data): index for index in range(series.getNumVariables())}
    times = np.array([series.getConcentrationData(step, 0) for step in range(steps)])
    if times.shape != question.times.shape or not np.allclose(times, question.times, rtol=1e-12, atol=0.0):
        raise NoAnswer(f"it gave {steps} of {len(question.times)} times")
    table = np.empty((steps, len(question.ids)))
    constant = _constants(data.getModel())
    for column, id in enumerate(question.ids):
        place = places.get(id)
        if place is not None:
            table[:, column] = [series.getConcentrationData(step, place) for step in range(steps)]
        elif id in constant:
            table[:, column] = constant[id]
        else:
            raise NoAnswer(f"it does not give '{id}'")
    return table


def _constants(model: Any) -> dict[str, float]:
    """The initial numbers of species and parameters; those that nothing changes are not in its time series."""
    species, parameters = model.getMetabolites(), model.getModelValues()
    found = {each.getSBMLId(): each.getInitialConcentration() for each in map(species.get, range(species.size()))}
    found |= {each.getSBMLId(): each.getInitialValue() for each in map(parameters.get, range(parameters.size()))}
    return found


def _complaint(library: Any, otherwise: str) -> str:
    text = one_line(library.CCopasiMessage.getAllMessageText() or otherwise) or "it broke off"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
