"""Variants of models in fits: what is fitted, as a rival, what is said of a wrong one, and the commands."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

import exokinetics as exo
from exokinetics.command_line import main
from exokinetics.fitting.comparison import is_nested

MODEL = """
title = "drug"

[part.drug]
law = "dosed_compound"
decay = { value = "0.1 1/hour", quality = "assumed", reason = "test" }

[initial]
"drug.concentration" = { value = "100 nM", quality = "assumed", reason = "test" }

[variant.fast]
about = "Another author has it five times as fast."
part.drug = { law = "dosed_compound", decay = { value = "0.5 1/hour", quality = "assumed", reason = "test" } }

[variant.twice]
about = "Another author begins with twice as much."
initial."drug.concentration" = { value = "200 nM", quality = "assumed", reason = "test" }
"""

FIT = """
title = "drug"
model = "drug.toml"
variant = "twice"

[condition.only]

[observable.level]
expression = "drug.concentration"
noise = "additive"
spread = "sd"

[parameter.sd]
unit = "nM"
lower = 1e-4
upper = 1e4

[rival.fast]
variant = "fast"

[rival.default]
variant = ""

[rival.taken_away]
variant = false

[rival.other]
model = "plain.toml"
"""

TIMES = [0.0, 1.0, 4.0]


def written(folder: Path, fit: str = FIT) -> Path:
    """The files of the fit as a user would write them."""
    (folder / "drug.toml").write_text(MODEL)
    (folder / "plain.toml").write_text(MODEL[: MODEL.index("[variant.fast]")])
    (folder / "fit.toml").write_text(fit)
    (folder / "data.csv").write_text("condition,time [hour],level [nM]\nonly,0,150\nonly,1,100\nonly,4,60\n")
    return folder


def test_a_fit_and_its_rivals_take_the_variants_that_they_name(tmp_path: Path) -> None:
    problem = exo.load_fit(written(tmp_path))
    wanted = {"": (200.0, 0.1), "fast": (100.0, 0.5), "default": (100.0, 0.1), "taken_away": (100.0, 0.1)}
    for name, (amount, rate) in (wanted | {"other": (100.0, 0.1)}).items():
        found = (problem.rivals[name] if name else problem).predictor.predict({}).values
        # the integrator is good to 1e-8 of each amount
        np.testing.assert_allclose(found, amount * np.exp(-rate * np.array(TIMES)), rtol=1e-6)
    assert problem.model.variant == "twice"
    assert [rival.model.variant for rival in problem.rivals.values()] == ["fast", "", "", ""]
    assert exo.fit(problem, starts=1, progress=False).record()["variant"] == "twice"


def test_a_variant_is_no_special_case_of_another(tmp_path: Path) -> None:
    free = '\n[parameter.factor]\nunit = "dimensionless"\nlower = 1e-3\nupper = 1e3\n'
    held = 'parameter.factor = { estimate = false, value = 1, reason = "test" }\n'
    text = FIT[: FIT.index("[rival")].replace('"drug.concentration"\nnoise', '"factor*drug.concentration"\nnoise')
    rivals = f"[rival.same]\n{held}[rival.fast]\nvariant = 'fast'\n{held}"
    problem = exo.load_fit(written(tmp_path, text + free + rivals))
    assert is_nested(problem.rivals["same"], problem)
    assert not is_nested(problem.rivals["fast"], problem)


FAULTS = {
    "fit.toml: variant: 'twicee' is not a variant of this model, which has fast, twice; did you mean 'twice'": (
        'variant = "twice"', 'variant = "twicee"',
    ),
    "fit.toml: variant: '3' is not a variant of this model": ('variant = "twice"', "variant = 3"),
    "fit.toml: variant: .*'fast'.* is not a variant": ('variant = "twice"', 'variant = ["fast"]'),
    "fit.toml: rival.fast.variant: 'fats' is not a variant of this model": (
        '[rival.fast]\nvariant = "fast"', '[rival.fast]\nvariant = "fats"',
    ),
    "fit.toml: rival.other.variant: 'fast' is not there: the model has no variants": (
        'model = "plain.toml"', 'model = "plain.toml"\nvariant = "fast"',
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", FAULTS)
def test_each_fault_of_a_variant_is_one_sentence(tmp_path: Path, sentence: str) -> None:
    old, new = FAULTS[sentence]
    assert old in FIT
    with pytest.raises(exo.WrongInput, match=sentence) as caught:
        exo.load_fit(written(tmp_path, FIT.replace(old, new)))
    assert len(str(caught.value).splitlines()) == 1


def test_the_commands_show_and_write_a_variant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = written(tmp_path)
    assert main(["show", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "model drug, variant twice," in shown
    assert "fast: drug (rival fast); model drug, variant fast," in shown
    table = tmp_path / "table.csv"
    table.write_text("time [hour],drug.concentration [nM]\n0,100\n1,61\n4,14\n")
    own = ["fit", "--model", str(folder / "drug.toml"), "--data", str(table), "--out", str(tmp_path / "own")]
    assert main([*own, "--variant", "fast", "--no-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"]
    assert tomllib.loads((tmp_path / "own" / "fit.toml").read_text())["variant"] == "fast"
    assert exo.load_fit(tmp_path / "own").model.value("drug.decay").value == 0.5
    begun = ["new", "fit", "begun", "--model", str(folder / "drug.toml"), "--out", str(tmp_path / "begun")]
    assert main([*begun, "--variant", "fast"]) == 0
    assert tomllib.loads((tmp_path / "begun" / "fit.toml").read_text())["variant"] == "fast"
    capsys.readouterr()
    assert main([*own[:-1], str(tmp_path / "none"), "--variant", "fats"]) == 2
    assert "did you mean 'fast'" in capsys.readouterr().err
    assert main(["fit", str(folder), "--variant", "fast"]) == 2
    assert "--variant and --no-run go with --model" in capsys.readouterr().err
    assert main(["new", "model", "drug_two", "--variant", "fast", "--out", str(tmp_path / "two.toml")]) == 2
    assert "--variant; a new model begins" in capsys.readouterr().err
