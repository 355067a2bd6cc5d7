"""Forward sensitivities against derivatives on paper and against differences."""

import numpy as np
import pytest
from small_models import blow_up, decay, exchange, small_model, turnover
from solvers import SOLVERS

from exokinetics import Dose, WorkFailed, load, prepare, simulate

TIMES = np.array([0.0, 0.5, 2.0, 8.0])
METHODS = pytest.mark.parametrize("method", ["auto", *SOLVERS])


def check(found, wanted, rtol=1e-9, scale=1.0):
    # a hundred times the tolerance of the integration, which controls states and slopes alike
    np.testing.assert_allclose(found, wanted, rtol=100 * rtol, atol=100 * rtol * scale)


@METHODS
@pytest.mark.parametrize("rtol", [1e-5, 1e-9])
def test_decay(method, rtol):
    result = simulate(decay(), TIMES, sensitivities=["k", "initial:x"], method=method, rtol=rtol)
    x = 2 * np.exp(-0.5 * TIMES)
    check(result["x"], x, rtol, 0.1)
    check(result.sensitivity("x", "k"), -TIMES * x, rtol, 0.1)
    check(result.sensitivity("x", "initial:x"), x / 2, rtol, 0.1)


def test_turnover():
    result = simulate(turnover(), TIMES, sensitivities=True, rtol=1e-9)
    fallen = np.exp(-0.5 * TIMES)
    check(result.sensitivity("x", "s"), (1 - fallen) / 0.5)
    check(result.sensitivity("x", "k"), -6 / 0.5 * (1 - fallen) + TIMES * 5 * fallen, scale=10.0)


def test_observables_have_a_direct_and_an_inner_slope():
    model = decay(observables={"rate": "k*x", "clock": "time*k"})
    result = simulate(model, TIMES, sensitivities=["k"], rtol=1e-9)
    x = 2 * np.exp(-0.5 * TIMES)
    check(result.sensitivity("rate", "k"), x - 0.5 * TIMES * x)
    np.testing.assert_allclose(result.sensitivity("clock", "k"), TIMES, rtol=1e-15)  # no integration in it


def test_initial_values_that_are_computed_pass_their_slope_on():
    model = small_model({"x": "3*a + 2*y", "y": 2.0}, {"a": 5.0, "k": "0.5 1/hour"}, {"loss": ("k*x", {"x": -1})})
    result = simulate(model, TIMES, sensitivities=["a", "initial:y", "k"], rtol=1e-9)
    fallen = np.exp(-0.5 * TIMES)
    check(result.sensitivity("x", "a"), 3 * fallen)
    check(result.sensitivity("x", "initial:y"), 2 * fallen)
    check(result.sensitivity("x", "k"), -TIMES * 19 * fallen, scale=20.0)


@pytest.mark.parametrize("duration", [0.0, 3.0])
def test_doses_have_no_slope_of_their_own(duration):
    doses = [Dose(1.0, "x", 5.0, duration=duration)]
    result = simulate(decay(), TIMES, sensitivities=["k", "initial:x"], doses=doses, rtol=1e-9)
    check(result.sensitivity("x", "initial:x"), np.exp(-0.5 * TIMES))
    step = 1e-5
    up, down = (
        simulate(decay(), TIMES, values={"k": 0.5 + sign * step}, doses=doses, rtol=1e-11)["x"] for sign in (1, -1)
    )
    # differences: curvature 1e-10, rounding 1e-10/1e-5
    np.testing.assert_allclose(result.sensitivity("x", "k"), (up - down) / (2 * step), rtol=1e-5, atol=1e-5)


def test_a_steady_start_moves_with_the_parameters():
    result = simulate(turnover(steady=True), TIMES, sensitivities=["s", "k", "initial:x"], rtol=1e-9)
    check(result.sensitivity("x", "s"), np.full(4, 1 / 0.5))
    check(result.sensitivity("x", "k"), np.full(4, -3 / 0.25), scale=10.0)
    check(result.sensitivity("x", "initial:x"), np.zeros(4))


def test_a_steady_start_with_a_conserved_total():
    # x = T b/(a + b) with T = 4, a = 1, b = 2
    result = simulate(exchange(steady=True), TIMES, sensitivities=["a", "b", "initial:x", "initial:y"], rtol=1e-9)
    for name, wanted in {"a": -8 / 9, "b": 4 / 9, "initial:x": 2 / 3, "initial:y": 2 / 3}.items():
        check(result.sensitivity("x", name), np.full(4, wanted))
        check(result.sensitivity("y", name), np.full(4, -wanted if name in "ab" else 1 / 3))


def test_an_initial_state_of_the_request_has_no_slope():
    result = simulate(decay(), TIMES, sensitivities=["initial:x", "k"], initial={"x": 3.0}, rtol=1e-9)
    np.testing.assert_array_equal(result.sensitivity("x", "initial:x"), np.zeros(4))
    check(result.sensitivity("x", "k"), -TIMES * 3 * np.exp(-0.5 * TIMES))


PARAMETERS = ["donor.sorting", "ago2.total", "akt.exponent", "stellate.division", "hepatoma.number",
              "initial:medium.vesicles"]  # fmt: skip


@pytest.fixture(scope="module")
def flagship():
    return load("mir_21_pten_hcc_caf")


