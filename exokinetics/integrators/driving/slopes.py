"""Derivatives of the states by inputs, carried along with them; how a step moves them is told by its method.

The table of slopes of each set stands by itself, whatever the lanes: row i of it holds d(state i)/d(input) for every
input, of which four are worked on together. What a table is multiplied with is worked out for a row of *points*, each a
state at a time: of all sets in the lanes, or of the stages of one set alone.
"""

from __future__ import annotations

from exokinetics.integrators.driving.body import SUMS, Body
from exokinetics.machine.code import Integer, Mask, Numbers

COLUMNS = SUMS  # inputs whose slopes are worked on together


def begin_slopes(f: Body) -> None:
    """In the lanes of `fresh`: complete the inputs once more, at every point, and take the slopes at the start."""
    code, lanes = f.code, f.lanes
    p, full = f.numbers("p"), f.numbers("tangent_p").by(f.points)
    with code.loop(f["inputs"]) as index:
        full[index * f.points] = code.number(p[index * lanes], f.points)
    f.kernel("derive_kernel", full, f.numbers("y"))
    states, columns, stride = f["states"], f["columns"], f["padded_columns"]
    given, lane_set = f.numbers("start_slopes").by(1), f.integers("lane_set")
    with code.lanes(f.mask("fresh").bits(), lanes) as lane:
        own, slopes = given.past(lane_set[lane] * states * columns), table(f, "slopes", lane).by(1)
        with code.loop(states) as state, code.loop(columns) as column:
            slopes[state * stride + column] = own[state * columns + column]


def copy_slopes(f: Body, source: str, target: str, lanes: Mask) -> None:
    """One table of slopes to another, in these lanes."""
    with f.code.lanes(lanes.bits(), f.lanes) as lane:
        old, new = table(f, source, lane), table(f, target, lane)
        with f.code.loop(size_of(f), COLUMNS) as place:
            new[place] = old[place]


def emit_slopes(f: Body, lane: Integer, number: Integer) -> None:
    """The table in `slope_out` is that of this output of the set in a lane."""
    code, states, columns, stride = f.code, f["states"], f["columns"], f["padded_columns"]
    out, before = table(f, "slope_out", lane).by(1), f.integers("lane_set")[lane] * f["times"] + number
    target = f.numbers("slope_outputs").by(1).past(before * states * columns)
    with code.loop(states) as state, code.loop(columns) as column:
        target[state * columns + column] = out[state * stride + column]


def table(f: Body, name: str, lane: Integer) -> Numbers:
    """The table of slopes of one lane, in rows as long as the processor works on at once."""
    return f.numbers(name).by(COLUMNS).past(lane * size_of(f))


def size_of(f: Body) -> Integer:
    """The numbers in a table."""
    return f["states"] * f["padded_columns"]
