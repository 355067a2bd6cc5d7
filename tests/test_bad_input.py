"""Wrong input through the real command line: one sentence that says where and what, exit code 2, nothing left."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from exokinetics.command_line import main
from exokinetics.data_files import data_folder

FLAGSHIP = "mir_21_pten_hcc_caf"
FIT = "becker2010_epo_uptake"

SMALL = """
title = "A gene in dividing cells"

[part.cell]
law = "population"
from = "cells.stellate"

[part.pten]
law = "gene_expression"
from = "targets.pten"
cells = "cell"

[part.pip3]
law = "phosphoinositides"
from = "pathways.pip3"
cells = "cell"
pten = "pten.protein"

[observable]
ratio = "pten.protein/pten.mrna"
"""

SBML = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
  <model id="small" substanceUnits="mole" timeUnits="second" extentUnits="mole">
    <listOfCompartments><compartment id="c" size="1" constant="true" units="litre"/></listOfCompartments>
    <listOfSpecies><species id="x" compartment="c" initialAmount="1" hasOnlySubstanceUnits="true"
      boundaryCondition="false" constant="false"/></listOfSpecies>
    EVENTS
  </model>
</sbml>
"""
EVENT = """<listOfEvents><event id="the_dose" useValuesFromTriggerTime="true"><trigger initialValue="true"
  persistent="true"><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><gt/><csymbol encoding="text"
  definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol><cn>1</cn></apply></math></trigger>
  <listOfEventAssignments><eventAssignment variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML"><cn>2</cn>
  </math></eventAssignment></listOfEventAssignments></event></listOfEvents>"""
PAST = """<apply><csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/delay">delay</csymbol><ci>x</ci>
  <ci>x</ci></apply>"""


def refusal(arguments: list, capsys: pytest.CaptureFixture) -> str:
    """The one sentence on standard error; the same must come with --json, as one object."""
    arguments = [str(each) for each in arguments]
    assert main(arguments) == 2
    plain = capsys.readouterr()
    assert plain.out == ""
    assert plain.err.count("\n") == 1, plain.err
    assert plain.err.startswith("error: ")
    assert main([*arguments, "--json"]) == 2
    answer = capsys.readouterr()
    sentence = plain.err.removeprefix("error: ").rstrip("\n")
    found = json.loads(answer.out)
    assert found["ok"] is False
    assert found["error"] == sentence
    assert answer.err == plain.err
    return sentence


def model_file(folder: Path, text: str) -> Path:
    path = folder / "small.toml"
    path.write_text(text, "utf-8")
    return path


def changed(old: str, new: str) -> str:
    assert SMALL.count(old) == 1
    return SMALL.replace(old, new)


def test_the_small_model_is_sound(tmp_path, capsys):
    assert main(["check", str(model_file(tmp_path, SMALL))]) == 0
    assert capsys.readouterr().err == ""


