"""Events as written to SBML: libSBML has no complaint, and libRoadRunner finds the same course."""

import re

import numpy as np
import pytest
from event_models import clock
from test_event_files import FILE
from test_events_against_roadrunner import MODELS

from exokinetics import Event, export, load, simulate
from exokinetics.interchange.sbml_file import write_sbml

pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")
from exokinetics.sbml.consistency import consistency_messages
from exokinetics.sbml.identifiers import sbml_id


def written(model, tmp_path):
    write_sbml(model, tmp_path / "model.xml")
    return (tmp_path / "model.xml").read_text("utf-8")


@pytest.mark.parametrize("name", MODELS)
def test_a_written_model_has_the_same_events(name, tmp_path):
    roadrunner = pytest.importorskip("roadrunner", reason="needs libroadrunner")
    model, times = MODELS[name](), np.linspace(0.0, 11.3, 40)
    text = written(model, tmp_path)
    assert consistency_messages(text, units=True) == []
    runner = roadrunner.RoadRunner(text)
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-10, 1e-12
    runner.timeCourseSelections = ["time", *map(sbml_id, model.species)]
    expected = np.array(runner.simulate(times=times.tolist()))[:, 1:]
    found = simulate(model, times, outputs=model.species, rtol=1e-10, atol=1e-12)
    # libRoadRunner finds the moment of an event within its steps, to some 1e-7
    np.testing.assert_allclose(found.table, expected, rtol=1e-5, atol=1e-6)


def test_events_of_a_model_file_are_written_in_its_units(tmp_path):
    path = tmp_path / "refilled.toml"
    path.write_text(FILE, encoding="utf-8")
    text = written(load(path), tmp_path)
    assert consistency_messages(text, units=True) == []
    assert 'persistent="false"' in text
    head = r'<event id="refill" sboTerm="SBO:0000231" useValuesFromTriggerTime="true" name="A second dose">'
    assert re.search(head, text)


def test_an_event_may_bear_the_id_of_something_else(tmp_path):
    text = written(clock([Event("a", "y >= 1", {"a": "y"})], a=0.0), tmp_path)
    assert '<event id="event__a"' in text
    assert consistency_messages(text, units=True) == []


def test_an_exported_model_is_proved_with_its_events(tmp_path):
    path = tmp_path / "refilled.toml"
    path.write_text(FILE, encoding="utf-8")
    made = export(load(path), tmp_path / "refilled.xml")
    assert made.verified
    assert made.witnesses[0].largest_deviation < 1e-12  # of our reader: the file holds the same numbers and formulas
    again = load(tmp_path / "refilled.xml").whole.events["refill"]
    assert (again.persistent, again.values_at_trigger, again.initially_true) == (False, True, True)
