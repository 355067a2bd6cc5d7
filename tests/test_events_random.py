"""Random models with random events: every method finds the same, and derivatives agree with differences."""

import random

import numpy as np
import pytest
from event_models import event_model

from exokinetics import Event, simulate

TRIGGERS = (
    "a > p0", "a < p0*p1", "b > p2 and c < p1", "sin(2*y) > 0.3*p3", "c >= p2 or a > 2*p1", "not (b > p3)",
    "(a - p0)**2 < 0.05", "abs(b - p1) < 0.1*p2", "y > 2*p1 and y < 2.01*p1",
)  # fmt: skip
# none is what a trigger compares it with: whether `b = p2` sets off `b > p2` at once is up to the last bit of a step
VALUES = {
    "a": ("a/2", "p1", "a + p0/2", "b"), "b": ("b/3", "0.9*p2", "a*c"), "c": ("c + 0.3*a", "0*c", "p3")
}  # fmt: skip
SENSITIVITIES = ["k0", "k1", "p0", "p1", "p2", "p3"]


def random_model(seed, triggers=TRIGGERS, delays=(None, None, "wait", "wait*a/3"), true_before=0.6, **more):
    """Three species that drive each other, and y, which grows by one an hour; `more` are further reactions."""
    draw = random.Random(seed)
    species = {name: draw.uniform(0.2, 2.0) for name in "abc"} | {"y": 0.0}
    parameters = {f"k{index}": f"{draw.uniform(0.3, 2.0):.3f} 1/hour" for index in range(4)} | {"one": "1 1/hour"}
    parameters |= {f"p{index}": round(draw.uniform(0.2, 2.0), 3) for index in range(4)}
    parameters["wait"] = f"{draw.uniform(0.1, 2.0):.3f} hour"
    reactions = {
        "tick": ("one", {"y": 1}), "made": ("k0*(1.5 + sin(3*y))", {"a": 1}), "passed": ("k1*a", {"a": -1, "b": 1}),
        "lost": ("k2*b", {"b": -1}), "raised": ("k3*b*a/(1 + c)", {"c": 1}), "fell": ("k1*c", {"c": -1}), **more,
    }  # fmt: skip
    events = []
    for index in range(draw.randint(1, 4)):
        targets = draw.sample("abc", draw.randint(1, 2))
        events.append(Event(
            f"event_{index}", draw.choice(triggers), {name: draw.choice(VALUES[name]) for name in targets},
            delay=draw.choice(delays), priority=draw.choice([None, f"{index} + a"]),
            persistent=draw.random() < 0.6, initially_true=draw.random() < true_before,
            values_at_trigger=draw.random() < 0.5,
        ))  # fmt: skip
    return event_model(species, parameters, reactions, events)


def _agrees(seed):
    model, times = random_model(seed), np.linspace(0.0, 9.7, 23)
    exact, other = (simulate(model, times, method=method, rtol=1e-10, atol=1e-12) for method in ("rodas5p", "radau"))
    if not exact.success:  # events without end are a fault of the model, which every method finds
        assert "so that time does not go on" in exact.reason or "again and again" in exact.reason
        return
    assert exact.statistics["events"] == other.statistics["events"]
    # both are solved to 1e-10, and every event adds what its moment is off by
    np.testing.assert_allclose(exact.table, other.table, rtol=1e-6, atol=1e-6)
    _derivatives_agree(model, times, exact.statistics["events"])


def _derivatives_agree(model, times, events):
    found = simulate(model, times, rtol=1e-9, atol=1e-11, sensitivities=SENSITIVITIES)
    assert found.success, found.reason
    for name in SENSITIVITIES:
        value, differences = model.value(name).value, []
        for step in (2e-6, 1e-6):
            ends = [
                simulate(model, times, values={name: value * (1.0 + sign * step)}, rtol=1e-12, atol=1e-14)
                for sign in (1.0, -1.0)
            ]
            if any(end.statistics["events"] != events for end in ends):
                return  # an event comes or goes within the step
            differences.append((ends[0].table - ends[1].table) / (2.0 * step * value))
        rough, fine = differences
        slopes = np.stack([found.sensitivity(output, name) for output in found.outputs], axis=1)
        # differences are off by their rounding (1e-14 to 1e-12 of the states over 1e-6), and by what halving them shows
        allowed = 1e-4 * (1.0 + np.abs(fine)) + 2.0 * np.abs(rough - fine)
        assert (np.abs(slopes - fine) <= allowed).all(), (name, float(np.max(np.abs(slopes - fine) / allowed)))


@pytest.mark.parametrize("seed", range(12))
def test_random_events(seed):
    _agrees(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12, 200))
def test_more_random_events(seed):
    _agrees(seed)