DIVISION = '[part.cell]\ndivision = { value = "0.01 1/hour", quality = "assumed", reason = "a test" }\n'
BAD_MODELS = {
    "misspelt link": (
        changed("pten.protein\"\n\n", "pten.protien\"\n\n"), ["pten.protien", "did you mean 'pten.protein'"],
    ),
    "misspelt role": (
        changed('cells = "cell"\npten', 'cell = "cell"\ncells = "cell"\npten'), ["part.pip3.cell", "'cells'"],
    ),
    "misspelt law": (
        changed("phosphoinositides", "phosphoinositide"), ["part.pip3.law", "did you mean 'phosphoinositides'"],
    ),
    "misspelt key": (changed("title", "titel"), ["titel", "did you mean 'title'"]),
    "misspelt table": (changed("cells.stellate", "cells.stelate"), ["part.cell.from", "'cells.stellate'"]),
    "wrong unit": (
        changed("[part.cell]\n", DIVISION.replace("1/hour", "nM")),
        ["part.cell.division.value", "'nM' does not convert to '1/hour'"],
    ),
    "no unit": (
        changed("[part.cell]\n", DIVISION.replace(' 1/hour"', '"')),
        ["part.cell.division.value", "has no unit", "'0.01 1/hour'"],
    ),
    "missing quality": (
        changed("[part.cell]\n", DIVISION.replace('quality = "assumed", ', "")),
        ["part.cell.division.quality", "is missing", "measured, fitted, derived, assumed"],
    ),
    "missing reason": (
        changed("[part.cell]\n", DIVISION.replace(', reason = "a test"', "")),
        ["part.cell.division.reason", "is missing"],
    ),
    "duplicate part": (SMALL + '\n[part.cell]\nlaw = "population"\n', ["TOML", "cell"]),
    "duplicate id": (SMALL + '"pten.mrna" = "2*pten.protein"\n', ["pten.mrna", "species", "observable"]),
    "cyclic rule": (SMALL + 'a = "2*b"\nb = "a/3"\n', ["a -> b -> a"]),
    "code in a rate": (SMALL + "bad = \"__import__('os').system('touch CANARY')\"\n", ["observable.bad"]),
    "a lambda in a rate": (SMALL + 'bad = "(lambda: 1)()"\n', ["observable.bad"]),
    "code in a unit": (
        changed("[part.cell]\n", DIVISION.replace("1/hour", "__import__('os').system('touch CANARY')")),
        ["part.cell.division.value", "is not a unit"],
    ),
    "a power tower in a unit": (
        changed("[part.cell]\n", DIVISION.replace("1/hour", "hour**9**9**9")),
        ["part.cell.division.value", "power"],
    ),
    "not TOML": (SMALL + "[", ["is not valid TOML"]),
    "nan": (changed("[part.cell]\n", DIVISION.replace("0.01 1", "nan 1")), ["part.cell.division.value"]),
}  # fmt: skip


@pytest.mark.parametrize("command", ["check", "simulate", "show", "export"])
@pytest.mark.parametrize("fault", BAD_MODELS)
def test_a_bad_model_file(fault, command, tmp_path, monkeypatch, capsys):
    text, wanted = BAD_MODELS[fault]
    path = model_file(tmp_path, text)
    monkeypatch.chdir(tmp_path)
    more = ["--out", tmp_path / "out.xml"] if command == "export" else []
    sentence = refusal([command, path, *more], capsys)
    assert "small.toml" in sentence
    for fragment in wanted:
        assert fragment in sentence
    assert [each.name for each in tmp_path.iterdir()] == ["small.toml"]


def test_every_fault_is_reported_at_once(tmp_path, capsys):
    text = (
        changed("cells.stellate", "cells.stelate")
        .replace("phosphoinositides", "phosphoinositide")
        .replace("title", "titel")
    )
    assert main(["check", str(model_file(tmp_path, text))]) == 2
    lines = capsys.readouterr().err.splitlines()
    faults = [line for line in lines[1:] if "did you mean" in line]
    assert lines[0] == f"error: {len(lines) - 1} things are wrong"
    assert len(faults) == 3


SETTINGS = {
    "misspelt species": ("pten.mrn=3", ["'pten.mrn' is not a parameter or species", "did you mean 'pten.mrna'"]),
    "misspelt parameter": ("pten.mrna_decai=3", ["did you mean 'pten.mrna_decay'"]),
    "wrong unit": ("pten.mrna_decay=3 nM", ["'nM' does not convert to '1/hour'"]),
    "no value": ("pten.mrna", ["ID=VALUE"]),
    "nan": ("pten.mrna=nan", ["'nan' is not a number"]),
    "code": ("pten.mrna=__import__('os').getpid()", ["is not a number"]),
    "code in the unit": ("pten.mrna=1 __import__('os').getpid()", ["is not a unit"]),
    "an observable": ("delivered=1", ["'delivered' is not a parameter or species"]),
}


