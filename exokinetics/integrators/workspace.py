"""The memory that a driver works in, and the numbers that it is told by set."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from exokinetics.integrators.driving.body import SUMS
from exokinetics.integrators.driving.context import FIELDS, PLACE, SETTINGS
from exokinetics.integrators.driving.method import Method
from exokinetics.integrators.driving.question import Question, Scaling, Shared, Whole, address_of, padded
from exokinetics.integrators.protocol import Array
from exokinetics.machine.kernels import Kernels, TangentKernels

BY_LANE = (
    "t", "h", "stop", "first_time", "last_time", "next_output", "stage_time", "out_time", "active", "fresh", "emit",
    "lane_set", "lane_output", "lane_steps", "lane_rejected", "failed", "g", "sound", "step", "calm", "ahead", "leapt",
    "stepped", "slope_error",
)  # fmt: skip


class Workspace:
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


def _tangent_sizes(kernels: Kernels, tangent: TangentKernels, stages: int) -> dict[str, int]:
    points, states, lanes, columns = tangent.points, max(kernels.states, 1), kernels.lanes, columns_of(tangent)
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


def columns_of(tangent: TangentKernels) -> int:
    """Those of all tables of slopes, the last of which may not be full."""
    return -(-tangent.columns // tangent.width) * tangent.width


def weights_of(tangent: TangentKernels, values: Array) -> Array:
    """By set and input: a slope is as large as its state over the input, and so is the error that it may have."""
    size = np.abs(values[:, list(tangent.places)])
    weights = np.ones((len(values), columns_of(tangent)))
    weights[:, : tangent.columns] = 1.0 / np.where(size > 0.0, size, 1.0)
    return weights


def settings_of(question: Question, method: Method, sets: int) -> Array:
    """The numbers in `settings`."""
    rule = question.atol if isinstance(question.atol, Scaling) else None
    known = {
        "rtol": question.rtol, "first_share": method.first_share(question.rtol),
        "strictness": method.strictness(question.rtol), "set_count": float(sets),
        "slope_share": question.slope_share, "slope_floor": question.rtol * (question.slope_share - 1.0),
        "leaping": float(question.at_rest), "start_time": 0.0,
        "atol_share": rule.share * question.rtol if rule else 0.0, "hidden": rule.hidden if rule else 0.0,
    }  # fmt: skip
    return np.array([known[name] for name in SETTINGS])
