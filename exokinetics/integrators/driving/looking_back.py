"""How long a step may be that looks back."""

from __future__ import annotations

from exokinetics.integrators.driving.body import Body
from exokinetics.machine.code import DOUBLE, Number, Numbers
from exokinetics.machine.history import CELL, HEAD, NUMBERS
from exokinetics.machine.pieces import ROUNDING, piece_at

PASSED = 2  # pieces that a step may pass on: what took many steps, such as a pulse, is not passed over later
SHORTEST = 1e-9  # of the time: pieces between two events may be as short as rounding


def looked_back(f: Body, h: Number) -> Number:
    """The step, but no longer than the shortest delay, for what it looks up must be there, and over few pieces."""
    code, block, t = f.code, f.integers("record"), f.numbers("t")[0]
    lags, rows, count = (block.numbers(CELL["lags"], 1), block.numbers(CELL["rows"], 1), block[CELL["count"]])
    size = block[CELL["width"]] * NUMBERS + HEAD
    allowed = Numbers(code, code.builder.alloca(DOUBLE), 1)
    allowed[0] = h.smaller(f.numbers("record")[CELL["longest"]])
    least = t.absolute() * SHORTEST
    with code.loop(block[CELL["lag_count"]]) as index:
        at = t - lags[index]
        behind = piece_at(code, rows, size, count, at + t.absolute() * ROUNDING) + PASSED
        with code.when(behind.compare("<", count)):
            allowed[0] = allowed[0].smaller((rows[behind * size] - at).larger(least))
    return allowed[0]
