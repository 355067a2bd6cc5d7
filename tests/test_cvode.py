"""What is CVODE's own: sparse elimination, silence, limits, and the message where it is missing.

Its solutions are tested beside those of the other solvers, wherever `SOLVERS` stands.
"""

import sys
import threading

import numpy as np
import pytest
from small_models import blow_up, decay, small_model, turnover
from solvers import needs_cvode

from exokinetics import MissingExtra, prepare, simulate
from exokinetics.integrators import Task, cvode, integrator, methods
from exokinetics.integrators.silence import silence


def task(rhs, jacobian, state, end, **rest):
    state = np.array(state, float)
    given = {"start": 0.0, "times": np.array([end]), "rtol": 1e-6, "atol": np.full(len(state), 1e-9), **rest}
    return Task(rhs, jacobian, state, end=end, **given)


def fall(t, x):
    return -x


def fall_slope(t, x):
    return np.array([[-1.0]])


FAILING = {
    "blow up": task(lambda t, x: x**2, lambda t, x: np.diag(2 * x), [1.0], 2.0),
    "overflow": task(lambda t, x: 1e3 * x, lambda t, x: np.array([[1e3]]), [1.0], 1e3),
    "undefined from the start": task(lambda t, x: x * np.nan, fall_slope, [1.0], 2.0),
    "infinite from the start": task(lambda t, x: x * np.inf, fall_slope, [1.0], 2.0),
    "undefined from a time on": task(lambda t, x: x * (-1.0 if t < 1.0 else np.nan), fall_slope, [1.0], 2.0),
    "undefined slopes": task(lambda t, x: x**2, lambda t, x: np.array([[np.nan]]), [1.0], 2.0),
    "wrong slopes": task(lambda t, x: -1e9 * (x - np.cos(t)), lambda t, x: np.array([[1e9]]), [0.0], 2.0,
                         max_steps=500),
    "too fast for its time": task(lambda t, x: -1e20 * x, lambda t, x: np.array([[-1e20]]), [1.0], 4.0, start=3.0),
    "too short a stretch": task(fall, fall_slope, [1.0], 3.0 + 4e-16, start=3.0),
    "too few steps": task(fall, fall_slope, [1.0], 100.0, max_steps=7),
}  # fmt: skip


@needs_cvode
@pytest.mark.parametrize("case", FAILING)
def test_a_failure_is_a_clause_soon_and_in_silence(case, capfd):
    calls = 0

    def counted(t, x):
        nonlocal calls
        calls += 1
        return FAILING[case].rhs(t, x)

    given = FAILING[case]
    with np.errstate(all="ignore"):
        leg = integrator("cvode")(Task(**{**vars(given), "rhs": counted}))
    assert leg.failure
    assert "\n" not in leg.failure
    assert given.start <= leg.time < given.end
    assert np.isfinite(leg.state).all()
    assert len(leg.states) == 0
    assert calls < 20_000
    assert capfd.readouterr() == ("", "")
    assert not hasattr(sys.stdout, "silent")


@needs_cvode
def test_steps_that_are_not_enough_are_counted():
    assert integrator("cvode")(FAILING["too few steps"]).failure == "7 steps were not enough"


@needs_cvode
def test_wrong_numbers_are_told_from_small_steps():
    clauses = {case: integrator("cvode")(FAILING[case]).failure for case in FAILING}
    assert clauses["blow up"] == "the step became too small"
    for case in ("undefined from the start", "infinite from the start", "undefined from a time on"):
        assert clauses[case] == "a rate became infinite or undefined"


@needs_cvode
def test_an_error_of_ours_inside_a_rate_is_not_hidden():
    def rhs(t, x):
        raise KeyError("ours")

    calls = iter([fall] * 5)
    with pytest.raises(KeyError, match="ours"):
        integrator("cvode")(task(lambda t, x: next(calls, rhs)(t, x), fall_slope, [1.0], 2.0))


