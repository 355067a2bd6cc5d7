"""The elimination of a sparse matrix, planned once: an order of pivots that fills in little, and each step by place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DENSE, SMALLEST = 0.85, 12  # a last block of that many rows, filled to that share, is worth handling as full
TOGETHER = 8  # rows of it that are worked on at once, so that the last may lie behind its end


@dataclass(frozen=True)
class Pivot:
    """One step: row `index` is used up. Places are those of the values in memory.

    `below`: (row, place) of the multipliers; `right`: (column, place) of what stays in the row; `updates`: (target,
    multiplier, factor), each meaning target -= multiplier * factor.
    """

    index: int
    place: int
    below: tuple[tuple[int, int], ...]
    right: tuple[tuple[int, int], ...]
    updates: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Elimination:
    """A matrix with a nonzero diagonal taken apart into triangular factors without exchanging rows.

    `places`: (row, column) to the place of that value, filled-in ones included, in the order in which they are used.
    The pivots from `dense` on make a full block: column by column, with room behind each for whole groups of rows, as
    many columns as whole groups take, and one more to work in.
    """

    size: int
    places: dict[tuple[int, int], int]
    pivots: tuple[Pivot, ...]
    dense: int
    room: int

    @property
    def block(self) -> int:
        """Rows and columns of the full block; 0 if there is none."""
        return self.size - self.dense

    @property
    def length(self) -> int:
        """From one column of the full block to the next."""
        return column_length(self.block)

    @property
    def base(self) -> int:
        """The first place of the full block."""
        return self.places[(self.pivots[self.dense].index,) * 2]

    @property
    def work(self) -> int:
        """Multiplications and subtractions of one factorisation."""
        return sum(len(pivot.updates) + len(pivot.below) for pivot in self.pivots)


def column_length(rows: int) -> int:
    """The places of a column of so many rows, when a group of rows may begin at each of them."""
    return rounded(rows + TOGETHER - 1)


def rounded(rows: int) -> int:
    """Rows up to the end of their last group."""
    return -(-rows // TOGETHER) * TOGETHER


def elimination(size: int, entries: Iterable[tuple[int, int]]) -> Elimination:
    """Plan by Markowitz: next comes the diagonal element whose row and column hold the fewest others."""
    columns: list[set[int]] = [set() for _ in range(size)]  # by row: where it has values off the diagonal
    rows: list[set[int]] = [set() for _ in range(size)]
    for row, column in entries:
        if row != column:
            columns[row].add(column)
            rows[column].add(row)
    left = set(range(size))
    raw: list[tuple[int, list[int], list[int]]] = []
    while left:
        pivot = min(left, key=lambda index: (len(columns[index]) * len(rows[index]), index))
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
    places: dict[tuple[int, int], int] = {}
    dense = _start_of_block([1 + len(below) + len(right) for _, below, right in raw])
    for pivot, below, right in raw[:dense]:
        for key in ((pivot, pivot), *((row, pivot) for row in below), *((pivot, column) for column in right)):
            places[key] = len(places)
    base, last = len(places), [pivot for pivot, _, _ in raw[dense:]]
    length = column_length(len(last))
    for j, column in enumerate(last):
        for i, row in enumerate(last):
            places[row, column] = base + j * length + i
    room = base + (rounded(len(last)) + 1) * length if last else base
    return Elimination(size, places, tuple(_placed(places, *step) for step in raw), dense, room)


def _start_of_block(values: list[int]) -> int:
    """The first of the pivots that make a full block, from how many values each of all of them uses up."""
    start, inside = len(values), 0
    for index in range(len(values) - 1, -1, -1):
        inside += values[index]
        rows = len(values) - index
        if rows >= SMALLEST and inside >= DENSE * rows * rows:
            start = index
    return start


def _placed(places: dict[tuple[int, int], int], pivot: int, below: list[int], right: list[int]) -> Pivot:
    return Pivot(
        pivot,
        places[pivot, pivot],
        tuple((row, places[row, pivot]) for row in below),
        tuple((column, places[pivot, column]) for column in right),
        tuple(
            (places[row, column], places[row, pivot], places[pivot, column]) for row in below for column in right
        ),
    )  # fmt: skip
