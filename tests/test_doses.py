"""Doses against superposition on paper, and the order of values, pre-equilibration, initial state and doses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import decay, exchange, small_model, turnover
from solvers import SOLVERS

from exokinetics import Dose, Start, WrongInput, simulate

K = 0.5
METHODS = pytest.mark.parametrize("method", SOLVERS)


def empty():
    """x(t) decays at 0.5 per hour from nothing."""
    return decay().with_values({"x": 0.0})


def bolus(times, at, amount):
    return np.where(times >= at, amount * np.exp(-K * np.maximum(times - at, 0.0)), 0.0)


def infusion(times, at, amount, duration):
    during = np.clip(times - at, 0.0, duration)
    after = np.maximum(times - at - duration, 0.0)
    return amount / duration / K * (1 - np.exp(-K * during)) * np.exp(-K * after)


def check(result, wanted):
    assert result.success, result.reason
    # a hundred times the rtol of 1e-9 used here, for errors that add up over many legs; the states are near 1
    np.testing.assert_allclose(result["x"], wanted, rtol=1e-7, atol=1e-7)


TIMES = np.linspace(0.0, 12.0, 49)


@METHODS
def test_a_bolus(method):
    check(simulate(empty(), TIMES, doses=[Dose(3.0, "x", 5.0)], method=method, rtol=1e-9), bolus(TIMES, 3.0, 5.0))


@METHODS
def test_an_infusion(method):
    doses = [Dose(2.0, "x", 6.0, duration=4.0)]
    check(simulate(empty(), TIMES, doses=doses, method=method, rtol=1e-9), infusion(TIMES, 2.0, 6.0, 4.0))


@METHODS
def test_repeated_doses(method):
    doses = [Dose(1.0, "x", 2.0, repeat=4, every=2.0)]
    wanted = sum(bolus(TIMES, 1.0 + 2 * count, 2.0) for count in range(4))
    check(simulate(empty(), TIMES, doses=doses, method=method, rtol=1e-9), wanted)


def test_repeated_infusions_that_overlap():
    doses = [Dose(0.0, "x", 2.0, duration=3.0, repeat=3, every=1.0)]
    wanted = sum(infusion(TIMES, count * 1.0, 2.0, 3.0) for count in range(3))
    check(simulate(empty(), TIMES, doses=doses, rtol=1e-9), wanted)


def test_infusions_that_abut_are_one_infusion():
    # 0.1 + 0.2 is not 0.3 in floats: gaps and overlaps of one unit in the last place must do no harm
    one = simulate(empty(), TIMES, doses=[Dose(0.0, "x", 3.0, duration=3.0)], rtol=1e-9)
    many = simulate(empty(), TIMES, doses=[Dose(0.0, "x", 0.1, duration=0.1, repeat=30, every=0.1)], rtol=1e-9)
    check(many, one["x"])


def test_doses_carry_their_own_units():
    doses = [Dose("180 minute", "x", "500 percent", duration="1 hour", repeat=2, every="240 minute")]
    wanted = infusion(TIMES, 3.0, 5.0, 1.0) + infusion(TIMES, 7.0, 5.0, 1.0)
    check(simulate(empty(), TIMES, doses=doses, rtol=1e-9), wanted)


@settings(max_examples=8)
@given(
    st.lists(
        st.tuples(st.just(0.0) | st.floats(1e-3, 10), st.floats(0.1, 5), st.sampled_from([0.0, 0.5, 2.0, 30.0])),
        min_size=1,
        max_size=5,
    ),
    st.randoms(),
)
def test_any_doses_add_up_in_any_order(given_doses, random):
    doses = [Dose(time, "x", amount, duration=duration) for time, amount, duration in given_doses]
    random.shuffle(doses)
    wanted = sum(
        infusion(TIMES, time, amount, duration) if duration else bolus(TIMES, time, amount)
        for time, amount, duration in given_doses
    )
    check(simulate(empty(), TIMES, doses=doses, rtol=1e-9), wanted)


@METHODS
@pytest.mark.parametrize("early", [1e-30, 1e-15, 1e-9])
def test_a_dose_just_after_the_start(method, early):
    check(
        simulate(empty(), TIMES, doses=[Dose(early, "x", 5.0)], method=method, rtol=1e-9),
        np.where(TIMES > 0, bolus(TIMES, 0.0, 5.0), 0.0),
    )


@METHODS
@pytest.mark.parametrize("apart", [1e-15, 1e-9])
def test_two_doses_just_after_each_other(method, apart):
    doses = [Dose(3.0, "x", 5.0), Dose(3.0 + apart, "x", 2.0)]
    times = TIMES[TIMES != 3.0]
    check(simulate(empty(), times, doses=doses, method=method, rtol=1e-9), bolus(times, 3.0, 7.0))


# --- at the time of a dose --------------------------------------------------------------------------------------------


def test_at_the_time_of_a_dose_the_output_is_the_value_after_it():
    result = simulate(empty(), [0.0, 1.0, 2.0], doses=[Dose(time, "x", 5.0) for time in (0.0, 1.0, 2.0)], rtol=1e-9)
    left = np.exp(-K)
    np.testing.assert_allclose(result["x"], [5, 5 + 5 * left, 5 + 5 * left + 5 * left**2], rtol=1e-7)  # as in check()


def test_two_doses_at_once_are_both_given():
    doses = [Dose(1.0, "x", 5.0), Dose(1.0, "x", 2.0)]
    assert simulate(empty(), [1.0], doses=doses)["x"][0] == 7.0


def test_a_dose_at_the_last_time_is_given_and_a_later_one_is_not():
    assert simulate(empty(), [1.0], doses=[Dose(1.0, "x", 5.0), Dose(1.0000001, "x", 5.0)])["x"][0] == 5.0


def test_an_infusion_that_outlasts_the_times_runs_to_the_end():
    result = simulate(empty(), TIMES, doses=[Dose(2.0, "x", 100.0, duration=100.0)], rtol=1e-9)
    check(result, infusion(TIMES, 2.0, 100.0, 100.0))


def test_doses_need_not_fall_on_output_times():
    coarse = np.array([0.0, 10.0])
    check(simulate(empty(), coarse, doses=[Dose(0.123, "x", 5.0)], rtol=1e-9), bolus(coarse, 0.123, 5.0))


def test_a_dose_goes_into_its_species_alone():
    result = simulate(exchange(), [0.0], doses=[Dose(0.0, "y", 5.0)])
    assert (result["x"][0], result["y"][0]) == (3.0, 6.0)


def test_a_negative_dose_takes_away():
    assert simulate(decay(), [0.0], doses=[Dose(0.0, "x", -0.5)])["x"][0] == 1.5


def test_no_dose_is_the_same_as_a_dose_of_nothing_in_effect():
    with_break = simulate(decay(), TIMES, doses=[Dose(3.0, "x", 0.0)], rtol=1e-9)
    check(with_break, simulate(decay(), TIMES, rtol=1e-9)["x"])


@pytest.mark.parametrize(
    ("dose", "words"),
    [
        (Dose(0, "xx", 1), ["did you mean 'x'"]), (Dose(-1, "x", 1), ["negative"]),
        (Dose(0, "x", 1, duration=-1), ["negative"]),
        (Dose(0, "x", 1, repeat=2), ["every="]), (Dose(0, "x", 1, repeat=2, every=0), ["every="]),
        (Dose(0, "x", 1, repeat=2, every=-1), ["every="]), (Dose(0, "x", 1, repeat=0), ["repeat"]),
        (Dose(0, "x", 1, repeat=1.5), ["repeat"]), (Dose(0, "x", 1, repeat=10**9, every=1), ["repeat"]),
        (Dose(0, "x", "1 nM"), ["'nM'"]),
        (Dose("1 nM", "x", 1), ["'nM'", "'hour'"]), (Dose(0, "x", np.nan), ["finite"]),
        (Dose(np.inf, "x", 1), ["finite"]),
        (Dose(None, "x", 1), ["None"]), (Dose(0, None, 1), ["None"]), (3, ["Dose"]), ((0, "x", 1), ["Dose"]),
    ],
)  # fmt: skip
def test_a_wrong_dose_is_one_sentence_with_its_number(dose, words):
    with pytest.raises(WrongInput) as caught:
        simulate(decay(), 1.0, doses=[Dose(0, "x", 1), dose])
    assert str(caught.value).startswith("dose 2: ")
    assert all(word in str(caught.value) for word in words), caught.value


def test_a_single_dose_that_is_not_in_a_list_is_explained():
    with pytest.raises(WrongInput, match="doses"):
        simulate(decay(), 1.0, doses=Dose(0, "x", 1))


# --- the order of values, pre-equilibration, initial state, doses -----------------------------------------------------


def test_values_come_before_the_pre_equilibration():
    assert simulate(turnover(steady=True), [0.0], values={"s": 5.0})["x"][0] == pytest.approx(10.0, rel=1e-9)  # s/k


def test_the_values_of_the_start_hold_until_time_0_only():
    model = turnover()
    start = Start(True, {"s": 1.0})
    whole = small_model(
        {"x": 1.0},
        {"s": "3 1/hour", "k": "0.5 1/hour"},
        {"made": ("s", {"x": 1}), "lost": ("k*x", {"x": -1})},
        start=start,
    )
    result = simulate(whole, TIMES, rtol=1e-9)
    assert whole.whole == model.whole
    check(result, 6 - 4 * np.exp(-K * TIMES))  # from 1/0.5 to 3/0.5


def test_the_initial_state_comes_after_the_pre_equilibration():
    result = simulate(exchange(steady=True), [0.0], initial={"y": 100.0})
    assert result["y"][0] == 100.0
    assert result["x"][0] == pytest.approx(8 / 3, rel=1e-9)  # 4 b/(a + b), found before y was set; polished by Newton


def test_doses_come_last():
    result = simulate(exchange(steady=True), [0.0], initial={"y": 100.0}, doses=[Dose(0.0, "y", 7.0)])
    assert result["y"][0] == 107.0


def test_the_start_of_the_request_goes_before_that_of_the_model():
    assert simulate(turnover(steady=True), [0.0], start="initial")["x"][0] == 1.0
    assert simulate(turnover(), [0.0], start="steady")["x"][0] == pytest.approx(6.0, rel=1e-9)
    assert simulate(turnover(steady=True), [0.0])["x"][0] == pytest.approx(6.0, rel=1e-9)
