"""NDF of variable order against solutions known by other means: formulas, and Radau at a tight tolerance."""

from functools import cache

import numpy as np
import pytest
from rotation import models_in_turn
from scipy.linalg import expm
from small_models import blow_up, small_model, turnover

from exokinetics import Dose, load, prepare, simulate
from exokinetics.integrators import Batch, Question, automatic, methods
from exokinetics.integrators.ndf.coefficients import ALPHA, ERROR, GAMMA, KAPPA, ORDERS

# Each step is kept well below the tolerance, so that what adds up is of its size; measured up to 4 on these problems.
ERRORS_ADD_UP = 10


def run(model, t, *, rtol=1e-6, **request):
    """A run by NDF that must succeed by itself."""
    result = simulate(model, t, method="ndf", rtol=rtol, strict=True, **request)
    assert result.statistics["method"] == "ndf"
    return result


def worst(found, wanted):
    """The largest error, relative but for what is below a thousandth of the largest value."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    return np.max(np.abs(found - wanted) / (np.abs(wanted) + 1e-3 * np.abs(wanted).max()))


# --- the method -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", range(1, ORDERS + 1))
def test_the_formula_is_exact_for_polynomials_of_its_order(order):
    """(1 - kappa) gamma (x - predicted) + sum of gamma_j D_j = h x' for x = t^n at t = 0, -1, -2 ... and h = 1."""
    for power in range(order + 1):
        values = [float(-m) ** power for m in range(-1, order + 1)]  # the new one at 1, then backwards
        old = differences(values[1:])
        total = sum(GAMMA[j] * old[j] for j in range(1, order + 1)) + ALPHA[order] * (values[0] - sum(old))
        assert total == pytest.approx(power, abs=1e-10)


def differences(values):
    """Backward differences of all orders, the newest value first."""
    found, row = [], np.array(values)
    while row.size:
        found.append(float(row[0]))
        row = row[:-1] - row[1:]
    return found


def test_coefficients_as_published():
    """Shampine & Reichelt (1997), table 1; the constants of the error follow from them."""
    assert KAPPA[1:] == (-0.1850, -1 / 9, -0.0823, -0.0415, 0.0)
    assert GAMMA[5] == pytest.approx(137 / 60) and ERROR[5] == pytest.approx(1 / 6)
    assert ERROR[1] == pytest.approx(0.5 - 0.1850) and ALPHA[2] == pytest.approx(1.5 * 10 / 9)


# --- formulas ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rtol", [1e-4, 1e-8, 1e-12])
@pytest.mark.parametrize("stiffness", [1.0, 1e6])
def test_a_chain_of_decays_by_the_matrix_exponential(rtol, stiffness):
    count = 9
    rates = np.geomspace(1.0, stiffness, count)[np.random.default_rng(1).permutation(count)]
    reactions = {
        f"r{index}": (f"k{index}*x{index}", {f"x{index}": -1} | ({f"x{index + 1}": 1} if index + 1 < count else {}))
        for index in range(count)
    }
    constants = {f"k{index}": f"{rate!r} 1/hour" for index, rate in enumerate(rates.tolist())}
    model = small_model({f"x{index}": 1.0 + index for index in range(count)}, constants, reactions)
    matrix = np.diag(-rates) + np.diag(rates[:-1], -1)
    times = np.linspace(0, 4, 9)
    wanted = np.array([expm(matrix * each) @ (1.0 + np.arange(count)) for each in times])
    # rounding: 1e6 times the unit roundoff in the exponential of a matrix of norm 4e6
    assert worst(run(model, times, rtol=rtol).table, wanted) < ERRORS_ADD_UP * rtol + 1e-10 * (stiffness > 1) + 1e-13


def logistic():
    return small_model({"x": 1.0}, {"r": "1 1/hour", "c": 4.0}, {"grow": ("r*x*(1 - x/c)", {"x": 1})})


def logistic_errors(rtol):
    result = run(logistic(), 20.0, rtol=rtol)
    return worst(result["x"], 4 / (1 + 3 * np.exp(-result.time)))


@pytest.mark.parametrize("rtol", [1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12, 1e-14])
def test_logistic_growth(rtol):
    assert logistic_errors(rtol) < ERRORS_ADD_UP * rtol + 1e-12  # rounding in some thousand steps


def test_errors_follow_the_tolerance():
    """Eight decades of tolerance are between seven and nine of error."""
    tolerances = 10.0 ** -np.arange(3.0, 12.0)
    slope = np.polyfit(np.log(tolerances), np.log([logistic_errors(rtol) for rtol in tolerances]), 1)[0]
    assert 7 / 8 < slope < 9 / 8


