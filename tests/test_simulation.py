"""Simulations against solutions on paper, whatever the output grid; what fails says so in a sentence."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.special import lambertw
from small_models import blow_up, decay, small_model, turnover
from solvers import SOLVERS

from exokinetics import Dose, WorkFailed, WrongInput, load, prepare, simulate
from exokinetics.compiler import system_of

every_method = pytest.mark.parametrize("method", SOLVERS)
every_tolerance = pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-9])
TIMES = np.array([0.0, 0.1, 1.0, 3.0, 10.0])


def check(found, wanted, rtol, scale):
    # A solver controls the error of a step; over some hundred steps the errors may add up to a hundredfold.
    np.testing.assert_allclose(found, wanted, rtol=100 * rtol, atol=100 * rtol * scale)


# --- solutions on paper -----------------------------------------------------------------------------------------------


@every_method
@every_tolerance
def test_exponential_decay(method, rtol):
    result = simulate(decay(), TIMES, method=method, rtol=rtol)
    check(result["x"], 2 * np.exp(-0.5 * TIMES), rtol, 0.1)


@every_method
def test_turnover_approaches_its_level(method):
    result = simulate(turnover(), TIMES, method=method, rtol=1e-9)
    check(result["x"], 6 - 5 * np.exp(-0.5 * TIMES), 1e-9, 1.0)


@every_method
@every_tolerance
def test_two_compartments_are_biexponential(method, rtol):
    # central and peripheral compartment with elimination: the textbook of pharmacokinetics, by eigenvalues
    k12, k21, k10 = 1.2, 0.3, 0.4
    model = small_model(
        {"central": 100.0, "peripheral": 0.0},
        {"k12": f"{k12} 1/hour", "k21": f"{k21} 1/hour", "k10": f"{k10} 1/hour"},
        {
            "out": ("k12*central", {"central": -1, "peripheral": 1}),
            "back": ("k21*peripheral", {"central": 1, "peripheral": -1}),
            "eliminated": ("k10*central", {"central": -1}),
        },
    )
    total, product = k12 + k21 + k10, k21 * k10
    alpha, beta = ((total + sign * np.sqrt(total**2 - 4 * product)) / 2 for sign in (1, -1))
    central = 100 * ((alpha - k21) * np.exp(-alpha * TIMES) + (k21 - beta) * np.exp(-beta * TIMES)) / (alpha - beta)
    peripheral = 100 * k12 * (np.exp(-beta * TIMES) - np.exp(-alpha * TIMES)) / (alpha - beta)
    result = simulate(model, TIMES, method=method, rtol=rtol)
    check(result["central"], central, rtol, 10.0)
    check(result["peripheral"], peripheral, rtol, 10.0)


@every_method
@every_tolerance
def test_michaelis_menten_by_the_lambert_function(method, rtol):
    # dx/dt = -v x/(K + x): x = K W(x0/K exp((x0 - v t)/K)), Schnell and Mendoza 1997
    v, half, start = 3.0, 2.0, 10.0
    model = small_model({"x": start}, {"v": f"{v} 1/hour", "K": half}, {"used": ("v*x/(K + x)", {"x": -1})})
    times = np.array([0.0, 0.5, 2.0, 4.0, 6.0])
    wanted = half * lambertw(start / half * np.exp((start - v * times) / half)).real
    check(simulate(model, times, method=method, rtol=rtol)["x"], wanted, rtol, 1.0)


@every_method
@every_tolerance
def test_a_linear_chain_by_the_matrix_exponential(method, rtol):
    rates = [0.01, 1.0, 100.0, 3.0, 0.2]  # stiff: the fastest step is 10^4 times the slowest
    model = small_model(
        {f"x{index}": 1.0 if index == 0 else 0.0 for index in range(6)},
        {f"k{index}": f"{rate} 1/hour" for index, rate in enumerate(rates)},
        {f"r{index}": (f"k{index}*x{index}", {f"x{index}": -1, f"x{index + 1}": 1}) for index in range(5)},
    )
    matrix = np.diag([-rate for rate in rates] + [0.0]) + np.diag(rates, -1)
    wanted = np.array([expm(matrix * time)[:, 0] for time in TIMES])
    check(simulate(model, TIMES, method=method, rtol=rtol).table, wanted, rtol, 1e-3)  # x2 stays near 1e-4


@every_method
def test_time_may_stand_in_a_rate(method):
    model = small_model({"x": 0.0}, {"k": "2 1/hour**2"}, {"ramp": ("k*time", {"x": 1})})
    check(simulate(model, TIMES, method=method, rtol=1e-9)["x"], TIMES**2, 1e-9, 1.0)


def test_observables_are_computed_from_states_parameters_and_time():
    model = decay(observables={"rate": "k*x", "clock": "2*time"})
    result = simulate(model, TIMES, values={"k": 0.25})
    np.testing.assert_array_equal(result["rate"], 0.25 * result["x"])
    np.testing.assert_array_equal(result["clock"], 2 * TIMES)
    assert result.units == {"time": "hour", "x": "dimensionless", "rate": "1/hour", "clock": "hour"}


@pytest.fixture(scope="module")
def flagship():
    return load("mir_21_pten_hcc_caf")


@pytest.fixture(scope="module")
def reference(flagship):
    """The flagship from its steady start by scipy's Radau at the tightest tolerance, without our stepping."""
    system = system_of(flagship)
    start = simulate(flagship, [0.0], rtol=1e-10).table[0, : len(system.states)]
    p = system.defaults.tolist()
    times = np.array([0.0, 1.0, 24.0, 72.0])
    run = solve_ivp(
        lambda t, x: system.rhs(t, x, p), (0.0, 72.0), start, "Radau", times, rtol=1e-11, atol=1e-11,
        jac=lambda t, x: system.jacobian(t, x, p),
    )  # fmt: skip
    return times, run.y.T


