"""Prediction bands: their spread by closed forms, from every kind of draws, under ties and conditions."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from test_fitting import decay_problem
from test_profiles import TIMES, counts, edited

import exokinetics as exo


@pytest.fixture
def decay(tmp_path: Path) -> exo.Fit:
    return exo.fit(decay_problem(tmp_path, "log_normal", counts(7), TIMES), starts=2, seed=1)


def rates(band: exo.Ensemble) -> np.ndarray:
    """The rates that the curves were drawn with, from what is left after ten hours."""
    return np.asarray(-np.log(band["medium.vesicles"][:, 1] / 1000.0) / 10.0)


def test_a_band_takes_the_draws_of_a_bootstrap(decay: exo.Fit) -> None:
    found = exo.bootstrap(decay, repeats=60, seed=3)
    band = exo.predict(found, [0.0, 10.0], outputs=["medium.vesicles"], condition="only")
    # the integrator is good to 1e-6 of an amount that e**-1 is left of
    np.testing.assert_allclose(rates(band), found.table["medium.decay"], rtol=1e-5)
    few = exo.predict(found, [0.0, 10.0], outputs=["medium.vesicles"], condition="only", draws=20, seed=1)
    assert len(few) == 20
    assert np.isclose(rates(few)[:, None], rates(band)[None, :], rtol=1e-6).any(axis=1).all()


def test_a_band_takes_the_draws_of_a_sample(decay: exo.Fit) -> None:
    pytest.importorskip("emcee")
    pytest.importorskip("arviz")
    found = exo.sample(decay, steps=100, seed=3)
    band = exo.predict(found, [0.0, 10.0], outputs=["medium.vesicles"], draws=10**6)
    np.testing.assert_allclose(rates(band), found.table["medium.decay"], rtol=1e-5)


def test_a_tie_of_a_condition_is_drawn(tmp_path: Path) -> None:
    """Cold decays at the rate of the model; warm, by its tie, at twice another parameter."""
    decay_problem(tmp_path, "log_normal", counts(7), TIMES)
    rows = (tmp_path / "data.csv").read_text().splitlines()
    both = [line.replace("only", name) for name in ("cold", "warm") for line in rows[1:]]
    (tmp_path / "data.csv").write_text("\n".join([rows[0], *both]) + "\n")
    pace = '[parameter.pace]\nunit = "1/hour"\nlower = 1e-4\nupper = 10\n\n[parameter.factor]'
    problem = edited(
        tmp_path,
        ("[condition.only]", '[condition.cold]\n[condition.warm]\nties = { "medium.decay" = "2*pace" }'),
        ("[parameter.factor]", pace),
    )
    found = exo.fit(problem, starts=2, seed=1)
    assert found.values["medium.decay"] == pytest.approx(2 * found.values["pace"], rel=1e-4)
    for condition, name, times in (("cold", "medium.decay", 1.0), ("warm", "pace", 2.0)):
        band = exo.predict(found, [0.0, 10.0], outputs=["medium.vesicles"], condition=condition, draws=2000)
        # the spread of 2000 draws is known to 1.6 %, four times that is allowed
        expected = found.errors[name] / (found.values[name] * math.log(10))
        assert np.log10(rates(band)).std() == pytest.approx(expected, rel=0.065)
        assert np.median(rates(band)) == pytest.approx(times * found.values[name], rel=0.02)


def test_the_diagram_has_a_panel_per_column_and_the_band_holds_the_curve(decay: exo.Fit) -> None:
    figure = exo.prediction_diagram(decay, draws=50)
    (axis,) = figure.axes
    (band,) = axis.collections
    corners = band.get_paths()[0].vertices
    line = next(line for line in axis.lines if line.get_label() == "fit")
    for time, value in zip(*line.get_data(), strict=True):
        at = corners[np.isclose(corners[:, 0], time)][:, 1]
        assert at.min() <= value <= at.max()


def test_a_diagram_of_what_needs_no_simulation(tmp_path: Path) -> None:
    from straight_line import line_problem, responses

    figure = exo.prediction_diagram(exo.bootstrap(exo.fit(line_problem(tmp_path, responses(3)), starts=1), repeats=20))
    assert len(figure.axes[0].collections[0].get_segments()) == 10


def test_what_is_no_fit_is_refused(decay: exo.Fit) -> None:
    with pytest.raises(exo.WrongInput, match="a fit, a sample or a bootstrap"):
        exo.predict(decay.values, [0.0, 1.0])  # type: ignore[arg-type]
    with pytest.raises(exo.WrongInput, match="did you mean 'only'"):
        exo.predict(decay, [0.0, 1.0], condition="onyl")
