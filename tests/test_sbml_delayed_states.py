"""Delayed states: against solutions by steps, in closed form and by scipy; with events, doses and what was before."""

from collections.abc import Callable, Sequence
from math import factorial

import numpy as np
import pytest

pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

from delay_equations import Past, by_steps
from test_sbml_events import event
from test_sbml_read import document, initial, listed, parameters, rule

from exokinetics import Dose, Model, continuation, ensemble, export, load, prepare, simulate, steady_state
from exokinetics.errors import WrongInput
from exokinetics.expressions.graph import delayed, number, symbol
from exokinetics.machine import history
from exokinetics.model.parts import Observable, Parameter, Reaction, Species, part_of
from exokinetics.model.values import fixed
from exokinetics.model.whole import compose
from exokinetics.sbml.consistency import consistency_messages
from exokinetics.sbml.reader import read_sbml
from exokinetics.simulation.results import Result

TIMES = np.linspace(0.0, 6.0, 61)


def model(
    rates: dict[str, str], *more: str, start: dict[str, float] | None = None, shown: dict[str, str] | None = None,
    events: Sequence[str] = (), initials: Sequence[str] = (), **constants: float,
) -> Model:  # fmt: skip
    """States by rate rules that begin at `start` or 1, observables by assignment rules, and constants."""
    begin = dict.fromkeys(rates, 1.0) | (start or {})
    names = parameters(**constants) + parameters(False, **begin) + parameters(False, **dict.fromkeys(shown or {}, 0.0))
    rules = [rule("rate", name, formula) for name, formula in rates.items()]
    rules += [rule("assignment", name, formula) for name, formula in (shown or {}).items()]
    body = listed("Parameters", names)
    body += listed("InitialAssignments", *initials) if initials else ""
    body += listed("Rules", *rules) + (listed("Events", *events) if events else "")
    return read_sbml(document(body + "".join(more)))


def run(given: Model, times: np.ndarray = TIMES, rtol: float = 1e-10, **more: object) -> Result:
    result = simulate(given, times, rtol=rtol, **more)  # type: ignore[arg-type]
    assert result.success, result.reason
    return result


def decay(t: np.ndarray, a: float = 1.0, tau: float = 1.0) -> np.ndarray:
    """y' = -a y(t - tau) with y = 1 before: the sum of (-a)^k (t - (k-1) tau)^k / k! over k with t > (k-1) tau."""
    most = min(int(t[-1] / tau) + 2, 150)  # later ones are below 1e-100
    terms = ((-a) ** k * np.maximum(t - (k - 1) * tau, 0.0) ** k / factorial(k) for k in range(1, most))
    return np.where(t < 0.0, 1.0, 1.0 + sum(terms))


# ten times the error that was found: it is that of the interpolation, of order 4, and falls with the tolerance
@pytest.mark.parametrize(("rtol", "error"), [(1e-6, 2e-7), (1e-8, 6e-9), (1e-10, 4e-11), (1e-12, 2e-12)])
def test_a_decay_by_what_was_is_that_of_the_polynomials(rtol: float, error: float) -> None:
    given = model({"y": "-delay(y, 1)"}, shown={"old": "delay(y, 1)", "older": "delay(old, 1/4)"})
    result = run(given, rtol=rtol)
    assert np.abs(result["y"] - decay(TIMES)).max() <= error
    assert np.abs(result["old"] - decay(TIMES - 1.0)).max() <= error
    assert np.abs(result["older"] - decay(TIMES - 1.25)).max() <= error


@pytest.mark.parametrize(("a", "tau"), [(0.7, 0.3), (2.5, 0.011), (0.2, 5.0), (1.0, 40.0)])
def test_a_delay_may_be_a_parameter(a: float, tau: float) -> None:
    given = model({"y": "-a*delay(y, 2*tau - tau)"}, a=0.4, tau=1.0)
    result = run(given, values={"a": a, "tau": tau})
    # sums of many large terms: of a = 2.5 and tau = 0.011 rounding leaves some 1e-10
    np.testing.assert_allclose(result["y"], decay(TIMES, a, tau), rtol=1e-8, atol=1e-9)


def test_what_is_delayed_by_nothing_is_as_it_is() -> None:
    given = model({"y": "-a*delay(y, tau)"}, shown={"old": "delay(y, tau)"}, a=0.4, tau=1.0)
    result = run(given, values={"tau": 0.0})
    assert (result["old"] == result["y"]).all()
    np.testing.assert_allclose(result["y"], np.exp(-0.4 * TIMES), rtol=1e-9)  # the solver is asked for 1e-10
    assert (run(model({"y": "-a*delay(y, 0)"}, a=0.4))["y"] == run(model({"y": "-a*y"}, a=0.4))["y"]).all()


