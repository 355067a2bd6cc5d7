"""Quantiles over draws: of a whole table, or of blocks that pass by, in memory that does not grow with the draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from exokinetics.integrators import Array

Whole = NDArray[np.int64]

RANK_ERROR = 0.005  # of the draws: how far the rank of what is returned may be from that asked for
EXACT_BYTES = 2**27  # of results: up to here they are kept, and the quantiles are those of numpy
LEAST_EXACT = 4096  # draws that are kept in any case
COARSE, FINE = 64, 768  # edges of a cell: over its whole distribution, and around the levels
SPREAD = 5.0  # standard errors to either side of a level, as the first draws tell it, in which its edges lie
LARGEST = 1e300  # a number beyond counts as infinite; on the way it is this one, so that differences stay finite
LOWEST = np.iinfo(np.int64).min


def quantiles(table: Array, levels: Sequence[float]) -> Array:
    """Quantiles over the first axis of (draw, time, outputs), what is nan left out; shape (levels, time, outputs)."""
    known = ~np.isnan(table)
    succeeded = known.any(axis=(1, 2))
    if not succeeded.all():
        table, known = table[succeeded], known[succeeded]
    if not len(table):
        return np.full((len(levels), *table.shape[1:]), np.nan)
    with np.errstate(invalid="ignore"):  # of infinities
        found = np.quantile(table, levels, axis=0)
        some = known.any(axis=0) & ~known.all(axis=0)
        if some.any():  # slow, one at a time
            found[:, some] = np.nanquantile(table[:, some], levels, axis=0)
    return np.asarray(found)


def streamed_quantiles(
    passes: Callable[[], Iterable[Array]], levels: Sequence[float], count: int, shape: tuple[int, int]
) -> Array:  # fmt: skip
    """Quantiles of `count` draws, shape (levels, *shape), from `passes`, which runs them all in blocks (draw, *shape).

    Exactly those of numpy while the draws fit into 128 MB or are at most 4096. Of more, the first ones lay a grid of
    edges for every time and output, dense around the levels; all are counted between the edges, and a quantile is
    interpolated between the two that it lies between. Its rank is wrong by at most half a per cent of the draws (by a
    few hundredths as a rule): where more of them lie between the two, all are run once more with a finer grid there.
    The result does not depend on the size of the blocks.
    """
    cells = shape[0] * shape[1]
    exact = exact_draws(cells)
    if count <= exact:
        return quantiles(np.concatenate(list(passes())), levels)
    counter, held = None, []
    for block in passes():
        if counter is None:
            held.append(block)
            if sum(map(len, held)) < exact:
                continue
            block, held = np.concatenate(held), []
            counter = _Counter(_first_edges(_sorted(block[:exact]), levels), np.arange(cells))
        counter.add(block)
    assert counter is not None
    found = np.full((len(levels), cells), np.nan)
    unsure = counter.settle(levels, found)
    while len(unsure[0]):
        counter = _Counter(unsure[1], unsure[0])
        for block in passes():
            counter.add(block)
        unsure = counter.settle(levels, found)
    found = np.where(np.abs(found) >= LARGEST, np.copysign(np.inf, found), found)
    return found.reshape(len(levels), *shape)


def exact_draws(cells: int) -> int:
    """How many draws of so many numbers are kept whole."""
    return max(LEAST_EXACT, EXACT_BYTES // (8 * max(cells, 1)))


class _Counter:
    """Counts, for some cells (times and outputs), how many draws lie below and up to each of a row of edges."""

    def __init__(self, edges: Array, cells: Whole) -> None:
        self.edges, self.cells = edges, cells
        self.below, self.upto = (np.zeros(edges.shape, np.int32) for _ in range(2))
        self.known = np.zeros(len(cells), np.int64)
        self.least, self.most = np.full(len(cells), np.inf), np.full(len(cells), -np.inf)

    def add(self, block: Array) -> None:
        """Count the draws of a block (draw, time, outputs)."""
        rows = _sorted(block, self.cells)
        for place, (row, edges) in enumerate(zip(rows, self.edges, strict=True)):
            self.below[place] += row.searchsorted(edges)
            self.upto[place] += row.searchsorted(edges, "right")
        known = (~np.isnan(rows)).sum(axis=1)
        last = rows[np.arange(len(rows)), np.maximum(known - 1, 0)]
        self.known += known
        self.least, self.most = np.fmin(self.least, rows[:, 0]), np.fmax(self.most, last)

    def settle(self, levels: Sequence[float], found: Array) -> tuple[Whole, Array]:
        """Put the quantiles into `found` (levels, cells); the cells that need finer edges, and these edges."""
        unsure, finer = [], []
        for place in np.flatnonzero(self.known):
            ranks, values = self._points(int(place))
            wanted = np.asarray(levels) * (self.known[place] - 1)
            upper = np.clip(ranks.searchsorted(wanted, "right"), 1, len(ranks) - 1)
            low, high = values[upper - 1], values[upper]
            width = ranks[upper] - ranks[upper - 1]
            share = np.divide(wanted - ranks[upper - 1], width, out=np.zeros(len(wanted)), where=width > 0)
            found[:, self.cells[place]] = low + np.clip(share, 0.0, 1.0) * (high - low)
            if ((width + 1 > RANK_ERROR * self.known[place]) & (high > np.nextafter(low, np.inf))).any():
                unsure.append(self.cells[place])
                finer.append(_between(low, high, FINE // len(levels) + 2))
        return np.array(unsure, np.int64), np.array(finer)

    def _points(self, place: int) -> tuple[Array, Array]:
        """What is known of a cell's sorted draws: ranks from 0, halves for what lies between two draws, and values."""
        below, upto, count = self.below[place], self.upto[place], int(self.known[place])
        held = upto > below  # draws that are equal to the edge
        ranks = np.stack([np.where(held, below, upto - 0.5), np.where(held, upto - 1.0, upto - 0.5)], axis=1).ravel()
        values = np.repeat(self.edges[place], 2)
        least, most = self.least[place], self.most[place]
        return (
            np.concatenate([[0.0], np.clip(ranks, 0.0, count - 1.0), [count - 1.0]]),
            np.concatenate([[least], np.clip(values, least, most), [most]]),
        )