@pytest.mark.parametrize("fault", SETTINGS)
def test_a_bad_setting(fault, capsys, nothing_runs):
    text, wanted = SETTINGS[fault]
    sentence = refusal(["simulate", FLAGSHIP, "--set", text], capsys)
    for fragment in wanted:
        assert fragment in sentence


def test_a_negative_state(capsys):
    sentence = refusal(["simulate", FLAGSHIP, "--set", "pten.mrna=-3"], capsys)
    assert "pten.mrna" in sentence
    assert "negative" in sentence


def test_an_option_without_its_value(capsys):
    assert main(["simulate", FLAGSHIP, "--until"]) == 2
    assert capsys.readouterr().err.startswith("error: option '--until' requires an argument")


@pytest.fixture
def nothing_runs(monkeypatch):
    """A simulation that begins is a failure."""

    def begun(*_arguments, **_options):
        raise AssertionError("a simulation was begun")

    for name in ("simulate", "ensemble"):
        monkeypatch.setattr(f"exokinetics.simulation.{name}", begun)


USAGE = {
    "unknown command": (["simulat", FLAGSHIP], ["no command 'simulat'", "did you mean 'simulate'"]),
    "a command to come": (["sensitivity", FLAGSHIP], ["not built yet"]),
    "unknown option": (["simulate", FLAGSHIP, "--untl", "3"], ["no option '--untl'", "did you mean '--until'"]),
    "unknown model": (["simulate", "mir_21_pten_hcc_ca"], [f"did you mean '{FLAGSHIP}'"]),
    "unknown fit": (["fit", "becker2010_epo_uptak"], [f"did you mean '{FIT}'"]),
    "unknown name": (["show", "target_bindng"], ["did you mean 'target_binding'"]),
    "unknown kind": (["list", "modls"], ["did you mean 'models'"]),
    "missing file": (["check", "models/nothing.toml"], ["no file 'models/nothing.toml'"]),
    "missing name": (["simulate"], ["missing argument 'NAME'"]),
    "negative time": (["simulate", FLAGSHIP, "--until", "-5"], ["--until", "must be above 0", "-5"]),
    "negative time with unit": (["simulate", FLAGSHIP, "--until", "-5 day"], ["--until", "must be above 0"]),
    "time in a wrong unit": (["simulate", FLAGSHIP, "--until", "5 nM"], ["--until", "does not convert to 'hour'"]),
    "too few points": (["simulate", FLAGSHIP, "--points", "1"], ["--points", "at least 2"]),
    "points not whole": (["simulate", FLAGSHIP, "--points", "2.5"], ["--points", "'2.5'"]),
    "fewer than no draws": (["simulate", FLAGSHIP, "--draws", "-1"], ["--draws", "at least 0"]),
    "a band of no draws": (["simulate", FLAGSHIP, "--bands", "--draws", "0"], ["--bands", "--draws 0"]),
    "negative seed": (["simulate", FLAGSHIP, "--draws", "9", "--seed", "-1"], ["--seed", "at least 0"]),
    "unknown method": (["simulate", FLAGSHIP, "--method", "lsodar"], ["did you mean 'lsoda'"]),
    "tolerance": (["simulate", FLAGSHIP, "--rtol", "2"], ["rtol", "between 0 and 1"]),
    "method with draws": (["simulate", FLAGSHIP, "--draws", "9", "--method", "bdf"], ["--method", "--draws"]),
    "unknown ending": (["simulate", FLAGSHIP, "--out", "x.cvs"], ["'.cvs'", "did you mean '.csv'"]),
    "no ending": (["simulate", FLAGSHIP, "--out", "x"], ["no ending", ".csv"]),
    "export without a place": (["export", FLAGSHIP], ["--out"]),
    "export of nothing": (["export", "--out", "x.xml"], ["NAME"]),
    "export to a format to come": (["export", FLAGSHIP, "--out", "x.ant"], ["'antimony'", "not built yet", "'sbml'"]),
    "export to an unknown format": (["export", FLAGSHIP, "--format", "smbl", "--out", "x"], ["did you mean 'sbml'"]),
    "fit of a table": (["fit", "--model", FLAGSHIP, "--data", "x.csv"], ["x.csv", "no such file"]),
}


