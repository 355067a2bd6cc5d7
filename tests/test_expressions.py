"""The expression graph: identity, derivatives, text, sympy, compiled code, substitution."""

import math
import pickle
from concurrent.futures import ThreadPoolExecutor

import mpmath
import numpy as np
import pytest
from expression_oracle import DIGITS, PLACES, agree, exact, expressions, positive_expressions
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from exokinetics import WrongInput
from exokinetics.expressions.code import build_function
from exokinetics.expressions.derivative import derivative, jacobian
from exokinetics.expressions.graph import (
    ONE,
    TIME,
    ZERO,
    add,
    call,
    logic,
    multiply,
    number,
    piecewise,
    power,
    rebuild,
    relation,
    substitute,
    symbol,
    topological,
)  # fmt: skip
from exokinetics.expressions.parsing import parse
from exokinetics.expressions.sympy_view import from_sympy, to_sympy
from exokinetics.expressions.text import to_text

x, y, gene = symbol("x"), symbol("y"), symbol("gene.mrna")
checked = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def value(node, **options):
    names = sorted(PLACES)
    return build_function([node], {"p": names}, **options)([PLACES[name] for name in names])[0]


def exact_or_reject(node):
    try:
        return exact(node, PLACES)
    except (ArithmeticError, TypeError, ValueError):
        assume(False)


# --- identity ---------------------------------------------------------------------------------------------------------


@checked
@given(expressions)
def test_an_expression_built_again_is_the_same_object(node):
    again = {}
    for part in topological([node]):
        again[part] = rebuild(part, [again[child] for child in part.args])
    assert again[node] is node


def test_equal_expressions_from_text_and_from_operators_are_one_object():
    assert parse("2*x + gene.mrna/y**2") is 2 * x + gene / y**2


def test_threads_make_one_object():
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: parse("exp(x)*hill(x, y, 2) + shared.name"), range(64)))
    assert len(set(map(id, made))) == 1


def test_zero_and_negative_zero_are_two_numbers():
    assert number(0.0) is not number(-0.0)


def test_neutral_elements_vanish():
    assert x + 0 is x
    assert x * 1 is x
    assert x**1 is x
    assert x**0 is ONE
    assert x * 0 is ZERO
    assert -1 * (-1 * x) is x


def test_nested_sums_and_products_are_flat():
    assert (x + (y + 1)).args == (number(1), x, y)
    assert (2 * x * (3 * y)).args == (number(6), x, y)


def test_powers_of_powers_are_joined_only_where_it_is_right_for_every_number():
    assert (x**2) ** 3 is x**6
    assert value(power(power(number(-3) * x, 2.0), 0.5)) == pytest.approx(3 * PLACES["x"], rel=1e-15)  # |-3x|, not -3x


def test_an_expression_has_no_truth_value():
    with pytest.raises(WrongInput, match="piecewise"):
        bool(x < y)


@pytest.mark.parametrize(
    "build",
    [
        lambda: call("exp", x, y), lambda: relation("~", x, y), lambda: logic("xor", x < y),
        lambda: logic("not", x < y, y < x), lambda: piecewise(x, y, ZERO),
    ],
)  # fmt: skip
def test_what_cannot_be_built_is_refused(build):
    with pytest.raises(WrongInput):
        build()


def test_pickled_nodes_come_back_as_themselves():
    node = piecewise(call("hill", x, y, 2.0), logic("and", x < y, TIME >= 3.0), -gene / 7)
    assert pickle.loads(pickle.dumps(node)) is node


# --- derivatives ------------------------------------------------------------------------------------------------------


@settings(checked, max_examples=100)
@given(positive_expressions)
def test_derivatives_agree_with_differences_in_many_digits(node):
    exact_or_reject(node)
    slope = exact_or_reject(derivative(node, "x"))
    with mpmath.workdps(2 * DIGITS):
        wanted = mpmath.diff(lambda moved: exact(node, PLACES | {"x": moved}), mpmath.mpf(PLACES["x"]), h=1e-18)
    # a central difference with a step of 1e-18 in 50 digits: 32 digits remain, fewer where terms are large
    assert agree(slope, wanted, 12)


@pytest.mark.parametrize("kinase", [2e-308, 1e-310, 5e-324])
@pytest.mark.parametrize("exponent", [1.0, 1.5, 3.0])
def test_hill_has_slopes_where_the_reciprocal_of_a_number_is_infinite(kinase, exponent):
    """A hormone that was lost long ago: of K = 2 the slope is 1/2 for n = 1 and nothing above."""
    slopes = [derivative(call("hill", x, y, symbol("z")), name) for name in "xyz"]
    found = build_function(slopes, {name: name for name in "xyz"})(kinase, 2.0, exponent)
    assert found[0] == (0.5 if exponent == 1.0 else pytest.approx(0.0, abs=1e-100))
    assert found[1:] == pytest.approx([0.0, 0.0], abs=1e-300)


