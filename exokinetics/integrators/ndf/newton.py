"""Newton's method for the state at the end of a step, with factors that are kept from step to step.

The factors belong to g_LU - J, those wanted to g - J with g = alpha_k/h. With q = g_LU/g, 2 q/(1 + q) times the
solution with the old ones is right halfway between the fastest and the slowest directions, as in Hindmarsh et al.
(2005), ACM TOMS 31:363-396, doi:10.1145/1089014.1089020; convergence is judged as by Shampine & Reichelt (1997).
"""

from __future__ import annotations

from exokinetics.integrators.driving.body import SUMS, Body
from exokinetics.integrators.ndf.coefficients import ALPHA
from exokinetics.integrators.ndf.differences import by_order, size_of
from exokinetics.machine.code import Number
from exokinetics.machine.elementary import intrinsic

OFF = 0.25  # how far the factors may be from those wanted, as a share
OLDEST = 50  # steps
MOST = 4  # iterations
CLOSE = 0.15  # of the error allowed in a step: what is left of Newton's error
HOPELESS = 0.9  # a rate of convergence
UNKNOWN = 0.3  # the rate that is taken for new factors
FADING = 0.15  # of the last rate in the next one, at least
ROUNDING = 100 * 2.0**-52  # of a state: corrections below are noise


def set_stage(f: Body, step: Number) -> None:
    """The shift of the Jacobian and the time that belong to the end of the step."""
    f.numbers("g")[0] = by_order(f, ALPHA) / step
    if f.in_time:
        time = f.numbers("t")[0] + step
        f.numbers("stage_time")[0] = time.larger(f.numbers("first_time")[0]).smaller(f.numbers("last_time")[0])


def renew_factors(f: Body) -> None:
    """New factors, of the Jacobian at the predicted state, where those from before are too old or too far off."""
    code, g = f.code, f.numbers("g")
    factored, age, renewed = f.numbers("factored"), f.numbers("age"), f.numbers("renewed")
    off = (factored[0] / g[0] - 1.0).absolute()
    stale = (off > OFF) | (age[0] > float(OLDEST))
    renewed[0] = stale.choose(1.0, 0.0)
    with code.when(stale.bits().nonzero()):
        f.kernel("factor_kernel", *(f.numbers(n) for n in ("stage_time", "y", "p", "g", "lu", "slope", "sound")))
        factored[0], age[0], f.numbers("rate")[0] = g[0], 0.0, UNKNOWN
        count = f.integers("lane_factors")
        count[0] = count[0] + 1


def iterate(f: Body) -> None:
    """Correct the predicted state until it hardly changes; `converged` tells whether it came to that."""
    code = f.code
    iteration, last, rate, converged = (f.numbers(name) for name in ("iteration", "last", "rate", "converged"))
    converged[0], iteration[0], last[0] = 0.0, 0.0, float("inf")
    noise = ROUNDING * f.setting("strictness") / f.setting("rtol")
    with code.repeat() as again:
        size = _correct(f)
        ratio = size / last[0]
        first = iteration[0].same(0.0)
        number = iteration[0] + 1.0
        pace = first.choose(rate[0], ratio.larger(rate[0] * FADING))
        rate[0], iteration[0], last[0] = pace, number, size
        error = size * pace / (1.0 - pace)
        moving = (first & (size < float("inf"))) | (ratio <= HOPELESS)
        # a state below zero may be only what Newton's method has left, which may be more than is allowed there
        possible = (mean_square(f, 1) < float("inf")) | (number >= float(MOST))
        close = moving & (((error <= CLOSE) & possible) | (size <= noise))
        converged[0] = close.choose(1.0, 0.0)
        ahead = number.same(2.0).choose(pace * pace, number.same(3.0).choose(pace, 1.0))
        late = (~first) & (error * ahead > CLOSE)
        again.leave((close | ~moving | late | (number >= float(MOST))).bits().nonzero())


def _correct(f: Body) -> Number:
    """One iteration; the size of what it changed. The sum of squares of all corrections stands behind in `sums`."""
    code, vector = f.code, f.vector
    f.kernel("stage_kernel", *(f.numbers(name) for name in ("stage_time", "y", "p", "added", "lu", "k")))
    count = f.integers("lane_evaluations")
    count[0] = count[0] + 1
    y, k, added, inflow, history, correction, weight, lowest, sums = f.several(
        "y", "k", "added", "input", "history", "correction", "weight", "lowest", "sums"
    )
    ratio = f.numbers("factored")[0] / f.numbers("g")[0]
    scale, g = code.number(2.0 * ratio / (1.0 + ratio), vector), code.number(f.numbers("g")[0], vector)
    sums[0] = sums[vector] = 0.0
    with code.loop(size_of(f), vector) as row:
        change, unit = k[row] * scale, weight[row]
        state, total = y[row] + change, correction[row] + change
        y[row], correction[row] = state, total
        added[row] = inflow[row] - g * (history[row] + total)
        moved, whole = change * unit, total * unit
        possible = (state >= lowest[row]) & (state < float("inf"))
        sums[0] = code.multiply_add(moved, moved, sums[0])
        sums[vector] = sums[vector] + possible.choose(whole * whole, float("inf"))
    mean = mean_square(f, 0)
    return Number(code, intrinsic(code.builder, "sqrt", mean.value), mean.width)


def mean_square(f: Body, which: int) -> Number:
    """One of the sums over all states, by their number."""
    single = f.numbers("sums").past(which * f.vector)
    a, b, c, d = (single[part] for part in range(SUMS))
    return ((a + b) + (c + d)) / f.real("states").larger(1.0)