@pytest.mark.parametrize("fault", USAGE)
def test_wrong_usage(fault, tmp_path, monkeypatch, capsys, request):
    monkeypatch.chdir(tmp_path)
    if fault not in ("unknown method", "tolerance"):  # these are found by the function that would simulate
        request.getfixturevalue("nothing_runs")
    arguments, wanted = USAGE[fault]
    sentence = refusal(arguments, capsys)
    for fragment in wanted:
        assert fragment in sentence
    assert not list(tmp_path.iterdir())


PLACES = {
    "no such folder": ("missing/out", "there is no folder"),
    "below a file": ("file.txt/out", "is a file and not a folder"),
    "far below a file": ("file.txt/more/out", "is a file and not a folder"),
    "a folder": ("folder", "is a folder"),
}


@pytest.mark.parametrize("fault", PLACES)
@pytest.mark.parametrize("command", ["simulate", "export"])
def test_a_place_that_cannot_be_written(fault, command, tmp_path, capsys, nothing_runs):
    (tmp_path / "file.txt").write_text("kept")
    ending = ".csv" if command == "simulate" else ".xml"
    (tmp_path / f"folder{ending}").mkdir()
    place, wanted = PLACES[fault]
    sentence = refusal([command, FLAGSHIP, "--out", tmp_path / f"{place}{ending}"], capsys)
    assert wanted in sentence
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["file.txt", f"folder{ending}"]
    assert (tmp_path / "file.txt").read_text() == "kept"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc, where not even root can make a file")
def test_an_unwritable_folder(capsys, nothing_runs):
    assert "/proc/out.csv: cannot be written" in refusal(["simulate", FLAGSHIP, "--out", "/proc/out.csv"], capsys)
    assert "/proc/out.xml: cannot be written" in refusal(["export", FLAGSHIP, "--out", "/proc/out.xml"], capsys)


def test_a_fit_is_not_begun_for_a_place_that_cannot_be_written(tmp_path, monkeypatch, capsys):
    def begun(*_arguments, **_options):
        raise AssertionError("a fit was begun")

    monkeypatch.setattr("exokinetics.fitting.fit", begun)
    (tmp_path / "file.txt").write_text("kept")
    for place, wanted in (("file.txt", "is a file"), ("file.txt/out", "is a file"), ("missing/out", "no folder")):
        assert wanted in refusal(["fit", FIT, "--out", tmp_path / place], capsys)
    assert [each.name for each in tmp_path.rglob("*")] == ["file.txt"]


