"""Samples of the posterior against closed forms, and what is said of chains that have not converged."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from straight_line import FREE, KNOWN, line_problem, regression, responses

import exokinetics as exo

pytest.importorskip("emcee")
pytest.importorskip("arviz")

QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)


def assert_distributed(found: exo.Sample, name: str, truth: stats.rv_continuous) -> None:
    """Mean, standard deviation and quantiles within four of their Monte-Carlo errors, by the effective size."""
    drawn, size = found.table[name].to_numpy(), float(found.summary.loc[name, "effective_size"])
    assert drawn.mean() == pytest.approx(truth.mean(), abs=4 * truth.std() / math.sqrt(size))
    # the variance of a normal is known to sqrt(2/n), its root to half of that; a truncated one is known better
    assert drawn.std() == pytest.approx(truth.std(), rel=4 * math.sqrt(1 / (2 * size)))
    for level in QUANTILES:
        value = truth.ppf(level)
        error = math.sqrt(level * (1 - level) / size) / truth.pdf(value)
        assert np.quantile(drawn, level) == pytest.approx(value, abs=4 * error)


def test_a_straight_line_of_known_spread_has_a_normal_posterior(tmp_path: Path) -> None:
    values = responses(3)
    found = exo.sample(exo.fit(line_problem(tmp_path, values), starts=1), steps=1600, seed=2)
    estimates, inverse, _ = regression(values)
    for place, name in enumerate(("level", "slope")):
        assert_distributed(found, name, stats.norm(estimates[place], 0.5 * math.sqrt(inverse[place, place])))
    size = float(found.summary["effective_size"].min())
    correlation = inverse[0, 1] / math.sqrt(inverse[0, 0] * inverse[1, 1])
    # the error of a correlation is (1 - r^2)/sqrt(n)
    assert found.table.corr().loc["level", "slope"] == pytest.approx(
        correlation, abs=4 * (1 - correlation**2) / math.sqrt(size)
    )
    assert found.converged
    assert "converged" in found.verdict
    assert "not converged" not in found.verdict
    low, high = found.intervals["slope"]
    assert low < estimates[1] < high


@pytest.mark.slow
def test_a_prior_and_the_data_add_their_precisions(tmp_path: Path) -> None:
    values = responses(3)
    prior = ("upper = 100", "upper = 100\nprior = { mean = 0, sd = 0.2 }")
    found = exo.sample(exo.fit(line_problem(tmp_path, values, KNOWN, prior), starts=1), steps=2500, seed=2)
    _, inverse, _ = regression(values)
    precision = np.linalg.inv(inverse) / 0.25
    precision[0, 0] += 1 / 0.2**2
    covariance = np.linalg.inv(precision)
    weighted = np.array([values.sum(), np.arange(10.0) @ values]) / 0.25
    mean = covariance @ weighted  # the mean of the prior is 0
    assert_distributed(found, "level", stats.norm(mean[0], math.sqrt(covariance[0, 0])))


def test_bounds_cut_the_posterior_off(tmp_path: Path) -> None:
    """A slope that may not pass its estimate: half of a normal."""
    values = responses(3)
    held = ("value = 0.5\nlower = -100\nupper = 100", 'estimate = false\nvalue = 1\nreason = "known"')
    doses = np.arange(10.0)
    slope = float(doses @ (values - 1.0) / (doses @ doses))
    deviation = 0.5 / math.sqrt(doses @ doses)
    problem = line_problem(tmp_path, values, KNOWN, held, ("upper = 100", f"upper = {slope!r}"))
    found = exo.sample(exo.fit(problem, starts=1), steps=1000, burn=100, seed=5)
    assert found.table["slope"].max() <= slope
    assert_distributed(found, "slope", stats.truncnorm(-np.inf, 0.0, slope, deviation))


@pytest.mark.slow
def test_a_free_spread_searched_in_log10_has_the_inverse_gamma_of_the_flat_prior_on_its_log(tmp_path: Path) -> None:
    """Flat in level, slope and log sd: RSS/sd^2 is chi-squared with n - 2 degrees of freedom.

    Wide in one direction where it is narrow in others: a move that draws such tails too rarely fails here.
    """
    values = responses(3)
    found = exo.sample(exo.fit(line_problem(tmp_path, values, FREE), starts=1), steps=4000, seed=2)
    _, _, squares = regression(values)
    size = float(found.summary.loc["sd", "effective_size"])
    drawn = squares / found.table["sd"].to_numpy() ** 2
    for level in QUANTILES:
        value = stats.chi2.ppf(level, 8)
        error = math.sqrt(level * (1 - level) / size) / stats.chi2.pdf(value, 8)
        assert np.quantile(drawn, level) == pytest.approx(value, abs=4 * error)


def test_the_same_seed_gives_the_same_digits_in_any_number_of_threads(tmp_path: Path) -> None:
    found = exo.fit(line_problem(tmp_path, responses(3)), starts=1)
    one, two = (exo.sample(found, steps=100, seed=4, threads=threads).table for threads in (1, 2))
    assert (one == two).all(axis=None)
    other = exo.sample(found, steps=100, seed=5).table
    assert not np.array_equal(one.to_numpy()[:50], other.to_numpy()[:50])


def test_chains_that_are_too_short_are_said_to_be_so(tmp_path: Path) -> None:
    found = exo.sample(exo.fit(line_problem(tmp_path, responses(3)), starts=1), steps=40, burn=0, seed=4)
    assert found.summary["rhat"].max() > 1.01
    assert not found.converged
    assert f"not converged: run at least {found.missing_steps:,} more steps" in found.report()


def test_a_sample_is_saved_and_drawn(tmp_path: Path) -> None:
    found = exo.sample(exo.fit(line_problem(tmp_path, responses(3)), starts=1), steps=100, seed=4)
    written = found.save(tmp_path / "kept")
    assert sorted(path.name for path in written) == ["draws.csv", "sample.csv", "sample.png"]
    assert all(path.stat().st_size > 0 for path in written)
    assert len(found.pairs().axes) == 1
    with pytest.raises(exo.WrongInput, match="did you mean 'slope'"):
        found.pairs(["level", "slop"])


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"steps": 3}, "steps"), ({"walkers": 3}, "walkers"), ({"seed": -1}, "seed"), ({"burn": -2}, "burn"),
     ({"threads": 0}, "threads")],
)  # fmt: skip
def test_numbers_that_make_no_sense_are_refused(tmp_path: Path, asked: dict[str, int], said: str) -> None:
    found = exo.fit(line_problem(tmp_path, responses(3)), starts=1)
    with pytest.raises(exo.WrongInput, match=f"^{said}: must be a whole number"):
        exo.sample(found, **asked)


@pytest.mark.parametrize("library", ["emcee", "arviz"])
def test_without_its_libraries_the_command_that_installs_them_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    found = exo.fit(line_problem(tmp_path, responses(3)), starts=1)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(exo.MissingExtra, match=rf"{library}.*pip install 'exokinetics\[sampling\]'"):
        exo.sample(found)


@pytest.mark.slow
def test_as_many_steps_as_are_said_to_be_missing_are_enough_twice_over(tmp_path: Path) -> None:
    """What few steps say of R-hat is itself uncertain, hence the factor of two."""
    found = exo.sample(exo.fit(line_problem(tmp_path, responses(3)), starts=1), steps=200, seed=4)
    assert found.missing_steps > 0
    assert exo.sample(found.fit, steps=200 + 2 * found.missing_steps, seed=4).converged


@pytest.mark.slow
def test_a_shipped_fit_is_sampled_about_its_estimates() -> None:
    """Walkers begun at the optimum stay about it, in two threads."""
    from exokinetics.fitting.stored import stored_fit

    fitted = stored_fit(exo.load_fit("becker2010_epo_uptake"))
    assert fitted is not None
    found = exo.sample(fitted, steps=600, seed=1, threads=2)
    assert 0.1 < found.acceptance < 0.7
    inside = [low < fitted.values[name] < high for name, (low, high) in found.intervals.items()]
    assert all(inside)
