"""One moment of a simulation: what became true fires, what is due is carried out, and that may set off more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from exokinetics.integrators import Array
from exokinetics.simulation.events.agenda import Agenda, Firing
from exokinetics.simulation.events.tangents import Tangent, Unsettled

AT_ONE_TIME = 1000  # events carried out without time going on


@dataclass
class Moment:
    """A time and the state there, with its derivatives (states, inputs) if a `tangent` follows them.

    `settle` puts right what constraints determine. `count` says how many events were carried out, and `seen` what was
    seen last.
    """

    agenda: Agenda
    tangent: Tangent | None
    time: float
    state: Array
    slopes: Array | None
    settle: Callable[[Array], Array] | None = None
    count: int = 0
    seen: Array = field(default_factory=lambda: np.empty(0))

    def arrive(self, before: Array | None, dose: Array | None, *, jumped: bool = False) -> None:
        """What happens on coming here: `before` is what was seen of triggers just before, None at the start.

        `jumped`: it is a time at which rates may have jumped, and constraints with them.

        What has become true fires. Then comes the dose, which may make more true, and then what is due is carried out.
        """
        if self.tangent is not None:
            assert self.slopes is not None
            self.tangent.arrive(self.time, self.slopes)
        if before is None or jumped:
            self._settle()
        if before is not None:
            self._fire(crossing=before)
        if dose is not None:
            self.state = self.state + dose
            self._settle()
        if before is None or dose is not None:
            self._fire()
        while (firing := self.agenda.take_due(self.time, self.state)) is not None:
            self._carry_out(firing)
            self.count += 1
            if self.count > AT_ONE_TIME:
                name = self._name(firing.action)
                raise Unsettled(
                    f"event '{name}' is carried out again and again at t = {self.time:.6g}, with no time between; let "
                    "what it does make its trigger false for a while"
                )
            self._fire()
        if self.tangent is not None:
            self.slopes = self.tangent.leave(self.state)

    def _settle(self) -> None:
        if self.settle is not None:
            self.state = self.settle(self.state)

    def _name(self, action: int) -> str:
        return self.agenda.events.events.actions[action].event.id

    def _fire(self, crossing: Array | None = None) -> None:
        """Look at the triggers, and put what became true on the agenda."""
        events = self.agenda.events
        found = events.look(self.time, self.state)
        self.seen = found
        for action in self.agenda.seen(found[: len(events.events.actions)].tolist()):
            delay, _, values = events.effects(action, self.time, self.state)
            if not delay >= 0.0 or not np.isfinite(delay):
                raise Unsettled(
                    f"the delay of event '{self._name(action)}' is {delay:g} at t = {self.time:.6g}, which it cannot "
                    "be; it must be 0 or more"
                )
            kept = values if events.events.actions[action].event.values_at_trigger else None
            shift = moved = None
            if self.tangent is not None:
                shift, moved = self.tangent.fired(action, self.state, crossing, found, keep=kept is not None)
            self.agenda.waiting.append(Firing(action, self.time + delay, kept, shift, moved))

    def _carry_out(self, firing: Firing) -> None:
        events, action = self.agenda.events, self.agenda.events.events.actions[firing.action]
        values = firing.values
        if values is None:
            values = events.effects(firing.action, self.time, self.state)[2]
        if not np.isfinite(values).all():
            name = action.event.id
            raise Unsettled(f"event '{name}' gives a value that is not a finite number at t = {self.time:.6g}")
        if self.tangent is not None:
            assert firing.shift is not None
            self.tangent.carry_out(firing.action, self.state, firing.shift, firing.moved)
        self.state = self.state.copy()
        self.state[list(action.targets)] = values
        self._settle()
