"""Output: the states asked for, at the times asked for, whatever the steps."""

from __future__ import annotations

from collections.abc import Callable

from exokinetics.integrators.driving.body import Body, Shape
from exokinetics.integrators.driving.slopes import copy_slopes, emit_slopes
from exokinetics.machine import ir
from exokinetics.machine.code import Mask, Number


def write_emit(module: ir.Module, shape: Shape) -> ir.Function:
    """In the lanes of `emit`: the states in `row_out` at `out_time` are the next output."""
    f = Body(module, shape, "emit")
    code, lanes = f.code, f.lanes
    with code.when(f["observe_kernel"].nonzero()):
        rows = f.numbers("row_out")
        f.kernel("observe_kernel", f.numbers("out_time"), rows, f.numbers("p"), rows.past(f["padded"] * lanes))
    picked, grid = f["picked"], f.numbers("grid").by(1)
    rows, next_output = f.numbers("row_out").by(1), f.numbers("next_output").by(1)
    outputs, pick = f.numbers("outputs").by(1), f.integers("pick")
    lane_set, lane_output = f.integers("lane_set"), f.integers("lane_output")
    with code.lanes(f.mask("emit").bits(), lanes) as lane:
        number = lane_output[lane]
        target = outputs.past((lane_set[lane] * f["times"] + number) * picked)
        own = rows.past(lane)
        with code.loop(picked) as index:
            target[index] = own[pick[index]]
        if f.points:
            emit_slopes(f, lane, number)
        lane_output[lane] = number + 1
        next_output[lane] = grid[number + 1]
    return code.finish()


def outputs_within(
    f: Body, emit: ir.Function, moved: Mask, after: Number, inside_step: Callable[[Number], None]
) -> None:  # fmt: skip
    """Every output before the end of the step; `inside_step` writes the states at a time into `row_out`."""
    code = f.code
    with code.repeat() as again:
        time = f.numbers("next_output")[0]
        inside = moved & (time < after)
        again.leave(inside.bits().compare("==", 0))
        f.numbers("emit")[0] = inside.choose(1.0, 0.0)
        f.numbers("out_time")[0] = time
        inside_step(time)
        code.call(emit, f.context)


def output_now(f: Body, emit: ir.Function, lanes: Mask) -> None:
    """Output where it is wanted at the very time that a lane stands at."""
    code, vector = f.code, f.vector
    t = f.numbers("t")[0]
    now = lanes & f.numbers("next_output")[0].same(t)
    with code.when(now.bits().nonzero()):
        f.numbers("emit")[0] = now.choose(1.0, 0.0)
        f.numbers("out_time")[0] = t
        x, out = f.several("x", "row_out")
        with code.loop(f["padded"] * f.lanes, vector) as row:
            out[row] = x[row]
        if f.points:
            copy_slopes(f, "slopes", "slope_out", now)
        code.call(emit, f.context)