@pytest.mark.parametrize("rtol", [1e-4, 1e-8, 1e-11])
@pytest.mark.parametrize("stiffness", [1.0, 1e3, 1e9])
def test_a_state_that_follows_time_is_right_between_steps(stiffness, rtol):
    """y' = k (2 + sin t - y), whose solution is that of a linear filter."""
    model = small_model(
        {"y": 2.0},
        {"k": f"{stiffness!r} 1/hour", "w": "1 1/hour"},
        {"to": ("k*(2 + sin(w*time))", {"y": 1}), "back": ("k*y", {"y": -1})},
    )
    result = run(model, np.linspace(0, 40, 401), rtol=rtol)
    t, k = result.time, stiffness
    wanted = 2 + (k * k * np.sin(t) - k * np.cos(t)) / (1 + k * k) + k / (1 + k * k) * np.exp(-k * t)
    assert worst(result["y"], wanted) < ERRORS_ADD_UP * rtol


ROBERTSON_TIMES = np.array([0.4, 4, 40, 400, 4e3, 4e4, 4e5, 4e6])


def robertson():
    return small_model(
        {"a": 1.0, "b": 0.0, "c": 0.0},
        {"slow": "0.04 1/hour", "fast": "3e7 1/hour", "middle": "1e4 1/hour"},
        {
            "one": ("slow*a", {"a": -1, "b": 1}),
            "two": ("fast*b*b", {"b": -1, "c": 1}),
            "three": ("middle*b*c", {"b": -1, "a": 1}),
        },
    )


@cache
def robertson_by_radau():
    return simulate(robertson(), ROBERTSON_TIMES, method="radau", rtol=1e-10, atol=1e-20, strict=True)


@pytest.mark.parametrize(("rtol", "steps"), [(1e-4, 570), (1e-6, 1170), (1e-8, 2500)])
def test_the_problem_of_robertson(rtol, steps):
    result = run(robertson(), ROBERTSON_TIMES, rtol=rtol)
    assert np.max(np.abs(result.table / robertson_by_radau().table - 1)) < ERRORS_ADD_UP * rtol
    counts = result.statistics
    assert counts["steps"] < steps  # half as many again as measured: stiffness does not shorten the steps
    assert counts["factorisations"] < 0.4 * counts["steps"] < counts["evaluations"]  # factors are kept


@pytest.mark.parametrize("name", ["mir_21_oscc_hypoxia_normoxic"])
def test_a_shipped_model_against_radau(name):
    compare_with_radau(name, 13)


@pytest.mark.slow
@pytest.mark.parametrize("name", models_in_turn())
def test_every_shipped_model_against_radau(name):
    compare_with_radau(name, 49)


def compare_with_radau(name, points):
    model = load(name)
    end = {"minute": 240.0, "second": 3600.0, "hour": 72.0, "day": 28.0}[model.time_unit]
    times = np.linspace(0, end, points)
    truth = simulate(model, times, method="radau", rtol=1e-12, strict=True).table
    scale = np.abs(truth) + 1e-3 * np.abs(truth).max(axis=0) + 1e-24  # as in test_engine: 1e-32 is rounding
    error = np.abs(run(model, times, rtol=1e-9).table - truth) / np.where(scale > 0, scale, 1.0)
    assert error.max() < 3e-7  # 1e-9 in each step adds up; as for Rodas5P


# --- time, doses, limits ----------------------------------------------------------------------------------------------


def driven():
    return small_model(
        {"x": 1.0, "y": 2.0, "z": 0.0},
        {"k": "1 1/hour", "fast": "50 1/hour", "on": "2.2 hour"},
        {
            "turn": ("k*x*y", {"x": -1, "z": 1}),
            "make": ("k*(2 + sin(3*k*time))", {"x": 1}),
            "fade": ("fast*(y - 1/(1 + z))", {"y": -1}),
            "late": ("piecewise(0, time < on, k*z)", {"z": -1}),
        },
    )


DOSES = [Dose(1.5, "x", 3.0), Dose(4.0, "y", 1.0, duration=0.75), Dose(5.0, "x", 1.0, repeat=3, every=1.125)]


def test_outputs_do_not_move_the_steps():
    """The same bits at the same times in grids of 2 to 4001 times, and the same steps."""
    grids = [np.array([7.5, 10.0]), np.linspace(0, 10, 5), np.linspace(0, 10, 401), np.linspace(0, 10, 4001)]
    results = [run(driven(), grid, doses=DOSES) for grid in grids]
    known = {}
    for result in results:
        for time, row in zip(result.time.tolist(), result.table, strict=True):
            assert known.setdefault(time, row.tobytes()) == row.tobytes()
        assert result.statistics["steps"] == results[0].statistics["steps"]


