"""A simulation with events: from one moment to the next, whatever integrates in between."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Protocol

import numpy as np

from exokinetics.compiler.events import BoundEvents
from exokinetics.integrators import Array, Sight, Watch
from exokinetics.simulation.doses import ROUNDING, Schedule
from exokinetics.simulation.events.agenda import Agenda
from exokinetics.simulation.events.earlier import BEND, JUMP, Breaks
from exokinetics.simulation.events.moments import AT_ONE_TIME, Moment
from exokinetics.simulation.events.tangents import Tangent, Unsettled
from exokinetics.simulation.events.watched import SHORT

MOST = 1_000_000  # events carried out in one run


@dataclass(frozen=True)
class Reached:
    """What a stretch came to: states (times, states) at the wanted times it reached, and the state at `time`.

    `slopes` and `slope` are the derivatives of the two by inputs, where they are followed.
    """

    states: Array
    time: float
    state: Array
    sight: Sight
    failure: str = ""
    slopes: Array | None = None
    slope: Array | None = None
    statistics: dict[str, int] = field(default_factory=dict)


class Stretch(Protocol):
    """Integrates one smooth stretch, and stops where something that is watched becomes true."""

    def __call__(
        self, start: float, end: float, state: Array, slope: Array | None, times: Array, inflow: Array | None,
        watch: Watch,
    ) -> Reached: ...  # fmt: skip

    def give_back(self) -> None:
        """Leave what it works in to the next run."""


@dataclass
class Course:
    """The request: output times, doses, other times at which to stop, the events and what follows derivatives.

    `moved_stops` gives more times at which to stop, in order, that depend on the state behind an event. `breaks` tells
    when values of earlier times are not smooth, where these count. `settle` puts right what constraints determine.
    """

    times: Array
    doses: Schedule
    stops: list[float]
    events: BoundEvents
    stretch: Stretch
    states: int
    tangent: Tangent | None = None
    moved_stops: Callable[[Array], list[float]] | None = None
    breaks: Breaks | None = None
    settle: Callable[[float, Array], Array] | None = None

    @cached_property
    def grid(self) -> list[float]:
        """The output times as plain numbers."""
        found: list[float] = self.times.tolist()
        return found

    def inflow(self, start: float, end: float) -> Array | None:
        """What flows in between two neighbouring stops."""
        return self.doses.input(start, end, self.states) if self.doses.infusions else None

    def dose(self, time: float) -> Array | None:
        """What comes in at once at a time."""
        return self.doses.jump(time, self.states) if any(when == time for when, _, _ in self.doses.bolus) else None

    def run(self, state: Array, slope: Array | None) -> Followed:
        """From time 0, where `state` is that before doses."""
        course = Followed.empty(self, state, slope)
        try:
            course.arrive(None)
            while course.moment.time < self.grid[-1] and not course.failure:
                course.go_on()
        except Unsettled as error:
            course.reason = str(error)
        return course


@dataclass
class Followed:
    """What was reached up to now. `failure` is the clause of a solver, `reason` a sentence about events."""

    course: Course
    moment: Moment
    states: Array
    slopes: Array | None
    filled: int = 0
    failure: str = ""
    reason: str = ""
    counts: dict[str, Any] = field(default_factory=lambda: {"steps": 0, "events": 0})
    anchor: float = -1.0
    crowd: int = 0
    stops: list[float] = field(default_factory=list)

    @classmethod
    def empty(cls, course: Course, state: Array, slope: Array | None) -> Followed:
        """Nothing is reached."""
        moment = Moment(Agenda.at_start(course.events), course.tangent, 0.0, state, slope)
        states = np.empty((len(course.times), len(state)))
        slopes = None if slope is None else np.empty((len(course.times), *slope.shape))
        return cls(course, moment, states, slopes)

    def go_on(self) -> None:
        """One stretch, and what happens at its end."""
        course, moment = self.course, self.moment
        start, end = moment.time, self._end()
        upto = bisect_right(course.grid, end, self.filled)
        agenda = moment.agenda
        roots, since = len(course.events.events.roots), start if moment.count else -np.inf
        watch = Watch(course.events.look, len(agenda.truths), roots, moment.seen, self._free(), since)
        inflow = course.inflow(start, end)
        reached = course.stretch(
            start, end, moment.state, moment.slopes, course.times[self.filled : upto], inflow, watch
        )  # fmt: skip
        for name, count in reached.statistics.items():
            self.counts[name] = self.counts.get(name, 0) + count
        self._keep(reached)
        moment.time, moment.state, moment.slopes, self.failure = (
            reached.time, reached.state, reached.slope, reached.failure,
        )  # fmt: skip
        if self.failure:
            return
        agenda.pass_over(reached.sight.fell, reached.sight.seen[: watch.truths])
        if course.tangent is not None:
            course.tangent.inflow_before = 0.0 if inflow is None else inflow
        self.arrive(reached.sight.seen, planned=moment.time == end)

    def arrive(self, before: Array | None, *, planned: bool = False) -> None:
        """What happens at this moment, and the output at it; of a `planned` time also what misses it by rounding."""
        course, moment = self.course, self.moment
        if course.tangent is not None:
            inflow = course.inflow(moment.time, self._end())
            course.tangent.inflow_after = 0.0 if inflow is None else inflow
        moment.count = 0
        if course.settle is not None:
            moment.settle = partial(course.settle, self._inside())
        moment.arrive(before, course.dose(moment.time), jumped=planned)
        self.counts["events"] += moment.count
        if course.moved_stops is not None and (moment.count or before is None):
            self.stops = course.moved_stops(moment.state)
            if course.breaks is not None:
                course.breaks.add(self.stops, BEND)
        if course.breaks is not None and moment.count:
            course.breaks.add([moment.time], JUMP)
        self._count(moment.count)
        nearly = moment.time * (1.0 - ROUNDING) if planned else moment.time
        while self.filled and course.grid[self.filled - 1] >= nearly:
            self.filled -= 1  # what is wanted here is what comes after
        while self.filled < len(course.grid) and course.grid[self.filled] <= moment.time:
            self.states[self.filled] = moment.state
            if self.slopes is not None:
                self.slopes[self.filled] = moment.slopes
            self.filled += 1

    def _free(self) -> bool:
        """Whether a solver may carry out simple events by itself: nothing waits for them or depends on them."""
        course = self.course
        alone = course.tangent is None and course.moved_stops is None and course.breaks is None
        return alone and course.settle is None and not self.moment.agenda.waiting

    def _inside(self) -> float:
        """Just behind now, as far as a stretch begins behind its start: rates, and constraints, may jump now."""
        now, end = self.moment.time, self._end()
        return now * (1.0 + ROUNDING) if end <= now else now + min(ROUNDING * end, 0.25 * (end - now))

    def _end(self) -> float:
        """Where the next stretch ends at the latest."""
        course, now = self.course, self.moment.time
        ahead = bisect_right(course.stops, now)
        stop = course.stops[ahead] if ahead < len(course.stops) else np.inf
        if self.stops:
            ahead = bisect_right(self.stops, now)
            stop = min(stop, self.stops[ahead]) if ahead < len(self.stops) else stop
        if course.breaks is not None:
            stop = min(stop, course.breaks.after(now))
        return min(stop, self.moment.agenda.next_time(), course.grid[-1])

    def _keep(self, reached: Reached) -> None:
        upto = self.filled + len(reached.states)
        self.states[self.filled : upto] = reached.states
        if self.slopes is not None and reached.slopes is not None:
            self.slopes[self.filled : upto] = reached.slopes
        self.filled = upto

    def _count(self, count: int) -> None:
        """Events that come ever closer to each other never end."""
        now = self.moment.time
        if now > self.anchor + SHORT * self.course.grid[-1]:
            self.anchor, self.crowd = now, 0
        self.crowd += count
        if self.crowd > AT_ONE_TIME or self.counts["events"] > MOST:
            raise Unsettled(
                f"events follow each other ever faster at t = {now:.6g}, so that time does not go on; let one of them "
                "end this"
            )
