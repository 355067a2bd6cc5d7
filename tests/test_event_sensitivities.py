"""Derivatives through events, against solutions by hand and against central differences."""

import numpy as np
import pytest
from event_models import bouncing_ball, clock, event_model, thermostat

from exokinetics import Dose, Event, ensemble, prepare, simulate

METHODS = ["rodas5p", "lsoda", "bdf", "radau"]
TIGHT = {"rtol": 1e-10, "atol": 1e-12}


@pytest.mark.parametrize("method", METHODS)
def test_the_flights_of_a_ball_move_with_its_speed(method):
    times = np.array([2.0, 4.5, 6.0, 7.5])
    found = simulate(bouncing_ball(), times, method=method, sensitivities=["v0", "e", "g"], **TIGHT)
    # the bounce n is at 2 v0/g (1 + e + ... + e^(n-1)), and leaves e^n v0
    v0, e, g, n = 20.0, 0.8, 10.0, np.array([0, 1, 1, 2])
    sums, slopes = (1.0 - e**n) / (1.0 - e), np.array([0.0, 0.0, 0.0, 1.0])
    since = times - 2.0 * v0 / g * sums
    speed = e**n * v0 - g * since
    by = {
        "v0": (e**n * since + speed * (-2.0 / g * sums), e**n + 2.0 * sums),
        "e": (
            n * e ** (n - 1.0) * v0 * since - speed * 2.0 * v0 / g * slopes,
            n * e ** (n - 1.0) * v0 + 2.0 * v0 * slopes,
        ),
        "g": (-0.5 * since**2 + speed * 2.0 * v0 / g**2 * sums, -since - 2.0 * v0 / g * sums),
    }
    for name, (height, velocity) in by.items():
        # straight lines and parabolas: what is left is the moment of the event, found by LSODA to 1e-9
        np.testing.assert_allclose(found.sensitivity("h", name), height, rtol=1e-7, atol=1e-7)
        np.testing.assert_allclose(found.sensitivity("v", name), velocity, rtol=1e-7, atol=1e-7)


def _differences(model, times, names, step, **request):
    """Central differences of all outputs, shape (time, outputs, names)."""
    columns = []
    for name in names:
        value = model.value(name).value
        moved = [
            simulate(model, times, values={name: value * (1.0 + sign * step)}, **request).table for sign in (1.0, -1.0)
        ]
        columns.append((moved[0] - moved[1]) / (2.0 * step * value))
    return np.stack(columns, axis=2)


def _slopes(model, times, names, **request):
    return prepare(model, times, sensitivities=names, **request).sensitivities()[1]


@pytest.mark.parametrize("method", METHODS)
def test_a_switch_moves_with_what_it_depends_on(method):
    names, times = ["k", "heat", "low", "high"], np.array([1.0, 3.0, 5.5, 9.0])
    found = _slopes(thermostat(), times, names, method=method, **TIGHT)
    expected = _differences(thermostat(), times, names, 1e-4, method="rodas5p", rtol=1e-12, atol=1e-14)
    # differences of second order at 1e-4 are right to 1e-7, and the switches of four periods add up
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6)


def _decay(*events, **parameters):
    return event_model(
        {"x": 4.0, "z": 0.0}, {"k": "0.5 1/hour", "least": 1.0, "dose": 3.0, "wait": "0.7 hour", **parameters},
        {"loss": ("k*x", {"x": -1}), "made": ("k*x", {"z": 1})}, events,
    )  # fmt: skip


EVENTS = {
    "reset": Event("give", "x < least", {"x": "x + dose", "z": "x*z"}),
    "delayed": Event("give", "x < least", {"x": "x + dose"}, delay="wait"),
    "delayed, own values": Event("give", "x < least", {"x": "x + dose*z"}, delay="wait", values_at_trigger=False),
    "delay by the state": Event("give", "x < least", {"x": "x + dose"}, delay="wait*(1 + z)/(1 + x)"),
    "by time": Event("give", "time > wait", {"x": "x + dose*time/wait"}),
    "two conditions": Event("give", "x < least and time > wait", {"x": "x + dose"}),
}


@pytest.mark.parametrize("name", EVENTS)
def test_derivatives_agree_with_differences(name):
    model = _decay(EVENTS[name])
    names, times = ["k", "least", "dose", "wait"], np.array([0.5, 2.0, 3.6, 5.0, 9.0])
    found = _slopes(model, times, names, **TIGHT)
    expected = _differences(model, times, names, 1e-4, rtol=1e-12, atol=1e-14)
    # differences of second order at 1e-4 are right to 1e-7 of what they differ by
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6)


