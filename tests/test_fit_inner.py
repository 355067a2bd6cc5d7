"""What a search solves for inside, against regression in closed form and against a search over everything."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_fit_problem import LEVEL, RATE, SCATTER, SD, TIMES, problem_of, relaxing, rows

import exokinetics as exo
from exokinetics.fitting.inner import Inner
from exokinetics.fitting.problem import Likelihood

SCALE = '[parameter.scale]\nunit = "dimensionless"\nlower = 1e-6\nupper = 1e6\n'
OFFSET = '[parameter.offset]\nunit = "nM"\nscale = "linear"\nlower = -1e3\nupper = 1e3\n'
MEASURED = 3.0 * relaxing(TIMES) + 5.0 + SCATTER


def scaled(folder: Path, *, scale: str = SCALE, offset: str = OFFSET, noise: str = "additive") -> exo.Problem:
    """A blot: a scale and an offset of their own over what relaxes."""
    expression = "scale*drug.concentration" + (" + offset" if offset else "")
    level = LEVEL.replace('"drug.concentration"', f'"{expression}"').replace('"additive"', f'"{noise}"')
    sd = SD if noise == "additive" else SD.replace("nM", "dimensionless")
    return problem_of(folder, "[condition.only]\n" + level + scale + offset + RATE + sd, rows("only", TIMES, MEASURED))


def test_scale_and_offset_are_those_of_linear_regression_and_the_spread_that_of_its_residuals(tmp_path: Path) -> None:
    problem = scaled(tmp_path)
    inner = Inner(problem)
    assert {problem.estimated[column] for column in inner.columns} == {"scale", "offset", "sd"}
    start = problem.search_vector({"scale": 1e-3, "offset": -400, "drug.renewal": 0.2, "sd": 900})
    values = problem.natural(inner.at(start).search)
    design = np.column_stack([relaxing(TIMES, rate=0.2), np.ones(len(TIMES))])
    (scale, offset), (squares,), *_ = np.linalg.lstsq(design, MEASURED, rcond=None)
    # the integrator is good to 1e-7
    assert values["scale"] == pytest.approx(scale, rel=1e-5)
    assert values["offset"] == pytest.approx(offset, rel=1e-5)
    assert values["sd"] == pytest.approx(np.sqrt(squares / len(TIMES)), rel=1e-5)
    assert values["drug.renewal"] == pytest.approx(0.2)


def test_a_factor_under_log_normal_noise_is_the_mean_of_the_logarithms(tmp_path: Path) -> None:
    problem = scaled(tmp_path, offset="", noise="log_normal")
    start = problem.search_vector({"scale": 1e-4, "drug.renewal": 0.2, "sd": 50})
    values = problem.natural(Inner(problem).at(start).search)
    ratios = np.log(MEASURED / relaxing(TIMES, rate=0.2))
    # as above
    assert np.log(values["scale"]) == pytest.approx(ratios.mean(), rel=1e-5)
    assert values["sd"] == pytest.approx(ratios.std(), rel=1e-5)


def test_a_scale_stops_at_its_bound_and_the_offset_adapts(tmp_path: Path) -> None:
    narrow = SCALE.replace("1e6", '2\nreason = "test"')
    problem = scaled(tmp_path, scale=narrow)
    start = problem.search_vector({"drug.renewal": 0.2, "sd": 1})
    values = problem.natural(Inner(problem).at(start).search)
    rest = MEASURED - 2.0 * relaxing(TIMES, rate=0.2)
    assert values["scale"] == pytest.approx(2.0)
    assert values["offset"] == pytest.approx(rest.mean(), rel=1e-5)  # the integrator is good to 1e-7
    assert values["sd"] == pytest.approx(rest.std(), rel=1e-5)


def test_what_the_search_finds_is_the_optimum_of_all_parameters(tmp_path: Path) -> None:
    """Nothing is lost by solving inside: the slope of the whole cost is zero, and lmfit's search ends there too."""
    problem = scaled(tmp_path)
    found = exo.fit(problem, starts=3, seed=1)
    likelihood = Likelihood(problem, problem.search_vector(found.values), slopes=True)
    step = np.linalg.solve(likelihood.information(), likelihood.gradient())
    assert float(likelihood.gradient() @ step) < 1e-6  # of log-likelihood: what another step would gain
    other = exo.fit(problem, starts=6, seed=1, method="trf")
    assert found.cost <= other.cost + 1e-6  # the integrator's digits
    assert found.starts["cost"].max() == pytest.approx(found.cost, abs=1e-4)  # from every start


def test_two_factors_of_one_product_are_not_both_solved_inside(tmp_path: Path) -> None:
    level = LEVEL.replace('"drug.concentration"', '"scale*gain*drug.concentration"')
    both = SCALE + SCALE.replace("scale]", "gain]")
    fit = "[condition.only]\n" + level + both + RATE + SD
    problem = problem_of(tmp_path, fit, rows("only", TIMES, MEASURED))
    assert [problem.estimated[column] for column in Inner(problem).linear] == ["scale"]


@pytest.mark.parametrize(("old", "new"), [
    ('noise = "additive"', 'noise = "student_t"\ndegrees = 4'),
    ('spread = "sd"', 'spread = "sd*predicted/offset"'),
    ("lower = -1e3", "prior = { mean = 0, sd = 1 }\nlower = -1e3"),
])  # fmt: skip
def test_what_has_no_closed_form_is_left_to_the_search(tmp_path: Path, old: str, new: str) -> None:
    scaled(tmp_path)
    text = (tmp_path / "fit.toml").read_text()
    assert old in text
    (tmp_path / "fit.toml").write_text(text.replace(old, new))
    problem = exo.load_fit(tmp_path)
    assert "offset" not in [problem.estimated[column] for column in Inner(problem).columns]