def test_doses_and_switches_as_by_rodas5p():
    times = np.linspace(0, 10, 101)
    truth = simulate(driven(), times, doses=DOSES, method="rodas5p", rtol=1e-12, strict=True)
    for rtol in (1e-4, 1e-7, 1e-10):
        assert worst(run(driven(), times, doses=DOSES, rtol=rtol).table, truth.table) < ERRORS_ADD_UP * rtol


def test_a_prepared_run_gives_the_same_bits_and_follows_values():
    asked = prepare(turnover(), 10.0, method="ndf", rtol=1e-8)
    assert asked().tobytes() == run(turnover(), 10.0, rtol=1e-8).table.tobytes()
    wanted = 6 + (1 - 6) * np.exp(-0.25 * asked.times)
    assert worst(asked({"k": 0.25, "s": 1.5})[:, 0], wanted) < ERRORS_ADD_UP * 1e-8


def test_time_that_is_held_at_rest():
    """x' = k (2 + sin(w time) - x) with time held at 0 ends at 2."""
    model = small_model(
        {"x": 5.0},
        {"k": "1 1/hour", "w": "1 1/hour"},
        {"to": ("k*(2 + sin(w*time))", {"x": 1}), "back": ("k*x", {"x": -1})},
    )
    system = prepare(model, 1.0).system
    question = Question(np.array([40.0]), np.zeros(1, np.int64), 1e-8, np.full(1, 1e-8), np.ones(1, bool), at_rest=True)
    found = Batch(system.kernels(1), question, "ndf").one(system.defaults)
    assert found.status == 0 and found.outputs[0, 0] == pytest.approx(2.0, rel=1e-7)


def test_an_explosion_is_a_sentence_with_species_and_time():
    result = simulate(blow_up(), 5.0, method="ndf")
    assert not result.success and "'x' grows to infinity in finite time" in result.reason
    assert float(result.reason.split("t = ")[1].split(" ")[0]) == pytest.approx(1.0, rel=1e-3)
    known = result.time < 0.95
    assert worst(result["x"][known], 1 / (1 - result.time[known])) < 100 * 1e-6  # magnified by 1/(1 - t)


@pytest.mark.parametrize("rtol", [1e-2, 1e-4, 1e-6])
def test_no_step_jumps_past_a_pole_below_zero(rtol):
    """Saturated uptake with its pole at -K, just below zero; a jump past it would give errors of the size of x."""
    model = small_model(
        {"x": 10.0, "y": 0.0},
        {"v": "30 1/hour", "half": 0.003, "k": "1 1/hour"},
        {"one": ("v*x/(half + x)", {"x": -1, "y": 1}), "two": ("k*y", {"y": -1})},
    )
    found = run(model, np.linspace(0, 2, 41), rtol=rtol)
    truth = simulate(model, found.time, method="rodas5p", rtol=1e-11, strict=True)
    assert found["x"].min() > -0.01 * 10 * rtol  # of the tolerance, which is scaled to x
    assert np.abs(found.table - truth.table).max() < 10 * ERRORS_ADD_UP * rtol  # 10 is the size of x


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_states_that_nothing_touches_keep_every_bit(count):
    """Also where the number of states is no multiple of what is worked on together."""
    species = {f"x{index}": 0.1 + index / 3 for index in range(count)}
    model = small_model(species | {"fading": 1.0}, {"k": "1 1/hour"}, {"a": ("k*fading", {"fading": -1})})
    result = run(model, 5.0)
    for name, value in species.items():
        assert set(result[name].tolist()) == {value}


# --- the choice -------------------------------------------------------------------------------------------------------


def test_ndf_is_a_method():
    assert "ndf" in methods()


@pytest.mark.parametrize(
    ("rtol", "states", "entries", "stops", "method"),
    [
        (1e-6, 223, 700, 0, "rodas5p"), (1e-10, 223, 700, 0, "ndf"), (1e-10, 223, 700, 40, "rodas5p"),
        (1e-9, 25, 73, 0, "rodas5p"), (1e-6, 50, 2800, 0, "ndf"), (1e-6, 0, 0, 0, "rodas5p"),
    ],
)  # fmt: skip
def test_the_choice_of_a_compiled_method(rtol, states, entries, stops, method):
    found, sentence = automatic(rtol, states=states, entries=entries, stops=stops)
    assert found == method and sentence


def test_what_was_chosen_is_told():
    tight = simulate("mir_21_pten_hcc_caf", [24.0, 72.0], rtol=1e-9)
    assert tight.statistics["method"] == "rodas5p"
    assert "Rodas5P" in tight.statistics["choice"]
    assert "choice" not in simulate("mir_21_pten_hcc_caf", [24.0], method="ndf").statistics
    asked = prepare("mir_21_pten_hcc_caf", [24.0, 72.0], rtol=1e-9)
    assert asked().tobytes() == tight.table.tobytes()
