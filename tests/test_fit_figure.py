"""What the figure of a fit shows: the replicate of each panel, and the noise about every measurement."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from scipy import stats
from test_fitting import DECAY_MODEL

import exokinetics as exo
from exokinetics.fitting.figure import fit_figure

FIT = """
title = "decay"
model = "decay.toml"

[condition.only]

[observable.count]
expression = "scale*medium.vesicles"
noise = "additive"
spread = "sd*share"

[parameter."medium.decay"]
lower = "1e-4 1/hour"
upper = "10 1/hour"

[parameter.scale]
unit = "dimensionless"
lower = 1e-3
upper = 1e3

[parameter.sd]
unit = "vesicle"
lower = 1e-4
upper = 1e4
"""
HEADER = "condition,replicate,time [hour],dose [dimensionless],share [dimensionless],count [vesicle]\n"
TIMES = np.array([0.0, 2.0, 5.0])
SHARES = np.array([1.0, 0.5, 3.0])
VALUES = {"medium.decay": 0.1, "scale": 1.2, "sd": 40.0}
CURVE = 1200.0 * np.exp(-0.1 * TIMES)


def problem_of(folder: Path, *changes: tuple[str, str], shares: np.ndarray = SHARES) -> exo.Problem:
    """A decay of two blots, whose spread has a share that a column says."""
    text = FIT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "decay.toml").write_text(DECAY_MODEL)
    (folder / "fit.toml").write_text(text)
    rows = [
        f"only,{blot},{time},{dose},{share},{count}\n"
        for blot, dose in (("first", 1), ("second", 2))
        for time, share, count in zip(TIMES, shares, (1150, 990, 700), strict=True)
    ]
    (folder / "data.csv").write_text(HEADER + "".join(rows))
    return exo.load_fit(folder)


def bars(axis: Axes) -> np.ndarray:
    """The lower and upper end of each bar of noise."""
    (drawn,) = [item for item in axis.collections if isinstance(item, LineCollection)]
    return np.array([segment[:, 1] for segment in drawn.get_segments()])


def band(axis: Axes) -> tuple[float, float]:
    """The lower and upper end of the band at time 0."""
    (drawn,) = [item for item in axis.collections if isinstance(item, PolyCollection)]
    corners = drawn.get_paths()[0].vertices
    here = np.asarray(corners)[np.asarray(corners)[:, 0] == 0.0, 1]
    return float(here.min()), float(here.max())


EACH = ("[parameter.scale]", '[parameter.scale]\nper = "replicate"')
TITLED = ("[observable.count]", '[observable.count]\ntitle = "vesicles"')


def test_a_panel_of_one_replicate_names_it(tmp_path: Path) -> None:
    problem = problem_of(tmp_path, EACH)
    titles = [axis.get_title() for axis in fit_figure(problem, {}).axes]
    assert titles == ["count, replicate first", "count, replicate second"]
    problem = problem_of(tmp_path, EACH, TITLED)
    titles = [axis.get_title() for axis in fit_figure(problem, {}).axes]
    assert titles == ["vesicles, replicate first", "vesicles, replicate second"]
    fitted = exo.fit(problem, starts=1, progress=False)
    assert [axis.get_title() for axis in exo.prediction_diagram(fitted, draws=2).axes] == titles


def test_replicates_that_share_everything_share_a_panel(tmp_path: Path) -> None:
    (axis,) = fit_figure(problem_of(tmp_path, TITLED), VALUES).axes
    assert axis.get_title() == "vesicles"


def test_a_spread_that_differs_between_rows_is_a_bar_at_each(tmp_path: Path) -> None:
    (axis,) = fit_figure(problem_of(tmp_path), VALUES).axes
    half = stats.norm.ppf(0.975) * 40.0 * SHARES
    wanted = np.column_stack([CURVE - half, CURVE + half])
    # the integrator is good to 1e-8 of each prediction
    np.testing.assert_allclose(bars(axis), np.vstack([wanted, wanted]), rtol=1e-6)


def test_a_mean_of_more_repeats_has_a_shorter_bar(tmp_path: Path) -> None:
    averaged = ('spread = "sd*share"', 'spread = "sd/sqrt(repeats)"\nrepeats = "average"')
    problem_of(tmp_path, averaged)
    rows = "only,a,0,1,1,1150\nonly,a,2,1,1,990\nonly,a,2,1,1,980\nonly,a,2,1,1,970\nonly,a,2,1,1,960\n"
    (tmp_path / "data.csv").write_text(HEADER + rows)
    (axis,) = fit_figure(exo.load_fit(tmp_path), VALUES).axes
    lengths = np.diff(bars(axis))[:, 0]
    assert lengths[0] == pytest.approx(2 * lengths[1], rel=1e-9)  # one sample and the mean of four


def test_a_spread_that_is_the_same_in_every_row_is_a_band(tmp_path: Path) -> None:
    (axis,) = fit_figure(problem_of(tmp_path, shares=np.full(3, 0.5)), VALUES).axes
    half = stats.norm.ppf(0.975) * 20.0
    assert band(axis) == pytest.approx((1200.0 - half, 1200.0 + half), rel=1e-6)  # the integrator's digits


@pytest.mark.parametrize(
    ("noise", "reach"), [('student_t"\ndegrees = "3', stats.t(3).ppf(0.975)), ("laplace", stats.laplace.ppf(0.975))]
)
def test_the_band_holds_95_percent_of_its_own_noise(tmp_path: Path, noise: str, reach: float) -> None:
    problem = problem_of(tmp_path, ('"additive"', f'"{noise}"'), shares=np.ones(3))
    (axis,) = fit_figure(problem, VALUES).axes
    assert band(axis) == pytest.approx((1200.0 - 40.0 * reach, 1200.0 + 40.0 * reach), rel=1e-6)


def test_a_prediction_that_needs_a_column_is_a_line_where_the_column_stands_still(tmp_path: Path) -> None:
    dosed = ('"scale*medium.vesicles"', '"dose*scale*medium.vesicles"')
    problem = problem_of(tmp_path, dosed, EACH)
    figure = fit_figure(problem, {"medium.decay": 0.1, "scale:first": 1.2, "scale:second": 1.2, "sd": 40.0})
    heights = [float(line.get_ydata()[0]) for axis in figure.axes for line in axis.lines if line.get_label() == "fit"]
    assert heights == pytest.approx([1200.0, 2400.0], rel=1e-6)  # the integrator's digits
    (axis,) = fit_figure(problem_of(tmp_path, dosed), VALUES).axes
    (fitted,) = [line for line in axis.lines if line.get_label() == "fit"]
    # both doses in one panel have no curve in common: a mark at every measurement
    np.testing.assert_allclose(fitted.get_ydata(), [*CURVE, *(2 * CURVE)], rtol=1e-6)
