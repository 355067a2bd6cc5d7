"""Events against libRoadRunner, an independent tool: the same models, written for it with libSBML."""

import re

import numpy as np
import pytest
from event_models import bouncing_ball, clock, event_model, thermostat

from exokinetics import Event, simulate
from exokinetics.expressions.text import to_text
from exokinetics.model.equations import odes

libsbml = pytest.importorskip("libsbml", reason="needs python-libsbml")
roadrunner = pytest.importorskip("roadrunner", reason="needs libroadrunner")


def _formula(node):
    text = re.sub(r"\bnot\b", "!", to_text(node).replace("**", "^"))
    text = re.sub(r"\band\b", "&&", re.sub(r"\bor\b", "||", text))
    found = libsbml.parseL3Formula(text)
    assert found is not None, text
    return found


def sbml_of(model):
    """Rate rules and events; every quantity a parameter, without units."""
    document = libsbml.SBMLDocument(3, 2)
    made = document.createModel()
    rates = odes(model.whole)
    for name in (*model.species, *model.parameters):
        item = made.createParameter()
        item.setId(name)
        item.setConstant(name in model.parameters)
        item.setValue(model.value(name).value)
    for name, rate in rates.items():
        rule = made.createRateRule()
        rule.setVariable(name)
        rule.setMath(_formula(rate))
    for event in model.whole.events.values():
        item = made.createEvent()
        item.setId(event.id)
        item.setUseValuesFromTriggerTime(event.values_at_trigger)
        trigger = item.createTrigger()
        trigger.setMath(_formula(event.trigger))
        trigger.setPersistent(event.persistent)
        trigger.setInitialValue(event.initially_true)
        if event.delay is not None:
            item.createDelay().setMath(_formula(event.delay))
        if event.priority is not None:
            item.createPriority().setMath(_formula(event.priority))
        for target, value in event.assignments.items():
            assignment = item.createEventAssignment()
            assignment.setVariable(target)
            assignment.setMath(_formula(value))
    return libsbml.writeSBMLToString(document)


def _decay(*events):
    return event_model(
        {"x": 4.0, "z": 0.0}, {"k": "0.5 1/hour", "least": 1.0, "dose": 3.0, "wait": "0.7 hour"},
        {"loss": ("k*x", {"x": -1}), "made": ("k*x", {"z": 1})}, events,
    )  # fmt: skip


def _late(**choices):
    return Event("late", "x < least and z > 2", {"x": "x + dose*z"}, delay="wait*(1 + z)", **choices)


def _oscillator():
    """A negative feedback that is cut at its peak and set up again at its low."""
    return event_model(
        {"a": 1.0, "b": 0.5, "on": 1.0}, {"k": "1 1/hour", "high": 0.7, "low": 0.3},
        {"a_made": ("k*on/(1 + b**4)", {"a": 1}), "a_lost": ("0.8*k*a", {"a": -1}),
         "b_made": ("k*a**2", {"b": 1}), "b_lost": ("k*b", {"b": -1})},
        [Event("cut", "b > high", {"on": "0*on", "a": "a/2"}), Event("up", "b < low or a < low/4", {"on": "1 + 0*on"})],
    )  # fmt: skip


MODELS = {
    "ball": bouncing_ball,
    "thermostat": thermostat,
    "oscillator": _oscillator,
    "dose": lambda: _decay(Event("give", "x < least", {"x": "x + dose", "z": "x*z/2"})),
    "late": lambda: _decay(_late()),
    "late, values of its own": lambda: _decay(_late(values_at_trigger=False)),
    "late, called off": lambda: _decay(_late(persistent=False), Event("give", "x < least/2", {"x": "x + dose"})),
    "at the start": lambda: _decay(Event("give", "x > least", {"x": "x - dose"}, initially_true=False)),
    "not at the start": lambda: _decay(Event("give", "x > least", {"x": "x - dose"})),
    "priorities": lambda: clock(
        [Event("double", "y >= 1.5", {"a": "2*a"}, priority="2 + 0*a", values_at_trigger=False),
         Event("add", "y >= 1.5", {"a": "a + 3"}, priority="a", values_at_trigger=False),
         Event("chain", "a > 7", {"b": "b + a"}, priority="5 + 0*a", values_at_trigger=False)], a=1.0, b=0.0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_events_agree_with_roadrunner(name):
    model, times = MODELS[name](), np.linspace(0.0, 11.3, 40)
    runner = roadrunner.RoadRunner(sbml_of(model))
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-10, 1e-12
    runner.timeCourseSelections = ["time", *model.species]
    expected = np.array(runner.simulate(times=times.tolist()))[:, 1:]
    found = simulate(model, times, outputs=model.species, rtol=1e-10, atol=1e-12)
    assert found.statistics["events"] > 0 or name == "not at the start"
    # libRoadRunner finds the moment of an event within its steps, to some 1e-7
    np.testing.assert_allclose(found.table, expected, rtol=1e-5, atol=1e-6)
