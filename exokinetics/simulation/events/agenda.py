"""What events have fired and wait to be carried out, by the rules of SBML (Level 3 Version 2, section 4.11)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from exokinetics.compiler.events import BoundEvents
from exokinetics.integrators import Array


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
    truths: Array
    waiting: list[Firing] = field(default_factory=list)

    @classmethod
    def at_start(cls, events: BoundEvents) -> Agenda:
        """Nothing waits, and every trigger is what its event says that it was before."""
        before = [float(action.event.initially_true) for action in events.events.actions]
        return cls(events, np.array(before))

    def next_time(self) -> float:
        """When the first of them is to be carried out; infinite if none waits."""
        return min((firing.time for firing in self.waiting), default=np.inf)

    def call_off(self, fell: NDArray[np.bool_]) -> None:
        """Drop what does not persist where its trigger became false."""
        actions = self.events.events.actions
        self.waiting = [
            firing for firing in self.waiting if actions[firing.action].event.persistent or not fell[firing.action]
        ]

    def seen(self, truths: Array) -> list[int]:
        """Take up what the triggers are now; the places of those that became true."""
        self.call_off(truths < self.truths)
        risen = np.flatnonzero(truths > self.truths)
        self.truths = truths
        return [int(index) for index in risen]

    def take_due(self, time: float, state: Array) -> Firing | None:
        """The firing that is to be carried out now: of those that are due, the one of the highest priority.

        Of equal ones, that whose id comes first, and then the one that fired first.
        """
        due = [firing for firing in self.waiting if firing.time <= time]
        if not due:
            return None
        chosen = due[0]
        if len(due) > 1:
            chosen = min(due, key=lambda firing: (-self._priority(firing, time, state), firing.action))
        self.waiting = [firing for firing in self.waiting if firing is not chosen]
        return chosen

    def _priority(self, firing: Firing, time: float, state: Array) -> float:
        priority = self.events.effects(firing.action, time, state)[1]
        return priority if priority == priority else -np.inf
