"""What is held out of a fit, against the closed form of a straight line; what the shipped fits predict."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, stats
from straight_line import DOSES, FREE, KNOWN, line_problem, regression, responses

import exokinetics as exo
from exokinetics.command_line import main
from exokinetics.fitting.bands import drawn_sets
from exokinetics.fitting.density import LAPLACE, NORMAL, student_t
from exokinetics.fitting.mixture import Mixture
from exokinetics.fitting.stored import stored_fit

HELD = ("[condition.only]", "[condition.only]\n\n[condition.later]\nheld_out = true")
HEADER = "condition,dose [dimensionless],signal [dimensionless]\n"
BEYOND = np.array([-5.0, 4.5, 12.0, 30.0])


def held_line(folder: Path, values: np.ndarray, measured: np.ndarray, spread: str = KNOWN) -> exo.Problem:
    """The straight line with a condition of its own, at doses beyond those that are fitted, held out."""
    folder.mkdir(exist_ok=True)
    rows = zip(BEYOND.tolist(), measured.tolist(), strict=True)
    (folder / "held_out.csv").write_text(HEADER + "".join(f"later,{dose!r},{value!r}\n" for dose, value in rows))
    return line_problem(folder, values, spread, HELD)


def test_prediction_intervals_are_those_of_linear_regression(tmp_path: Path) -> None:
    values = responses(5)
    problem = held_line(tmp_path, values, 1 + 2 * BEYOND + np.array([0.3, -0.9, 2.5, -1.0]))
    found = exo.predict_held_out(exo.fit(problem, starts=1, progress=False), draws=20_000)
    (level, slope), inverse, _ = regression(values)
    design = np.column_stack([np.ones(4), BEYOND])
    mean = level + slope * BEYOND
    sd = 0.5 * np.sqrt(1 + np.sum(design @ inverse * design, axis=1))
    table = found.table
    # 20,000 draws: the mean is known to 1/140 of what the parameters contribute, the spread to 1/200
    np.testing.assert_allclose(table["low"], mean - stats.norm.ppf(0.975) * sd, atol=0.03)
    np.testing.assert_allclose(table["median"], mean, atol=0.03)
    np.testing.assert_allclose(table["high"], mean + stats.norm.ppf(0.975) * sd, atol=0.03)
    np.testing.assert_allclose(table["below"], stats.norm.cdf(table["measured"], mean, sd), atol=0.02)
    assert list(table["condition"]) == ["later"] * 4


@pytest.mark.parametrize("density", [NORMAL, LAPLACE, student_t(4.0)])
def test_quantiles_of_a_mixture_are_roots_of_its_distribution(density) -> None:
    law = {id(NORMAL): stats.norm, id(LAPLACE): stats.laplace}.get(id(density), stats.t(4.0))
    centers, spreads = np.array([[0.0, 5.0], [3.0, 5.0], [4.0, 6.0]]), np.array([[1.0, 0.1], [0.2, 2.0], [3.0, 0.5]])
    mixture = Mixture([density] * 3, centers, spreads)
    for share in (0.025, 0.5, 0.9):
        for place, found in enumerate(mixture.quantile(share)):

            def off(number: float, place: int = place, share: float = share) -> float:
                return float(law.cdf((number - centers[:, place]) / spreads[:, place]).mean() - share)

            assert found == pytest.approx(optimize.brentq(off, -100, 100, xtol=1e-13), abs=1e-9)


def test_degrees_of_freedom_may_differ_between_draws() -> None:
    centers, spreads, degrees = np.array([[0.0], [3.0]]), np.array([[1.0], [0.5]]), np.array([1.5, 20.0])
    mixture = Mixture([student_t(number) for number in degrees], centers, spreads)
    (found,) = mixture.quantile(0.9)
    assert stats.t.cdf((found - centers[:, 0]) / spreads[:, 0], degrees).mean() == pytest.approx(0.9, abs=1e-12)
    assert mixture.below(np.array([found])) == pytest.approx(0.9, abs=1e-12)


def test_counts_come_with_the_interval_of_clopper_and_pearson(tmp_path: Path) -> None:
    problem = held_line(tmp_path, responses(5), 1 + 2 * BEYOND + np.array([0.0, 0.1, 0.0, 40.0]))
    found = exo.predict_held_out(exo.fit(problem, starts=1, progress=False))
    row = found.coverage.iloc[-1]
    assert (row["level"], row["measurements"], row["inside"]) == (0.95, 4, 3)
    assert row["low"] == pytest.approx(stats.beta.ppf(0.025, 3, 2))
    assert row["high"] == pytest.approx(stats.beta.ppf(0.975, 4, 1))
    assert found.verdict.startswith("3 of 4 measurements held out lie within the 95 % intervals of their predictions")
    assert found.verdict.endswith("as they should.")
    beyond = held_line(tmp_path, responses(5), 2 * BEYOND + 40)
    missed = exo.predict_held_out(exo.fit(beyond, starts=1, progress=False))
    assert "0 of 4" in missed.verdict
    assert "fewer than should" in missed.verdict


@pytest.mark.slow
def test_intervals_hold_what_they_promise_when_the_model_is_right(tmp_path: Path) -> None:
    """150 data sets with their spread estimated, four new measurements each: Student's t of a line by theory."""
    random, inside = np.random.default_rng(0), 0
    for number in range(150):
        measured = 1 + 2 * BEYOND + random.normal(0.0, 0.5, 4)
        problem = held_line(tmp_path, responses(1000 + number), measured, FREE)
        found = exo.predict_held_out(exo.fit(problem, starts=1, progress=False), draws=200)
        inside += int(found.coverage.iloc[-1]["inside"])
    # the estimate of the spread divides by 10 in place of 8; draws of it widen the tails, but not by as much as t of 8
    by_theory = 2 * stats.t.cdf(stats.norm.ppf(0.975) * np.sqrt(0.8), 8) - 1
    # of 600, which share four by four an error of the line: three standard errors of 150
    assert by_theory - 0.03 < inside / 600 < 0.97


