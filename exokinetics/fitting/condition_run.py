"""The simulation of one condition at all times at which anything was measured in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from exokinetics.compiler import system_of
from exokinetics.expressions.code import build_function
from exokinetics.expressions.derivative import jacobian
from exokinetics.expressions.graph import Node, symbol
from exokinetics.fitting.block import Block
from exokinetics.fitting.specification import Condition, FitParameter
from exokinetics.model.whole import Model, Start
from exokinetics.simulation.prepared import Prepared, prepare
from exokinetics.simulation.running import plain_run
from exokinetics.simulation.tangent import tangent_run

Array = NDArray[np.float64]
SLOPES = 1e4  # times the tolerance of states: a direction of search needs no more
# of one condition, as many as AMICI takes: what needs more, such as waves of a share of a second over days, is no
# description of a measured course, and a search would spend most of its time there
MOST_STEPS = 10_000
RTOL = 1e-8  # a cost that is smooth to 1e-6, so that the search can tell 0.1 log-likelihood units


@dataclass(frozen=True)
class Simulated:
    """States of one condition (times, states), their slopes by its moving inputs, the inputs, and why there is none."""

    states: Array
    slopes: Array | None
    inputs: Array
    reason: str = ""


class Setting:
    """The inputs of the model in one condition, as functions of the quantities of the fit.

    `moving` are the inputs that depend on estimated ones; `slopes` are their derivatives.
    """

    def __init__(self, model: Model, condition: Condition, quantities: Mapping[str, FitParameter]) -> None:
        known = model.whole.parameters
        targets: dict[str, Node] = {
            name: item.tie if item.tie is not None else symbol(name)
            for name, item in quantities.items()
            if name in known and name not in condition.values
        } | dict(condition.ties)
        estimated = [name for name, item in quantities.items() if item.estimate]
        moves = {
            name for name, item in quantities.items()
            if item.estimate or (item.tie is not None and item.tie.symbols & set(estimated))
        }  # fmt: skip
        self.targets = tuple(targets)
        self.fixed = dict(condition.values)
        self.moving = tuple(name for name, node in targets.items() if node.symbols & moves)
        layout: dict[str, str | Sequence[str]] = {"q": list(quantities)}
        self._value = build_function(list(targets.values()), layout)
        entries = jacobian([targets[name] for name in self.moving], estimated)
        self._places = [(row, column) for row, column in entries]
        self._slopes = build_function(list(entries.values()), layout)
        self._shape = (len(self.moving), len(estimated))
        self._steady: Array | None = None
        if not any(node.symbols for node in entries.values()):
            self._steady = self._slopes_at([item.value for item in quantities.values()])

    def numbers(self, quantities: Array) -> list[float]:
        """The inputs `targets`, which the fit sets; those that the condition sets are `fixed`."""
        return self._value(quantities.tolist())

    def values(self, quantities: Array) -> dict[str, float]:
        """The inputs that the fit or the condition sets, by id."""
        return dict(zip(self.targets, self.numbers(quantities), strict=True)) | self.fixed

    def slopes(self, quantities: Array) -> Array:
        """d(moving)/d(estimated)."""
        return self._slopes_at(quantities.tolist()) if self._steady is None else self._steady

    def _slopes_at(self, quantities: list[float]) -> Array:
        table = np.zeros(self._shape)
        for (row, column), value in zip(self._places, self._slopes(quantities), strict=True):
            table[row, column] = value
        return table


class ConditionRun:
    """The simulation of one condition, prepared once."""

    def __init__(self, model: Model, condition: Condition, setting: Setting) -> None:
        self.condition, self.setting = condition, setting
        self.model = settled(model, condition)
        self.inputs = self.model.parameters
        self.blocks: list[Block] = []
        self.times: Array = np.empty(0)
        self.prepared: Prepared | None = None

    def complete(self, blocks: Sequence[Block]) -> None:
        """Prepare the simulation for what was measured."""
        self.blocks = list(blocks)
        moving = [block.times for block in blocks if block.dynamic]
        if moving:
            self.times = np.unique(np.concatenate(moving))
            self.prepared = self.prepare(self.times, self.setting.moving)
        system = system_of(self.model)
        self._inputs = system.defaults.copy()
        for name, value in self.setting.fixed.items():
            self._inputs[system.position[name]] = value
        self._targets = [system.position[name] for name in self.setting.targets]
        self.places = [
            np.searchsorted(self.times, block.times) if block.dynamic else np.zeros(len(block.times), int)
            for block in blocks
        ]

    def prepare(self, times: Array, inputs: Sequence[str] = ()) -> Prepared:
        """The simulation at these times, with slopes by `inputs` if there are any."""
        condition = self.condition
        ready = prepare(
            self.model, times, outputs=self.model.species, rtol=RTOL, start=condition.start,
            initial=condition.initial, doses=condition.doses, sensitivities=list(inputs) or None,
        )  # fmt: skip
        return replace(ready, slope_share=SLOPES, rescued=False, max_steps=MOST_STEPS)

    def simulate(self, quantities: Array, slopes: bool) -> Simulated:
        """The states at all times of the condition, for the numbers of all quantities of the fit."""
        states, columns = len(self.model.species), len(self.setting.moving)
        vector = self._inputs.copy()
        vector[self._targets] = self.setting.numbers(quantities)
        inputs = vector[: len(self.inputs)]
        if self.prepared is None:
            return Simulated(np.zeros((1, states)), np.zeros((1, states, columns)) if slopes else None, inputs)
        if slopes and columns:
            moved = tangent_run(self.prepared, vector)
            return Simulated(moved.table, moved.slopes, inputs, moved.reason)
        run = plain_run(self.prepared, vector)
        return Simulated(run.table, np.zeros((len(run.table), states, 0)) if slopes else None, inputs, run.reason)


def settled(model: Model, condition: Condition) -> Model:
    """The model with the values that the condition has before it begins."""
    if not condition.before:
        return model
    return replace(model, start=Start(model.start.steady, {**model.start.values, **condition.before}))
