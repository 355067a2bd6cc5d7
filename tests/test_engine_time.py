"""The compiled engine in time: pulses that no step may miss, doses, and outputs that steps do not follow."""

import numpy as np
import pytest
from small_models import small_model

from exokinetics import Dose, prepare, simulate

PULSES = [
    "piecewise(v, time > on and time < on + w, 0)",
    "piecewise(v, time - on > 0 and time - on < w, 0)",
    "piecewise(v, 0 < time - on and time - on - w < 0, 0)",
    "piecewise(v, 2*time > 2*on and 2*time < 2*on + 2*w, 0)",
    "piecewise(v, (time - on)*(on + w - time) > 0, 0)",
    "piecewise(v, abs(time - on - w/2) < w/2, 0)",
    "piecewise(0, time <= on or time >= on + w, v)",
    "piecewise(0, time/w <= on/w, v, time/w < on/w + 1, 0)",
    "v*2*max(0, 1 - abs(2*(time - on)/w - 1))",
    "v*min(1, max(0, (time - on)*1e3/w))*piecewise(1, time < on + w, 0)",
]


def pulse(rate):
    return small_model(
        {"x": 1.0}, {"v": "3 1/hour", "on": "60 hour", "w": "0.01 hour"}, {"feed": (rate, {"x": 1})}
    )  # fmt: skip


@pytest.mark.parametrize("method", ["rodas5p", "ndf", "bdf"])
@pytest.mark.parametrize("rate", PULSES)
def test_no_pulse_is_missed_however_it_is_written(rate, method):
    result = simulate(pulse(rate), np.array([0.0, 59.0, 100.0]), method=method, strict=True)
    assert result["x"][1] == 1.0
    # of 0.03: ramps of a thousandth of the pulse lose a half of it; the tolerance is 1e-6 of x
    assert result["x"][2] == pytest.approx(1.03, abs=3e-5 if "1e3" in rate else 3e-6)


# Pulses of 0.01 hour, one a day from hour 12 on, as they are written with floor, ceil, sine and min; three in 72 hours.
DAILY = [
    "piecewise(v, (time + 12*h) - day*floor((time + 12*h)/day) < w, 0)",
    "piecewise(v, day*ceil((time + 12*h)/day) - (time + 12*h) > day - w, 0)",
    "v*(floor((time + 12*h)/day) - floor((time + 12*h - w)/day))",
    "piecewise(v, cos(6.283185307179586*(time - 12*h - w/2)/day) > cos(3.141592653589793*w/day), 0)",
    "v*piecewise(0, (time/day + 0.5) - floor(time/day + 0.5) > w/day, 1)",
    "piecewise(v, floor(-(time + 12*h)/day) + (time + 12*h)/day < w/day - 1, 0)",
]
METHODS = ["rodas5p", "ndf", "bdf", "lsoda", "radau"]


def daily(rate):
    constants = {"v": "3 1/hour", "w": "0.01 hour", "day": "24 hour", "h": "1 hour"}
    return small_model({"x": 1.0}, constants, {"feed": (rate, {"x": 1})})


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rate", DAILY)
def test_no_pulse_of_many_is_missed(rate, method):
    times = np.array([11.0, 13.0, 37.0, 61.0, 72.0])
    result = simulate(daily(rate), times, method=method, strict=True)
    # three pulses of 0.03, each to the tolerance of 1e-6 of x
    assert result["x"] == pytest.approx([1.0, 1.03, 1.06, 1.09, 1.09], abs=1e-5)


def test_pulses_return_for_every_set_in_lanes():
    """The period, the width and the height differ from lane to lane."""
    prepared = prepare(daily(DAILY[0]), np.array([72.0]))
    random = np.random.default_rng(2)
    draws = {"day": random.uniform(7.0, 20.0, 20), "w": random.uniform(0.003, 0.03, 20), "v": random.uniform(1, 9, 20)}
    for day, w, v in zip(*draws.values(), strict=True):
        first, last = np.ceil(12.0 / day - 1.0), np.floor(84.0 / day)  # pulses begin at n day - 12
        pulses = [n * day - 12.0 for n in np.arange(first, last + 1.0)]
        given = sum(max(0.0, min(start + w, 72.0) - max(start, 0.0)) for start in pulses)
        assert prepared({"day": day, "w": w, "v": v})[0, 0] == pytest.approx(1.0 + v * given, abs=1e-5)
    found = prepared.engine.many(np.array([prepared.vector({"day": d, "w": w, "v": v}) for d, w, v in
                                           zip(*draws.values(), strict=True)]), threads=1)[0]  # fmt: skip
    alone = [prepared({"day": d, "w": w, "v": v})[0, 0] for d, w, v in zip(*draws.values(), strict=True)]
    assert found.outputs[:, 0, 0].tolist() == alone


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "rate", ["v*exp(-((time - on)/w)**2)", "v*exp(-(time - on)**2/w**2)", "v/sqrt(1 + ((time - on)/w)**2)**4"]
)
def test_no_narrow_peak_is_missed(rate, method):
    result = simulate(pulse(rate), np.array([59.0, 100.0]), method=method, strict=True)
    # the integrals of exp(-s^2), which is the square root of pi, and of 1/(1 + s^2)^2, which is a half of pi
    area = np.pi / 2.0 if "sqrt" in rate else np.sqrt(np.pi)
    # the tolerance is 1e-6 of x in each step, of which the solvers of scipy make some tens
    assert result["x"] == pytest.approx([1.0, 1.0 + 0.03 * area], abs=3e-5)


