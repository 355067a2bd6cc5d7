"""Derivatives through events: the time of an event moves with the inputs, and so does what it does.

With S = dx/dp at a fixed time and s = dT/dp of the time T of an event, D = S + f s is the derivative of the state along
the moving event. A new value v(t, x, p) turns its row of D into v_t s + v_x D + v_p, and behind it S = D - f s with
the new rates. Where a root g(t, x, p) = 0 sets the time, s = -(g_x S + g_p)/(g_t + g_x f).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from exokinetics.compiler import System
from exokinetics.compiler.events import Action
from exokinetics.expressions.graph import TIME, Node
from exokinetics.integrators import Array
from exokinetics.simulation.doses import ROUNDING

ALIKE = 1e-6  # two ways to the same moment agree to what the integration gives of it
_TIME = (str(TIME.payload),)


class Unsettled(Exception):
    """What happens at a moment cannot be worked out; the sentence says why."""


class Tangent:
    """Follows the derivatives of one set by `inputs` through the moments of its events.

    `rates(t, x)` are dx/dt without what flows in from outside, which is `inflow` before and behind a moment.
    """

    def __init__(
        self, system: System, inputs: tuple[str, ...], vector: Array, rates: Callable[[float, Array], Array]
    ) -> None:
        assert system.events is not None
        self._system, self._inputs, self._p, self._rates = system, inputs, vector.tolist(), rates
        self._jumps = frozenset(system.jumps)
        self._events, self._none = system.events, np.zeros(len(inputs))
        self.inflow_before: Array | float = 0.0
        self.inflow_after: Array | float = 0.0
        self._time, self._slopes = 0.0, np.zeros((len(system.states), len(inputs)))
        self._turned: frozenset[tuple[Node, bool]] = frozenset()  # comparisons that change here, as they were before
        self._shift: Array | None = None  # of what is carried out now; the slopes are those along it

    def arrive(self, time: float, slopes: Array) -> None:
        """Come to a moment with the slopes at that time."""
        self._time, self._slopes, self._shift, self._turned = time, slopes.copy(), None, frozenset()

    def leave(self, state: Array) -> Array:
        """The slopes at this time behind all that happened."""
        if self._shift is None:
            return self._slopes
        rates = self._rates(self._time * (1.0 + ROUNDING), state) + self.inflow_after
        return np.asarray(self._slopes - np.outer(rates, self._shift))

    def fired(
        self, action: int, state: Array, crossing: Array | None, found: Array, *, keep: bool
    ) -> tuple[Array, Array | None]:
        """The derivatives of the time at which an event is to be carried out, and of its values if they are kept.

        `crossing` is what was seen just before, where the trigger became true while time went on, and `found` what is
        seen now; else it became true by what happened at this moment, and moves with it.
        """
        item = self._events.actions[action]
        if crossing is not None:
            self._turn(crossing, found)
            shift = self._crossing_shift(item, state, crossing, found)
            along = self._along(state, shift)
        else:
            shift = self._none if self._shift is None else self._shift
            along = self._slopes
        later = shift + self._change([item.delay], state, shift, along)[0]
        return later, self._change(item.values, state, shift, along) if keep else None

    def carry_out(self, action: int, state: Array, shift: Array, moved: Array | None) -> None:
        """Change the slopes as an event changes the state; `moved` are derivatives of values that were kept."""
        item = self._events.actions[action]
        if self._shift is None:
            self._slopes, self._shift = self._along(state, shift), shift
        elif not np.allclose(self._shift, shift, rtol=ALIKE, atol=ALIKE * float(np.abs(shift).max(initial=0.0))):
            raise Unsettled(
                f"there are no derivatives at t = {self._time:.6g}: event '{item.event.id}' happens at the time of "
                "another by chance, and which is first depends on the values; move one of them a little"
            )
        if moved is None:
            moved = self._change(item.values, state, shift, self._slopes)
        self._slopes = self._slopes.copy()
        self._slopes[list(item.targets)] = moved

    def _along(self, state: Array, shift: Array) -> Array:
        return np.asarray(self._slopes + np.outer(self._rates_before(state), shift))

    def _turn(self, crossing: Array, found: Array) -> None:
        first = len(self._events.actions) + len(self._events.roots)
        changed = zip(self._events.comparisons, crossing[first:], found[first:], strict=True)
        self._turned = frozenset((node, bool(old)) for node, old, new in changed if old != new and node in self._jumps)

    def _rates_before(self, state: Array) -> Array:
        time = self._time * (1.0 - ROUNDING)
        if not self._turned:
            return np.asarray(self._rates(time, state) + self.inflow_before)
        try:
            return self._system.rates_where(self._turned)(time, state, self._p) + self.inflow_before
        except (ArithmeticError, ValueError):
            return np.full(len(state), np.nan)

    def _change(self, nodes: Sequence[Node], state: Array, shift: Array, along: Array) -> Array:
        """The derivatives of expressions along a moving time, shape (expressions, inputs)."""
        by_time, by_state, by_input = self._partial(nodes, state)
        return np.asarray(np.outer(by_time, shift) + by_state @ along + by_input)

    def _partial(self, nodes: Sequence[Node], state: Array) -> tuple[Array, Array, Array]:
        system = self._system
        by_time, by_state, by_input = (
            system.derivatives(nodes, names)(self._time, state, self._p)
            for names in (_TIME, system.states, self._inputs)
        )
        return by_time[:, 0], by_state, by_input

    def _crossing_shift(self, item: Action, state: Array, before: Array, after: Array) -> Array:
        """By the implicit function theorem, for the comparison of the trigger that changed."""
        shifts: list[Array] = []
        held, holds = (seen[len(self._events.actions) + len(self._events.roots) :] for seen in (before, after))
        for place in item.crossings:
            if held[place] == holds[place]:
                continue
            by_time, by_state, by_input = self._partial([self._events.roots[place]], state)
            speed = by_time + by_state @ self._rates_before(state)
            with np.errstate(all="ignore"):
                shift = -(by_state @ self._slopes + by_input)[0] / speed[0]
            if not np.isfinite(shift).all():
                raise Unsettled(
                    f"the time of event '{item.event.id}' at t = {self._time:.6g} has no derivatives: what its trigger "
                    "compares jumps or stands still there"
                )
            shifts.append(shift)
        if not shifts or any(not np.allclose(shifts[0], other, rtol=ALIKE) for other in shifts[1:]):
            raise Unsettled(
                f"the time of event '{item.event.id}' at t = {self._time:.6g} has no derivatives: "
                + ("more than one comparison changes there" if shifts else "no comparison in its trigger changes there")
            )
        return shifts[0]
