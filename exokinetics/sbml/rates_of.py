"""Rates of change that formulas name (`rateOf`), from the reactions and rules that make them."""

from __future__ import annotations

import math

from exokinetics.errors import Issue
from exokinetics.expressions.graph import ZERO, Node, add, multiply, number
from exokinetics.model.parts import Observable
from exokinetics.sbml.building import Builder
from exokinetics.sbml.symbols import DIMENSIONLESS
from exokinetics.units import unit, unit_text


def rates_of(builder: Builder) -> list[Observable]:
    """An observable for every rate of change that is asked for; what a rule computes is an issue of the builder."""
    changes: dict[str, list[Node]] = {}
    for reaction in builder.pieces.reactions:
        for name, amount in reaction.changes:
            changes.setdefault(name, []).append(multiply(amount, reaction.rate))
    states = {item.id: item.unit for item in builder.pieces.species}
    constants = {item.id: item.unit for item in builder.pieces.parameters}
    written = {own: name for name, own in builder.symbols.ids.items()}
    found = []
    for name, own in builder.formulas.rates_of.items():
        if own in states and written.get(own, own) not in builder.formulas.constraints:
            terms = changes.get(own, [])
            found.append(_observable(builder, name, add(*terms) if terms else ZERO, states[own]))
        elif own in constants or _is_fixed(builder, written.get(own, own)):
            found.append(_observable(builder, name, ZERO, constants.get(own, DIMENSIONLESS)))
        else:
            message = "'rateOf' asks for its rate of change, but a rule computes it; write the derivative out instead"
            builder.issues.append(Issue(builder.file, written.get(own, own), message))
            found.append(Observable(name, number(math.nan), None))  # its absence would be another fault
    return found


def _is_fixed(builder: Builder, name: str) -> bool:
    """Whether it is computed once, at the start, and stays."""
    return name in builder.formulas.initials and name not in builder.formulas.assignments


def _observable(builder: Builder, name: str, rate: Node, text: str) -> Observable:
    if not builder.units.trusted:
        return Observable(name, rate, DIMENSIONLESS)
    return Observable(name, rate, unit_text(unit(text) / unit(builder.units.time())))
