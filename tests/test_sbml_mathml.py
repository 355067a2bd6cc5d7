"""Expressions to MathML and back through libSBML: the same expression, to the last digit and in the same order."""

from xml.etree.ElementTree import tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exokinetics.expressions.graph import Node, call, logic, number, piecewise, power, relation, symbol
from exokinetics.units import DIMENSIONLESS

libsbml = pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

from test_sbml_read import NAMESPACE, document, listed  # noqa: E402

from exokinetics.sbml.formulas import FormulaReader  # noqa: E402
from exokinetics.sbml.functions import hill_definition  # noqa: E402
from exokinetics.sbml.mathml import Dictionary, math_element, number_text  # noqa: E402

NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.integers(-9, 9).map(float), st.sampled_from([0.5, 1 / 3, -1.0])
)


UNARY = ["exp", "log", "log10", "log2", "sqrt", "abs", "floor", "ceil", "sin", "acos", "tanh", "acosh", "asinh"]
ARITHMETIC = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b, power]


@st.composite
def expressions(draw: st.DrawFn, depth: int = 4) -> Node:
    kind = draw(st.integers(0, 7)) if depth else draw(st.integers(0, 1))
    inner = expressions(depth - 1) if depth else None
    if kind == 0:
        return symbol(draw(st.sampled_from(["x", "y", "z", "time"])))
    if kind == 1:
        return number(draw(NUMBERS))
    if kind in (2, 3):
        return draw(st.sampled_from(ARITHMETIC))(draw(inner), draw(inner))
    if kind == 4:
        return power(draw(inner), draw(NUMBERS))
    if kind == 5:
        return call(draw(st.sampled_from(UNARY)), draw(inner))
    if kind == 6:
        name = draw(st.sampled_from(["min", "max", "hill"]))
        return call(name, *(draw(inner) for _ in range(3 if name == "hill" else 2)))
    return piecewise(draw(inner), draw(conditions(depth - 1)), draw(inner))


@st.composite
def conditions(draw: st.DrawFn, depth: int) -> Node:
    operator = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
    first = relation(operator, draw(expressions(depth)), draw(expressions(depth)))
    other = draw(st.sampled_from(["", "not", "and", "or"]))
    if other == "not":
        return logic("not", first)
    return logic(other, first, draw(conditions(max(depth - 1, 0))), first) if other else first


@given(expressions())
def test_formulas_come_back_as_the_same_expression(node: Node) -> None:
    words = Dictionary({name: name for name in "xyz"}, {}, lambda _: "dimensionless", {"hill": "hill"})
    words.units = dict.fromkeys(["x", "y", "z", "time"], DIMENSIONLESS)
    text = tostring(math_element(node, words), encoding="unicode").replace("<math ", f'<math xmlns:sbml="{NAMESPACE}" ')
    tree = libsbml.readMathMLFromString(text)
    definition = libsbml.readSBMLFromString(
        document(listed("FunctionDefinitions", tostring(hill_definition("hill"), encoding="unicode"))).replace(
            "<sbml ", f'<sbml xmlns:sbml="{NAMESPACE}" '
        )
    )
    again = FormulaReader({"hill": definition.getModel().getFunctionDefinition(0)}, symbol).read(tree)
    assert again is node


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_exact_however_a_reader_joins_them(value: float) -> None:
    mantissa, exponent, _ = number_text(value)
    if exponent:
        assert float(mantissa) * 10.0 ** int(exponent) == value
        assert float(f"{mantissa}e{exponent}") == value
    else:
        assert float(mantissa) == value
