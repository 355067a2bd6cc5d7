"""Conditions left out, against the closed form of a straight line, and rivals compared by what they predict."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from straight_line import FREE, KNOWN, line_problem, responses

import exokinetics as exo

THREE = np.array(["near"] * 4 + ["middle"] * 3 + ["far"] * 3)
DOSES = np.arange(10.0)
CONDITIONS = ("[condition.only]", "[condition.near]\n[condition.middle]\n[condition.far]")


def three_conditions(folder: Path, values: np.ndarray, spread: str = KNOWN, *changes: tuple[str, str]) -> exo.Problem:
    """The straight line, its doses told apart as three conditions."""
    line_problem(folder, values, spread)
    lines = (folder / "data.csv").read_text().splitlines()
    rows = [line.replace("only", name) for line, name in zip(lines[1:], THREE, strict=True)]
    (folder / "data.csv").write_text("\n".join([lines[0], *rows]) + "\n")
    text = (folder / "fit.toml").read_text()
    for old, new in (CONDITIONS, *changes):
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "fit.toml").write_text(text)
    return exo.load_fit(folder)


def predicted(values: np.ndarray, left: np.ndarray, sd: float | None) -> tuple[float, float]:
    """The log density of what is left out about the line through the rest, and the share inside, by scipy."""
    design = np.column_stack([np.ones(10), DOSES])
    (level, slope), (squares,), *_ = np.linalg.lstsq(design[~left], values[~left], rcond=None)
    spread = math.sqrt(squares / (~left).sum()) if sd is None else sd
    mean = level + slope * DOSES[left]
    inverse = np.linalg.inv(design[~left].T @ design[~left])
    widened = spread * np.sqrt(1 + np.sum(design[left] @ inverse * design[left], axis=1))
    inside = np.abs(values[left] - mean) <= stats.norm.ppf(0.975) * widened
    return float(stats.norm.logpdf(values[left], mean, spread).sum()), float(inside.mean())


@pytest.mark.parametrize(("spread", "sd"), [(KNOWN, 0.5), (FREE, None)])
def test_each_condition_is_predicted_by_the_line_through_the_others(
    tmp_path: Path, spread: str, sd: float | None
) -> None:
    values = responses(3)
    values[-1] += 3.0  # one that lies outside
    found = exo.cross_validate(exo.fit(three_conditions(tmp_path, values, spread), starts=1))
    table = found.table.set_index("left_out")
    assert list(table.index) == ["near", "middle", "far"]
    total = 0.0
    for name, row in table.iterrows():
        density, inside = predicted(values, str(name) == THREE, sd)
        # the search stops at 0.015 standard errors at most, and the density is not steep there: 0.5 % of it
        assert row["log_density"] == pytest.approx(density, rel=5e-3)
        assert row["inside"] == pytest.approx(inside)
        assert row["measurements"] == (str(name) == THREE).sum()
        total += row["log_density"]
    assert found.log_density == pytest.approx(total)
    assert (table["inside"] < 1).any()
    assert "10 measurements left out in 3 groups" in found.verdict
    # fitted: all of them together are the likelihood
    assert table["fitted"].sum() == pytest.approx(-found.fit.cost, abs=1e-9)


def test_groups_leave_several_conditions_out_together(tmp_path: Path) -> None:
    values = responses(3)
    fitted = exo.fit(three_conditions(tmp_path, values), starts=1)
    found = exo.cross_validate(fitted, groups={"high doses": ["middle", "far"]}, starts=2)
    (row,) = found.table.to_dict("records")
    assert row["left_out"] == "high doses"
    assert row["log_density"] == pytest.approx(predicted(values, THREE != "near", 0.5)[0], rel=5e-3)


def test_what_only_the_condition_left_out_sees_is_said(tmp_path: Path) -> None:
    """A spread of its own for one condition: nothing else says how large it is."""
    own = (
        '[observable.high]\nexpression = "level + slope*dose"\nnoise = "additive"\nspread = "sd_far"\ncolumn = "signal"'
    )
    problem = three_conditions(
        tmp_path, responses(3), FREE,
        ("[observable.signal]", f'{own}\nconditions = ["far"]\n\n[observable.signal]\nconditions = ["near", "middle"]'),
        ("[parameter.sd]", '[parameter.sd_far]\nunit = "dimensionless"\nvalue = 0.4\nlower = 1e-3\nupper = 1e2\n\n'
         "[parameter.sd]"),
    )  # fmt: skip
    found = exo.cross_validate(exo.fit(problem, starts=1))
    table = found.table.set_index("left_out")
    assert table.loc["far", "only_there"] == "sd_far"
    assert math.isnan(table.loc["far", "log_density"])
    assert "far is not predicted: only its own measurements see sd_far" in found.report()
    assert table.loc[["near", "middle"], "log_density"].notna().all()
    assert found.log_density == pytest.approx(table.loc[["near", "middle"], "log_density"].sum())


def test_rivals_are_compared_by_what_they_predict(tmp_path: Path) -> None:
    rival = '\n[rival.flat]\nparameter.slope = { estimate = false, value = 0, reason = "a claim" }\n'
    problem = three_conditions(tmp_path, responses(3))
    (tmp_path / "fit.toml").write_text((tmp_path / "fit.toml").read_text() + rival)
    problem = exo.load_fit(tmp_path)
    whole, flat = exo.fit(problem, starts=1), exo.fit(problem.rivals["flat"], starts=1)
    table = exo.compare(flat, whole, cross_validated=True).set_index("fit")
    assert table.loc["flat", "log_predictive"] == pytest.approx(exo.cross_validate(flat).log_density)
    assert table.loc["flat", "log_predictive"] < table.loc[problem.name, "log_predictive"] - 10


def test_a_single_condition_and_wrong_groups_are_refused(tmp_path: Path) -> None:
    with pytest.raises(exo.WrongInput, match="a single condition"):
        exo.cross_validate(exo.fit(line_problem(tmp_path / "one", responses(3)), starts=1))
    fitted = exo.fit(three_conditions(tmp_path, responses(3)), starts=1)
    with pytest.raises(exo.WrongInput, match="did you mean 'middle'"):
        exo.cross_validate(fitted, groups={"a": ["midle"]})
    with pytest.raises(exo.WrongInput, match="leaves nothing to fit"):
        exo.cross_validate(fitted, groups={"all": ["near", "middle", "far"]})


def test_a_cross_validation_is_saved(tmp_path: Path) -> None:
    (written,) = exo.cross_validate(exo.fit(three_conditions(tmp_path, responses(3)), starts=1)).save(tmp_path / "kept")
    assert written.read_text().startswith("left_out,measurements,log_density,fitted,inside")


@pytest.mark.slow
def test_conditions_of_a_shipped_fit_are_predicted_from_the_others() -> None:
    from exokinetics.fitting.stored import stored_fit

    fitted = stored_fit(exo.load_fit("kiselev_pip3_pten"))
    assert fitted is not None
    table = exo.cross_validate(fitted).table
    assert table["measurements"].sum() == len(fitted.problem.observed)
    told = table[table["log_density"].notna()]
    assert len(told) > 0
    # what was not seen cannot be predicted much better than what was fitted
    assert (told["log_density"] < told["fitted"] + 1.0).all()
