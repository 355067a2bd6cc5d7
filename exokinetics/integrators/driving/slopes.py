"""Derivatives of the states by inputs, carried along with them; how a step moves them is told by its method.

Row i of a table of slopes holds d(state i)/d(input) for every input, whole rows of lanes.
"""

from __future__ import annotations

from exokinetics.integrators.driving.body import Body
from exokinetics.machine.code import Integer, Numbers


def begin_slopes(f: Body) -> None:
    """Complete the inputs once more, and take the slopes at the start, in the one lane."""
    code = f.code
    p, full = f.numbers("p"), f.numbers("tangent_p")
    with code.loop(f["inputs"]) as index:
        full[index] = p[index]
    f.kernel("derive_kernel", full, f.numbers("y"))
    given, slopes = f.numbers("start_slopes"), f.numbers("slopes")
    with code.loop(f["states"]) as state, code.loop(f["columns"]) as column:
        slopes[state * f["padded_columns"] + column] = given[state * f["columns"] + column]


def copy_slopes(f: Body, source: str, target: str) -> None:
    """One table of slopes to another."""
    old, new = table(f, source), table(f, target)
    with f.code.loop(size_of(f), f.vector) as row:
        new[row] = old[row]


def emit_slopes(f: Body, number: Integer) -> None:
    """The table in `slope_out` is that of the output of this number."""
    code, columns = f.code, f["columns"]
    out, target = f.numbers("slope_out"), f.numbers("slope_outputs").past(number * f["states"] * columns)
    with code.loop(f["states"]) as state, code.loop(columns) as column:
        target[state * columns + column] = out[state * f["padded_columns"] + column]


def table(f: Body, name: str) -> Numbers:
    """A table of slopes, in rows as long as the processor works on at once."""
    return f.numbers(name).by(f.vector)


def size_of(f: Body) -> Integer:
    """The numbers in a table."""
    return f["states"] * f["padded_columns"]
