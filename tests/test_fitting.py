"""Fits against closed forms, scipy's own densities, and their own stored results."""

from __future__ import annotations

import contextlib
import math
import sqlite3
import tomllib
from pathlib import Path

import numpy as np
import pytest
from rotation import turn
from scipy.stats import lognorm, norm

import exokinetics as exo
from exokinetics.data_files import data_folder
from exokinetics.fitting.information import covariance_of
from exokinetics.fitting.problem import Likelihood

DECAY_MODEL = """
[part.medium]
law = "extracellular_decay"
volume = { value = "1 mL", quality = "assumed", reason = "test" }
decay = { value = "0.1 1/hour", quality = "assumed", reason = "test" }

[initial]
"medium.vesicles" = { value = "1000 vesicle", quality = "assumed", reason = "test" }
"""

DECAY_FIT = """
title = "decay"
model = "decay.toml"

[condition.only]

[observable.count]
expression = "factor*medium.vesicles"
noise = "NOISE"
spread = "sd"

[parameter."medium.decay"]
lower = "1e-4 1/hour"
upper = "10 1/hour"

[parameter.factor]
unit = "dimensionless"
lower = 1e-3
upper = 1e3

[parameter.sd]
unit = "UNIT"
lower = 1e-4
upper = 1e4
"""


def decay_problem(folder: Path, noise: str, counts: list[float], times: list[float]) -> exo.Problem:
    """A one-species decay fitted to `counts`, in files as a user would write them."""
    (folder / "decay.toml").write_text(DECAY_MODEL)
    unit = "vesicle" if noise == "additive" else "dimensionless"
    (folder / "fit.toml").write_text(DECAY_FIT.replace("NOISE", noise).replace("UNIT", unit))
    rows = "".join(f"only,{time},{count}\n" for time, count in zip(times, counts, strict=True))
    (folder / "data.csv").write_text("condition,time [hour],count [vesicle]\n" + rows)
    return exo.load_fit(folder)


@pytest.fixture
def noisy_decay() -> tuple[list[float], list[float]]:
    """Times and counts of a decay with multiplicative scatter; fixed numbers, so that the tests are the same."""
    times = [0.0, 1.0, 2.0, 4.0, 8.0, 12.0, 16.0, 24.0]
    scatter = np.random.default_rng(7).normal(0.0, 0.1, len(times))
    return times, [float(1000 * math.exp(-0.1 * time + noise)) for time, noise in zip(times, scatter, strict=True)]


@pytest.mark.parametrize("noise", ["additive", "proportional", "log_normal"])
def test_the_cost_is_the_sum_of_scipys_log_densities(
    tmp_path: Path, noise: str, noisy_decay: tuple[list[float], list[float]]
) -> None:
    times, counts = noisy_decay
    problem = decay_problem(tmp_path, noise, counts, times)
    rate, factor, sd = 0.08, 1.1, 30.0 if noise == "additive" else 0.2
    predicted = factor * 1000 * np.exp(-rate * np.array(times))
    densities = {
        "additive": norm.logpdf(counts, predicted, sd),
        "proportional": norm.logpdf(counts, predicted, sd * predicted),
        "log_normal": lognorm.logpdf(counts, sd, scale=predicted),
    }
    cost = problem.cost({"medium.decay": rate, "factor": factor, "sd": sd})
    # the integrator is good to about 1e-7: of a count of 1000 against an sd of 30, times eight residuals of order one
    assert cost == pytest.approx(-densities[noise].sum(), abs=1e-4)


def test_a_straight_line_in_the_logarithm_gives_the_closed_form(
    tmp_path: Path, noisy_decay: tuple[list[float], list[float]]
) -> None:
    """Log-normal noise makes exponential decay linear regression: estimates and errors are known exactly."""
    times, counts = noisy_decay
    found = exo.fit(decay_problem(tmp_path, "log_normal", counts, times), starts=3, seed=5)
    design = np.column_stack([np.ones(len(times)), -np.array(times)])
    target = np.log(np.array(counts) / 1000.0)
    (log_factor, rate), (squares,), *_ = np.linalg.lstsq(design, target, rcond=None)
    variance = squares / len(times)  # maximum likelihood divides by n, not n - 2
    covariance = variance * np.linalg.inv(design.T @ design)
    # the integrator's 1e-8 and the search's 1e-10 leave six digits
    assert found.values["medium.decay"] == pytest.approx(rate, rel=1e-5)
    assert found.values["factor"] == pytest.approx(math.exp(log_factor), rel=1e-5)
    assert found.values["sd"] == pytest.approx(math.sqrt(variance), rel=1e-5)
    assert found.errors["medium.decay"] == pytest.approx(math.sqrt(covariance[1, 1]), rel=1e-4)
    assert found.errors["sd"] == pytest.approx(math.sqrt(variance / (2 * len(times))), rel=1e-4)
    low, high = found.intervals["medium.decay"]
    assert low < rate < high


