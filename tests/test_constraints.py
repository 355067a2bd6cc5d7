"""States that constraints determine, against roots found by scipy, closed forms and a published problem."""

import re

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from exokinetics.compiler import system_of
from exokinetics.errors import WrongInput
from exokinetics.expressions.graph import Node, delayed, symbol
from exokinetics.expressions.parsing import parse
from exokinetics.model.parts import Event, Observable, Parameter, Part, Reaction, Species, part_of
from exokinetics.model.validation import validate
from exokinetics.model.values import fixed
from exokinetics.model.whole import Model
from exokinetics.simulation import Dose, simulate
from exokinetics.simulation.ensembles import ensemble

TIMES = np.linspace(0.0, 4.0, 21)
EXACT = {"rtol": 1e-14, "xtol": 1e-15}  # of roots


def state(name: str, start: float | Node) -> Species:
    given = fixed(start, "dimensionless", "a test") if isinstance(start, float) else start
    return Species(name, "dimensionless", given, nonnegative=False)


def constants(**values: float) -> list[Parameter]:
    per_second = [Parameter(name, "1/second", fixed(value, "1/second", "a test")) for name, value in values.items()]
    return [*per_second, Parameter("one", "second", fixed(1.0, "second", "a test"))]


def model(part: Part) -> Model:
    assert not validate(part, "second")
    return Model("constrained", "constrained", "second", part)


def cubic(*, start: float = 0.3, events: tuple[Event, ...] = ()) -> Model:
    """x' = -x, 0 = y**3 + y - x."""
    return model(
        part_of(
            species=[state("x", 1.0), state("y", start)], parameters=constants(k=1.0),
            reactions=[Reaction("decay", "k*x", (("x", -1.0),))], events=events, constraints={"y": "y**3 + y - x"},
        )
    )  # fmt: skip


def root_of_cubic(x: np.ndarray) -> np.ndarray:
    return np.array([brentq(lambda y, x: y**3 + y - x, -10.0, 10.0, (each,), **EXACT) for each in np.ravel(x)])


@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8, 1e-10])
def test_a_cubic_has_its_root_at_every_time_and_errors_follow_the_tolerance(rtol: float) -> None:
    result = simulate(cubic(), TIMES, rtol=rtol)
    assert result.success, result.reason
    # errors of steps add up, and those of the interpolation, of order 4, are not bounded one by one: measured 0.2 to 3
    np.testing.assert_allclose(result["x"], np.exp(-TIMES), rtol=10.0 * rtol)
    np.testing.assert_allclose(result["y"], root_of_cubic(np.exp(-TIMES)), rtol=10.0 * rtol)


def test_the_start_is_made_consistent_from_far_away() -> None:
    for start in (-50.0, 0.0, 1e-6, 30.0):
        result = simulate(cubic(start=start), TIMES, rtol=1e-8)
        assert result.success, result.reason
        # Newton's method ends with the rounding of the sum of terms of the size of one
        assert result["y"][0] == pytest.approx(root_of_cubic(np.ones(1))[0], rel=1e-14)


def test_the_order_of_the_method_is_that_of_ordinary_equations() -> None:
    """The fifth order: a tolerance of a hundred-thousandth takes ten times the steps, of which a fifth is the start."""
    steps = [simulate(cubic(), [4.0], rtol=rtol).statistics["steps"] for rtol in (1e-5, 1e-10)]
    assert 6.0 < steps[1] / steps[0] < 16.0


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_rest_that_is_not_stable_is_not_passed_over(sign: float) -> None:
    """x' = y with 0 = y + y**3 - x grows from 1e-9 as exp(t) at first; either sign of the constraint says the same."""
    part = part_of(
        species=[state("x", 1e-9), state("y", 0.0)], parameters=constants(k=1.0),
        reactions=[Reaction("growth", "k*y", (("x", 1.0),))], constraints={"y": f"{sign!r}*(y + y**3 - x)"},
    )  # fmt: skip
    # y' (1 + 3 y**2) = y, so that log(y) + 1.5 y**2 grows by the time
    begin = root_of_cubic(np.array([1e-9]))[0]
    exact = brentq(lambda y: np.log(y / begin) + 1.5 * (y**2 - begin**2) - 22.0, 0.1, 10.0, **EXACT)
    result = simulate(model(part), [0.0, 22.0], rtol=1e-4)
    assert result["y"][-1] == pytest.approx(exact, rel=1e-2)  # relative errors of 1e-4 a step add up in the exponent


