"""What events have fired and wait to be carried out, by the rules of SBML (Level 3 Version 2, section 4.11)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from exokinetics.compiler.events import BoundEvents
from exokinetics.integrators import Array

SEED = 1
NONE, LEAST = -np.inf, -1.7e308  # priorities of those that have none, and of those whose priority is no number


@dataclass(frozen=True)
class Firing:
    """An event that fired: its place, when it is to be carried out, and the new values, if they are those of then.

    `shift` and `moved` are the derivatives of that time and of those values by the inputs, where they are followed.
    """

    action: int
    time: float
    values: Array | None
    shift: Array | None = None
    moved: Array | None = None


@dataclass
class Agenda:
    """The firings that wait, in the order in which they fired, and the truths of the triggers when last seen."""

    events: BoundEvents
    truths: list[float]
    waiting: list[Firing] = field(default_factory=list)
    lots: random.Random | None = None

    @classmethod
    def at_start(cls, events: BoundEvents) -> Agenda:
        """Nothing waits, and every trigger is what its event says that it was before."""
        return cls(events, [float(action.event.initially_true) for action in events.events.actions])

    def next_time(self) -> float:
        """When the first of them is to be carried out; infinite if none waits."""
        return min((firing.time for firing in self.waiting), default=np.inf)

    def pass_over(self, fell: NDArray[np.bool_], truths: Array) -> None:
        """Take up which triggers became false on a stretch, and what all were at its end."""
        if self.waiting and fell.any():
            self._call_off(fell.tolist())
        self.truths = truths.tolist()

    def _call_off(self, fell: list[bool]) -> None:
        """Drop what does not persist where its trigger became false."""
        actions = self.events.events.actions
        self.waiting = [
            firing for firing in self.waiting if actions[firing.action].event.persistent or not fell[firing.action]
        ]

    def seen(self, truths: list[float]) -> list[int]:
        """Take up what the triggers are now; the places of those that became true."""
        before, self.truths = self.truths, truths
        if truths == before:
            return []
        if self.waiting:
            self._call_off([now < old for now, old in zip(truths, before, strict=True)])
        return [index for index, (now, old) in enumerate(zip(truths, before, strict=True)) if now > old]

    def take_due(self, time: float, state: Array) -> Firing | None:
        """The firing that is to be carried out now: of those that are due, the one of the highest priority.

        Of those that have the same one, by lot, as SBML has it, in lots that are the same in every run. Those without
        come last, in the order of their ids and then in which they fired.
        """
        due = [firing for firing in self.waiting if firing.time <= time] if self.waiting else []
        if not due:
            return None
        chosen = due[0]
        if len(due) > 1:
            priorities = [self._priority(firing, time, state) for firing in due]
            first = max(priorities)
            due = [firing for firing, priority in zip(due, priorities, strict=True) if priority == first]
            chosen = min(due, key=lambda firing: firing.action)
            if first > NONE and len(due) > 1:
                self.lots = self.lots or random.Random(SEED)
                chosen = due[int(self.lots.random() * len(due))]
        self.waiting = [firing for firing in self.waiting if firing is not chosen]
        return chosen

    def _priority(self, firing: Firing, time: float, state: Array) -> float:
        if self.events.events.actions[firing.action].event.priority is None:
            return NONE
        priority = self.events.effects(firing.action, time, state)[1]
        return priority if priority > NONE else LEAST
