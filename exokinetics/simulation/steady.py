"""Steady states: integrate until nothing moves, then polish by Newton along the directions that are free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from exokinetics.integrators import Array, Leg, Task, integrator

LONGEST = 1e9  # model time units; a pool with a half-life beyond this is not waited for
POLISH_STEPS = 20
HUGE = 1e100  # numbers beyond are no business of linear algebra, which would complain on standard output
WAITING_STEPS = 5_000  # for each tenfold longer wait; what rests needs a few hundred, what oscillates never ends


class Moving(Protocol):
    """Equations of motion: rates and their slopes by the state."""

    @property
    def nonnegative(self) -> NDArray[np.bool_]: ...
    def rhs(self, t: float, x: Array, p: Sequence[float]) -> Array: ...
    def jacobian(self, t: float, x: Array, p: Sequence[float]) -> Array: ...


@dataclass(frozen=True)
class Equilibrium:
    """The state found; `failure` is empty, or a clause that says why there is none."""

    state: Array
    failure: str = ""


def equilibrium(system: Moving, p: Sequence[float], state: Array, atol: Array) -> Equilibrium:
    """The steady state that is reached from `state` at time 0, with time held at 0 in explicit time dependence."""
    if not np.isfinite(state).all():
        return Equilibrium(state, "the initial state is not finite")
    reached, span = state, 1.0
    with np.errstate(all="ignore"):  # a state that grows without end may overflow on the way
        while span <= LONGEST:
            leg = _run(system, p, reached, span, atol)
            if leg.failure:
                return Equilibrium(leg.state, f"on the way to the steady state {leg.failure}")
            reached = leg.state
            try:
                polished = _polish(system, p, reached, atol)
                if polished is not None and _near(polished, reached, atol) and _rests(system, p, polished):
                    return Equilibrium(polished)
            except np.linalg.LinAlgError:  # the numbers are beyond linear algebra; wait on
                pass
            span *= 10.0
    return Equilibrium(reached, f"no steady state was reached within {LONGEST:g} time units")


def _run(system: Moving, p: Sequence[float], state: Array, span: float, atol: Array) -> Leg:
    return integrator("bdf")(
        Task(
            lambda t, x: system.rhs(0.0, x, p), lambda t, x: system.jacobian(0.0, x, p),
            state, 0.0, span, np.empty(0), 1e-6, atol, WAITING_STEPS,
        )
    )  # fmt: skip


def _polish(system: Moving, p: Sequence[float], state: Array, atol: Array) -> Array | None:
    """Newton's method within the plane of the conserved totals; None where it does not converge."""
    x = state
    conserved = conserved_directions(system.jacobian(0.0, x, p))
    for _ in range(POLISH_STEPS):
        rate = system.rhs(0.0, x, p)
        slope = system.jacobian(0.0, x, p)
        if not (np.isfinite(rate).all() and np.isfinite(slope).all()):
            return None
        # rows of the Jacobian differ by many orders; scaling by the states' own size keeps lstsq honest
        scale = np.maximum(np.abs(x), atol)
        weight = 1.0 / np.maximum(np.abs(slope) @ scale, 1e-300)
        matrix = np.vstack([slope * scale * weight[:, None], conserved * scale])
        target = np.concatenate([-rate * weight, np.zeros(len(conserved))])
        if not (np.abs(matrix).max() < HUGE and np.abs(target).max() < HUGE):  # also where one is nan
            return None
        step = np.linalg.lstsq(matrix, target, rcond=1e-14)[0] * scale
        x = x + step
        if not np.isfinite(x).all():
            return None
        # Newton converges quadratically: after a step this small the error is rounding
        if (np.abs(step) <= 1e-9 * np.abs(x) + 1e-3 * atol).all():
            allowed = (x[system.nonnegative] >= -atol[system.nonnegative]).all()
            return _without_rounding(x, atol, system.nonnegative) if allowed else None
    return None


def conserved_directions(slope: Array) -> Array:
    """Rows w with w J = 0: combinations of states that the equations do not change; shape (count, states)."""
    if not np.isfinite(slope).all() or not slope.size:
        return np.empty((0, slope.shape[0]))
    largest = np.abs(slope).max(axis=1)
    rows = np.where(largest > 0.0, largest, 1.0)
    left, singular, _ = np.linalg.svd(slope / rows[:, None])
    rank = int((singular > 1e-12 * singular[0]).sum()) if singular.size else 0
    return np.asarray(left[:, rank:].T / rows)


def _near(polished: Array, reached: Array, atol: Array) -> bool:
    """Whether Newton stayed where the integration arrived, so that it is on the branch that was reached."""
    return bool((np.abs(polished - reached) <= 1e-2 * np.abs(polished) + 1e3 * atol).all())


def _rests(system: Moving, p: Sequence[float], state: Array) -> bool:
    """Whether every rate is zero beside what flows through, and nothing grows away from the state."""
    rate, slope = system.rhs(0.0, state, p), system.jacobian(0.0, state, p)
    still = np.abs(rate) <= 1e-12 * (np.abs(slope) @ np.abs(state))
    modes = np.linalg.eigvals(slope)
    return bool(still.all() and modes.real.max(initial=0.0) <= 1e-11 * np.abs(modes).max(initial=0.0))


def _without_rounding(state: Array, tolerance: Array, nonnegative: NDArray[np.bool_]) -> Array:
    """Exact zeros for an empty state: 1e-34 vesicles with 1e-37 copies would make a ratio of rounding errors."""
    clean = np.where(np.abs(state) < 1e-12 * tolerance, 0.0, state)
    return np.where(nonnegative, np.maximum(clean, 0.0), clean)
