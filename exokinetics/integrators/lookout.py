"""Where on a step something that is watched becomes true: on the interpolation of a solver, to rounding.

Each step is looked at in a few places: close to its ends, which shows the slopes there, and between. Where something
became true from one place to the next, halving finds the first moment of it, and the side where it is true is kept.
Where several roots change sign from one place to the next, it is looked at each of these moments and between them:
what is true only there is not passed over. Where a root came closer to zero between two places than at both, its least
distance is searched for, since it may have passed through zero and back. Missed is what happens and ends again between
two places otherwise: two such visits between the same two places, or one within a 256th of a step of its ends.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from exokinetics.integrators.protocol import Array, Sight, Watch

NEAR_THE_ENDS = 2.0**-8
PLACES = (NEAR_THE_ENDS, 0.25, 0.5, 0.75, 1.0 - NEAR_THE_ENDS, 1.0)  # shares of a step
ROUNDING, SMALLEST_SHARE = 2.0**-53, 2.0**-60  # of the time, and of the step: no moment is told from one as close
REACH = 4.0  # how many times what a root moves from place to place it may move between them
SEARCHES = 24  # each cuts what is left to 0.62 of it: to 1e-5, where a parabola is flat to 1e-10
GOLDEN = 0.381966011250105

Place = tuple[float, Array]  # a time, and what is seen there


class Lookout:
    """Follows what is watched from step to step of a stretch."""

    def __init__(self, watch: Watch) -> None:
        self.watch, self.seen = watch, watch.seen
        self.fell = np.zeros(watch.truths, bool)

    def sight(self, *, rose: bool = False) -> Sight:
        """What was seen up to now."""
        return Sight(self.seen, self.fell, rose)

    def first(
        self, start: float, end: float, inside: Callable[[Array], Array], last: Array
    ) -> tuple[float, Array] | None:
        """The first time of a step at which something became true, and the state there.

        `inside` interpolates at several times at once, shape (states, times).
        """

        def state(time: float) -> Array:
            return last if time >= end else inside(np.array([time]))[:, 0]

        def look(time: float) -> Array:
            return self.watch.look(time, state(time))

        times = start + (end - start) * np.array(PLACES[:-1])
        states = zip([*times.tolist(), end], [*inside(times).T, last], strict=True)
        looks: list[Place] = [(start, self.seen), *((time, self.watch.look(time, here)) for time, here in states)]
        if self._is_calm(np.array([seen for _, seen in looks])):
            self.seen = looks[-1][1]
            return None
        places, low = looks[:1], start
        for place in looks[1:]:
            places.append(place)
            visits = self._visits(places[-3:], look)
            if visits and (places[-3][1][: self.watch.truths] == self.seen[: self.watch.truths]).all():
                low = places[-3][0]
            for when, found in [*visits, *self._between(low, places[-1], look), places[-1]]:
                if when <= low:
                    continue
                if self._rises(found):
                    time = self._first_rise(low, when, look)
                    return time, np.array(state(time))
                self._take(found)
                low = when
        return None

    def _is_calm(self, looks: Array) -> bool:
        """Whether in no place of a step (places, numbers) there is anything to look into, as in most steps."""
        truths, roots = np.split(looks[:, : self.watch.truths + self.watch.roots], [self.watch.truths], axis=1)
        if not ((truths == truths[0]).all() and (np.sign(roots) == np.sign(roots[0])).all()):
            return False
        before, middle, after = np.abs(roots[:-2]), np.abs(roots[1:-1]), np.abs(roots[2:])
        closer = (middle <= before) & (middle <= after)
        return not (closer & (middle < REACH * np.maximum(before - middle, after - middle))).any()

    def _between(self, low: float, place: Place, look: Callable[[float], Array]) -> list[Place]:
        """Where two roots or more change sign up to a place: each such moment, and the middles between them."""
        truths, (high, found) = self.watch.truths, place
        now, before = (np.sign(seen[truths : truths + self.watch.roots]) for seen in (found, self.seen))
        changing = np.flatnonzero((now != before) & (now == now) & (before == before))
        if len(changing) < 2:
            return []

        def changed(root: int) -> Callable[[Array], bool]:
            return lambda seen: bool(np.sign(seen[truths + root]) == now[root])

        times = sorted({_halved(low, high, look, changed(int(root)))[1] for root in changing})
        middles = [first + 0.5 * (second - first) for first, second in pairwise(times)]
        return [(time, look(time)) for time in sorted({*times, *middles}) if time < high]

    def _first_rise(self, low: float, high: float, look: Callable[[float], Array]) -> float:
        """The first time at which something is true that was not; what is seen just before is taken up."""
        before, time = _halved(low, high, look, self._rises)
        if before > low:
            self._take(look(before))
        return time

    def _rises(self, found: Array) -> bool:
        return bool((found[: self.watch.truths] > self.seen[: self.watch.truths]).any())

    def _take(self, found: Array) -> None:
        self.fell |= found[: self.watch.truths] < self.seen[: self.watch.truths]
        self.seen = found

    def _visits(self, places: list[Place], look: Callable[[float], Array]) -> list[Place]:
        """Where a root that came closer to zero inside than at both ends of three places changed a truth."""
        if len(places) < 3:
            return []
        truths = self.watch.truths
        before, middle, after = (found[truths : truths + self.watch.roots] for _, found in places)
        sizes = np.abs(before), np.abs(middle), np.abs(after)
        alike = (np.sign(before) == np.sign(middle)) & (np.sign(after) == np.sign(middle)) & (middle != 0.0)
        closer = (sizes[1] <= sizes[0]) & (sizes[1] <= sizes[2]) & (sizes[0] + sizes[2] > 2.0 * sizes[1])
        near = sizes[1] < REACH * np.maximum(sizes[0] - sizes[1], sizes[2] - sizes[1])
        found = [
            self._visit(int(root), float(np.sign(middle[root])), places, look)
            for root in np.flatnonzero(alike & closer & near)
        ]
        return sorted((place for place in found if place is not None), key=lambda place: place[0])

    def _visit(self, root: int, sign: float, places: list[Place], look: Callable[[float], Array]) -> Place | None:
        """By golden sections, until a truth changes."""
        (low, _), (middle, known), (high, _) = places
        truths = self.watch.truths
        least = sign * known[truths + root]
        for _ in range(SEARCHES):
            left = middle - low > high - middle
            time = middle - GOLDEN * (middle - low) if left else middle + GOLDEN * (high - middle)
            found = look(time)
            if (found[:truths] != known[:truths]).any():
                return time, found
            value = sign * found[truths + root]
            if value < least:
                low, high = (low, middle) if left else (middle, high)
                middle, least = time, value
            elif left:
                low = time
            else:
                high = time
        return None


def _halved(
    low: float, high: float, look: Callable[[float], Array], changed: Callable[[Array], bool]
) -> tuple[float, float]:
    """The last time at which what is seen has not changed, and the first up to `high` at which it has, to rounding."""
    least = SMALLEST_SHARE * (high - low)
    while high - low > max(ROUNDING * abs(high), least):
        middle = low + 0.5 * (high - low)
        if not low < middle < high:
            break
        if changed(look(middle)):
            high = middle
        else:
            low = middle
    return low, high
