"""The figure of a fit: every measurement and the fitted curve with its noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from exokinetics.drawing import BAND, DATA, LINE, Array, dress, grid, legend_below
from exokinetics.fitting.problem import Problem
from exokinetics.units import factor_between, unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from exokinetics.fitting.block import Block

POINTS = 200
WIDE = 300  # largest over smallest from which an axis is logarithmic
BAR = 5  # points: how wide the noise of one measurement is drawn
NOISE_LABEL = "95 % of the noise"
DECADE = 10  # the same where measured and fitted stand against each other


def fit_figure(problem: Problem, values: Mapping[str, float]) -> Figure:
    """One panel per measured column, condition and replicate of its own: data, the fit, and 95 % of the noise about it.

    The noise is a band, or a bar at every measurement where it differs between them.
    """
    blocks = [block for block in problem.predictor.blocks() if block.condition.id]
    predicted = problem.predictor.predict(values).values
    figure, axes = grid(len(blocks), problem.title)
    longest = max((float(block.times.max()) for block in blocks if block.dynamic), default=0.0)
    for axis, block, title in zip(axes, blocks, titles_of(blocks), strict=True):
        if block.dynamic:
            # what was sampled at time 0 alone, a control group say, is drawn over the time of the others
            times = np.linspace(0.0, (float(block.times.max()) or longest or 1.0) * 1.02, POINTS)
            _over_time(axis, problem, block, values, times, predicted[block.place])
            label = f"time ({problem.data.units['time']})"
            dress(axis, title, label, f"{block.item.column} ({block.item.unit})")
        else:
            _against_fitted(axis, problem, block, values, predicted[block.place])
            what = f"{block.item.column} ({block.item.unit})"
            dress(axis, title, f"fitted {what}", f"measured {what}")
    legend_below(figure, axes)
    return figure


def _over_time(
    axis: Axes, problem: Problem, block: Block, values: Mapping[str, float], times: Array, fitted: Array
) -> None:
    """The curve over time; of what depends on a column that differs between the rows, the fitted points alone."""
    factor = factor_between(unit(problem.model.time_unit), unit(problem.data.units["time"]))
    (curve,) = problem.predictor.curves(block, [values], times)
    low, high = _noise(axis, problem, values, block, (times * factor, curve), (block.times * factor, fitted))
    if np.isfinite(curve).any():
        axis.plot(times * factor, curve, color=LINE, linewidth=1.5, label="fit")
    else:
        axis.plot(block.times * factor, fitted, "_", color=LINE, markersize=9, label="fit")
    draw_measured(axis, block, block.times * factor)
    if low.min() > 0 and high.max() > WIDE * low.min():
        axis.set_yscale("log")


def _against_fitted(axis: Axes, problem: Problem, block: Block, values: Mapping[str, float], fitted: Array) -> None:
    """What was measured against what is fitted, with the noise about their equality."""
    lowest, highest = (float(extreme([*fitted, *block.measured])) for extreme in (min, max))
    logarithmic = 0 < lowest * DECADE < highest
    ends = np.geomspace(lowest, highest, 50) if logarithmic else np.linspace(lowest, highest, 50)
    _noise(axis, problem, values, block, (ends, ends), (fitted, fitted))
    axis.plot(ends, ends, color=LINE, linewidth=1.5, label="fit")
    draw_measured(axis, block, fitted)
    if logarithmic:
        axis.set_xscale("log")
        axis.set_yscale("log")


def _noise(
    axis: Axes, problem: Problem, values: Mapping[str, float], block: Block, line: tuple[Array, Array],
    rows: tuple[Array, Array],
) -> tuple[Array, Array]:  # fmt: skip
    """Draw 95 % of the noise about a line, or about each row where it differs between them; its ends."""
    predictor, noise = problem.predictor, block.item.noise
    widest = predictor.density(block, predictor.numbers(values)).widest()
    if block.uneven:
        across, fitted = rows
        low, high = _noise_band(noise, fitted, widest * predictor.spread(block, values, fitted))
        axis.vlines(across, low, high, color=BAND, linewidth=BAR, label=NOISE_LABEL)
    else:
        across, curve = line
        low, high = _noise_band(noise, curve, widest * predictor.spread_along(block, values, curve))
        axis.fill_between(across, low, high, color=BAND, linewidth=0, label=NOISE_LABEL)
    return low, high


def draw_measured(axis: Axes, block: Block, places: Array) -> None:
    """Dots; what lies beyond a limit of quantification is an open triangle that points to where it lies."""
    sides = block.cells.sides
    for side, mark, label in ((0, "o", "measured"), (-1, "v", "below a limit"), (1, "^", "above a limit")):
        here = sides == side
        if here.any():
            axis.plot(
                places[here], block.measured[here], mark, color=DATA, markersize=3.5, label=label,
                markerfacecolor=DATA if side == 0 else "none",
            )  # fmt: skip


def bands_figure(problem: Problem, values: Mapping[str, float], sets: Sequence[Mapping[str, float]]) -> Figure:
    """One panel per measured column and condition: data, the fitted curve, and the central 95 % of those of `sets`."""
    blocks = [block for block in problem.predictor.blocks() if block.condition.id]
    fitted = problem.predictor.predict(values).values
    still = any(not block.dynamic for block in blocks)
    drawn = np.array([problem.predictor.predict(each).values for each in sets]) if still else np.empty(0)
    figure, axes = grid(len(blocks), f"{problem.title}: predictions")
    longest = max((float(block.times.max()) for block in blocks if block.dynamic), default=0.0)
    for axis, block, title in zip(axes, blocks, titles_of(blocks), strict=True):
        item, label = block.item, "central 95 % of predictions"
        if block.dynamic:
            factor = factor_between(unit(problem.model.time_unit), unit(problem.data.units["time"]))
            times = np.linspace(0.0, (float(block.times.max()) or longest or 1.0) * 1.02, POINTS)
            curve, *others = problem.predictor.curves(block, [values, *sets], times)
            low, high = np.nanquantile(others, [0.025, 0.975], axis=0)
            axis.fill_between(times * factor, low, high, color=BAND, linewidth=0, label=label)
            axis.plot(times * factor, curve, color=LINE, linewidth=1.5, label="fit")
            draw_measured(axis, block, block.times * factor)
            if low.min() > 0 and high.max() > WIDE * low.min():
                axis.set_yscale("log")
            dress(axis, title, f"time ({problem.data.units['time']})", f"{item.column} ({item.unit})")
        else:
            low, high = np.nanquantile(drawn[:, block.place], [0.025, 0.975], axis=0)
            axis.hlines(block.measured, low, high, color=LINE, linewidth=1.5, label=label)
            axis.plot(fitted[block.place], block.measured, "o", color=DATA, markersize=3.5, label="fit")
            dress(axis, title, f"predicted {item.column} ({item.unit})", f"measured ({item.unit})")
    legend_below(figure, axes)
    return figure


def waterfall_figure(title: str, costs: Array, near: float) -> Figure:
    """The costs of the starts that did not fail, sorted, above the best one."""
    ends = np.sort(costs[np.isfinite(costs)])
    figure, (axis, *_) = grid(1, title)
    axis.plot(np.arange(1, len(ends) + 1), ends - ends[0] + near / 100, "o", color=DATA, markersize=3.5)
    axis.axhline(near, color=LINE, linewidth=1.0)
    axis.set_yscale("log")
    axis.set_xlim(0.5, len(ends) + 0.5)
    dress(axis, "starts, sorted; below the line: the optimum", "start", f"cost above the best + {near / 100:g}")
    axis.locator_params(axis="x", integer=True, min_n_ticks=1)
    return figure


def titles_of(blocks: Sequence[Block]) -> list[str]:
    """What each block measured; under which condition and of which replicate where another would be called the same."""
    titles = [block.item.title or block.item.id for block in blocks]
    for suffixes in ([_condition(block) for block in blocks], [_replicate(block) for block in blocks]):
        named = list(zip(titles, suffixes, strict=True))
        alike = {title: {other for same, other in named if same == title} for title in titles}
        titles = [title + suffix if len(alike[title]) > 1 else title for title, suffix in named]
    return titles


def _condition(block: Block) -> str:
    return f": {block.condition.title or block.condition.id}"


def _replicate(block: Block) -> str:
    return f", replicate {block.replicate}"


def _noise_band(noise: str, curve: Array, half: Array) -> tuple[Array, Array]:
    """The ends of a band that reaches half its width to either side, on the scale of the noise."""
    if noise == "log_normal":
        return curve * np.exp(-half), curve * np.exp(half)
    width = half * (np.abs(curve) if noise == "proportional" else 1.0)
    return curve - width, curve + width