def test_the_flagship_against_differences(flagship):
    times = [0.0, 12.0]
    # a start of zero is moved, since there is nothing below it
    at = {name: flagship.value(name).value or 1e6 for name in PARAMETERS}
    moved = {name: value for name, value in at.items() if not flagship.value(name).value}
    result = simulate(flagship, times, sensitivities=PARAMETERS, values=moved, rtol=1e-8)
    for name, size in at.items():
        up, down = (
            simulate(flagship, times, values=moved | {name: size + sign * 1e-4 * size}, rtol=1e-11).table
            for sign in (1, -1)
        )
        step = 1e-4 * size
        slopes = np.array([result.sensitivity(output, name) for output in result.outputs]).T * size
        wanted = (up - down) / (2 * step) * size
        # second differences: 1e-8 of a state; noise of the runs: 1e-11 of a state over a step of 1e-4
        scale = np.abs(up).max(axis=0) + 1e-6
        assert (np.abs(slopes - wanted) <= 1e-4 * np.abs(wanted) + 1e-5 * scale).all(), name


def test_all_parameters_come_in_the_order_of_the_prepared():
    model = turnover(observables={"double": "2*x"})
    prepared = prepare(model, TIMES, sensitivities=True)
    table, slopes = prepared.sensitivities({"k": 0.7})
    assert slopes.shape == (4, 2, len(model.parameters))
    result = simulate(model, TIMES, values={"k": 0.7}, sensitivities=True)
    np.testing.assert_array_equal(table, result.table)
    for row, output in enumerate(prepared.outputs):
        for column, parameter in enumerate(prepared.parameters):
            np.testing.assert_array_equal(slopes[:, row, column], result.sensitivity(output, parameter))


def test_outputs_with_sensitivities_are_those_without(flagship):
    plain = simulate(flagship, [0.0, 24.0], rtol=1e-8)
    together = simulate(flagship, [0.0, 24.0], rtol=1e-8, sensitivities=["pten.translation"])
    np.testing.assert_allclose(together.table, plain.table, rtol=1e-6, atol=1e-6)  # a hundred times rtol; other steps


def test_sensitivities_come_in_the_order_asked_for():
    prepared = prepare(turnover(), [1.0], sensitivities=["k", "s"])
    _, slopes = prepared.sensitivities()
    result = simulate(turnover(), [1.0], sensitivities=["k", "s"])
    assert slopes[0, 0].tolist() == [result.sensitivity("x", name)[0] for name in ("k", "s")]


def test_prepared_slopes_are_by_all_parameters_if_none_were_named():
    prepared = prepare(turnover(), [1.0])
    _, slopes = prepared.sensitivities()
    result = simulate(turnover(), [1.0], sensitivities=True)
    assert slopes[0, 0].tolist() == [result.sensitivity("x", name)[0] for name in prepared.parameters]


def test_a_blow_up_with_sensitivities_returns_what_was_reached_and_says_where():
    result = simulate(blow_up(), [0.0, 0.5, 1.5], sensitivities=["k"])
    assert not result.success
    np.testing.assert_array_equal(result.time, [0.0, 0.5])
    check(result.sensitivity("x", "k"), [0.0, 0.5 / 0.5**2], 1e-6)  # t/(1 - k t)^2
    assert "'x'" in result.reason
    assert "t = " in result.reason


def test_prepared_sensitivities_raise_when_the_integration_fails():
    model = small_model({"x": 0.0}, {"k": "1 1/hour"}, {"bad": ("k/x", {"x": 1})})
    with pytest.raises(WorkFailed):
        prepare(model, 1.5, sensitivities=["k"]).sensitivities()


def test_slopes_keep_the_tolerance_where_the_states_alone_would_take_long_steps(flagship):
    """Cells at rest, to which donors come: no state of theirs moves much, but its slopes start from zero."""
    rest = simulate(flagship, [0.0])
    start = {name: float(rest[name][0]) for name in flagship.species}
    times = [0.0, 0.1, 1.0, 10.0, 100.0]

    def slopes(rtol):
        ready = prepare(flagship, times, outputs=flagship.species, start="initial", initial=start, rtol=rtol,
                        sensitivities=PARAMETERS[:5])  # fmt: skip
        return ready.sensitivities()[1] * [flagship.value(name).value or 1.0 for name in PARAMETERS[:5]]

    truth = slopes(1e-12)
    scale = np.abs(truth).max(axis=(0, 2)) + 1e-3 * np.array(list(start.values()))
    error = np.abs(slopes(1e-6) - truth) / (np.abs(truth) + 1e-3 * scale[:, None] + 1e-12)
    # ten times the tolerance, which is of each slope or of a thousandth of its state; they were 3e-3 without control
    assert error.max() < 1e-5


def test_a_steady_start_keeps_small_states_apart_from_large_ones():
    """Two hundred million lipids beside an inhibitor that is not there, which nothing can move."""
    model = load("flagship_stages")
    names = ["pip3.ship2", "pten.mrna_decay", "ago2.total"]
    ready = prepare(model, [0.0], outputs=["pi103.concentration", "pip3.pip3"], start="steady", sensitivities=names)
    (absent, lipid), values = ready.sensitivities()[1][0], [model.value(name).value for name in names]
    # rounding of states of order one; it was 3 when each equation counted by the size of its states
    np.testing.assert_allclose(absent * values, 0.0, atol=1e-6)
    step = 1e-4 * values[0]
    up, down = (ready({names[0]: values[0] + shift})[0, 1] for shift in (step, -step))
    assert lipid[0] == pytest.approx((up - down) / (2 * step), rel=1e-4)  # of differences over 1e-4
