"""The figure of a fit: panels told apart, noise as each measurement has it, limits as limits, nothing hidden or cut."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import exokinetics as exo
from exokinetics.drawing import grid
from exokinetics.fitting.figure import fit_figure, titles_of, waterfall_figure
from exokinetics.fitting.stored import stored_fit


def stored(name: str) -> exo.Fit:
    found = stored_fit(exo.load_fit(name))
    assert found is not None
    return found


@pytest.mark.parametrize("name", exo.fits())
def test_no_two_panels_are_called_the_same(name: str) -> None:
    blocks = [block for block in exo.load_fit(name).predictor.blocks() if block.condition.id]
    titles = titles_of(blocks)
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("name", exo.fits())
def test_the_title_fits_into_the_narrowest_figure(name: str) -> None:
    figure, _ = grid(1, exo.load_fit(name).title)
    figure.draw_without_rendering()
    box = figure._suptitle.get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.x1


def test_noise_is_drawn_at_each_measurement_where_each_has_its_own() -> None:
    found = stored("luan_nanoparticle_lymph_nodes")
    data, axis = found.problem.data, fit_figure(found.problem, found.values).axes[0]
    assert axis.get_title() == "blood"
    (bars,) = axis.collections
    half = [0.5 * (ends[1, 1] - ends[0, 1]) for ends in bars.get_segments()]
    np.testing.assert_allclose(
        half, stats.norm.ppf(0.975) * found.values["error_share"] * data.numbers["in_blood_sd"], rtol=1e-9
    )


def test_a_limit_is_not_drawn_as_if_it_had_been_measured() -> None:
    found = stored("rbd4059_mouse_plasma")
    figure = fit_figure(found.problem, found.values)
    drawn = {line.get_label(): line for line in figure.axes[0].lines}
    assert set(drawn["below a limit"].get_ydata()) == {20.0}
    assert drawn["below a limit"].get_marker() == "v"
    assert drawn["measured"].get_ydata().min() > 20.0
    sides = found.problem.predictor.blocks()[0].cells.sides
    assert len(drawn["below a limit"].get_ydata()) == (sides < 0).sum()
    (legend,) = figure.legends
    labels = ["95 % of the noise", "fit", "measured", "below a limit"]
    assert [text.get_text() for text in legend.get_texts()] == labels
    assert all(axis.get_legend() is None for axis in figure.axes)


def test_axes_within_a_decade_are_linear() -> None:
    """The labels of minor ticks of a short logarithmic axis lie over each other."""
    found = stored("browning2022_transferrin_receptor")
    still = [axis for axis in fit_figure(found.problem, found.values).axes if axis.get_xlabel().startswith("fitted")]
    assert len(still) == 6
    assert {axis.get_xscale() for axis in still} == {"linear"}


def test_a_single_start_has_whole_numbers_on_its_axis() -> None:
    (axis,) = waterfall_figure("one", np.array([3.0]), 0.1).axes
    assert axis.get_xlim() == (0.5, 1.5)
    assert all(float(tick).is_integer() for tick in axis.get_xticks())
