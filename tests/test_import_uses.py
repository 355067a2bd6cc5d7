"""An SBML file where a model of ours may stand: every command and function, against analytic answers.

The model: A decays at k A (3 exp(-k t) in nmol/litre, k = 0.3 per hour), and B is made of it, twice as much.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

from test_sbml_read import NOTHING, THREE, all_species, document, listed, math, one_species, reaction

import exokinetics as exo
from exokinetics.command_line import main

UNITS = listed(
    "UnitDefinitions",
    '<unitDefinition id="nmol"><listOfUnits><unit kind="mole" exponent="1" scale="-9" multiplier="1"/></listOfUnits>'
    "</unitDefinition>",
    '<unitDefinition id="hour"><listOfUnits><unit kind="second" exponent="1" scale="0" multiplier="3600"/>'
    "</listOfUnits></unitDefinition>",
    '<unitDefinition id="per_hour"><listOfUnits><unit kind="second" exponent="-1" scale="0" multiplier="3600"/>'
    "</listOfUnits></unitDefinition>",
)
PLACE = (
    '<listOfCompartments><compartment id="c" spatialDimensions="3" size="0.5" units="litre" constant="true"/>'
    "</listOfCompartments>"
)
BODY = (
    UNITS
    + PLACE
    + all_species(one_species("A", THREE), one_species("B", NOTHING))
    + listed("Parameters", '<parameter id="k" value="0.3" units="per_hour" constant="true"/>')
    + listed("Reactions", reaction("J", "A", "2*B", "c*k*A"))
)
STATED = 'substanceUnits="nmol" extentUnits="nmol" timeUnits="hour" volumeUnits="litre"'
TIMES = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 8.0])
K, TRUE = 0.3, 0.45
# a run at this tolerance errs by less than this
RTOL, NEAR = 1e-9, 1e-6


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "decay.xml"
    path.write_text(document(BODY, STATED))
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> dict:
    """The result of a command, with --json."""
    assert main([*map(str, arguments), "--json"]) == code, capsys.readouterr()
    return json.loads(capsys.readouterr().out)["result"]


def table_of(rate: float, times: np.ndarray, errors: bool = True) -> list[float]:
    """Measurements of A with an error of 1 % up and down, which leaves the rate to 2 %."""
    scatter = 0.01 * (-1.0) ** np.arange(len(times)) if errors else 0.0
    return (3.0 * np.exp(-rate * times) * np.exp(scatter)).tolist()


def test_units_of_the_file_are_those_of_the_results(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "simulate", file.name, "--until", "8 hour", "--points", 5, "--rtol", RTOL)
    assert found["units"] == {"time": "hour", "A": "nmol/litre", "B": "nmol/litre", "J": "nmol/hour"}
    np.testing.assert_allclose(found["outputs"]["A"], 3.0 * np.exp(-K * np.array(found["time"])), rtol=NEAR)
    faster = run(capsys, "simulate", file.name, "--until", "8 hour", "--points", 2, "--set", "k=0.01 1/minute")
    assert faster["outputs"]["B"][-1] == pytest.approx(6.0 * (1.0 - np.exp(-0.6 * 8.0)), rel=1e-4)
    assert main(["simulate", file.name, "--set", "kk=1"]) == 2
    assert "did you mean 'k'" in capsys.readouterr().err
    assert main(["simulate", "decai.xml"]) == 2
    assert "did you mean 'decay.xml'" in capsys.readouterr().err


def test_every_call_takes_the_path(file: Path) -> None:
    """One model, given as a text, as a Path and as a Model."""
    wanted = exo.simulate(exo.load(file), TIMES, rtol=RTOL)["A"]
    for given in (str(file), file, exo.read(file)):
        np.testing.assert_array_equal(exo.simulate(given, TIMES, rtol=RTOL)["A"], wanted)
    np.testing.assert_allclose(wanted, 3.0 * np.exp(-K * TIMES), rtol=NEAR)
    prepared = exo.prepare(file, TIMES, outputs=["A"], rtol=RTOL)
    np.testing.assert_allclose(prepared({"k": 1.0})[:, 0], 3.0 * np.exp(-TIMES), rtol=NEAR)
    assert exo.check(file) == []
    assert str(exo.load(file).equations()["A"]) == "-A*k"
    rest = exo.steady_state(file)
    assert rest["A"][-1] == pytest.approx(0.0, abs=1e-6) and rest["B"][-1] == pytest.approx(6.0, rel=1e-6)
    grid = exo.scan(file, TIMES, over={"k": [0.1, 0.2]})
    np.testing.assert_allclose(grid["A"], 3.0 * np.exp(-np.outer([0.1, 0.2], TIMES)), rtol=1e-4)
    dosed = exo.simulate(file, [0.0, 2.0], doses=[exo.Dose("1 hour", "A", "2 nmol/L")], rtol=RTOL)
    assert dosed["A"][-1] == pytest.approx(3.0 * np.exp(-2 * K) + 2.0 * np.exp(-K), rel=NEAR)


def test_draws_of_a_table_and_their_derivatives(file: Path) -> None:
    rates = np.geomspace(0.05, 2.0, 17)
    found = exo.ensemble(file, TIMES, draws=pd.DataFrame({"k": rates}), rtol=RTOL, sensitivities=["k", "initial:A"])
    assert found.failures.empty
    np.testing.assert_allclose(found["A"], 3.0 * np.exp(-np.outer(rates, TIMES)), rtol=NEAR, atol=1e-9)
    np.testing.assert_allclose(
        found.sensitivity("A", "k"), -3.0 * TIMES * np.exp(-np.outer(rates, TIMES)), rtol=1e-5, atol=1e-6
    )
    one = exo.simulate(file, TIMES, sensitivities=["k", "initial:A"], rtol=RTOL)
    np.testing.assert_allclose(one.sensitivity("A", "initial:A"), np.exp(-K * TIMES), rtol=NEAR)
    np.testing.assert_allclose(one.sensitivity("B", "k"), 6.0 * TIMES * np.exp(-K * TIMES), rtol=NEAR, atol=NEAR)
    drawn = exo.ensemble(file, TIMES, draws=32)
    np.testing.assert_allclose(drawn["A"], 3.0 * np.exp(-np.outer(drawn.parameters["k"], TIMES)), rtol=1e-3, atol=1e-5)


def write_fit(folder: Path, model: str) -> None:
    """A fit of k to two conditions, a third one held out; each begins with another amount."""
    folder.mkdir()
    conditions = "\n".join(
        f"[condition.{name}]\ninitial.A = '{start} nmol/L'{' ' if name != 'four' else chr(10) + 'held_out = true'}"
        for name, start in (("one", 3.0), ("two", 6.0), ("four", 12.0))
    )
    (folder / "fit.toml").write_text(
        f'title = "Decay"\nmodel = "{model}"\n{conditions}\n[observable.measured]\nexpression = "A"\n'
        'noise = "log_normal"\nspread = 0.01\n[parameter.k]\nlower = "0.003 1/hour"\nupper = "31 1/hour"\n'
    )
    head = "condition,time [hour],measured [nmol/L]"
    for name, conditions_of in (("data.csv", {"one": 1.0, "two": 2.0}), ("held_out.csv", {"four": 4.0})):
        rows = [head]
        for condition, factor in conditions_of.items():
            values = zip(TIMES[1:], table_of(TRUE, TIMES[1:]), strict=True)
            rows += [f"{condition},{time:g},{factor * value:.6g}" for time, value in values]
        (folder / name).write_text("\n".join(rows) + "\n")


def test_a_fit_file_may_name_an_sbml_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_fit(file.parent / "decay_fit", "../decay.xml")
    assert exo.check("decay_fit") == []
    problem = exo.load_fit("decay_fit")
    assert problem.model.species == ("A", "B")
    gradient = problem.gradient({"k": 0.4})
    step = 1e-4  # of the two errors of a difference, that of the bend (1e-7) and that of the runs (1e-4) is larger
    difference = (problem.cost({"k": 0.4 + step}) - problem.cost({"k": 0.4 - step})) / (2.0 * step)
    assert gradient["k"] == pytest.approx(difference, rel=1e-3)
    # ln(3) - k t is linear in k: the least squares estimate is a ratio of sums, the same in both conditions
    times = TIMES[1:]
    logs = np.log(np.array(table_of(TRUE, times)) / 3.0)
    estimate, error = -(times @ logs) / (times @ times), 0.01 / np.sqrt(2.0 * (times @ times))
    fitted = run(capsys, "fit", "decay_fit", "--starts", 3, "--out", "decay_fit")
    assert fitted["values"]["k"] == pytest.approx(estimate, rel=1e-5)
    assert fitted["errors"]["k"] == pytest.approx(error, rel=1e-3)
    # the squared sum is that of a parabola, so the 95 % interval is 1.96 standard errors to either side
    low, high = exo.profile(exo.fit(problem, starts=3, progress=False)).intervals["k"]
    assert [low, high] == pytest.approx([estimate - 1.96 * error, estimate + 1.96 * error], rel=1e-3)
    assert run(capsys, "profile", "decay_fit")["intervals"]["k"] == pytest.approx([low, high], rel=1e-6)
    held = run(capsys, "held-out", "decay_fit", "--draws", 50)
    assert "5 of 5" in json.dumps(held), held
    assert main(["show", "decay_fit"]) == 0
    assert "decay" in capsys.readouterr().out


def test_a_table_of_ones_own_is_fitted_with_an_sbml_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"{60 * time:g},{value:.6g}" for time, value in zip(TIMES[1:], table_of(TRUE, TIMES[1:]), strict=True)]
    Path("mine.csv").write_text("\n".join(["minutes,A [nM]", *rows]) + "\n")
    found = run(capsys, "fit", "--model", file.name, "--data", "mine.csv", "--free", "k", "--starts", 3)
    assert found["ran"]
    assert found["fit"]["values"]["k"] == pytest.approx(TRUE, rel=0.02)
    # the folder stands for itself: it holds the model
    file.unlink()
    assert run(capsys, "check", "mine") == []


def test_times_of_a_file_without_units_are_plain_numbers(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(document(BODY))
    values = zip(TIMES[1:], table_of(TRUE, TIMES[1:]), strict=True)
    Path("mine.csv").write_text("\n".join(["time,A", *(f"{time:g},{value:.6g}" for time, value in values)]) + "\n")
    found = run(capsys, "fit", "--model", file.name, "--data", "mine.csv", "--free", "k", "--starts", 3)
    assert found["fit"]["values"]["k"] == pytest.approx(TRUE, rel=0.02)
    assert any("states no unit" in sentence for sentence in found["assumptions"])
    Path("hours.csv").write_text("time [hour],A\n1,2\n2,1\n")
    assert main(["fit", "--model", file.name, "--data", "hours.csv"]) == 2
    assert "the model states no unit of time" in capsys.readouterr().err


def test_a_file_with_an_event_is_fitted(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A is 1 more from 2 hours on: 3 exp(-k t) + exp(-k (t - 2))."""
    event = (
        '<event id="feed" useValuesFromTriggerTime="true"><trigger initialValue="true" persistent="true">'
        f'{math("time > 2")}</trigger><listOfEventAssignments><eventAssignment variable="A">{math("A + 1")}'
        "</eventAssignment></listOfEventAssignments></event>"
    )
    file.write_text(document(BODY + listed("Events", event)))
    times = np.array([0.5, 1.0, 2.5, 3.0, 4.0, 8.0])
    after = np.where(times > 2.0, np.exp(-TRUE * np.maximum(times - 2.0, 0.0)), 0.0)
    course = (3.0 * np.exp(-TRUE * times) + after) * np.exp(0.01 * (-1.0) ** np.arange(6))
    Path("mine.csv").write_text("\n".join(["time,A", *(f"{a:g},{b:.6g}" for a, b in zip(times, course, strict=True))]))
    found = run(capsys, "fit", "--model", file.name, "--data", "mine.csv", "--free", "k", "--starts", 3)
    assert found["fit"]["values"]["k"] == pytest.approx(TRUE, rel=0.02)


def test_what_copasi_and_roadrunner_write_means_the_same(file: Path) -> None:
    text = file.read_text()
    written = {"libRoadRunner": _by_roadrunner(text), "COPASI": _by_copasi(text)}
    for tool, other in written.items():
        file.write_text(other)
        assert not [issue for issue in exo.check(file) if issue.severity == "error"], tool
        found = exo.simulate(file, TIMES, rtol=RTOL)
        np.testing.assert_allclose(found["A"], 3.0 * np.exp(-K * TIMES), rtol=NEAR, err_msg=tool)
        np.testing.assert_allclose(found["B"], 6.0 * (1.0 - np.exp(-K * TIMES)), rtol=NEAR, atol=1e-9, err_msg=tool)


def _by_roadrunner(text: str) -> str:
    roadrunner = pytest.importorskip("roadrunner", reason="libroadrunner is not installed")
    return str(roadrunner.RoadRunner(text).getCurrentSBML())


def _by_copasi(text: str) -> str:
    copasi = pytest.importorskip("COPASI", reason="python-copasi is not installed")
    model = copasi.CRootContainer.addDatamodel()
    assert model.importSBMLFromString(text)
    return str(model.exportSBMLToString(None, 2, 4))
