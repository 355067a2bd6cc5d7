"""What an integrator needs of a compiled model: addresses of its functions, and sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kernels:
    """The functions of a model for rows of `lanes` parameter sets.

    Every argument is an address of rows: time, state and inputs come in, `g` is 1/(step gamma).
    `rates(t, x, p, f)`; `factor(t, x, p, g, lu, ft, sound)`: the factors of (g - Jacobian), the slope of the rates in
    time, and 1 where every pivot was sound; `stage(t, x, p, added, lu, k)`: k = (g - Jacobian)^-1 (rates + added);
    `start(p, x)`: the initial state; `observe(t, x, p, y)`: the observables; `switch_times(p, times)`: when rates jump;
    in rows of one set also `slopes(t, x, p, j)`: the entries of the Jacobian at `pattern`.
    """

    lanes: int
    states: int
    inputs: int
    rows: int  # of inputs, derived ones included
    entries: int  # of the factors
    observables: int
    switches: int
    in_time: bool  # whether a rate names time
    pattern: tuple[tuple[int, int], ...]  # (row, column) of the entries of the Jacobian, by columns
    rates: int
    factor: int
    stage: int
    start: int
    observe: int
    switch_times: int
    slopes: int = 0
    alive: Any = None  # what holds the code in memory
