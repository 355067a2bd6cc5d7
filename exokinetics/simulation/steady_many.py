"""Steady states of many parameter sets at once: implicit steps that grow until they are Newton's method."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exokinetics.compiler import System
from exokinetics.compiler.constraints import require_unconstrained
from exokinetics.integrators import Array

FIRST_STEP, LAST_STEP = 1e-4, 1e14  # model time units
GROWTH, SHRINKAGE = 4.0, 0.1
MOST_STEPS = 400
CLOSE = 1e-7  # relative change in a step of Newton's method after which the error is rounding


def steady_states(system: System, inputs: Array, start: Array, frozen: Sequence[int] = ()) -> Array:
    """The states at rest, shape (states, sets), for `inputs` (inputs, sets) from `start` (states, sets); else nan.

    Each set takes linearly implicit Euler steps of its own length, which grow while the state stays finite and
    non-negative; without end they are Newton's method, which must settle. `frozen` states keep what they start with.
    It follows no trajectory closely: meant for what has one state of rest.
    """
    system.past.require_none("a steady state")
    require_unconstrained(system, "a steady state")
    sets = start.shape[1]
    x, step = start.astype(float).copy(), np.full(sets, FIRST_STEP)
    scale = np.maximum(np.abs(x).max(axis=0), 1.0) * 1e-9
    open_sets, settled = np.arange(sets), np.zeros(sets, bool)
    for _ in range(MOST_STEPS):
        if not open_sets.size:
            break
        here, length = x[:, open_sets], step[open_sets]
        change = _step(system, inputs[:, open_sets], here, length, frozen)
        new = here + change
        with np.errstate(all="ignore"):
            good = np.isfinite(new).all(axis=0) & (new >= -scale[open_sets]).all(axis=0)
            small = (np.abs(change) <= CLOSE * np.abs(new) + 1e-12 * scale[open_sets]).all(axis=0)
        x[:, open_sets[good]] = np.maximum(new[:, good], 0.0)
        step[open_sets] = np.where(good, np.minimum(length * GROWTH, LAST_STEP), length * SHRINKAGE)
        done = good & small & (length >= LAST_STEP)
        settled[open_sets[done]] = True
        lost = ~good & (length < FIRST_STEP * 1e-9)
        open_sets = open_sets[~(done | lost)]
    x[:, ~settled] = np.nan
    return x


def _step(system: System, inputs: Array, x: Array, length: Array, frozen: Sequence[int]) -> Array:
    """(1/h - J)^-1 f of every set, scaled by the states so that numbers of very different size do not drown."""
    rate, slope = system.rates_of_many(x, inputs), system.jacobians_of_many(x, inputs)
    rate[list(frozen)] = 0.0
    slope[list(frozen)] = 0.0
    size = np.maximum(np.abs(x), 1e-9 * np.maximum(np.abs(x).max(axis=0), 1.0))
    with np.errstate(all="ignore"):
        matrix = -slope * (size[None, :, :] / size[:, None, :])
        matrix[np.arange(len(x)), np.arange(len(x))] += 1.0 / length
        stacked, target = np.moveaxis(matrix, 2, 0), (rate / size).T[:, :, None]
        fine = np.isfinite(stacked).all(axis=(1, 2)) & np.isfinite(target).all(axis=(1, 2))
        change = np.full(x.shape, np.nan)
        if fine.any():
            change[:, fine] = _solved(stacked[fine], target[fine]).T * size[:, fine]
    return change


def _solved(matrices: Array, targets: Array) -> Array:
    """The solution of each system; nan for one that is singular, which must not stop the others."""
    try:
        return np.asarray(np.linalg.solve(matrices, targets)[:, :, 0])
    except np.linalg.LinAlgError:
        found = np.full(targets.shape[:2], np.nan)
        for index, (matrix, target) in enumerate(zip(matrices, targets, strict=True)):
            if np.linalg.cond(matrix) < 1e16:
                found[index] = np.linalg.solve(matrix, target)[:, 0]
        return found