def test_what_is_set_off_at_once_moves_along():
    events = [
        Event("one", "x < least", {"z": "z + dose"}, values_at_trigger=False),
        Event("two", "z > 1.5*dose", {"x": "x*dose"}),
    ]
    model, names, times = _decay(*events), ["k", "least", "dose"], np.array([2.0, 4.0])
    expected = _differences(model, times, names, 1e-4, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(_slopes(model, times, names, **TIGHT), expected, rtol=2e-6, atol=2e-6)
    assert simulate(model, times).statistics["events"] == 2


def test_an_event_that_a_dose_sets_off_stays_where_the_dose_is():
    model = _decay(Event("many", "x > 5", {"z": "z + dose*x"}))
    names, times, doses = ["k", "dose"], np.array([2.0, 4.0]), [Dose(1, "x", 20), Dose(2, "x", 1, duration=3)]
    expected = _differences(model, times, names, 1e-4, rtol=1e-12, atol=1e-14, doses=doses)
    found = _slopes(model, times, names, doses=doses, **TIGHT)
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6)


def test_an_event_while_a_dose_flows_in():
    model = _decay(Event("many", "x > 5", {"z": "z + dose*x"}))
    names, times, doses = ["k", "dose"], np.array([2.0, 4.0]), [Dose(1, "x", 20, duration=2)]
    expected = _differences(model, times, names, 1e-4, rtol=1e-12, atol=1e-14, doses=doses)
    found = _slopes(model, times, names, doses=doses, **TIGHT)
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6)


def test_initial_values_move_events():
    found = simulate(_decay(EVENTS["reset"]), [4.0], sensitivities=["initial:x"], **TIGHT)
    # the event is at ln(x0/least)/k, from where x is 4 exp(-k (t - that))
    moment = np.log(4.0) / 0.5
    assert found.sensitivity("x", "initial:x")[0] == pytest.approx(np.exp(-0.5 * (4.0 - moment)), rel=1e-7)


def test_an_ensemble_has_the_derivatives_of_each_set():
    model, times, draws = thermostat(), np.linspace(1.0, 9.0, 5), {"k": np.array([0.4, 0.5])}
    many = ensemble(model, times, draws=draws, sensitivities=["k", "high"])
    again = ensemble(model, times, draws=draws, sensitivities=["k", "high"], threads=3)
    assert np.array_equal(again.slopes, many.slopes)
    for index, k in enumerate(draws["k"]):
        alone = simulate(model, times, values={"k": k}, sensitivities=["k", "high"])
        np.testing.assert_array_equal(many.sensitivity("x", "high")[index], alone.sensitivity("x", "high"))


def test_a_trigger_that_jumps_has_no_derivative():
    model = clock([Event("jump", "floor(y) >= level", {"a": "y"})], {"level": 2.0}, a=0.0)
    found = simulate(model, [3.0], sensitivities=["level"])
    assert not found.success
    assert "no derivatives" in found.reason


def test_events_that_meet_by_chance_have_no_derivatives():
    first = Event("first", "time >= later", {"a": "2*y"})
    second = Event("second", "time >= hour", {"b": "a"}, values_at_trigger=False)
    model = clock([first, second], {"later": "1 hour"}, a=0.0, b=0.0)
    assert simulate(model, [2.0]).success
    found = simulate(model, [2.0], sensitivities=["later"])
    assert not found.success
    assert "by chance" in found.reason


@pytest.mark.parametrize("level", np.linspace(0.6, 1.7, 12))
def test_the_comparison_that_changed_is_known_whatever_its_difference_rounds_to(level):
    # the difference of both sides is rounded once, the product on the right is rounded before it is compared
    model = clock([Event("set", "sin(2*y) > 0.3*level", {"a": "y*level"})], {"level": level}, a=0.0)
    found = simulate(model, [1.0], sensitivities=["level"], **TIGHT)
    moment, moved = 0.5 * np.arcsin(0.3 * level), 0.15 / np.sqrt(1.0 - (0.3 * level) ** 2)
    assert found.sensitivity("a", "level")[0] == pytest.approx(moment + level * moved, rel=1e-7)
