"""Curves of steady states: followed by their arclength, around folds, with what happens on the way located."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from exokinetics.integrators import Array
from exokinetics.simulation.steady_equations import Lost, SteadyEquations, solved

LONGEST_STEP = 0.25  # relative change of a state from point to point
SHORTEST_STEP = 1e-9
GROWTH = 1.5
STRAIGHT = 0.95  # cosine between the directions of two points, below which the step was too long
APART = 1e-4  # two events within a shorter step are not told apart by another
MOST_POINTS = 20_000
SAME = 1e-5  # relative distance below which two points are one
PRECISION = 1e-13  # of a step: to which an event is located
SWITCHING_STEP = 1e-3  # relative to the size of the states, from one curve onto another that crosses it
FLAT = 1e-6  # slope of the parameter along a curve that may be rounding


@dataclass(frozen=True)
class Point:
    """A place on a curve: (x, s), the direction in which the curve goes on there, and how many modes grow.

    `sign` is that of the determinant which changes where curves cross; `kind` is "", "fold", "hopf", "branch" or "end".
    """

    at: Array
    along: Array
    sign: float
    growing: int
    kind: str = ""

    @property
    def stable(self) -> bool:
        """Whether nothing grows; at a fold, or where curves cross or an oscillation begins, that is undecided."""
        return self.growing == 0 and self.kind in ("", "end")


@dataclass(frozen=True)
class Curve:
    """Points in order, and why the curve ends at its first and at its last."""

    points: list[Point]
    reasons: tuple[str, str]


class Segment:
    """The piece of curve that begins at a point, by the distance gone along the direction there."""

    def __init__(self, equations: SteadyEquations, start: Point) -> None:
        self.equations, self.start = equations, start
        self.scale = equations.scale(start.at)
        along = start.along / self.scale
        self.along = along / np.linalg.norm(along)

    def longest(self, points: int) -> float:
        """The step in which no state changes too much and the parameter by no more than its share of the range."""
        states, parameter = np.abs(self.along[:-1]).max(initial=0.0), abs(self.along[-1])
        return float(1.0 / max(states / LONGEST_STEP, parameter * points))

    def at(self, distance: float) -> Array:
        """The point of the curve at that distance."""
        if distance == 0.0:
            return self.start.at
        guess = self.start.at + distance * self.along * self.scale
        return self.equations.corrected(guess, self.scale, self.along)

    def direction(self, point: Array) -> Array:
        """Where the curve goes from a point of it, as a unit vector in scaled coordinates."""
        return _normal(self.equations.scaled(point, self.scale)[1], self.along)

    def point(self, distance: float, kind: str = "") -> Point:
        """All that is known of the point at that distance."""
        at = self.at(distance)
        slope = self.equations.scaled(at, self.scale)[1]
        along = _normal(slope, self.along)
        sign = np.linalg.slogdet(np.vstack([slope, along]))[0]
        return Point(at, along * self.scale, float(sign), self.equations.growing(at), kind)

    def root(self, function: Callable[[Array], float], high: float) -> float:
        """The distance, up to `high`, at which a smooth function of the point is zero; 0 if it keeps its sign."""
        from scipy.optimize import brentq

        if function(self.at(0.0)) * function(self.at(high)) >= 0.0:
            return 0.0
        return float(brentq(lambda distance: function(self.at(distance)), 0.0, high, xtol=PRECISION * high, rtol=1e-15))

    def reaching(self, coordinate: int, value: float, high: float) -> float:
        """The distance at which a coordinate takes a value; 0 where it has or is beyond it already."""
        return self.root(lambda point: float(point[coordinate] - value), high)

    def change(self, sign: Callable[[Array], bool], high: float) -> float:
        """The distance at which an answer that is true at `high` begins to be so, by halving."""
        low, width = 0.0, high
        while high - low > PRECISION * width:
            middle = 0.5 * (low + high)
            if sign(self.at(middle)):
                high = middle
            else:
                low = middle
        return high


def _normal(slope: Array, near: Array) -> Array:
    """The direction in which the equations do not change, as a unit vector that points the way of `near`."""
    last = np.zeros(len(near))
    last[-1] = 1.0
    found = solved(np.vstack([slope, near]), last)
    return np.asarray(found / np.linalg.norm(found))


def curve_through(equations: SteadyEquations, at: Array, points: int) -> Curve:
    """The curve through a steady state, both ways from it, until it ends or closes."""
    start = first_point(equations, at)
    one, reason = _followed(equations, start, points, closing=True)
    if reason == CLOSED:
        return Curve([start, *one], (reason, reason))
    other, before = _followed(equations, reversed_point(start), points)
    return _joined(other, before, start, one, reason)


def first_point(equations: SteadyEquations, at: Array) -> Point:
    """What is known of a steady state, its curve going on towards higher values; `Lost` where there is no one curve."""
    scale = equations.scale(at)
    slope = equations.scaled(at, scale)[1]
    _, singular, right = np.linalg.svd(slope)
    if len(singular) and singular[-1] <= 1e-13 * singular[0]:
        raise Lost("the state is one of a continuum that no conserved total tells apart, or curves cross there")
    along = right[-1] * (1.0 if right[-1, -1] >= 0.0 else -1.0)
    sign = np.linalg.slogdet(np.vstack([slope, along]))[0]
    return Point(at, along * scale, float(sign), equations.growing(at))


def reversed_point(point: Point) -> Point:
    """The same point with the curve going the other way."""
    return replace(point, along=-point.along, sign=-point.sign)


def _joined(other: Sequence[Point], before: str, middle: Point, one: Sequence[Point], after: str) -> Curve:
    """One curve of two halves, in the direction in which the parameter rises where it begins."""
    points = [*map(reversed_point, reversed(other)), middle, *one]
    if before:
        points[0] = _ended(points[0])
    if after:
        points[-1] = _ended(points[-1])
    return Curve(points, (before, after))


def _ended(point: Point) -> Point:
    return point if point.kind else replace(point, kind="end")


CLOSED = "it closes"


def _followed(
    equations: SteadyEquations, start: Point, points: int, closing: bool = False
) -> tuple[list[Point], str]:  # fmt: skip
    """What follows a point on its curve, and why there is no more."""
    found: list[Point] = []
    here, step = start, np.inf
    while len(found) < MOST_POINTS:
        segment = Segment(equations, here)
        step = min(step, segment.longest(points) * (0.1 if not found else 1.0))
        try:
            new, reason = _advanced(segment, step)
            if closing and len(found) > 3 and _passes(segment, step, start.at):
                return [*found, replace(start)], CLOSED
        except Lost as lost:
            step *= 0.5
            if step < SHORTEST_STEP:
                return found, f"it cannot be followed beyond {equations.value(float(here.at[-1])):.6g}: {lost}"
            continue
        found += new
        if reason:
            return found, reason
        here, step = found[-1], step * GROWTH
    return found, f"it has more than {MOST_POINTS} points"


def _passes(segment: Segment, step: float, at: Array) -> bool:
    """Whether the segment passes through a point."""
    away = (at - segment.start.at) / segment.scale
    distance = float(segment.along @ away)
    if not 0.0 < distance <= step or np.abs(away - distance * segment.along).max() > step:
        return False
    return bool(np.abs((segment.at(distance) - at) / segment.scale).max() < SAME)


def _advanced(segment: Segment, step: float) -> tuple[list[Point], str]:
    """One step: what happens on the way and where it leads; the reason why it leads no further, or an empty text."""
    end = segment.point(step)
    _require_near(segment, step, end)
    events = _events(segment, step, end)
    if len(events) > 1 and step > APART:
        raise Lost("too much happens in one step")
    stop, reason = _stop(segment, step, end)
    kept = [(distance, kind) for distance, kind in events if distance <= stop * (1.0 + SAME)]
    points: list[Point] = []
    last = 0.0
    for distance, kind in kept:
        if points:  # an ordinary point between two events tells whether what lies between is stable
            points.append(segment.point(0.5 * (last + distance)))
        points.append(_event(segment, distance, kind, end))
        last = distance
    if reason and kept and last >= stop * (1.0 - SAME):
        return points, reason
    if reason and stop == 0.0:
        return points, reason
    return [*points, _at_limit(segment, segment.point(stop, "end")) if reason else end], reason


def _at_limit(segment: Segment, point: Point) -> Point:
    """The point with its parameter exactly at an end of the range, if it is there but for rounding."""
    low, high = segment.equations.ends
    limit = low if point.at[-1] - low < high - point.at[-1] else high
    if abs(point.at[-1] - limit) > 1e-12 * (high - low):
        return point
    return replace(point, at=np.append(point.at[:-1], limit))


def _event(segment: Segment, distance: float, kind: str, end: Point) -> Point:
    """The point of an event. Where curves cross there is no direction, so that of the end of the step stands in."""
    if kind != "branch":
        return segment.point(distance, kind)
    return replace(end, at=segment.at(distance), kind=kind)


def _require_near(segment: Segment, step: float, end: Point) -> None:
    """Refuse a step after which the curve has turned much, or between whose ends the parameter turned twice."""
    along = end.along / segment.scale
    cosine = float(segment.along @ along)
    if cosine < STRAIGHT:
        raise Lost("the curve turns sharply")
    first, last = float(segment.along[-1]), float(along[-1]) / cosine
    chord = float((end.at[-1] - segment.start.at[-1]) / segment.scale[-1]) / step
    middle = 1.5 * chord - 0.25 * (first + last)
    if min(abs(first), abs(last), abs(middle)) > FLAT and first * last > 0.0 > first * middle:
        raise Lost("the curve turns twice")


def _stop(segment: Segment, step: float, end: Point) -> tuple[float, str]:
    """Where the curve leaves the range or what is possible, within a step, and the reason; else its end and no text."""
    equations = segment.equations
    low, high = equations.ends
    stop, reason = step, ""
    for limit, name in ((low, "low"), (high, "high")):
        if (end.at[-1] - limit) * (1.0 if limit == high else -1.0) >= 0.0:
            stop, reason = segment.reaching(-1, limit, step), f"the {name} end of the range"
    for index in _negative(equations, end.at):
        zero = segment.reaching(index, 0.0, step)
        if zero < stop:
            stop, reason = zero, f"{equations.system.states[index]} would become negative"
    return stop, reason


def _negative(equations: SteadyEquations, at: Array) -> list[int]:
    """The places of the states that are negative beyond rounding and cannot be so."""
    return list(map(int, np.flatnonzero(equations.system.nonnegative & (at[:-1] < -1e-3 * equations.floor))))


def _events(segment: Segment, step: float, end: Point) -> list[tuple[float, str]]:
    """What happens within a step, as distances and kinds, in order."""
    found = []
    start, equations = segment.start, segment.equations
    if start.along[-1] * end.along[-1] < 0.0:
        found.append((segment.root(lambda point: float(segment.direction(point)[-1]), step), "fold"))
    if start.sign * end.sign < 0.0:
        found.append((_crossing(segment, step, end), "branch"))
    if not found and abs(start.growing - end.growing) == 2:
        middle = 0.5 * (start.growing + end.growing)
        up = end.growing > start.growing
        distance = segment.change(lambda point: (equations.growing(point) > middle) == up, step)
        modes = equations.modes(segment.at(distance))
        nearest = modes[np.argmin(np.abs(modes.real) / np.maximum(np.abs(modes), 1e-300))]
        if abs(nearest.real) < 1e-6 * abs(nearest.imag):
            found.append((distance, "hopf"))
    return sorted(found)


def _crossing(segment: Segment, step: float, end: Point) -> float:
    """Where two curves cross. Newton's method is blind at the crossing itself, and then halving ends near it."""

    def crossed(point: Array) -> bool:
        slope = segment.equations.scaled(point, segment.scale)[1]
        return bool(np.linalg.slogdet(np.vstack([slope, _normal(slope, segment.along)]))[0] * end.sign > 0.0)

    low, high = 0.0, step
    try:
        while high - low > 1e-9 * step:
            middle = 0.5 * (low + high)
            low, high = (low, middle) if crossed(segment.at(middle)) else (middle, high)
    except Lost:
        if high - low > SAME * step:
            raise
    return high


