"""Every function of the table: values against mpmath, derivatives against mpmath's own and against sympy."""

import math
import warnings

import mpmath
import numpy as np
import pytest
import sympy
from expression_oracle import exact_function

from exokinetics.expressions.code import build_function
from exokinetics.expressions.derivative import derivative
from exokinetics.expressions.functions import FUNCTIONS, hill, hill_array
from exokinetics.expressions.graph import call, symbol
from exokinetics.expressions.sympy_view import to_sympy

ARGUMENTS = ("u", "v", "w")
SEEDS = range(6)

every_function = pytest.mark.parametrize("name", sorted(FUNCTIONS))
every_argument = pytest.mark.parametrize(
    ("name", "index"), [(name, index) for name in sorted(FUNCTIONS) for index in range(FUNCTIONS[name].arity)]
)

SYMPY = {
    "exp": sympy.exp, "log": sympy.log, "log10": lambda x: sympy.log(x, 10), "log2": lambda x: sympy.log(x, 2),
    "sqrt": sympy.sqrt, "abs": sympy.Abs, "floor": sympy.floor, "ceil": sympy.ceiling, "min": sympy.Min,
    "max": sympy.Max, "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "asin": sympy.asin, "acos": sympy.acos,
    "atan": sympy.atan, "sinh": sympy.sinh, "cosh": sympy.cosh, "tanh": sympy.tanh, "asinh": sympy.asinh,
    "acosh": sympy.acosh, "atanh": sympy.atanh, "hill": lambda x, half, n: x**n / (half**n + x**n),
}  # fmt: skip


def applied(name):
    return call(name, *(symbol(argument) for argument in ARGUMENTS[: FUNCTIONS[name].arity]))


def compiled(node, **options):
    return build_function([node], {argument: argument for argument in ARGUMENTS}, **options)


def points(name):
    """Arguments in the middle of the domain, where no kink, step or tie is near."""
    low, high = (max(-8.0, FUNCTIONS[name].domain[0]), min(8.0, FUNCTIONS[name].domain[1]))
    for seed in SEEDS:
        drawn = np.random.default_rng(seed).uniform(low, high, 3)
        if name in ("floor", "ceil"):
            drawn = np.floor(drawn) + 0.37
        yield tuple(float(value) for value in drawn)


@every_function
def test_values_agree_with_mpmath(name):
    function, arity = compiled(applied(name)), FUNCTIONS[name].arity
    for point in points(name):
        with mpmath.workdps(30):
            wanted = float(exact_function(name, *map(mpmath.mpf, point[:arity])))
        # a library function errs by an ulp or two; hill() by some twenty, from a power of up to the 9th
        assert function(*point)[0] == pytest.approx(wanted, rel=1e-14, abs=1e-15)


