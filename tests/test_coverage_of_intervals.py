"""How often intervals hold the truth: a model without a closed form, two rates and the spread estimated."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

import exokinetics as exo

MODEL = """
[part.cells]
law = "population"
number = { value = "1e5 cell", quality = "assumed", reason = "test" }
division = { value = "0 1/hour", quality = "assumed", reason = "test" }
volume = { value = "1000 fL/cell", quality = "assumed", reason = "test" }

[part.medium]
law = "extracellular_decay"
volume = { value = "1 mL", quality = "assumed", reason = "test" }
decay = { value = "0.02 1/hour", quality = "assumed", reason = "test" }

[part.endosome]
law = "endosome"
cells = "cells"
medium = "medium"
guide = "cargo.amount"
exit = { value = "0.5 1/hour", quality = "assumed", reason = "test" }
recycling_fraction = { value = "0", quality = "assumed", reason = "test" }
escape_fraction = { value = "0.1", quality = "assumed", reason = "test" }

[part.cargo]
law = "depot"
cells = "cells"
into = "sink.amount"
start = { value = "0 copy/cell", quality = "assumed", reason = "test" }
loss = { value = "0 1/hour", quality = "assumed", reason = "test" }
release = { value = "0 1/hour", quality = "assumed", reason = "test" }

[part.sink]
law = "depot"
cells = "cells"
into = "cargo.amount"
start = { value = "0 copy/cell", quality = "assumed", reason = "test" }
loss = { value = "0 1/hour", quality = "assumed", reason = "test" }
release = { value = "0 1/hour", quality = "assumed", reason = "test" }

[part.uptake]
law = "saturable_uptake"
cells = "cells"
medium = "medium"
endosome = "endosome"
maximum = { value = "1000 vesicle/cell/hour", quality = "assumed", reason = "test" }
half_density = { value = "3e8 vesicle/mL", quality = "assumed", reason = "test" }

[initial]
"medium.vesicles" = { value = "1e9 vesicle", quality = "assumed", reason = "test" }
"""
FIT = """
title = "saturable uptake"
model = "uptake.toml"

[condition.only]

[observable.count]
expression = "medium.vesicles"
noise = "log_normal"
spread = "sd"

[parameter."uptake.maximum"]
lower = "10 vesicle/cell/hour"
upper = "1e5 vesicle/cell/hour"

[parameter."uptake.half_density"]
lower = "3e6 vesicle/mL"
upper = "3e10 vesicle/mL"

[parameter.sd]
unit = "dimensionless"
lower = 1e-3
upper = 10
"""
TRUTH = {"uptake.maximum": 1000.0, "uptake.half_density": 3e8, "sd": 0.1}
TIMES = np.array([0.0, 1, 2, 4, 6, 8, 10, 12, 15, 18, 21, 24, 28, 32, 36, 40])
REPEATS, BOOTSTRAPS = 200, 40


def expected_counts() -> np.ndarray:
    """Decay and saturable uptake by 1e5 cells, by scipy."""

    def slope(_: float, vesicles: np.ndarray) -> np.ndarray:
        return -0.02 * vesicles - 1e5 * 1000.0 * vesicles / (3e8 + vesicles)

    return np.asarray(solve_ivp(slope, (0, 40), [1e9], "LSODA", TIMES, rtol=1e-10, atol=1.0).y[0])


def uptake_problem(folder: Path, counts: np.ndarray) -> exo.Problem:
    (folder / "uptake.toml").write_text(MODEL)
    (folder / "fit.toml").write_text(FIT)
    rows = "".join(f"only,{time},{count!r}\n" for time, count in zip(TIMES.tolist(), counts.tolist(), strict=True))
    (folder / "data.csv").write_text("condition,time [hour],count [vesicle]\n" + rows)
    return exo.load_fit(folder)


def expected_shares() -> dict[str, dict[str, float]]:
    """How often each interval holds the truth if the model were linear: a rate by Student's t, as is asked of it.

    The spread is the root of a sum of squares that is chi-squared with n - 2 degrees of freedom.
    """
    n, free = len(TIMES), len(TIMES) - 2
    widest = float(stats.t.ppf(0.975, free))
    wide = widest * math.sqrt(n / free)  # of the standard errors of the information

    def spread(low: float, high: float) -> float:
        """Of the sum of squares over the true variance."""
        return float(stats.chi2.cdf(high, free) - stats.chi2.cdf(low, free))

    def above(squares: float) -> float:
        return n * math.log(n / squares) + squares - n - n * math.log1p(widest**2 / free)

    ends = brentq(above, 1e-3, n), brentq(above, n, 30 * n)
    apart = math.exp(2 * wide / math.sqrt(2 * n))
    # repeats have the chi-squared of the estimate, so that their percentiles are those of its distribution
    bias = float(stats.norm.ppf(stats.chi2.cdf(n, free)))
    drawn = stats.chi2.ppf(stats.norm.cdf([2 * bias + wide, 2 * bias - wide]), free)
    return {
        "profile": {"rate": 0.95, "sd": spread(*ends)},
        "fisher": {"rate": 0.95, "sd": spread(n / apart, n * apart)},
        "bootstrap": {"rate": 0.95, "sd": spread(*(n**2 / drawn))},
    }


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_theory_says(tmp_path: Path) -> None:
    """Of 200 repeats (40 for the bootstrap), with the spread estimated."""
    clean = expected_counts()
    base = uptake_problem(tmp_path, clean)
    hits = {kind: dict.fromkeys(TRUTH, 0) for kind in ("profile", "fisher", "bootstrap")}
    for seed in range(REPEATS):
        scatter = np.random.default_rng(seed).normal(0.0, 0.1, len(TIMES))
        found = exo.fit(base.with_measurements(clean * np.exp(scatter)), starts=1, initial=[TRUTH], threads=1)
        kinds = {"profile": exo.profile(found).intervals, "fisher": found.intervals}
        if seed < BOOTSTRAPS:
            kinds["bootstrap"] = exo.bootstrap(found, repeats=1000, seed=seed, threads=1).intervals
        for kind, intervals in kinds.items():
            for name, (low, high) in intervals.items():
                hits[kind][name] += low <= TRUTH[name] <= high
    for kind, shares in expected_shares().items():
        count = BOOTSTRAPS if kind == "bootstrap" else REPEATS
        for name, held in hits[kind].items():
            share = shares["sd" if name == "sd" else "rate"]
            # three times the error of a count; the model is linear enough that its part is less than that
            assert abs(held - count * share) < 3 * math.sqrt(count * share * (1 - share)), (kind, name, held, share)
    # what is asked: 90 to 99 % of 200
    assert all(180 <= hits[kind][name] <= 198 for kind in ("profile", "fisher") for name in TRUTH)
