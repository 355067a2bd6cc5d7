"""What a caller may ask for: times, values, outputs, tolerances; what is wrong is one sentence with a remedy."""

from pathlib import Path

import numpy as np
import pint
import pytest
from small_models import decay, exchange, turnover

from exokinetics import Value, WrongInput, load, prepare, simulate

FOREIGN = pint.UnitRegistry()


def refusal(t=1.0, **request):
    with pytest.raises(WrongInput) as caught:
        simulate(request.pop("model", decay()), t, **request)
    return str(caught.value)


# --- times ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("t", [3, 3.0, "3 hour", "180 minute", "3", np.float64(3), np.int64(3), np.array(3.0),
                               pytest.param(FOREIGN.Quantity(3, "hour"), id="quantity"),
                               pytest.param(FOREIGN.Quantity(180, "minute"), id="foreign quantity")])  # fmt: skip
def test_an_end_time_gives_201_points_from_0(t):
    np.testing.assert_allclose(simulate(decay(), t).time, np.linspace(0, 3, 201), rtol=1e-14)  # 15 digits of the factor


@pytest.mark.parametrize("t", [[0.0, 1.0], (0, 1), np.array([0, 1]), range(2)])
def test_times_are_any_increasing_array(t):
    np.testing.assert_array_equal(simulate(decay(), t).time, [0.0, 1.0])


@pytest.mark.parametrize("t", [[2.0], [0.0], [0.5, 1e3]])
def test_times_need_not_start_at_0_but_the_integration_does(t):
    result = simulate(decay(), t, rtol=1e-9)
    np.testing.assert_allclose(
        result["x"], 2 * np.exp(-0.5 * np.array(t)), rtol=1e-7, atol=1e-10
    )  # a hundred times rtol


def test_the_time_array_of_the_caller_is_left_alone():
    times = np.array([0.0, 1.0])
    result = simulate(decay(), times)
    times[:] = 7.0
    np.testing.assert_array_equal(result.time, [0.0, 1.0])


@pytest.mark.parametrize(
    ("t", "word"),
    [
        (0, "above 0"), (-1, "above 0"), ("-1 hour", "above 0"), ([], "at least one"), ([-1.0, 2.0], "negative"),
        ([1.0, 1.0], "increase"),
        ([2.0, 1.0], "increase"), ([0.0, np.nan], "finite"), ([0.0, np.inf], "finite"), (np.nan, "finite"),
        (np.inf, "finite"),
        ([[0.0, 1.0]], "1-D"), ("soon", "soon"), ("", "number"), ("3 nM", "'nM'"), ("3 huor", "did you mean 'hour'"),
        (None, "None"),
        (True, "True"), ({"a": 1}, "number"), (["a"], "times"), ([1 + 2j], "times"), ("9**9**9 hour", "9"),
    ],
)  # fmt: skip
def test_a_wrong_time_is_one_sentence(t, word):
    message = refusal(t)
    assert word in message
    assert "\n" not in message


# --- values and initial states ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("given",
    [0.3, "0.3", "0.3 1/hour", "0.005 1/minute", np.float32(0.3), FOREIGN.Quantity(0.3, "1/hour"),
                                   FOREIGN.Quantity(0.005, "1/minute")], ids=str)  # fmt: skip
def test_values_are_numbers_texts_or_quantities(given):
    found = simulate(decay(), 2.0, values={"k": given}, rtol=1e-9)["x"][-1]
    assert found == pytest.approx(2 * np.exp(-0.6), rel=1e-7)  # np.float32 has seven digits


@pytest.mark.parametrize("id", ["x", "initial:x"])
def test_an_initial_state_is_given_by_the_id_of_the_species(id):
    assert simulate(decay(), 1.0, initial={id: 5.0})["x"][0] == 5.0


def test_an_initial_value_is_a_value_too():
    assert simulate(decay(), 1.0, values={"initial:x": 5.0})["x"][0] == 5.0


def test_the_initial_state_goes_before_an_initial_value():
    assert simulate(decay(), 1.0, values={"initial:x": 5.0}, initial={"x": 3.0})["x"][0] == 3.0


def test_the_model_is_not_changed_by_a_request():
    model = decay()
    simulate(model, 1.0, values={"k": 3.0}, initial={"x": 7.0})
    assert (model.value("k").value, simulate(model, 1.0)["x"][0]) == (0.5, 2.0)


