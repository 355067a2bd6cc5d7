"""Absolute tolerances of the states, and how far below zero they may fall."""

from __future__ import annotations

from exokinetics.integrators.driving.body import Body
from exokinetics.machine.code import Mask

# Absolute tolerances that a species that cannot be negative may fall below zero. With more, steps come to rest beyond a
# pole of Michaelis-Menten at -K: with 100, a fifth of wild sets at rtol 1e-2; a ten-thousandth costs steps.
BELOW_ZERO = -0.01


def tolerances(f: Body, fresh: Mask) -> None:
    """As given, or scaled to the states: see `tolerances` of a simulation, of which this is the same rule."""
    code, lanes = f.code, f.lanes
    tolerance = f.numbers("tolerance")
    with code.builder.if_else(f["atol"].nonzero()) as (given, scaled):
        with given:
            source, lane_set, single = f.numbers("atol").by(1), f.integers("lane_set"), tolerance.by(1)
            with code.lanes(fresh.bits(), lanes) as lane:
                given_row = source.past(lane_set[lane] * f["atol_stride"])
                with code.loop(f["states"]) as index:
                    single[index * lanes + lane] = given_row[index]
        with scaled:
            _scaled_tolerances(f, fresh)
    bounds(f, fresh)


def bounds(f: Body, fresh: Mask) -> None:
    """How far below zero a species may fall that cannot be negative, from the states as they are."""
    code, lanes, tolerance, lowest = f.code, f.lanes, f.numbers("tolerance"), f.numbers("lowest")
    x, nonnegative, least = f.numbers("x"), f.numbers("nonnegative").by(1), f.numbers("scratch")
    least[0] = 0.0
    with code.loop(f["states"]) as index:
        bound = code.number(nonnegative[index], lanes) > 0.0
        least[0] = least[0].smaller(bound.choose(x[index * lanes], 0.0))
    guarded = least[0] >= 0.0  # a set that begins below zero goes where its equations lead
    with code.loop(f["states"]) as index:
        place = index * lanes
        bound = guarded & (code.number(nonnegative[index], lanes) > 0.0)
        lowest[place] = fresh.choose(bound.choose(tolerance[place] * BELOW_ZERO, -float("inf")), lowest[place])


def _scaled_tolerances(f: Body, fresh: Mask) -> None:
    code, lanes, infinite = f.code, f.lanes, float("inf")
    x, scale, smallest = f.numbers("x"), f.numbers("y"), f.numbers("scratch")
    dosed, group, counted = f.numbers("dosed").by(1), f.integers("group"), f.numbers("counted").by(1)
    tolerance = f.numbers("tolerance")
    with code.loop(f["groups"] * lanes, lanes) as row:
        smallest[row] = infinite
    with code.loop(f["states"]) as index:
        row, place = index * lanes, group[index] * lanes
        size = x[row].absolute()
        dose = code.number(dosed[index], lanes)
        size = (dose < infinite).choose((size > 0.0).choose(dose.smaller(size), dose), size)
        scale[row] = size
        smallest[place] = ((size > 0.0) & (size < smallest[place])).choose(size, smallest[place])
    share = code.number(f.setting("atol_share"), lanes)
    hidden = code.number(f.setting("hidden"), lanes)
    with code.loop(f["states"]) as index:
        row = index * lanes
        least = smallest[group[index] * lanes]
        one = (least < infinite).choose(least, 1.0)
        count = code.number(counted[index], lanes) > 0.0
        zero = count.choose(code.number(1.0, lanes).smaller(least), hidden * one)
        size = (scale[row] > 0.0).choose(scale[row], zero)
        tolerance[row] = fresh.choose(size * share, tolerance[row])
