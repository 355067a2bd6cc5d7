"""Lengths of steps, and how many there were."""

from __future__ import annotations

from exokinetics.integrators.driving.body import Body
from exokinetics.integrators.driving.context import TOO_MANY
from exokinetics.integrators.driving.looking_back import looked_back
from exokinetics.machine.code import Mask, Number

SHORTEST = 1e-14  # of the time reached: a step below is lost in rounding


def to_the_stop(f: Body) -> Number:
    """The planned step, or up to the stop in one or two, so that no crumb is left before it."""
    h, left = f.numbers("h")[0], f.numbers("stop")[0] - f.numbers("t")[0]
    if f.recording:
        h = looked_back(f, h)
    step = (h >= left).choose(left, (h * 2.0 > left).choose(left * 0.5, h))
    f.numbers("step")[0] = step
    return step


def lost(f: Body, step: Number) -> Mask:
    """Where a step is so short that time no longer moves."""
    return step <= f.numbers("t")[0].absolute() * SHORTEST + 1e-300


def count(f: Body, good: Mask, active: Mask) -> None:
    """Count a step that was taken or refused; too many end the integration."""
    code, lanes, longest = f.code, f.lanes, f["longest"]
    accepted, refused = f.integers("lane_steps"), f.integers("lane_rejected")
    failed = f.numbers("failed").by(1)
    for mask, counts in ((good & active, accepted), (~good & active, refused)):
        with code.lanes(mask.bits(), lanes) as lane:
            counts[lane] = counts[lane] + 1
    with code.lanes(active.bits(), lanes) as lane:
        total = accepted[lane] + refused[lane]
        with code.when(total.compare(">=", longest)):
            failed[lane] = float(TOO_MANY)
