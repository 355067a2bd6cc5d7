"""Parameter sets through the driver: one, or many in lanes and threads."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from exokinetics.integrators.driving.body import Shape
from exokinetics.integrators.driving.context import PLACE
from exokinetics.integrators.driving.method import Method
from exokinetics.integrators.driving.question import Answer, Question, Shared, Single, address_of
from exokinetics.integrators.ndf import NDF
from exokinetics.integrators.protocol import Array
from exokinetics.integrators.rodas5p import RODAS5P
from exokinetics.integrators.watching import Watched, WatchedWorkspace
from exokinetics.integrators.workspace import Workspace, columns_of, settings_of, weights_of
from exokinetics.machine.host import Loaded, compiled, host, load
from exokinetics.machine.identity import digest_of
from exokinetics.machine.kernels import Kernels
from exokinetics.machine.store import kept

METHODS = {method.name: method for method in (RODAS5P, NDF)}
WRITTEN_BY = ("exokinetics.machine", "exokinetics.integrators.driving")


class Batch:
    """A question about a compiled model: call it with sets of inputs. Threads may share it.

    With `watched`, what becomes true is carried out on the way where that is simple; else the set is `STOPPED` there.

    Bit for bit, what a set gives depends on no other set, nor on the number of lanes or threads.
    """

    def __init__(
        self, kernels: Kernels, question: Question, method: str = "rodas5p", watched: Watched | None = None
    ) -> None:
        self.kernels, self.question, self.method, self._watched = kernels, question, METHODS[method], watched
        in_time = kernels.in_time and not question.at_rest
        points = question.tangent.points if question.tangent else 0
        self._solve = _driver(method, kernels.lanes, in_time, points, watched is not None)
        self._shared = Shared(kernels, question)
        self._idle: list[Workspace] = []
        self._alone: list[_Alone] = []

    def table(self, values: Array) -> Array | None:
        """The outputs of one set, `values` (inputs), and nothing else; None if they were not all reached."""
        alone = self._alone_now()
        alone.values[:] = values
        alone.counter[0] = 0
        self._solve(alone.space.address)
        table = None if alone.answer.status[0] else alone.outputs.copy()
        self._alone.append(alone)
        return table

    def one(
        self, values: Array, start: Array | None = None, atol: Array | None = None, slopes: Array | None = None
    ) -> Single:
        """The answer for one set, `values` (inputs); `start` and `atol` (states) as for many.

        `slopes` (states, inputs of the tangent): the derivatives of the start, where derivatives are asked for.
        """
        alone = self._alone_now()
        alone.put(values, start, atol, slopes)
        self._solve(alone.space.address)
        single = alone.taken()
        alone.put(values, None, None, slopes)
        self._alone.append(alone)
        return single

    def _alone_now(self) -> _Alone:
        try:
            return self._alone.pop()
        except IndexError:
            return _Alone(self.kernels, self.question, self.method, self._shared)

    def _workspace(self) -> Workspace:
        if self._watched is not None:
            return WatchedWorkspace(self.kernels, self.question, self.method, self._watched)
        return Workspace(self.kernels, self.question.tangent, self.method)

    def __call__(
        self, values: Array, *, start: Array | None = None, atol: Array | None = None, threads: int = 1,
        outputs: Array | None = None, slopes: Array | None = None,
    ) -> Answer:  # fmt: skip
        """`values` (sets, inputs); `start` and `atol` (sets, states) instead of those of the model and the question.

        `outputs` (sets, times, picked): where the outputs are put, numbers one after the other, if not in a new array.
        `slopes` (sets, states, inputs of the tangent): the derivatives of the starts, where derivatives are asked for.
        """
        sets = len(values)
        answer = Answer.empty(sets, self.question, self.kernels.states, outputs)
        arrays: dict[str, NDArray[np.generic]] = {
            "values": np.ascontiguousarray(values, float), "counter": np.zeros(1, np.int64),
            "settings": settings_of(self.question, self.method, sets), **answer.arrays(),
        }  # fmt: skip
        for name, given in (("start_states", start), ("atol", atol), ("start_slopes", slopes)):
            if given is not None:
                arrays[name] = np.ascontiguousarray(given, float)
        if self.question.tangent is not None:
            arrays["column_weight"] = weights_of(self.question.tangent, values)

        def work(_: int) -> None:
            try:
                space = self._idle.pop()
            except IndexError:
                space = self._workspace()
            space.take(self._shared, arrays, self.kernels.states if atol is not None else 0)
            self._solve(space.address)
            self._idle.append(space)

        if threads == 1:
            work(0)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(work, range(threads)))
        return answer


class _Alone:
    """A workspace whose arrays for one set stay where they are: a call costs little more than its solution."""

    def __init__(self, kernels: Kernels, question: Question, method: Method, shared: Shared) -> None:
        states, self._stages = kernels.states, method.stages
        self.space = Workspace(kernels, question.tangent, method)
        self.answer, self._tangent = Answer.empty(1, question, states), question.tangent
        self.outputs = self.answer.outputs[0]
        self.values, self._start, self._atol = np.empty(kernels.inputs), np.empty(states), np.empty(states)
        self.counter = np.zeros(1, np.int64)
        self._settings = settings_of(question, method, 1)
        arrays = {"values": self.values, "counter": self.counter, "settings": self._settings, **self.answer.arrays()}
        if self._tangent is not None:
            self._start_slopes = np.zeros((states, self._tangent.columns))
            self._weights = np.ones((1, columns_of(self._tangent)))
            arrays |= {"start_slopes": self._start_slopes, "column_weight": self._weights}
        self.space.take(shared, arrays, 0)
        context = self.space.context
        self._given = {
            name: (PLACE[name], int(context[PLACE[name]]), array, address_of(array))
            for name, array in (("start_states", self._start), ("atol", self._atol))
        }

    def put(self, values: Array, start: Array | None, atol: Array | None, slopes: Array | None) -> None:
        self.values[:] = values
        self.counter[0] = 0
        for name, given in (("start_states", start), ("atol", atol)):
            place, usual, array, address = self._given[name]
            if given is not None:
                array[:] = given
            self.space.context[place] = usual if given is None else address
        if self._tangent is not None:
            self._start_slopes[:] = slopes
            self._weights[:] = weights_of(self._tangent, values[None, :])

    def taken(self) -> Single:
        answer = self.answer
        outputs, status, filled = answer.outputs[0].copy(), int(answer.status[0]), int(answer.filled[0])
        steps, rejected = int(answer.steps[0]), int(answer.rejected[0])
        worked = int(answer.evaluations[0]), int(answer.factors[0])
        if self._stages:
            worked = self._stages * (steps + rejected), steps + rejected
        slopes = answer.slopes[0, :filled].copy() if answer.slopes is not None else None
        return Single(
            outputs[:filled], status, float(answer.reached[0]), answer.last[0].copy(), steps, rejected, *worked, slopes
        )


@cache
def _loaded(
    method: str, lanes: int, in_time: bool, slopes: int, watching: bool, recording: bool, constrained: bool
) -> Loaded:  # fmt: skip
    chosen = METHODS[method]
    shape = Shape(
        lanes, in_time, host().fused, slopes, counting=not chosen.stages, watching=watching, recording=recording,
        constrained=constrained,
    )  # fmt: skip
    key = f"{method} {digest_of(*WRITTEN_BY, chosen.package)} {shape} {host().identity}"
    return load(kept(key, lambda: compiled(chosen.text(shape))), ["solve"])


@cache
def _driver(
    method: str, lanes: int, in_time: bool, slopes: int, watching: bool = False, recording: bool = False,
    constrained: bool = False,
) -> Callable[[int], None]:  # fmt: skip
    loaded = _loaded(method, lanes, in_time, slopes, watching, recording, constrained)
    solve: Any = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(loaded.address("solve"))
    solve.keeps = loaded  # of two threads that load the same code at once, one is left out of the cache
    return cast("Callable[[int], None]", solve)


def watching_driver(
    method: str, in_time: bool, slopes: int, recording: bool, constrained: bool
) -> Callable[[int], None]:  # fmt: skip
    """The driver of one set that stops where something that is watched becomes true."""
    return _driver(method, 1, in_time, slopes, True, recording, constrained)
