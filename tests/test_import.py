"""`exokinetics import`: the report of what an SBML file became, against files whose contents are known."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

from test_sbml_composed import DECAY, composed, definitions, submodels
from test_sbml_read import (
    NOTHING,
    THREE,
    all_species,
    compartments,
    document,
    listed,
    math,
    one_species,
    parameters,
    reaction,
    rule,
)

from exokinetics import WrongInput, load, simulate
from exokinetics.command_line import main
from exokinetics.interchange.conserved import conserved_totals, total_text
from exokinetics.interchange.understanding import understand

EVENT = (
    '<event id="feed" useValuesFromTriggerTime="true"><trigger initialValue="true" persistent="true">'
    f'{math("time > 5")}</trigger><delay>{math("2")}</delay><listOfEventAssignments><eventAssignment variable="S">'
    f"{math('S + 3')}</eventAssignment></listOfEventAssignments></event>"
)
ENZYME = document(
    listed("FunctionDefinitions", f'<functionDefinition id="half">{math("lambda(x, x/2)")}</functionDefinition>')
    + compartments(cell=0.5, medium=2.0)
    + all_species(
        one_species("S", THREE, place="cell"), one_species("E", 'initialConcentration="1"', place="cell"),
        one_species("ES", NOTHING, place="cell"), one_species("P", NOTHING, place="cell"),
        one_species("Q", NOTHING, place="medium"), one_species("fixed", THREE, place="cell", boundary=True),
    )
    + listed("Parameters", parameters(on=2.0, off=0.1, turn=0.7, leave=0.3, time=4.0), parameters(False, both=None))
    + listed("Rules", rule("assignment", "both", "half(E + ES)"))
    + listed(
        "Reactions", reaction("bind", "S E", "ES", "cell*(on*S*E - off*ES)"),
        reaction("make", "ES", "E P", "cell*turn*ES"), reaction("export", "P", "Q", "cell*leave*P"),
    )
)  # fmt: skip


@pytest.fixture
def enzyme(tmp_path: Path) -> Path:
    path = tmp_path / "an enzyme.xml"
    path.write_text(ENZYME)
    return path


def report(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> dict:
    assert main(["import", *map(str, arguments), "--json"]) == code
    return json.loads(capsys.readouterr().out)["result"]


def test_the_report_counts_and_says_what_each_thing_became(enzyme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = report(capsys, enzyme)
    assert found["level"] == "Level 3 Version 2"
    assert found["elements"] == {
        "compartments": 2, "species": 6, "parameters": 6, "reactions": 3, "assignment rules": 1, "functions": 1,
    }  # fmt: skip
    roles = {name: item["role"] for name, item in found["became"].items()}
    assert {name for name, role in roles.items() if role == "state"} == {"S", "E", "ES", "P", "Q", "fixed"}
    assert {name for name, role in roles.items() if role == "computed output"} == {"both", "bind", "make", "export"}
    assert {name for name, role in roles.items() if role == "parameter"} == {
        "cell", "medium", "on", "off", "turn", "leave", "time",
    }  # fmt: skip
    assert found["renamed"] == {"time": "time_2"}
    assert any("time_2" in issue["message"] for issue in found["warnings"])
    assert not found["units_understood"] and "has no unit" in found["units"]
    # S, E and ES change by all three of them, P by ES and itself, Q by P
    assert found["size"] == {
        "states": 6, "changing": 5, "parameters": 7, "outputs": 10, "reactions": 4, "events": 0, "entries": 12,
    }  # fmt: skip
    assert load(enzyme).species == ("E", "ES", "P", "Q", "S", "fixed")


def test_conserved_totals_are_those_of_the_amounts(enzyme: Path) -> None:
    """E + ES, and the amount of substrate: 0.5 (S + ES + P) + 2 Q, here with 1 at the last of each."""
    totals = conserved_totals(load(enzyme))
    result = simulate(enzyme, np.linspace(0.0, 20.0, 5), rtol=1e-9)
    assert totals is not None and len(totals) == 2
    for total in totals:
        course = sum(weight * result[name] for name, weight in total.items())
        np.testing.assert_allclose(course, course[0], rtol=1e-7)
    matrix = np.array([[total.get(name, 0.0) for name in ("E", "ES", "P", "Q", "S")] for total in totals])
    wanted = np.array([[1.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.5, 0.5, 2.0, 0.5]])
    assert np.linalg.matrix_rank(np.vstack([matrix, wanted]), tol=1e-9) == 2
    assert total_text({"A": 1.0, "B": -2.0, "C": -1.0}) == "A - 2 B - C"


def test_an_event_that_sets_a_species_breaks_its_total(enzyme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    enzyme.write_text(ENZYME.replace("</listOfReactions>", f"</listOfReactions>{listed('Events', EVENT)}"))
    found = report(capsys, enzyme)
    assert found["elements"]["events"] == found["elements"]["events with a delay"] == 1
    assert found["conserved"] == ["E + ES"]
    assert any("one by one" in sentence and "feed" in sentence for sentence in found["limits"])


def test_reactions_of_one_shape_are_not_coupled_by_their_rates(tmp_path: Path) -> None:
    """A goes to B or to C: B and C stay in a ratio by the values of the rates only, and A + B + C by structure."""
    path = tmp_path / "branch.xml"
    species = all_species(one_species("A", THREE), one_species("B", NOTHING), one_species("C", NOTHING))
    laws = listed("Reactions", reaction("one", "A", "B", "0.3*A"), reaction("two", "A", "C", "0.6*A"))
    path.write_text(document(compartments(c=1.0) + species + laws))
    assert conserved_totals(load(path)) == [{"A": 1.0, "B": 1.0, "C": 1.0}]


def test_every_command_that_the_report_names_works(
    enzyme: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(enzyme.parent)
    course = simulate(enzyme, [0.0, 2.0, 6.0, 9.0], values={"leave": 0.4})
    rows = [f"{time:g},{value:.6g}" for time, value in zip(course.time[1:], course["Q"][1:], strict=True)]
    Path("MEASURED.csv").write_text("\n".join(["time,Q", *rows]))
    commands = report(capsys, "an enzyme.xml")["commands"]
    assert {shlex.split(command)[1] for command in commands} == {"show", "simulate", "fit"}
    for command in commands:
        assert main([*shlex.split(command)[1:], "--quiet"]) == 0, (command, capsys.readouterr())
    assert "Q" in Path("course.csv").read_text().splitlines()[0].split(",")


def test_everything_that_is_refused_is_told_at_once_with_its_id(
    enzyme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = ENZYME.replace(math("cell*turn*ES"), math("cell*turn*delay(ES, 1)").replace("turn", "turn"))
    text = text.replace('<reaction id="export"', '<reaction fast="true" id="export"')
    text = text.replace("level3/version2/core", "level3/version1/core").replace('version="2"', 'version="1"')
    enzyme.write_text(text.replace('id="on" value="2.0"', 'id="on"'))
    found = report(capsys, enzyme, code=2)
    assert not found["understood"]
    assert found["elements"]["delayed values in formulas"] == 1
    assert found["refused"]
    assert all(issue["file"] == str(enzyme) and issue["key"] for issue in found["refused"])
    assert main(["import", str(enzyme)]) == 2
    shown = capsys.readouterr()
    assert all(issue["message"] in shown.err for issue in found["refused"])
    assert "Refused" in shown.out
    assert [str(issue) for issue in understand(enzyme).refused] == [
        f"{issue['file']}: {issue['key']}: {issue['message']}" for issue in found["refused"]
    ]


def test_a_composed_and_an_old_file_are_counted_by_what_they_hold(tmp_path: Path) -> None:
    path = tmp_path / "f.xml"
    path.write_text(composed(submodels(one="decay", two="decay"), definitions(decay=DECAY)))
    found = understand(path)
    assert found.elements["submodels"] == 2
    assert {name for name, item in found.became.items() if item.role == "state"} == {"one__A", "two__A"}
    old = (
        '<sbml xmlns="http://www.sbml.org/sbml/level1" level="1" version="1"><model name="old"><listOfCompartments>'
        '<compartment name="c" volume="1"/></listOfCompartments><listOfSpecies><specie name="A" compartment="c" '
        'initialAmount="3"/></listOfSpecies><listOfParameters><parameter name="x" value="1"/></listOfParameters>'
        '<listOfRules><parameterRule name="x" type="rate" formula="2"/></listOfRules><listOfReactions>'
        '<reaction name="J"><listOfReactants><specieReference specie="A"/></listOfReactants><kineticLaw formula="k*A">'
        '<listOfParameters><parameter name="k" value="0.3"/></listOfParameters></kineticLaw></reaction>'
        "</listOfReactions></model></sbml>"
    )
    path.write_text(old)
    found = understand(path)
    assert found.level == "Level 1 Version 1"
    assert found.elements == {
        "compartments": 1, "species": 1, "parameters": 1, "local parameters": 1, "reactions": 1, "rate rules": 1,
    }  # fmt: skip
    assert found.became["J.k"].role == "parameter"
    result = simulate(path, [0.0, 2.0], rtol=1e-9)
    assert result["A"][-1] == pytest.approx(3.0 * np.exp(-0.6), rel=1e-7)
    assert result["x"][-1] == pytest.approx(5.0, rel=1e-9)


def test_out_writes_the_model_anew(enzyme: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new.xml"
    report(capsys, enzyme, "--out", out)
    first, second = (simulate(path, [0.0, 7.0], rtol=1e-9) for path in (enzyme, out))
    for name in first.outputs:
        np.testing.assert_allclose(second[name], first[name], rtol=1e-7, atol=1e-12)
    assert main(["import", str(enzyme), "--out", str(tmp_path / "new.toml")]) == 2
    assert "mechanisms, which SBML does not tell" in capsys.readouterr().err
    assert not (tmp_path / "new.toml").exists()


def test_a_rate_that_rounds_a_state_is_told_to_have_no_sensitivities(tmp_path: Path) -> None:
    path = tmp_path / "steps.xml"
    path.write_text(document(DECAY.replace(math("k*A*c"), math("k*floor(A)*c"))))
    assert any("No sensitivities" in sentence and "floor" in sentence for sentence in understand(path).limits)
    with pytest.raises(WrongInput, match=r"floor\(\) of species"):
        simulate(path, [0.0, 1.0], sensitivities=True)


def test_files_that_are_no_sbml_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "model.toml"
    other.write_text('title = "x"\n')
    assert main(["import", str(other)]) == 2
    assert "is not SBML" in capsys.readouterr().err
    assert main(["import", str(tmp_path / "nothing.xml")]) == 2
    assert "there is no file" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
@pytest.mark.parametrize("command", ["import", "simulate", "show", "check"])
def test_what_is_no_regular_file_is_not_waited_for(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe.xml")
    (tmp_path / "link.xml").symlink_to("link.xml")
    assert main([command, str(tmp_path / "pipe.xml")]) == 2
    assert "is not a regular file" in capsys.readouterr().err
    assert main([command, str(tmp_path / "link.xml")]) == 2
    assert "a link that leads to no file" in capsys.readouterr().err