@every_method
@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8])
def test_the_flagship_agrees_with_radau_at_a_tight_tolerance(flagship, reference, method, rtol):
    times, wanted = reference
    result = simulate(flagship, times, method=method, rtol=rtol, outputs=flagship.species)
    check(result.table, wanted, rtol, 1e-3)  # a thousandth of a copy


# --- the output grid --------------------------------------------------------------------------------------------------


FINE = np.linspace(0.0, 20.0, 101)


@cache
def fine_run(method):
    return simulate("mir_21_pten_hcc_caf", FINE, method=method).table


@every_method
@settings(max_examples=6)
@given(chosen=st.sets(st.integers(1, 99), max_size=30))
def test_results_do_not_depend_on_where_output_is_wanted(method, chosen):
    rows = [*sorted(chosen), 100]
    few = simulate("mir_21_pten_hcc_caf", FINE[rows], method=method).table
    # the same steps; an interpolant evaluated at more or fewer points at once may round the last bit otherwise
    np.testing.assert_allclose(few, fine_run(method)[rows], rtol=1e-12)


@every_method
def test_results_do_not_depend_on_a_later_end(method):
    near, far = (simulate(turnover(), [1.0, 2.0, end], method=method, rtol=1e-9)["x"][:2] for end in (2.5, 40.0))
    np.testing.assert_allclose(near, far, rtol=1e-7)  # the last step ends elsewhere: a hundred times rtol


def test_results_do_not_depend_on_the_outputs_wanted(flagship):
    wanted = ["pten.protein", "delivered", "akt.active_fraction"]
    some, every = (simulate(flagship, 24.0, outputs=outputs) for outputs in (wanted, None))
    assert some.outputs == tuple(wanted)
    for name in wanted:
        np.testing.assert_array_equal(some[name], every[name])


def test_two_runs_give_the_same_bits(flagship):
    np.testing.assert_array_equal(simulate(flagship, 24.0).table, simulate(flagship, 24.0).table)


# --- prepared ---------------------------------------------------------------------------------------------------------


def test_a_prepared_run_is_a_simulation(flagship):
    prepared = prepare(flagship, 24.0)
    result = simulate(flagship, 24.0)
    assert prepared.outputs == result.outputs == flagship.species + flagship.observables
    np.testing.assert_array_equal(prepared(), result.table)


def test_prepared_values_are_a_mapping_or_an_array_in_order(flagship):
    prepared = prepare(flagship, [0.0, 10.0])
    assert prepared.parameters == flagship.parameters
    numbers = np.array([flagship.value(name).value for name in prepared.parameters])
    np.testing.assert_array_equal(prepared(numbers), prepared())
    place = prepared.parameters.index("pten.translation")
    numbers[place] *= 2
    wanted = simulate(flagship, [0.0, 10.0], values={"pten.translation": numbers[place]}).table
    np.testing.assert_array_equal(prepared(numbers), wanted)
    np.testing.assert_array_equal(prepared({"pten.translation": numbers[place]}), wanted)


def test_a_prepared_run_forgets_the_values_of_the_last(flagship):
    prepared = prepare(flagship, [0.0, 10.0])
    before = prepared()
    prepared({"pten.translation": 50.0})
    np.testing.assert_array_equal(prepared(), before)


# --- failures ---------------------------------------------------------------------------------------------------------


@every_method
def test_a_blow_up_returns_what_was_reached_and_says_where(method):
    result = simulate(blow_up(), [0.0, 0.5, 0.9, 1.5, 2.0], method=method)
    assert not result.success
    np.testing.assert_array_equal(result.time, [0.0, 0.5, 0.9])
    check(result["x"], 1 / (1 - result.time), 1e-5, 1.0)  # an early error grows by 1/(1 - t), tenfold here
    assert "\n" not in result.reason
    assert "'x'" in result.reason  # the bystander y is not to blame
    assert float(result.reason.split("t = ")[1].split()[0]) == pytest.approx(
        1.0, rel=1e-3
    )  # where 1/(1 - t) is infinite
    assert "hour" in result.reason
    assert result.statistics["steps"] < 10_000  # not for long in steps that are lost in rounding


