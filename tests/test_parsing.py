"""Text of expressions: what is read, and that everything else is one clear sentence."""

import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exokinetics import WrongInput
from exokinetics.expressions.code import build_function
from exokinetics.expressions.functions import FUNCTIONS
from exokinetics.expressions.graph import number, symbol, topological
from exokinetics.expressions.parsing import MAX_DEPTH, MAX_LENGTH, parse

x = symbol("x")


def value(text, **values):
    return build_function([parse(text)], {"p": list(values)})(list(values.values()))[0]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2 + 3*4", 14), ("-2**2", -4), ("2**3**2", 512), ("2**-1", 0.5), ("7 - 2 - 1", 4), ("8/2/2", 2), ("+3", 3),
        ("1e-3", 1e-3), (".5", 0.5), ("0x10", 16), ("1_000", 1000), ("pi", math.pi), ("2*(1 + 1)", 4), ("  3  ", 3),
        ("min(3, max(1, 2))", 2), ("hill(2, 2, 3)", 0.5), ("log(1)", 0), ("piecewise(1, 2 < 1, 5)", 5),
        ("piecewise(1, 2 < 1, 3, 1 < 2, 5)", 3), ("piecewise(1, 1 < 2 < 2, 5)", 5), ("piecewise(1, not 1 > 2, 5)", 1),
        ("piecewise(1, 1 > 2 or 2 != 1 and 3 == 3, 5)", 1),
    ],
)  # fmt: skip
def test_arithmetic_is_that_of_python(text, wanted):
    assert value(text) == wanted


def test_ids_keep_their_dots():
    assert parse("gene.mrna * cell_2.volume").symbols == {"gene.mrna", "cell_2.volume"}


def test_names_of_functions_may_be_ids():
    assert parse("exp") is symbol("exp")


CODE = [
    "__import__('os')", "__import__('os').system('true')", "lambda: 0", "(lambda x: x)(1)", "x.__class__",
    "x.__dict__.y",
    "().__class__.__bases__", "(1).real", "x.real()", "[x for x in y]", "{x for x in y}", "(x for x in y)", "[x]",
    "{1: 2}", "(1, 2)", "f'{x}'", "'x'", "b'x'", "(x := 1)", "x[0]", "x[:]", "x if y else z", "await x", "print(1)",
    "eval('1')", "exp(*x)", "exp(**x)", "exp(x=1)", "exp(x)(y)", "x.exp(1)", "...", "True", "None", "1j",
]  # fmt: skip
WRONG = [
    "x //2", "x % 2", "x @ y", "x << 2", "x & y", "x | y", "~x", "x is y", "x in y", "x y", "x +", ")", "(", "x;y",
    "x = 1", "import os", "yield x", "1.a", "a..b", "x.class", "if", "x\ny", "x\0", "\\", "exp(1, 2)", "hill(x)",
    "piecewise(1, 2)", "piecewise(1, x < 2)", "piecewise(1, 2, 3)", "x and y", "x < 2 and y", "(x < 2) + 1", "not x",
    "x < (y < 2)", "exp(x < 2)",
]  # fmt: skip
TOO_LARGE = ["1e999", "9" * 400, "x + 1e400", "1e300*1e300", "x*1e300*1e300", "1e308 + 1e308", "-1e308 - 1e308 + x"]


def refusal(text):
    with pytest.raises(WrongInput) as caught:
        parse(text)
    return str(caught.value)


@pytest.mark.parametrize("text", CODE + WRONG)
def test_anything_else_is_one_clear_sentence(text):
    message = refusal(text)
    assert "\n" not in message
    assert len(message) < 250
    # what is wrong is shown: the text itself, or its beginning
    assert text.split("\n")[0].split("\0")[0][:20] in message


@pytest.mark.parametrize("text", TOO_LARGE)
def test_numbers_that_are_not_finite_are_refused(text):
    assert "too large" in refusal(text)


def test_a_power_that_overflows_does_not_hang_and_gives_no_infinity():
    node = parse("9**9**9**9")
    assert all(math.isfinite(part.payload) for part in topological([node]) if part.kind == "number")


def test_the_caret_is_explained():
    assert "**" in refusal("x^2")


@pytest.mark.parametrize("text", ["µ*x", "x\u2009+ 1", "α", "x − y", "ｘ", "x\u202e"])
def test_only_ascii_is_read(text):
    assert "ASCII" in refusal(text)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_text_says_so(text):
    assert "empty" in refusal(text)


@pytest.mark.parametrize("given", [None, 3, 2.5, ["x"], b"x"])
def test_what_is_not_a_text_is_refused(given):
    with pytest.raises(WrongInput):
        parse(given)


def test_a_text_of_the_longest_length_is_read_and_one_more_is_not():
    longest = "x" + "+xy" * ((MAX_LENGTH - 1) // 3)
    assert len(longest) <= MAX_LENGTH
    assert parse(longest).symbols == {"x", "xy"}
    assert str(MAX_LENGTH) in refusal("x" * (MAX_LENGTH + 1))


def nest(depth):
    return "exp(" * depth + "x" + ")" * depth


def test_depth_is_limited():
    assert parse(nest(MAX_DEPTH // 2)).kind == "function"
    assert "deep" in refusal(nest(MAX_DEPTH + 1))


READER = """
import sys
from exokinetics import WrongInput
from exokinetics.expressions.parsing import parse
try:
    parse(sys.stdin.read())
except WrongInput:
    print("refused")
else:
    print("read")
"""


@pytest.mark.parametrize(
    "text", ["(" * 1900 + "x" + ")" * 1900, "-" * 3900 + "x", "not " * 900 + "x", "x**" * 1300 + "x", "[" * 3900,
             "x(" * 1900 + ")" * 1900, "x if x else " * 300 + "x", "lambda:" * 500 + "x"]
)  # fmt: skip
def test_deep_texts_are_refused_and_do_not_crash(text):
    # a crash of the C stack would end the tests, so another process reads it
    run = subprocess.run(
        [sys.executable, "-c", READER], input=text, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (run.stdout.strip(), run.stderr) == ("refused", "")


def test_long_attributes_are_read():
    assert parse(".".join(["a"] * 1900)).kind == "symbol"


@pytest.mark.parametrize(("text", "near"), [("hil(x, 1, 2)", "hill"), ("Exp(x)", "exp"), ("sqr(x)", "sqrt"),
                                            ("piecwise(1, x<1, 2)", "piecewise")])  # fmt: skip
def test_a_misspelt_function_names_the_nearest(text, near):
    assert f"did you mean '{near}'" in refusal(text)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_wants_its_number_of_arguments(name):
    arity = FUNCTIONS[name].arity
    assert parse(f"{name}({', '.join('xyz'[:arity])})").payload == name
    assert "argument" in refusal(f"{name}({', '.join('x' * (arity + 1))})")
    assert "argument" in refusal(f"{name}()")


@settings(max_examples=300)
@given(st.text(alphabet="xy01.e+-*/<>=!()[]{},: _'\"^%@&|~andorfilmbp", max_size=30))
def test_no_text_raises_anything_else(text):
    try:
        node = parse(text)
    except WrongInput as error:
        assert "\n" not in str(error)
    else:
        assert all(math.isfinite(part.payload) for part in topological([node]) if part.kind == "number")


def test_a_sum_of_many_terms_is_not_deep():
    assert parse(" + ".join(["x"] * 500)).args == (x,) * 500


def test_numbers_alone_are_folded():
    assert parse("2*3 + hill(2, 2, 3)") is number(6.5)
