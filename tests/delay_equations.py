"""Delay equations by scipy, as an outside truth: from stretch to stretch, each no longer than the shortest delay."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from scipy.integrate import solve_ivp

Past = Callable[[float], np.ndarray]
Rates = Callable[[float, np.ndarray, Past], np.ndarray]
ORDERS = 7  # bends of a higher order are nothing to a method of order 8
NEAR = 1e-11  # of a stretch: its end is not to be taken for the beginning of the next one


def by_steps(
    rates: Rates, start: Sequence[float], lags: Sequence[float], times: np.ndarray,
    jumps: Sequence[tuple[float, int, float]] = (),
) -> tuple[np.ndarray, Past]:  # fmt: skip
    """States (times, states), and the state at any time; `jumps` are (time, state, new value)."""
    end, state = float(times[-1]), np.array(start, float)
    before = state.copy()
    pieces: list[tuple[float, Past]] = [(-np.inf, lambda t: before)]

    def past(t: float) -> np.ndarray:
        return next(piece for low, piece in reversed(pieces) if low <= t + 1e-12)(t)

    for low, high in pairwise(_stops(lags, end, [when for when, _, _ in jumps])):
        found = solve_ivp(
            lambda t, x, low=low, high=high: rates(min(max(t, low + NEAR), high - NEAR), x, past), (low, high), state,
            "DOP853", dense_output=True, rtol=1e-12, atol=1e-14,
        )  # fmt: skip
        pieces.append((low, found.sol))
        state = found.y[:, -1].copy()
        for when, place, value in jumps:
            if abs(when - high) < 1e-12:
                state[place] = value
    return np.array([past(t) for t in times]), past


def _stops(lags: Sequence[float], end: float, jumps: Sequence[float]) -> list[float]:
    """Where something bends, and between so often that no stretch is longer than the shortest delay."""
    bends = {0.0, end, *jumps}
    for _ in range(ORDERS):
        bends |= {bend + lag for bend in bends for lag in lags if bend + lag < end}
    found = [0.0]
    for bend in sorted(bends)[1:]:
        if bend - found[-1] > 1e-12:
            parts = int(np.ceil((bend - found[-1]) / min(lags) - 1e-9))
            found += np.linspace(found[-1], bend, max(parts, 1) + 1)[1:].tolist()
    return found
