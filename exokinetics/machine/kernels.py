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


@dataclass(frozen=True)
class Entries:
    """The places of the nonzero derivatives of rows, first those by states and then those by inputs."""

    state_row: NDArray[np.int64]
    state_column: NDArray[np.int64]
    input_row: NDArray[np.int64]
    input_column: NDArray[np.int64]


@dataclass(frozen=True)
class TangentKernels:
    """The functions for slopes of the states by `columns` inputs.

    For rows of `points`: `derive(p, -)` completes the inputs, of which there are `rows`; `moved(t, x, p, values)`:
    derivatives of the rates; `bent(t, x, p, v, values)`: those of the Jacobian times v, time being the last component
    of v. By the number of lanes, for the factors of one set among them: `solve[lanes](lu, right, columns)`:
    (g - Jacobian)^-1 times rows of `columns` numbers, in place. `places` are those of the inputs among all.
    """

    columns: int
    rows: int
    points: int
    derive: int
    moved: int
    bent: int
    solve: Mapping[int, int]
    moved_entries: Entries
    bent_entries: Entries
    places: tuple[int, ...] = ()
    alive: Any = None
