"""Output: the states asked for, at the times asked for, from the interpolation of the method."""

from __future__ import annotations

from llvmlite import ir

from exokinetics.integrators.rodas5p.body import Body, Shape
from exokinetics.integrators.rodas5p.slopes import copy_slopes, emit_slopes, slopes_within
from exokinetics.integrators.rodas5p.tableau import DENSE, STAGES
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
        with code.loop(picked) as index:
            target[index] = rows[pick[index] * lanes + lane]
        if f.slopes:
            emit_slopes(f, number)
        lane_output[lane] = number + 1
        next_output[lane] = grid[number + 1]
    return code.finish()


def outputs_within(f: Body, emit: ir.Function, moved: Mask, after: Number) -> None:
    """Every output strictly inside the step, from the method's own interpolation."""
    code, lanes, vector = f.code, f.lanes, f.vector
    t, step = f.numbers("t")[0], f.numbers("step")[0]
    x, y, k, out = f.several("x", "y", "k", "row_out")
    size = f["padded"] * lanes
    ks = [k.past(size * index) for index in range(STAGES)]
    with code.repeat() as again:
        time = f.numbers("next_output")[0]
        inside = moved & (time < after)
        again.leave(inside.bits().compare("==", 0))
        f.numbers("emit")[0] = inside.choose(1.0, 0.0)
        f.numbers("out_time")[0] = time
        share = (time - t) / step
        rest = 1.0 - share
        both = share * rest
        weights = [code.number(both * (a + share * (b + share * c)), vector) for a, b, c in zip(*DENSE, strict=True)]
        whole, remaining = code.number(share, vector), code.number(rest, vector)
        with code.loop(size, vector) as row:
            value = code.multiply_add(whole, y[row], remaining * x[row])
            for weight, each in zip(weights, ks, strict=True):
                value = code.multiply_add(weight, each[row], value)
            out[row] = value
        if f.slopes:
            slopes_within(f, share)
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
        if f.slopes:
            copy_slopes(f, "slopes", "slope_out")
        code.call(emit, f.context)
