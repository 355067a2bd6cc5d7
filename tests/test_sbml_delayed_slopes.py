"""Derivatives through delayed states: in closed form, against differences, and refused where there are none."""

from math import factorial

import numpy as np
import pytest

pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

from test_sbml_delayed_states import model, run
from test_sbml_events import event
from test_sbml_read import initial

from exokinetics import Dose, Model, ensemble, prepare, simulate
from exokinetics.errors import WrongInput

TIMES = np.linspace(0.0, 6.0, 61) + 0.013  # not where a course bends


def decay_slopes(a: float, tau: float) -> tuple[np.ndarray, np.ndarray]:
    """By a and by tau of y' = -a y(t - tau) with y = 1 before: see `decay`."""
    by_a, by_tau = np.zeros_like(TIMES), np.zeros_like(TIMES)
    for k in range(1, int(TIMES[-1] / tau) + 2):
        left = np.maximum(TIMES - (k - 1) * tau, 0.0)
        by_a += -k * (-a) ** (k - 1) * left**k / factorial(k)
        by_tau += np.where(left > 0.0, (-a) ** k * -(k - 1) * k * left ** (k - 1) / factorial(k), 0.0)
    return by_a, by_tau


# some ten times the error that was found, which is that of any slope at these tolerances
@pytest.mark.parametrize(("rtol", "error"), [(1e-6, 2e-6), (1e-8, 2e-8), (1e-10, 5e-10)])
@pytest.mark.parametrize(("a", "tau"), [(0.4, 1.0), (1.2, 0.7)])
def test_slopes_of_a_delayed_decay_are_those_of_the_polynomials(
    a: float, tau: float, rtol: float, error: float
) -> None:
    given = model({"y": "-a*delay(y, tau)"}, a=0.5, tau=2.0)
    result = run(given, TIMES, rtol=rtol, values={"a": a, "tau": tau}, sensitivities=["tau", "a"])
    by_a, by_tau = decay_slopes(a, tau)
    np.testing.assert_allclose(result.sensitivity("y", "a"), by_a, rtol=0.0, atol=error * np.abs(by_a).max())
    np.testing.assert_allclose(result.sensitivity("y", "tau"), by_tau, rtol=0.0, atol=error * np.abs(by_tau).max())


def differences(given: Model, name: str, output: str, value: float, **more: object) -> np.ndarray:
    step = 1e-4 * value
    runs = [run(given, TIMES, rtol=1e-12, values={name: value + n * step}, **more)[output] for n in (-2, -1, 1, 2)]
    first, second, third, fourth = runs
    return np.asarray((first - 8.0 * second + 8.0 * third - fourth) / (12.0 * step))


def swinging(*, events: tuple[str, ...] = ()) -> Model:
    """Delays in each other, one of them a sum, a start that depends on inputs and a formula of time before it."""
    return model(
        {"x": "b*delay(y, tau)/(1 + delay(x, 2*tau + lag)^4) - g*x", "y": "delay(u, lag) - g*y^2"},
        start={"x": 0.0, "y": 0.0}, initials=[initial("x", "b*sin(g*time) + g"), initial("y", "1/b")],
        shown={"u": "sin(b*time) + x/2", "old": "delay(x*u, tau)*g", "half": "delay(y, time/3)*b"}, events=events,
        b=1.7, g=0.6, tau=0.61, lag=0.37,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["b", "g", "tau", "lag"])
def test_slopes_through_delays_in_each_other_are_as_differences(name: str) -> None:
    given = swinging()
    result = run(given, TIMES, sensitivities=True)
    for output in ("x", "y", "u", "old", "half"):
        wanted = differences(given, name, output, given.value(name).value)
        # of differences over 1e-4 some 1e-8 is rounding and what is left of the fifth order
        np.testing.assert_allclose(result.sensitivity(output, name), wanted, rtol=0.0, atol=3e-7 * np.abs(wanted).max())