def test_derivatives_with_respect_to_what_does_not_occur_are_zero():
    assert derivative(x * y, "z") is ZERO
    assert jacobian([x, y], ["x", "y"]) == {(0, 0): ONE, (1, 1): ONE}


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0])
def test_a_power_at_zero_is_flat_in_its_exponent(exponent):
    slope = build_function([derivative(x**y, "y")], {"x": "x", "y": "y"})
    assert slope(0.0, exponent) == [0.0]


def test_a_power_at_zero_has_its_slope_in_the_base():
    slope = build_function([derivative(x**y, "x")], {"x": "x", "y": "y"})
    assert [slope(0.0, exponent)[0] for exponent in (1.0, 1.5, 3.0)] == [1.0, 0.0, 0.0]


# --- text -------------------------------------------------------------------------------------------------------------


@checked
@given(expressions)
def test_text_reads_back_to_the_same_value(node):
    before = exact_or_reject(node)
    assert agree(exact(parse(to_text(node)), PLACES), before, 30)  # rounding alone, in 50 digits


@checked
@given(expressions)
def test_text_is_settled_after_one_reading(node):
    once = to_text(parse(to_text(node)))
    assert to_text(parse(once)) == once


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_to_the_last_bit(given_number):
    assert value(parse(to_text(number(given_number)))) == given_number


@pytest.mark.parametrize(
    "text",
    [
        "-x", "x - y", "-x*y/2", "x/(y*gene.mrna)", "(x + y)**2", "x**-2", "x**(-y)", "(x**y)**2", "x**(y**2)",
        "-x**2", "(-x)**2", "sqrt(x)", "x - (y - 2)", "x - 2*y", "2/x", "1/(1/x + 1/y)", "1e-30*x", "x*-3", "x < y < 2",
        "min(x, max(y, 2))", "exp(-x)", "x - -3",
    ],
)  # fmt: skip
def test_particular_texts_read_back(text):
    if "<" in text:
        text = f"piecewise(1, {text}, 2)"
    assert agree(exact(parse(to_text(parse(text))), PLACES), exact(parse(text), PLACES), 30)


@pytest.mark.parametrize("text", ["x > 1 and y > 1 or x > 2", "x > 1 and (y > 1 or x > 2)", "not (x > 1 and y > 1)",
                                  "not x > 1 and y > 1", "not not x > 1"])  # fmt: skip
def test_logic_reads_back_as_the_same_object(text):
    node = parse(f"piecewise(1, {text}, 0)")
    assert parse(to_text(node)) is node


def test_symbols_can_be_renamed_while_writing():
    assert to_text(gene * x, lambda name: name.replace(".", "__")) == "gene__mrna*x"


# --- sympy ------------------------------------------------------------------------------------------------------------


@settings(checked, max_examples=60)
@given(positive_expressions)
def test_sympy_there_and_back_keeps_the_value(node):
    before = exact_or_reject(node)
    try:
        back = from_sympy(to_sympy(node))
    except WrongInput as error:  # sympy writes 1/hill() with an infinite branch, which has no counterpart
        assert "zoo" in str(error)
        assume(False)
    # sympy rounds its floats to a double when it gathers them, and 12 terms add up a few of these
    assert agree(exact(back, PLACES) / before, mpmath.mpf(1), 13)


@settings(checked, max_examples=60)
@given(positive_expressions)
def test_sympy_gives_the_value_that_we_compute(node):
    before = exact_or_reject(node)
    theirs = to_sympy(node).evalf(30, subs=PLACES)
    assert agree(mpmath.mpf(str(theirs)) / before, mpmath.mpf(1), 13)  # as above


def test_sympy_objects_without_a_counterpart_are_refused():
    import sympy

    with pytest.raises(WrongInput, match="zeta"):
        from_sympy(sympy.zeta(sympy.Symbol("x")))
    with pytest.raises(WrongInput, match="last branch"):
        from_sympy(sympy.Piecewise((1, sympy.Symbol("x") > 0)))
    with pytest.raises(WrongInput, match="parse"):
        from_sympy("x + 1")
    for beyond in (sympy.oo, sympy.zoo, sympy.nan, sympy.I, sympy.I * sympy.Symbol("x")):
        with pytest.raises(WrongInput, match="finite real number"):
            from_sympy(beyond)


def test_sympy_constants_become_numbers():
    import sympy

    node = from_sympy(sympy.pi * sympy.Rational(1, 3) + sympy.E)
    assert value(node) == pytest.approx(math.pi / 3 + math.e, rel=1e-15)  # two roundings


# --- compiled code ----------------------------------------------------------------------------------------------------


@checked
@given(positive_expressions)
def test_compiled_code_gives_the_exact_value(node):
    wanted = float(exact_or_reject(node))
    assume(1e-200 < wanted < 1e200)  # beyond, a part of it may overflow
    # nothing cancels, so errors only add up: 12 leaves with powers up to 3 at every level
    assert value(node) == pytest.approx(wanted, rel=1e-10)