def test_a_total_quasi_steady_state_follows_its_closed_form() -> None:
    """0 = K c - (e - c)(s - c) with s' = -k c, of which c is a root of a quadratic (Borghans, 1996)."""
    e, half, k = 1.0, 0.5, 0.7
    part = part_of(
        species=[state("s", 2.0), state("c", 0.1)], parameters=constants(k=k),
        reactions=[Reaction("turnover", "k*c", (("s", -1.0),))], constraints={"c": "0.5*c - (1 - c)*(s - c)"},
    )  # fmt: skip

    def complex_(s: np.ndarray) -> np.ndarray:
        total = e + half + s
        return 2.0 * e * s / (total + np.sqrt(total * total - 4.0 * e * s))

    exact = solve_ivp(lambda t, s: -k * complex_(s), (0.0, 4.0), [2.0], "DOP853", TIMES, rtol=1e-13, atol=1e-15).y[0]
    result = simulate(model(part), TIMES, rtol=1e-9)
    np.testing.assert_allclose(result["s"], exact, rtol=1e-8)  # ten times the tolerance, as above
    np.testing.assert_allclose(result["c"], complex_(exact), rtol=1e-8)


def test_robertson_with_its_conservation_as_a_constraint() -> None:
    """At t = 40 as Hairer and Wanner give it (Solving ODEs II, 1996): 0.7158270687, 0.9185534765e-5, and the rest."""
    part = part_of(
        species=[state("a", 1.0), state("b", 0.0), state("c", 0.5)], parameters=constants(k=1.0),
        reactions=[
            Reaction("one", "0.04*k*a", (("a", -1.0), ("b", 1.0))),
            Reaction("two", "3e7*k*b**2", (("b", -1.0),)),
            Reaction("three", "1e4*k*b*c", (("a", 1.0), ("b", -1.0))),
        ],
        constraints={"c": "log(a + b + c)*(1 + a**2)"},
    )  # fmt: skip
    result = simulate(model(part), [0.0, 0.4, 40.0], rtol=1e-9)
    assert result.success, result.reason
    # the published digits are ten; ten times the tolerance
    np.testing.assert_allclose(result["a"][-1], 0.7158270687, rtol=1e-8)
    np.testing.assert_allclose(result["b"][-1], 0.9185534765e-5, rtol=1e-8)
    np.testing.assert_allclose(result["c"][-1], 1.0 - 0.7158270687 - 0.9185534765e-5, rtol=1e-8)


def test_a_pendulum_whose_height_a_constraint_gives() -> None:
    """Index 1: angle' = w, w' = -sin(angle) by the height h with 0 = h**2 + sin(angle)**2 - 1, h > 0."""
    part = part_of(
        species=[state("angle", 1.0), state("w", 0.0), state("h", 0.5)], parameters=constants(k=1.0),
        reactions=[
            Reaction("turn", "k*w", (("angle", 1.0),)),
            Reaction("pull", "k*h*sin(angle)/cos(angle)", (("w", -1.0),)),
        ],
        constraints={"h": "h**2 + sin(angle)**2 - 1"},
    )  # fmt: skip
    times = np.linspace(0.0, 12.0, 25)
    exact = solve_ivp(lambda t, z: [z[1], -np.sin(z[0])], (0.0, 12.0), [1.0, 0.0], "DOP853", times, rtol=1e-13,
                      atol=1e-14).y[0]  # fmt: skip
    result = simulate(model(part), times, rtol=1e-10)
    assert result.success, result.reason
    # errors grow along two periods: measured 2e-9
    np.testing.assert_allclose(result["angle"], exact, rtol=0.0, atol=1e-8)
    np.testing.assert_allclose(result["h"], np.cos(exact), rtol=1e-8)


def test_constraints_that_share_their_variables_and_time() -> None:
    """0 = y z - x and 0 = y + z**2 - 3 - sin(t): z (3 + sin(t) - z**2) = x, of which the root near 1.4 is followed."""
    part = part_of(
        species=[state("x", 1.0), state("y", 0.6), state("z", 1.4)], parameters=constants(k=0.5),
        reactions=[Reaction("decay", "k*x", (("x", -1.0),))],
        constraints={"y": "y*z - x", "z": "y + z**2 - 3 - sin(time/one)"},
    )  # fmt: skip
    result = simulate(model(part), TIMES, rtol=1e-9)
    exact = np.array([
        brentq(lambda z, t=t: z * (3.0 + np.sin(t) - z * z) - np.exp(-0.5 * t), 1.1, 3.0, **EXACT) for t in TIMES
    ])  # fmt: skip
    np.testing.assert_allclose(result["z"], exact, rtol=1e-8)
    np.testing.assert_allclose(result["y"], np.exp(-0.5 * TIMES) / exact, rtol=1e-8)


