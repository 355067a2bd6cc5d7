"""A fit whose likelihood, posterior and bootstrap are closed forms: a straight line in a column of the data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from test_fitting import DECAY_MODEL

import exokinetics as exo

FIT = """
title = "a line"
model = "decay.toml"

[condition.only]

[observable.signal]
expression = "level + slope*dose"
noise = "additive"
spread = "sd"

[parameter.level]
unit = "dimensionless"
scale = "linear"
value = 0.5
lower = -100
upper = 100

[parameter.slope]
unit = "dimensionless"
scale = "linear"
value = 0.5
lower = -100
upper = 100

[parameter.sd]
unit = "dimensionless"
SPREAD
"""
KNOWN = 'estimate = false\nvalue = 0.5\nreason = "known"'
FREE = "value = 0.4\nlower = 1e-3\nupper = 1e2"
DOSES = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0])


def responses(seed: int) -> np.ndarray:
    """1 + 2 dose with scatter of 0.5."""
    return 1.0 + 2.0 * DOSES + np.random.default_rng(seed).normal(0.0, 0.5, len(DOSES))


def line_problem(folder: Path, values: np.ndarray, spread: str = KNOWN, *changes: tuple[str, str]) -> exo.Problem:
    """The fit in files as a user would write them, with changes to its text."""
    folder.mkdir(exist_ok=True)
    (folder / "decay.toml").write_text(DECAY_MODEL)
    text = FIT.replace("SPREAD", spread)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "fit.toml").write_text(text)
    rows = "".join(f"only,{dose!r},{value!r}\n" for dose, value in zip(DOSES.tolist(), values.tolist(), strict=True))
    (folder / "data.csv").write_text("condition,dose [dimensionless],signal [dimensionless]\n" + rows)
    return exo.load_fit(folder)


def regression(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """The estimates of least squares, the inverse of X'X, and the sum of squares."""
    design = np.column_stack([np.ones(len(DOSES)), DOSES])
    estimates, (squares,), *_ = np.linalg.lstsq(design, values, rcond=None)
    return estimates, np.linalg.inv(design.T @ design), float(squares)
