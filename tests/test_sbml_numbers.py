"""Numbers that are no plain ones: factorials of what changes, infinite and undefined constants, choices left open."""

import math
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

from test_sbml_read import document, initial, listed, parameters, rule

from exokinetics import export
from exokinetics.sbml.reader import read_sbml
from exokinetics.simulation import simulate

TIMES = np.linspace(0.0, 6.0, 13)


def course(formula: str, times: np.ndarray = TIMES) -> np.ndarray:
    """y by a formula of x, which runs as time."""
    rules = rule("rate", "x", "1") + rule("assignment", "y", formula)
    text = document(listed("Parameters", parameters(False, x=0.0, y=0.0)) + listed("Rules", rules))
    return simulate(read_sbml(text), times, rtol=1e-10)["y"]


def test_the_factorial_of_what_changes_is_that_of_every_whole_number() -> None:
    between = np.arange(0.5, 8.0)
    wanted = [math.factorial(math.ceil(time)) for time in between]
    np.testing.assert_array_equal(course("factorial(ceil(x))", between), wanted)
    np.testing.assert_array_equal(course("factorial(floor(165.5 + x))", between)[:5], np.array(
        [math.factorial(number) for number in range(166, 171)], float
    ))  # fmt: skip
    assert np.isinf(course("factorial(floor(170.5 + x))", between)[1:]).all()


def test_the_factorial_of_a_fraction_or_below_zero_has_no_value() -> None:
    assert np.isnan(course("factorial(x + 0.25)")).all()
    assert np.isnan(course("factorial(-1 - floor(x))")).all()
    assert np.isnan(course("factorial(2.5)")).all()


def test_a_choice_without_otherwise_has_no_value_where_nothing_holds() -> None:
    found = course("piecewise(3, x <= 2.1, 4, x > 4.9)")
    np.testing.assert_array_equal(found, np.select([TIMES <= 2.1, TIMES > 4.9], [3.0, 4.0], np.nan))


def test_a_model_with_values_that_are_no_numbers_is_written_and_proved(tmp_path: Path) -> None:
    rules = rule("rate", "x", "-x") + rule("assignment", "y", "piecewise(ln(x - 2), x > 2)")
    model = read_sbml(document(listed("Parameters", parameters(False, x=3.0, y=0.0)) + listed("Rules", rules)))
    manifest = export(model, tmp_path / "model.xml")
    assert manifest.verified


def test_infinite_and_undefined_constants_stand_as_the_file_gives_them() -> None:
    values = parameters(a="INF", b="-INF", c="NaN", d=None, e=2.0)
    result = simulate(read_sbml(document(listed("Parameters", values) + listed(
        "InitialAssignments", initial("d", "-infinity")
    ))), TIMES)  # fmt: skip
    for name, wanted in (("a", math.inf), ("b", -math.inf), ("c", math.nan), ("d", -math.inf)):
        np.testing.assert_array_equal(result[name], np.full(len(TIMES), wanted))
