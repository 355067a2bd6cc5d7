"""The NDF against solutions known by other means, and the choice between them and Rodas5P."""

import numpy as np
import pytest
from scipy.linalg import expm
from small_models import blow_up, decay, small_model

from exokinetics import Dose, ensemble, load, models, prepare, simulate
from exokinetics.integrators import chosen
from exokinetics.integrators.ndf.coefficients import ALPHA, ERROR, GAMMA, KAPPA, ORDERS

# The error of each step is held below a sixth of the tolerances and less, so that they add up to a few of them
# (measured up to 5 on the problems here, and 45 on random networks of 100 states).
ERRORS_ADD_UP = 30


def run(model, t, *, rtol=1e-6, **request):
    result = simulate(model, t, method="ndf", rtol=rtol, strict=True, **request)
    assert result.statistics["method"] == "ndf"
    return result


def worst(found, wanted):
    """The largest error, relative but for what is below a thousandth of the largest value."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    return np.max(np.abs(found - wanted) / (np.abs(wanted) + 1e-3 * np.abs(wanted).max(axis=0)))


def robertson():
    return small_model(
        {"a": 1.0, "b": 0.0, "c": 0.0},
        {"k1": "0.04 1/hour", "k2": "3e7 1/hour", "k3": "1e4 1/hour"},
        {
            "slow": ("k1*a", {"a": -1, "b": 1}),
            "fast": ("k2*b*b", {"b": -1, "c": 1}),
            "back": ("k3*b*c", {"b": -1, "a": 1}),
        },
    )


# --- the coefficients -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", range(1, ORDERS + 1))
def test_a_polynomial_of_the_order_is_solved_exactly_and_the_next_gives_the_error(order):
    # x(t) = t^n at the steps 0, -1, ... -k, 1: the formula holds for n up to the order, and the error of a step of
    # length 1 of t^(order + 1) is that factorial times the constant in front of the difference of that order
    for power in range(order + 2):
        values = [float(1 - back) ** power for back in range(order + 2)]
        differences = [values]
        for _ in range(order + 1):
            last = differences[-1]
            differences.append([last[i] - last[i + 1] for i in range(len(last) - 1)])
        old = [column[1] if len(column) > 1 else 0.0 for column in differences]  # at 0
        predicted = sum(old[: order + 1])
        left = ALPHA[order] * (values[0] - predicted) + sum(GAMMA[j] * old[j] for j in range(1, order + 1))
        remainder = left - power  # h f at t = 1
        if power <= order:
            assert remainder == pytest.approx(0.0, abs=1e-12)
        else:
            highest = differences[order + 1][0]
            assert -remainder == pytest.approx(highest * (KAPPA[order] * GAMMA[order] + 1 / (order + 1)), rel=1e-9)
            assert ERROR[order] == pytest.approx(-remainder / highest)


# --- formulas ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8, 1e-10, 1e-11])
@pytest.mark.parametrize("stiffness", [1.0, 1e6])
def test_a_chain_of_decays_by_the_matrix_exponential(rtol, stiffness):
    rates = np.geomspace(1.0, stiffness, 9)[np.random.default_rng(1).permutation(9)]
    reactions = {
        f"r{index}": (f"k{index}*x{index}", {f"x{index}": -1} | ({f"x{index + 1}": 1} if index < 8 else {}))
        for index in range(9)
    }
    constants = {f"k{index}": f"{rate!r} 1/hour" for index, rate in enumerate(rates.tolist())}
    model = small_model({f"x{index}": 1.0 + index for index in range(9)}, constants, reactions)
    matrix = np.diag(-rates) + np.diag(rates[:-1], -1)
    times = np.linspace(0, 4, 9)
    wanted = np.array([expm(matrix * each) @ (1.0 + np.arange(9)) for each in times])
    # rounding: 1e6 times the unit roundoff in the exponential of a matrix of norm 4e6
    assert worst(run(model, times, rtol=rtol).table, wanted) < ERRORS_ADD_UP * rtol + 1e-10 * (stiffness > 1)


@pytest.mark.parametrize("rtol", [1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11])
def test_logistic_growth_to_the_tolerance_with_more_steps_for_more_digits(rtol):
    model = small_model({"x": 1.0}, {"r": "1 1/hour", "c": 4.0}, {"grow": ("r*x*(1 - x/c)", {"x": 1})})
    result = run(model, 20.0, rtol=rtol)
    assert worst(result["x"], 4 / (1 + 3 * np.exp(-result.time))) < ERRORS_ADD_UP * rtol
    # order 5: steps grow as the sixth root of what a step may err, rtol^1.1, from about 30 at 1e-4 (measured: 40)
    assert result.statistics["steps"] < 80 * (1e-4 / rtol) ** (1.1 / 6)


@pytest.mark.parametrize("rtol", [1e-4, 1e-7, 1e-10])
def test_a_rate_that_names_time(rtol):
    model = small_model({"x": 1.0}, {"w": "2 1/hour"}, {"swing": ("w*cos(w*time)*x", {"x": 1})})
    result = run(model, 10.0, rtol=rtol)
    assert worst(result["x"], np.exp(np.sin(2 * result.time))) < ERRORS_ADD_UP * rtol


def test_no_states_at_all():
    model = small_model({"x": 0.0}, {"k": "1 1/hour"}, {"none": ("k*x", {"x": -1})})
    np.testing.assert_array_equal(run(model, [0.0, 1.0, 50.0])["x"], 0.0)


def test_the_problem_of_robertson():
    times = np.array([0.0, 0.4, 40.0, 4e3, 4e5, 4e7])
    wanted = simulate(robertson(), times, method="radau", rtol=1e-12, atol=1e-18).table
    for rtol, steps in ((1e-4, 600), (1e-6, 1200), (1e-9, 3500)):  # measured: 425, 780, 2350
        result = run(robertson(), times, rtol=rtol)
        assert worst(result.table, wanted) < ERRORS_ADD_UP * rtol + 1e-11
        assert result.statistics["steps"] < steps


# --- work -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rtol", [1e-6, 1e-9])
def test_factors_and_evaluations_are_kept_few(rtol):
    statistics = run("mir_21_pten_hcc_caf", 72.0, rtol=rtol).statistics
    assert statistics["evaluations"] < 1.6 * statistics["steps"]  # measured: 1.2
    assert statistics["factorisations"] < 0.3 * statistics["steps"]  # measured: 0.17


def test_as_many_steps_as_bdf_of_scipy_at_equal_error(flagship):
    # our steps are held to about a twelfth of the tolerance at 1e-6, so scipy gets that one
    ours = run(flagship, 72.0, rtol=1e-6).statistics["steps"]
    theirs = simulate(flagship, 72.0, method="bdf", rtol=1e-6 / 9.5).statistics["steps"]
    assert ours < 1.25 * theirs


@pytest.fixture(scope="module")
def flagship():
    return load("mir_21_pten_hcc_caf")


# --- doses and stops --------------------------------------------------------------------------------------------------


def test_doses_infusions_and_switches():
    model = small_model(
        {"x": 2.0},
        {"k": "0.5 1/hour", "start": "3 hour"},
        {"loss": ("k*x", {"x": -1}), "on": ("piecewise(k, time >= start, 0*k)", {"x": 1})},
    )
    times = np.array([0.0, 1.0, 2.0, 2.5, 3.0, 5.0])
    result = run(model, times, rtol=1e-9, doses=[Dose(1.0, "x", 4.0), Dose(2.0, "x", 3.0, duration=1.0)])

    def fade(start, level, span):
        return level + (start - level) * np.exp(-0.5 * span)

    one = fade(2.0, 0.0, 1.0) + 4.0
    two = fade(one, 0.0, 1.0)
    half, three = fade(two, 6.0, 0.5), fade(two, 6.0, 1.0)
    wanted = [2.0, one, two, half, three, fade(three, 1.0, 2.0)]
    np.testing.assert_allclose(result["x"], wanted, rtol=1e-7)


def test_a_blow_up_says_where():
    result = simulate(blow_up(), [0.0, 0.5, 0.9, 2.0], method="ndf")
    assert not result.success
    assert "'x'" in result.reason
    np.testing.assert_allclose(result["x"], [1.0, 2.0, 10.0], rtol=1e-4)


def test_no_step_lands_beyond_a_pole_below_zero():
    # with x = 1e-3 K the rate is 1e5/hour, so a step may jump over the pole at -K, where x would grow without end
    model = small_model({"x": 1.0}, {"v": "1e4 1/hour", "K": 1e-4}, {"used": ("v*x/(K + x)", {"x": -1})})
    for rtol in (1e-2, 1e-4, 1e-8):
        table = run(model, np.linspace(0, 1, 11), rtol=rtol).table
        assert (table >= -1e-3 * rtol).all()
        assert (table[1:] < 1e-3).all()


def test_too_many_steps_end_in_a_sentence(monkeypatch):
    prepared = prepare(decay(), 10.0, method="ndf", rtol=1e-9)
    question = prepared.engine._question
    object.__setattr__(question, "max_steps", 5)
    found = prepared.run(prepared.vector())
    assert "5 steps were not enough" in found.reason


# --- the output grid --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mir_21_pten_hcc_caf", "pip3_pten_egf"])
def test_results_do_not_depend_on_where_output_is_wanted(name):
    fine = np.linspace(0.0, 20.0, 101)
    rows = [0, 3, 50, 51, 97, 100]
    many, few = (run(name, times, rtol=1e-7).table for times in (fine, fine[rows]))
    np.testing.assert_array_equal(many[rows], few)


def test_two_runs_and_another_set_between_give_the_same_bits(flagship):
    prepared = prepare(flagship, 24.0, method="ndf")
    before = prepared()
    prepared({"pten.translation": 50.0})
    np.testing.assert_array_equal(prepared(), before)


@pytest.mark.slow
@pytest.mark.parametrize("name", models())
@pytest.mark.parametrize("rtol", [1e-5, 1e-9])
def test_every_model_agrees_with_radau(name, rtol):
    model = load(name)
    times = np.linspace(0.0, 48.0, 25)
    wanted = simulate(model, times, method="radau", rtol=1e-11, outputs=model.species).table
    found = run(model, times, rtol=rtol, outputs=model.species).table
    scale = np.abs(wanted).max(axis=0)
    error = np.abs(found - wanted) / (np.abs(wanted) + 1e-3 * scale + 1e-300)
    assert error.max() < ERRORS_ADD_UP * rtol


# --- the choice -------------------------------------------------------------------------------------------------------


def heavy(states=15, reactions=40):
    """Random mass action, whose Jacobian fills in."""
    generator = np.random.default_rng(3)
    made = {}
    for index in range(reactions):
        first, second, third, fourth = generator.choice(states, 4, replace=False)
        rate = f"k{index}*s{first}*s{second}"
        made[f"r{index}"] = (rate, {f"s{first}": -1, f"s{second}": -1, f"s{third}": 1, f"s{fourth}": 1})
    constants = {f"k{index}": f"{10.0 ** generator.uniform(-2, 1)!r} 1/hour" for index in range(reactions)}
    return small_model({f"s{index}": generator.uniform(0.1, 2) for index in range(states)}, constants, made)


def test_sparse_models_are_rodas5ps_and_heavy_fill_is_the_ndfs(flagship):
    assert chosen(5.0, 1e-12)[0] == "rodas5p"
    assert chosen(50.0, 1e-2)[0] == "rodas5p"
    assert chosen(50.0, 1e-6)[0] == "ndf"
    sparse, full = (simulate(model, 5.0).statistics for model in (flagship, heavy()))
    assert (sparse["method"], full["method"]) == ("rodas5p", "ndf")
    assert "factors" in full["choice"]
    assert "multiplications" in sparse["choice"]


def test_heavy_fill_by_both_methods():
    times = np.linspace(0, 5, 6)
    one, other = (simulate(heavy(), times, method=method, rtol=1e-9).table for method in ("ndf", "rodas5p"))
    assert worst(one, other) < 2 * ERRORS_ADD_UP * 1e-9


def test_a_draw_of_an_ensemble_is_a_run_of_rodas5p_whatever_is_chosen():
    model = heavy()
    found = ensemble(model, [0.0, 2.0], draws=3)
    for index in range(3):
        values = {name: float(found.parameters[name][index]) for name in found.parameters.columns}
        alone = simulate(model, [0.0, 2.0], values=values, method="rodas5p")
        for name in model.species:
            np.testing.assert_array_equal(found[name][index], alone[name])