def shipped() -> list[tuple[str, str]]:
    """Every shipped fit, and every rival of one, as the name of the fit and that of the rival."""
    found = []
    for name in exo.fits():
        content = tomllib.loads((data_folder("fits") / name / "fit.toml").read_text())
        found += [(name, rival) for rival in ("", *content.get("rival", {}))]
    return found


def shipped_problem(name: str, rival: str) -> exo.Problem:
    """A shipped fit, or a rival of it."""
    problem = exo.load_fit(name)
    return problem.rivals[rival] if rival else problem


@pytest.mark.parametrize(("name", "rival"), shipped())
def test_every_shipped_fit_is_clean_and_its_gradient_is_exact(name: str, rival: str) -> None:
    problem = shipped_problem(name, rival)
    assert exo.check(problem.folder) == []
    assert problem.lint() == []
    gradient = problem.gradient()
    for parameter, value in problem.nominal.items():
        step = 1e-3 * value
        slope = (problem.cost({parameter: value + step}) - problem.cost({parameter: value - step})) / (2 * step)
        # central differences of a cost that carries the integrator's error, 1e-7 to 3e-6 over the shipped fits
        assert gradient[parameter] * value == pytest.approx(slope * value, rel=1e-3, abs=5e-3)


@pytest.mark.parametrize(("name", "rival"), shipped())
def test_the_stored_result_of_every_fit_is_a_minimum_with_the_stored_cost(name: str, rival: str) -> None:
    problem = shipped_problem(name, rival)
    stored = tomllib.loads((problem.results / "result.toml").read_text())
    values = {key: row["value"] for key, row in stored["parameter"].items()}
    # 0.1 log-likelihood units is what a reader can tell; the platform's arithmetic stays far below
    assert problem.cost(values) == pytest.approx(stored["cost"], abs=0.1)
    likelihood = Likelihood(problem, problem.search_vector(values), slopes=True)
    newton_step = covariance_of(likelihood.information()) @ likelihood.gradient()
    deviation = np.sqrt(np.diag(covariance_of(likelihood.information())))
    # a stored estimate may be off by a tenth of its own standard error
    assert (np.abs(newton_step) < 0.1 * deviation).all()


# fits by one of three seeds in turn, since one search takes minutes; rivals, which take as long, by a few starts
SEARCHES = [(name, rival, 1 if rival else 1 + turn(3)) for name, rival in shipped()]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "rival", "seed"), SEARCHES)
def test_most_starts_find_the_stored_optimum_whatever_the_seed(name: str, rival: str, seed: int) -> None:
    problem = shipped_problem(name, rival)
    stored = tomllib.loads((problem.results / "result.toml").read_text())
    found = exo.fit(problem, starts=4 if rival else 20, seed=seed, progress=False)
    assert found.hits >= len(found.starts) / 2
    assert stored["starts_at_the_best"] >= stored["starts"] / 2
    assert found.cost == pytest.approx(stored["cost"], abs=0.1)
    for key, row in stored["parameter"].items():
        if key not in stored["undetermined"]:
            assert abs(found.values[key] - row["value"]) < 0.1 * row["error"]


def test_the_same_seed_gives_the_same_digits(tmp_path: Path, noisy_decay: tuple[list[float], list[float]]) -> None:
    times, counts = noisy_decay
    problem = decay_problem(tmp_path, "additive", counts, times)
    first, second = (exo.fit(problem, starts=3, seed=11) for _ in range(2))
    assert first.values == second.values
    assert first.errors == second.errors
    assert first.starts["cost"].tolist() == second.starts["cost"].tolist()


def test_a_resumed_fit_equals_an_undisturbed_one(tmp_path: Path, noisy_decay: tuple[list[float], list[float]]) -> None:
    times, counts = noisy_decay
    problem = decay_problem(tmp_path, "additive", counts, times)
    book = tmp_path / "starts.sqlite"
    whole = exo.fit(problem, starts=4, seed=3, checkpoint=book)
    with contextlib.closing(sqlite3.connect(book)) as base, base:  # as if it had been cut off within the third start
        base.execute("DELETE FROM start WHERE number >= 2")
        base.execute("DELETE FROM short WHERE number > 2 OR (number = 2 AND place > 1)")
    resumed = exo.fit(problem, starts=4, seed=3, checkpoint=book, resume=True)
    assert resumed.values == whole.values
    assert resumed.errors == whole.errors
    assert resumed.starts.drop(columns="seconds").equals(whole.starts.drop(columns="seconds"))
    with pytest.raises(exo.WrongInput, match="belongs to another fit"):
        exo.fit(problem, starts=4, seed=4, checkpoint=book, resume=True)


