"""One step of the method in every lane: its length, its stages, its error, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from exokinetics.integrators.driving.body import SUMS, Body
from exokinetics.integrators.driving.context import TOO_SMALL
from exokinetics.integrators.driving.lengths import count, lost, to_the_stop
from exokinetics.integrators.driving.lookout import Lookout
from exokinetics.integrators.driving.lookout_in_lanes import LookoutInLanes
from exokinetics.integrators.driving.output import output_again, output_now, outputs_within
from exokinetics.integrators.driving.slopes import copy_slopes
from exokinetics.integrators.rodas5p.recording import record
from exokinetics.integrators.rodas5p.slopes import error_with_slopes
from exokinetics.integrators.rodas5p.tableau import DENSE, GAMMA, NODES, STAGES, TIME_WEIGHTS, A, C
from exokinetics.integrators.rodas5p.within import within
from exokinetics.machine import ir
from exokinetics.machine.code import Integer, Mask, Number

SAFETY, SHRINK, GROW = 0.9, 0.2, 6.0
GROW_AT_FIRST = 100.0  # as long as no error bounds the step, which began as a guess far on the safe side
CALM, AT_FIRST, HELD = 1.0, 2.0, 3.0  # in `calm`: see `_next_step`
# A step many times as long as something takes to grow e-fold damps what grows, with no error that could be seen: at a
# rest that is not stable, one step of days found nothing where all tips over within hours. The determinant of
# 1/(step gamma) - Jacobian is negative then (of one growing mode, or of three); it is tried at twice the step, since
# the method is not right for what grows from half of the longest step that passes on.
LOOK_AHEAD = 2.0
SHORTER, GROW_WHEN_HELD = 0.25, 2.0


def begin_steps(f: Body) -> None:
    """In the lanes of `fresh`: the step is a guess. Of rates that name time, small steps may see nothing yet."""
    calm = f.numbers("calm")
    calm[0] = f.mask("fresh").choose(CALM if f.in_time else AT_FIRST, calm[0])


def choose_step(f: Body) -> None:
    """Up to the stop in one or two, so that no crumb is left before it."""
    step = to_the_stop(f)
    f.numbers("g")[0] = 1.0 / (step * GAMMA)
    if f.in_time:
        t = f.numbers("t")[0]
        f.numbers("stage_time")[0] = t.larger(f.numbers("first_time")[0])


def look_ahead(f: Body) -> None:
    """In the lanes of `leapt`: no error has bounded a step yet, and this one passes over something that grows."""
    code, leapt = f.code, f.numbers("leapt")
    leapt[0] = 0.0
    first = f.mask("active") & (f.numbers("calm")[0] > CALM) & (code.number(f.setting("leaping"), f.lanes) <= 0.0)
    with code.when(first.bits().nonzero()):
        f.numbers("ahead")[0] = f.numbers("g")[0] * (1.0 / LOOK_AHEAD)
        f.kernel("factor_kernel", *(f.numbers(n) for n in ("stage_time", "x", "p", "ahead", "lu", "slope", "sound")))
        leapt[0] = (first & (f.numbers("sound")[0] < 0.0)).choose(1.0, 0.0)


def stage_of(f: Body, stage: int) -> None:
    """Where a stage stands, what is added to the rates there, and its solution."""
    code, lanes, vector = f.code, f.lanes, f.vector
    step = f.numbers("step")[0]
    if f.in_time and stage:
        t = f.numbers("t")[0] + step * NODES[stage]
        t = t.larger(f.numbers("first_time")[0]).smaller(f.numbers("last_time")[0])
        f.numbers("stage_time")[0] = t
    size = f["padded"] * lanes
    x, y, added, inflow, slope, k = f.several("x", "y", "added", "input", "slope", "k")
    ks = [k.past(size * index) for index in range(STAGES)]
    inverse = f.numbers("g")[0] * GAMMA
    per_step = [code.number(inverse * c, vector) for c in C[stage]]
    weight = code.number(step * TIME_WEIGHTS[stage], vector)
    with code.loop(f.filled, vector) as row:
        force = inflow[row]
        if f.in_time and TIME_WEIGHTS[stage]:
            force = code.multiply_add(weight, slope[row], force)
        earlier = [ks[index][row] for index in range(stage)]
        if f.constrained:
            force = _held_back(f, row, earlier, per_step, force)
        else:
            for value, c in zip(earlier, per_step, strict=True):
                force = code.multiply_add(value, c, force)
        added[row] = force
        if stage > 5:  # the last stages go on from the one before
            y[row] = y[row] + earlier[-1]
        elif stage:
            moved = x[row]
            for value, a in zip(earlier, A[stage], strict=True):
                moved = code.multiply_add(value, a, moved)
            y[row] = moved
    at = x if stage == 0 else y
    f.kernel("stage_kernel", f.numbers("stage_time"), at, f.numbers("p"), added, f.numbers("lu"), ks[stage])


def _held_back(
    f: Body, row: Integer, earlier: Sequence[Number], weights: Sequence[Number], force: Number
) -> Number:  # fmt: skip
    """With what earlier stages add to the rates, which have no such part where a constraint determines the state."""
    code = f.code
    total = code.number(0.0, f.vector)
    for value, weight in zip(earlier, weights, strict=False):
        total = code.multiply_add(value, weight, total)
    return code.multiply_add(total, f.numbers("mass").by(f.vector)[row], force)


def _error(f: Body) -> Number:
    """The weighted root mean square of the estimate; infinite where the new state is impossible. It goes to `y`."""
    code, lanes, vector = f.code, f.lanes, f.vector
    size = f["padded"] * lanes
    x, y, k, tolerance, lowest, sums = f.several("x", "y", "k", "tolerance", "lowest", "scratch")
    last, rtol = k.past(size * (STAGES - 1)), code.number(f.setting("rtol"), vector)
    parts = 1 if lanes == 1 else SUMS
    for part in range(parts):
        sums[part * lanes] = 0.0
    with code.loop(size, SUMS * lanes) as first:
        for part in range(parts):
            row = first + part * lanes
            moved = y[row] + last[row]
            y[row] = moved
            scale = code.multiply_add(x[row].absolute().larger(moved.absolute()), rtol, tolerance[row])
            error = last[row] / scale
            possible = (moved >= lowest[row]) & (moved < float("inf"))
            square = possible.choose(error * error, float("inf"))
            sums[part * lanes] = sums[part * lanes] + square
    return _mean(f)


def _mean(f: Body) -> Number:
    """Of the partial sums, always in the same order."""
    sums = f.numbers("scratch")
    a, b, c, d = (sums[part * f.lanes] for part in range(SUMS))
    return ((a + b) + (c + d)) / f.code.number(f.real("states").larger(1.0), f.lanes)


def _error_inside(f: Body) -> Number:
    """The weighted mean square of what the interpolation leaves of the equations in the middle of the step.

    A stiff state that follows a function of time is right at the end of every step, however long: only this sees what
    it does between. The remainder is solved for like a stage, which turns it into an error of the state.
    """
    code, lanes, vector = f.code, f.lanes, f.vector
    size, step, t = f["padded"] * lanes, f.numbers("step")[0], f.numbers("t")[0]
    x, y, k, added, inflow, middle, rest = f.several("x", "y", "k", "added", "input", "row_out", "rest")
    ks = [k.past(size * index) for index in range(STAGES)]
    places = [0.25 * (a + 0.5 * (b + 0.5 * c)) for a, b, c in zip(*DENSE, strict=True)]
    speeds = [0.25 * (b + c) for _, b, c in zip(*DENSE, strict=True)]
    inverse = code.number(f.numbers("g")[0] * -GAMMA, vector)
    with code.loop(size, vector) as row:
        place, speed = (x[row] + y[row]) * 0.5, y[row] - x[row]
        for index, each in enumerate(ks):
            value = each[row]
            place = code.multiply_add(value, places[index], place)
            speed = code.multiply_add(value, speeds[index], speed)
        middle[row] = place
        if f.constrained:
            speed = speed * f.numbers("mass").by(vector)[row]
        added[row] = code.multiply_add(speed, inverse, inflow[row])
    half = (t + step * 0.5).larger(f.numbers("first_time")[0]).smaller(f.numbers("last_time")[0])
    f.numbers("stage_time")[0] = half
    f.kernel("stage_kernel", f.numbers("stage_time"), middle, f.numbers("p"), added, f.numbers("lu"), rest)
    tolerance, sums = f.several("tolerance", "scratch")
    rtol, parts = code.number(f.setting("rtol"), vector), 1 if lanes == 1 else SUMS
    for part in range(parts):
        sums[part * lanes] = 0.0
    with code.loop(size, SUMS * lanes) as first:
        for part in range(parts):
            row = first + part * lanes
            error = rest[row] / code.multiply_add(x[row].absolute().larger(y[row].absolute()), rtol, tolerance[row])
            sums[part * lanes] = sums[part * lanes] + error * error
    return _mean(f)


def judge(
    f: Body, emit: ir.Function, restart: ir.Function, slopes: ir.Function | None,
    lookout: Lookout | LookoutInLanes | None,
) -> None:  # fmt: skip
    """Accept or reject the step in each lane, and choose the next."""
    code = f.code
    square = _error(f)
    if f.in_time:
        inside = _error_inside(f)
        square = (inside <= square).choose(square, inside)
    sound, active = f.numbers("sound")[0].absolute() > 0.0, f.mask("active")
    leapt = f.mask("leapt")
    if slopes is not None:
        square = error_with_slopes(f, square, sound & active, slopes)
    good = (square <= 1.0) & sound & ~leapt
    step, t = f.numbers("step")[0], f.numbers("t")[0]
    f.numbers("emit")[0] = (good & active).choose(1.0, 0.0)
    _next_step(f, square, good, sound)
    count(f, good, active)
    with code.when((good & active).bits().nonzero()):
        if f.recording:
            record(f)
        stop = f.numbers("stop")[0]
        ending = step >= stop - t
        after = ending.choose(stop, t + step)
        if lookout is None:
            outputs_within(f, emit, good & active, after, partial(within, f))
            _move(f, emit, restart, good & active, (t, after), ending)
            return

        def onward(moved: Mask) -> None:
            _move(f, emit, restart, moved, (t, after), ending)

        lookout.follow(f, emit, (t, after), good & active, onward)


def _move(
    f: Body, emit: ir.Function, restart: ir.Function, moved: Mask, step: tuple[Number, Number], ending: Mask
) -> None:  # fmt: skip
    """Take over the states behind the step in these lanes, and begin anew where they came to a stop."""
    code, (t, after) = f.code, step
    _take_over(f, moved)
    if f.points:
        copy_slopes(f, "new_slopes", "slopes", moved)
    f.numbers("t")[0] = moved.choose(after, t)
    stopped = moved & ending
    with code.when(stopped.bits().nonzero()):
        f.numbers("fresh")[0] = stopped.choose(1.0, 0.0)
        code.call(restart, f.context)
        if f.watching and f.lanes > 1:
            output_again(f, emit, stopped)
    output_now(f, emit, moved)


def _take_over(f: Body, moved: Mask) -> None:
    """The new states where they are reached; mostly in all lanes, and then without masks, which are slow to store."""
    code = f.code
    x, y = f.several("x", "y")
    with code.builder.if_else(moved.bits().compare("==", (1 << f.lanes) - 1)) as (everywhere, somewhere):
        with everywhere, code.loop(f.filled, f.vector) as row:
            x[row] = y[row]
        with somewhere:
            if f.lanes > 1:
                with code.loop(f.filled, f.lanes) as row:
                    x[row] = moved.choose(y[row], x[row])


def _next_step(f: Body, square: Number, good: Mask, sound: Mask) -> None:
    """By the fifth root of the error, within bounds; a step after a rejected one does not grow.

    `calm` is 0 after a step that was refused, CALM after one that was taken, AT_FIRST before the first that an error
    bounds, and HELD from the first on that was too long for what grows, until an error bounds one.
    """
    code = f.code
    root = code.elementary(
        "quick_exp2", code.elementary("quick_log2", square) * -0.1
    )  # very large where there is no error
    calm, step, leapt = f.numbers("calm"), f.numbers("step")[0], f.mask("leapt")
    wanted = root * SAFETY
    still_first, held = (calm[0] > CALM) & (wanted > GROW), leapt | (calm[0] > AT_FIRST)
    factor = wanted.smaller(still_first.choose(held.choose(GROW_WHEN_HELD, GROW_AT_FIRST), GROW))
    known = (factor > SHRINK) & (square < float("inf"))  # not so where the error is no number
    factor = known.choose(factor, SHRINK)
    factor = ((calm[0] > 0.0) | (factor < 1.0)).choose(factor, 1.0)
    factor = leapt.choose(SHORTER, sound.choose(factor, 0.5))
    new = step * factor
    # a step cut short by a stop says nothing against the longer one planned before it
    h, planned = f.numbers("h"), f.numbers("h")[0]
    active = f.mask("active")
    h[0] = active.choose((good & (step < planned)).choose(planned.larger(new), new), planned)
    first = held.choose(HELD, AT_FIRST)
    calm[0] = good.choose(still_first.choose(first, CALM), leapt.choose(HELD, 0.0))
    # with slopes the steps before a pole are so short that none of them is refused
    tiny = lost(f, step) if f.points else lost(f, step) & ~good
    failed = f.numbers("failed")
    failed[0] = (active & tiny).choose(float(TOO_SMALL), failed[0])
