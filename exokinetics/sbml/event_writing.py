"""Events as elements of SBML Level 3 Version 2."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from exokinetics.expressions.graph import Node, symbol
from exokinetics.model.parts import Event
from exokinetics.sbml.annotations import annotate, clean
from exokinetics.sbml.mathml import math_element
from exokinetics.sbml.naming import Naming
from exokinetics.sbml.ontology import EXPRESSION, OCCURRENCE
from exokinetics.units import DIMENSIONLESS, Unit, unit, unit_text


def event_element(event: Event, naming: Naming, written: str) -> Element:
    """The element of an event with the SBML id `written`."""
    attributes = {"id": written, "sboTerm": OCCURRENCE, "useValuesFromTriggerTime": _truth(event.values_at_trigger)}
    if event.title:
        attributes["name"] = clean(event.title)
    element = Element("event", attributes)
    if written != event.id:
        annotate(element, {"id": event.id})
    choices = {"initialValue": _truth(event.initially_true), "persistent": _truth(event.persistent)}
    SubElement(element, "trigger", choices).append(_formula(event.trigger, naming, DIMENSIONLESS))
    if event.priority is not None:
        SubElement(element, "priority").append(_formula(event.priority, naming, DIMENSIONLESS))
    if event.delay is not None:
        SubElement(element, "delay").append(_formula(event.delay, naming, unit(naming.model.time_unit)))
    holder = SubElement(element, "listOfEventAssignments")
    for name, value in event.assignments.items():
        place = naming.places[name]
        node, expected = naming.in_units(value), naming.units[name]
        if place.one is not None:  # the species is written as a number
            node = node / symbol(f":one:{unit_text(place.one)}")
        assignment = SubElement(holder, "eventAssignment", {"variable": naming.names[name], "sboTerm": EXPRESSION})
        assignment.append(math_element(node, naming.words, expected))
    return element


def _formula(node: Node, naming: Naming, expected: Unit) -> Element:
    return math_element(naming.in_units(node), naming.words, expected)


def _truth(given: bool) -> str:
    return "true" if given else "false"
