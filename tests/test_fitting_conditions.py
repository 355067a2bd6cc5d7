"""Doses and initial amounts of conditions, and rivals: other models of the same data in one fit file."""

from __future__ import annotations

import json
import math
import tomllib
from pathlib import Path

import numpy as np
import pytest

import exokinetics as exo
from exokinetics.command_line import main

MODEL = """
[part.drug]
law = "dosed_compound"
decay = { value = "0.1 1/hour", quality = "assumed", reason = "test" }

[part.other]
law = "dosed_compound"
decay = { value = "0.2 1/hour", quality = "assumed", reason = "test" }
"""

FIT = """
title = "drug"
model = "drug.toml"

[condition.once]
doses = [{ time = "60 minute", target = "drug.concentration", amount = "1 uM" }]

[condition.before]
initial = { "drug.concentration" = "500 nM" }
doses = [{ time = "0 hour", target = "drug.concentration", amount = "100 nM", repeat = 2, every = "2 hour" }]

[observable.level]
expression = "drug.concentration"
noise = "additive"
spread = "sd"

[parameter."drug.decay"]
lower = "1e-3 1/hour"
upper = "10 1/hour"

[parameter.sd]
unit = "nM"
lower = 1e-4
upper = 1e4

[rival.slow]
title = "it hardly decays"
parameter."drug.decay" = { lower = "1e-6 1/hour", upper = "1e-2 1/hour", value = "1e-3 1/hour" }

[rival.other]
observable.level.expression = "gain*other.concentration"
observable.level.spread = "sd_other"
condition.once.doses = [{ time = "60 minute", target = "other.concentration", amount = "1 uM" }]
condition.before = { initial = { "other.concentration" = "500 nM" } }
parameter."drug.decay" = false
parameter.sd = false
parameter.sd_other = { unit = "nM", lower = 1e-4, upper = 1e4 }
parameter.gain = { unit = "dimensionless", lower = 1e-3, upper = 1e3 }
"""

OTHER_DOSE = next(line for line in FIT.splitlines() if line.startswith("condition.once.doses"))
ROWS = [("once", 0.5, 0.0), ("once", 1.0, 1000.0), ("once", 3.0, 800.0), ("before", 1.0, 540.0), ("before", 3.0, 530.0)]


def written(folder: Path, fit: str = FIT) -> Path:
    """The files of the fit as a user would write them."""
    (folder / "drug.toml").write_text(MODEL)
    (folder / "fit.toml").write_text(fit)
    rows = "".join(f"{condition},{time},{level}\n" for condition, time, level in ROWS)
    (folder / "data.csv").write_text("condition,time [hour],level [nM]\n" + rows)
    return folder


def without_rivals(text: str) -> str:
    return text[: text.index("[rival.slow]")]


def test_doses_and_initial_amounts_reach_prediction_slopes_and_curve(tmp_path: Path) -> None:
    problem = exo.load_fit(written(tmp_path, without_rivals(FIT)))
    rate, sd = 0.1, 50.0
    once = [0.0, 1000.0, 1000.0 * math.exp(-2 * rate)]
    before = [600.0 * math.exp(-rate), 600.0 * math.exp(-3 * rate) + 100.0 * math.exp(-rate)]
    # the integrator is good to about 1e-7 of a thousand
    predicted = problem.predictor.predict({"drug.decay": rate, "sd": sd}).values
    np.testing.assert_allclose(predicted, [*once, *before], atol=1e-3)
    slope = (problem.cost({"drug.decay": 0.101, "sd": sd}) - problem.cost({"drug.decay": 0.099, "sd": sd})) / 0.002
    assert problem.gradient({"drug.decay": rate, "sd": sd})["drug.decay"] == pytest.approx(slope, rel=1e-3)
    (first, _) = problem.predictor.blocks()
    curve = problem.predictor.curve(first, {"drug.decay": rate, "sd": sd}, np.array([0.0, 0.9, 2.0]))
    np.testing.assert_allclose(curve, [0.0, 0.0, 1000.0 * math.exp(-rate)], atol=1e-3)


