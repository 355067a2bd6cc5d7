"""Constraints as algebraic rules of SBML Level 3 Version 2."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from exokinetics.errors import WrongInput
from exokinetics.expressions.dimensions import unit_of
from exokinetics.expressions.graph import Node
from exokinetics.model.parts import Part
from exokinetics.sbml.annotations import annotate
from exokinetics.sbml.mathml import math_element
from exokinetics.sbml.naming import Naming
from exokinetics.units import DIMENSIONLESS, Unit


def constraint_elements(whole: Part, naming: Naming) -> list[Element]:
    """A rule for every constraint, with its variable in an annotation, since a file does not say it otherwise."""
    found = []
    for name, node in whole.constraints.items():
        element = Element("algebraicRule")
        annotate(element, {"kind": "constraint", "variable": naming.names[name]})
        written = naming.in_units(node)
        element.append(math_element(written, naming.words, _unit(written, naming)))
        found.append(element)
    return found


def _unit(node: Node, naming: Naming) -> Unit:
    try:
        return unit_of(node, naming.units) or DIMENSIONLESS
    except WrongInput:  # a model of others that states its units in part
        return DIMENSIONLESS


def still_species(whole: Part) -> frozenset[str]:
    """Of a model with constraints, the species that nothing changes: a rule could determine one that may change."""
    if not whole.constraints:
        return frozenset()
    moved = {name for reaction in whole.reactions.values() for name, _ in reaction.changes} | whole.constraints.keys()
    moved |= {name for event in whole.events.values() for name in event.assignments}
    return frozenset(whole.species.keys() - moved)
