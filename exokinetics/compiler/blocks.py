"""Elimination and solution of a dense block of one set, several rows of a column at a time.

The arithmetic is that of the sparse elimination, in the same order for each number, so that results are the same.
"""

from __future__ import annotations

from exokinetics.compiler.sparse import BEYOND, Dense
from exokinetics.machine.code import Code, Integers, Numbers

PIVOT_FLOOR = 1e-10  # beside 1/(step gamma)


def eliminate_block(code: Code, dense: Dense, g: Numbers, lu: Numbers, sound: Numbers) -> None:
    """Factorise in place, the reciprocal of each pivot in its place."""
    size, stride = len(dense.states), dense.stride
    block = lu.past(dense.base)
    smallest = g[0] * PIVOT_FLOOR
    with code.loop(size) as k:
        own = block.past(k * stride)
        value = own[k]
        sound[0] = (value.absolute() > smallest).choose(sound[0], 0.0)
        inverse = 1.0 / value
        own[k] = inverse
        rest, below = code.integer(size - 1) - k, own.past(k + 1).by(BEYOND)
        scale = code.number(inverse, BEYOND)
        with code.loop(rest, BEYOND) as i:
            below[i] = below[i] * scale
        with code.loop(rest) as j:
            other = block.past((k + 1 + j) * stride)
            across, target = code.number(other[k], BEYOND), other.past(k + 1).by(BEYOND)
            with code.loop(rest, BEYOND) as i:
                target[i] = code.multiply_add(-below[i], across, target[i])


def solve_block(code: Code, dense: Dense, states: Integers, lu: Numbers, right: Numbers) -> None:
    """Solve in place for the states of the block, whose numbers are gathered behind it."""
    size, stride = len(dense.states), dense.stride
    block, here = lu.past(dense.base), lu.past(dense.base + size * stride)
    with code.loop(size) as i:
        here[i] = right[states[i]]
    with code.loop(size) as k:
        rest, value = code.integer(size - 1) - k, code.number(here[k], BEYOND)
        below, target = block.past(k * stride + k + 1).by(BEYOND), here.past(k + 1).by(BEYOND)
        with code.loop(rest, BEYOND) as i:
            target[i] = code.multiply_add(-below[i], value, target[i])
    with code.loop(size) as backward:
        k = code.integer(size - 1) - backward
        own, all_rows = block.past(k * stride), here.by(BEYOND)
        found = here[k] * own[k]
        right[states[k]] = found
        value, above = code.number(found, BEYOND), own.by(BEYOND)
        with code.loop(k, BEYOND) as i:  # what it spoils from row k on is known already
            all_rows[i] = code.multiply_add(-above[i], value, all_rows[i])
