"""Steady states: integrate until nothing moves, then polish by Newton along the directions that are free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exokinetics.compiler import System
from exokinetics.integrators import Array, Leg, Task, integrator

LONGEST = 1e9  # model time units; a pool with a half-life beyond this is not waited for
POLISH_STEPS = 20


@dataclass(frozen=True)
class Equilibrium:
    """The state found; `failure` is empty, or a clause that says why there is none."""

    state: Array
    failure: str = ""


def equilibrium(system: System, p: Sequence[float], state: Array, atol: Array) -> Equilibrium:
    """The steady state that is reached from `state` at time 0, with time held at 0 in explicit time dependence."""
    if not np.isfinite(state).all():
        return Equilibrium(state, "the initial state is not finite")
    reached, span = state, 1.0
    while span <= LONGEST:
        leg = _run(system, p, reached, span, atol)
        if leg.failure:
            return Equilibrium(leg.state, f"on the way to the steady state {leg.failure}")
        reached = leg.state
        polished = _polish(system, p, reached, atol)
        if polished is not None and _near(polished, reached, atol):
            return Equilibrium(polished)
        span *= 10.0
    return Equilibrium(reached, f"no steady state was reached within {LONGEST:g} time units")


def _run(system: System, p: Sequence[float], state: Array, span: float, atol: Array) -> Leg:
    return integrator("bdf")(
        Task(
            lambda t, x: system.rhs(0.0, x, p), lambda t, x: system.jacobian(0.0, x, p),
            state, 0.0, span, np.empty(0), 1e-6, atol,
        )
    )  # fmt: skip


def _polish(system: System, p: Sequence[float], state: Array, atol: Array) -> Array | None:
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
        step = np.linalg.lstsq(matrix, target, rcond=1e-14)[0] * scale
        x = x + step
        if not np.isfinite(x).all():
            return None
        # Newton converges quadratically: after a step this small the error is rounding
        if (np.abs(step) <= 1e-9 * np.abs(x) + 1e-3 * atol).all():
            return x if (x[system.nonnegative] >= -atol[system.nonnegative]).all() else None
    return None


def conserved_directions(slope: Array) -> Array:
    """Rows w with w J = 0: combinations of states that the equations do not change; shape (count, states)."""
    if not np.isfinite(slope).all() or not slope.size:
        return np.empty((0, slope.shape[0]))
    rows = np.maximum(np.abs(slope).max(axis=1), 1e-300)
    left, singular, _ = np.linalg.svd(slope / rows[:, None])
    rank = int((singular > 1e-12 * singular[0]).sum()) if singular.size else 0
    return np.asarray(left[:, rank:].T / rows)


def _near(polished: Array, reached: Array, atol: Array) -> bool:
    """Whether Newton stayed where the integration arrived: within a factor of two, so on the same branch."""
    return bool((np.abs(polished - reached) <= np.maximum(np.abs(reached), 1e3 * atol)).all())