@pytest.mark.parametrize("tau", [-1.0, -1e-300])
def test_a_delay_into_the_future_ends_the_run(tau: float) -> None:
    given = model({"y": "-delay(y, tau)"}, tau=1.0)
    result = simulate(given, TIMES, values={"tau": tau})
    assert not result.success and "no time that has passed" in result.reason
    assert not result["y"].size


def test_blood_cells_of_mackey_and_glass_swing_as_by_scipy() -> None:
    """x' = b x(t - tau)/(1 + x(t - tau)^n) - g x, which swings for tau = 6 (Mackey and Glass, Science 1977)."""
    times = np.linspace(0.0, 100.0, 101)
    given = model({"x": "b*delay(x, tau)/(1 + delay(x, tau)^10) - g*x"}, start={"x": 0.5}, b=0.2, g=0.1, tau=6.0)

    def rates(t: float, x: np.ndarray, past: Past) -> np.ndarray:
        old = past(t - 6.0)
        return 0.2 * old / (1.0 + old**10) - 0.1 * x

    wanted = by_steps(rates, [0.5], [6.0], times)[0][:, 0]
    assert wanted[50:].max() - wanted[50:].min() > 0.2  # it swings
    np.testing.assert_allclose(run(given, times)["x"], wanted, rtol=1e-8)  # the solver is asked for 1e-10


def test_several_delays_in_each_other_are_as_by_scipy() -> None:
    """x' = y(t - 0.7) - x(t - 1.1)^3, y' = sin(t - 0.4) - x(t - 1.8)/2; 1.8 is 0.7 and 1.1."""
    given = model(
        {"x": "delay(y, lag) - delay(x, 1.1)^3", "y": "delay(u, 2/5) - delay(w, lag)"},
        shown={"u": "sin(time)", "w": "delay(x, 1.1)/2"}, lag=0.7,
    )  # fmt: skip

    def rates(t: float, x: np.ndarray, past: Past) -> np.ndarray:
        return np.array([past(t - 0.7)[1] - past(t - 1.1)[0] ** 3, np.sin(t - 0.4) - past(t - 1.8)[0] / 2.0])

    wanted, _ = by_steps(rates, [1.0, 1.0], [0.7, 1.1, 1.8], TIMES)
    np.testing.assert_allclose(run(given)["x"], wanted[:, 0], rtol=1e-8, atol=1e-9)  # the solver is asked for 1e-10
    np.testing.assert_allclose(run(given)["y"], wanted[:, 1], rtol=1e-8, atol=1e-9)


def test_a_stiff_state_follows_what_was() -> None:
    """z' = -1e6 (z - y(t - 1)) with y = exp(-t), behind 1 within 1e-6."""
    given = model({"y": "-y", "z": "-1000000*(z - delay(y, 1))"})
    result = run(given, rtol=1e-8)
    wanted = np.where(TIMES < 1.0, 1.0, np.exp(1.0 - TIMES))
    np.testing.assert_allclose(result["z"], wanted, atol=2e-6)  # z is behind by 1e-6 of its slope
    assert result.statistics["steps"] < 1000


def test_an_event_comes_back_as_a_jump() -> None:
    """x is 1 and 3 from 1.3 on, so y' = x(t - 0.6) bends at 1.9, and old jumps there."""
    given = model(
        {"x": "0", "y": "delay(x, 0.6)", "z": "delay(y, 0.6)"}, shown={"old": "delay(x, 0.6)"},
        events=[event("time >= 1.3", x="3")], start={"y": 0.0, "z": 0.0},
    )  # fmt: skip
    times = np.array([0.0, 0.5, 1.3, 1.5, 1.9, 2.2, 2.5, 4.0])
    result = run(given, times)
    np.testing.assert_allclose(result["old"], np.where(times < 1.9, 1.0, 3.0), rtol=0, atol=0)  # nothing moves
    wanted = times + 2.0 * np.maximum(times - 1.9, 0.0)
    np.testing.assert_allclose(result["y"], wanted, rtol=1e-12)  # straight lines between stops
    late = np.maximum(times - 0.6, 0.0) ** 2 / 2.0 + np.maximum(times - 2.5, 0.0) ** 2
    np.testing.assert_allclose(result["z"], late, rtol=1e-10, atol=1e-12)  # parabolas: rounding


def test_a_dose_comes_back_as_a_jump() -> None:
    given = model({"x": "0", "y": "delay(x, 0.6)"}, start={"y": 0.0})
    result = run(given, doses=[Dose(1.3, "x", 2.0), Dose(0.0, "x", 1.0)])
    wanted = TIMES + np.maximum(TIMES - 0.6, 0.0) + 2.0 * np.maximum(TIMES - 1.9, 0.0)
    np.testing.assert_allclose(result["y"], wanted, rtol=1e-12)  # straight lines between stops


