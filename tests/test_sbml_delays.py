"""Delayed values of what time alone decides are exact, before the start as well; what changes a delay is refused."""

import time

import numpy as np
import pytest

pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

from test_sbml_read import document, listed, math, parameters, rule

from exokinetics.sbml.reader import read_sbml, sbml_issues
from exokinetics.simulation import simulate

TIMES = np.linspace(0.0, 4.0, 17)
RTOL = 1e-12  # formulas only, so that there is no error but that of rounding


def with_rules(*rules: str, lag: float = 1.5, **more: float) -> str:
    """Parameters x, y and z by rules, and the constant `lag`."""
    names = parameters(lag=lag, **more) + parameters(False, x=0.0, y=0.0, z=0.0)
    return document(listed("Parameters", names) + listed("Rules", *rules))


def errors(text: str) -> list[tuple[str, str]]:
    return [(issue.key, issue.message) for issue in sbml_issues(text) if issue.severity == "error"]


def test_a_delayed_course_is_the_formula_at_the_earlier_time() -> None:
    text = with_rules(
        rule("assignment", "x", "sin(3*time) + lag"),
        rule("assignment", "y", "2*delay(x, lag)"),
        rule("assignment", "z", "delay(y, 0.25) + delay(lag, 7)"),
    )
    result = simulate(read_sbml(text), TIMES)
    np.testing.assert_allclose(result["y"], 2.0 * (np.sin(3.0 * (TIMES - 1.5)) + 1.5), rtol=RTOL)
    np.testing.assert_allclose(result["z"], 2.0 * (np.sin(3.0 * (TIMES - 1.75)) + 1.5) + 1.5, rtol=RTOL)


def test_a_delay_may_change_with_time_and_moves_the_rates_of_states() -> None:
    """x = t^2 half the time ago is t^2/4, whose integral is t^3/12."""
    text = with_rules(rule("assignment", "x", "time^2"), rule("rate", "y", "delay(x, time/2)"))
    result = simulate(read_sbml(text), TIMES, rtol=1e-10)
    np.testing.assert_allclose(result["y"], TIMES**3 / 12.0, rtol=1e-8, atol=1e-12)  # the solver is asked for 1e-10


def test_a_delay_is_never_into_the_future() -> None:
    rules = (rule("assignment", "x", "time"), rule("assignment", "y", "delay(x, lag)"))
    result = simulate(read_sbml(with_rules(*rules)), TIMES, values={"lag": -1.0})
    assert np.isnan(result["y"]).all()
    ((key, message),) = errors(with_rules(rules[0], rule("assignment", "y", "delay(x, -1)")))
    assert key == "y" and "lies in the future" in message


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("delay(z, time)", "the delay of 'z' changes with time"),
        ("delay(2*x, z)", "the delay of 'z' changes with 'z'"),
        ("delay(time, z)", "the delay changes with 'z'"),
    ],
)
def test_a_delay_that_changes_is_refused_in_a_rate_with_the_id_that_asks(formula: str, message: str) -> None:
    more = rule("assignment", "x", "z + 1"), rule("assignment", "y", formula)
    ((key, said),) = errors(with_rules(rule("rate", "z", "1 + y/9"), *more))
    assert key == "y" and message in said


def test_a_delayed_value_that_depends_on_itself_is_refused() -> None:
    ((key, message),) = errors(with_rules(f"<algebraicRule>{math('y - 1 - delay(y, 1)/2')}</algebraicRule>"))
    assert key == "y" and "depends on itself" in message


def test_delays_that_double_each_other_are_refused_quickly() -> None:
    begin = time.process_time()
    names = [f"a{index}" for index in range(40)]
    rules = [rule("assignment", "a0", "time")]
    for index in range(1, 40):
        rules.append(rule("assignment", f"a{index}", f"delay(a{index - 1}, p) * delay(a{index - 1}, q*a{index - 1})"))
    given = parameters(p=1.0, q=2.0) + parameters(False, **dict.fromkeys(names, 0.0))
    ((_, message),) = errors(document(listed("Parameters", given) + listed("Rules", *rules)))
    assert "too large" in message or "too deeply" in message
    assert time.process_time() - begin < 10.0
