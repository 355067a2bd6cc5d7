"""One stage of the slopes by some inputs as machine code: what derivatives make of them, and the solution for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exokinetics.compiler.machine_code import UNROLLED
from exokinetics.compiler.sparse import Elimination
from exokinetics.compiler.tables import solve_rows_by_table
from exokinetics.machine import ir
from exokinetics.machine.code import Code, Integers, Number, Numbers

VECTOR = 4  # slopes by inputs that are worked on together
TOGETHER = 2  # so many of these in a table of code that is written out: all stages of it stay in the nearest cache
WRITTEN_OUT = 500  # entries of matrices; with more, loops over tables take little longer

Places = Sequence[tuple[int, int]]  # (row, column) of the entries of a matrix


@dataclass(frozen=True)
class Stage:
    """The matrices `moved` and `bent` by places, and the elimination of (g - Jacobian) for each number of lanes."""

    moved: Places
    bent: Places
    plans: dict[int, Elimination]

    @property
    def written_out(self) -> bool:
        """Whether it is short enough not to be written as loops."""
        entries = [len(self.moved) + len(self.bent) + len(plan.places) for plan in self.plans.values()]
        return max(entries) <= WRITTEN_OUT and all(plan.work <= UNROLLED for plan in self.plans.values())

    def width(self, columns: int) -> int:
        """The columns of one table; of so many are filled as few as possible."""
        vectors = -(-columns // VECTOR)
        tables = -(-vectors // TOGETHER) if self.written_out else 1
        return VECTOR * -(-vectors // tables)

    def write(self, module: ir.Module, points: int, columns: int, *, fused: bool) -> None:
        """For each number of lanes, `advance_{lanes}(lu, moved, bent, here, start, direct, right)`.

        In place: right = (g - Jacobian)^-1 (right + moved here + bent start + direct). Entries of `moved` and `bent`
        stand `points` apart, and those of `lu` as many as there are lanes. The sum is taken in this order: with
        `direct` first, rounding where fast exchange balances cost thirty to a hundred times the steps (in Fujita's
        model of AKT and S6).
        """
        width = self.width(columns)
        for lanes, plan in self.plans.items():
            code = Code(module, f"advance_{lanes}", 7, fused=fused)
            if self.written_out:
                _written_out(code, plan, lanes, points, self._by_row(plan.size), width)
            else:
                self._by_table(code, plan, lanes, points, width)
            code.finish()

    def _by_row(self, size: int) -> list[list[tuple[int, int, int]]]:
        """For each row the entries of both matrices: (which, number of the entry, column)."""
        rows: list[list[tuple[int, int, int]]] = [[] for _ in range(size)]
        for which, matrix in enumerate((self.moved, self.bent)):
            for number, (row, column) in enumerate(matrix):
                rows[row].append((which, number, column))
        return rows

    def _by_table(self, code: Code, plan: Elimination, lanes: int, points: int, width: int) -> None:
        direct, right = code.numbers(5, VECTOR), code.numbers(6, VECTOR)
        for which, (name, matrix) in enumerate((("moved", self.moved), ("bent", self.bent))):
            values, source = code.numbers(1 + which, 1), code.numbers(3 + which, VECTOR)
            rows = _table(code, f"{name}_row", [row * width for row, _ in matrix])
            columns = _table(code, f"{name}_column", [column * width for _, column in matrix])
            with code.loop(len(matrix)) as entry:
                value, here, there = code.number(values[entry * points], VECTOR), rows[entry], columns[entry]
                with code.loop(width, VECTOR) as j:
                    right[here + j] = code.multiply_add(value, source[there + j], right[here + j])
        with code.loop(plan.size * width, VECTOR) as place:
            right[place] = right[place] + direct[place]
        solve_rows_by_table(code, plan, lanes, code.numbers(0, 1), right, code.integer(width))


def _table(code: Code, name: str, values: list[int]) -> Integers:
    if name not in code.module.globals:
        ir.Table(code.module, name, values or [0])
    return Integers(code, code.module.globals[name])


def _written_out(
    code: Code, plan: Elimination, lanes: int, points: int, rows: list[list[tuple[int, int, int]]], width: int
) -> None:  # fmt: skip
    lu, direct, right = code.numbers(0, 1), code.numbers(5, VECTOR), code.numbers(6, VECTOR)
    values, sources = [code.numbers(index, 1) for index in (1, 2)], [code.numbers(index, VECTOR) for index in (3, 4)]
    totals = []
    for row, entries in enumerate(rows):
        total = _row(right, row, width)
        for which, number, column in entries:
            total = _added(code, values[which][number * points], _row(sources[which], column, width), total)
        totals.append([each + more for each, more in zip(total, _row(direct, row, width), strict=True)])
    for pivot in plan.pivots:
        for row, place in pivot.below:
            totals[row] = _added(code, -lu[place * lanes], totals[pivot.index], totals[row])
    for pivot in reversed(plan.pivots):
        total = totals[pivot.index]
        for column, place in pivot.right:
            total = _added(code, -lu[place * lanes], totals[column], total)
        inverse = code.number(lu[pivot.place * lanes], VECTOR)
        totals[pivot.index] = [each * inverse for each in total]
    for row, total in enumerate(totals):
        for index, each in enumerate(total):
            right[row * width + index * VECTOR] = each


def _row(table: Numbers, row: int, width: int) -> list[Number]:
    return [table[row * width + first] for first in range(0, width, VECTOR)]


def _added(code: Code, factor: Number, row: list[Number], total: list[Number]) -> list[Number]:
    wide = code.number(factor, VECTOR)
    return [code.multiply_add(wide, each, sum_) for each, sum_ in zip(row, total, strict=True)]
