"""What the functions of a lookout share: numbers by name, what was seen at the places of a step, and what it means."""

from __future__ import annotations

from exokinetics.integrators.driving.body import Body
from exokinetics.integrators.lookout import REACH
from exokinetics.machine.code import Integer, Mask, Number, Numbers

CELLS = (
    "start", "end", "time", "low", "high", "least", "rising", "changed", "wanted", "inner_low", "inner_middle",
    "inner_high", "inner_least", "sign", "visited", "place_low", "place_end", "at", "following", "before", "after",
    "side",
)  # fmt: skip
COUNTS = ("place", "root", "tries", "changing")


def cell(f: Body, name: str) -> Numbers:
    """A number that the functions here share."""
    return f.numbers("lookout").past(CELLS.index(name))


def count_of(f: Body, name: str) -> Integer:
    """A whole number that the functions share."""
    return f.integers("lookout_counts")[COUNTS.index(name)]


def seen_at(f: Body, back: int) -> Numbers:
    """What was seen at a place before the last one; -1 is the one that is looked at now, 0 that before it."""
    return f.numbers("sights").past((count_of(f, "place") - back) * f["watched"])


def time_at(f: Body, back: int) -> Number:
    """When that was."""
    return f.numbers("place_times")[count_of(f, "place") - back]


def rises(f: Body) -> Mask:
    """Whether something in `sight` is true that was not so in `seen`."""
    rising, sight, seen = cell(f, "rising"), f.numbers("sight"), f.numbers("seen")
    rising[0] = 0.0
    with f.code.loop(f["truths"]) as k:
        rising[0] = (sight[k] > seen[k]).choose(1.0, rising[0])
    return rising[0] > 0.0


def changes(f: Body) -> Number:
    """How many roots in `sight` have another sign than in `seen`."""
    count, sight, seen = cell(f, "changed"), f.numbers("sight"), f.numbers("seen")
    count[0] = 0.0
    with f.code.loop(f["roots"]) as root:
        place = f["truths"] + root
        count[0] = alike(sight[place], seen[place]).choose(count[0], count[0] + 1.0)
    return count[0]


def comes_close(before: Number, middle: Number, after: Number) -> Mask:
    """Whether a root that has one sign at three places may have passed through zero and back near the middle one."""
    first, second, third = before.absolute(), middle.absolute(), after.absolute()
    above = (before > 0.0) & (middle > 0.0) & (after > 0.0)
    below = (before < 0.0) & (middle < 0.0) & (after < 0.0)
    closer = (second <= first) & (second <= third) & (first + third > second * 2.0)
    near = second < (first - second).larger(third - second) * REACH
    return (above | below) & closer & near


def same_sign(one: Number, other: Number) -> Mask:
    """Whether both are above, below or at zero."""
    return ((one > 0.0) & (other > 0.0)) | ((one < 0.0) & (other < 0.0)) | (one.same(0.0) & other.same(0.0))


def has_sign(f: Body, place: Integer, wanted: Number) -> Mask:
    """Whether the root at a place in `sight` has the sign of another number."""
    return same_sign(f.numbers("sight")[place], wanted)


def alike(one: Number, other: Number) -> Mask:
    """Whether two numbers have the same sign; what is no number has none."""
    return same_sign(one, other) | one.compare("!=", one) | other.compare("!=", other)


def take_up(f: Body) -> None:
    """What is in `sight` was seen; what became false is kept."""
    sight, seen, fell = f.numbers("sight"), f.numbers("seen"), f.numbers("fell")
    with f.code.loop(f["truths"]) as k:
        fell[k] = (sight[k] < seen[k]).choose(1.0, fell[k])
    with f.code.loop(f["watched"]) as k:
        seen[k] = sight[k]
