"""Delayed values (`delay`) of what time and constants alone decide: their formula at an earlier time.

The value of a state at an earlier time is not to be had from a formula, so its delay is refused.
"""

from __future__ import annotations

import math

from exokinetics.errors import Issue, WrongInput
from exokinetics.expressions.graph import TIME, Node, number, piecewise, substitute, topological
from exokinetics.model.parts import Observable
from exokinetics.sbml.building import Builder
from exokinetics.sbml.symbols import DIMENSIONLESS

MAX_NODES = 20_000  # of one delayed value: those of each other may double it every time


def delayed_values(builder: Builder) -> list[Observable]:
    """An observable for every delayed value; one of a state is an issue of the builder, by the id that asks for it."""
    delays, found = _Delays(builder), []
    for name in builder.formulas.delays:
        try:
            node = delays.value(name)
        except (WrongInput, RecursionError) as error:
            message = str(error) if isinstance(error, WrongInput) else "delayed values are nested too deeply"
            builder.issues.append(Issue(builder.file, _asking(builder, name), message))
            return [Observable(each, number(math.nan), None) for each in builder.formulas.delays]  # no more faults
        found.append(Observable(name, node, None if builder.units.trusted else DIMENSIONLESS))
    return found


def _asking(builder: Builder, name: str) -> str:
    """The element whose formula names the delayed value, itself or through another one."""
    names = {name}
    for outer, pair in builder.formulas.delays.items():
        if any(names & node.symbols for node in pair):
            names.add(outer)
    return next((key for key, node in builder.formulas.named() if names & node.symbols), name)


class _Delays:
    """The delayed values of one builder."""

    def __init__(self, builder: Builder) -> None:
        self._delays = builder.formulas.delays
        self._states = {item.id for item in builder.pieces.species}
        self._definitions = {item.id: item.expression for item in builder.pieces.observables}
        self._open: list[str] = []
        self._known: dict[str, Node] = {}

    def value(self, name: str) -> Node:
        """The expression of a delayed value over constants and time."""
        if name not in self._known:
            self._known[name] = self._worked_out(name)
        return self._known[name]

    def _worked_out(self, name: str) -> Node:
        if name in self._open:
            raise WrongInput("a delayed value that depends on itself is not supported yet; use a chain of species")
        self._open.append(name)
        what, by = (self._over_time(node) for node in self._delays[name])
        self._open.pop()
        (found,) = substitute([what], {"time": TIME - by})
        if by.kind == "number" and not float(by.payload) >= 0.0:
            raise WrongInput(f"a delay of {float(by.payload):g} lies in the future; give one that is not below 0")
        return found if by.kind == "number" else piecewise(found, by >= 0.0, number(math.nan))

    def _over_time(self, node: Node) -> Node:
        """The expression with everything written out; `WrongInput` if a state decides it."""
        for _ in range(len(self._definitions) + len(self._delays) + 1):
            names = node.symbols
            states = sorted(names & self._states)
            if states:
                raise WrongInput(f"the delayed value of '{states[0]}' is not supported yet; use a chain of species")
            replaced = {name: self.value(name) for name in names & self._delays.keys()}
            replaced |= {name: self._definitions[name] for name in names & self._definitions.keys()}
            if not replaced:
                break
            (node,) = substitute([node], replaced)
            if len(topological([node])) > MAX_NODES:
                raise WrongInput("the delayed values, written out in each other, are too large; simplify them")
        return node
