"""Steady states: integrate over ever longer spans, until nothing moves any more and nothing grows away."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from exokinetics.compiler import System
from exokinetics.compiler.constraints import require_unconstrained
from exokinetics.integrators import Array, Batch, Question
from exokinetics.integrators.guard import NOT_ENOUGH, TOO_SMALL
from exokinetics.machine.host import host
from exokinetics.simulation.breaking_off import End, cause_of

LONGEST = 1e9  # model time units; a pool with a half-life near this is not waited for
WAITING_STEPS = 5_000  # for each tenfold longer wait; what rests needs a few hundred, what oscillates never ends
RTOL = 1e-6  # on the way; at rest the steps grow until each is one of Newton's method, exact to rounding
SLOW = 1e-2  # relative change in a span after which the same span again brings rest, not a longer one
SETTLING = 6  # times that it is tried
NEWTON_STEPS = 3  # from beside it, to rounding
STILL = 1e-9  # relative change in a span
TREMBLING = 1e-6  # how far from rest rounding may keep a pool that is turned over millions of times an hour
FAILURES = {1: TOO_SMALL, 2: "{steps} " + NOT_ENOUGH + ", as where something oscillates"}


def steady_states(
    system: System,
    vectors: Array,
    states: Array,
    atol: Array,
    *,
    frozen: Sequence[int] = (),
    threads: int = 1,
    quick: bool = False,
) -> tuple[Array, list[str]]:
    """The steady states that are reached from `states` at time 0, with time held at 0 in explicit time dependence.

    `vectors` (sets, inputs), `states` and `atol` (sets, states); `frozen` are states that do not move. A clause for
    each set says why there is none, or is empty. A state is taken if every rate is zero beside what flows through,
    nothing moved over the last span, which is most of the wait, no mode grows, and nothing is negative that cannot be.
    """
    system.past.require_none("a steady state")
    require_unconstrained(system, "a steady state")
    found = states.astype(float).copy()
    failures = [""] * len(states)
    waited, unsettled = np.zeros(len(states)), np.ones(len(states), bool)
    finite = np.isfinite(states).all(axis=1)
    for index in np.flatnonzero(~finite):
        name = system.states[int(np.argmin(np.isfinite(states[index])))]
        failures[index] = f"the initial value of '{name}' is not a finite number"
    unsettled &= finite
    waiting, span = np.flatnonzero(finite), 1.0
    while span <= LONGEST and waiting.size:
        settling = waiting
        for _ in range(SETTLING):
            relax = _relaxation(system, 1 if len(states) == 1 else host().lanes, tuple(frozen), span, quick)
            before = found[settling]
            answer = relax(vectors[settling], start=before, atol=atol[settling], threads=threads)
            found[settling] = answer.last
            with np.errstate(all="ignore"):
                moved = np.abs(answer.last - before)
                slow = (moved <= SLOW * np.abs(answer.last) + atol[settling]).all(axis=1)
                still = (moved <= STILL * np.abs(answer.last) + atol[settling]).all(axis=1)
            ended = answer.status != 0
            for index in np.flatnonzero(ended):
                place, steps = settling[index], int(answer.steps[index] + answer.rejected[index])
                reason = FAILURES[int(answer.status[index])].format(steps=steps)
                passed = float(waited[place] + answer.reached[index])
                end = End(system, vectors[place].tolist(), 0.0, found[place], passed, frozen)
                failures[place] = _broken_off(end, reason)
                unsettled[place] = False
            waited[settling] += span
            for index in np.flatnonzero(still & ~ended):
                place = settling[index]
                if _rests(system, vectors[place], found[place], atol[place], list(frozen)):
                    found[place] = _without_rounding(found[place], atol[place], system.nonnegative)
                    unsettled[place], ended[index] = False, True
            waiting = np.setdiff1d(waiting, settling[ended])
            settling = settling[slow & ~ended]
            if not settling.size:
                break
        for place in settling:
            point = _rest_beside(system, vectors[place], found[place], atol[place], list(frozen))
            if point is not None and _rests(system, vectors[place], point, atol[place], list(frozen)):
                found[place] = _without_rounding(point, atol[place], system.nonnegative)
                unsettled[place] = False
        waiting = waiting[unsettled[waiting]]
        span *= 10.0
    for place in np.flatnonzero(unsettled):
        failures[place] = _unrest(system, vectors[place], found[place], atol[place], list(frozen))
    return found, failures


def _broken_off(end: End, failure: str) -> str:
    """Why the way to a state of rest ended."""
    cause = cause_of(end, failure, "")
    return f"on the way to it, after {end.passed:.6g} {end.system.time_unit}, {cause.clause}; {cause.remedy}"


def _unrest(system: System, vector: Array, state: Array, atol: Array, frozen: list[int]) -> str:
    """Which species still moves after the longest wait, or would if it were touched."""
    bound = system.bound(vector)
    rate, slope = bound.rates(0.0, state), bound.jacobian(0.0, state)
    rate[frozen], slope[frozen] = 0.0, 0.0
    speed, what = np.abs(np.nan_to_num(rate)) / np.maximum(np.abs(state), atol), "still changes"
    if speed.max(initial=0.0) * LONGEST < STILL and np.isfinite(slope).all():
        modes, directions = np.linalg.eig(slope)
        speed = np.abs(directions[:, int(np.argmax(modes.real))]) / np.maximum(np.abs(state), atol)
        what = "would move away from where it stands"
    name = system.states[int(np.argmax(speed))]
    return f"'{name}' {what} after {LONGEST:g} {system.time_unit}; hold it, or give it a loss that balances its gain"


@lru_cache(maxsize=256)
def _relaxation(system: System, lanes: int, frozen: tuple[int, ...], span: float, quick: bool) -> Batch:
    """The system left alone for a while."""
    question = Question(
        np.array([span]), np.empty(0, np.int64), RTOL, np.ones(len(system.states)), system.nonnegative,
        at_rest=True, max_steps=WAITING_STEPS,
    )  # fmt: skip
    return Batch(system.kernels(lanes, frozen, quick=quick), question)


def conserved_directions(slope: Array) -> Array:
    """Rows w with w J = 0: combinations of states that the equations do not change; shape (count, states)."""
    if not np.isfinite(slope).all() or not slope.size:
        return np.empty((0, slope.shape[0]))
    largest = np.abs(slope).max(axis=1)
    rows = np.where(largest > 0.0, largest, 1.0)
    left, singular, _ = np.linalg.svd(slope / rows[:, None])
    rank = int((singular > 1e-12 * singular[0]).sum()) if singular.size else 0
    return np.asarray(left[:, rank:].T / rows)


def _rests(system: System, vector: Array, state: Array, atol: Array, frozen: list[int]) -> bool:
    """Whether every rate is zero beside what flows through, and nothing grows away from the state."""
    bound = system.bound(vector)
    rate, slope = bound.rates(0.0, state), bound.jacobian(0.0, state)
    rate[frozen], slope[frozen] = 0.0, 0.0
    if not (np.isfinite(rate).all() and np.isfinite(slope).all()):
        return False
    if (np.abs(rate) > 1e-12 * (np.abs(slope) @ np.maximum(np.abs(state), atol))).any():
        return False
    modes = np.linalg.eigvals(slope)
    return bool(modes.real.max(initial=0.0) <= 1e-11 * np.abs(modes).max(initial=0.0))


def _rest_beside(system: System, vector: Array, state: Array, atol: Array, frozen: list[int]) -> Array | None:
    """Where all rates are zero, by Newton's method with all totals kept; None if that is not beside the state.

    Steps stop some way off where a pool is turned over a billion times faster than the slowest one changes: rounding of
    the one moves the other. All are solved for together here.
    """
    bound, size, point = system.bound(vector), np.maximum(np.abs(state), atol), state
    for _ in range(NEWTON_STEPS):
        rate, slope = bound.rates(0.0, point), bound.jacobian(0.0, point)
        rate[frozen], slope[frozen] = 0.0, 0.0
        if not (np.isfinite(rate).all() and np.isfinite(slope).all()):
            return None
        scaled = slope * size
        turnover = np.maximum(np.abs(scaled).sum(axis=1), 1e-300)
        totals = conserved_directions(slope) * size
        totals /= np.maximum(np.abs(totals).max(axis=1, keepdims=True), 1e-300)
        matrix = np.vstack([scaled / turnover[:, None], totals])
        target = np.append(-rate / turnover, np.zeros(len(totals)))
        point = point + np.linalg.lstsq(matrix, target)[0] * size
    beside = (np.abs(point - state) <= TREMBLING * np.abs(state) + atol).all()
    return point if beside else None


def _without_rounding(state: Array, tolerance: Array, nonnegative: NDArray[np.bool_]) -> Array:
    """Exact zeros for an empty state: 1e-34 vesicles with 1e-37 copies would make a ratio of rounding errors."""
    clean = np.where(np.abs(state) < 1e-12 * tolerance, 0.0, state)
    return np.where(nonnegative, np.maximum(clean, 0.0), clean)