def test_what_is_held_out_takes_no_part_in_the_fit(tmp_path: Path) -> None:
    values = responses(5)
    first = exo.fit(held_line(tmp_path, values, BEYOND), starts=1, progress=False)
    other = exo.fit(held_line(tmp_path, values, 100 - BEYOND), starts=1, progress=False)
    without = exo.fit(line_problem(tmp_path / "alone", values), starts=1, progress=False)
    assert first.values == other.values == without.values
    assert first.cost == without.cost
    assert len(first.problem.observed) == len(DOSES)
    assert set(first.problem.conditions) == {"only"}
    assert first.problem.lint() == []
    with pytest.raises(exo.WrongInput, match="holds no condition out: write held_out = true"):
        exo.predict_held_out(without)


def test_values_beyond_a_limit_are_not_counted(tmp_path: Path) -> None:
    held_line(tmp_path, responses(5), 1 + 2 * BEYOND)
    path = tmp_path / "held_out.csv"
    path.write_text(path.read_text().replace("30.0,61.0", "30.0,>60"))
    found = exo.predict_held_out(exo.fit(exo.load_fit(tmp_path), starts=1, progress=False))
    assert found.coverage.iloc[-1]["measurements"] == 3
    assert list(found.table["limit"]) == ["", "", "", ">"]
    assert "1 beyond a limit are not counted" in found.verdict
    path.write_text(HEADER + "later,1,<5\n")
    with pytest.raises(exo.WrongInput, match="every measurement lies beyond a limit"):
        exo.predict_held_out(exo.fit(exo.load_fit(tmp_path), starts=1, progress=False))


FAULTS = {
    "later,1,1\nearlier,1,2\n": "held_out.csv: line 3: 'earlier' is not a condition that is held out",
    "only,1,1\n": "condition.later.held_out: nothing was measured in it: it has no row in held_out.csv",
    "later,1,x\n": "line 2, column signal: 'x' is not a number",
}


@pytest.mark.parametrize("rows", FAULTS)
def test_faulty_rows_are_told(tmp_path: Path, rows: str) -> None:
    held_line(tmp_path, responses(5), BEYOND)
    (tmp_path / "held_out.csv").write_text(HEADER + rows)
    assert FAULTS[rows] in "\n".join(map(str, exo.check(tmp_path)))


def test_faulty_columns_and_places_are_told(tmp_path: Path) -> None:
    held_line(tmp_path, responses(5), BEYOND)
    path, data = tmp_path / "held_out.csv", tmp_path / "data.csv"
    path.write_text("condition,dose [percent],signals [dimensionless]\nlater,1,1\n")
    told = "\n".join(map(str, exo.check(tmp_path)))
    assert "held_out.csv: column 'dose' is in [percent], in data.csv in [dimensionless]" in told
    assert "held_out.csv: column 'signals' is not in data.csv; did you mean 'signal'?" in told
    assert "held_out.csv: has no column 'signal [dimensionless]'; it needs those of data.csv" in told
    path.unlink()
    (issue,) = exo.check(tmp_path)
    assert str(issue).endswith("needs held_out.csv beside this file, what was measured in it")
    path.write_text(HEADER + "later,1,1\n")
    data.write_text(data.read_text() + "later,1,1\n")
    (issue,) = exo.check(tmp_path)
    assert issue.key == "condition.later.held_out"
    assert "line 12 of data.csv, which is fitted, is of this condition; move its rows to held_out.csv" in issue.message


def test_a_file_that_no_condition_reads_is_told(tmp_path: Path) -> None:
    line_problem(tmp_path, responses(5))
    (tmp_path / "held_out.csv").write_text(HEADER + "later,1,1\n")
    (issue,) = exo.check(tmp_path)
    assert issue.severity == "warning"
    assert "no condition says held_out = true" in issue.message


def test_a_scale_of_its_own_cannot_be_predicted(tmp_path: Path) -> None:
    line_problem(tmp_path, responses(5))
    fit = tmp_path / "fit.toml"
    fit.write_text(fit.read_text().replace(*HELD).replace("[parameter.level]", '[parameter.level]\nper = "condition"'))
    (tmp_path / "held_out.csv").write_text(HEADER + "later,1,1\n")
    (issue,) = exo.check(tmp_path)
    assert "'signal' of condition 'later' needs a 'level' that no fitted measurement tells" in issue.message


