"""Values of earlier times in machine code: the piece of a history that holds a time, and its polynomial there."""

from __future__ import annotations

import math

from exokinetics.machine import ir
from exokinetics.machine.code import INTEGER, Code, Integer, Integers, Number, Numbers
from exokinetics.machine.history import CELL, HEAD, NUMBERS

# of the time: where time minus delay misses the beginning of a piece by rounding, what it jumps to there counts; the
# margin that steps keep from places where rates jump is wider
ROUNDING = 1e-14
GIVEN = 4  # numbers that are handed over: time, delay, address of the history, place of the state


def look_up(code: Code, time: Number, by: Number, place: Number, table: Number, *, slope: bool) -> Number:
    """The value of a state so long before a time, or how fast it moved."""
    function = code.module.globals.get("history") or _write(code.module, fused=code.fused)
    assert isinstance(function, ir.Function)
    memory = Numbers(code, code.builder.alloca(ir.row(ir.DOUBLE, GIVEN)), 1)
    found = Numbers(code, code.builder.alloca(ir.row(ir.DOUBLE, 2)), 1)
    for index, value in enumerate((time, by, table, place)):
        memory[index] = value
    code.call(function, memory, found)
    return found[int(slope)]


def _write(module: ir.Module, *, fused: bool) -> ir.Function:
    """(given, found): value and slope, which are no numbers where there is no history."""
    code = Code(module, "history", 2, fused=fused, inner=True)
    given, found = (code.numbers(index, 1) for index in range(2))
    found[0], found[1] = math.nan, math.nan
    given_block = Integers(code, given.pointer)
    with code.when(given_block[2].nonzero()):
        _interpolate(code, Integers(code, given_block.address(2)), given, found)
    return code.finish()


def _interpolate(code: Code, block: Integers, given: Numbers, found: Numbers) -> None:
    time = given[0]
    at = time - given[1]
    rows, width = block.numbers(CELL["rows"], 1), block[CELL["width"]]
    size = width * NUMBERS + HEAD
    row = rows.past(_piece(code, rows, size, block[CELL["count"]], at + time.absolute() * ROUNDING) * size)
    place = Integer(code, code.builder.fptosi(given[3].value, INTEGER))
    own = row.past(block.integers(CELL["order"])[place] * NUMBERS + HEAD)
    length = row[1]
    share = (at - row[0]) / length
    rest = 1.0 - share
    d, a, b, c = (own[index] for index in range(1, NUMBERS))
    inner = code.multiply_add(share, c, b)
    middle = code.multiply_add(share, inner, a)
    outer = code.multiply_add(rest, middle, d)
    found[0] = code.multiply_add(share, outer, own[0])
    # of s d + s (1 - s) m with m = a + s (b + s c)
    bend = code.multiply_add(share * 2.0, c, b)
    found[1] = (d + (rest - share) * middle + share * rest * bend) / length


def _piece(code: Code, rows: Numbers, size: Integer, count: Integer, at: Number) -> Integer:
    """The last piece that begins at a time or before, by halving."""
    builder = code.builder
    first, last = builder.alloca(INTEGER), builder.alloca(INTEGER)
    builder.store(code.integer(0).value, first)
    builder.store(count.value, last)
    with code.repeat() as again:
        low, high = Integer(code, builder.load(INTEGER, first)), Integer(code, builder.load(INTEGER, last))
        again.leave((high - low).compare("<=", 1))
        middle = Integer(code, builder.lshr((low + high).value, code.integer(1).value))
        with builder.if_else((rows[middle * size] <= at).bits().nonzero()) as (later, earlier):
            with later:
                builder.store(middle.value, first)
            with earlier:
                builder.store(middle.value, last)
    return Integer(code, builder.load(INTEGER, first))