def test_a_failure_raises_when_strict():
    with pytest.raises(WorkFailed, match="'x'"):
        simulate(blow_up(), 2.0, strict=True)
    with pytest.raises(WorkFailed, match="'x'"):
        prepare(blow_up(), 2.0)()


def test_a_rate_that_is_undefined_at_the_start_is_a_failure():
    model = small_model({"x": 0.0}, {"k": "1 1/hour"}, {"bad": ("k/x", {"x": 1})})
    result = simulate(model, [0.0, 1.0])
    assert not result.success
    assert "'x'" in result.reason


def test_a_rate_that_becomes_undefined_is_a_failure_with_its_time():
    # x falls to 0 at t = 2 in finite time, and the root of a negative number has no value
    model = small_model({"x": 1.0}, {"k": "1 1/hour"}, {"fall": ("k*sqrt(x)", {"x": -1})})
    result = simulate(model, [1.0, 10.0])
    assert not result.success
    assert result["x"][0] == pytest.approx(0.25, rel=1e-4)  # (1 - t/2)^2, a hundred times rtol
    assert "'x'" in result.reason
    # a step that would leap over the end may already fail
    assert 1.0 <= float(result.reason.split("t = ")[1].split()[0]) <= 2.0 + 1e-3


def test_an_initial_value_without_a_value_is_a_failure():
    model = small_model({"x": "1/k"}, {"k": 2.0}, {"still": ("0*x", {"x": 1})})
    result = simulate(model, 1.0, values={"k": 0.0})
    assert not result.success
    assert "'x'" in result.reason


# --- results ----------------------------------------------------------------------------------------------------------


def test_statistics_tell_method_and_effort():
    statistics = simulate(decay(), 10.0, method="bdf").statistics
    assert statistics["method"] == "bdf"
    assert statistics["steps"] > 3
    assert statistics["evaluations"] >= statistics["steps"]
    assert statistics["seconds"] >= 0
    assert "rejected" in statistics


def test_a_result_becomes_a_table(flagship):
    result = simulate(flagship, 24.0)
    table = result.to_pandas()
    assert table.index.name == "time"
    assert list(table.columns) == list(result.outputs)
    np.testing.assert_array_equal(table["pten.protein"], result["pten.protein"])
    np.testing.assert_array_equal(table.index, result.time)


def test_a_result_becomes_a_dataset(flagship):
    result = simulate(flagship, 24.0)
    dataset = result.to_xarray()
    assert dataset["pten.protein"].dims == ("time",)
    assert dataset["pten.protein"].attrs["units"] == "copy/cell"
    assert dataset["time"].attrs["units"] == "hour"
    np.testing.assert_array_equal(dataset["pten.protein"], result["pten.protein"])


def test_a_plot_is_saved_as_a_picture(flagship, tmp_path):
    figure = simulate(flagship, 24.0).plot(["pten.protein", "akt.active_fraction"])
    figure.savefig(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
    assert [axis.get_ylabel() for axis in figure.axes] == [
        "pten.protein\n(copy/cell)",
        "akt.active_fraction\n(dimensionless)",
    ]
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), simulate(flagship, 24.0)["pten.protein"])


@pytest.mark.parametrize("start", ["initial", "steady"])
def test_no_species_of_the_flagship_becomes_negative(flagship, start):
    result = simulate(flagship, 72.0, start=start, outputs=flagship.species)
    assert (result.table >= -1e-6 * result.table.max(axis=0)).all()  # the relative tolerance


# --- the same request again -------------------------------------------------------------------------------------------


def test_a_request_that_is_changed_in_place_is_another_request(flagship):
    times, initial, doses = np.array([0.0, 24.0]), {"pten.protein": 5000.0}, [Dose(1.0, "medium.vesicles", 1e9)]

    def run():
        return simulate(flagship, times, initial=initial, doses=doses, start="initial")

    first = run()
    times[1] = 48.0
    assert run().time[-1] == 48.0
    times[1], initial["pten.protein"] = 24.0, 6000.0
    assert run()["pten.protein"][0] == 6000.0
    initial["pten.protein"] = 5000.0
    doses.append(Dose(2.0, "medium.vesicles", 1e9))
    assert run()["medium.vesicles"][-1] > first["medium.vesicles"][-1]
    doses.pop()
    np.testing.assert_array_equal(run().table, first.table)


def test_a_request_with_a_generator_is_read_once_and_not_kept(flagship):
    def once():
        return (name for name in ["pten.protein"])

    assert simulate(flagship, 1.0, outputs=once()).outputs == simulate(flagship, 1.0, outputs=once()).outputs
    with pytest.raises(WrongInput):
        simulate(flagship, 1.0, initial={"pten.protein": True})  # though 1 would do
    assert simulate(flagship, 1.0, initial={"pten.protein": 1}).success
    with pytest.raises(WrongInput):
        simulate(flagship, 1.0, initial={"pten.protein": True})
