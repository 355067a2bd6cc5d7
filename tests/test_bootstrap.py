"""Bootstraps against closed forms, the drawn data against scipy's distributions, and what is said of failures."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from straight_line import DOSES, FREE, KNOWN, line_problem, regression, responses
from test_fitting import decay_problem
from test_fitting_noise import problem_of

import exokinetics as exo
from exokinetics.fitting.bootstrapping import Source
from exokinetics.fitting.noise import NOISE
from exokinetics.fitting.scatter import scatter_about

QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)
# a search that stops where a step promises 1e-4 of log-likelihood is off by at most sqrt(2e-4) of a standard error
SEARCH = 0.015


def assert_distributed(drawn: np.ndarray, truth: stats.rv_continuous) -> None:
    """Every quantile within four of its Monte-Carlo errors."""
    for level in QUANTILES:
        value = truth.ppf(level)
        error = math.sqrt(level * (1 - level) / len(drawn)) / truth.pdf(value)
        assert np.quantile(drawn, level) == pytest.approx(value, abs=4 * error + SEARCH * truth.std())


def test_a_straight_line_has_normal_estimates_and_a_chi_squared_sum_of_squares(tmp_path: Path) -> None:
    values = responses(3)
    found = exo.bootstrap(exo.fit(line_problem(tmp_path, values, FREE), starts=1), repeats=800, seed=2)
    estimates, inverse, squares = regression(values)
    sd = math.sqrt(squares / len(values))  # what maximum likelihood estimates, and what is drawn with
    for place, name in enumerate(("level", "slope")):
        assert_distributed(
            found.table[name].to_numpy(), stats.norm(estimates[place], sd * math.sqrt(inverse[place, place]))
        )
    assert_distributed(len(values) * (found.table["sd"].to_numpy() / sd) ** 2, stats.chi2(len(values) - 2))
    assert found.verdict == "800 of 800 parametric repeats succeeded"
    low, high = found.intervals["slope"]
    assert low < estimates[1] < high
    for axis, ends in zip(found.plot().axes, found.intervals.values(), strict=True):  # the figure shows the intervals
        lines = [float(line.get_xdata()[0]) for line in axis.get_lines()]
        assert (lines[0], lines[2]) == ends


def test_residuals_drawn_anew_give_the_spread_of_the_estimates(tmp_path: Path) -> None:
    """Whatever the residuals are, the variance of a slope is their mean square over S; its mean that of the line."""
    values = responses(3)
    found = exo.bootstrap(exo.fit(line_problem(tmp_path, values), starts=1), repeats=800, kind="residual", seed=2)
    estimates, inverse, squares = regression(values)
    expected = math.sqrt(squares / len(values) * inverse[1, 1])
    # the spread of 800 draws is known to 2.5 %, four times that is allowed
    assert found.table["slope"].std() == pytest.approx(expected, rel=0.1)
    assert found.table["slope"].mean() == pytest.approx(estimates[1], abs=4 * expected / math.sqrt(800))


def test_a_prior_counts_as_a_measurement(tmp_path: Path) -> None:
    """Data and prior together: the variance is the inverse of their precisions, not that of the data shrunk by it."""
    held = ("value = 0.5\nlower = -100\nupper = 100", 'estimate = false\nvalue = 1\nreason = "known"')
    prior = ("upper = 100", "upper = 100\nprior = { mean = 2, sd = 0.02 }")
    found = exo.bootstrap(exo.fit(line_problem(tmp_path, responses(3), KNOWN, held, prior), starts=1), repeats=800)
    expected = (float(DOSES @ DOSES) / 0.25 + 1 / 0.02**2) ** -0.5
    assert found.table["slope"].std() == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("noise", NOISE)
def test_what_is_drawn_has_the_distribution_of_its_noise_and_limits_stay(tmp_path: Path, noise: str) -> None:
    problem, sd = problem_of(tmp_path, noise)
    point = {"medium.decay": 0.09, "factor": 1.05, "sd": sd}
    parts = scatter_about(problem, point)
    source = Source(problem, parts, problem.search_vector(point), "parametric")
    random = np.random.default_rng(4)
    drawn = np.array([source.problem_drawn(random).observed for _ in range(2000)])
    limits = problem.predictor.sides != 0
    assert (drawn[:, limits] == problem.observed[limits]).all()
    predicted = 1.05 * 1000 * np.exp(-0.09 * np.array([0.0, 2.0, 5.0, 9.0, 14.0, 20.0]))
    for place in np.flatnonzero(~limits):
        truth = {
            "additive": stats.norm(predicted[place], sd), "laplace": stats.laplace(predicted[place], sd),
            "proportional": stats.norm(predicted[place], sd * predicted[place]),
            "log_normal": stats.lognorm(sd, scale=predicted[place]), "student_t": stats.t(4, predicted[place], sd),
        }[noise]  # fmt: skip
        # fixed numbers: a right sampler passes at 0.1 % each with these seeds
        assert stats.kstest(drawn[:, place], truth.cdf).pvalue > 1e-3


def test_the_same_seed_gives_the_same_digits_in_any_number_of_threads(tmp_path: Path) -> None:
    found = exo.fit(line_problem(tmp_path, responses(3), FREE), starts=1)
    one, three = (exo.bootstrap(found, repeats=30, seed=4, threads=threads).table for threads in (1, 3))
    assert (one == three).all(axis=None)
    # more repeats go on with the same ones
    assert (exo.bootstrap(found, repeats=40, seed=4).table.iloc[:30] == one).all(axis=None)


def test_the_problem_of_the_fit_is_left_as_it_was(tmp_path: Path) -> None:
    problem = line_problem(tmp_path, responses(3), FREE)
    found = exo.fit(problem, starts=1)
    before = problem.observed.copy()
    exo.bootstrap(found, repeats=10)
    assert np.array_equal(problem.observed, before)
    assert problem.cost(found.values) == found.cost


def test_repeats_that_do_not_settle_are_counted_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from exokinetics.fitting import restricted

    counts = [1050.0, 920.0, 640.0, 480.0, 300.0, 130.0]
    found = exo.fit(decay_problem(tmp_path, "additive", counts, [0.0, 1.0, 4.0, 8.0, 12.0, 20.0]), starts=2)
    whole = exo.bootstrap(found, repeats=40, seed=1)
    monkeypatch.setattr(restricted, "STEPS", 3)
    with_failures = exo.bootstrap(found, repeats=40, seed=1)
    failed = with_failures.failures["repeat"].tolist()
    assert 0 < len(failed) < 40
    assert f"{40 - len(failed)} of 40 parametric repeats succeeded ({len(failed)}: the search" in with_failures.verdict
    # those that did settle are the same
    assert (whole.table.loc[with_failures.table.index] == with_failures.table).all(axis=None)
    monkeypatch.setattr(restricted, "STEPS", 0)
    with pytest.raises(exo.WorkFailed, match="every one of the 40 repeats"):
        exo.bootstrap(found, repeats=40, seed=1)


def test_a_bootstrap_says_what_it_cannot_speak_of_and_is_saved(tmp_path: Path) -> None:
    """Only the sum of two levels is seen."""
    extra = "[parameter.sd]"
    more = '[parameter.other]\nunit = "dimensionless"\nscale = "linear"\nvalue = 0.2\nlower = -9\nupper = 9\n\n' + extra
    problem = line_problem(tmp_path, responses(3), KNOWN, ('"level +', '"level + other +'), (extra, more))
    found = exo.bootstrap(exo.fit(problem, starts=1), repeats=20)
    assert "the data leave open level, other" in found.report()
    written = found.save(tmp_path / "kept")
    assert sorted(path.name for path in written) == ["bootstrap.csv", "bootstrap.png", "repeats.csv"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"repeats": 3}, "repeats: must be"), ({"kind": "residuals"}, "did you mean 'residual'"),
     ({"seed": -1}, "seed: must be"), ({"threads": 0}, "threads: must be")],
)  # fmt: skip
def test_requests_that_make_no_sense_are_refused(tmp_path: Path, asked: dict[str, object], said: str) -> None:
    found = exo.fit(line_problem(tmp_path, responses(3)), starts=1)
    with pytest.raises(exo.WrongInput, match=said):
        exo.bootstrap(found, **asked)  # type: ignore[arg-type]
