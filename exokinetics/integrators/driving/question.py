"""What the driver is asked and what it answers: arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from exokinetics.integrators.driving.body import SUMS
from exokinetics.integrators.driving.context import FIELDS, PLACE
from exokinetics.integrators.protocol import MAX_STEPS, Array
from exokinetics.machine.kernels import Kernels, TangentKernels

Whole = NDArray[np.int64]


def _empty() -> Array:
    return np.empty(0)


def _none() -> Whole:
    return np.empty(0, np.int64)


@dataclass(frozen=True)
class Scaling:
    """How absolute tolerances follow from a state: `rtol` times `share` of each state's own size.

    `dosed`: the smallest dose of each state, or infinite. `group` numbers the states of one unit, of which the smallest
    size is that of a state at zero; where `counted`, one is if it is smaller, else `hidden` of it.
    """

    dosed: Array
    group: Whole
    counted: NDArray[np.bool_]
    share: float
    hidden: float


@dataclass(frozen=True)
class Question:
    """What is the same for every set.

    `times`: output times, from 0 on, increasing. `pick`: which of states and observables come out, in this order.
    `atol`: one for each state, or the rule. `doses` are (time, state, amount), `infusions` (start, end, state, rate);
    `overrides` (state, amount) are put in at time 0. `at_rest` holds time at 0 in the rates. With `tangent`, slopes by
    inputs are carried along.
    """

    times: Array
    pick: Whole
    rtol: float
    atol: Array | Scaling
    nonnegative: NDArray[np.bool_]
    doses: tuple[Array, Whole, Array] = field(default_factory=lambda: (_empty(), _none(), _empty()))
    infusions: tuple[Array, Array, Whole, Array] = field(
        default_factory=lambda: (_empty(), _empty(), _none(), _empty())
    )
    overrides: tuple[Whole, Array] = field(default_factory=lambda: (_none(), _empty()))
    at_rest: bool = False
    tangent: TangentKernels | None = None
    slope_share: float = 1.0
    max_steps: int = MAX_STEPS


@dataclass(frozen=True)
class Answer:
    """By set: outputs (sets, times, picked), of which the first `filled` times were reached.

    `status` is 0, or which limit ended the integration; `last` are the states at the time `reached`. `evaluations` and
    `factors` are counted by methods for which they do not follow from the steps. `slopes` (sets, times, states,
    inputs of the tangent), where they are carried along.
    """

    outputs: Array
    filled: Whole
    status: Whole
    reached: Array
    last: Array
    steps: Whole
    rejected: Whole
    evaluations: Whole
    factors: Whole
    slopes: Array | None = None

    @classmethod
    def empty(cls, sets: int, question: Question, states: int, outputs: Array | None = None) -> Answer:
        """Room for an answer, some of it given or not; what is not reached stays nan."""
        if outputs is None:
            outputs = np.empty((sets, len(question.times), len(question.pick)))
        outputs.fill(np.nan)
        filled, status, steps, rejected, evaluations, factors = (np.zeros(sets, np.int64) for _ in range(6))
        slopes = None
        if question.tangent is not None:
            slopes = np.full((sets, len(question.times), states, question.tangent.columns), np.nan)
        reached, last = np.zeros(sets), np.zeros((sets, states))
        return cls(outputs, filled, status, reached, last, steps, rejected, evaluations, factors, slopes)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """By the names of the context."""
        slopes = {} if self.slopes is None else {"slope_outputs": self.slopes}
        return {
            "outputs": self.outputs, "filled": self.filled, "status": self.status, "reached": self.reached,
            "last_state": self.last, "steps": self.steps, "rejected": self.rejected, "evaluations": self.evaluations,
            "factors": self.factors, **slopes,
        }  # fmt: skip


class Single(NamedTuple):
    """The answer for one set: outputs (times reached, picked), slopes (times reached, states, inputs), the rest as in
    `Answer`.
    """

    outputs: Array
    status: int
    reached: float
    last: Array
    steps: int
    rejected: int
    evaluations: int
    factors: int
    slopes: Array | None = None


def address_of(array: NDArray[Any]) -> int:
    """Where the numbers of an array stand; a good deal quicker than `array.ctypes.data`."""
    address: int = array.__array_interface__["data"][0]
    return address


def padded(states: int) -> int:
    """The number of rows of a state, so that a norm can be summed in parts."""
    return -(-max(states, 1) // SUMS) * SUMS


def _mass(kernels: Kernels) -> Array:
    """1 for states with a rate and 0 for those that constraints determine, of one set."""
    mass = np.ones(padded(kernels.states))
    mass[list(kernels.algebraic)] = 0.0
    return mass


class Shared:
    """The part of the context that a question and a model fix, and the arrays that it points to."""

    def __init__(self, kernels: Kernels, question: Question) -> None:
        self.context: Whole = np.zeros(len(FIELDS), np.int64)
        rule = question.atol if isinstance(question.atol, Scaling) else None
        observed = (question.pick >= padded(kernels.states)).any()
        arrays = {
            "grid": np.append(question.times, np.inf), "pick": question.pick * kernels.lanes,
            "override_state": question.overrides[0], "override_amount": question.overrides[1],
            "dose_time": question.doses[0], "dose_state": question.doses[1], "dose_amount": question.doses[2],
            "infusion_start": question.infusions[0], "infusion_end": question.infusions[1],
            "infusion_state": question.infusions[2], "infusion_rate": question.infusions[3],
            "nonnegative": question.nonnegative.astype(float), "mass": _mass(kernels),
        }  # fmt: skip
        if rule is None:
            arrays["atol"] = np.asarray(question.atol, float)
        else:
            arrays |= {"dosed": rule.dosed, "group": rule.group, "counted": rule.counted.astype(float)}
        self.arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        sizes = {
            "states": kernels.states, "padded": padded(kernels.states), "inputs": kernels.inputs,
            "picked": len(question.pick), "times": len(question.times), "doses": len(question.doses[0]),
            "infusions": len(question.infusions[0]), "overrides": len(question.overrides[0]),
            "groups": int(rule.group.max(initial=-1)) + 1 if rule else 0,
            "switches": 0 if question.at_rest else kernels.switches, "longest": question.max_steps,
            "rates_kernel": kernels.rates, "factor_kernel": kernels.factor, "stage_kernel": kernels.stage,
            "start_kernel": kernels.start, "observe_kernel": kernels.observe if observed else 0,
            "switches_kernel": kernels.switch_times if kernels.switches and not question.at_rest else 0,
        }  # fmt: skip
        if question.tangent is not None:
            self._add_tangent(question.tangent, kernels.lanes, sizes)
        for name, size in sizes.items():
            self.context[PLACE[name]] = size
        for name, array in self.arrays.items():
            self.context[PLACE[name]] = address_of(array)

    def _add_tangent(self, tangent: TangentKernels, lanes: int, sizes: dict[str, int]) -> None:
        width = tangent.width
        tables = -(-tangent.columns // width)
        sizes |= {
            "columns": tangent.columns, "tables": tables, "width": width, "moved_by_state": tangent.moved_by_state,
            "bent_by_state": tangent.bent_by_state, "by_input": len(tangent.by_input),
            "derive_kernel": tangent.derive, "moved_kernel": tangent.moved, "bent_kernel": tangent.bent,
            "advance_kernel": tangent.advance[lanes],
        }  # fmt: skip
        columns = np.minimum(width, tangent.columns - width * np.arange(tables))
        self.arrays |= {"table_columns": columns.astype(np.int64), "input_place": tangent.by_input}
