"""Output: the states asked for, at the times asked for, whatever the steps."""

from __future__ import annotations

from collections.abc import Callable

from exokinetics.integrators.driving.body import Body, Shape
from exokinetics.integrators.driving.context import STOPPED
from exokinetics.integrators.driving.slopes import copy_slopes, emit_slopes
from exokinetics.machine import ir
from exokinetics.machine.code import Mask, Number

ROUNDING = 1e-13  # of a time: as `simulation.doses` has it


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
    if f.watching and f.lanes > 1:  # what happens at this time is left to others, and so is what comes out
        lanes = lanes & ~f.numbers("failed")[0].same(float(STOPPED))
    now = lanes & f.numbers("next_output")[0].same(f.numbers("t")[0])
    with f.code.when(now.bits().nonzero()):
        _emit_states(f, emit, now, f.numbers("t")[0])


def output_again(f: Body, emit: ir.Function, lanes: Mask) -> None:
    """Output at the time of lanes that stand at a stop, once more where a time missed the stop by rounding alone."""
    code, t = f.code, f.numbers("t")[0]
    lanes = lanes & ~f.numbers("failed")[0].same(float(STOPPED))
    grid, next_output, lane_output = f.numbers("grid").by(1), f.numbers("next_output"), f.integers("lane_output")
    with code.lanes(lanes.bits(), f.lanes) as lane, code.repeat() as again:
        number, nearly = lane_output[lane], f.numbers("t").by(1)[lane] * (1.0 - ROUNDING)
        again.leave(number.compare("==", 0))
        again.leave((grid[number - 1] < nearly).bits().nonzero())
        lane_output[lane], next_output.by(1)[lane] = number - 1, grid[number - 1]
    with code.repeat() as again:
        time = next_output[0]
        now = lanes & (time <= t)
        again.leave(now.bits().compare("==", 0))
        _emit_states(f, emit, now, time)


def _emit_states(f: Body, emit: ir.Function, now: Mask, time: Number) -> None:
    """The states as they are."""
    code = f.code
    f.numbers("emit")[0] = now.choose(1.0, 0.0)
    f.numbers("out_time")[0] = time
    x, out = f.several("x", "row_out")
    with code.loop(f["padded"] * f.lanes, f.vector) as row:
        out[row] = x[row]
    if f.points:
        copy_slopes(f, "slopes", "slope_out", now)
    code.call(emit, f.context)
