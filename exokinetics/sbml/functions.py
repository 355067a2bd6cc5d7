"""The Hill function as an SBML function definition, and its recognition when a file is read."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from exokinetics.expressions.graph import ONE, ZERO, Node, piecewise, power, symbol
from exokinetics.sbml.mathml import Dictionary, math_element
from exokinetics.sbml.ontology import EXPRESSION
from exokinetics.units import DIMENSIONLESS

ARGUMENTS = ("x", "K", "n")


def hill_body() -> Node:
    """x^n / (K^n + x^n) and 0 for x <= 0, in the ratio x/K so that every part is dimensionless."""
    ratio = symbol("x") / symbol("K")
    raised = power(ratio, symbol("n"))
    return piecewise(raised / (ONE + raised), ratio > ZERO, ZERO)


def hill_definition(name: str) -> Element:
    """The `<functionDefinition>` with this SBML id."""
    units = dict.fromkeys(ARGUMENTS, DIMENSIONLESS)
    words = Dictionary({argument: argument for argument in ARGUMENTS}, units, lambda _: "dimensionless")
    math = math_element(hill_body(), words)
    body = math[0]
    math.remove(body)
    function = SubElement(math, "lambda")
    for argument in ARGUMENTS:
        SubElement(SubElement(function, "bvar"), "ci").text = f" {argument} "
    function.append(body)
    title = "x^n / (K^n + x^n), 0 for x <= 0"
    definition = Element("functionDefinition", {"id": name, "name": title, "sboTerm": EXPRESSION})
    definition.append(math)
    return definition
