"""The piece of a history that holds a time, in machine code."""

from __future__ import annotations

from exokinetics.machine.code import INTEGER, Code, Integer, Number, Numbers

# of the time: where time minus delay misses the beginning of a piece by rounding, what it jumps to there counts; the
# margin that steps keep from places where rates jump is wider
ROUNDING = 1e-14


def piece_at(code: Code, rows: Numbers, size: Integer, count: Integer, at: Number) -> Integer:
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
