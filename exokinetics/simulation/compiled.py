"""A request on the compiled engine: one parameter set, or many in lanes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.compiler import System
from exokinetics.integrators import Answer, Array, Batch, Question, Scaling, padded
from exokinetics.simulation.doses import Schedule
from exokinetics.simulation.requests import scaling, tolerances

LANES = 8  # in which an ensemble runs
CAREFUL = 1e-3  # of the tolerances, once more for what breaks off
TIGHTEST = 1e-13
FAILURES = {1: "the step became too small", 2: "{steps} steps were not enough"}


@dataclass(frozen=True)
class Outcome:
    """One set: the outputs at the times reached (time, outputs), and a clause that says why not at all of them."""

    table: Array
    failure: str
    reached: float
    last: Array
    steps: int
    rejected: int


Start = Callable[[Array], tuple[Array, Array, str]]


class Engine:
    """Runs a question about a system from its first time to its last, doses and all, as machine code.

    `start` works out the state and absolute tolerances to begin with, where the machine code cannot.
    """

    def __init__(self, system: System, question: Question, start: Start | None) -> None:
        self._system, self._question, self._start = system, question, start

    @cached_property
    def _alone(self) -> Batch:
        return Batch(self._system.kernels(1), self._question)

    @cached_property
    def _in_lanes(self) -> Batch:
        return Batch(self._system.kernels(LANES), self._question)

    @cached_property
    def _careful(self) -> Batch:
        question, atol = self._question, self._question.atol
        fixed = atol if isinstance(atol, Scaling) else np.multiply(atol, CAREFUL)  # a rule follows rtol by itself
        return Batch(
            self._system.kernels(1), replace(question, rtol=max(CAREFUL * question.rtol, TIGHTEST), atol=fixed)
        )  # fmt: skip

    def one(self, vector: Array, *, careful: bool = False) -> Outcome | str:
        """One set of inputs; a sentence if it has no state to start from. `careful`: at a thousandth of tolerance."""
        state = atol = None
        if self._start is not None:
            state, atol, reason = self._start(vector)
            if reason:
                return reason
            atol = CAREFUL * atol if careful else atol
        batch = self._careful if careful else self._alone
        table, status, reached, last, steps, rejected = batch.one(vector, state, atol)
        failure = FAILURES[status].format(steps=steps + rejected) if status else ""
        return Outcome(table, failure, reached, last, steps, rejected)

    def many(self, vectors: Array, *, threads: int) -> tuple[Answer, list[str]]:
        """Sets of inputs (sets, inputs); for each an empty text, or a sentence if it has no state to start from."""
        reasons = [""] * len(vectors)
        start = atol = None
        if self._start is not None:
            start, atol = (np.zeros((len(vectors), len(self._system.states))) for _ in range(2))
            for index, vector in enumerate(vectors):
                start[index], atol[index], reasons[index] = self._start(vector)
        return self._in_lanes(vectors, start=start, atol=atol, threads=threads), reasons


def question_of(
    system: System, times: Array, outputs: Sequence[str], rtol: float, atol: Any, doses: Schedule,
    overrides: Mapping[int, float],
) -> Question:  # fmt: skip
    """A checked request as the compiled engine takes it; what `atol` gives by id has to come with the start."""
    states = len(system.states)
    places = {name: index for index, name in enumerate(system.states)}
    places |= {name: padded(states) + index for index, name in enumerate(system.outputs[states:])}
    fixed = None if atol is None else tolerances(system, np.zeros(states), rtol, atol)[1]
    bolus, infusions = doses.bolus, doses.infusions
    return Question(
        times, np.array([places[name] for name in outputs], np.int64), rtol,
        scaling(system, doses.smallest()) if fixed is None else fixed, system.nonnegative,
        (_column(bolus, 0), _places(bolus, 1), _column(bolus, 2)),
        (_column(infusions, 0), _column(infusions, 1), _places(infusions, 2), _column(infusions, 3)),
        (np.array(list(overrides), np.int64), np.array(list(overrides.values()), float)),
    )  # fmt: skip


def _column(rows: Sequence[Sequence[Any]], index: int) -> Array:
    return np.array([row[index] for row in rows], float)


def _places(rows: Sequence[Sequence[Any]], index: int) -> NDArray[np.int64]:
    return np.array([row[index] for row in rows], np.int64)
