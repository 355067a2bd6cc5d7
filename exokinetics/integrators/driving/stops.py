"""From stop to stop: doses, inputs, and a first step."""

from __future__ import annotations

from collections.abc import Callable

from exokinetics.integrators.driving.body import Body, Shape
from exokinetics.integrators.driving.tolerances import bounds
from exokinetics.machine import ir
from exokinetics.machine.code import Mask, Number
from exokinetics.machine.lanes import intrinsic

MARGIN = 1e-13  # of the time: rates are asked this far inside a stretch at whose ends they may jump
TIMED_START = 0.01  # of the stretch: a rate that names time may be at rest now and wake up later


def write_restart(module: ir.Module, shape: Shape, begin: Callable[[Body], None] | None = None) -> ir.Function:
    """In the lanes of `fresh`, which stand at a stop: doses, inputs, the next stop and a first step.

    `begin` writes what a method does besides; it finds the rates, without inputs from outside, in `y`.
    """
    f = Body(module, shape, "restart")
    code, lanes = f.code, f.lanes
    fresh, t, x = f.mask("fresh"), f.numbers("t")[0], f.numbers("x")
    when, state, amount = f.numbers("dose_time").by(1), f.integers("dose_state"), f.numbers("dose_amount").by(1)
    with code.loop(f["doses"]) as each:
        row = state[each] * lanes
        given = fresh & t.same(code.number(when[each], lanes))
        x[row] = given.choose(x[row] + code.number(amount[each], lanes), x[row])
    if f.watching:  # what an event or a dose changed may be below zero
        bounds(f, fresh)
    _inputs(f, fresh, t)
    _next_stop(f, fresh, t)
    _first_step(f, fresh)
    if begin is not None:
        begin(f)
    return code.finish()


def _inputs(f: Body, fresh: Mask, t: Number) -> None:
    code, lanes, inflow = f.code, f.lanes, f.numbers("input")
    start, end = f.numbers("infusion_start").by(1), f.numbers("infusion_end").by(1)
    state, rate = f.integers("infusion_state"), f.numbers("infusion_rate").by(1)
    with code.loop(f["states"] * lanes, lanes) as row:
        inflow[row] = fresh.choose(0.0, inflow[row])
    with code.loop(f["infusions"]) as each:
        row = state[each] * lanes
        running = fresh & (code.number(start[each], lanes) <= t) & (code.number(end[each], lanes) > t)
        inflow[row] = running.choose(inflow[row] + code.number(rate[each], lanes), inflow[row])


def _next_stop(f: Body, fresh: Mask, t: Number) -> None:
    code, lanes, stop = f.code, f.lanes, f.numbers("scratch")
    grid = f.numbers("grid").by(1)
    stop[0] = code.number(grid[f["times"] - 1], lanes)

    def consider(time: Number) -> None:
        time = code.number(time, lanes)
        stop[0] = ((time > t) & (time < stop[0])).choose(time, stop[0])

    for count, names in (("doses", ("dose_time",)), ("infusions", ("infusion_start", "infusion_end"))):
        for name in names:
            times = f.numbers(name).by(1)
            with code.loop(f[count]) as each:
                consider(times[each])
    jumps = f.numbers("jump")
    with code.loop(f["switches"]) as each:
        first, period = jumps[each * (2 * lanes)], jumps[each * (2 * lanes) + lanes]
        consider(first)
        # of one that returns, those that follow: how many have passed may be off by one; without a period they are nan
        ahead = (t - first) / period.absolute()
        passed = Number(code, intrinsic(code.builder, "floor", ahead.value), lanes)
        for further in (0.0, 1.0, 2.0):
            consider(first + (passed + further) * period.absolute())
    old = f.numbers("stop")
    old[0] = fresh.choose(stop[0], old[0])
    margin = (old[0] * MARGIN).smaller((old[0] - t) * 0.25)
    for name, value in (("first_time", t + margin), ("last_time", old[0] - margin)):
        kept = f.numbers(name)
        kept[0] = fresh.choose(value, kept[0])


def _first_step(f: Body, fresh: Mask) -> None:
    """So long that no state moves by more than a small share of itself."""
    code, lanes = f.code, f.lanes
    if f.in_time:
        f.numbers("stage_time")[0] = f.numbers("first_time")[0]
    x, y, inflow, tolerance = (f.numbers(name) for name in ("x", "y", "input", "tolerance"))
    f.kernel("rates_kernel", f.numbers("stage_time"), x, f.numbers("p"), y)
    fastest, per_rtol = f.numbers("scratch"), code.number(1.0 / f.setting("rtol"), lanes)
    fastest[0] = 0.0
    with code.loop(f["states"] * lanes, lanes) as row:
        speed = (y[row] + inflow[row]).absolute() / (x[row].absolute() + tolerance[row] * per_rtol)
        if f.constrained:  # what a constraint makes zero is no speed
            speed = speed * f.numbers("mass")[row]
        fastest[0] = fastest[0].larger(speed)
    left = f.numbers("stop")[0] - f.numbers("t")[0]
    step = (code.number(f.setting("first_share"), lanes) / fastest[0]).smaller(left)
    if f.in_time:
        step = step.smaller(left * TIMED_START)
    h = f.numbers("h")
    h[0] = fresh.choose((step > 0.0).choose(step, left * TIMED_START), h[0])