@every_argument
def test_derivatives_agree_with_differences(name, index):
    slope, arity = compiled(derivative(applied(name), ARGUMENTS[index])), FUNCTIONS[name].arity
    for point in points(name):

        def along(moved, point=point):
            given = [mpmath.mpf(value) for value in point[:arity]]
            given[index] = moved
            return exact_function(name, *given)

        with mpmath.workdps(30):
            wanted = float(mpmath.diff(along, mpmath.mpf(point[index])))  # differences in 30 digits and more
        # sqrt(1 - x^2) and its like lose a digit near the ends of the domain; the difference itself loses none
        assert slope(*point)[0] == pytest.approx(wanted, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize(
    ("name", "index"),
    [(name, index) for name in sorted(SYMPY.keys() - {"floor", "ceil"}) for index in range(FUNCTIONS[name].arity)],
)  # sympy leaves the derivatives of floor and ceiling unevaluated
def test_derivatives_agree_with_sympy(name, index):
    own = to_sympy(derivative(applied(name), ARGUMENTS[index]))
    variables = sympy.symbols(ARGUMENTS, real=True)
    theirs = SYMPY[name](*variables[: FUNCTIONS[name].arity]).diff(variables[index])
    for point in points(name):
        ours = own.subs({argument: sympy.Float(value, 30) for argument, value in zip(ARGUMENTS, point, strict=True)})
        wanted = theirs.subs(
            {variable: sympy.Float(value, 30) for variable, value in zip(variables, point, strict=True)}
        )
        # both are evaluated in 30 digits, but 1/ln 10 stands in the graph as a double
        assert float(abs(ours.evalf(30) - wanted.evalf(30))) <= 1e-15 * float(1 + abs(wanted.evalf(30)))


def test_sympy_knows_every_function_of_the_table():
    assert SYMPY.keys() == FUNCTIONS.keys()


@every_function
def test_scalar_and_array_code_agree(name):
    columns = np.array(list(points(name))).T
    array = compiled(applied(name), arrays=True)(*columns)[0]
    scalar = [compiled(applied(name))(*point)[0] for point in points(name)]
    # numpy and the C library may differ in the last place; hill() is a power here and an exponential there
    np.testing.assert_allclose(array, scalar, rtol=1e-14)


@every_argument
def test_scalar_and_array_derivatives_agree(name, index):
    slope = derivative(applied(name), ARGUMENTS[index])
    columns = np.array(list(points(name))).T
    array = np.broadcast_to(compiled(slope, arrays=True)(*columns)[0], columns.shape[1])
    scalar = [compiled(slope)(*point)[0] for point in points(name)]
    np.testing.assert_allclose(array, scalar, rtol=1e-12)  # differences of nearly equal numbers near the ends


EXPONENTS = pytest.mark.parametrize("n", [1.0, 1.5, 2.0, 8.0])


def hill_slope(argument):
    function = compiled(derivative(call("hill", symbol("u"), symbol("v"), symbol("w")), argument))
    return lambda x, half, n: function(x, half, n)[0]


@EXPONENTS
@pytest.mark.parametrize("x", [-1e-300, -1.0, -1e30])
def test_hill_and_its_derivatives_are_zero_below_zero(n, x):
    assert hill(x, 3.0, n) == 0.0
    assert [hill_slope(argument)(x, 3.0, n) for argument in ARGUMENTS] == [0.0, 0.0, 0.0]


@EXPONENTS
@pytest.mark.parametrize("x", [0.0, -0.0])
def test_hill_at_zero_has_its_right_hand_derivative(n, x):
    assert hill(x, 3.0, n) == 0.0
    assert hill_slope("u")(x, 3.0, n) == pytest.approx(1 / 3 if n == 1 else 0.0, rel=1e-15)  # one division
    assert hill_slope("v")(x, 3.0, n) == 0.0
    assert hill_slope("w")(x, 3.0, n) == 0.0


@EXPONENTS
def test_hill_near_zero_is_the_power_law(n):
    x, half = 3e-20, 3.0
    ratio = 1e-20  # x/K; the relative error of the power law is ratio^n
    assert hill(x, half, n) == pytest.approx(ratio**n, rel=1e-13)
    assert hill_slope("u")(x, half, n) == pytest.approx(n / half * ratio ** (n - 1), rel=1e-13)
    assert hill_slope("v")(x, half, n) == pytest.approx(-n / half * ratio**n, rel=1e-13)
    assert hill_slope("w")(x, half, n) == pytest.approx(ratio**n * math.log(ratio), rel=1e-13)


@EXPONENTS
def test_hill_is_a_half_at_its_half(n):
    assert hill(7.0, 7.0, n) == 0.5
    assert hill_slope("u")(7.0, 7.0, n) == pytest.approx(n / 28, rel=1e-15)  # n/(4 K)
    assert hill_slope("w")(7.0, 7.0, n) == 0.0


@EXPONENTS
@pytest.mark.parametrize("ratio", [1e30, 1e300])
def test_hill_and_its_derivatives_do_not_overflow(n, ratio):
    assert hill(ratio, 1.0, n) == 1.0
    slopes = [hill_slope(argument)(ratio, 1.0, n) for argument in ARGUMENTS]
    # far above K the slopes are n/x (K/x)^n and smaller: below 8 ln(1e300) / 1e30
    assert all(abs(slope) <= 1e-26 for slope in slopes)


@EXPONENTS
def test_hill_of_arrays_has_no_warning_at_the_ends(n):
    x = np.array([-1e30, -1.0, -0.0, 0.0, 1e-300, 1e-20, 1.0, 1e20, 1e300])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = hill_array(x, 1.0, n)
    # exp(-n ln x) against a power: the relative error is that of the exponent, at most 8 ln(1e300) = 5500 ulp
    np.testing.assert_allclose(found, [hill(value, 1.0, n) for value in x], rtol=5500 * 2.3e-16)


def test_a_number_as_exponent_gives_the_same_as_a_symbol():
    with_number = compiled(derivative(call("hill", symbol("u"), symbol("v"), 2.0), "u"))
    assert with_number(0.0, 3.0, math.nan)[0] == 0.0
    assert with_number(5.0, 3.0, math.nan)[0] == pytest.approx(hill_slope("u")(5.0, 3.0, 2.0), rel=1e-15)