def test_what_returns_at_every_moment_ends_in_a_sentence():
    found = simulate(daily("v*(1 + floor(time/h*1e9))"), 72.0, method="rodas5p")
    assert not found.success and "steps were not enough" in found.reason


def test_a_threshold_with_a_slope_that_is_zero_is_no_stop():
    """`a*time > b` with a = 0 never turns, and must not take the other stops along."""
    model = small_model(
        {"x": 1.0},
        {"v": "3 1/hour", "a": 0.0, "b": "1 hour", "on": "60 hour", "w": "0.01 hour"},
        {"feed": ("piecewise(v, a*time < b and time > on and time < on + w, 0)", {"x": 1})},
    )
    for method in ("rodas5p", "bdf"):
        assert simulate(model, np.array([100.0]), method=method)["x"][0] == pytest.approx(1.03, abs=3e-6)


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


# Times that have no rounding: a dose that misses an output by rounding alone is moved to it, and the steps with it.
DOSES = [Dose(1.5, "x", 3.0), Dose(4.0, "y", 1.0, duration=0.75), Dose(5.0, "x", 1.0, repeat=3, every=1.125)]


def test_outputs_do_not_move_the_steps():
    """The same bits at the same times in grids of 2 to 4001 times, and the same steps."""
    grids = [np.array([7.5, 10.0]), np.linspace(0, 10, 5), np.linspace(0, 10, 401), np.linspace(0, 10, 4001)]
    grids.append(np.unique(np.concatenate([np.random.default_rng(1).uniform(0, 10, 100), [7.5, 10.0, 2.5]])))
    results = [simulate(driven(), grid, doses=DOSES, method="rodas5p") for grid in grids]
    known = {}
    for result in results:
        for time, row in zip(result.time.tolist(), result.table, strict=True):
            assert known.setdefault(time, row.tobytes()) == row.tobytes()
        assert result.statistics["steps"] == results[0].statistics["steps"]


def test_a_time_of_one_output_is_enough():
    for end in (1e-9, 0.3, 10.0):
        whole = simulate(driven(), np.array([0.0, end / 3, end]), doses=DOSES)
        assert simulate(driven(), np.array([end]), doses=DOSES).table[-1].tobytes() == whole.table[-1].tobytes()
    assert simulate(driven(), np.array([0.0])).table.tolist() == [[1.0, 2.0, 0.0]]


def fading(doses, times):
    """x' = -k x + input: the sum of what each dose leaves."""
    model = small_model({"x": 2.0}, {"k": "0.5 1/hour"}, {"loss": ("k*x", {"x": -1})})
    return simulate(model, np.asarray(times, float), doses=doses, method="rodas5p", strict=True)["x"]


def left(doses, times, k=0.5):
    times = np.asarray(times, float)
    total = 2 * np.exp(-k * times)
    for at, amount, lasting in doses:
        since = times - at
        if lasting == 0:
            total += np.where(since >= 0, amount * np.exp(-k * since), 0)
        else:
            run = np.clip(since, 0, lasting)
            total += amount / lasting / k * -np.expm1(-k * run) * np.exp(-k * np.maximum(since - lasting, 0))
    return total


@pytest.mark.parametrize(
    "given",
    [
        [(0.0, 3.0, 0)], [(4.0, 3.0, 0)], [(10.0, 3.0, 0)], [(11.0, 3.0, 0)], [(0.0, 3.0, 10.0)], [(0.0, 3.0, 25.0)],
        [(10.0, 3.0, 1.0)], [(3.3, 1.0, 0.5), (3.5, 2.0, 0.1)], [(3.3, 1.0, 0), (3.3, 2.0, 1.0), (4.3, 1.0, 0)],
        [(1e-12, 1.0, 0), (2e-12, 1.0, 1e-12)], [(9.999999999999, 5.0, 0)], [(2.0, 1e6, 1e-6)], [(2.0, -0.5, 0)],
        [(0.1 + 0.2, 1.0, 0), (0.3, 1.0, 0)], [(each, 0.1, 0) for each in np.linspace(0, 10, 41)],
    ],
    ids=str,
)  # fmt: skip
def test_doses_of_every_kind(given):
    times = np.linspace(0, 10, 41)
    found = fading([Dose(at, "x", amount, duration=lasting) for at, amount, lasting in given], times)
    wanted = left(given, times)
    # 1e-6 of the largest, for each dose starts steps of its own
    assert np.abs(found - wanted).max() < 1e-5 * np.abs(wanted).max() * (1 + len(given) / 10)


@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-9])
@pytest.mark.parametrize("stiffness", [1.0, 1e3, 1e9])
def test_a_stiff_state_that_follows_time_is_right_between_steps(stiffness, rtol):
    """y' = k (2 + sin t - y): the steps could be as long as they like, for at their ends y is right."""
    model = small_model(
        {"y": 2.0},
        {"k": f"{stiffness!r} 1/hour", "w": "1 1/hour"},
        {"to": ("k*(2 + sin(w*time))", {"y": 1}), "back": ("k*y", {"y": -1})},
    )
    asked = prepare(model, np.linspace(0, 40, 401), rtol=rtol, method="rodas5p")
    t, k = asked.times, stiffness
    wanted = 2 + (k * k * np.sin(t) - k * np.cos(t)) / (1 + k * k) + k / (1 + k * k) * np.exp(-k * t)
    assert np.abs(asked()[:, 0] - wanted).max() < 10 * rtol  # measured 2