def test_delayed_values_set_off_events_and_are_what_they_give() -> None:
    """x = t; at t = 2.5, when x(t - 1) comes to 1.5, y becomes 10 x(t - 2) = 5, and by a delay of x(t - 2) at 3 z."""
    given = model(
        {"x": "1", "y": "0", "z": "0"}, start=dict.fromkeys("xyz", 0.0),
        events=[
            event("delay(x, 1) >= 1.5", y="10*delay(x, 2)"),
            event("x >= 2.5", z="delay(y, 0.25) + 1", delay="delay(x, 2)", name="F", early=False),
        ],
    )  # fmt: skip
    times = np.array([0.0, 2.499999, 2.500001, 2.999999, 3.000001, 4.0])
    result = run(given, times)
    np.testing.assert_allclose(result["y"], [0, 0, 5, 5, 5, 5], rtol=1e-9)  # the time of the event is exact to rounding
    np.testing.assert_allclose(result["z"], [0, 0, 0, 0, 6, 6], rtol=1e-9)


@pytest.mark.parametrize("rtol", [1e-3, 1e-6, 1e-8])
def test_a_pulse_is_not_passed_over_when_it_comes_back(rtol: float) -> None:
    """An outbreak long after it was set off: a' = 100 a (b - 1), b' = -100 a b, and y' is a at t - 100.

    a + b - log(b) stays, so that the integral of a is the logarithm of what b falls by, over 100. All rests when the
    outbreak comes back, and steps as long as the error of y allows would pass over it.
    """
    given = model(
        {"a": "100*a*(b - 1)", "b": "-100*a*b", "y": "delay(a, 100)"}, start={"a": 0.0, "b": 1.2, "y": 0.0},
        events=[event("time >= 10", a="exp(-100)")],
    )  # fmt: skip
    atol = {"a": 1e-46, "b": 1e-2 * rtol, "y": 1e-3 * rtol}
    result = run(given, np.array([0.0, 99.0, 145.0]), rtol=rtol, atol=atol)
    fallen = np.log(1.2 / result["b"][1]) / 100.0
    assert result["y"][-1] == pytest.approx(fallen, rel=rtol)  # errors of y as of any state; 1e-10 to 4e-7 were found


def test_before_the_start_a_formula_of_time_goes_on() -> None:
    """x begins as sin(10 t) and then grows by 1; its rate of change is 10 cos(10 t) before, and 1 behind."""
    given = model(
        {"x": "1", "s": "delay(x, 0.5)"}, start={"s": 0.0}, initials=[initial("x", "sin(10*time)")],
        shown={"old": "delay(x, 0.5)"},
    )  # fmt: skip
    result = run(given)
    late = TIMES - 0.5
    wanted = np.where(late < 0.0, np.sin(10.0 * late), late)
    np.testing.assert_allclose(result["old"], wanted, rtol=1e-9, atol=1e-12)
    before = (np.cos(5.0) - np.cos(10.0 * np.minimum(late, 0.0))) / 10.0
    np.testing.assert_allclose(result["s"], before + np.maximum(late, 0.0) ** 2 / 2.0, rtol=1e-8, atol=1e-9)


def test_a_delay_of_what_is_only_shown_may_change() -> None:
    given = model(
        {"x": "1", "c": "1"}, start={"x": 0.0, "c": 0.0},
        shown={"half": "delay(x^2, time/2)", "far": "delay(x, 2*c)", "odd": "delay(x, 3 - c)"},
    )  # fmt: skip
    result = run(given)
    np.testing.assert_allclose(result["half"], TIMES**2 / 4.0, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(result["far"], 0.0, atol=1e-12)
    wanted = np.where(TIMES <= 3.0, np.maximum(2.0 * TIMES - 3.0, 0.0), np.nan)
    np.testing.assert_allclose(result["odd"][TIMES != 3.0], wanted[TIMES != 3.0], rtol=1e-9, atol=1e-12)


def test_what_is_only_shown_costs_no_steps() -> None:
    plain = run(model({"y": "-y"}), np.array([0.0, 1000.0]))
    shown = run(model({"y": "-y"}, shown={"old": "delay(y, 0.01)"}), np.array([0.0, 1000.0]))
    assert shown.statistics["steps"] <= plain.statistics["steps"] + 10  # a stop at the start, and no more


def test_a_history_grows_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    given = model({"y": "-delay(y, 1/64)"})
    wanted = run(given)
    monkeypatch.setattr(history, "ROOM", 100)
    np.testing.assert_allclose(run(given)["y"], wanted["y"], rtol=1e-9)  # the steps fall differently
    np.testing.assert_allclose(wanted["y"], decay(TIMES, tau=1 / 64), rtol=1e-8)


def test_a_history_that_fills_its_memory_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "ROOM", 100)
    monkeypatch.setattr(history, "MOST", 1000)
    result = simulate(model({"y": "-delay(y, 1/64)"}), TIMES)
    assert not result.success and "takes more memory than is kept" in result.reason
    assert 0 < len(result["y"]) < len(TIMES)  # what was reached is kept: 140 pieces of seven numbers are some 2 hours
    np.testing.assert_allclose(result["y"], decay(TIMES, tau=1 / 64)[: len(result["y"])], rtol=1e-5)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (lambda given: simulate(given, 1.0, method="ndf"), "method 'ndf': the value that 'y' had tau ago"),
        (lambda given: simulate(given, 1.0, method="lsoda"), "method 'lsoda': the value that 'y' had tau ago"),
        (lambda given: simulate(given, 1.0, start="steady"), "a steady start: the value that 'y' had tau ago"),
        (steady_state, "a steady state: the value that 'y' had tau ago"),
        (lambda given: continuation(given, "a", low=0.1, high=1.0), "continuation: the value that 'y' had tau ago"),
    ],
)
def test_what_cannot_look_back_is_refused_and_names_the_delay(asked: Callable[[Model], object], message: str) -> None:
    given = model({"y": "1 - a*delay(y, tau)"}, a=0.4, tau=1.0)
    with pytest.raises(WrongInput) as caught:
        asked(given)
    assert message in str(caught.value)


