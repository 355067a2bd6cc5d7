"""Intervals where the spread is estimated from few measurements, against Student's t and Welch's test."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from straight_line import DOSES, FREE, line_problem, regression, responses
from test_fitting import DECAY_MODEL

import exokinetics as exo
from exokinetics.fitting.bootstrapping import corrected_levels
from exokinetics.fitting.small_samples import HALF_CHI2, Z_975

TWO = """
title = "two samples"
model = "decay.toml"

[condition.only]

[observable.first]
expression = "level"
noise = "additive"
spread = "sd_first"

[observable.second]
expression = "level + difference"
noise = "additive"
spread = "sd_second"

[parameter.level]
unit = "dimensionless"
scale = "linear"
value = 1
lower = -100
upper = 100

[parameter.difference]
unit = "dimensionless"
scale = "linear"
value = 0
lower = -100
upper = 100

[parameter.sd_first]
unit = "dimensionless"
lower = 1e-3
upper = 1e2

[parameter.sd_second]
unit = "dimensionless"
lower = 1e-3
upper = 1e2
"""
FIRST = np.array([4.1, 3.2, 5.0, 4.4])
SECOND = np.array([7.5, 12.1, 9.3, 3.4, 10.8, 8.8, 5.9])
# a profile meets its end to 0.005 of a cost of 2 or more, 0.13 % of a half width
PROFILED = 2e-3


def student(values: np.ndarray) -> list[tuple[float, float]]:
    """The 95 % intervals of a regression, by the textbook."""
    estimates, inverse, squares = regression(values)
    free = len(values) - 2
    half = stats.t.ppf(0.975, free) * np.sqrt(squares / free * np.diag(inverse))
    return list(zip(estimates - half, estimates + half, strict=True))


def two_samples(folder: Path, *changes: tuple[str, str]) -> exo.Problem:
    text = TWO
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "decay.toml").write_text(DECAY_MODEL)
    (folder / "fit.toml").write_text(text)
    lines = [f"only,{value},\n" for value in FIRST] + [f"only,,{value}\n" for value in SECOND]
    (folder / "data.csv").write_text("condition,first [dimensionless],second [dimensionless]\n" + "".join(lines))
    return exo.load_fit(folder)


def test_intervals_of_a_straight_line_are_those_of_a_regression(tmp_path: Path) -> None:
    found = exo.fit(line_problem(tmp_path, responses(3), FREE), starts=1)
    profiles = exo.profile(found)
    for name, (low, high) in zip(("level", "slope"), student(responses(3)), strict=True):
        # the estimates are polished to 1e-5 of a cost, 0.2 % of a half width at most
        assert found.intervals[name] == pytest.approx((low, high), abs=PROFILED * (high - low))
        assert profiles.intervals[name] == pytest.approx((low, high), abs=PROFILED * (high - low))


def test_a_difference_of_two_samples_has_the_interval_of_welch(tmp_path: Path) -> None:
    """The second sample scatters more, so that the difference has hardly more degrees of freedom than it."""
    found = exo.fit(two_samples(tmp_path), starts=1)
    low, high = stats.ttest_ind(SECOND, FIRST, equal_var=False).confidence_interval(0.95)
    assert found.intervals["difference"] == pytest.approx((low, high), abs=PROFILED * (high - low))
    # the first sample alone tells the level; two samples that share a spread count together
    half = stats.t.ppf(0.975, 3) * FIRST.std(ddof=1) / 2
    level = FIRST.mean() - half, FIRST.mean() + half
    assert found.intervals["level"] == pytest.approx(level, abs=PROFILED * half)
    shared = ('"sd_second"', '"3*sd_first"'), (TWO[TWO.index("\n[parameter.sd_second]") :], "")
    pooled = exo.fit(two_samples(tmp_path, *shared), starts=1)
    squares = np.sum((FIRST - FIRST.mean()) ** 2) + np.sum((SECOND - SECOND.mean()) ** 2) / 9
    half = stats.t.ppf(0.975, 9) * math.sqrt(squares / 9 * (1 / 4 + 9 / 7))
    middle = SECOND.mean() - FIRST.mean()
    assert pooled.intervals["difference"] == pytest.approx((middle - half, middle + half), abs=PROFILED * half)


def test_where_spreads_are_known_intervals_are_normal(tmp_path: Path) -> None:
    found = exo.fit(line_problem(tmp_path, responses(3)), starts=1)
    estimates, inverse, _ = regression(responses(3))
    half = Z_975 * 0.5 * math.sqrt(inverse[1, 1])
    expected = estimates[1] - half, estimates[1] + half
    assert found.intervals["slope"] == pytest.approx(expected, abs=PROFILED * half)
    profiles = exo.profile(found, parameters="slope")
    assert profiles.rises["slope"] == pytest.approx(HALF_CHI2, rel=1e-12)
    assert profiles.intervals["slope"] == pytest.approx(expected, abs=PROFILED * half)


def test_chi_squared_is_there_for_those_who_compare(tmp_path: Path) -> None:
    """The profile of a slope is (n/2) ln(1 + (b - b0)^2 S/RSS), and may rise by 1.92."""
    found = exo.fit(line_problem(tmp_path, responses(3), FREE), starts=1)
    estimates, inverse, squares = regression(responses(3))
    half = math.sqrt(math.expm1(2 * HALF_CHI2 / len(DOSES)) * squares * inverse[1, 1])
    profiles = exo.profile(found, parameters="slope", small_samples=False)
    expected = estimates[1] - half, estimates[1] + half
    assert profiles.intervals["slope"] == pytest.approx(expected, abs=PROFILED * half)


def test_percentiles_without_bias_are_plain_and_a_bias_moves_them_to_the_other_side() -> None:
    numbers = stats.norm.ppf((np.arange(1000) + 0.5) / 1000)
    assert corrected_levels(numbers, 0.0, Z_975) == pytest.approx((0.025, 0.975), abs=1e-12)
    # of repeats half a standard error too low: the interval goes from 2*0.5 - 1.96 to 2*0.5 + 1.96 of theirs
    assert corrected_levels(numbers - 0.5, 0.0, Z_975) == pytest.approx(tuple(stats.norm.cdf([-0.96, 2.96])), abs=1e-3)
    low, high = corrected_levels(numbers, 100.0, Z_975)  # all of them on one side
    assert 0.0 <= low < high <= 1.0
