"""A request on the compiled engine: one parameter set, or many in lanes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from exokinetics.compiler import System
from exokinetics.integrators import Answer, Array, Batch, Question, Scaling, Single, automatic, padded
from exokinetics.integrators.guard import NOT_ENOUGH, TOO_SMALL
from exokinetics.machine.host import host
from exokinetics.simulation.doses import Schedule
from exokinetics.simulation.events.watched import watched_of
from exokinetics.simulation.requests import scaling, tolerances

CAREFUL = 1e-3  # of the tolerances, once more for what breaks off
TIGHTEST = 1e-13
FAILURES = {1: TOO_SMALL, 2: "{steps} " + NOT_ENOUGH}


@dataclass(frozen=True)
class Outcome:
    """One set: the outputs at the times reached (time, outputs), and a clause that says why not at all of them.

    `choice` says why the method, where it was left to us. `slopes` (time, states, inputs), where asked for.
    """

    table: Array
    failure: str
    reached: float
    last: Array
    method: str
    choice: str
    steps: int
    rejected: int
    evaluations: int
    factors: int
    slopes: Array | None = None


class Starts(Protocol):
    """Works out states, absolute tolerances (sets, states) and reasons for sets of inputs (sets, inputs)."""

    def __call__(self, vectors: Array, *, threads: int = 1) -> tuple[Array, Array, list[str]]: ...


class Engine:
    """Runs a question about a system from its first time to its last, doses and all, as machine code.

    `starts` works out states and absolute tolerances to begin with, where the machine code cannot. `method` is for one
    set at a time; sets in lanes, slopes and careful runs are Rodas5P's. `quick`: for a single run, with code that is
    made quickly.
    """

    def __init__(
        self, system: System, question: Question, starts: Starts | None, *, method: str, quick: bool = False
    ) -> None:
        self._system, self._question, self._starts = system, question, starts
        self._method, self._quick = method, quick
        self._tangents: dict[tuple[tuple[str, ...], int, bool], Batch] = {}

    @property
    def needs_starts(self) -> bool:
        """Whether states and tolerances to begin with have to be worked out outside the machine code."""
        return self._starts is not None

    @cached_property
    def _choice(self) -> tuple[str, str]:
        """The method, and why it was chosen if that was left to us."""
        if self._method != "auto":
            return self._method, ""
        kernels, question = self._system.kernels(1, quick=self._quick), self._question
        switches = self._system.switches(self._system.defaults.tolist(), float(question.times[-1]))
        stops = len(question.doses[0]) + 2 * len(question.infusions[0]) + len(switches)
        return automatic(question.rtol, states=kernels.states, entries=kernels.entries, stops=stops)

    @cached_property
    def _alone(self) -> Batch:
        return Batch(self._system.kernels(1, quick=self._quick), self._question, self._choice[0])

    @cached_property
    def _in_lanes(self) -> Batch:
        events, end = self._system.events, float(self._question.times[-1])
        watched = None if events is None else watched_of(events, end, in_lanes=True)
        return Batch(self._system.kernels(host().lanes), self._question, watched=watched)

    @cached_property
    def _careful(self) -> Batch:
        return Batch(self._system.kernels(1, quick=self._quick), self._strict)

    @property
    def _strict(self) -> Question:
        question, atol = self._question, self._question.atol
        fixed = atol if isinstance(atol, Scaling) else np.multiply(atol, CAREFUL)  # a rule follows rtol by itself
        return replace(question, rtol=max(CAREFUL * question.rtol, TIGHTEST), atol=fixed)

    def with_slopes(
        self, vector: Array, slopes: Array, inputs: tuple[str, ...], start: tuple[Array, Array] | None, *,
        careful: bool = False,
    ) -> Outcome:  # fmt: skip
        """One set, with the derivatives of all states by some inputs; `slopes` are those at the start.

        `start` are the states and absolute tolerances there, where the machine code cannot work them out. The table has
        all states, and then the outputs. `careful`: at a thousandth of tolerance.
        """
        state, atol = start if start is not None else (None, None)
        if careful and atol is not None:
            atol = CAREFUL * atol
        return _outcome(self._tangent(inputs, 1, careful).one(vector, state, atol, slopes))

    def many_with_slopes(
        self, vectors: Array, slopes: Array, inputs: tuple[str, ...], start: tuple[Array, Array] | None, *, threads: int
    ) -> Answer:  # fmt: skip
        """The same for sets in lanes: inputs (sets, inputs), slopes (sets, states, inputs), starts (sets, states)."""
        states, atol = start if start is not None else (None, None)
        batch = self._tangent(inputs, host().lanes)
        return batch(vectors, start=states, atol=atol, threads=threads, slopes=slopes)

    def _tangent(self, inputs: tuple[str, ...], lanes: int, careful: bool = False) -> Batch:
        """All states and then the outputs, with the slopes of the states."""
        key = inputs, lanes, careful
        if key not in self._tangents:
            pick = np.concatenate([np.arange(len(self._system.states)), self._question.pick])
            question = self._strict if careful else self._question
            question = replace(question, pick=pick, tangent=self._system.tangent_kernels(inputs))
            self._tangents[key] = Batch(self._system.kernels(lanes, quick=self._quick), question)
        return self._tangents[key]

    def table(self, vector: Array) -> Array | None:
        """The outputs of one set, without anything else; None where that takes more than the machine code."""
        return self._alone.table(vector) if self._starts is None else None

    def one(self, vector: Array, *, careful: bool = False) -> Outcome | str:
        """One set of inputs; a sentence if it has no state to start from. `careful`: at a thousandth of tolerance."""
        state = atol = None
        if self._starts is not None:
            (state,), (atol,), (reason,) = self._starts(vector[None, :])
            if reason:
                return reason
            atol = CAREFUL * atol if careful else atol
        if careful:
            return _outcome(self._careful.one(vector, state, atol))
        return _outcome(self._alone.one(vector, state, atol), *self._choice)

    def many(self, vectors: Array, *, threads: int, outputs: Array | None = None) -> tuple[Answer, list[str]]:
        """Sets of inputs (sets, inputs); for each an empty text, or a sentence if it has no state to start from.

        `outputs` (sets, times, outputs): where they are put, if not in a new array.
        """
        reasons = [""] * len(vectors)
        start = atol = None
        if self._starts is not None:
            start, atol, reasons = self._starts(vectors, threads=threads)
        return self._in_lanes(vectors, start=start, atol=atol, threads=threads, outputs=outputs), reasons


def _outcome(found: Single, method: str = "rodas5p", choice: str = "") -> Outcome:
    failure = FAILURES[found.status].format(steps=found.steps + found.rejected) if found.status else ""
    return Outcome(
        found.outputs, failure, found.reached, found.last, method, choice, found.steps, found.rejected,
        found.evaluations, found.factors, found.slopes,
    )  # fmt: skip


def why_alone(system: System) -> str:
    """Why sets of inputs cannot be followed in lanes; an empty text where they can."""
    if system.delays:
        return "values of earlier times count"
    if system.algebraic:
        return "constraints determine species"
    return "events change when rates jump" if system.moves_switches else ""


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