# --- the shipped fits -------------------------------------------------------------------------------------------------

SHIPPED = [name for name in exo.fits() if exo.load_fit(name).held_out is not None]


def test_three_fits_predict_what_was_held_out() -> None:
    assert {"fujita2010_egf_akt_s6", "joint_flagship_stages", "rbd4059_fxi_mouse_doses"} <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_stored_coverage_is_that_of_the_stored_estimates(name: str) -> None:
    problem = exo.load_fit(name)
    for each in (problem, *problem.rivals.values()):
        stored = tomllib.loads((each.results / "held_out.toml").read_text())
        fitted = stored_fit(each)
        assert fitted is not None
        found = exo.predict_held_out(fitted)
        told, below = found.record(), found.table["below"]
        for level in ("50", "80", "95"):
            # what lies nearer to the end of an interval than the polish of the estimates moves it may fall either way
            near = int((np.abs(np.abs(below - 0.5) - float(level) / 200) < 5e-4).sum())
            assert abs(told[f"inside_{level}"] - stored[f"inside_{level}"]) <= near
        for key in ("fit", "measurements", "draws", "failed", "seed"):
            assert told[key] == stored[key]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_readme_says_what_was_stored(name: str) -> None:
    folder = exo.load_fit(name).folder
    stored = tomllib.loads((folder / "held_out.toml").read_text())
    text = " ".join((folder / "README.md").read_text().split())
    assert f"{stored['inside_95']} of {stored['measurements']}" in text
    assert f"{stored['share_95_low']:.0%} to {stored['share_95_high']:.0%}".replace("%", " %") in text


def test_a_condition_held_out_can_be_simulated_with_its_uncertainty() -> None:
    found = stored_fit(exo.load_fit("rbd4059_fxi_mouse_doses"))
    assert found is not None
    band = exo.predict(found, [0.0, 7.0], condition="mg_6", draws=50, outputs=["mrna_share"])
    low, high = band.quantiles([0.05, 0.95])["mrna_share"].to_numpy()[:, -1]
    assert 0.2 < low < 0.317 < high < 0.5  # 33 % of a baseline of 104 %, as its README says
    with pytest.raises(exo.WrongInput, match=r"'mg_7' is not a condition .*did you mean"):
        exo.predict(found, [0.0, 7.0], condition="mg_7", draws=5)


def test_the_command_tells_and_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["held-out", "rbd4059_fxi_mouse_doses", "--json", "--draws", "50", "--out", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)["result"]
    assert "of 16 measurements held out" in told["verdict"]
    assert len(told["measurements"]) == 16
    names = {"held_out.png", "held_out.toml", "held_out_coverage.csv", "held_out_predictions.csv"}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert main(["show", "rbd4059_fxi_mouse_doses"]) == 0
    assert "Conditions held out, to be predicted (1)" in capsys.readouterr().out
    assert main(["held-out", "boehm2014_stat5"]) == 2
    assert "holds no condition out" in capsys.readouterr().err


def test_degrees_of_freedom_of_a_replicate_that_no_fitted_row_has_are_refused(tmp_path: Path) -> None:
    line_problem(tmp_path, responses(5))
    fit = tmp_path / "fit.toml"
    text = fit.read_text().replace(*HELD).replace('noise = "additive"', 'noise = "student_t"\ndegrees = "tails"')
    fit.write_text(
        f'{text}\n[parameter.tails]\nunit = "dimensionless"\nper = "condition"\nvalue = 5\nlower = 0.1\nupper = 1e3\n'
    )
    (tmp_path / "held_out.csv").write_text(HEADER + "later,1,1\n")
    (issue,) = exo.check(tmp_path)
    assert "'signal' of condition 'later' needs a 'tails' that no fitted measurement tells" in issue.message


def test_intervals_take_the_degrees_of_freedom_of_each_draw(tmp_path: Path) -> None:
    held_line(tmp_path, responses(5), 1 + 2 * BEYOND)
    fit = tmp_path / "fit.toml"
    text = fit.read_text().replace('noise = "additive"', 'noise = "student_t"\ndegrees = "tails"')
    fit.write_text(f'{text}\n[parameter.tails]\nunit = "dimensionless"\nvalue = 5\nlower = 0.1\nupper = 1e3\n')
    fitted = exo.fit(exo.load_fit(tmp_path), starts=1, progress=False)
    table = exo.predict_held_out(fitted, draws=4).table
    sets = drawn_sets(fitted, 4, 0)
    assert sets["tails"].nunique() > 1
    means = sets["level"].to_numpy() + sets["slope"].to_numpy() * BEYOND[:, None]
    below = stats.t.cdf((table["measured"].to_numpy()[:, None] - means) / 0.5, sets["tails"].to_numpy()).mean(axis=1)
    np.testing.assert_allclose(table["below"], below, rtol=1e-9)