def test_values_put_into_the_model_give_the_same_as_values_of_the_request():
    one = simulate(decay().with_values({"k": 0.25, "x": 3.0}), 4.0)
    other = simulate(decay(), 4.0, values={"k": 0.25, "initial:x": 3.0})
    np.testing.assert_array_equal(one.table, other.table)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"values": {"kk": 1}}, ["values.kk", "did you mean 'k'"]), ({"values": {"x": 1}}, ["values.x", "initial="]),
        ({"values": {"k": None}}, ["values.k", "None"]), ({"values": {"k": np.nan}}, ["values.k", "finite"]),
        ({"values": {"k": "a lot"}}, ["values.k", "a lot"]),
        ({"values": {"k": "1 nM"}}, ["values.k", "'nM'", "'1/hour'"]),
        ({"values": {"k": [1.0]}}, ["values.k"]), ({"values": {"k": True}}, ["values.k"]),
        ({"values": {3: 1.0}}, ["3"]),
        ({"initial": {"y": 1}}, ["initial.y", "x"]), ({"initial": {"x": -1}}, ["initial.x", "negative"]),
        ({"initial": {"x": "1 nM"}}, ["initial.x", "'nM'"]), ({"initial": {"x": np.inf}}, ["initial.x", "finite"]),
        ({"outputs": ["xx"]}, ["outputs", "did you mean 'x'"]), ({"outputs": "xx"}, ["outputs", "did you mean 'x'"]),
        ({"method": "lsodaa"}, ["method", "did you mean 'lsoda'"]), ({"method": "ssa"}, ["ssa", "not built yet"]),
        ({"method": "cvod"}, ["method", "did you mean 'cvode'"]),
        ({"method": None}, ["method"]),
        ({"rtol": 0}, ["rtol"]), ({"rtol": 1}, ["rtol"]), ({"rtol": "small"}, ["rtol"]), ({"rtol": np.nan}, ["rtol"]),
        ({"atol": 0}, ["atol"]), ({"atol": -1.0}, ["atol"]), ({"atol": {"xx": 1.0}}, ["atol", "did you mean 'x'"]),
        ({"atol": {"x": "1 nM"}}, ["'nM'"]), ({"start": "stedy"}, ["start", "steady"]), ({"start": True}, ["start"]),
        ({"sensitivities": ["kk"]}, ["sensitivities", "did you mean 'k'"]), ({"sensitivities": ["x"]}, ["initial:x"]),
        ({"values": 3}, ["values"]), ({"initial": 3}, ["initial"]),
        ({"model": "mir_21_pten_hcc_cuf"}, ["did you mean 'mir_21_pten_hcc_caf'"]),
        ({"model": "no/such.toml"}, ["no/such.toml"]),
    ],
)  # fmt: skip
def test_a_wrong_request_is_one_sentence(request_, words):
    message = refusal(**request_)
    assert all(word in message for word in words), message
    assert "\n" not in message


def test_every_wrong_value_is_reported_at_once():
    lines = refusal(values={"kk": 1, "k": "a lot", "kkk": 2}).splitlines()
    assert len(lines) == 3


def test_an_unknown_output_of_a_result_names_the_nearest():
    with pytest.raises(WrongInput, match="did you mean 'x'"):
        simulate(decay(), 1.0)["xx"]


def test_a_sensitivity_that_was_not_asked_for_is_one_sentence():
    with pytest.raises(WrongInput, match="sensitivities="):
        simulate(decay(), 1.0).sensitivity("x", "k")
    with pytest.raises(WrongInput, match="differentiated"):
        simulate(turnover(), 1.0, sensitivities=["k"]).sensitivity("x", "s")


@pytest.mark.parametrize("values", [[1.0, 2.0], [], [[0.5]]])
def test_an_array_of_values_has_one_number_per_parameter(values):
    with pytest.raises(WrongInput, match="one per parameter"):
        prepare(decay(), 1.0)(values)


# --- models, outputs, tolerances --------------------------------------------------------------------------------------


def test_a_model_is_given_by_object_name_or_path():
    model = load("mir_21_pten_hcc_caf")
    by_object = simulate(model, 1.0).table
    for given in ("mir_21_pten_hcc_caf", model.file, Path(model.file)):
        np.testing.assert_array_equal(simulate(given, 1.0).table, by_object)


def test_one_output_may_be_given_as_a_text():
    result = simulate(exchange(), 1.0, outputs="y")
    assert result.outputs == ("y",)
    assert result.table.shape == (201, 1)


def test_outputs_come_in_the_order_asked_for():
    result = simulate(exchange(observables={"sum": "x + y"}), 1.0, outputs=["sum", "y", "x"])
    assert result.outputs == ("sum", "y", "x")
    np.testing.assert_array_equal(result.table[:, 0], result["x"] + result["y"])


def test_a_tighter_tolerance_is_nearer_to_the_solution():
    errors = [abs(simulate(decay(), [4.0], rtol=rtol)["x"][0] - 2 * np.exp(-2.0)) for rtol in (1e-2, 1e-5, 1e-9)]
    assert errors[0] > errors[1] > errors[2]


@pytest.mark.parametrize("size", [1e-15, 1e-6, 1e9])
def test_the_default_absolute_tolerance_is_scaled_to_the_state(size):
    found = simulate(decay(), [4.0], initial={"x": size})["x"][0]
    assert found == pytest.approx(size * np.exp(-2.0), rel=1e-4)  # a hundred times rtol


def test_the_absolute_tolerance_is_a_number_or_a_mapping():
    exact = 2 * np.exp(-10.0)
    loose = abs(simulate(decay(), [20.0], rtol=1e-3, atol=0.1)["x"][0] - exact)
    tight = abs(simulate(decay(), [20.0], rtol=1e-3, atol={"x": 1e-9})["x"][0] - exact)
    assert tight < 0.1 * exact < loose


def test_a_value_record_is_not_a_number_by_accident():
    record = Value(0.25, "1/hour", 0.1, 0.5, "assumed", reason="test")
    with pytest.raises(WrongInput):
        simulate(decay(), 1.0, values={"k": record})