def test_a_draw_is_what_simulate_gives() -> None:
    given = model({"y": "-a*delay(y, tau)"}, shown={"old": "delay(y, tau)"}, a=0.4, tau=1.0)
    draws = {"a": [0.2, 0.5, 0.9], "tau": [1.0, 0.0, 0.3]}
    found = ensemble(given, TIMES, draws=draws)
    assert len(found.failures) == 0
    for row, (a, tau) in enumerate(zip(*draws.values(), strict=True)):
        alone = simulate(given, TIMES, values={"a": a, "tau": tau})
        assert (found["y"][row] == alone["y"]).all() and (found["old"][row] == alone["old"]).all()


def test_a_prepared_run_gives_the_same_again() -> None:
    given = model({"y": "-a*delay(y, tau)"}, a=0.4, tau=1.0)
    prepared = prepare(given, TIMES)
    first = prepared({"a": 0.9})
    prepared({"tau": 0.1})
    assert (prepared({"a": 0.9}) == first).all()


def test_a_written_file_gives_the_same_numbers(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """What is written reads back as it was, delays in each other and in events as well."""
    for given in (
        model({"y": "-a*delay(y, tau)"}, shown={"old": "delay(delay(y, 1/2), tau)"}, a=0.4, tau=1.0),
        model({"y": "-delay(y, 1)"}, events=[event("delay(y, 1) < 0", y="2")]),
    ):
        made = export(given, tmp_path / "model.xml")
        assert made.verified and made.largest_deviation < 1e-12  # the file holds the same numbers and formulas
        text = (tmp_path / "model.xml").read_text("utf-8")
        assert "sbml/symbols/delay" in text
        again = load(tmp_path / "model.xml")
        assert again.observables == given.observables
        assert (simulate(again, 5.0).table == simulate(given, 5.0).table).all()
        export(again, tmp_path / "again.xml")
        assert load(tmp_path / "again.xml").whole.observables == again.whole.observables


def test_the_delay_of_a_model_with_units_is_written_in_time(tmp_path) -> None:  # type: ignore[no-untyped-def]
    species = [Species("y", "nM", fixed(3.0, "nM", ""))]
    constants = [Parameter("k", "1/hour", fixed(0.2, "1/hour", "")), Parameter("tau", "hour", fixed(1.5, "hour", ""))]
    late = [
        Observable("late", delayed(symbol("y"), number(0.5))),
        Observable("old", delayed(symbol("y"), symbol("tau"))),
    ]
    loss = Reaction("loss", symbol("k") * symbol("late"), (("y", -1.0),))
    part = part_of(species=species, parameters=constants, reactions=[loss], observables=late)
    given = compose("delayed", [part])
    assert given.unit("old") == "nM"
    export(given, tmp_path / "model.xml")
    text = (tmp_path / "model.xml").read_text("utf-8")
    assert consistency_messages(text) == []  # unit checks on
    again = load(tmp_path / "model.xml")
    assert again.observables == given.observables
    assert (simulate(again, 9.0)["old"] == simulate(given, 9.0)["old"]).all()
    with pytest.raises(WrongInput, match="must be in 'hour'"):
        compose("wrong", [part, part_of(observables=[Observable("odd", delayed(symbol("y"), symbol("k")))])])
