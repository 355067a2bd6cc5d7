"""The full block at the end of an elimination: its columns stand one behind the other, worked on many rows at a time.

Sets in lanes and one set alone take the same steps for every number, so that they agree to the last bit.
"""

from __future__ import annotations

from exokinetics.compiler.sparse import TOGETHER, Elimination, rounded
from exokinetics.machine.code import Code, Integer, Integers, Number, Numbers


class _Block:
    """The block of one set, many rows at a time, or of sets in lanes, row by row."""

    def __init__(self, code: Code, plan: Elimination, lu: Numbers) -> None:
        self.code, self.lanes, self.length = code, lu.width, plan.length
        self.numbers = lu.past(plan.base * lu.width)
        self.step, self.width = (TOGETHER, TOGETHER) if lu.width == 1 else (1, lu.width)

    def column(self, j: Integer | int) -> Numbers:
        return self.numbers.past(self.code.integer(j) * (self.length * self.lanes))

    def past(self, column: Numbers, row: Integer) -> Numbers:
        return column.past(row * self.lanes)

    def add(self, target: Numbers, factor: Number, source: Numbers, count: Integer) -> None:
        """target += factor * source over the first rows; of one set, those up to the end of their group as well."""
        factor = self.code.number(factor, self.width)
        into, other = target.by(self.width), source.by(self.width)
        with self.code.loop(count, self.step) as row:
            index = row * self.lanes
            into[index] = self.code.multiply_add(factor, other[index], into[index])


def eliminate_block(code: Code, plan: Elimination, lu: Numbers, smallest: Number, sound: Numbers) -> None:
    """Factorise in place, the reciprocal of each pivot in its place."""
    block = _Block(code, plan, lu)
    with code.loop(plan.block) as k:
        column, left = block.column(k), code.integer(plan.block - 1) - k
        value = column[k * block.lanes]
        sound[0] = (value.absolute() > smallest).choose(sound[0], 0.0)
        inverse = 1.0 / value
        column[k * block.lanes] = inverse
        below = block.past(column, k + 1)
        multipliers, wide = below.by(block.width), code.number(inverse, block.width)
        with code.loop(left, block.step) as row:
            index = row * block.lanes
            multipliers[index] = multipliers[index] * wide
        with code.loop(left) as j:
            across = block.column(k + 1 + j)
            block.add(block.past(across, k + 1), -across[k * block.lanes], below, left)
    if block.lanes == 1:  # the last group of columns is filled up as a matrix with ones on its diagonal
        for k in range(plan.block, rounded(plan.block)):
            block.column(k)[k] = 1.0


def solve_block(code: Code, plan: Elimination, lu: Numbers, right: Numbers, state: Integers) -> None:
    """Solve in place for the states of the block, column by column."""
    block = _Block(code, plan, lu)
    inside, size = block.column(rounded(plan.block)), plan.block
    with code.loop(size) as k:
        inside[k * block.lanes] = right[state[k + plan.dense]]
    if block.lanes == 1:
        groups = rounded(size) // TOGETHER
        with code.loop(groups) as group:
            _forward(block, inside, group * TOGETHER, code.integer(groups) - 1 - group)
        with code.loop(groups) as backward:
            _backward(block, inside, (code.integer(groups - 1) - backward) * TOGETHER)
    else:
        with code.loop(size) as k:
            left, value = code.integer(size - 1) - k, inside[k * block.lanes]
            block.add(block.past(inside, k + 1), -value, block.past(block.column(k), k + 1), left)
        with code.loop(size) as backward:
            k = code.integer(size - 1) - backward
            value = inside[k * block.lanes] * block.column(k)[k * block.lanes]
            inside[k * block.lanes] = value
            block.add(inside, -value, block.column(k), k)
    with code.loop(size) as k:
        right[state[k + plan.dense]] = inside[k * block.lanes]


def _forward(block: _Block, inside: Numbers, first: Integer, groups: Integer) -> None:
    """One group of columns of the lower factor: its own rows one after the other, then the groups below."""
    here, columns = inside.past(first), [block.column(first + j).past(first) for j in range(TOGETHER)]
    values: list[Number] = []
    for i in range(TOGETHER):
        value = here[i]
        for j, known in enumerate(values):
            value = block.code.multiply_add(-known, columns[j][i], value)
        here[i] = value
        values.append(value)
    _subtract(block, [column.past(TOGETHER) for column in columns], values, here.past(TOGETHER), groups * TOGETHER)


def _backward(block: _Block, inside: Numbers, first: Integer) -> None:
    """One group of columns of the upper factor: its own rows from the last to the first, then the groups above."""
    here, columns = inside.past(first), [block.column(first + j) for j in range(TOGETHER)]
    own = [column.past(first) for column in columns]
    values: dict[int, Number] = {}
    for i in reversed(range(TOGETHER)):
        value = here[i]
        for j, known in values.items():
            value = block.code.multiply_add(-known, own[j][i], value)
        here[i] = values[i] = value * own[i][i]
    _subtract(block, columns[::-1], list(values.values()), inside, first)


def _subtract(block: _Block, columns: list[Numbers], values: list[Number], target: Numbers, count: Integer) -> None:
    """From whole groups of rows, the columns times their values, in this order."""
    factors = [block.code.number(-value, TOGETHER) for value in values]
    wide, rows = [column.by(TOGETHER) for column in columns], target.by(TOGETHER)
    with block.code.loop(count, TOGETHER) as row:
        total = rows[row]
        for factor, column in zip(factors, wide, strict=True):
            total = block.code.multiply_add(factor, column[row], total)
        rows[row] = total
