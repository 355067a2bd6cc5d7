"""What a run was at earlier times: the interpolation of every step, for the states that rates look up.

A block of whole numbers, whose address is an input of the rates, tells where the pieces stand. Each piece is a row: the
time at which it begins, the length of its step, and for each state the five numbers x, d, a, b and c of
x + s (d + (1 - s) (a + s (b + s c))) at the share s of the step, in which Rodas5P interpolates. A piece holds until the
next one begins, since an event may end it early; before the first step stands one that never moves.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# the cells of the block, of which the last is a number
CELLS = ("count", "width", "rows", "order", "places", "lag_count", "lags", "longest")
CELL = {name: index for index, name in enumerate(CELLS)}
HEAD, NUMBERS = 2, 5  # of a row: what stands in front, and how much each state takes
BEGINNING = -1e300  # of the piece before all others, which ends at 0
ROOM = 2**17  # numbers that are added when the rows are full; memory is taken where something is written
MOST = 2**27  # numbers that are kept: a gigabyte


class History:
    """The pieces of one run; `initial` (states) is what the states were at all times before the start.

    `places` are the states that are looked up, and `lags` the delays by which rates and events do; the shortest one
    bounds the steps.
    """

    def __init__(self, places: Sequence[int], states: int, initial: Array, lags: Sequence[float]) -> None:
        width = len(places)
        self._size = HEAD + NUMBERS * width
        order = np.zeros(max(states, 1), np.int64)  # where a state stands among those that are looked up
        order[list(places)] = np.arange(width)
        self._order, self._places = order, np.array(places, np.int64)
        self._rows = np.empty((1, self._size))
        self._rows[0] = 0.0
        self._rows[0, :HEAD] = BEGINNING, -BEGINNING
        self._rows[0, HEAD::NUMBERS] = initial[list(places)]
        self._block: NDArray[np.int64] = np.zeros(len(CELLS), np.int64)
        self._block[CELL["count"]], self._block[CELL["width"]] = 1, width
        self._block[CELL["order"]], self._block[CELL["places"]] = order.ctypes.data, self._places.ctypes.data
        self._block.view(np.float64)[CELL["longest"]] = min(lags, default=np.inf)
        self._lags = np.array(lags, float)
        self._block[CELL["lag_count"]], self._block[CELL["lags"]] = len(lags), self._lags.ctypes.data
        self._block[CELL["rows"]] = self._rows.ctypes.data

    @property
    def address(self) -> int:
        """Of the block."""
        return int(self._block.ctypes.data)

    @property
    def handle(self) -> float:
        """The address as the bits of a number, as it stands among inputs."""
        return float(np.array([self.address], np.int64).view(np.float64)[0])

    def fewest(self, span: float) -> int:
        """The steps that a time takes at the least, since none may be longer than the shortest delay."""
        longest = float(self._block.view(np.float64)[CELL["longest"]])
        return int(min(span / longest, MOST))

    def room(self) -> int:
        """How many steps may be written now, at least half of what is added at a time until the most are kept."""
        count, size, most = int(self._block[CELL["count"]]), len(self._rows), MOST // self._size
        if size - count < ROOM // self._size // 2 and size < most:
            larger = np.empty((min(size + max(size, ROOM // self._size), most), self._size))
            larger[:count] = self._rows[:count]
            self._rows = larger
            self._block[CELL["rows"]] = larger.ctypes.data
        return len(self._rows) - count