def curve_across(
    equations: SteadyEquations, crossing: Point, points: int, known: Callable[[Array], bool]
) -> Curve | None:
    """The other curve through a point at which curves cross, unless it is known already or leaves what is possible."""
    scale = equations.scale(crossing.at)
    scale[:-1] = np.maximum(scale[:-1], equations.size)
    plane = np.linalg.svd(equations.scaled(crossing.at, scale)[1])[2][-2:]
    inside = plane @ (crossing.along / scale)
    across = np.array([-inside[1], inside[0]]) @ plane
    across *= (1.0 if across[-1] >= 0.0 else -1.0) / np.linalg.norm(across)
    halves: list[tuple[list[Point], str]] = []
    for sign in (-1.0, 1.0):
        try:
            at = equations.corrected(crossing.at + sign * SWITCHING_STEP * across * scale, scale, across)
            if known(at):
                return None
            halves.append(_half(equations, at, sign * across / scale, points))
        except Lost as lost:
            halves.append(([], f"it cannot be followed from {equations.value(float(crossing.at[-1])):.6g}: {lost}"))
    (other, before), (one, after) = halves
    return _joined(other, before, crossing, one, after) if other or one else None


def _half(equations: SteadyEquations, at: Array, away: Array, points: int) -> tuple[list[Point], str]:
    """A curve from a point near a crossing on, in the direction that goes `away` from it."""
    negative = _negative(equations, at)
    if negative:
        return [], f"{equations.system.states[negative[0]]} would become negative"
    begun = first_point(equations, at)
    begun = begun if float(begun.along @ away) > 0.0 else reversed_point(begun)
    rest, reason = _followed(equations, begun, points)
    return [begun, *rest], reason
