"""Sets with events in lanes: each is what it is alone, and what is not simple is left to the run of one set."""

import numpy as np
import pytest
from event_models import bouncing_ball, clock, event_model, thermostat
from test_events_random import TRIGGERS, random_model

from exokinetics import Dose, Event, WorkFailed, compose, ensemble, load, prepare, simulate
from exokinetics.integrators.driving.context import DONE, STOPPED
from exokinetics.model.parts import Parameter, part_of
from exokinetics.model.values import assumed

IN_TIME = ("time >= 2*wait", "time > 3*wait", "time >= 3*wait and a > p0")


def in_lanes(model, times, draws, **request):
    """The tables of sets (sets, times, states) in lanes, how each ended, and the runs of one set each."""
    plan = prepare(model, times, method="rodas5p", **request)
    names, count = list(draws), len(next(iter(draws.values())))
    sets = [{name: float(draws[name][index]) for name in names} for index in range(count)]
    answer, reasons = plan.engine.many(np.array([plan.vector(values) for values in sets]), threads=1)
    assert not any(reasons)
    return answer.outputs, answer.status, [plan.run(plan.vector(values)) for values in sets]


def followed(model, times, draws, **request):
    """Every set is followed in lanes to its end, and is what it is alone to the last bit; the tables."""
    tables, status, alone = in_lanes(model, times, draws, **request)
    assert (status == DONE).all()
    np.testing.assert_array_equal(tables, [run.table for run in alone])
    return tables


def left(model, times, draws, **request):
    """Every set is left to the run of one set, and the ensemble has what that gives."""
    _, status, alone = in_lanes(model, times, draws, **request)
    assert (status == STOPPED).all()
    many = ensemble(model, times, draws=draws, **request)
    np.testing.assert_array_equal(many.table, [run.table for run in alone])
    return many


