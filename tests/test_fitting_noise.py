"""Noise densities and limits of quantification against scipy's densities, and their slopes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from test_fitting import decay_problem

import exokinetics as exo
from exokinetics.fitting.noise import NOISE
from exokinetics.fitting.problem import Likelihood

TIMES = [0.0, 2.0, 5.0, 9.0, 14.0, 20.0]
CELLS = ["1100", "800", ">500", "455", "<230", "<100"]
RATE, FACTOR = 0.09, 1.05


def problem_of(folder: Path, noise: str) -> tuple[exo.Problem, float]:
    """A decay with two values beyond limits, and a spread that fits the noise."""
    decay_problem(folder, "additive", [1.0] * len(TIMES), TIMES)
    absolute = noise not in ("proportional", "log_normal")
    text = (folder / "fit.toml").read_text().replace('"additive"', f'"{noise}"')
    if not absolute:
        text = text.replace('unit = "vesicle"', 'unit = "dimensionless"')
    if NOISE[noise].takes_degrees:
        text = text.replace('spread = "sd"', 'spread = "sd"\ndegrees = 4')
    (folder / "fit.toml").write_text(text)
    rows = "".join(f"only,{time},{cell}\n" for time, cell in zip(TIMES, CELLS, strict=True))
    (folder / "data.csv").write_text("condition,time [hour],count [vesicle]\n" + rows)
    return exo.load_fit(folder), 60.0 if absolute else 0.2


def truth(noise: str, predicted: np.ndarray, sd: float) -> float:
    """The negative log-likelihood by scipy alone."""
    frozen = {
        "additive": stats.norm(predicted, sd), "proportional": stats.norm(predicted, sd * predicted),
        "log_normal": stats.lognorm(sd, scale=predicted), "laplace": stats.laplace(predicted, sd),
        "student_t": stats.t(4, predicted, sd),
    }[noise]  # fmt: skip
    numbers = np.array([float(cell.lstrip("<>")) for cell in CELLS])
    kinds = [cell[0] for cell in CELLS]
    terms = np.where([kind == "<" for kind in kinds], frozen.logcdf(numbers), frozen.logpdf(numbers))
    return -float(np.where([kind == ">" for kind in kinds], frozen.logsf(numbers), terms).sum())


@pytest.mark.parametrize("noise", NOISE)
def test_cost_of_values_and_limits_is_that_of_scipy_and_its_gradient_exact(tmp_path: Path, noise: str) -> None:
    problem, sd = problem_of(tmp_path, noise)
    point = {"medium.decay": RATE, "factor": FACTOR, "sd": sd}
    predicted = FACTOR * 1000 * np.exp(-RATE * np.array(TIMES))
    # the integrator is good to about 1e-7 of each prediction
    assert problem.cost(point) == pytest.approx(truth(noise, predicted, sd), abs=1e-4)
    gradient = problem.gradient(point)
    for name, value in point.items():
        step = 1e-4 * value
        ends = [problem.cost({**point, name: value + shift}) for shift in (step, -step)]
        # differences over 1e-4 of a cost good to 1e-7
        assert gradient[name] * value == pytest.approx((ends[0] - ends[1]) / 2e-4, rel=1e-3, abs=5e-3)
    search = problem.search_vector(point)
    found = Likelihood(problem, search, slopes=True)
    # the least-squares vector has the same slope, to rounding
    assert found.vector() @ found.vector_slopes() == pytest.approx(found.gradient(), rel=1e-9, abs=1e-9)


def test_a_limit_without_a_number_is_a_fault(tmp_path: Path) -> None:
    problem_of(tmp_path, "additive")
    text = (tmp_path / "data.csv").read_text()
    (tmp_path / "data.csv").write_text(text.replace("<230", "<"))
    with pytest.raises(exo.WrongInput, match="is not a number"):
        exo.load_fit(tmp_path)
