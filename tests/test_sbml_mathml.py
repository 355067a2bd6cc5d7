"""Expressions to MathML and back through libSBML: the same expression, to the last digit and in the same order."""

from xml.etree.ElementTree import tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exokinetics.expressions.graph import Node, call, logic, number, piecewise, power, relation, symbol
from exokinetics.units import registry

libsbml = pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

from test_sbml_read import NAMESPACE, document, listed  # noqa: E402

from exokinetics.sbml.formulas import FormulaReader  # noqa: E402
from exokinetics.sbml.functions import hill_definition  # noqa: E402
from exokinetics.sbml.mathml import Dictionary, math_element, number_text  # noqa: E402

NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.integers(-9, 9).map(float), st.sampled_from([0.5, 1 / 3, -1.0])
)


def _over(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    conditions = st.builds(relation, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), children, children)
    conditions = conditions | st.builds(lambda a, b: logic("and", a, b), conditions, conditions)
    conditions = conditions | st.builds(lambda a: logic("not", a), conditions)
    names = ["exp", "log", "log10", "log2", "sqrt", "abs", "floor", "ceil", "sin", "acos", "tanh", "acosh", "asinh"]
    return st.one_of(
        st.builds(lambda a, b: a + b, children, children),
        st.builds(lambda a, b: a - b, children, children),
        st.builds(lambda a, b: a * b, children, children),
        st.builds(lambda a, b: a / b, children, children),
        st.builds(lambda a: -a, children),
        st.builds(power, children, children | NUMBERS),
        st.builds(call, st.sampled_from(names), children),
        st.builds(call, st.sampled_from(["min", "max"]), children, children),
        st.builds(lambda a, b, c: call("hill", a, b, c), children, children, children),
        st.builds(piecewise, children, conditions, children),
    )


EXPRESSIONS = st.recursive(st.sampled_from("xyz").map(symbol) | st.just(symbol("time")) | NUMBERS.map(number), _over)


@given(EXPRESSIONS)
def test_formulas_come_back_as_the_same_expression(node: Node) -> None:
    words = Dictionary({name: name for name in "xyz"}, {}, lambda _: "dimensionless", {"hill": "hill"})
    words.units = dict.fromkeys(["x", "y", "z", "time"], registry().dimensionless)
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
