"""Sensitivities of many sets at once: derivatives on paper, differences, each set alone, and what fails."""

import numpy as np
import pytest
from small_models import blow_up, exchange, small_model, turnover
from test_engine_lanes import DOSES, FORCED_TIMES, draws, forced, wild

from exokinetics import Dose, WrongInput, ensemble, load, prepare, simulate
from exokinetics.simulation.tangent import start_slopes, tangent_run
from exokinetics.simulation.tangents_of_many import many_tangent_runs

TIMES = np.array([0.0, 0.5, 2.0, 8.0])
RATES = {"a": [0.3, 1.0, 3.0, 0.1, 2.0, 0.7, 5.0, 1.5, 0.2], "b": [1.0, 0.2, 1.0, 4.0, 0.5, 0.1, 0.6, 0.9, 0.3]}


def chain():
    """A decay chain x -> y -> nothing."""
    return small_model(
        {"x": 2.0, "y": 0.0}, {"a": "1 1/hour", "b": "0.5 1/hour"},
        {"first": ("a*x", {"x": -1, "y": 1}), "second": ("b*y", {"y": -1})}, observables={"lost": "b*y"},
    )  # fmt: skip


def bateman(a, b, t):
    """y of the chain by a, by b, and by the initial x (Bateman's equation, differentiated)."""
    fast, slow = np.exp(-a * t), np.exp(-b * t)
    y = 2 * a / (b - a) * (fast - slow)
    by_a = 2 * b / (b - a) ** 2 * (fast - slow) - 2 * a / (b - a) * t * fast
    by_b = -2 * a / (b - a) ** 2 * (fast - slow) + 2 * a / (b - a) * t * slow
    return y, by_a, by_b, y / 2


@pytest.mark.parametrize("rtol", [1e-5, 1e-9])
def test_a_decay_chain(rtol):
    found = ensemble(chain(), TIMES, draws=RATES, sensitivities=["a", "b", "initial:x"], rtol=rtol)
    assert found.failures.empty
    for draw, (a, b) in enumerate(zip(RATES["a"], RATES["b"], strict=True)):
        y, by_a, by_b, by_start = bateman(a, b, TIMES)
        wanted = {"a": by_a, "b": by_b, "initial:x": by_start}
        for name, slope in wanted.items():
            # a hundred times the tolerance of the integration, which controls states and slopes alike
            close = {"rtol": 100 * rtol, "atol": 100 * rtol * max(np.abs(slope).max(), 1.0)}
            np.testing.assert_allclose(found.sensitivity("y", name)[draw], slope, **close)
            lost = b * slope + (y if name == "b" else 0.0)
            np.testing.assert_allclose(found.sensitivity("lost", name)[draw], lost, **close)


def test_the_flagship_against_differences():
    model, names = load("mir_21_pten_hcc_caf"), ["donor.sorting", "ago2.total", "akt.exponent"]
    times, values = [0.0, 12.0, 48.0], [model.value("donor.sorting").value, model.value("ago2.total").value, 2.0]
    factors = [[1.0, 1.0, 1.0], [3.0, 0.5, 1.0], [0.2, 1.5, 1.5], [1.0, 2.0, 0.7], [2.0, 1.0, 1.0]]
    base = np.array(values) * np.array(factors)
    found = ensemble(model, times, draws=dict(zip(names, base.T, strict=True)), sensitivities=names, rtol=1e-8)
    assert found.failures.empty
    for column, name in enumerate(names):
        step = 1e-4 * base[:, column]
        up, down = (base.copy() for _ in range(2))
        up[:, column] += step
        down[:, column] -= step
        high, low = (
            ensemble(model, times, draws=dict(zip(names, each.T, strict=True)), rtol=1e-11).table for each in (up, down)
        )
        size = base[:, column, None, None]
        wanted = (high - low) / (2 * step)[:, None, None] * size
        slopes = found.slopes[:, :, :, column] * size
        # second differences: 1e-8 of an output; noise of the runs: 1e-11 of an output over a step of 1e-4
        scale = np.abs(high).max(axis=1, keepdims=True) + 1e-6
        assert (np.abs(slopes - wanted) <= 1e-4 * np.abs(wanted) + 1e-5 * scale).all(), name


def in_lanes(prepared, vectors, threads=1):
    slopes = np.array([start_slopes(prepared, vector, prepared.start(vector)[0]) for vector in vectors])
    return prepared.engine.many_with_slopes(vectors, slopes, prepared.inputs, None, threads=threads)


