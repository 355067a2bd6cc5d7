"""The events of a model as machine code: what is watched, what an event does, and when time alone sets one off."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.compiler.compiled import key_of
from exokinetics.compiler.delays import Delays
from exokinetics.compiler.machine_code import Equations, Writer, plan_for
from exokinetics.compiler.thresholds import thresholds
from exokinetics.expressions.graph import ONE, ZERO, Node, logic, piecewise, substitute, topological
from exokinetics.machine.host import Loaded, compiled, host, load
from exokinetics.machine.store import kept
from exokinetics.model.equations import observables
from exokinetics.model.parts import Event, Part

Array = NDArray[np.float64]
_FUNCTION = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)


@dataclass(frozen=True)
class Action:
    """One event over states, inputs and time alone; `targets` are the places of the species that it changes.

    `crossings` are the places among the roots of what its trigger compares.
    """

    event: Event
    trigger: Node
    delay: Node
    priority: Node
    targets: tuple[int, ...]
    values: tuple[Node, ...]
    crossings: tuple[int, ...] = ()

    @property
    def effects(self) -> tuple[Node, ...]:
        """Delay, priority and new values."""
        return (self.delay, self.priority, *self.values)


class Events:
    """The events of a part over `states` and `inputs`.

    `roots` are the differences of the two sides of every comparison in a trigger, which are the `comparisons`. When one
    of the `silent` comparisons changes nothing is done, but the run stops there, so that derivatives may go on behind.
    `past` writes delayed values as those of a history.
    """

    def __init__(
        self, part: Part, states: Sequence[str], inputs: Sequence[str], silent: Sequence[Node] = (),
        past: Delays | None = None,
    ) -> None:  # fmt: skip
        self.states, self.inputs = tuple(states), tuple(inputs)
        known, place = observables(part), {name: index for index, name in enumerate(states)}
        self.roots: list[Node] = []
        self.comparisons: list[Node] = []
        self.actions: list[Action] = []
        watched = [
            Event(f"a jump of a rate, {number}", trigger, {})
            for number, node in enumerate(silent, start=1) for trigger in (node, logic("not", node))
        ]  # fmt: skip
        for event in (*part.events.values(), *watched):
            delay = ZERO if event.delay is None else event.delay
            priority = ZERO if event.priority is None else event.priority
            nodes = (event.trigger, delay, priority, *event.assignments.values())
            written = substitute(nodes, known)
            trigger, delay, priority, *values = written if past is None else past.resolved(written)
            targets = tuple(place[name] for name in event.assignments)
            crossings = self._crossings(trigger)
            self.actions.append(Action(event, trigger, delay, priority, targets, tuple(values), crossings))

    def _crossings(self, trigger: Node) -> tuple[int, ...]:
        found = []
        for node in topological([trigger]):
            if node.kind == "relation":
                if node not in self.comparisons:
                    self.comparisons.append(node)
                    self.roots.append(node.args[0] - node.args[1])
                found.append(self.comparisons.index(node))
        return tuple(found)

    @property
    def watched(self) -> list[Node]:
        """The triggers as 1 and 0, the roots, and the comparisons as 1 and 0: rounding may part them from the roots."""
        triggers = [action.trigger for action in self.actions]
        first, last = ([piecewise(ONE, node, ZERO) for node in nodes] for nodes in (triggers, self.comparisons))
        return [*first, *self.roots, *last]

    @cached_property
    def times(self) -> list[Node]:
        """Times at which time alone may set off an event, each with its period behind it, 0 for once."""
        found = thresholds([action.trigger for action in self.actions], self.inputs)
        return [node for family in found for node in family]

    @cached_property
    def code(self) -> EventCode:
        """The functions, compiled when they are first asked for and kept on disk."""
        watched, effects = self.watched, [node for action in self.actions for node in action.effects]
        key = key_of(self.states, self.inputs, (watched, effects), "events")
        loaded = load(kept(key, lambda: self._built({"watch": watched, "effects": effects})), ["watch_1", "effects_1"])
        return EventCode(loaded.address("watch_1"), loaded.address("effects_1"), len(watched), len(effects), loaded)

    @cached_property
    def _code_in_lanes(self) -> Loaded:
        watched, lanes = self.watched, host().lanes
        key = key_of(self.states, self.inputs, (watched,), f"events, {lanes} lanes")
        return load(kept(key, lambda: self._built({"watch": watched}, lanes)), [f"watch_{lanes}"])

    @property
    def look_in_lanes(self) -> int:
        """The address of `watch` for rows of all lanes."""
        return self._code_in_lanes.address(f"watch_{host().lanes}")

    def _built(self, functions: Mapping[str, Sequence[Node]], lanes: int = 1) -> bytes:
        equations = Equations.over(self.states, self.inputs, ())
        writer = Writer(equations, plan_for(len(self.states), (), lanes), lanes, fused=host().fused)
        for name, nodes in functions.items():
            writer.values(name, nodes)
        return compiled(str(writer.module))

    def bound(self, values: Array) -> BoundEvents:
        """The functions for one set of inputs."""
        return BoundEvents(self, values)


@dataclass(frozen=True)
class EventCode:
    """Addresses of `watch(t, x, p, out)` and `effects(t, x, p, out)`, and how many numbers they write."""

    watch: int
    effects: int
    watched: int
    effected: int
    alive: Any


class BoundEvents:
    """Events with their inputs put in; one thread at a time may use it."""

    def __init__(self, events: Events, values: Array) -> None:
        self.events, code = events, events.code
        self._code = code  # holds the code in memory
        self._time, self._state, self._inputs = np.zeros(1), np.zeros(max(len(events.states), 1)), values.copy()
        self._seen, self._effects = np.zeros(max(code.watched, 1)), np.zeros(max(code.effected, 1))
        arguments = [array.ctypes.data for array in (self._time, self._state, self._inputs)]
        self._to_watch = (*arguments, self._seen.ctypes.data)
        self._to_effects = (*arguments, self._effects.ctypes.data)
        self._watch, self._affect = _FUNCTION(code.watch), _FUNCTION(code.effects)
        self._starts = np.cumsum([0, *(len(action.effects) for action in events.actions)])

    def look(self, t: float, x: Array) -> Array:
        """Every trigger, 1 where it is true and else 0, every root, and every comparison as the triggers."""
        self._time[0] = t
        self._state[: len(x)] = x
        self._watch(*self._to_watch)
        return self._seen.copy()

    def effects(self, index: int, t: float, x: Array) -> tuple[float, float, Array]:
        """The delay, the priority and the new values of one event."""
        self._time[0] = t
        self._state[: len(x)] = x
        self._affect(*self._to_effects)
        own = self._effects[self._starts[index] : self._starts[index + 1]].copy()
        return float(own[0]), float(own[1]), own[2:]