def test_a_chain_of_forty_constraints_is_followed_by_loops_over_tables() -> None:
    """0 = y_i**3 + y_i - y_(i-1), each with terms of all that cancel, so that the matrix is full."""
    names = [f"y{index:02}" for index in range(40)]
    more = " + ".join(f"0.001*({name} - {name}**2/{name})" for name in names)
    constraints = {
        name: f"{name}**3 + {name} - {names[index - 1] if index else 'x'} + {more}" for index, name in enumerate(names)
    }
    part = part_of(
        species=[state("x", 1.0), *(state(name, 0.2) for name in names)], parameters=constants(k=1.0),
        reactions=[Reaction("decay", "k*x", (("x", -1.0),))], constraints=constraints,
    )  # fmt: skip
    made = model(part)
    assert system_of(made).kernels(1, quick=True).entries == 2 * (40 * 40 + 2)  # more than are written out
    result = simulate(made, [0.0, 1.0], rtol=1e-8)
    assert result.success, result.reason
    exact = np.exp([0.0, -1.0])
    for name in names:
        exact = root_of_cubic(exact)
        np.testing.assert_allclose(result[name], exact, rtol=1e-7)  # ten times the tolerance


def test_a_dose_moves_what_a_constraint_determines() -> None:
    times = np.array([0.0, 1.0, 2.0, 3.0])
    result = simulate(cubic(), times, rtol=1e-9, doses=[Dose(2.0, "x", 5.0), Dose(0.0, "x", 1.0)])
    exact = 2.0 * np.exp(-times) + np.where(times >= 2.0, 5.0 * np.exp(2.0 - times), 0.0)
    np.testing.assert_allclose(result["x"], exact, rtol=1e-8)
    np.testing.assert_allclose(result["y"], root_of_cubic(exact), rtol=1e-8)


def test_an_infusion_reaches_the_constraint() -> None:
    result = simulate(cubic(), TIMES, rtol=1e-9, doses=[Dose(0.0, "x", 8.0, duration=4.0)])
    exact = 2.0 - np.exp(-TIMES)  # x' = 2 - x
    np.testing.assert_allclose(result["y"], root_of_cubic(exact), rtol=1e-8)


def test_an_event_moves_what_a_constraint_determines_before_triggers_are_seen_again() -> None:
    """At y < 0.5 (x = 0.625) x becomes 3, so that y > 1, which sets off the second event at the same moment."""
    events = (
        Event("refill", "y < 0.5", {"x": "3"}), Event("cut", "y > 1", {"x": "x/2"}),
    )  # fmt: skip
    result = simulate(cubic(events=events), TIMES, rtol=1e-9)
    assert result.success, result.reason
    assert result.statistics["events"] >= 4
    period, first = np.log(1.5 / 0.625), -np.log(0.625)
    phase = np.mod(TIMES - first, period)
    exact = np.where(first > TIMES, np.exp(-TIMES), 1.5 * np.exp(-phase))
    np.testing.assert_allclose(result["x"], exact, rtol=1e-7)  # the moments of events add their errors, each 1e-9 or so
    np.testing.assert_allclose(result["y"], root_of_cubic(exact), rtol=1e-7)


def test_a_constraint_that_jumps_in_time_is_met_behind_the_jump() -> None:
    for condition in ("time < 2*one", "time <= 2*one"):
        part = part_of(
            species=[state("x", 1.0), state("y", 0.3)], parameters=constants(k=1.0),
            reactions=[Reaction("decay", "k*x", (("x", -1.0),))],
            constraints={"y": f"y**3 + y - piecewise(x, {condition}, 8*x)"},
        )  # fmt: skip
        times = np.array([0.0, 1.0, 1.999, 2.001, 3.0])
        result = simulate(model(part), times, rtol=1e-9)
        assert result.success, result.reason
        exact = root_of_cubic(np.exp(-times) * np.where(times < 2.0, 1.0, 8.0))
        np.testing.assert_allclose(result["y"], exact, rtol=1e-8)