def _sorted(block: Array, cells: Whole | None = None) -> Array:
    """The draws of each cell in order, what is nan at the end; shape (cells, draw)."""
    rows = block.reshape(len(block), -1)
    rows = np.ascontiguousarray((rows if cells is None or len(cells) == rows.shape[1] else rows[:, cells]).T)
    np.clip(rows, -LARGEST, LARGEST, out=rows)
    rows.sort(axis=1)
    return rows


def _first_edges(rows: Array, levels: Sequence[float]) -> Array:
    """Edges of every cell from its first draws, sorted: some over all of them, most around the levels."""
    count, each = rows.shape[1], FINE // len(levels) + 2
    parts = [np.linspace(0.0, 1.0, COARSE + 1)]
    for level in levels:
        reach = SPREAD * (np.sqrt(level * (1.0 - level) / count) + 1.0 / count)
        parts.append(np.linspace(max(level - reach, 0.0), min(level + reach, 1.0), each))
    shares = np.unique(np.concatenate(parts))
    edges = np.zeros((len(rows), len(shares)))
    for row, own in zip(rows, edges, strict=True):
        known = int(row.searchsorted(np.nan))
        if known:  # else edges of zero, which the next pass mends
            own[:] = np.interp(shares * (known - 1), np.arange(known), row[:known])
    return np.maximum.accumulate(edges, axis=1)


def _between(low: Array, high: Array, count: int) -> Array:
    """Edges between bounds, from one to the other in as many steps of as many floating-point numbers; sorted."""
    first, last = _ordinal(low).tolist(), _ordinal(high).tolist()
    steps = count - 1
    places = [a + (b - a) * step // steps for a, b in zip(first, last, strict=True) for step in range(count)]
    numbers = np.array(places, np.int64)
    return np.sort(np.where(numbers < 0, LOWEST - numbers, numbers).view(float))


def _ordinal(numbers: Array) -> Whole:
    """Whole numbers in the order of the floating-point ones, neighbours next to each other."""
    bits = np.ascontiguousarray(numbers, float).view(np.int64)
    return np.where(bits < 0, LOWEST - bits, bits)