def test_thermostats_switch_each_at_its_own_times():
    low, high = np.random.default_rng(1).uniform([[0.3], [2.0]], [[0.55], [3.0]], (2, 37))
    draws, times = {"k": low, "high": high}, np.linspace(0.0, 20.0, 41)
    followed(thermostat(), times, draws)
    one, two = (ensemble(thermostat(), times, draws=draws, threads=threads).table for threads in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_balls_come_down_when_they_must():
    speeds, times = np.linspace(5.0, 30.0, 13), np.array([0.0, 0.7, 1.9, 2.6])
    heights = followed(bouncing_ball(), times, {"v0": speeds}, rtol=1e-10, atol=1e-12)[:, :, 0]
    for speed, path in zip(speeds, heights, strict=True):
        starts = np.cumsum([0.0, *(speed / 5.0 * 0.8 ** np.arange(8))])
        flight = np.searchsorted(starts, times, side="right") - 1
        since, up = times - starts[flight], speed * 0.8**flight
        # parabolas are followed to rounding; the first bounces lose some of it
        np.testing.assert_allclose(path, up * since - 5.0 * since**2, atol=1e-10)


def test_output_that_misses_an_event_by_rounding_is_that_after_it():
    # 3 * 0.1 is the number behind 0.3: what is wanted there is what comes after, as when alone
    model = clock([Event("e", "time >= 3*wait", {"a": "a + y"})], {"wait": "0.1 hour"}, a=0.0)
    table = followed(model, [0.0, 0.3, 0.5], {"wait": np.array([0.1, 0.2, 0.05, 1.0 / 6.0])})
    np.testing.assert_allclose(table[:, :, 0], [[0, 0.3, 0.3], [0, 0, 0], [0, 0.15, 0.15], [0, 0, 0.5]], atol=1e-12)


def test_a_window_that_is_seen_only_between_two_steps_is_found():
    """A parabola that is below a level for a five-hundredth of a step, and one that is never below."""
    model = event_model(
        {"y": 0.0, "hits": 0.0}, {"one": "1 1/hour", "wide": 1e-4}, {"tick": ("one", {"y": 1})},
        [Event("touch", "(y - 5.3)**2 < wide", {"hits": "hits + 1"})],
    )  # fmt: skip
    found = followed(model, [0.0, 10.0], {"wide": np.array([1e-4, 0.0, 1e-6, 4.0])})
    np.testing.assert_array_equal(found[:, 1, 0], [1.0, 0.0, 1.0, 1.0])


def test_a_dose_that_sets_nothing_off_is_given_in_lanes():
    draws = {"k": np.array([0.4, 0.5, 0.45]), "high": np.array([3.0, 3.2, 2.9])}
    doses = [Dose(0.0, "x", 0.2), Dose(2.5, "on", 0.125), Dose(4.0, "x", 0.5, duration=2.0)]
    followed(thermostat(), np.linspace(0.0, 20.0, 21), draws, doses=doses)


def test_draws_of_the_flagship_are_those_of_one_set_from_their_rest_on():
    flagship = load("mir_21_pten_hcc_caf")
    event = Event("more", "medium.vesicles > level", {"pten.protein": "2*pten.protein"})
    times = np.linspace(0.0, 72.0, 25)
    unit, last = flagship.unit("medium.vesicles"), simulate(flagship, times, start="steady")["medium.vesicles"][-1]
    level = Parameter("level", unit, assumed(0.3 * float(last), unit, reason="on its way"))
    model = compose("more", [flagship.whole, part_of(parameters=[level], events=[event])], start=flagship.start)
    many = ensemble(model, times, draws=11, start="steady")
    plan = prepare(model, times, start="steady", method="rodas5p", outputs=many.outputs)
    vectors = np.array([plan.vector(dict(row)) for _, row in many.parameters.iterrows()])
    answer, _ = plan.engine.many(vectors, threads=1)
    assert (answer.status == DONE).all()
    np.testing.assert_array_equal(answer.outputs, many.table)
    species = [index for index, name in enumerate(many.outputs) if name in model.species]
    runs = [plan.run(vector) for vector in vectors]
    assert sum(run.statistics["events"] for run in runs) > 0
    tables = np.array([run.table for run in runs])
    np.testing.assert_array_equal(many.table[:, :, species], tables[:, :, species])
    # what is computed from them is rounded in another order
    np.testing.assert_allclose(many.table, tables, rtol=1e-12)


LEFT = {
    "what a dose makes true": ({}, {"doses": [Dose(2, "y", 20.0)]}, {"trigger": "y > least"}),
    "a dose at the time of an event": ({}, {"doses": [Dose(3, "a", 1.0)]}, {"trigger": "time >= 3*hour"}),
    "what is true at the start": ({"initially_true": False}, {}, {"trigger": "y < least"}),
    "a delay": ({"delay": "2*hour"}, {}, {"trigger": "y > 1"}),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_not_simple_is_left_to_the_run_of_one_set(name):
    fields, request, trigger = LEFT[name]
    model = clock([Event("e", trigger["trigger"], {"a": "a + y + 1"}, **fields)], {"least": 9.0}, a=0.0)
    found = left(model, [0.0, 2.0, 3.0, 4.0], {"least": np.array([9.0, 10.0])}, **request)
    assert (found["a"][:, -1] > 0.0).all()


def test_two_events_at_one_time_are_left_to_the_run_of_one_set():
    events = [Event(name, "y >= 2", {"a": value}, priority=text) for name, value, text in (
        ("first", "a + 1", "1"), ("second", "3*a", "2"),
    )]  # fmt: skip
    found = left(clock(events, {"least": 1.0}, a=1.0), [0.0, 3.0], {"least": np.array([1.0, 2.0])})
    np.testing.assert_array_equal(found["a"][:, -1], 2.0)  # first, of lower priority, has the last word


def _agrees(seed):
    """How many sets of a random model were followed in lanes."""
    pulse = ("piecewise(k0, time > 3*wait, 0*k0)", {"b": 1})
    model = random_model(seed, (*TRIGGERS, *IN_TIME), [*[None] * 9, "wait"], 0.9, pulse=pulse)
    random_numbers = np.random.default_rng(seed)
    wait = model.value("wait").value
    times = np.unique([*np.linspace(0.0, 9.7, 23), *([3.0 * wait, 2.0 * wait] if seed % 2 else [])])
    draws = {
        name: model.value(name).value * random_numbers.uniform(0.7, 1.3, 11)
        for name in ("k0", "k1", "p0", "p1", *(["wait"] if seed % 3 == 0 else []))
    }
    doses = {
        1: [Dose(wait, "a", 0.7), Dose(4.0, "a", 0.7)], 2: [Dose(0.5, "b", 0.9, duration=2.0)],
        3: [Dose(0.0, "b", 0.9)],
    }.get(seed % 5, [])  # fmt: skip
    tables, status, alone = in_lanes(model, times, draws, doses=doses)
    for table, ended, run in zip(tables, status, alone, strict=True):
        if ended == DONE:
            assert not run.reason
            np.testing.assert_array_equal(table, run.table)
    expected = [np.full_like(tables[0], np.nan) if run.reason else run.table for run in alone]
    try:
        many = ensemble(model, times, draws=draws, doses=doses)
    except WorkFailed:
        assert all(run.reason for run in alone)
    else:
        np.testing.assert_array_equal(many.table, expected)
    return int((status == DONE).sum())


def test_random_events():
    assert sum(_agrees(seed) for seed in range(20)) > 80  # of 220; those with a delay, or that meet, run alone


@pytest.mark.slow
@pytest.mark.parametrize("first", range(20, 320, 50))
def test_more_random_events(first):
    assert sum(_agrees(seed) for seed in range(first, first + 50)) > 200


@pytest.mark.parametrize("trigger", ["sin(3*time/wait) > 0.5", "time - wait*floor(time/wait) < 0.5*wait"])
def test_events_that_return_with_time_are_those_of_one_set_to_the_tolerance(trigger):
    """When one is due may differ by the last bit, and so may the length of the first step behind it."""
    model = event_model(
        {"a": 1.3, "y": 0.0}, {"wait": "0.8 hour", "k": "0.7 1/hour"}, {"lost": ("k*a", {"a": -1, "y": 1})},
        [Event("e", trigger, {"a": "a + 0.1"})],
    )  # fmt: skip
    waits = np.random.default_rng(2).uniform(0.3, 2.0, 29)
    tables, status, alone = in_lanes(model, np.linspace(0.0, 9.7, 23), {"wait": waits}, rtol=1e-10, atol=1e-12)
    assert (status == DONE).all()
    np.testing.assert_allclose(tables, [run.table for run in alone], rtol=1e-9)  # up to sixteen times two steps