@needs_cvode
@pytest.mark.parametrize("doses", [(), "doses"])
def test_a_sparse_elimination_gives_the_same(monkeypatch, doses):
    from exokinetics import Dose

    given = [Dose(5.0, "medium.vesicles", 1e8, duration=3.0)] if doses else []
    times = np.linspace(0.0, 24.0, 25)
    dense = simulate("mir_21_pten_hcc_caf", times, method="cvode", start="initial", doses=given, rtol=1e-8)
    monkeypatch.setattr(cvode, "LARGE", 1)
    monkeypatch.setattr(cvode, "THIN", 1.0)
    sparse = simulate("mir_21_pten_hcc_caf", times, method="cvode", start="initial", doses=given, rtol=1e-8)
    assert sparse.success
    # other rounding in the elimination, other steps: both are good to a hundred times rtol
    np.testing.assert_allclose(sparse.table, dense.table, rtol=1e-6, atol=1e-8)


@needs_cvode
def test_a_sparse_elimination_without_anything_on_the_diagonal(monkeypatch):
    monkeypatch.setattr(cvode, "LARGE", 1)
    monkeypatch.setattr(cvode, "THIN", 1.0)
    swing = small_model({"x": 1.0, "y": 0.0}, {"w": "2 1/hour"}, {"a": ("w*y", {"x": 1}), "b": ("w*x", {"y": -1})})
    times = np.linspace(0.0, 3.0, 7)
    result = simulate(swing, times, method="cvode", rtol=1e-9)
    np.testing.assert_allclose(result["x"], np.cos(2 * times), atol=1e-7)  # a hundred times rtol
    for failing in (blow_up(), small_model({"x": 0.0}, {"k": "1 1/hour"}, {"bad": ("k/x", {"x": 1})})):
        assert not simulate(failing, 2.0, method="cvode").success


@needs_cvode
@pytest.mark.parametrize("sparse", [False, True])
def test_a_rate_that_jumps_in_time_is_stepped_up_to(monkeypatch, sparse):
    if sparse:
        monkeypatch.setattr(cvode, "LARGE", 1)
        monkeypatch.setattr(cvode, "THIN", 1.0)
    pulse = {"p": ("piecewise(k, time < on, 0)", {"x": 1}), "l": ("k*x", {"x": -1})}
    model = small_model({"x": 0.0}, {"k": "1 1/hour", "on": "3 hour"}, pulse)
    level = 1 - np.exp(-3.0)
    found = simulate(model, [1.0, 3.0, 4.0], method="cvode", rtol=1e-9)["x"]
    np.testing.assert_allclose(
        found, [1 - np.exp(-1.0), level, level * np.exp(-1.0)], rtol=1e-7
    )  # a hundred times rtol


@needs_cvode
def test_a_model_without_species_is_its_observables():
    model = small_model({}, {"k": "2 1/hour"}, {}, observables={"ramp": "k*time"})
    np.testing.assert_array_equal(simulate(model, [0.0, 3.0], method="cvode")["ramp"], [0.0, 6.0])


@needs_cvode
def test_two_runs_give_the_same_bits():
    one, two = (simulate("mir_21_pten_hcc_caf", 24.0, method="cvode").table for _ in range(2))
    np.testing.assert_array_equal(one, two)


@needs_cvode
def test_threads_may_share_a_prepared_model():
    prepared = prepare(turnover(), 10.0, method="cvode")
    wanted, found = prepared(), []
    threads = [threading.Thread(target=lambda: found.append(prepared())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for table in found:
        np.testing.assert_array_equal(table, wanted)


def test_cvode_is_listed():
    assert "cvode" in methods()


def test_a_missing_cvode_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sksundae", None)
    monkeypatch.setitem(sys.modules, "sksundae.cvode", None)
    with pytest.raises(MissingExtra, match=r"pip install 'exokinetics\[cvode\]'"):
        simulate(decay(), 1.0, method="cvode")
    assert simulate(decay(), 1.0).success


def test_silence_holds_for_one_thread(capsys):
    inside, done = threading.Event(), threading.Event()

    def quiet():
        with silence():
            print("hidden")
            inside.set()
            done.wait(10)
            print("hidden too")

    thread = threading.Thread(target=quiet)
    thread.start()
    inside.wait(10)
    print("seen")
    with silence():
        print("hidden as well")
        with silence():
            print("hidden twice")
        print("still hidden")
    print("seen again")
    done.set()
    thread.join()
    print("seen at last")
    assert capsys.readouterr().out == "seen\nseen again\nseen at last\n"