@pytest.fixture(scope="module")
def timed():
    return prepare(forced(), FORCED_TIMES, doses=DOSES, sensitivities=True)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_set_alone_and_in_lanes(timed, threads):
    """To the last bit: rates that name time, switches, doses, and sets that explode in between."""
    vectors = draws(timed)
    answer = in_lanes(timed, vectors, threads)
    assert len(set(answer.status.tolist())) > 1  # some explode
    for index, vector in enumerate(vectors):
        slopes = start_slopes(timed, vector, timed.start(vector)[0])
        alone = timed.engine.with_slopes(vector, slopes, timed.inputs, None)
        assert alone.table.tobytes() == answer.outputs[index, : len(alone.table)].tobytes()
        assert alone.slopes.tobytes() == answer.slopes[index, : len(alone.table)].tobytes()
        assert np.isnan(answer.slopes[index, len(alone.table) :]).all()
        assert (alone.steps, alone.rejected) == (answer.steps[index], answer.rejected[index])


@pytest.mark.parametrize("kind", ["undefined", "infinite", "explosive", "undefined start", "huge"])
def test_neighbours_that_go_wild(timed, kind):
    vectors = draws(timed)[:12]
    mixed = np.repeat(vectors, 2, axis=0)
    mixed[1::2] = wild(timed, kind)
    alone, beside = in_lanes(timed, vectors), in_lanes(timed, mixed)
    assert alone.slopes.tobytes() == beside.slopes[::2].tobytes()
    assert alone.outputs.tobytes() == beside.outputs[::2].tobytes()


REQUESTS = {
    "a steady start": (exchange(steady=True), {"a": [1.0, 3.0, 0.2, 5.0, 0.7]}, {}),
    "a steady start and a state of the request": (turnover(steady=True), {"s": [1.0, 3.0]}, {"initial": {"x": 3.0}}),
    "a state of the request": (turnover(), {"k": [0.5, 2.0]}, {"initial": {"x": 3.0}}),
    "a dose": (chain(), {"a": [0.5, 2.0]}, {"doses": [Dose(1.0, "x", 5.0, duration=3.0)]}),
    "tolerances by name": (chain(), {"b": [0.5, 2.0]}, {"atol": {"x": 1e-9}}),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_draw_is_its_own_simulation(name):
    model, sets, request = REQUESTS[name]
    found = ensemble(model, TIMES, draws=sets, sensitivities=True, **request)
    for draw in range(len(found)):
        values = {each: column[draw] for each, column in sets.items()}
        alone = simulate(model, TIMES, values=values, sensitivities=True, **request)
        np.testing.assert_array_equal(found.table[draw], alone.table)  # the same steps: the same bits
        np.testing.assert_array_equal(found.slopes[draw], alone.slopes)


def test_what_fails_in_lanes_fails_alone_for_the_same_reason():
    prepared = prepare(forced(), FORCED_TIMES, doses=DOSES, sensitivities=["k"])
    vectors = draws(prepared)
    tables, slopes, reasons = many_tangent_runs(prepared, vectors, 1)
    for index, vector in enumerate(vectors):
        run = tangent_run(prepared, vector)
        assert run.reason == reasons[index]
        if not run.reason:
            np.testing.assert_array_equal(tables[index], run.table)
            np.testing.assert_array_equal(slopes[index], run.slopes)
    assert any(reasons) and not all(reasons)


def test_a_draw_that_fails_is_nan_and_listed():
    found = ensemble(blow_up(), [0.0, 2.0], draws={"k": [0.1, 1.0, 0.2]}, sensitivities=["k"])
    assert found.failures["draw"].tolist() == [1]
    assert np.isnan(found.slopes[1]).all()
    # t/(1 - k t)^2, with a hundred times the tolerance
    np.testing.assert_allclose(found.sensitivity("x", "k")[[0, 2], 1], [2 / 0.8**2, 2 / 0.6**2], rtol=1e-4)


def test_wrong_questions_are_one_sentence():
    with pytest.raises(WrongInput, match="leave it out to keep the sensitivities"):
        ensemble(turnover(), 1.0, draws=2, summary=[0.5], sensitivities=True)
    with pytest.raises(WrongInput, match="is not a parameter or initial value"):
        ensemble(turnover(), 1.0, draws=2, sensitivities=["kk"])
    with pytest.raises(WrongInput, match=r"pass sensitivities=True or ids to ensemble\(\)"):
        ensemble(turnover(), 1.0, draws=2).sensitivity("x", "k")
    found = ensemble(turnover(), 1.0, draws=2, sensitivities=["k"])
    with pytest.raises(WrongInput, match="did you mean 'k'"):
        found.sensitivity("x", "kk")
    with pytest.raises(WrongInput, match="each with 2 slopes, need 14 GB"):
        ensemble(turnover(), 1.0, draws=3_000_000, sensitivities=True)
