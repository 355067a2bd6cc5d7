"""The campaign over exports: what it says of a model, of a simulator that is off, and of what cannot be simulated."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from event_models import event_model

from exokinetics import Event, load, models
from exokinetics.interchange.agreement import LIMIT
from exokinetics.interchange.witnesses import installed
from scripts.exports import examining
from scripts.exports.examining import examine, requests
from scripts.exports.page import page

pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")
pytest.importorskip("roadrunner", reason="needs libroadrunner")
pytestmark = pytest.mark.skipif(len(installed()) < 2, reason="needs python-copasi")

ROOT = Path(__file__).resolve().parents[1]
MODEL = "sirna_plasma_mouse"


def test_a_model_is_examined():
    found = examine(MODEL)
    model = load(MODEL)
    assert found.counts == (len(model.species), len(model.parameters), len(model.whole.reactions), 0)
    assert [each.name for each in found.testimonies] == ["libRoadRunner", "COPASI"]
    assert 0.0 < found.worst < 1e-7  # theirs is 1e-10 a step, ours 1e-9
    assert (found.reason, found.third, found.notes) == ("", "", ())


def test_a_simulator_that_is_off_is_told_by_a_third_computation(monkeypatch):
    """libRoadRunner 2.10 misses a trigger that becomes true just after another event; COPASI finds it."""
    events = [
        Event("first", "time >= 0*day", {"depot": "depot + dose"}, initially_true=False),
        Event("second", "time >= day", {"depot": "depot + dose"}),
        Event("low", "blood < dose/10 and time > day", {"depot": "depot + dose"}, delay="day/48"),
    ]
    model = event_model(
        {"depot": 0.0, "blood": 0.0}, {"k": "0.9 1/hour", "loss": "0.2 1/hour", "dose": 5.0, "day": "24 hour"},
        {"in": ("k*depot", {"depot": -1, "blood": 1}), "out": ("loss*blood", {"blood": -1})}, events,
    )  # fmt: skip
    monkeypatch.setattr(examining, "load", lambda *_: replace(model, report=(26.0,)))
    found = examine("doses")
    road_runner, copasi = (each.largest_deviation for each in found.testimonies)
    assert copasi < 1e-6  # of one event after another
    if road_runner < LIMIT:
        pytest.skip("this libRoadRunner finds it, too")
    apart = re.search(r"is (\S+) from exokinetics and (\S+) from libRoadRunner", found.third)
    assert float(apart.group(1)) < 1e-6
    assert float(apart.group(2)) > LIMIT
    assert found.third in page([found], "command", "commit")


def test_what_fails_is_a_line_of_the_page(tmp_path):
    file = tmp_path / "broken.xml"
    file.write_text("<sbml")
    found = [examine(str(file)), examine(MODEL)]
    text = page(found, "command", "commit")
    assert re.search(r"^- broken: .*XML", text, re.MULTILINE)
    assert re.search(rf"^\| {MODEL} \| 3 \| \d+ \| \d+ \| 0 \| 72 hour \|", text, re.MULTILINE)


def test_variants_are_asked_for_with_all_models(monkeypatch):
    assert list(requests([MODEL])) == [(MODEL, "")]
    several = next(name for name in models() if load(name).variants)
    monkeypatch.setattr(examining, "models", lambda: [MODEL, several])
    assert list(requests([])) == [(MODEL, ""), (several, ""), *((several, each) for each in load(several).variants)]


@pytest.mark.slow
def test_the_command_writes_the_page(tmp_path):
    command = [
        sys.executable,
        str(ROOT / "scripts" / "verify.py"),
        "exports",
        MODEL,
        "--output",
        str(tmp_path / "page.md"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"| {MODEL} |" in (tmp_path / "page.md").read_text("utf-8")