def test_each_set_of_an_ensemble_is_followed_alone() -> None:
    import pandas

    draws = pandas.DataFrame({"k": [0.5, 1.0, 2.0]})
    found = ensemble(cubic(), TIMES, draws=draws, rtol=1e-9)
    for index, k in enumerate(draws["k"]):
        np.testing.assert_allclose(found["y"][index], root_of_cubic(np.exp(-k * TIMES)), rtol=1e-8)


def test_where_the_slope_vanishes_the_run_ends_with_a_sentence() -> None:
    """0 = y**2 - x + 0.5 has a root up to x = 0.5 only, at t = ln 2."""
    part = part_of(
        species=[state("x", 1.0), state("y", 1.0)], parameters=constants(k=1.0),
        reactions=[Reaction("decay", "k*x", (("x", -1.0),))], constraints={"y": "y**2 - x + 0.5"},
    )  # fmt: skip
    result = simulate(model(part), TIMES, rtol=1e-6)
    assert not result.success
    assert "could not be integrated beyond t = 0.69" in result.reason
    assert "the constraint of 'y' determines it no longer" in result.reason
    before = TIMES[: len(result.time)]
    assert before[-1] > 0.5
    np.testing.assert_allclose(result["y"], np.sqrt(np.exp(-before) - 0.5), rtol=1e-4)


def test_a_constraint_that_jumps_by_what_a_species_is_ends_the_run_with_a_sentence() -> None:
    part = part_of(
        species=[state("x", 1.0), state("y", 0.3)], parameters=constants(k=1.0),
        reactions=[Reaction("decay", "k*x", (("x", -1.0),))],
        constraints={"y": "y**3 + y - piecewise(x, x > 0.5, 2*x)"},
    )  # fmt: skip
    result = simulate(model(part), TIMES)
    assert not result.success
    assert "beyond t = 0.693147 second: the constraint of 'y' jumps where x > 0.5 changes" in result.reason


def test_a_constraint_that_bends_by_what_a_species_is_goes_on() -> None:
    part = part_of(
        species=[state("x", 1.0), state("y", 0.3)], parameters=constants(k=1.0),
        reactions=[Reaction("decay", "k*x", (("x", -1.0),))],
        constraints={"y": "y**3 + y - piecewise(x, x > 0.5, 2*x - 0.5)"},
    )  # fmt: skip
    result = simulate(model(part), TIMES, rtol=1e-9)
    x = np.exp(-TIMES)
    exact = root_of_cubic(np.where(x > 0.5, x, 2.0 * x - 0.5))
    np.testing.assert_allclose(result["y"], exact, rtol=0.0, atol=1e-8)  # of its size at the start: it passes zero


def test_an_event_behind_which_there_is_no_root_ends_the_run_by_name() -> None:
    part = part_of(
        species=[state("x", 1.0), state("y", 1.0)], parameters=constants(k=1.0),
        reactions=[Reaction("decay", "k*x", (("x", -1.0),))], constraints={"y": "y**2 - x + 0.5"},
        events=[Event("empty", "x < 0.8", {"x": "0.1"})],
    )  # fmt: skip
    result = simulate(model(part), TIMES)
    assert not result.success
    assert "no value of 'y' was found at t = 0.223144 that satisfies its constraint" in result.reason


def test_constraints_that_determine_a_sum_only_are_refused_at_the_start() -> None:
    part = part_of(
        species=[state("x", 1.0), state("y", 0.5), state("z", 0.5)], parameters=constants(k=1.0),
        reactions=[Reaction("decay", "k*x", (("x", -1.0),))],
        constraints={"y": "(y + z)**2 - x", "z": "(y + z)**3 + x - 2"},
    )  # fmt: skip
    result = simulate(model(part), TIMES)
    assert not result.success and len(result.time) == 0
    assert re.search("the constraints do not determine '[yz]' at t = 0", result.reason)


def test_what_grows_to_infinity_through_a_constraint_is_named() -> None:
    """x' = y with 0 = log(y/x**2) is x' = x**2, infinite at t = 1; the slope of the constraint does not vanish."""
    part = part_of(
        species=[state("x", 1.0), state("y", 0.5)], parameters=constants(k=1.0),
        reactions=[Reaction("growth", "k*y", (("x", 1.0),))], constraints={"y": "log(y/x**2)"},
    )  # fmt: skip
    result = simulate(model(part), TIMES)
    assert not result.success
    assert "beyond t = 1 second: 'y' grew to" in result.reason and "goes on growing" in result.reason


