"""One set by a compiled method, stretch by stretch, each ended where something that is watched becomes true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from exokinetics.integrators.batch import METHODS, watching_driver
from exokinetics.integrators.driving.acting import CELLS as ACTING
from exokinetics.integrators.driving.context import PLACE, SETTING, TOO_MANY, TOO_SMALL
from exokinetics.integrators.driving.question import Answer, Question, Shared
from exokinetics.integrators.guard import NOT_ENOUGH
from exokinetics.integrators.guard import TOO_SMALL as TOO_SMALL_CLAUSE
from exokinetics.integrators.protocol import Array, Leg, Sight, Watch
from exokinetics.integrators.watching import Watched, lookout_arrays
from exokinetics.integrators.workspace import Workspace, columns_of, settings_of, weights_of
from exokinetics.machine.history import History
from exokinetics.machine.kernels import Kernels

FULL = "what was at earlier times takes more memory than is kept for it"


class Stretches:
    """A question about one set of inputs after the other, of which the states at some times of a stretch are wanted.

    `question` fixes tolerances, constant inflow and derivatives; of its `times` only the number counts, the largest of
    one stretch. What comes out are all states.
    """

    def __init__(
        self, kernels: Kernels, question: Question, method: str, watched: Watched, *, recording: bool = False,
    ) -> None:  # fmt: skip
        """`kernels` are those of one set; absolute tolerances come with each.

        `recording`: the rates look back, so that each set has a history.
        """
        room, states = len(question.times) + 1, kernels.states
        question = replace(question, times=np.zeros(room), pick=np.arange(states), atol=np.ones(states))
        self._kernels, self._watched, tangent = kernels, watched, question.tangent
        chosen = METHODS[method]
        self._stages = chosen.stages
        self._solve = watching_driver(
            method, kernels.in_time, tangent.points if tangent else 0, recording, bool(kernels.algebraic)
        )
        self._history: History | None = None
        self._longest, self._full = question.max_steps, False
        self._shared = Shared(kernels, question)
        self._grid = self._shared.arrays["grid"]
        self._space = Workspace(kernels, tangent, chosen)
        self._answer = Answer.empty(1, question, states)
        self._settings, self._counter = settings_of(question, chosen, 1), np.zeros(1, np.int64)
        self._start, self._values, self._tangent = np.zeros(max(states, 1)), np.zeros(kernels.inputs), tangent
        self._slopes: Array | None = None
        self._lookout = lookout_arrays(watched, states)
        self._seen, self._fell, self._halt = (self._lookout[name] for name in ("seen", "fell", "halt"))
        self._acting, self._acted = self._lookout["acting"], self._lookout["acted"]
        arrays: dict[str, NDArray[np.generic]] = {
            "values": self._values, "counter": self._counter, "settings": self._settings, "start_states": self._start,
            **self._answer.arrays(), **self._lookout,
        }  # fmt: skip
        if tangent is not None:
            self._slopes, self._weights = np.zeros((states, tangent.columns)), np.ones((1, columns_of(tangent)))
            arrays |= {"start_slopes": self._slopes, "column_weight": self._weights}
        self._space.take(self._shared, arrays, 0)
        for name, size in watched.sizes(watched.look).items():
            self._space.context[PLACE[name]] = size

    def begin(self, values: Array, atol: Array, history: History | None = None) -> None:
        """Take another set: its inputs and the absolute tolerances of its states, and what it was, if that counts."""
        self._history = history
        if history is not None:
            self._space.context[PLACE["record"]] = history.address
        self._values[:] = values
        self._shared.arrays["atol"][:] = atol
        if self._tangent is not None:
            self._weights[:] = weights_of(self._tangent, self._values[None, :])

    def __call__(
        self, start: float, end: float, state: Array, slope: Array | None, times: Array, watch: Watch
    ) -> tuple[Leg, Array | None, Array | None]:
        """From `start` to `end`, with the states at `times` in (start, end], which no more than the question has.

        With it the derivatives (times, states, inputs) at these times, and those of the last state.
        """
        count = len(times) if times.size and times[-1] == end else len(times) + 1
        self._grid[: len(times)], self._grid[count - 1], self._grid[count] = times, end, np.inf
        self._space.context[PLACE["times"]] = count
        self._settings[SETTING["start_time"]] = start
        self._start[: len(state)], self._seen[: len(watch.seen)], self._fell[:] = state, watch.seen, 0.0
        for name, value in (("free", float(watch.free)), ("since", watch.since)):
            self._acting[ACTING.index(name)] = value
        self._acted[0] = 0
        self._halt[0], self._counter[0] = np.inf, 0
        if self._slopes is not None:
            self._slopes[:] = slope
        if self._history is not None:
            room, longest = self._history.room(), self._longest + self._history.fewest(end - start)
            if room < 1:
                sight = Sight(watch.seen.copy(), np.zeros(self._watched.truths, bool))
                return Leg(np.empty((0, len(state))), start, state, FULL, {}, sight), None, None
            self._full = room < longest
            self._space.context[PLACE["longest"]] = min(room, longest)
        self._solve(self._space.address)
        return self._taken(count, len(times))

    def _taken(self, count: int, wanted: int) -> tuple[Leg, Array | None, Array | None]:
        answer, truths = self._answer, self._watched.truths
        filled, status = int(answer.filled[0]), int(answer.status[0])
        rose = bool(self._halt[0] < np.inf)
        sight = Sight(self._seen.copy(), self._fell[:truths] > 0.0, rose)
        outputs = answer.outputs[0]
        slopes = None if answer.slopes is None else answer.slopes[0]
        counts = self._counts()
        if rose or status == 0:
            last = filled - 1 if rose else count - 1
            kept = last if rose else wanted
            leg = Leg(outputs[:kept].copy(), float(answer.reached[0]), outputs[last].copy(), "", counts, sight)
            return (leg, None, None) if slopes is None else (leg, slopes[:kept].copy(), slopes[last].copy())
        if status == TOO_MANY and self._full:  # there is room for more behind this
            kept = min(filled, wanted)
            leg = Leg(outputs[:kept].copy(), float(answer.reached[0]), answer.last[0].copy(), "", counts, sight)
            return leg, None, None
        failure = TOO_SMALL_CLAUSE if status == TOO_SMALL else f"{counts['steps']} {NOT_ENOUGH}"
        kept = min(filled, wanted)
        leg = Leg(outputs[:kept].copy(), float(answer.reached[0]), answer.last[0].copy(), failure, counts, sight)
        return (leg, None, None) if slopes is None else (leg, slopes[:kept].copy(), None)

    def _counts(self) -> dict[str, int]:
        answer = self._answer
        steps, rejected = int(answer.steps[0]), int(answer.rejected[0])
        evaluations, factors = int(answer.evaluations[0]), int(answer.factors[0])
        if self._stages:
            evaluations, factors = self._stages * (steps + rejected), steps + rejected
        return {
            "steps": steps, "rejected": rejected, "evaluations": evaluations, "factorisations": factors,
            "events": int(self._acted[0]),
        }  # fmt: skip
