"""The elimination of a sparse matrix, planned once: an order of pivots that fills in little, and each step by place."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

GROUP = 8  # rows, or columns, that are worked on together
SMALLEST_BLOCK = 12
FULL = 0.5  # of a block is other than zero, or it stays sparse


@dataclass(frozen=True)
class Pivot:
    """One step: row `index` is used up. Places are those of the values in memory.

    `below`: (row, place) of the multipliers; `right`: (column, place) of what stays in the row; `updates`: (target,
    multiplier, factor), each meaning target -= multiplier * factor. `algebraic`: it is a row of a constraint.
    """

    index: int
    place: int
    below: tuple[tuple[int, int], ...]
    right: tuple[tuple[int, int], ...]
    updates: tuple[tuple[int, int, int], ...]
    algebraic: bool = False


@dataclass(frozen=True)
class Dense:
    """The last pivots, whose rows have filled in, as one square block: column after column, each `stride` apart.

    `states`: the rows in order of their pivots. `base`: where the block begins; behind it is room for the columns that
    fill up the last group, and for one more to work in.
    """

    states: tuple[int, ...]
    base: int

    @property
    def rounded(self) -> int:
        """Rows and columns in whole groups."""
        return -(-len(self.states) // GROUP) * GROUP

    @property
    def stride(self) -> int:
        """A column with room behind it, so that groups that begin anywhere may reach over its end."""
        return self.rounded + GROUP

    @property
    def end(self) -> int:
        """The first place behind the block and its room."""
        return self.base + (self.rounded + 1) * self.stride


@dataclass(frozen=True)
class Elimination:
    """A matrix with a nonzero diagonal taken apart into triangular factors without exchanging rows.

    `places`: (row, column) to the place of that value, filled-in ones included. `pivots`: the steps in order; those of
    the `dense` block, if there is one, have places but are worked out as a block.
    """

    size: int
    places: dict[tuple[int, int], int]
    pivots: tuple[Pivot, ...]
    dense: Dense | None = None

    @property
    def memory(self) -> int:
        """How many numbers the factors take; with constraints also, behind them, from how large ones each came."""
        if any(pivot.algebraic for pivot in self.pivots):
            return 2 * len(self.places)
        return self.dense.end if self.dense else len(self.places)

    @property
    def sparse_pivots(self) -> tuple[Pivot, ...]:
        """The pivots in front of the block."""
        return self.pivots[: self.size - len(self.dense.states)] if self.dense else self.pivots

    @property
    def work(self) -> int:
        """Multiplications and subtractions of one factorisation."""
        return sum(len(pivot.updates) + len(pivot.below) for pivot in self.pivots)


Raw = tuple[int, list[int], list[int]]  # a pivot, the rows below it and the columns to the right


def elimination(
    size: int, entries: Iterable[tuple[int, int]], *, block: bool = False, algebraic: Collection[int] = ()
) -> Elimination:
    """Plan by Markowitz: next comes the diagonal element whose row and column hold the fewest others.

    With `block`, what fills in at the end becomes a dense block. Rows of constraints, which are `algebraic`, come
    first: what is left is then the matrix of the differential equations that they leave, and its pivots have the sign
    of its determinant.
    """
    raw = _ordered(size, entries, frozenset(algebraic))
    start = _filled_from(raw) if block else size
    places: dict[tuple[int, int], int] = {}
    for pivot, below, right in raw[:start]:
        for key in ((pivot, pivot), *((row, pivot) for row in below), *((pivot, column) for column in right)):
            places[key] = len(places)
    dense = Dense(tuple(pivot for pivot, _, _ in raw[start:]), len(places)) if start < size else None
    if dense:
        for j, column in enumerate(dense.states):
            for i, row in enumerate(dense.states):
                places[row, column] = dense.base + j * dense.stride + i
    order = {pivot: index for index, (pivot, _, _) in enumerate(raw)}
    pivots = tuple(_placed(places, order, *step) for step in raw)
    if algebraic:
        pivots = tuple(replace(pivot, algebraic=pivot.index in algebraic) for pivot in pivots)
    return Elimination(size, places, pivots, dense)


def _ordered(size: int, entries: Iterable[tuple[int, int]], algebraic: frozenset[int]) -> list[Raw]:
    columns: list[set[int]] = [set() for _ in range(size)]  # by row: where it has values off the diagonal
    rows: list[set[int]] = [set() for _ in range(size)]
    for row, column in entries:
        if row != column:
            columns[row].add(column)
            rows[column].add(row)
    left = set(range(size))
    raw: list[Raw] = []
    while left:
        first = left & algebraic or left
        pivot = min(first, key=lambda index: (len(columns[index]) * len(rows[index]), index))
        left.remove(pivot)
        below, right = sorted(rows[pivot]), sorted(columns[pivot])
        raw.append((pivot, below, right))
        for row in below:
            columns[row].discard(pivot)
            columns[row].update(right)
            columns[row].discard(row)
        for column in right:
            rows[column].discard(pivot)
            rows[column].update(below)
            rows[column].discard(column)
    return raw


def _filled_from(raw: list[Raw]) -> int:
    """The first pivot from which on the rest of the matrix is so full that a block is quicker."""
    filled, start = 0, len(raw)
    for index in reversed(range(len(raw))):
        _, below, right = raw[index]
        filled += 1 + len(below) + len(right)
        rest = len(raw) - index
        if rest >= SMALLEST_BLOCK and filled >= FULL * rest * rest:
            start = index
    return start


def _placed(
    places: dict[tuple[int, int], int], order: dict[int, int], pivot: int, below: list[int], right: list[int]
) -> Pivot:  # fmt: skip
    last_first = sorted(right, key=order.__getitem__, reverse=True)  # the order in which they become known
    return Pivot(
        pivot,
        places[pivot, pivot],
        tuple((row, places[row, pivot]) for row in below),
        tuple((column, places[pivot, column]) for column in last_first),
        tuple(
            (places[row, column], places[row, pivot], places[pivot, column]) for row in below for column in last_first
        ),
    )