@pytest.mark.parametrize(
    ("constraint", "start", "words"),
    [
        ("y**2 + x", 0.5, "no value of 'y' was found"),
        ("y**2 - x*0", 1.0, "the constraints do not determine 'y' at t = 0"),
        ("x*y - x*y/1 + (x - 1)*y", 1.0, "the constraints do not determine 'y' at t = 0"),
        ("log(y) - x", -1.0, "the constraint of 'y' is not a finite number at t = 0"),
    ],
)
def test_a_start_without_a_root_is_refused_by_name(constraint: str, start: float, words: str) -> None:
    part = part_of(
        species=[state("x", 1.0), state("y", start)], parameters=constants(k=1.0),
        reactions=[Reaction("decay", "k*x", (("x", -1.0),))], constraints={"y": constraint},
    )  # fmt: skip
    result = simulate(Model("constrained", "constrained", "second", part), TIMES)
    assert not result.success and words in result.reason


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"constraints": {"y": "x - 1"}}, "does not depend on 'y'"),
        ({"constraints": {"z": "x - 1"}}, "it is not a species"),
        ({"constraints": {"x": "x - 1"}}, "reaction 'decay' changes it"),
        ({"constraints": {"y": "y - q"}}, "'q' is not a species"),
        ({"constraints": {"y": "y > x"}}, "this is a comparison"),
        ({"constraints": {"y": "y - k"}}, "are added"),
        ({"constraints": {"y": symbol("y") - delayed(symbol("x"), symbol("one"))}}, "delayed values"),
        ({"constraints": {"y": "y**3 - x"}, "events": [Event("e", "x < 1", {"y": "2"})]}, "event 'e' changes it"),
    ],
)
def test_wrong_constraints_are_issues(more: dict, words: str) -> None:
    part = part_of(
        species=[state("x", 1.0), state("y", 1.0)], parameters=constants(k=1.0),
        reactions=[Reaction("decay", "k*x", (("x", -1.0),))], **more,
    )  # fmt: skip
    found = validate(part, "second")
    assert any(words in issue.message for issue in found), found


def test_an_initial_value_that_a_constraint_would_have_to_give_is_an_issue() -> None:
    """Before a constraint is solved there is only a guess of what it determines; another guess may build on that."""
    part = part_of(
        species=[state("x", 1.0), state("y", 1.0), state("z", parse("3*twice")), state("w", parse("2*y"))],
        observables=[Observable("twice", parse("2*y"))], constraints={"y": "y**3 + y - x", "w": "w**3 + w - x"},
    )  # fmt: skip
    (issue,) = validate(part, "second")
    assert issue.key == "z" and "its initial value depends on 'y', which a constraint determines" in issue.message


def test_what_is_not_built_is_refused_by_name() -> None:
    from exokinetics.simulation import prepare, steady_state

    asked = [
        lambda: simulate(cubic(), TIMES, method="ndf"), lambda: simulate(cubic(), TIMES, method="radau"),
        lambda: simulate(cubic(), TIMES, sensitivities=True), lambda: simulate(cubic(), TIMES, start="steady"),
        lambda: steady_state(cubic()), lambda: prepare(cubic(), TIMES).sensitivities(),
        lambda: simulate(cubic(), TIMES, doses=[Dose(1.0, "y", 1.0)]),
    ]  # fmt: skip
    for request in asked:
        with pytest.raises(WrongInput, match="a constraint determines 'y'"):
            request()


def test_parts_with_constraints_merge_and_disagree() -> None:
    one = part_of(species=[state("y", 1.0)], constraints={"y": "y**3 + y - 2"})
    assert (one | one).constraints == one.constraints
    with pytest.raises(WrongInput, match="constrain 'y' in different ways"):
        _ = one | part_of(species=[state("y", 1.0)], constraints={"y": "y**3 - 2"})


def test_a_model_with_constraints_is_remembered() -> None:
    from exokinetics.catalogue.remembered import read_again, written

    for one in (cubic(), cubic(events=(Event("e", "x < 0.5", {"x": "2"}),))):
        assert read_again(written(one)).whole == one.whole


def test_a_constraint_is_shown_as_an_equation_without_a_rate(capsys: pytest.CaptureFixture[str]) -> None:
    from exokinetics.command_line.model_content import model_content
    from exokinetics.command_line.model_text import write_model
    from exokinetics.command_line.page import Page

    content = model_content(cubic())
    assert [row.get("constraint") for row in content["species"]] == [None, True]
    write_model(content, Page())
    shown = capsys.readouterr().out
    assert "0 = " in shown and "d(x)/dt = " in shown and "d(y)/dt" not in shown
