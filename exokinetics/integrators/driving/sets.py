"""A set begins in a lane, and ends in it."""

from __future__ import annotations

from exokinetics.integrators.driving.body import Body, Shape
from exokinetics.integrators.driving.lookout_in_lanes import begin_watching
from exokinetics.integrators.driving.output import output_now
from exokinetics.integrators.driving.slopes import begin_slopes
from exokinetics.integrators.driving.tolerances import tolerances
from exokinetics.machine import ir
from exokinetics.machine.code import INTEGER, Integer


def write_begin(module: ir.Module, shape: Shape, restart: ir.Function) -> ir.Function:
    """In the lanes of `fresh`: take the next set, or rest if there is none."""
    f = Body(module, shape, "begin")
    code, lanes = f.code, f.lanes
    _take_sets(f)
    with code.when(f.mask("fresh").bits().nonzero()):
        f.kernel("start_kernel", f.numbers("p"), f.numbers("y"))
        fresh = f.mask("fresh")
        x, y = f.numbers("x"), f.numbers("y")
        with code.loop(f["states"] * lanes, lanes) as row:
            x[row] = fresh.choose(y[row], x[row])
        _given_starts(f)
        index, amount = f.integers("override_state"), f.numbers("override_amount").by(1)
        with code.loop(f["overrides"]) as each:
            row = index[each] * lanes
            x[row] = fresh.choose(amount[each], x[row])
        tolerances(f, fresh)
        with code.when(f["switches_kernel"].nonzero()):
            f.kernel("switches_kernel", f.numbers("p"), f.numbers("jump"))
        if f.watching and lanes > 1:
            begin_watching(f)
        if f.points:
            begin_slopes(f)
        code.call(restart, f.context)
    return code.finish()


def _take_sets(f: Body) -> None:
    code, lanes = f.code, f.lanes
    count = f.whole(f.setting("set_count"))
    active, fresh, t = (f.numbers(name).by(1) for name in ("active", "fresh", "t"))
    next_output, grid, failed = (f.numbers(name).by(1) for name in ("next_output", "grid", "failed"))
    lane_set, lane_output = f.integers("lane_set"), f.integers("lane_output")
    steps, rejected = f.integers("lane_steps"), f.integers("lane_rejected")
    values, p, inputs = f.numbers("values").by(1), f.numbers("p").by(1), f["inputs"]
    with code.lanes(f.mask("fresh").bits(), lanes) as lane:
        one = ir.constant(INTEGER, 1)
        taken = Integer(code, code.builder.fetch_and_add(f.address("counter"), one))
        with code.builder.if_else(taken.compare("<", count)) as (some, none):
            with some:
                start = f.setting("start_time") if f.watching else 0.0
                active[lane], t[lane], failed[lane] = 1.0, start, 0.0
                lane_set[lane], lane_output[lane], steps[lane], rejected[lane] = taken, 0, 0, 0
                next_output[lane] = grid[0]
                if f.counting:
                    f.integers("lane_evaluations")[lane], f.integers("lane_factors")[lane] = 0, 0
                source = values.past(taken * inputs)
                with code.loop(inputs) as index:
                    p[index * lanes + lane] = source[index]
            with none:
                active[lane], fresh[lane] = 0.0, 0.0


def _given_starts(f: Body) -> None:
    code, lanes = f.code, f.lanes
    with code.when(f["start_states"].nonzero()):
        x, given = f.numbers("x").by(1), f.numbers("start_states").by(1)
        lane_set, states = f.integers("lane_set"), f["states"]
        with code.lanes(f.mask("fresh").bits(), lanes) as lane:
            source = given.past(lane_set[lane] * states)
            with code.loop(states) as index:
                x[index * lanes + lane] = source[index]


def write_finish(module: ir.Module, shape: Shape, begin: ir.Function) -> ir.Function:
    """In the lanes of `fresh`: keep what was reached, and take the next set."""
    f = Body(module, shape, "finish")
    code, lanes = f.code, f.lanes
    failed, t, reached = (f.numbers(name).by(1) for name in ("failed", "t", "reached"))
    lane_set, status = f.integers("lane_set"), f.integers("status")
    x, last = f.numbers("x").by(1), f.numbers("last_state").by(1)
    kept = [("filled", "lane_output"), ("steps", "lane_steps"), ("rejected", "lane_rejected")]
    if f.counting:
        kept += [("evaluations", "lane_evaluations"), ("factors", "lane_factors")]
    with code.lanes(f.mask("fresh").bits(), lanes) as lane:
        number = lane_set[lane]
        status[number] = f.whole(failed[lane])
        reached[number] = t[lane]
        for target, source in kept:
            f.integers(target)[number] = f.integers(source)[lane]
        with code.loop(f["states"]) as index:
            last[number * f["states"] + index] = x[index * lanes + lane]
    code.call(begin, f.context)
    return code.finish()


def end_sets(f: Body, emit: ir.Function, finish: ir.Function) -> None:
    """Finish what has all its outputs or failed; the set that follows may be at its end already."""
    with f.code.repeat() as again:
        failed = f.numbers("failed")
        complete = f.numbers("next_output")[0].same(float("inf"))
        failed[0] = complete.choose(0.0, failed[0])
        done = (complete | (failed[0] > 0.0)) & f.mask("active")
        again.leave(done.bits().compare("==", 0))
        f.numbers("fresh")[0] = done.choose(1.0, 0.0)
        f.code.call(finish, f.context)
        output_now(f, emit, f.mask("fresh") & f.mask("active"))
