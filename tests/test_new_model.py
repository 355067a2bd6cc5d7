"""`exokinetics new model`: what it writes checks clean, and nothing is overwritten."""

import json
from pathlib import Path

import pytest

from exokinetics import check, export, load
from exokinetics.command_line import main

AXES = ["mir_19a_bc_osteoclast", "lncrna_uca1_tamoxifen_mcf7", "mir_21_oscc_hypoxia_normoxic"]


@pytest.mark.parametrize("like", [*AXES, "mir_21_pten_hcc_caf", "epo_receptor_uptake"])
def test_a_new_model_is_the_one_that_it_is_like(like, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "model", "my_axis", "--like", like]) == 0
    assert not check("my_axis.toml")
    made = load("my_axis.toml")
    assert made.name == "my_axis"
    assert made.title != load(like).title
    assert made.whole == load(like).whole
    assert [path.name for path in tmp_path.iterdir()] == ["my_axis.toml"]


@pytest.mark.parametrize("name", AXES)
def test_an_axis_file_has_8_to_20_lines(name):
    default, _, _ = Path(load(name).file).read_text("utf-8").partition("\n[variant.")
    assert 8 <= len(default.splitlines()) <= 20


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["model", "1a"], "cannot be the name"),
        (["model", "mir_21_pten_hcc_caf"], "--like mir_21_pten_hcc_caf"),
        (["model", "x", "--like", "mir_19a_bc_osteoclas"], "did you mean 'mir_19a_bc_osteoclast'"),
        (["model", "x", "--out", "x.txt"], "ends in .toml"),
        (["model", "x", "--out", "no/x.toml"], "no folder"),
        (["model", "x", "--like", "LIKE"], "no model file in TOML"),
        (["modle", "x"], "did you mean 'model'"),
        (["fit", "x"], "needs --model"),
        (["fit", "x", "--model", "epo_receptor_uptak"], "did you mean 'epo_receptor_uptake'"),
        (["fit", "1x", "--model", "epo_receptor_uptake"], "cannot be the name of a fit"),
        (["fit", "x", "--model", "epo_receptor_uptake", "--out", "no/x"], "no folder"),
        (["model", "x", "--model", "epo_receptor_uptake"], "goes with new fit"),
    ],
)
def test_what_cannot_be_begun_is_one_sentence(arguments, words, tmp_path, tmp_path_factory, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    sbml = tmp_path_factory.mktemp("foreign") / "foreign.xml"
    if "LIKE" in arguments:
        export("epo_receptor_uptake", sbml)
    arguments = [str(sbml) if each == "LIKE" else each for each in arguments]
    assert main(["new", *arguments, "--json"]) == 2
    captured = capsys.readouterr()
    assert words in json.loads(captured.out)["error"]
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_stays(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.toml").write_text("mine")
    assert main(["new", "model", "x"]) == 2
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "x.toml").read_text() == "mine"
