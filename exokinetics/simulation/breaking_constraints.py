"""Why a run with constraints broke off: one of them jumps, or no longer determines what it should."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exokinetics.compiler import System
from exokinetics.compiler.jumps import jumps
from exokinetics.expressions.graph import number, substitute
from exokinetics.expressions.text import to_text
from exokinetics.integrators import Array

AHEAD = 1e-6  # of the time in which something may end, and of a state: so far is looked to see how slopes change
NEAR = 1e-6  # of the sides of a comparison: nearer ones may change
TINY = 1e-300


def following(system: System, rate: Array, jacobian: Array) -> None:
    """Put into rates what those of states are that constraints determine, as they follow the others."""
    places = [index for index in system.algebraic if np.isfinite(rate[index])]
    rate[places] = 0.0
    slopes = jacobian[places]
    if np.isfinite(slopes).all() and np.linalg.det(slopes[:, places]):
        rate[places] = -np.linalg.solve(slopes[:, places], slopes @ rate)


def jumping(system: System, time: float, state: Array, inputs: Sequence[float]) -> str:
    """The clause for a constraint that jumps here by what states are; empty if none does."""
    names = [*zip(system.states, state.tolist(), strict=True), *zip(system.inputs, inputs, strict=True), ("time", time)]
    values = {name: number(value) for name, value in names}
    for index in system.algebraic:
        for relation in jumps([system.rates[index]], system.states):
            sides = substitute(relation.args, values)
            if any(node.kind != "number" for node in sides):  # such as 1/0
                continue
            first, second = (float(node.payload) for node in sides)
            if abs(first - second) <= NEAR * max(abs(first), abs(second)):
                name = system.states[index]
                return f"the constraint of '{name}' jumps where {to_text(relation)} changes, which is not supported yet"
    return ""


def undetermined(
    system: System, time: float, state: Array, inputs: Sequence[float], rate: Array, soon: float
) -> str:  # fmt: skip
    """The name, in quotes, of what the constraints soon determine no longer, as slopes change along the path; or none.

    Slopes also lessen where what is determined grows: those by its logarithm must vanish as well.
    """
    places = list(system.algebraic)
    speed = np.zeros(len(rate))
    speed[places] = np.abs(rate[places]) / np.maximum(np.abs(state[places]), TINY)
    ahead = min(AHEAD * soon, AHEAD / max(float(speed.max()), TINY))
    both = state, state + ahead * rate
    now, then = (np.linalg.det(system.jacobian(time, each, inputs)[np.ix_(places, places)]) for each in both)
    if now:
        sizes = [float(np.prod(np.abs(each[places]))) for each in both]
        left = max(_left(now, then, ahead), _left(now * sizes[0], then * sizes[1], ahead))
        if not left <= soon:
            return ""
    return f"'{system.states[int(np.argmax(speed)) if speed.any() else places[0]]}'"


def _left(now: float, then: float, ahead: float) -> float:
    """The time until a number is zero that goes on as it does from now to then."""
    left = now * ahead / (now - then) if now != then else np.inf
    return left if left > 0.0 else np.inf