@checked
@given(positive_expressions)
def test_array_code_agrees_with_scalar_code(node):
    assume(1e-200 < float(exact_or_reject(node)) < 1e200)
    names = sorted(PLACES)
    columns = [np.full(3, PLACES[name]) for name in names]
    with np.errstate(all="ignore"):  # the branch that is not chosen is evaluated too
        found = build_function([node], {"p": names}, arrays=True)(columns)[0]
    np.testing.assert_allclose(found, value(node), rtol=1e-10)  # last places of library functions, added up


@given(st.lists(positive_expressions, min_size=2, max_size=5))
@settings(checked, max_examples=50)
def test_outputs_do_not_disturb_each_other(nodes):
    for node in nodes:
        assume(1e-200 < float(exact_or_reject(node)) < 1e200)
    names = sorted(PLACES)
    together = build_function(nodes, {"p": names})([PLACES[name] for name in names])
    assert together == [value(node) for node in nodes]  # the same operations in the same order: the same bits


@pytest.mark.parametrize(
    "text",
    ["piecewise(1/x, x > 0, 7)", "piecewise(7, x <= 0, log(x))", "piecewise(7, x <= 0, exp(1/x)*y + 1/x)",
     "piecewise(1/x + exp(1/x), x > 0, piecewise(7, x >= 0, 1/(x - x)))"],
)  # fmt: skip
def test_the_branch_not_chosen_is_not_evaluated(text):
    assert build_function([parse(text)], {"x": "x", "y": "y"})(0.0, 1.0) == [7.0]


def test_what_a_branch_shares_with_the_outside_is_evaluated_once_and_outside():
    shared = call("exp", x)
    function = build_function([piecewise(shared + 1, x > 0, ZERO), shared], {"x": "x"})
    assert function(-1.0) == [0.0, math.exp(-1.0)]


def test_a_part_shared_by_branches_of_two_choices_does_not_escape_either():
    danger = call("log", x)
    first, second = piecewise(danger, x > 0, ZERO), piecewise(danger * 2, x > 0, ONE)
    assert build_function([first, second, first + second], {"x": "x"})(-1.0) == [0.0, 1.0, 1.0]


def test_float_errors_are_raised_and_not_hidden():
    with pytest.raises(ZeroDivisionError):
        build_function([1 / x], {"x": "x"})(0.0)
    with pytest.raises(OverflowError):
        build_function([call("exp", x)], {"x": "x"})(1e6)


# --- depth and width --------------------------------------------------------------------------------------------------


def nested(depth):
    node = x
    for _ in range(depth):
        node = call("sin", node + 1.0)
    return node


def test_a_thousand_nested_functions_are_evaluated():
    wanted = 0.5
    for _ in range(1000):
        wanted = math.sin(wanted + 1.0)
    assert build_function([nested(1000)], {"x": "x"})(0.5) == [wanted]


def test_a_thousand_nested_functions_are_written_and_substituted():
    assert to_text(nested(1000)).count("sin(") == 1000
    (moved,) = substitute([nested(1000)], {"x": y})
    assert moved.symbols == {"y"}


def test_a_thousand_nested_functions_are_differentiated():
    point, wanted = 0.5, 1.0
    for _ in range(1000):
        wanted *= math.cos(point + 1.0)
        point = math.sin(point + 1.0)
    slope = build_function([derivative(nested(1000), "x")], {"x": "x"})(0.5)[0]
    assert slope == pytest.approx(wanted, rel=1e-12)  # a product of 1000 rounded factors


def test_a_thousand_nested_functions_are_pickled():
    assert pickle.loads(pickle.dumps(nested(1000))) is nested(1000)


@pytest.mark.parametrize("join", [add, multiply])
def test_two_thousand_terms_are_evaluated(join):
    names = [f"x{index}" for index in range(2000)]
    function = build_function([join(*map(symbol, names))], {"x": names})
    assert function([1.0] * 2000) == [2000.0 if join is add else 1.0]


def test_a_piecewise_of_four_hundred_pieces_is_evaluated():
    pieces = ", ".join(f"{index % 10}, x<{index}" for index in range(1, 401))
    assert build_function([parse(f"piecewise({pieces}, 11)")], {"x": "x"})(395.5) == [6.0]


# --- substitution -----------------------------------------------------------------------------------------------------


def test_substitution_is_done_all_at_once():
    assert substitute([x + 2 * y], {"x": y, "y": x})[0] is y + 2 * x


def test_substitution_simplifies_anew():
    assert substitute([x * y + call("exp", x)], {"x": ZERO})[0] is ONE


@checked
@given(positive_expressions, positive_expressions)
def test_a_substituted_value_is_the_value_at_the_substituted_point(node, inner):
    point = exact_or_reject(inner)
    wanted = exact_or_reject(substitute([node], {"x": inner})[0])
    with mpmath.workdps(DIGITS):
        # numbers are folded in double precision on the way, and nothing cancels
        assert agree(wanted / exact(node, PLACES | {"x": point}), mpmath.mpf(1), 12)
