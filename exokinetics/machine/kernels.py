"""What an integrator needs of a compiled model: addresses of its functions, and sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Kernels:
    """The functions of a model for rows of `lanes` parameter sets.

    Every argument is an address of rows: time, state and inputs come in, `g` is 1/(step gamma).
    `rates(t, x, p, f)`; `factor(t, x, p, g, lu, ft, sound)`: the factors of (g - Jacobian), the slope of the rates in
    time, and 0 where a pivot was not sound, else the sign of the determinant; `stage(t, x, p, added, lu, k)`:
    k = (g - Jacobian)^-1 (rates + added);
    `start(p, x)`: the initial state; `observe(t, x, p, y)`: the observables; `switch_times(p, times)`: when rates jump;
    in rows of one set also `slopes(t, x, p, j)`: the entries of the Jacobian at `pattern`. The rates of `algebraic`
    states are what constraints make zero; g is not added to their rows.
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
    algebraic: tuple[int, ...] = ()
    alive: Any = None  # what holds the code in memory


@dataclass(frozen=True)
class TangentKernels:
    """The functions for slopes of the states by `columns` inputs.

    For rows of `points`: `derive(p, -)` completes the inputs, of which there are `rows`; `moved(t, x, p, values)`:
    derivatives of the rates; `bent(t, x, p, v, values)`: those of the Jacobian times v, time being the last component
    of v. First of the values are those by states, `moved_by_state` and `bent_by_state` of them, and then those by
    inputs, which belong to the places `by_input` of slopes that stand in tables of `width` inputs, one after the other.
    By the number of lanes, for the factors of one set among them: `advance[lanes](lu, moved, bent, here, start, direct,
    right)` puts (g - Jacobian)^-1 (right + moved here + bent start + direct) into `right`; all four are such tables,
    and `moved` and `bent` the values by states. `places` are those of the inputs among all.
    """

    columns: int
    rows: int
    points: int
    width: int
    moved_by_state: int
    bent_by_state: int
    by_input: NDArray[np.int64]
    derive: int
    moved: int
    bent: int
    advance: Mapping[int, int]
    places: tuple[int, ...] = ()
    alive: Any = None
