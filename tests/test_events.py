"""Events: what fires when, and what it does, against solutions by hand."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest
from event_models import bouncing_ball, clock, event_model, events_only, thermostat

from exokinetics import Dose, Event, WrongInput, ensemble, prepare, simulate
from exokinetics.model.parts import Parameter, part_of
from exokinetics.model.values import assumed
from exokinetics.model.whole import compose

METHODS = ["rodas5p", "ndf", "lsoda", "bdf", "radau"]
if importlib.util.find_spec("sksundae") is not None:
    METHODS.append("cvode")
TIGHT = {"rtol": 1e-10, "atol": 1e-12}


@pytest.mark.parametrize("method", METHODS)
def test_a_bouncing_ball_comes_down_when_it_must(method):
    times = np.array([2.0, 4.5, 7.0, 8.0, 12.0])
    found = simulate(bouncing_ball(), times, method=method, **TIGHT)
    assert found.success, found.reason
    starts, speeds = np.cumsum([0.0, 4.0, 3.2, 2.56, 2.048, 1.6384]), 20.0 * 0.8 ** np.arange(6)
    flight = np.searchsorted(starts, times, side="right") - 1
    since = times - starts[flight]
    # parabolas are followed to rounding, the tolerance is that of what LSODA leaves
    np.testing.assert_allclose(found["h"], speeds[flight] * since - 5.0 * since**2, atol=1e-8)
    np.testing.assert_allclose(found["v"], speeds[flight] - 10.0 * since, atol=1e-8)
    assert found.statistics["events"] == 4


@pytest.mark.parametrize("method", METHODS)
def test_a_thermostat_has_its_period(method):
    rising, falling = 2.0 * np.log(3.0), 2.0 * np.log(3.0)
    period = rising + falling
    times = np.array([1.0, rising + 1.0, 1.0 + 3 * period, rising + 1.0 + 5 * period])
    found = simulate(thermostat(), times, method=method, **TIGHT)
    up, down = 4.0 - 3.0 * np.exp(-0.5), 3.0 * np.exp(-0.5)
    np.testing.assert_allclose(found["x"], [up, down, up, down], rtol=1e-7)  # eleven switches add up their errors
    np.testing.assert_array_equal(found["on"], [1.0, 0.0, 1.0, 0.0])
    assert found.statistics["events"] == 11


@pytest.mark.parametrize("method", METHODS)
def test_a_dose_is_given_whenever_it_is_needed(method):
    model = event_model(
        {"x": 4.0}, {"k": "0.5 1/hour", "least": 1.0, "dose": 3.0}, {"loss": ("k*x", {"x": -1})},
        [Event("give", "x < least", {"x": "x + dose"})],
    )  # fmt: skip
    period = np.log(4.0) / 0.5
    times = period * np.array([0.5, 1.5, 6.25])
    np.testing.assert_allclose(
        simulate(model, times, method=method, **TIGHT)["x"], [2.0, 2.0, 4.0**0.75], rtol=1e-7
    )  # fmt: skip


def test_output_at_the_time_of_an_event_is_that_after_it():
    model = clock([Event("set", "time >= 3*hour", {"a": "5 + 0*a"})], a=1.0)
    np.testing.assert_array_equal(simulate(model, [0.0, 2.999, 3.0, 4.0])["a"], [1.0, 1.0, 5.0, 5.0])


def test_a_strict_trigger_in_time_is_false_at_its_own_moment():
    model = clock([Event("set", "time > 3*hour", {"a": "y"})], a=0.5)
    found = simulate(model, [3.0, 3.001])["a"]
    assert found[0] == 0.5
    assert found[1] == pytest.approx(3.0, abs=1e-12)  # the next number behind 3


def test_equality_in_time_is_met_exactly():
    model = clock([Event("set", "time == 3*hour", {"a": "a + 1"})], a=0.0)
    np.testing.assert_array_equal(simulate(model, [2.9, 3.0, 5.0])["a"], [0.0, 1.0, 1.0])


def test_simultaneous_events_go_by_priority_then_by_id():
    def run(*priorities):
        names = ("add", "double")
        values = ({"a": "a + 3"}, {"a": "2*a"})
        events = [
            Event(name, "time >= 1*hour", value, priority=priority, values_at_trigger=False)
            for name, value, priority in zip(names, values, priorities, strict=True)
        ]
        return simulate(clock(events, a=1.0), [0.5, 1.0])["a"][-1]

    assert run("2 + 0*a", "1 + 0*a") == 8.0  # (1 + 3) times 2
    assert run("1 + 0*a", "2 + 0*a") == 5.0  # 2 + 3
    assert run(None, None) == 8.0  # add comes before double
    assert run(None, "-5 + 0*a") == 5.0  # what has a priority goes before what has none


def test_values_of_the_trigger_time_are_kept_while_others_are_carried_out():
    events = [
        Event("first", "time >= 1*hour", {"a": "b"}, priority="2 + 0*a"),
        Event("second", "time >= 1*hour", {"b": "a"}, priority="1 + 0*a"),
    ]
    found = simulate(clock(events, a=1.0, b=7.0), [0.0, 2.0])
    assert (found["a"][-1], found["b"][-1]) == (7.0, 1.0)  # they change places


def test_priorities_are_worked_out_again_after_each_event():
    # of three, "low" becomes the most urgent by what "high" does
    events = [
        Event("high", "time >= 1*hour", {"a": "10 + 0*a"}, priority="3 + 0*a"),
        Event("low", "time >= 1*hour", {"last": "1 + 0*a"}, priority="a"),
        Event("middle", "time >= 1*hour", {"last": "2 + 0*a"}, priority="2 + 0*a"),
    ]
    assert simulate(clock(events, a=1.0, last=0.0), [0.0, 2.0])["last"][-1] == 2.0


def test_what_does_not_persist_is_called_off_by_what_is_carried_out_before():
    def run(persistent):
        events = [
            Event("first", "y >= 1", {"a": "5 + 0*a"}, priority="2 + 0*a"),
            Event("second", "y >= 1 and a < 3", {"b": "9 + 0*b"}, priority="1 + 0*a", persistent=persistent),
        ]
        return simulate(clock(events, a=0.0, b=0.0), [0.0, 2.0])["b"][-1]

    assert run(True) == 9.0
    assert run(False) == 0.0


def test_a_delayed_event_has_the_values_of_the_time_that_it_says():
    def run(at_trigger):
        event = Event("copy", "y >= 1", {"a": "y"}, delay="2*hour", values_at_trigger=at_trigger)
        return simulate(clock([event], a=0.0), [2.9, 3.1, 5.0], **TIGHT)["a"]

    np.testing.assert_allclose(run(True), [0.0, 1.0, 1.0], atol=1e-9)
    np.testing.assert_allclose(run(False), [0.0, 3.0, 3.0], atol=1e-9)


def test_a_delayed_event_waits_only_as_long_as_its_trigger_holds_unless_it_persists():
    def run(persistent):
        event = Event("late", "y >= 1 and y <= 2", {"a": "a + 1"}, delay="1.5*hour", persistent=persistent)
        return simulate(clock([event], a=0.0), [2.4, 2.6, 5.0])["a"]

    np.testing.assert_array_equal(run(True), [0.0, 1.0, 1.0])
    np.testing.assert_array_equal(run(False), [0.0, 0.0, 0.0])


def test_a_trigger_that_returns_fires_again_while_an_event_waits():
    # sin(y) > 0.5 from pi/6 and from 13 pi/6 on; both are carried out 8 hours later
    event = Event("late", "sin(y) > 0.5", {"a": "10*a + y"}, delay="8*hour")
    found = simulate(clock([event], a=0.0), [8.0, 9.0, 15.0], **TIGHT)["a"]
    first, second = np.pi / 6, 13 * np.pi / 6
    np.testing.assert_allclose(found, [0.0, first, second], atol=1e-8)  # a was 0 at both triggers


@pytest.mark.parametrize(("initially", "expected"), [(True, 0.0), (False, 1.0)])
def test_a_trigger_that_is_true_at_the_start(initially, expected):
    event = Event("set", "y >= 0", {"a": "a + 1"}, initially_true=initially)
    np.testing.assert_array_equal(simulate(clock([event], a=0.0), [0.0, 1.0])["a"], expected)


def test_a_trigger_equal_at_the_start_becomes_true_at_once():
    event = Event("set", "y > 0", {"a": "a + 1"})
    np.testing.assert_array_equal(simulate(clock([event], a=0.0), [0.0, 1e-6, 1.0])["a"], [0.0, 1.0, 1.0])


def test_events_set_off_others_at_the_same_time():
    events = [
        Event("one", "y >= 1", {"a": "1 + 0*a"}),
        Event("two", "a >= 1", {"b": "2 + 0*b"}),
        Event("three", "b >= 2", {"c": "3 + 0*c"}),
    ]
    found = simulate(clock(events, a=0.0, b=0.0, c=0.0), [0.999, 1.001])
    np.testing.assert_array_equal(found["c"], [0.0, 3.0])
    assert found.statistics["events"] == 3


def test_events_that_set_each_other_off_for_ever_end_in_a_sentence():
    events = [
        Event("there", "y >= 1 and a < 1", {"a": "1 + 0*a"}),
        Event("back", "y >= 1 and a >= 1", {"a": "0*a"}),
    ]
    found = simulate(clock(events, a=0.0), [0.5, 2.0])
    assert not found.success
    assert "is carried out again and again at t = 1" in found.reason
    assert len(found.time) == 1


def test_a_ball_that_bounces_ever_faster_ends_in_a_sentence():
    found = simulate(bouncing_ball(), [1.0, 30.0])  # all bounces are over by 4/(1 - 0.8) = 20
    assert not found.success
    assert "t = 20" in found.reason


@pytest.mark.parametrize("method", METHODS)
def test_two_crossings_inside_one_step_are_found(method):
    # true for two thousandths of an hour only, while steps are as long as the run
    event = Event("near", "(y - 5)**2 < 1e-6", {"a": "y"})
    found = simulate(clock([event], a=0.0), [12.0], method=method)["a"]
    assert found[0] == pytest.approx(4.999, abs=1e-6)  # y is exact; LSODA's interpolation is within 1e-7


@pytest.mark.parametrize("method", METHODS)
def test_a_trigger_that_is_false_for_a_moment_fires_again(method):
    event = Event("far", "(y - 5)**2 > 1e-6", {"a": "a + 1"})
    assert simulate(clock([event], a=0.0), [12.0], method=method)["a"][0] == 1.0


def test_doses_and_events_work_together():
    event = Event("full", "y >= 10", {"a": "time*one"})
    model = clock([event], a=0.0)
    found = simulate(model, [0.0, 2.0, 3.0], doses=[Dose(2, "y", 20.0), Dose(0, "a", 4.0)])
    np.testing.assert_array_equal(found["a"], [4.0, 2.0, 2.0])
    np.testing.assert_allclose(found["y"], [0.0, 22.0, 23.0], rtol=1e-9)
    slow = simulate(model, [0.0, 9.0], doses=[Dose(1, "y", 4.0, duration=2)], **TIGHT)
    assert slow["a"][-1] == pytest.approx(6.0, abs=1e-9)


def test_a_dose_at_the_start_belongs_to_the_start():
    event = Event("full", "y >= 10", {"a": "a + 1"})
    model = clock([event], a=0.0)
    np.testing.assert_array_equal(simulate(model, [0.0, 1.0], doses=[Dose(0, "y", 20)])["a"], [0.0, 0.0])


def test_a_parameter_that_an_event_changes_is_a_species_that_begins_with_its_value():
    event = Event("stop", "y >= 2", {"speed": "0*speed"})
    part = part_of(
        parameters=[Parameter("speed", "1/hour", assumed(2.0, "1/hour", "test"))], events=[event]
    )  # fmt: skip
    other = clock([], y=0.0).whole
    reaction = next(iter(other.reactions.values()))

    from exokinetics.expressions.parsing import parse

    moving = part_of(species=other.species.values(), reactions=[replace(reaction, rate=parse("speed"))])
    model = compose("moving", [part, moving])
    assert "speed" in model.species
    assert "speed" not in model.parameters
    found = simulate(model, [0.5, 1.0, 5.0])
    np.testing.assert_allclose(found["y"], [1.0, 2.0, 2.0], rtol=1e-9)
    np.testing.assert_array_equal(found["speed"], [2.0, 0.0, 0.0])


def test_a_set_in_an_ensemble_is_what_it_is_alone():
    model, times = thermostat(), np.linspace(0.0, 20.0, 21)
    draws = {"k": np.array([0.4, 0.5, 0.45]), "heat": np.array([2.0, 2.5, 3.0])}
    many = ensemble(model, times, draws=draws)
    assert np.array_equal(ensemble(model, times, draws=draws, threads=3).table, many.table)
    for index in range(3):
        values = {name: column[index] for name, column in draws.items()}
        np.testing.assert_array_equal(many["x"][index], simulate(model, times, values=values)["x"])
        np.testing.assert_array_equal(prepare(model, times)(values)[:, 1], many["x"][index])


def test_events_do_not_happen_while_a_rest_is_sought():
    model = event_model(
        {"x": 0.0}, {"k": "1 1/hour", "s": "5 1/hour"}, {"made": ("s", {"x": 1}), "lost": ("k*x", {"x": -1})},
        [Event("cut", "x > 2", {"x": "0*x"})],
    )  # fmt: skip
    np.testing.assert_allclose(simulate(model, [0.0, 1.0], start="steady")["x"], 5.0, rtol=1e-9)


FAULTS = [
    (Event("e", "y + 1", {"a": "y"}), "the trigger is a number"),
    (Event("e", "y > 1", {}), "changes nothing"),
    (Event("e", "y > 1", {"b": "y"}), "'b' is not a species"),
    (Event("e", "z > 1", {"a": "y"}), "'z' is not a species"),
    (Event("e", "y > 1", {"a": "y > 2"}), "this is a comparison"),
    (Event("e", "y > one", {"a": "y"}), "are compared"),
    (Event("e", "y > 1", {"a": "one"}), "the new value of 'a' is in"),
    (Event("e", "y > 1", {"a": "y"}, delay="y"), "the delay is in"),
]


@pytest.mark.parametrize(("event", "fault"), FAULTS)
def test_a_wrong_event_is_refused(event, fault):
    with pytest.raises(WrongInput, match=fault):
        clock([event], a=0.0)


def test_a_delay_below_zero_ends_in_a_sentence():
    event = Event("e", "y > 1", {"a": "y"}, delay="(0.5 - y)*hour")
    found = simulate(clock([event], a=0.0), [0.5, 2.0])
    assert "the delay of event 'e' is -0.5 at t = 1" in found.reason


def test_parts_with_events_merge():
    one, other = (Event(name, "y > 1", {"a": "y"}) for name in ("one", "other"))
    assert list((events_only(other) | events_only(one, other)).events) == ["one", "other"]
    with pytest.raises(WrongInput, match="'one' is defined twice"):
        events_only(one) | events_only(Event("one", "y > 2", {"a": "y"}))


@pytest.mark.parametrize("method", METHODS)
def test_a_window_is_not_passed_over(method):
    # true for a thousandth of an hour, between two numbers that are both passed in one step
    events = [
        Event("window", "y > 5 and y < 5.001", {"a": "y"}),
        Event("outside", "not (y > 7 and y < 7.001)", {"b": "b + 1"}),
        Event("first", "y > 3.0005 and y < 3.001 or y > 3.002", {"c": "c + y"}),
    ]
    found = simulate(clock(events, a=0.0, b=0.0, c=0.0), [12.0], method=method)
    # y is exact; LSODA's and CVODE's interpolation is within 1e-6
    np.testing.assert_allclose(
        [found[name][0] for name in "abc"], [5.0, 1.0, 3.0005 + 3.002], atol=1e-5
    )  # fmt: skip


def test_equal_priorities_go_by_lots_that_are_the_same_in_every_run():
    # each stops the other, so one of them is carried out every hour
    one = {"last": "y", "a": "a + 1"}
    events = [
        Event(name, "y - last >= 1", {**one, name: f"{name} + 1"}, priority="1 + 0*a", persistent=False)
        for name in ("b", "c")
    ]
    model = clock(events, a=0.0, b=0.0, c=0.0, last=0.0)
    found, again = (simulate(model, [200.5]) for _ in range(2))
    np.testing.assert_array_equal(found.table, again.table)
    assert found["a"][0] == found["b"][0] + found["c"][0] == 200.0
    assert 70.0 < found["b"][0] < 130.0  # four standard deviations of 200 lots about 100


def _several():
    """Events of every kind: some simple, one with a delay, one that sets off another, two at one time."""
    events = [
        Event("simple", "sin(3*y) > 0.4", {"a": "a + y", "b": "b/2"}),
        Event("other", "cos(2*y) > 0.7", {"b": "b + 1"}),
        Event("late", "b > 2.5", {"a": "a/2"}, delay="0.3*hour", persistent=False),
        Event("chain", "a > 40", {"a": "a - 40", "c": "c + 1"}),
        Event("along", "c > 3", {"c": "0*c"}),
        Event("clocked", "time >= 2*hour", {"b": "b + 0.25"}),
    ]
    return clock(events, a=1.0, b=1.0, c=0.0)


@pytest.mark.parametrize("model", [_several, thermostat, bouncing_ball])
@pytest.mark.parametrize("method", ["rodas5p", "ndf"])
def test_what_is_carried_out_on_the_way_is_the_same_to_the_last_bit(model, method, monkeypatch):
    from exokinetics.integrators import stretches

    made, times, doses = model(), np.linspace(0.0, 17.0, 103), []
    fast = simulate(made, times, method=method, doses=doses)
    calls = []
    usual = stretches.Stretches.__call__

    def not_free(self, *arguments):
        *others, watch = arguments
        calls.append(watch.free)
        return usual(self, *others, replace(watch, free=False))

    monkeypatch.setattr(stretches.Stretches, "__call__", not_free)
    slow = simulate(made, times, method=method, doses=doses)
    np.testing.assert_array_equal(fast.table, slow.table)
    assert fast.statistics["events"] == slow.statistics["events"] > 3
    assert any(calls)


@pytest.mark.parametrize("method", METHODS)
def test_no_step_passes_over_a_pulse_that_an_event_plans(method):
    # an event sets the start of a pulse of a hundredth of an hour, four hours ahead, while nothing else moves
    model = event_model(
        {"y": 0.0, "start": 100.0, "a": 0.0}, {"one": "1 1/hour", "hour": "1 hour"},
        {"tick": ("one", {"y": 1}),
         "pulse": ("one*piecewise(100, time > start*hour and time < (start + 0.01)*hour, 0)", {"a": 1})},
        [Event("plan", "y >= 2", {"start": "y + 4"})],
    )  # fmt: skip
    found = simulate(model, [6.005, 12.0], method=method, atol=1e-9)["a"]
    np.testing.assert_allclose(found, [0.5, 1.0], rtol=1e-6)  # rates that are constant leave the moment of the event


@pytest.mark.parametrize("method", METHODS)
def test_roots_that_are_rounding_or_no_number_end_in_time(method):
    # a + b and a + c stay what they are but for rounding; the logarithm is no number until y is above 3
    model = event_model(
        {"y": 0.0, "a": 1.0, "b": 2.0, "c": 0.3}, {"k": "1 1/hour"},
        {"tick": ("k", {"y": 1}), "one": ("k*a*sin(y)", {"a": -1, "b": 1, "c": 1})},
        [Event("noise", "a + b > 3 and a + c > 1.3 and y < 0", {"y": "y + 100"}),
         Event("late", "log(y - 3) > 0 and log(y - 3) < 0.1", {"y": "y + 10"})],
    )  # fmt: skip
    found = simulate(model, [3.9, 4.1, 6.0], method=method)
    np.testing.assert_allclose(found["y"], [3.9, 14.1, 16.0], rtol=1e-6)
    assert found.statistics["events"] == 1


@pytest.mark.parametrize("method", METHODS)
def test_a_window_is_found_wherever_it_lies(method):
    # k starts anew again and again, so that rounding is different at every passage of the window
    events = [
        Event("again", "k > top", {"k": "k - top"}),
        Event("window", "k > 1.5 and k < 1.6 and not (k >= 1.55 and k < 1.56)", {"a": "a + 1"}),
    ]
    model = event_model(
        {"k": 0.1, "a": 0.0}, {"one": "1 1/hour", "top": 3.7},
        {"tick": ("one", {"k": 1})}, events,
    )  # fmt: skip
    for top in (2.9, 3.0, 3.3, 3.7):
        found = simulate(model, [20.0], values={"top": top}, method=method)
        passages = np.floor((20.0 + 0.1 - 1.6) / top) + 1.0
        assert found["a"][0] == 2.0 * passages
