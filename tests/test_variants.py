"""Other readings in a model file: loading, checking, what the commands make of them, and every one that ships."""

import json
from pathlib import Path

import numpy as np
import pytest

from exokinetics import WrongInput, check, export, load, models, simulate
from exokinetics.catalogue.loading import model_files
from exokinetics.command_line import main

DECAY = '{ value = "0.1 1/hour", quality = "assumed", reason = "a test" }'
TWO_READINGS = f"""
title = "A dish"
[part]
dish = {{ law = "extracellular_decay", from = "vesicles.culture_medium" }}
second = {{ law = "extracellular_decay", from = "vesicles.culture_medium" }}
[variant.fast]
about = "Another author has it faster."
title = "A fast dish"
part.dish = {{ law = "extracellular_decay", from = "vesicles.culture_medium", decay = {DECAY} }}
[variant.alone]
about = "Another author has one dish."
without = ["second"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "dish.toml"
    path.write_text(TWO_READINGS, "utf-8")
    return path


def shipped() -> list[tuple[str, str]]:
    """Model and variant; only files that have some are loaded."""
    named = [name for name, path in model_files().items() if "[variant." in path.read_text("utf-8")]
    return [(name, variant) for name in named for variant in load(name).variants]


def test_a_variant_replaces_adds_and_leaves_out_parts(file):
    default, fast, alone = load(file), load(file, "fast"), load(file, variant="alone")
    assert (default.variant, fast.variant, alone.variant) == ("", "fast", "alone")
    assert default.variants == fast.variants == {
        "fast": "Another author has it faster.", "alone": "Another author has one dish.",
    }  # fmt: skip
    assert (default.title, fast.title, alone.title) == ("A dish", "A fast dish", "A dish")
    assert fast.value("dish.decay").value == 0.1 != default.value("dish.decay").value
    assert "second.vesicles" in default.species
    assert "second.vesicles" not in alone.species
    assert "variant fast" in repr(fast)


def test_a_variant_that_is_kept_is_read_again_alike(file):
    first = load(file, "fast")
    from exokinetics.catalogue import loading

    loading._load.cache_clear()
    assert load(file, "fast") == first
    assert load(file) != first


def test_an_unknown_variant_is_told_with_the_nearest(file, tmp_path):
    with pytest.raises(WrongInput, match="'fats' is not a variant of this model, which has fast, alone; did you mean"):
        load(file, "fats")
    with pytest.raises(WrongInput, match="'any' is not there: the model has no variants"):
        load("epo_receptor_uptake", "any")
    export(load(file), tmp_path / "dish.xml", verify=False)
    with pytest.raises(WrongInput, match="an SBML file has no variants"):
        load(tmp_path / "dish.xml", "fast")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[variant.a]\nwithout = ['dish']", "variant.a.about: is missing"),
        ("[variant.a]\nabout = 'x'\nwithout = ['dihs']", "variant.a.without: 'dihs' is not a part of this model"),
        ("[variant.a]\nabout = 'x'\nwithout = 3", "variant.a.without: must be a list of ids"),
        ("[variant.a]\nabout = 'x'\nparts.dish = {}", "variant.a.parts: is not a key of a variant"),
        ("[variant.a]\nabout = 'x'\npart = 3", "variant.a.part: must be a table"),
        ("[variant.a]\nabout = 'x'\npart.dish = { law = 'nothing' }", "variant.a.part.dish.law: 'nothing' is not a"),
        ("[variant.a]\nabout = 'x'\nwithout = ['dish', 'second']", "variant.a.part: is missing"),
        ("[variant]\na = 3", "variant.a: must be a table"),
    ],
)
def test_check_tells_the_faults_of_variants(tmp_path, text, told):
    path = tmp_path / "dish.toml"
    path.write_text(TWO_READINGS.split("[variant")[0] + text, "utf-8")
    assert any(told in str(issue) for issue in check(path)), check(path)


def test_the_file_itself_has_no_faults(file):
    assert check(file) == []


def test_show_lists_the_variants_and_shows_one(file, capsys):
    assert main(["show", str(file)]) == 0
    assert "there is variant fast: Another author has it faster." in capsys.readouterr().out
    assert main(["show", str(file), "--variant", "fast"]) == 0
    out = capsys.readouterr().out
    assert "this is variant fast" in out
    assert "dish.decay = 0.1 1/hour" in out


def test_every_command_on_a_model_takes_a_variant(tmp_path, capsys):
    name, variant = "mir_210_3p_lung_csc_fgfrl1", "title"
    for command in (["simulate", name, "--draws", "0"], ["budget", name, "--draws", "8"]):
        assert main([*command, "--variant", variant, "--json"]) == 0
        assert "fgfr1" in capsys.readouterr().out
    assert main(["export", name, "--variant", variant, "--out", str(tmp_path / "model.xml")]) == 0
    assert "fgfr1" in (tmp_path / "model.xml").read_text("utf-8")
    capsys.readouterr()
    assert main(["simulate", name, "--variant", "titel", "--json"]) == 2
    assert "did you mean 'title'" in capsys.readouterr().err
    assert main(["export", "--all", "--variant", variant, "--out", str(tmp_path / "all")]) == 2


def test_json_tells_the_variants(file, capsys):
    assert main(["show", str(file), "--variant", "alone", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)["result"]
    assert content["variant"] == "alone"
    assert set(content["variants"]) == {"fast", "alone"}


@pytest.mark.parametrize(("name", "variant"), shipped(), ids="-".join)
def test_every_shipped_variant_differs_from_the_default_and_runs(name, variant):
    default, other = load(name), load(name, variant)
    assert other.whole != default.whole
    assert other.variants[variant].endswith(".")
    found = simulate(other, np.linspace(0.0, other.report[-1], 5))
    assert np.isfinite(found.table).all()


def test_names_of_models_are_those_of_files():
    assert {name for name, _ in shipped()} <= set(models())