def test_slopes_by_an_initial_value() -> None:
    given = model({"y": "-a*delay(y, tau)^2"}, a=0.5, tau=0.8)
    result = run(given, TIMES, sensitivities=["initial:y"])
    step = 1e-5
    high, low = (run(given, TIMES, rtol=1e-12, values={"initial:y": 1.0 + sign * step})["y"] for sign in (1, -1))
    np.testing.assert_allclose(result.sensitivity("y", "initial:y"), (high - low) / (2.0 * step), rtol=1e-7, atol=1e-8)


def test_a_dose_comes_back_in_slopes_by_what_moves_no_time() -> None:
    given = model({"x": "-a*delay(x, 0.6)", "y": "a*delay(x, 1.1)"}, a=0.4)
    doses = [Dose(1.3, "x", 2.0), Dose(0.0, "x", 1.0), Dose(2.0, "y", 1.0, duration=0.5)]
    result = run(given, TIMES, doses=doses, sensitivities=["a"])
    for output in ("x", "y"):
        wanted = differences(given, "a", output, 0.4, doses=doses)
        np.testing.assert_allclose(result.sensitivity(output, "a"), wanted, rtol=1e-7, atol=1e-8)  # differences


def test_draws_and_prepared_runs_have_the_same_slopes() -> None:
    given = model({"y": "-a*delay(y, tau)"}, shown={"old": "delay(y, tau)"}, a=0.4, tau=1.0)
    found = ensemble(given, TIMES, draws={"a": [0.4, 0.7], "tau": [1.0, 0.5]}, sensitivities=True)
    table, slopes = prepare(given, TIMES).sensitivities({"a": 0.7, "tau": 0.5})
    alone = simulate(given, TIMES, values={"a": 0.7, "tau": 0.5}, sensitivities=True)
    for column, name in enumerate(given.parameters):
        for row, output in enumerate(("y", "old")):
            assert (alone.sensitivity(output, name) == slopes[:, row, column]).all()
            assert (found.sensitivity(output, name)[1] == slopes[:, row, column]).all()
    assert (table[:, 0] == alone["y"]).all()


def test_by_a_delay_of_nothing_there_are_no_slopes() -> None:
    given = model({"y": "-a*delay(y, tau)"}, a=0.4, tau=0.0)
    result = simulate(given, TIMES, sensitivities=["tau"])
    assert not result.success and "has a delay of 0" in result.reason
    by_a = run(given, TIMES, sensitivities=["a"]).sensitivity("y", "a")
    np.testing.assert_allclose(by_a, -TIMES * np.exp(-0.4 * TIMES), rtol=1e-8)  # the solver is asked for 1e-10


@pytest.mark.parametrize(
    ("given", "asked", "message"),
    [
        (swinging(events=(event("x > 1", y="2"),)), {"sensitivities": ["b"]}, "sensitivities through events"),
        (
            model({"y": "piecewise(1, delay(y, tau) < 2, 0)"}, tau=1.0), {"sensitivities": ["tau"]},
            "a rate that jumps where inputs decide when",
        ),
        (
            model({"y": "piecewise(1, time < tau, 0)*delay(y, 1)"}, tau=1.0), {"sensitivities": ["tau"]},
            "a rate that jumps where inputs decide when",
        ),
        (
            model({"y": "-a*delay(y, tau)"}, a=0.4, tau=1.0), {"sensitivities": True, "doses": [Dose(1.0, "y", 1.0)]},
            "a dose comes back after the delay 'tau', which moves with what is asked for",
        ),
        (
            model({"y": "-y"}, shown={"old": "delay(time, y) + delay(y, y)"}),
            {"sensitivities": ["initial:y"], "doses": [Dose(1.0, "y", 1.0)]},
            "a dose comes back after the delay 'y', which moves with what is asked for",
        ),
        (
            swinging(), {"sensitivities": ["lag"], "initial": {"x": 1.0}},
            "an initial value that parts from the formula before the start comes back after the delay",
        ),
    ],
)  # fmt: skip
def test_where_there_are_no_slopes_that_is_said(given: Model, asked: dict[str, object], message: str) -> None:
    with pytest.raises(WrongInput) as caught:
        simulate(given, TIMES, **asked)  # type: ignore[arg-type]
    assert message in str(caught.value)
