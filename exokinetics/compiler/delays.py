"""Delayed values as values of a history: of states at earlier times, from which everything else follows.

delay(f(x, time), by) is f(x(time - by), time - by), and delays in delays add up. So all that has to be kept of a run is
the course of the states that are delayed: see `machine.history`. Before the start a state is what its initial value
is, worked out at that time where it is a formula of time.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from copy import copy

from exokinetics.errors import WrongInput
from exokinetics.expressions.derivative import derivative
from exokinetics.expressions.graph import (
    TIME,
    ZERO,
    Node,
    call,
    is_delayed,
    number,
    piecewise,
    rebuild,
    relation,
    substitute,
    symbol,
    topological,
)  # fmt: skip
from exokinetics.expressions.text import to_text
from exokinetics.model.equations import courses_before
from exokinetics.model.parts import Part

HISTORY = ":history"  # the input that holds the address of what is known of earlier times; no id has a colon
_TIME = str(TIME.payload)


def delays_in(part: Part, written: Iterable[Node]) -> list[Node]:
    """The times by which values are delayed in written expressions and in the events of a part; empty if none are."""
    nodes = [*written, *(node for event in part.events.values() for node in (event.trigger, *event.values()))]
    delayed = [node.args[1] for node in topological(nodes) if is_delayed(node)]
    return list(dict.fromkeys(delayed))


class Delays:
    """Writes delayed values of a part as values of the history of its states.

    `delays` are those that there are. What is delayed by one of `plain` is as it is now.
    `seams` are the comparisons that part what was from a formula of time before the start, where nothing jumps.
    `lags` are the delays that were met up to now, sums of those of the model, and `places` the states that are delayed.
    """

    def __init__(
        self, part: Part, inputs: Collection[str], delays: Sequence[Node], plain: Collection[Node] = ()
    ) -> None:  # fmt: skip
        states, self._any = tuple(part.species), bool(delays)
        before = courses_before(part).values() if delays else ()
        self._before = [node if _TIME in node.symbols else None for node in before]
        self._states = {name: index for index, name in enumerate(states)}
        self._inputs, self._plain = frozenset(inputs), frozenset(plain)
        self._found: dict[tuple[Node, int], Node] = {}
        self._more: tuple[int, ...] = ()
        self.seams: set[Node] = set()

    def copied(self) -> Delays:
        """The same, to be gone on with."""
        other = copy(self)
        other._found = dict(self._found)
        return other

    def speed(self, rate: Node, by: Node, place: int) -> Node:
        """How fast a state of that rate moved so long before; before the start mostly not at all."""
        before, earlier = self._before[place], ZERO
        if before is not None:
            (earlier,) = substitute([derivative(before, _TIME)], {_TIME: TIME - by})
        return piecewise(self._shifted(rate, by), by <= TIME, earlier)

    def with_slopes(self, columns: int) -> Delays:
        """The same, where slopes by that many inputs follow the states and are looked up as these are."""
        other, count = copy(self), len(self._states)
        other._more = tuple(count * (column + 1) + place for column in range(columns) for place in self.places)
        return other

    @property
    def lags(self) -> list[Node]:
        """The delays by which states are looked up."""
        return list(dict.fromkeys(by for by, _ in self._found))

    @property
    def places(self) -> list[int]:
        """The states that are looked up, in order."""
        return [*sorted({place for _, place in self._found}), *self._more]

    def require_none(self, what: str) -> None:
        """Raise `WrongInput`, which names a delay, if states of earlier times count."""
        for by, place in self._found:
            name = next(name for name, index in self._states.items() if index == place)
            raise WrongInput(
                f"{what}: the value that '{name}' had {to_text(by)} ago counts, with which this is not supported yet; "
                "give the delay as a chain of species"
            )

    def resolved(self, nodes: Iterable[Node], *, afterwards: bool = False) -> list[Node]:
        """The expressions over states, inputs, time and history.

        `afterwards`: they are worked out when the whole history is known, so that a delay may change.
        """
        outputs = list(nodes)
        if not self._any:
            return outputs
        new: dict[Node, Node] = {}
        for node in topological(outputs):
            args = tuple(new[child] for child in node.args)
            if is_delayed(node):
                new[node] = self._earlier(args[0], args[1], afterwards=afterwards)
            else:
                new[node] = node if args == node.args else rebuild(node, args)
        return [new[node] for node in outputs]

    def is_constant(self, by: Node) -> bool:
        """Whether a delay stays as it is while time goes on."""
        return by.symbols <= self._inputs

    def _earlier(self, what: Node, by: Node, *, afterwards: bool) -> Node:
        if by in self._plain:
            return what
        if self.is_constant(by):
            return self._shifted(what, by)
        if not afterwards:
            raise WrongInput(
                f"the delay '{to_text(by)}' changes, which is not supported yet in rates; make it constant"
            )
        past = piecewise(self._shifted(what, by), by > 0.0, number(math.nan))
        return piecewise(what, relation("==", by, ZERO), past)

    def _shifted(self, what: Node, by: Node) -> Node:
        new: dict[Node, Node] = {}
        for node in topological([what]):
            if node is TIME:
                new[node] = TIME - by
            elif node.kind == "symbol" and node.payload in self._states:
                new[node] = self._looked_up(by, self._states[str(node.payload)])
            elif node.kind == "function" and node.payload == "history":
                new[node] = self._looked_up(new[node.args[1]] + by, int(float(node.args[2].payload)))
            else:
                new[node] = rebuild(node, [new[child] for child in node.args]) if node.args else node
        return new[what]

    def _looked_up(self, by: Node, place: int) -> Node:
        if (by, place) not in self._found:
            value, before = call("history", TIME, by, number(place), symbol(HISTORY)), self._before[place]
            if before is not None:
                seam = by <= TIME
                self.seams.add(seam)
                value = piecewise(value, seam, substitute([before], {_TIME: TIME - by})[0])
            self._found[by, place] = value
        return self._found[by, place]
