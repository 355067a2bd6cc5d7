"""The compiled rates and slopes of one parameter set against the same expressions as Python functions."""

import numpy as np
import pytest
from rotation import every_model
from small_models import blow_up, small_model

from exokinetics import load
from exokinetics.compiler import system_of


def states_of(system, count=3):
    """Some states around the initial one, none of them zero."""
    start, random = system.initial_state(system.defaults.tolist()), np.random.default_rng(1)
    return [start * random.uniform(0.5, 2.0, len(start)) + random.uniform(0.1, 1.0, len(start)) for _ in range(count)]


@pytest.mark.parametrize("name", every_model())
def test_rates_and_slopes_of_every_model(name):
    system = system_of(load(name))
    bound, p = system.bound(system.defaults), system.defaults.tolist()
    for x in states_of(system):
        rates, slopes = system.rhs(1.0, x, p), system.jacobian(1.0, x, p)
        # the order of sums differs: rounding, beside the largest term that may cancel
        np.testing.assert_allclose(bound.rates(1.0, x), rates, rtol=1e-9, atol=1e-12 * np.abs(slopes * x).max())
        np.testing.assert_allclose(bound.jacobian(1.0, x), slopes, rtol=1e-9, atol=1e-12 * np.abs(slopes).max())


def test_entries_stand_by_columns_and_fill_the_matrix():
    system = system_of(load("mir_21_pten_hcc_caf"))
    bound, (x,) = system.bound(system.defaults), states_of(system, 1)
    order = bound.columns.astype(int) * len(x) + bound.rows
    assert (np.diff(order) > 0).all()
    matrix = np.zeros((len(x), len(x)))
    matrix[bound.rows, bound.columns] = bound.entries(1.0, x)
    np.testing.assert_array_equal(matrix, bound.jacobian(1.0, x))


def test_what_was_returned_stays():
    bound = system_of(blow_up()).bound(system_of(blow_up()).defaults)
    functions = (bound.rates, bound.entries, bound.jacobian)
    first = [function(0.0, np.array([2.0, 1.0])) for function in functions]
    kept = [array.copy() for array in first]
    for function in functions:
        function(0.0, np.array([3.0, 5.0]))
    for array, before in zip(first, kept, strict=True):
        np.testing.assert_array_equal(array, before)


def test_each_set_of_values_has_its_own_functions():
    system = system_of(blow_up())
    one, two = (system.bound(np.array([k, *system.defaults[1:]])) for k in (1.0, 2.0))
    x = np.array([3.0, 5.0])
    np.testing.assert_array_equal(one.rates(0.0, x), [9.0, -5.0])
    np.testing.assert_array_equal(two.rates(0.0, x), [18.0, -10.0])
    np.testing.assert_array_equal(one.jacobian(0.0, x), [[6.0, 0.0], [0.0, -1.0]])


def test_time_and_what_is_undefined_come_through_without_a_word():
    model = small_model(
        {"x": 1.0, "y": 1.0},
        {"k": "1 1/hour", "w": "1 1/hour**2"},
        {"a": ("w*sqrt(x)*time", {"x": 1}), "b": ("k/y", {"y": 1})},
    )
    bound = system_of(model).bound(system_of(model).defaults)
    np.testing.assert_array_equal(bound.rates(3.0, np.array([4.0, 2.0])), [6.0, 0.5])
    found = bound.rates(3.0, np.array([-1.0, 0.0]))
    assert np.isnan(found[0])
    assert found[1] == np.inf


def test_a_model_in_which_no_rate_depends_on_a_state():
    model = small_model({"x": 0.0}, {"k": "2 1/hour"}, {"made": ("k", {"x": 1})})
    bound = system_of(model).bound(system_of(model).defaults)
    np.testing.assert_array_equal(bound.rates(0.0, np.array([1.0])), [2.0])
    np.testing.assert_array_equal(bound.jacobian(0.0, np.array([1.0])), [[0.0]])
    assert bound.entries(0.0, np.array([1.0])).shape == (0,)