@pytest.fixture
def fit_folder(tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(data_folder("fits") / FIT, folder, ignore=shutil.ignore_patterns("*.png", "result.toml"))
    return folder


BAD_FITS = {
    "nan in the data": ("data.csv", "0.9529458192785314", "nan", ["data.csv", "line 2, column medium", "not finite"]),
    "infinity in the data": ("data.csv", "0.9529458192785314", "-inf", ["line 2, column medium", "not finite"]),
    "a word in the data": ("data.csv", "0.9529458192785314", "n.d.", ["line 2, column medium", "'n.d.'"]),
    "unknown column": ("data.csv", ",surface [", ",surfaces [", ["observable.surface", "did you mean 'surfaces'"]),
    "column without unit": ("data.csv", "time [minute]", "time", ["line 1", "'time' names no unit"]),
    "column in an unknown unit": ("data.csv", "free [pM]", "free [pQ]", ["line 1, column free", "'pQ'"]),
    "code in a unit": ("data.csv", "free [pM]", "free [__import__('os')]", ["line 1, column free", "not a unit"]),
    "unknown condition": ("data.csv", "uptake,1,0.82,", "uptak,1,0.82,", ["'uptak'", "did you mean 'uptake'"]),
    "unknown model": ("fit.toml", 'model = "epo_receptor_uptake"', 'model = "epo_uptake"', ["model", "'epo_uptake'"]),
    "unknown parameter": ("fit.toml", 'parameter."epo.dose"', 'parameter."epo.dosis"', ["did you mean 'epo.dose'"]),
    "swapped bounds": ("fit.toml", 'lower = "20 pM"', 'lower = "2e6 pM"', ["epo.dose", "is not below"]),
    "unknown noise": ("fit.toml", '"log_normal"', '"lognormal"', ["noise", "did you mean 'log_normal'"]),
}


@pytest.mark.parametrize("command", ["check", "fit"])
@pytest.mark.parametrize("fault", BAD_FITS)
def test_a_bad_fit(fault, command, fit_folder, tmp_path, capsys):
    name, old, new, wanted = BAD_FITS[fault]
    path = fit_folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    more = ["--out", tmp_path / "out"] if command == "fit" else []
    sentence = refusal([command, fit_folder, *more], capsys)
    for fragment in wanted:
        assert fragment in sentence
    assert not (tmp_path / "out").exists()


BAD_SBML = {
    "broken XML": (SBML.replace("</model>", ""), []),
    "cut off": (SBML[:300], []),
    "another XML": ("<?xml version='1.0'?>\n<html><body>hello</body></html>\n", []),
    "an event with a moving past": (SBML.replace("EVENTS", EVENT.replace("<cn>2</cn>", PAST)), ["the_dose", "delay"]),
}


@pytest.mark.parametrize("command", ["check", "simulate", "export"])
@pytest.mark.parametrize("fault", BAD_SBML)
def test_a_bad_sbml_file(fault, command, tmp_path, capsys):
    pytest.importorskip("libsbml", reason="needs python-libsbml")
    text, wanted = BAD_SBML[fault]
    path = tmp_path / "small.xml"
    path.write_text(text, "utf-8")
    more = ["--out", tmp_path / "out.xml"] if command == "export" else []
    sentence = refusal([command, path, *more], capsys)
    for fragment in ["small.xml", *wanted]:
        assert fragment in sentence
    assert [each.name for each in tmp_path.iterdir()] == ["small.xml"]


FILES = {
    "binary": (b"\x00\xff\xfe\x01" * 64, "UTF-8"),
    "latin-1": ('title = "Züge"\n'.encode("latin-1"), "UTF-8"),
    "an archive": (b"PK\x03\x04rest", "archive"),
    "empty": (b"", "neither a model nor a fit"),
    "a number of thousands of digits": (b"a = 1" + b"0" * 5000, "TOML"),
    "other TOML": (b"x = 1", "neither a model nor a fit"),
    "deeply nested": (b"a = " + b"[" * 100_000, "nested too deeply"),
}


@pytest.mark.parametrize("fault", FILES)
def test_check_never_fails_on_what_is_no_model(fault, tmp_path, capsys):
    content, wanted = FILES[fault]
    path = tmp_path / "thing.toml"
    path.write_bytes(content)
    assert wanted in refusal(["check", path], capsys)


def test_check_turns_a_stumbling_reader_into_an_issue(tmp_path, monkeypatch, capsys):
    def stumbling(_path):
        raise TypeError("unhashable type: 'dict'")

    monkeypatch.setattr("exokinetics.interchange.reading.check_model", stumbling)
    sentence = refusal(["check", model_file(tmp_path, SMALL)], capsys)
    assert "please report this" in sentence
    assert "unhashable" in sentence


def test_check_of_a_folder(tmp_path, capsys):
    assert "is a folder without a fit.toml" in refusal(["check", tmp_path], capsys)


def test_a_fresh_process_shows_no_traceback(tmp_path):
    for arguments in (["simulat"], ["simulate", FLAGSHIP, "--until", "-1"]):
        command = [sys.executable, "-m", "exokinetics", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=data_folder("models").parent)
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1
        assert done.stderr.startswith("error: ")
