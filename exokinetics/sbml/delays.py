"""Delayed values (`delay`): of what time and constants alone decide their formula at an earlier time, else of states.

What is delayed may change as it likes; the delay itself must be constant where a state decides what is delayed and the
rates, an event or an initial value depend on it.
"""

from __future__ import annotations

import math
from dataclasses import replace

from exokinetics.errors import Issue, WrongInput
from exokinetics.expressions.derivative import derivative
from exokinetics.expressions.graph import (
    TIME,
    ZERO,
    Node,
    delayed,
    is_delayed,
    number,
    piecewise,
    substitute,
    symbol,
    topological,
)  # fmt: skip
from exokinetics.model.parts import Observable
from exokinetics.sbml.building import Builder, Formulas
from exokinetics.sbml.symbols import DIMENSIONLESS

MAX_NODES = 20_000  # of one delayed value: those of each other may double it every time
_TIME = str(TIME.payload)


def delayed_values(builder: Builder) -> list[Observable]:
    """An observable for every delayed value; what cannot be done is an issue, by the id that asks for it."""
    delays, found, restored = _Delays(builder), dict[str, Observable](), set[str]()
    for name in builder.formulas.delays:
        try:
            node = delays.value(name)
        except (WrongInput, RecursionError) as error:
            message = str(error) if isinstance(error, WrongInput) else "delayed values are nested too deeply"
            builder.issues.append(Issue(builder.file, _asking(builder, name), message))
            return [Observable(each, number(math.nan), None) for each in builder.formulas.delays]  # no more faults
        if _restored(builder, name, node):
            restored.add(name)
        else:
            found[name] = Observable(name, node, None if builder.units.trusted else DIMENSIONLESS)
    inner = _inside(builder.formulas, restored) if restored else set()
    return [item for name, item in found.items() if name not in inner]


def _inside(formulas: Formulas, restored: set[str]) -> set[str]:
    """The delayed values that stand in restored ones and nowhere else."""
    elsewhere, inside, found = {name for node in formulas.nodes() for name in node.symbols}, set[str](), set[str]()
    for name, pair in reversed(formulas.delays.items()):  # what stands inside was read first
        if name in inside and name not in elsewhere:
            found.add(name)
        within = name in restored or name in found
        (inside if within else elsewhere).update(*(node.symbols for node in pair))
    return found


def _restored(builder: Builder, name: str, node: Node) -> bool:
    """Whether the file, written here, has an observable that is this delayed value, and now gets its expression."""
    items, quantities = builder.pieces.observables, builder.contents.quantities
    for index, item in enumerate(items):
        if item.expression is symbol(name):
            written = next((other for other, own in builder.symbols.ids.items() if own == item.id), "")
            if written in quantities and quantities[written].about.texts.get("kind") == "observable":
                items[index] = replace(item, expression=node)
                return True
    return False


def _asking(builder: Builder, name: str) -> str:
    """The element whose formula names the delayed value, itself or through another one."""
    names = {name}
    for outer, pair in builder.formulas.delays.items():
        if any(names & node.symbols for node in pair):
            names.add(outer)
    return next((key for key, node in builder.formulas.named() if names & node.symbols), name)


def _counting(builder: Builder) -> set[str]:
    """The names on which rates, events and initial values depend."""
    pieces, definitions = builder.pieces, dict[str, tuple[Node, ...]](builder.formulas.delays)
    definitions |= {item.id: (item.expression,) for item in pieces.observables}
    nodes = [item.rate for item in pieces.reactions] + list(builder.formulas.laws.values())
    nodes += [node for event in builder.formulas.events.values() for node in event.nodes()]
    nodes += [item.initial for item in pieces.species if isinstance(item.initial, Node)]
    pending, found = [name for node in nodes for name in node.symbols], set[str]()
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += [other for node in definitions.get(name, ()) for other in node.symbols]
    return found


class _Delays:
    """The delayed values of one builder."""

    def __init__(self, builder: Builder) -> None:
        self._delays = builder.formulas.delays
        self._states = {item.id for item in builder.pieces.species}
        self._starts = {item.id: item.initial for item in builder.pieces.species if isinstance(item.initial, Node)}
        self._rates_of = builder.formulas.rates_of
        self._definitions = {item.id: item.expression for item in builder.pieces.observables}
        self._counting = _counting(builder)
        self._open: list[str] = []
        self._known: dict[str, Node] = {}

    def _rate_in_time(self, name: str) -> Node:
        """A rate of change at any time: before the start that of the initial value, which mostly stands still."""
        start = self._written_out(self._starts.get(self._rates_of[name], ZERO))
        if any(is_delayed(node) for node in topological([start])):
            raise WrongInput("the rate of a value that began as a delayed one is not supported yet; write it out")
        return piecewise(self._definitions[name], TIME >= 0.0, derivative(start, _TIME))

    def value(self, name: str) -> Node:
        """The expression of a delayed value: over constants and time, or with delayed states."""
        if name not in self._known:
            self._known[name] = self._worked_out(name)
        return self._known[name]

    def _worked_out(self, name: str) -> Node:
        if name in self._open:
            raise WrongInput("a delayed value that depends on itself is not supported yet; use a chain of species")
        self._open.append(name)
        what, by = (self._written_out(node) for node in self._delays[name])
        self._open.pop()
        if by.kind == "number" and not float(by.payload) >= 0.0:
            raise WrongInput(f"a delay of {float(by.payload):g} lies in the future; give one that is not below 0")
        states, moving = sorted(what.symbols & self._states), sorted(by.symbols & self._states)
        if (moving or (states and _TIME in by.symbols)) and name in self._counting:
            of, how = f" of '{states[0]}'" if states else "", f"'{moving[0]}'" if moving else "time"
            raise WrongInput(f"the delay{of} changes with {how}, which is not supported yet in rates; make it constant")
        if states or moving or any(is_delayed(node) for node in topological([what, by])):
            return delayed(what, by)
        (found,) = substitute([what], {_TIME: TIME - by})
        return found if by.kind == "number" else piecewise(found, by >= 0.0, number(math.nan))

    def _written_out(self, node: Node) -> Node:
        """The expression over states, constants and time alone."""
        for _ in range(len(self._definitions) + len(self._delays) + 1):
            replaced = {name: self.value(name) for name in node.symbols & self._delays.keys()}
            for name in node.symbols & self._definitions.keys():
                replaced[name] = self._rate_in_time(name) if name in self._rates_of else self._definitions[name]
            if not replaced:
                break
            (node,) = substitute([node], replaced)
            if len(topological([node])) > MAX_NODES:
                raise WrongInput("the delayed values, written out in each other, are too large; simplify them")
        return node
