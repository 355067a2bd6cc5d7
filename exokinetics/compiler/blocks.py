"""The full block at the end of an elimination: its columns stand one behind the other, worked on many rows at a time.

Sets in lanes and one set alone take the same steps for every number, so that they agree to the last bit.
"""

from __future__ import annotations

from exokinetics.compiler.sparse import SPARE, Elimination
from exokinetics.machine.code import Code, Integer, Integers, Number, Numbers

TOGETHER = SPARE + 1  # rows of one set that are worked on at once


class _Block:
    """The block of one set, many rows at a time, or of sets in lanes, row by row."""

    def __init__(self, code: Code, plan: Elimination, lu: Numbers) -> None:
        self.code, self.lanes, self.rows = code, lu.width, plan.block
        self.numbers = lu.past(plan.base * lu.width)
        self.step, self.width = (TOGETHER, TOGETHER) if lu.width == 1 else (1, lu.width)
        self.length = plan.block + SPARE

    def column(self, j: Integer | int) -> Numbers:
        return self.numbers.past(self.code.integer(j) * (self.length * self.lanes))

    def past(self, column: Numbers, row: Integer) -> Numbers:
        return column.past(row * self.lanes)

    def add(self, target: Numbers, factor: Number, source: Numbers, count: Integer) -> None:
        """target += factor * source over the first rows; up to `SPARE` more may change as well."""
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


def solve_block(code: Code, plan: Elimination, lu: Numbers, right: Numbers, state: Integers) -> None:
    """Solve in place for the states of the block, column by column."""
    block = _Block(code, plan, lu)
    inside = block.column(plan.block)
    with code.loop(plan.block) as k:
        inside[k * block.lanes] = right[state[k + plan.dense]]
    with code.loop(plan.block) as k:
        column = block.column(k)
        block.add(
            block.past(inside, k + 1), -inside[k * block.lanes], block.past(column, k + 1),
            code.integer(plan.block - 1) - k,
        )  # fmt: skip
    with code.loop(plan.block) as backward:
        k = code.integer(plan.block - 1) - backward
        column = block.column(k)
        value = inside[k * block.lanes] * column[k * block.lanes]
        right[state[k + plan.dense]] = value
        block.add(inside, -value, column, k)  # what it changes behind the first k is not used again
