"""The compiled rates and their slopes for one parameter set, as plain functions of time and state."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from exokinetics.machine.history import History
from exokinetics.machine.kernels import Kernels

Array = NDArray[np.float64]
_FUNCTION = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)
_START = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 2)


class Bound:
    """Kernels with their inputs put in; what it returns is the caller's to keep. One thread at a time may use it.

    `rows`, `columns`: where the Jacobian may be other than zero, by columns.
    """

    def __init__(self, kernels: Kernels, values: Array, history: History | None = None) -> None:
        """`values` (inputs), in which the address of a `history` may stand; `kernels` are those of one set."""
        self._kernels, self._history = kernels, history  # holds what addresses point to in memory
        size, self._size = kernels.states, kernels.states
        places = np.array(kernels.pattern, np.int32).reshape(-1, 2)
        self.rows: NDArray[np.int32] = np.ascontiguousarray(places[:, 0])
        self.columns: NDArray[np.int32] = np.ascontiguousarray(places[:, 1])
        self._places = self.rows.astype(np.intp) * size + self.columns
        self._time, self._state, self._rates = np.zeros(1), np.zeros(size), np.zeros(size)
        self._entries, self._inputs = np.zeros(len(places)), np.zeros(kernels.rows)
        self._inputs[: kernels.inputs] = values
        self._seen = np.zeros(kernels.observables)
        arrays = self._time, self._state, self._inputs, self._rates, self._entries
        t, x, p, rates, entries = (array.ctypes.data for array in arrays)
        self._to_rates, self._to_entries = (t, x, p, rates), (t, x, p, entries)
        self._call_rates, self._call_slopes = _FUNCTION(kernels.rates), _FUNCTION(kernels.slopes)
        self._call_observe, self._to_observed = _FUNCTION(kernels.observe), (t, x, p, self._seen.ctypes.data)
        _START(kernels.start)(p, rates)  # works out the derived inputs; the initial state is not wanted

    def rates(self, t: float, x: Array) -> Array:
        """dx/dt, shape (states,)."""
        self._time[0] = t
        self._state[:] = x
        self._call_rates(*self._to_rates)
        return self._rates.copy()

    def observed(self, t: float, x: Array) -> Array:
        """Every observable, shape (observables,)."""
        self._time[0] = t
        self._state[:] = x
        self._call_observe(*self._to_observed)
        return self._seen.copy()

    def entries(self, t: float, x: Array) -> Array:
        """The values of d(dx/dt)/dx at `rows` and `columns`."""
        self._time[0] = t
        self._state[:] = x
        self._call_slopes(*self._to_entries)
        return self._entries.copy()

    def jacobian(self, t: float, x: Array) -> Array:
        """d(dx/dt)/dx, shape (states, states)."""
        matrix = np.zeros(self._size * self._size)
        matrix[self._places] = self.entries(t, x)
        return matrix.reshape(self._size, self._size)


def looking_back(kernels: Kernels, places: Sequence[int], x: Array, p: Sequence[float]) -> Bound:
    """The functions of rates that look up states; without a history, as if these had always been the same."""
    vector = np.array(p, float)
    standing = History(places, len(x), x, ()) if vector[-1] == 0.0 else None
    if standing is not None:
        vector[-1] = standing.handle
    return Bound(kernels, vector, standing)
