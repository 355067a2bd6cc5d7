"""Parameter sets through the driver: one, or many in lanes and threads."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from exokinetics.integrators.driving.body import SUMS, Shape
from exokinetics.integrators.driving.context import FIELDS, PLACE, SETTINGS
from exokinetics.integrators.driving.method import Method
from exokinetics.integrators.driving.question import (
    Answer,
    Question,
    Scaling,
    Shared,
    Single,
    Whole,
    address_of,
    padded,
)
from exokinetics.integrators.ndf import NDF
from exokinetics.integrators.protocol import Array
from exokinetics.integrators.rodas5p import RODAS5P
from exokinetics.machine.host import Loaded, compiled, host, load
from exokinetics.machine.identity import digest_of
from exokinetics.machine.kernels import Kernels, TangentKernels
from exokinetics.machine.store import kept

METHODS = {method.name: method for method in (RODAS5P, NDF)}
WRITTEN_BY = ("exokinetics.machine", "exokinetics.integrators.driving")
BY_LANE = (
    "t", "h", "stop", "first_time", "last_time", "next_output", "stage_time", "out_time", "active", "fresh", "emit",
    "lane_set", "lane_output", "lane_steps", "lane_rejected", "failed", "g", "sound", "step", "calm", "ahead", "leapt",
    "stepped", "slope_error",
)  # fmt: skip


class Batch:
    """A question about a compiled model: call it with sets of inputs. Threads may share it.

    Bit for bit, what a set gives depends on no other set, nor on the number of lanes or threads.
    """

    def __init__(self, kernels: Kernels, question: Question, method: str = "rodas5p") -> None:
        self.kernels, self.question, self.method = kernels, question, METHODS[method]
        in_time = kernels.in_time and not question.at_rest
        self._solve = _driver(method, kernels.lanes, in_time, question.tangent.points if question.tangent else 0)
        self._shared = Shared(kernels, question)
        self._idle: list[_Workspace] = []
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
            "settings": _settings(self.question, self.method, sets), **answer.arrays(),
        }  # fmt: skip
        for name, given in (("start_states", start), ("atol", atol), ("start_slopes", slopes)):
            if given is not None:
                arrays[name] = np.ascontiguousarray(given, float)
        if self.question.tangent is not None:
            arrays["column_weight"] = _weights(self.question.tangent, values)

        def work(_: int) -> None:
            try:
                space = self._idle.pop()
            except IndexError:
                space = _Workspace(self.kernels, self.question.tangent, self.method)
            space.take(self._shared, arrays, self.kernels.states if atol is not None else 0)
            self._solve(space.address)
            self._idle.append(space)

        if threads == 1:
            work(0)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(work, range(threads)))
        return answer


class _Workspace:
    """The rows that one thread works in, and the context that points to them."""

    def __init__(self, kernels: Kernels, tangent: TangentKernels | None, method: Method) -> None:
        lanes, state = kernels.lanes, padded(kernels.states) * kernels.lanes
        sizes = {
            **{name: count * state for name, count in method.states.items()},
            **{name: count * lanes for name, count in method.others.items()},
            **dict.fromkeys(("y", "added", "input", "slope", "tolerance", "lowest"), state),
            "lu": max(kernels.entries, 1) * lanes, "p": max(kernels.rows, 1) * lanes,
            "row_out": state + kernels.observables * lanes, "jump": 2 * max(kernels.switches, 1) * lanes,
            "scratch": max(SUMS, kernels.states) * lanes, **dict.fromkeys(BY_LANE, lanes),
        }  # fmt: skip
        if tangent is not None:
            sizes |= _tangent_sizes(kernels, tangent, method.stages)
        places, total = {}, 0
        for name, size in sizes.items():
            places[name] = total
            total += -(-size // 8) * 8
        raw = np.zeros(total + 8)
        skipped = (-address_of(raw) // 8) % 8  # rows begin where a line of the processor's cache does
        self.memory = raw[skipped : skipped + total]
        self.memory[places["tolerance"] : places["tolerance"] + state] = 1.0
        self.memory[places["lowest"] : places["lowest"] + state] = -np.inf
        self._own: Whole = np.zeros(len(FIELDS), np.int64)
        base = address_of(self.memory)
        for name, place in places.items():
            self._own[PLACE[name]] = base + 8 * place
        self.context: Whole = self._own.copy()
        self.address: int = address_of(self.context)

    def take(self, shared: Shared, arrays: dict[str, NDArray[np.generic]], atol_stride: int) -> None:
        """Point to a question and to the arrays of one call."""
        np.maximum(self._own, shared.context, out=self.context)
        for name, array in arrays.items():
            self.context[PLACE[name]] = address_of(array)
        self.context[PLACE["atol_stride"]] = atol_stride


class _Alone:
    """A workspace whose arrays for one set stay where they are: a call costs little more than its solution."""

    def __init__(self, kernels: Kernels, question: Question, method: Method, shared: Shared) -> None:
        states, self._stages = kernels.states, method.stages
        self.space = _Workspace(kernels, question.tangent, method)
        self.answer, self._tangent = Answer.empty(1, question, states), question.tangent
        self.outputs = self.answer.outputs[0]
        self.values, self._start, self._atol = np.empty(kernels.inputs), np.empty(states), np.empty(states)
        self.counter = np.zeros(1, np.int64)
        self._settings = _settings(question, method, 1)
        arrays = {"values": self.values, "counter": self.counter, "settings": self._settings, **self.answer.arrays()}
        if self._tangent is not None:
            self._start_slopes = np.zeros((states, self._tangent.columns))
            self._weights = np.ones((1, _columns(self._tangent)))
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
            self._weights[:] = _weights(self._tangent, values[None, :])

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


def _tangent_sizes(kernels: Kernels, tangent: TangentKernels, stages: int) -> dict[str, int]:
    points, states, lanes, columns = tangent.points, max(kernels.states, 1), kernels.lanes, _columns(tangent)
    table, every = states * columns * lanes, stages * lanes
    moved, bent = (
        max(count + len(tangent.by_input), 1) for count in (tangent.moved_by_state, tangent.bent_by_state)
    )  # fmt: skip
    return {
        **dict.fromkeys(("slopes", "new_slopes", "slope_out"), table), "slope_stages": stages * table,
        "slope_direct": stages * states * columns,
        "tangent_p": max(tangent.rows, 1) * points, "stage_x": states * every, "stage_v": (states + 1) * every,
        "stage_t": every, "start_x": states * points, "start_t": points, "moved_values": moved * every,
        "bent_values": bent * every, "column_error": columns, "slope_lane": 1,
    }  # fmt: skip


def _columns(tangent: TangentKernels) -> int:
    """Those of all tables of slopes, the last of which may not be full."""
    return -(-tangent.columns // tangent.width) * tangent.width


def _weights(tangent: TangentKernels, values: Array) -> Array:
    """By set and input: a slope is as large as its state over the input, and so is the error that it may have."""
    size = np.abs(values[:, list(tangent.places)])
    weights = np.ones((len(values), _columns(tangent)))
    weights[:, : tangent.columns] = 1.0 / np.where(size > 0.0, size, 1.0)
    return weights


def _settings(question: Question, method: Method, sets: int) -> Array:
    rule = question.atol if isinstance(question.atol, Scaling) else None
    known = {
        "rtol": question.rtol, "first_share": method.first_share(question.rtol),
        "strictness": method.strictness(question.rtol), "set_count": float(sets),
        "slope_share": question.slope_share, "slope_floor": question.rtol * (question.slope_share - 1.0),
        "leaping": float(question.at_rest),
        "atol_share": rule.share * question.rtol if rule else 0.0, "hidden": rule.hidden if rule else 0.0,
    }  # fmt: skip
    return np.array([known[name] for name in SETTINGS])


@cache
def _loaded(method: str, lanes: int, in_time: bool, slopes: int) -> Loaded:
    chosen = METHODS[method]
    shape = Shape(lanes, in_time, host().fused, slopes, counting=not chosen.stages)
    key = f"{method} {digest_of(*WRITTEN_BY, chosen.package)} {shape} {host().identity}"
    return load(kept(key, lambda: compiled(chosen.text(shape))), ["solve"])


@cache
def _driver(method: str, lanes: int, in_time: bool, slopes: int) -> Callable[[int], None]:
    loaded = _loaded(method, lanes, in_time, slopes)
    solve: Any = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(loaded.address("solve"))
    solve.keeps = loaded  # of two threads that load the same code at once, one is left out of the cache
    return cast("Callable[[int], None]", solve)