DOSE = 'doses = [{ time = "60 minute", target = "drug.concentration", amount = "1 uM" }]'
CONDITION_FAULTS = {
    "condition.once.doses.1.target: 'drug.consentration' is not a species; did you mean 'drug.concentration'": (
        DOSE, DOSE.replace("concentration", "consentration"),
    ),
    "condition.once.doses.1.amount: is missing": (DOSE, DOSE.replace(', amount = "1 uM"', "")),
    "condition.once.doses.1.amount: .* does not convert": (DOSE, DOSE.replace("1 uM", "1 gram")),
    "condition.once.doses.1.amount: '5' has no unit; write '5 nM'": (DOSE, DOSE.replace("1 uM", "5")),
    "condition.once.doses.1.time: 60 has no unit; write '60 hour'": (DOSE, DOSE.replace('"60 minute"', "60")),
    "condition.once.doses.1.evry: is not known here; did you mean 'every'": (
        DOSE, DOSE.replace(" }", ', evry = "1 hour" }'),
    ),
    "condition.once.doses.1: a repeated dose needs every": (DOSE, DOSE.replace(" }", ", repeat = 3 }")),
    "condition.once.doses.1: time and duration must not be negative": (DOSE, DOSE.replace("60 minute", "-60 minute")),
    "condition.once.doses.1: must be a table": (DOSE, "doses = [3]"),
    "condition.once.doses: must be a list": (DOSE, 'doses = "1 uM"'),
    "condition.before.initial.drug.consentration: is not a species": (
        '"drug.concentration" = "500 nM"', '"drug.consentration" = "500 nM"',
    ),
    "condition.before.initial.drug.concentration: '-5 nM' is negative": ('"500 nM"', '"-5 nM"'),
    "condition.before.initial: must be a table": ('initial = { "drug.concentration" = "500 nM" }', "initial = 3"),
}  # fmt: skip


@pytest.mark.parametrize("sentence", CONDITION_FAULTS)
def test_each_fault_of_a_condition_is_one_sentence(tmp_path: Path, sentence: str) -> None:
    text, (old, new) = without_rivals(FIT), CONDITION_FAULTS[sentence]
    assert old in text
    with pytest.raises(exo.WrongInput, match=sentence) as caught:
        exo.load_fit(written(tmp_path, text.replace(old, new)))
    assert len(str(caught.value).splitlines()) == 1


def test_every_fault_of_a_dose_is_listed_at_once(tmp_path: Path) -> None:
    wrong = 'doses = [{ time = "1 gram", target = "drug", amounts = "1 uM" }, { target = "drug.concentration" }]'
    issues = exo.check(written(tmp_path, without_rivals(FIT).replace(DOSE, wrong)))
    assert {issue.key for issue in issues} == {
        *(f"condition.once.doses.1.{name}" for name in ("time", "target", "amounts", "amount")),
        *(f"condition.once.doses.2.{name}" for name in ("time", "amount")),
    }


def test_a_rival_is_the_fit_with_its_tables_laid_over(tmp_path: Path) -> None:
    problem = exo.load_fit(written(tmp_path))
    assert sorted(problem.rivals) == ["other", "slow"]
    slow, other = problem.rivals["slow"], problem.rivals["other"]
    assert slow.title == "it hardly decays"
    assert slow.quantities["drug.decay"].upper == 1e-2
    assert slow.quantities["sd"] == problem.quantities["sd"]
    assert slow.conditions == problem.conditions
    assert other.title == "drug (rival other)"
    assert set(other.quantities) == {"gain", "sd_other"}
    assert set(other.conditions["before"].initial) == {"drug.concentration", "other.concentration"}
    assert not slow.rivals
    # at the same values the same model has the same cost, and the rival is limited to its bounds
    assert slow.cost({"drug.decay": 1e-3, "sd": 50}) == problem.cost({"drug.decay": 1e-3, "sd": 50})
    assert exo.fit(slow, starts=2).cost > exo.fit(problem, starts=2).cost
    assert (problem.results, slow.results) == (tmp_path, tmp_path / "rivals" / "slow")


TWO_RATES = """
[parameter."other.decay"]
tie = "2*drug.decay"

[scalar.half_life]
expression = "log(2)/drug.decay"
value = "7 hour"
sd = "1 hour"
source = "test"

[rival.tied]
parameter."drug.decay".tie = "0.5*other.decay"
parameter."other.decay" = { lower = "1e-3 1/hour", upper = "10 1/hour", title = "set free" }
scalar.half_life.factor = 1.2

[rival.held]
parameter."other.decay" = { estimate = false, value = "0.3 1/hour", reason = "test" }
observable.level = { noise = "student_t", degrees = 4 }

[rival.back]
parameter."drug.decay" = { value = false, upper = "100 1/hour" }
condition.once.title = false
"""


