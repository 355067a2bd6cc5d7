"""Derivatives where rates jump by what a state is, against solutions by hand and against central differences."""

import numpy as np
import pytest
from event_models import event_model
from hypothesis import given, settings
from hypothesis import strategies as st

from exokinetics import Event, WrongInput, ensemble, prepare, simulate
from exokinetics.compiler import system_of
from exokinetics.compiler.jumps import jumps
from exokinetics.expressions.parsing import parse

METHODS = ["auto", "rodas5p", "ndf", "lsoda", "bdf", "radau"]
TIGHT = {"rtol": 1e-10, "atol": 1e-12}


def stairs(*events):
    """x' is `fast` below the level and `slow` above it, from x = 0: at the level when t = level/fast."""
    return event_model(
        {"x": 0.0}, {"fast": "3 1/hour", "slow": "0.5 1/hour", "level": 2.0},
        {"rise": ("piecewise(fast, x < level, slow)", {"x": 1})}, list(events),
    )  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_a_rate_that_jumps_moves_with_the_level_at_which_it_does(method):
    times = np.array([0.5, 1.0, 4.0])
    found = simulate(stairs(), times, method=method, sensitivities=["fast", "slow", "level"], **TIGHT)
    fast, slow, level = 3.0, 0.5, 2.0
    above, since = times > level / fast, times - level / fast
    np.testing.assert_allclose(found["x"], np.where(above, level + slow * since, fast * times), rtol=1e-8)
    expected = {
        "fast": np.where(above, slow * level / fast**2, times), "slow": np.where(above, since, 0.0),
        "level": np.where(above, 1.0 - slow / fast, 0.0),
    }  # fmt: skip
    for name, values in expected.items():
        # straight lines: what is left is the moment of the jump
        np.testing.assert_allclose(found.sensitivity("x", name), values, rtol=1e-7, atol=1e-8)


def switched(below, above, n):
    """Two states in a circle, one of which slows down at a level of the other that depends on both and on time."""
    return event_model(
        {"x": 3.0, "y": 0.1},
        {"k": f"{below} 1/hour", "fast": f"{above} 1/hour", "level": n, "hour": "1 hour"},
        {
            "forth": ("piecewise(k*x, x < level*(1 + y) + 0.1*time/hour, fast*x)", {"x": -1, "y": 1}),
            "back": ("piecewise(2*k*y, x > 1 and y > 0.01, k*y)", {"y": -1}),
        },
        [],
    )


@given(st.floats(0.2, 1.0), st.floats(1.1, 3.0), st.floats(0.8, 1.6))
@settings(max_examples=12, deadline=None)
def test_jumps_are_followed_as_differences_are(below, above, level):
    model, times, names = switched(below, above, level), np.array([0.7, 2.0, 5.0]), ["k", "fast", "level"]
    prepared = prepare(model, times, sensitivities=names, **TIGHT)
    table, found = prepared.sensitivities()
    whole = simulate(model, times, method="radau", rtol=1e-11, atol=1e-13).table
    # radau does not stop at jumps, and passes over one with an error of up to 1e-6
    np.testing.assert_allclose(table, whole, rtol=1e-5, atol=1e-6)
    for column, name in enumerate(names):
        value, step = model.value(name).value, 1e-4
        ends = [prepared({name: value * (1.0 + sign * step)}) for sign in (1.0, -1.0)]
        # differences of second order at 1e-4, of runs at 1e-10 that stop at the jumps
        difference = (ends[0] - ends[1]) / (2.0 * step * value)
        np.testing.assert_allclose(found[:, :, column], difference, rtol=2e-5, atol=2e-5)


def test_a_jump_and_an_event_at_the_same_moment_go_together():
    times, names = np.array([1.0, 4.0]), ["fast", "slow", "level"]
    event = Event("drop", "x >= level", {"x": "level + 1"})
    found = simulate(stairs(event), times, sensitivities=names, **TIGHT)
    fast, slow, level = 3.0, 0.5, 2.0
    since = times - level / fast
    np.testing.assert_allclose(found["x"], level + 1.0 + slow * since, rtol=1e-9)
    for name, values in {
        "fast": slow * level / fast**2 + 0.0 * times, "slow": since, "level": 1.0 - slow / fast + 0.0 * times,
    }.items():  # fmt: skip
        np.testing.assert_allclose(found.sensitivity("x", name), values, rtol=1e-7, atol=1e-8)


def test_values_and_sets_are_those_of_a_run_without_derivatives_to_its_tolerance():
    times, names = np.array([1.0, 4.0]), ["fast", "level"]
    plain, followed = simulate(stairs(), times), simulate(stairs(), times, sensitivities=names)
    np.testing.assert_allclose(plain["x"], followed["x"], rtol=1e-5)  # ten times rtol
    many = ensemble(stairs(), times, draws={"fast": np.array([3.0, 2.5])}, sensitivities=names)
    assert (many.sensitivity("x", "level")[0] == followed.sensitivity("x", "level")).all()


def test_what_only_bends_is_not_watched():
    bends = ["piecewise(x, x > 0, 0)", "piecewise(x - k, k < x, 0)", "piecewise(2*x, y >= x, x + y)", "max(x, y)"]
    assert jumps([parse(text) for text in bends], ["x", "y"]) == []
    leaps = ["piecewise(1, x > 0, 0)", "piecewise(x, x + y > k, 0)", "piecewise(1, time > k, x)"]
    assert len(jumps([parse(text) for text in leaps], ["x", "y"])) == 2  # the last is one of time
    assert system_of(switched(0.5, 2.0, 1.0)).jumps


def test_rounding_to_whole_numbers_has_no_derivatives():
    model = event_model({"x": 3.0}, {"k": "1 1/hour"}, {"loss": ("k*ceil(x)", {"x": -1})}, [])
    with pytest.raises(WrongInput, match=r"a rate of small holds ceil\(\) of species"):
        simulate(model, 1.0, sensitivities=["k"])
    with pytest.raises(WrongInput, match="ceil"):
        prepare(model, 1.0).sensitivities()