def test_a_direction_without_information_is_reported_as_open(
    tmp_path: Path, noisy_decay: tuple[list[float], list[float]]
) -> None:
    """Two factors of which only the product is seen: neither may get a finite error."""
    times, counts = noisy_decay
    decay_problem(tmp_path, "log_normal", counts, times)
    text = (tmp_path / "fit.toml").read_text().replace("factor*medium", "factor*other*medium")
    (tmp_path / "fit.toml").write_text(
        text + '\n[parameter.other]\nunit = "dimensionless"\nlower = 1e-3\nupper = 1e3\n'
    )
    found = exo.fit(exo.load_fit(tmp_path), starts=2, seed=1)
    assert set(found.undetermined) == {"factor", "other"}
    assert math.isfinite(found.errors["medium.decay"])


def test_what_a_fit_saves_can_be_read_and_is_whole(
    tmp_path: Path, noisy_decay: tuple[list[float], list[float]]
) -> None:
    times, counts = noisy_decay
    found = exo.fit(decay_problem(tmp_path, "additive", counts, times), starts=2, seed=1)
    written = found.save(tmp_path / "kept")
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == sorted(path.name for path in written)
    stored = tomllib.loads((tmp_path / "kept" / "result.toml").read_text())
    assert stored["parameter"]["medium.decay"]["value"] == found.values["medium.decay"]
    assert "95 % interval" in found.report()
    with pytest.raises(exo.WrongInput, match="cannot be written"):
        found.save(tmp_path / "data.csv" / "below_a_file")


FIT_FAULTS = {
    "bounds are not swapped": ('lower = "1e-4 1/hour"', 'lower = "100 1/hour"'),
    "less than 4 decades": ('lower = "1e-4 1/hour"', 'lower = "0.01 1/hour"'),
    "did you mean 'medium.decay'": ('[parameter."medium.decay"]', '[parameter."medium.dekay"]'),
    "did you mean 'medium.vesicles'": ("medium.vesicles", "medium.vesicle"),
    "is not a noise model; did you mean 'additive'": ('noise = "additive"', 'noise = "aditive"'),
    "is not a column of data.csv": ('noise = "additive"', 'noise = "additive"\ncolumn = "counts"'),
    "is not a known function": ("factor*medium.vesicles", "__import__(1)*medium.vesicles"),
    "does not convert to": ('upper = "10 1/hour"', 'upper = "10 gram"'),
    "needs 'vesicle'": ('unit = "vesicle"', 'unit = "copy"'),
    "is not in the \\[parameter\\] tables": ('spread = "sd"', 'spread = "sdd"'),
}


@pytest.mark.parametrize("sentence", FIT_FAULTS)
def test_each_fault_of_a_fit_file_is_one_sentence(
    tmp_path: Path, sentence: str, noisy_decay: tuple[list[float], list[float]]
) -> None:
    times, counts = noisy_decay
    decay_problem(tmp_path, "additive", counts, times)
    text = (tmp_path / "fit.toml").read_text()
    old, new = FIT_FAULTS[sentence]
    assert old in text
    (tmp_path / "fit.toml").write_text(text.replace(old, new))
    with pytest.raises(exo.WrongInput, match=sentence):
        exo.load_fit(tmp_path)


DATA_FAULTS = {
    "'nan' is not finite": ("only,2.0,", "only,nan,"),
    "'many' is not a number": ("only,2.0,", "only,many,"),
    "names no unit": ("count [vesicle]", "count"),
    "is not a known unit": ("time [hour]", "time [hoor]"),
    "has 2 cells": ("only,2.0,", "only,"),
    "is not a condition": ("only,2.0,", "onli,2.0,"),
}


@pytest.mark.parametrize("sentence", DATA_FAULTS)
def test_each_fault_of_the_data_is_one_sentence(
    tmp_path: Path, sentence: str, noisy_decay: tuple[list[float], list[float]]
) -> None:
    times, counts = noisy_decay
    decay_problem(tmp_path, "additive", counts, times)
    text = (tmp_path / "data.csv").read_text()
    old, new = DATA_FAULTS[sentence]
    assert old in text
    (tmp_path / "data.csv").write_text(text.replace(old, new))
    with pytest.raises(exo.WrongInput, match=sentence) as caught:
        exo.load_fit(tmp_path)
    assert len(str(caught.value).splitlines()) == 1


def test_every_fault_of_a_fit_is_listed_at_once(tmp_path: Path, noisy_decay: tuple[list[float], list[float]]) -> None:
    times, counts = noisy_decay
    decay_problem(tmp_path, "additive", counts, times)
    text = (tmp_path / "fit.toml").read_text()
    for old, new in (
        ('lower = "1e-4 1/hour"', 'lower = "100 1/hour"'),
        ('noise = "additive"', 'noise = "aditive"'),
        ("[condition.only]", "[condition.only]\nvaluez = 3"),
    ):
        text = text.replace(old, new)
    (tmp_path / "fit.toml").write_text(text)
    issues = [issue for issue in exo.check(tmp_path) if issue.severity == "error"]
    assert {issue.key for issue in issues} == {
        "parameter.medium.decay", "observable.count.noise", "condition.only.valuez",
    }  # fmt: skip
