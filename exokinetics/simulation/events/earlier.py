"""Runs of models whose rates look back: what was, when it matters again, and where that cannot be followed."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from exokinetics.expressions.graph import Node
from exokinetics.integrators import Array, History
from exokinetics.simulation.doses import ROUNDING
from exokinetics.simulation.plan import Plan

JUMP, BEND = 0, 1  # how often a course can be differentiated where it jumps, and where it bends, plus one
MOST = 10_000  # bends of bends that are kept, which many delays have without end
SMOOTH = 6  # what is as smooth as that is nothing to a method of order 5


@dataclass
class Breaks:
    """The times at which delayed values are not smooth: those at which states were not, and each delay later.

    Rates that jump bend the states, so what comes back after a delay is one order smoother each time.
    """

    lags: Sequence[float]
    end: float
    _times: list[float] = field(default_factory=list)
    _orders: dict[float, int] = field(default_factory=dict)

    def add(self, times: Iterable[float], order: int) -> None:
        """Take up times at which states are not smooth."""
        now, first = set(times), order + 1
        passed = bisect_right(self._times, min(now, default=0.0))
        for smoother in range(first, SMOOTH):
            later = {time + lag for time in now for lag in self.lags}
            now = {time for time in later if time <= self.end and smoother < self._orders.get(time, SMOOTH)}
            if smoother > first and len(self._times) - passed + len(now) > MOST:
                return  # errors of steps see bends as well
            for time in sorted(now):
                if time not in self._orders:
                    insort(self._times, time)
                self._orders[time] = smoother

    def after(self, time: float) -> float:
        """The next one, or infinity."""
        place = bisect_right(self._times, time * (1.0 + ROUNDING))
        return self._times[place] if place < len(self._times) else np.inf


@dataclass(frozen=True)
class Past:
    """What was, for one run, and the inputs with its address put in."""

    history: History
    vector: Array
    breaks: Breaks


def fault(plan: Plan, vector: Array) -> str:
    """Why a run with these values cannot look back, as a sentence; empty if it can."""
    for by in plan.system.values_of(_constant(plan), vector.tolist()):
        if not (by >= 0.0 and np.isfinite(by)):
            return f"{plan.model.name} has a delay of {by:g}, which is no time that has passed; give one of 0 or more"
    return ""


def as_it_is_now(plan: Plan, vector: Array) -> Plan:
    """The plan with what is delayed by 0 taken as it is now."""
    delays = _constant(plan)
    values = plan.system.values_of(delays, vector.tolist())
    plain = [node for node, by in zip(delays, values, strict=True) if by == 0.0]
    return plan.over(plan.system.without(plain), plan.inputs) if plain else plan


def _constant(plan: Plan) -> list[Node]:
    return [by for by in plan.system.delays if plan.system.past.is_constant(by)]


def past_of(plan: Plan, vector: Array, state: Array) -> Past:
    """For a run from this state, which is what was at all times before the start."""
    system, end = plan.system, float(plan.times[-1])
    p = vector.tolist()
    lags = sorted(set(system.values_of(system.lags, p)))
    history = History(system.past.places, len(system.states), state, lags)
    vector = vector.copy()
    vector[-1] = history.handle
    breaks = Breaks(lags, end)
    breaks.add([0.0, *(time for time, _, _ in plan.doses.bolus)], JUMP)
    breaks.add(plan.doses.breaks(), BEND)
    breaks.add(system.switches(p, end), BEND)
    return Past(history, vector, breaks)
