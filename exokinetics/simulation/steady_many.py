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
CONTRACTION = 0.5  # of the correction of a step, relative to the step: beyond it the rates are not linear enough


def steady_states(system: System, inputs: Array, start: Array, frozen: Sequence[int] = ()) -> Array:
    """The states at rest, shape (states, sets), for `inputs` (inputs, sets) from `start` (states, sets); else nan.

    Each set takes linearly implicit Euler steps of its own length, which grow while the state stays finite and
    non-negative and the correction of each step is smaller than the step (Deuflhard 2011, Newton Methods for Nonlinear
    Problems, section 6.4); without end they are Newton's method, which must settle. `frozen` states keep what they
    start with. It follows no trajectory closely: meant for what has one state of rest.
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
        here, length, given = x[:, open_sets], step[open_sets], inputs[:, open_sets]
        inverse = _inverse(system, given, here, length, frozen)
        change = _times(inverse, _rates(system, given, here, frozen))
        new = here + change
        with np.errstate(all="ignore"):
            correction = _times(inverse, _rates(system, given, new, frozen) - change / length)
            size = np.maximum(np.maximum(np.abs(here), np.abs(new)), scale[open_sets])
            moved, left = np.abs(change / size).max(axis=0), np.abs(correction / size).max(axis=0)
            small = (np.abs(change) <= CLOSE * np.abs(new) + 1e-12 * scale[open_sets]).all(axis=0)
            good = np.isfinite(new).all(axis=0) & (new >= -scale[open_sets]).all(axis=0)
            good &= small | (left <= CONTRACTION * moved)
        x[:, open_sets[good]] = np.maximum(new[:, good], 0.0)
        step[open_sets] = np.where(good, np.minimum(length * GROWTH, LAST_STEP), length * SHRINKAGE)
        done = good & small & (length >= LAST_STEP)
        settled[open_sets[done]] = True
        lost = ~good & (length < FIRST_STEP * 1e-9)
        open_sets = open_sets[~(done | lost)]
    x[:, ~settled] = np.nan
    return x


def _rates(system: System, inputs: Array, x: Array, frozen: Sequence[int]) -> Array:
    rate = system.rates_of_many(x, inputs)
    rate[list(frozen)] = 0.0
    return rate


def _inverse(system: System, inputs: Array, x: Array, length: Array, frozen: Sequence[int]) -> Array:
    """(1/h - J)^-1 of every set, shape (sets, states, states), found scaled by the states, whose sizes differ much."""
    slope = system.jacobians_of_many(x, inputs)
    slope[list(frozen)] = 0.0
    size = np.maximum(np.abs(x), 1e-9 * np.maximum(np.abs(x).max(axis=0), 1.0)).T
    with np.errstate(all="ignore"):
        matrix = -np.moveaxis(slope, 2, 0) * (size[:, None, :] / size[:, :, None])
        matrix[:, np.arange(len(x)), np.arange(len(x))] += 1.0 / length[:, None]
        fine = np.isfinite(matrix).all(axis=(1, 2))
        found = np.full(matrix.shape, np.nan)
        if fine.any():
            found[fine] = _inverted(matrix[fine])
        return np.asarray(found * (size[:, :, None] / size[:, None, :]))


def _times(matrices: Array, columns: Array) -> Array:
    return np.asarray(np.einsum("sij,js->is", matrices, columns))


def _inverted(matrices: Array) -> Array:
    """The inverse of each matrix; nan for one that is singular, which must not stop the others."""
    try:
        return np.asarray(np.linalg.inv(matrices))
    except np.linalg.LinAlgError:
        found = np.full(matrices.shape, np.nan)
        for index, matrix in enumerate(matrices):
            if np.linalg.cond(matrix) < 1e16:
                found[index] = np.linalg.inv(matrix)
        return found