def test_a_rival_ties_what_is_free_and_frees_what_is_tied(tmp_path: Path) -> None:
    text = without_rivals(FIT).replace("[condition.once]", '[condition.once]\ntitle = "one dose"')
    text = text.replace('upper = "10 1/hour"', 'upper = "10 1/hour"\nvalue = "0.2 1/hour"', 1)
    text = text.replace('"drug.concentration"\nnoise', '"drug.concentration + 0.1*other.concentration"\nnoise')
    problem = exo.load_fit(written(tmp_path, text + TWO_RATES))
    assert problem.estimated == ("drug.decay", "sd")
    tied, held, back = (problem.rivals[name] for name in ("tied", "held", "back"))
    assert tied.estimated == ("sd", "other.decay")
    free = tied.quantities["other.decay"]
    assert (free.tie, free.lower, free.upper, free.title) == (None, 1e-3, 10.0, "set free")
    assert (tied.measured, tied.scalars["half_life"].measured.noise) == (problem.measured, "log_normal")
    assert problem.scalars["half_life"].measured.noise == "additive"
    # the same model said the other way round: the same predictions, and a cost that differs by the scalar alone
    ours = problem.predictor.predict({"drug.decay": 0.1, "sd": 50.0}).values
    theirs = tied.predictor.predict({"other.decay": 0.2, "sd": 50.0}).values
    assert ours.tolist() == theirs.tolist()
    assert (held.quantities["other.decay"].tie, held.quantities["other.decay"].value) == (None, 0.3)
    assert held.measured["level"].noise == "student_t"
    # `false` takes a value away, so that the model's own is where the search begins
    assert (problem.nominal["drug.decay"], back.nominal["drug.decay"]) == (0.2, 0.1)
    assert (problem.conditions["once"].title, back.conditions["once"].title) == ("one dose", "")


def test_a_rival_that_ties_and_bounds_at_once_is_told(tmp_path: Path) -> None:
    both = '[rival.both]\nparameter."drug.decay" = { tie = "2*gain", lower = "1 1/hour" }\n'
    issues = [issue for issue in exo.check(written(tmp_path, without_rivals(FIT) + both)) if issue.severity == "error"]
    assert "rival.both.parameter.drug.decay.lower" in {issue.key for issue in issues}


def test_every_fault_of_rivals_is_listed_with_those_of_the_fit(tmp_path: Path) -> None:
    text = FIT.replace('unit = "nM"\nlower = 1e-4', 'unit = "nM"\nlower = 1e9', 1)
    text = text.replace('lower = "1e-6 1/hour"', 'lower = "1e-6 gram"').replace("gain*other", "gian*other")
    text = text.replace(OTHER_DOSE, "condition.once = false")
    text += '[rival."a b"]\n[rival.model]\nmodel = "no_such_model"\n'
    issues = [issue for issue in exo.check(written(tmp_path, text)) if issue.severity == "error"]
    assert {issue.key for issue in issues} == {
        "parameter.sd", "rival.a b", "rival.slow.parameter.drug.decay.lower", "rival.other.observable.level.expression",
        "rival.other.condition", "rival.model.model",
    }  # fmt: skip
    with pytest.raises(exo.WrongInput, match=r"rival.slow.parameter.drug.decay.lower"):
        exo.load_fit(tmp_path)


def test_the_command_fits_a_rival_and_writes_its_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = written(tmp_path, without_rivals(FIT) + '[rival.slow]\nparameter."drug.decay".upper = "11 1/hour"\n')
    out = folder / "rivals" / "slow"
    out.parent.mkdir()
    assert main(["fit", str(folder), "--rival", "slow", "--starts", "2", "--out", str(out), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)["result"]
    stored = tomllib.loads((out / "result.toml").read_text())
    assert (stored["fit"], stored["rival"], stored["cost"]) == (folder.name, "slow", printed["cost"])
    assert main(["fit", str(folder), "--rival", "slwo"]) == 2
    assert "'slwo' is no rival of" in capsys.readouterr().err
    assert main(["show", str(folder)]) == 0
    assert "slow: drug (rival slow)" in capsys.readouterr().out


def test_what_a_start_spends_is_read_and_checked(tmp_path: Path) -> None:
    plain = without_rivals(FIT)
    assert (exo.load_fit(written(tmp_path, plain)).effort.batch, exo.load_fit(tmp_path).effort.tried) == (40, 3)
    effort = exo.load_fit(written(tmp_path, plain + "[search]\nbatch = 8\ntried = 1\n")).effort
    assert (effort.batch, effort.tried) == (8, 1)
    wrong = {"batch = 0": "search.batch", "batch = 2": "search.tried", "batches = 2": "search.batches"}
    for line, key in wrong.items():
        issues = exo.check(written(tmp_path, f"{plain}[search]\n{line}\n"))
        assert [issue.key for issue in issues] == [key]
    assert [issue.key for issue in exo.check(written(tmp_path, "search = 3\n" + plain))] == ["search"]


def test_a_fit_without_rivals_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "becker2010_epo_uptake", "--rival", "none"]) == 2
    assert "becker2010_epo_uptake has no rivals" in capsys.readouterr().err
