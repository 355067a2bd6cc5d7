"""Expressions to MathML, so that reading it back gives the same expression to the last digit and in the same order."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement

from exokinetics.errors import WrongInput
from exokinetics.expressions.dimensions import unit_of
from exokinetics.expressions.graph import Node, is_delayed, multiply, power
from exokinetics.units import DIMENSIONLESS, Unit, power_of

MATHML = "http://www.w3.org/1998/Math/MathML"
MAX_ELEMENTS = 1_000_000  # in one formula: a shared part is written out wherever it stands
MAX_DEPTH = 170  # elements inside each other; readers recurse over them
_TIME = "http://www.sbml.org/sbml/symbols/time"
_DELAY = "http://www.sbml.org/sbml/symbols/delay"

OPERATORS = {
    "exp": "exp", "log": "ln", "log10": "log", "log2": "log", "sqrt": "root", "abs": "abs", "floor": "floor",
    "ceil": "ceiling", "min": "min", "max": "max", "sin": "sin", "cos": "cos", "tan": "tan", "asin": "arcsin",
    "acos": "arccos", "atan": "arctan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asinh": "arcsinh",
    "acosh": "arccosh", "atanh": "arctanh",
    "<": "lt", "<=": "leq", ">": "gt", ">=": "geq", "==": "eq", "!=": "neq", "and": "and", "or": "or", "not": "not",
}  # fmt: skip

Job = tuple[Node, Element, Unit | None, int]


@dataclass
class Dictionary:
    """How the symbols of a model are written: their SBML ids, their units, the ids of units and of functions."""

    names: Mapping[str, str]
    units: Mapping[str, Unit]
    unit_id: Callable[[Unit], str]
    functions: Mapping[str, str] = field(default_factory=dict)
    used_functions: set[str] = field(default_factory=set)


def math_element(node: Node, words: Dictionary, expected: Unit | None = None) -> Element:
    """The `<math>` element of an expression; `expected` is the unit of a formula that is just 0."""
    root = Element("math", {"xmlns": MATHML})
    jobs: list[Job] = [(node, root, expected, 1)]
    writer = _Writer(words)
    while jobs:
        jobs.extend(reversed(writer.write(*jobs.pop())))
    return root


def number_text(value: float) -> tuple[str, str, str]:
    """Mantissa, exponent (empty if there is none) and type of a `<cn>` that every reader turns into the same number."""
    text = repr(int(value)) if value.is_integer() and abs(value) < 2**31 and str(value) != "-0.0" else repr(value)
    if "e" not in text:
        return text, "", "real"
    mantissa, exponent = text.split("e")
    joined = (float(mantissa) * 10.0 ** int(exponent), float(f"{float(mantissa)!r}e{exponent}"))
    if joined == (value, value):  # the two ways in which readers join them
        return mantissa, str(int(exponent)), "e-notation"
    return format(Decimal(text), "f"), "", "real"


class _Writer:
    """Writes one vertex at a time and hands back the children that are still to be written."""

    def __init__(self, words: Dictionary) -> None:
        self.words = words
        self.count = 0

    def write(self, node: Node, parent: Element, expected: Unit | None, depth: int) -> list[Job]:
        self.count += 1
        if self.count > MAX_ELEMENTS or depth > MAX_DEPTH:
            raise WrongInput("an expression is too large to be written as a formula; name parts of it as observables")
        if node.kind == "number":
            _append_number(parent, float(node.payload), self._literal_unit(node, expected))
            return []
        if node.kind == "symbol":
            self._symbol(str(node.payload), parent)
            return []
        if node.kind == "product":
            return self._product(node, parent, depth)
        if node.kind == "power":
            return self._power(node, parent, depth)
        if node.kind == "piecewise":
            return self._piecewise(node, parent, expected, depth)
        if node.kind == "sum":
            return self._sum(node, parent, expected, depth)
        return self._applied(node, parent, expected, depth)

    def _literal_unit(self, node: Node, expected: Unit | None) -> str:
        return self.words.unit_id(expected) if expected is not None and node.payload == 0.0 else "dimensionless"

    def _symbol(self, name: str, parent: Element) -> None:
        if name == "time":
            _text(SubElement(parent, "csymbol", {"encoding": "text", "definitionURL": _TIME}), "time")
        else:
            _text(SubElement(parent, "ci"), self.words.names[name])

    def _common(self, children: tuple[Node, ...], expected: Unit | None) -> Unit | None:
        """The unit that a 0 among the children has; only worked out where there is a 0."""
        if expected is not None or not any(_may_be_zero(child) for child in children):
            return expected
        try:
            found = [unit_of(child, self.words.units) for child in children]
        except WrongInput:  # a model read from a file whose units do not fit
            return None
        return next((unit for unit in found if unit is not None), None)

    def _sum(self, node: Node, parent: Element, expected: Unit | None, depth: int) -> list[Job]:
        expected = self._common(node.args, expected)
        subtracted = len(node.args) == 2 and _is_negated(node.args[1])
        if not subtracted:
            apply = _apply(parent, "plus")
            return [(child, apply, expected, depth + 1) for child in node.args]
        apply = _apply(parent, "minus")
        jobs: list[Job] = [(node.args[0], apply, expected, depth + 1)]
        # a first operand that is written at once would stand behind the second; both wait in `jobs`
        return [*jobs, (_negated(node.args[1]), apply, expected, depth + 1)]

    def _product(self, node: Node, parent: Element, depth: int) -> list[Job]:
        factors = list(node.args)
        if factors[0].kind == "number" and factors[0].payload == -1.0:
            parent = _apply(parent, "minus")
            depth += 1
            factors = factors[1:]
        steps = _steps(factors)
        # the last step is the outermost element; its first operand is the step before it
        holders: list[Element] = []
        for operator, _ in reversed(steps):
            parent = _apply(parent, operator) if operator else parent
            holders.append(parent)
        jobs: list[Job] = []
        for level, (holder, (_, operands)) in enumerate(zip(reversed(holders), steps, strict=True)):
            inner = depth + len(steps) - level
            jobs.extend((operand, holder, None, inner) for operand in operands)
        return jobs

    def _power(self, node: Node, parent: Element, depth: int) -> list[Job]:
        base, exponent = node.args
        if (divisor := _divisor(node)) is not None:
            apply = _apply(parent, "divide")
            _append_number(apply, 1.0, "dimensionless")
            return [(divisor, apply, None, depth + 1)]
        apply = _apply(parent, "power")
        if exponent.kind != "number":
            return [(base, apply, None, depth + 1), (exponent, apply, None, depth + 1)]
        jobs = self.write(base, apply, None, depth + 1)
        _append_exponent(apply, float(exponent.payload))
        return jobs

    def _piecewise(self, node: Node, parent: Element, expected: Unit | None, depth: int) -> list[Job]:
        expected = self._common((node.args[0], node.args[2]), expected)
        choice = SubElement(parent, "piecewise")
        jobs: list[Job] = []
        while node.kind == "piecewise":
            piece = SubElement(choice, "piece")
            jobs += [(node.args[0], piece, expected, depth + 2), (node.args[1], piece, None, depth + 2)]
            node = node.args[2]
        return [*jobs, (node, SubElement(choice, "otherwise"), expected, depth + 2)]

    def _applied(self, node: Node, parent: Element, expected: Unit | None, depth: int) -> list[Job]:
        name = str(node.payload)
        if is_delayed(node):
            apply = SubElement(parent, "apply")
            _text(SubElement(apply, "csymbol", {"encoding": "text", "definitionURL": _DELAY}), "delay")
            return [(node.args[0], apply, expected, depth + 1), (node.args[1], apply, None, depth + 1)]
        if name in self.words.functions:
            self.words.used_functions.add(name)
            apply = SubElement(parent, "apply")
            _text(SubElement(apply, "ci"), self.words.functions[name])
        else:
            apply = _apply(parent, OPERATORS[name])
        if name == "log2":
            _append_number(SubElement(apply, "logbase"), 2.0, "dimensionless")
        units = self._argument_units(node, expected)
        return [(child, apply, unit, depth + 1) for child, unit in zip(node.args, units, strict=True)]

    def _argument_units(self, node: Node, expected: Unit | None) -> list[Unit | None]:
        count, name = len(node.args), str(node.payload)
        if node.kind == "relation":
            return [self._common(node.args, None)] * count
        if name in ("min", "max", "abs"):
            return [self._common(node.args, expected)] * count
        if name == "sqrt" and expected is not None:
            return [power_of(expected, 2.0)]
        if name == "hill":
            return [self._common(node.args[:2], None)] * 2 + [DIMENSIONLESS]
        return [None] * count


def _steps(factors: list[Node]) -> list[tuple[str, list[Node]]]:
    """The product from left to right as times and divide steps: a*b/c*d is times(divide(times(a, b), c), d)."""
    steps: list[tuple[str, list[Node]]] = []
    for factor in factors:
        divisor = _divisor(factor)
        if divisor is not None and steps:
            steps.append(("divide", [divisor]))
        elif steps and steps[-1][0] != "divide":
            steps[-1] = ("times", [*steps[-1][1], factor])
        else:
            steps.append(("times" if steps else "", [factor]))
    return steps


def _divisor(node: Node) -> Node | None:
    """What is divided by, if the node is the reciprocal of a whole power."""
    if node.kind != "power" or node.args[1].kind != "number" or node.args[0].kind == "number":
        return None
    exponent = float(node.args[1].payload)
    if exponent >= 0.0 or not exponent.is_integer():
        return None
    return power(node.args[0], -exponent)


def _is_negated(node: Node) -> bool:
    return node.kind == "product" and node.args[0].payload == -1.0 and len(node.args) > 1


def _negated(node: Node) -> Node:
    """A product without its leading -1."""
    return multiply(*node.args[1:])


def _may_be_zero(node: Node) -> bool:
    return node.kind == "number" or node.kind in ("piecewise", "function")


def _apply(parent: Element, operator: str) -> Element:
    apply = SubElement(parent, "apply")
    SubElement(apply, operator)
    return apply


def _text(element: Element, text: str) -> None:
    element.text = f" {text} "


def _append_number(parent: Element, value: float, unit: str) -> None:
    if not math.isfinite(value):
        if value < 0.0:
            parent = _apply(parent, "minus")
        SubElement(parent, "notanumber" if math.isnan(value) else "infinity")
        return
    mantissa, exponent, kind = number_text(value)
    element = SubElement(parent, "cn", {"sbml:units": unit} | ({} if kind == "real" else {"type": kind}))
    _text(element, mantissa)
    if exponent:
        SubElement(element, "sep").tail = f" {exponent} "


def _append_exponent(parent: Element, value: float) -> None:
    """A whole or rational number, so that units of the power can be worked out, where it is exactly one."""
    if not math.isfinite(value) or value == 0.0:  # a zero here has a sign, else it would not be an exponent
        _append_number(parent, value, "dimensionless")
        return
    ratio = Fraction(value).limit_denominator(24)
    if value.is_integer() and abs(value) < 2**31:
        _text(SubElement(parent, "cn", {"sbml:units": "dimensionless", "type": "integer"}), str(int(value)))
    elif abs(ratio.numerator) < 2**31 and ratio.numerator / ratio.denominator == value:
        element = SubElement(parent, "cn", {"sbml:units": "dimensionless", "type": "rational"})
        _text(element, str(ratio.numerator))
        SubElement(element, "sep").tail = f" {ratio.denominator} "
    else:
        _append_number(parent, value, "dimensionless")
