"""Values of earlier times in machine code: the piece of a history that holds a time, and its polynomial there."""

from __future__ import annotations

import math

from exokinetics.machine import ir
from exokinetics.machine.code import Code, Integer, Integers, Number, Numbers
from exokinetics.machine.history import CELL, HEAD, NUMBERS
from exokinetics.machine.pieces import ROUNDING, piece_at

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
    row = rows.past(piece_at(code, rows, size, block[CELL["count"]], at + time.absolute() * ROUNDING) * size)
    place = Integer(code, code.builder.fptosi(given[3].value, ir.INTEGER))
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
