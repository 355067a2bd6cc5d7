"""What follows from an attempted step: taken, refused or tried again, and the order and length of the next."""

from __future__ import annotations

from exokinetics.integrators.driving.body import Body
from exokinetics.integrators.driving.context import TOO_SMALL
from exokinetics.integrators.driving.lengths import count, lost
from exokinetics.integrators.driving.lookout import Lookout
from exokinetics.integrators.driving.output import output_now, outputs_within
from exokinetics.integrators.ndf.coefficients import ERROR, ORDERS
from exokinetics.integrators.ndf.differences import advance, by_order, within
from exokinetics.integrators.ndf.newton import mean_square
from exokinetics.machine import ir
from exokinetics.machine.code import Mask, Number, Numbers

SAFETY, SHRINK, GROW = 0.9, 0.2, 10.0
HALF = 0.5  # of the step, where Newton's method does not converge
SAME, LOWER, HIGHER = 1.0 / 1.25, 1.0 / 1.3, 1.0 / 1.25  # caution with the length of a step by its order
WORTH = 1.2  # a step that would grow by less stays as it is


def judge(f: Body, emit: ir.Function, restart: ir.Function, lookout: Lookout | None) -> None:
    """Take the step, or plan a shorter one, or only ask for new factors."""
    code, error, factored = f.code, f.numbers("error"), f.numbers("factored")
    constant = by_order(f, ERROR)
    error[0] = mean_square(f, 1) * constant * constant
    sound = f.numbers("sound")[0].absolute() > 0.0
    solved = f.mask("converged") & sound
    good = solved & (error[0] <= 1.0)
    again = (~solved) & ~f.mask("renewed")
    with code.when(again.bits().nonzero()):
        factored[0] = 0.0
    with code.when((~again).bits().nonzero()):
        count(f, good, f.mask("active"))
        with code.when((~good).bits().nonzero()):
            _refuse(f, solved)
        with code.when(good.bits().nonzero()):
            _take(f, emit, restart, lookout)


def _refuse(f: Body, solved: Mask) -> None:
    """A shorter step; after the second refusal, and of a step that has no solution, half of it or less."""
    step, calm, order = f.numbers("step")[0], f.numbers("calm"), f.numbers("order")
    factor = _growth(f, f.numbers("error")[0], 0, SAFETY).larger(SHRINK)
    factor = (factor >= SHRINK).choose(factor, SHRINK)  # also where the error is no number
    first = calm[0] > 0.0
    factor = solved.choose(first.choose(factor, factor.smaller(HALF)), HALF)
    f.numbers("h")[0] = step * factor
    order[0] = first.choose(order[0], (order[0] - 1.0).larger(1.0))
    calm[0] = 0.0
    failed = f.numbers("failed")
    failed[0] = lost(f, step).choose(float(TOO_SMALL), failed[0])


def _take(f: Body, emit: ir.Function, restart: ir.Function, lookout: Lookout | None) -> None:
    t, step, stop = f.numbers("t"), f.numbers("step")[0], f.numbers("stop")[0]
    equal, age = f.numbers("equal"), f.numbers("age")
    advance(f)
    ending = step >= stop - t[0]
    start = t[0] if lookout is not None else step
    t[0] = ending.choose(stop, t[0] + step)
    equal[0], age[0], f.numbers("calm")[0] = equal[0] + 1.0, age[0] + 1.0, 1.0
    active = f.mask("active")
    if lookout is None:
        outputs_within(f, emit, active, t[0], lambda time: within(f, time))
        _go_on(f, emit, restart, ending, equal)
        return
    lookout.follow(f, emit, (start, t[0]), active, lambda _: _go_on(f, emit, restart, ending, equal))


def _go_on(f: Body, emit: ir.Function, restart: ir.Function, ending: Mask, equal: Numbers) -> None:
    """Begin anew at a stop, or choose the order of the next step."""
    code = f.code
    with code.when(ending.bits().nonzero()):
        f.numbers("fresh")[0] = 1.0
        code.call(restart, f.context)
    settled = (~ending) & (equal[0] > f.numbers("order")[0])
    with code.when(settled.bits().nonzero()):
        _choose_order(f)
    output_now(f, emit, f.mask("active"))


def _choose_order(f: Body) -> None:
    """The order that allows the longest step, if that is worth a change."""
    order, step = f.numbers("order"), f.numbers("step")[0]
    below, above = by_order(f, (0.0, *ERROR[:-1])), by_order(f, (*ERROR[1:], 0.0))
    same = _growth(f, f.numbers("error")[0], 0, SAME)
    lower = _growth(f, mean_square(f, 2) * below * below, -1, LOWER)
    higher = _growth(f, mean_square(f, 3) * above * above, 1, HIGHER)
    lower = (order[0] > 1.0).choose(lower, 0.0)
    higher = (order[0] < float(ORDERS)).choose(higher, 0.0)
    down, best = lower > same, same.larger(lower)
    up, best = higher > best, best.larger(higher)
    worth = best > WORTH
    h, equal = f.numbers("h"), f.numbers("equal")
    h[0] = worth.choose(step * best.smaller(GROW), h[0])
    moved = up.choose(1.0, down.choose(-1.0, 0.0))
    order[0] = worth.choose(order[0] + moved, order[0])
    equal[0] = worth.choose(0.0, equal[0])


def _growth(f: Body, square: Number, beside: int, caution: float) -> Number:
    """By how much a step may grow at an order beside the present one, from the square of its error."""
    exponents = [-0.5 / max(order + beside + 1.0, 1.0) for order in range(ORDERS + 1)]
    code = f.code
    return code.elementary("exp", code.elementary("log", square) * by_order(f, exponents)) * caution
