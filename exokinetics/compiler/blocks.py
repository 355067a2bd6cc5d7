"""Elimination and solution of a dense block of one set, several rows of a column at a time.

The arithmetic is that of the sparse elimination, in the same order for each number, so that results are the same.
"""

from __future__ import annotations

from exokinetics.compiler.sparse import GROUP, Dense
from exokinetics.machine.code import Code, Integer, Integers, Number, Numbers

PIVOT_FLOOR = 1e-10  # beside 1/(step gamma)


def eliminate_block(code: Code, dense: Dense, g: Numbers, lu: Numbers, sound: Numbers) -> None:
    """Factorise in place, the reciprocal of each pivot in its place."""
    size, stride = len(dense.states), dense.stride
    block = lu.past(dense.base)
    smallest = g[0] * PIVOT_FLOOR
    with code.loop(size) as k:
        own = block.past(k * stride)
        value = own[k]
        sound[0] = (value.absolute() > smallest).choose((value < 0.0).choose(-sound[0], sound[0]), 0.0)
        inverse = 1.0 / value
        own[k] = inverse
        rest, below = code.integer(size - 1) - k, own.past(k + 1).by(GROUP)
        scale = code.number(inverse, GROUP)
        with code.loop(rest, GROUP) as i:
            below[i] = below[i] * scale
        with code.loop(rest) as j:
            other = block.past((k + 1 + j) * stride)
            across, target = code.number(other[k], GROUP), other.past(k + 1).by(GROUP)
            with code.loop(rest, GROUP) as i:
                target[i] = code.multiply_add(-below[i], across, target[i])
    for filler in range(size, dense.rounded):  # as a matrix with ones on its diagonal
        block.past(filler * stride)[filler] = 1.0


def solve_block(code: Code, dense: Dense, states: Integers, lu: Numbers, right: Numbers) -> None:
    """Solve in place for the states of the block, whose numbers are gathered behind it."""
    size, last = len(dense.states), dense.rounded // GROUP - 1
    here = lu.past(dense.base + dense.rounded * dense.stride)
    with code.loop(size) as i:
        here[i] = right[states[i]]
    for filler in range(size, dense.rounded):
        here[filler] = 0.0
    with code.loop(last + 1) as group:
        _forward(code, dense, lu, here, group)
    with code.loop(last + 1) as group:
        _backward(code, dense, lu, here, code.integer(last) - group)
    with code.loop(size) as i:
        right[states[i]] = here[i]


def _forward(code: Code, dense: Dense, lu: Numbers, here: Numbers, group: Integer) -> None:
    """One group of columns of the lower factor: its own rows one after the other, then the groups below."""
    first = group * GROUP
    own, columns = here.past(first), _columns(dense, lu, first, first)
    values: list[Number] = []
    for i in range(GROUP):
        value = own[i]
        for j, known in enumerate(values):
            value = code.multiply_add(-columns[j][i], known, value)
        own[i] = value
        values.append(value)
    below = code.integer(dense.rounded - GROUP) - first
    _subtract(code, [column.past(GROUP) for column in columns], values, own.past(GROUP), below)


def _backward(code: Code, dense: Dense, lu: Numbers, here: Numbers, group: Integer) -> None:
    """One group of columns of the upper factor: its own rows from the last to the first, then the groups above."""
    first = group * GROUP
    own, columns = here.past(first), _columns(dense, lu, first, first)
    values: dict[int, Number] = {}
    for i in reversed(range(GROUP)):
        value = own[i]
        for j, known in values.items():
            value = code.multiply_add(-columns[j][i], known, value)
        own[i] = values[i] = value * columns[i][i]
    _subtract(code, _columns(dense, lu, first, code.integer(0))[::-1], list(values.values()), here, first)


def _columns(dense: Dense, lu: Numbers, first: Integer, row: Integer) -> list[Numbers]:
    """A group of columns from a row on."""
    return [lu.past((first + j) * dense.stride + row + dense.base) for j in range(GROUP)]


def _subtract(code: Code, columns: list[Numbers], values: list[Number], target: Numbers, count: Integer) -> None:
    """From whole groups of rows, the columns times their values, in this order."""
    factors = [code.number(value, GROUP) for value in values]
    wide, rows = [column.by(GROUP) for column in columns], target.by(GROUP)
    with code.loop(count, GROUP) as row:
        total = rows[row]
        for factor, column in zip(factors, wide, strict=True):
            total = code.multiply_add(-column[row], factor, total)
        rows[row] = total
