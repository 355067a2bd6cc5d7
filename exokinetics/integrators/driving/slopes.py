"""Derivatives of the states by inputs, carried along with them; how a step moves them is told by its method.

The slopes of each set stand by themselves, whatever the lanes, in tables of some inputs each, of which four are worked
on together: row i of a table holds d(state i)/d(input). What a table is multiplied with is worked out for a row of
*points*, each a state at a time: of all sets in the lanes, or of the stages of one set alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
    given, lane_set = f.numbers("start_slopes").by(1), f.integers("lane_set")
    with code.lanes(f.mask("fresh").bits(), lanes) as lane:
        own, slopes = given.past(lane_set[lane] * f["states"] * f["columns"]), slopes_of(f, "slopes", lane).by(1)
        with _every(f) as (place, inside):
            slopes[inside] = own[place]


def copy_slopes(f: Body, source: str, target: str, lanes: Mask) -> None:
    """The slopes in one array to another, in these lanes."""
    with f.code.lanes(lanes.bits(), f.lanes) as lane:
        old, new = slopes_of(f, source, lane), slopes_of(f, target, lane)
        with f.code.loop(size_of(f), COLUMNS) as place:
            new[place] = old[place]


def emit_slopes(f: Body, lane: Integer, number: Integer) -> None:
    """The slopes in `slope_out` are those of this output of the set in a lane."""
    before = f.integers("lane_set")[lane] * f["times"] + number
    out = slopes_of(f, "slope_out", lane).by(1)
    target = f.numbers("slope_outputs").by(1).past(before * f["states"] * f["columns"])
    with _every(f) as (place, inside):
        target[place] = out[inside]


@contextmanager
def _every(f: Body) -> Iterator[tuple[Integer, Integer]]:
    """Where each slope stands in an array (states, inputs), and in the tables."""
    code, states, columns, width = f.code, f["states"], f["columns"], f["width"]
    filled = f.integers("table_columns")
    with code.loop(f["tables"]) as table:
        count = filled[table]
        with code.loop(states) as state, code.loop(count) as column:
            yield state * columns + table * width + column, (table * states + state) * width + column


def slopes_of(f: Body, name: str, lane: Integer) -> Numbers:
    """The tables of one lane, in rows as long as the processor works on at once."""
    return f.numbers(name).by(COLUMNS).past(lane * size_of(f))


def size_of(f: Body) -> Integer:
    """The numbers in all tables of one set."""
    return f["tables"] * table_size(f)


def table_size(f: Body) -> Integer:
    """The numbers in one table."""
    return f["states"] * f["width"]
