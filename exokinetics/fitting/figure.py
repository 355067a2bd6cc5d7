"""The figure of a fit: every measurement and the fitted curve with its noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from exokinetics.drawing import BAND, DATA, LINE, Array, dress, grid
from exokinetics.fitting.problem import Problem
from exokinetics.units import factor_between, unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from exokinetics.fitting.block import Block

POINTS = 200
WIDE = 300  # largest over smallest from which an axis is logarithmic
FEW = 12  # panels up to which each has a legend of its own
BAR = 5  # points: how wide the noise of one measurement is drawn
NOISE_LABEL = "fit, 95 % of the noise"


def fit_figure(problem: Problem, values: Mapping[str, float]) -> Figure:
    """One panel per measured column, condition and replicate of its own: data, the fit, and 95 % of the noise about it.

    The noise is a band, or a bar at every measurement where it differs between them.
    """
    blocks = [block for block in problem.predictor.blocks() if block.condition.id]
    predicted = problem.predictor.predict(values).values
    figure, axes = grid(len(blocks), problem.title)
    longest = max((float(block.times.max()) for block in blocks if block.dynamic), default=0.0)
    for axis, block in zip(axes, blocks, strict=True):
        fitted = predicted[block.place]
        if block.dynamic:
            # what was sampled at time 0 alone, a control group say, is drawn over the time of the others
            _time_course(axis, problem, values, block, fitted, float(block.times.max()) or longest or 1.0)
            _dressed(axis, problem, block, blocks)
        else:
            _agreement(axis, problem, values, block, fitted)
            item = block.item
            dress(
                axis,
                _title(block, blocks),
                f"fitted {item.column} ({item.unit})",
                f"measured {item.column} ({item.unit})",
            )
        if len(blocks) <= FEW:
            axis.legend(fontsize=6, frameon=False)
    if len(blocks) > FEW:
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, fontsize=8, frameon=False, loc="outside lower center", ncols=len(labels))
    return figure


def _time_course(
    axis: Axes, problem: Problem, values: Mapping[str, float], block: Block, fitted: Array, end: float
) -> None:
    """What was measured and the fitted curve over time."""
    factor = factor_between(unit(problem.model.time_unit), unit(problem.data.units["time"]))
    times = np.linspace(0.0, end * 1.02, POINTS)
    curve = problem.predictor.curve(block, values, times)
    assert curve is not None
    low, high = _noise(axis, problem, values, block, (times * factor, curve), (block.times * factor, fitted))
    if np.isfinite(curve).any():
        axis.plot(times * factor, curve, color=LINE, linewidth=1.5, label="fit")
    else:  # it depends on a column that differs between the rows
        axis.plot(block.times * factor, fitted, "_", color=LINE, markersize=9, label="fit")
    axis.plot(block.times * factor, block.measured, "o", color=DATA, markersize=3.5, label="measured")
    if low.min() > 0 and high.max() > WIDE * low.min():
        axis.set_yscale("log")


def _agreement(axis: Axes, problem: Problem, values: Mapping[str, float], block: Block, fitted: Array) -> None:
    """What was measured over what is fitted, where there is no time course."""
    lowest, highest = (extreme([*fitted, *block.measured]) for extreme in (min, max))
    ends = np.geomspace(lowest, highest, 50) if lowest > 0 else np.linspace(lowest, highest, 50)
    _noise(axis, problem, values, block, (ends, ends), (fitted, fitted))
    axis.plot(ends, ends, color=LINE, linewidth=1.2, label="measured = fitted")
    axis.plot(fitted, block.measured, "o", color=DATA, markersize=3.5, label="measured")
    if lowest > 0:
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


def bands_figure(problem: Problem, values: Mapping[str, float], sets: Sequence[Mapping[str, float]]) -> Figure:
    """One panel per measured column and condition: data, the fitted curve, and the central 95 % of those of `sets`."""
    blocks = [block for block in problem.predictor.blocks() if block.condition.id]
    fitted = problem.predictor.predict(values).values
    still = any(not block.dynamic for block in blocks)
    drawn = np.array([problem.predictor.predict(each).values for each in sets]) if still else np.empty(0)
    figure, axes = grid(len(blocks), f"{problem.title}: predictions")
    longest = max((float(block.times.max()) for block in blocks if block.dynamic), default=0.0)
    for axis, block in zip(axes, blocks, strict=True):
        item, label = block.item, "central 95 % of predictions"
        if block.dynamic:
            factor = factor_between(unit(problem.model.time_unit), unit(problem.data.units["time"]))
            times = np.linspace(0.0, (float(block.times.max()) or longest or 1.0) * 1.02, POINTS)
            curve, *others = problem.predictor.curves(block, [values, *sets], times)
            low, high = np.nanquantile(others, [0.025, 0.975], axis=0)
            axis.fill_between(times * factor, low, high, color=BAND, linewidth=0, label=label)
            axis.plot(times * factor, curve, color=LINE, linewidth=1.5, label="fit")
            axis.plot(block.times * factor, block.measured, "o", color=DATA, markersize=3.5, label="measured")
            if low.min() > 0 and high.max() > WIDE * low.min():
                axis.set_yscale("log")
            _dressed(axis, problem, block, blocks)
        else:
            low, high = np.nanquantile(drawn[:, block.place], [0.025, 0.975], axis=0)
            axis.hlines(block.measured, low, high, color=LINE, linewidth=1.5, label=label)
            axis.plot(fitted[block.place], block.measured, "o", color=DATA, markersize=3.5, label="fit")
            dress(axis, _title(block, blocks), f"predicted {item.column} ({item.unit})", f"measured ({item.unit})")
        if len(blocks) <= FEW:
            axis.legend(fontsize=6, frameon=False)
    return figure


def waterfall_figure(title: str, costs: Array, near: float) -> Figure:
    """The costs of the starts that did not fail, sorted, above the best one."""
    ends = np.sort(costs[np.isfinite(costs)])
    figure, (axis, *_) = grid(1, title)
    axis.plot(np.arange(1, len(ends) + 1), ends - ends[0] + near / 100, "o", color=DATA, markersize=3.5)
    axis.axhline(near, color=LINE, linewidth=1.0)
    axis.set_yscale("log")
    dress(axis, "starts, sorted; below the line: the optimum", "start", f"cost above the best + {near / 100:g}")
    return figure


def _dressed(axis: Axes, problem: Problem, block: Block, blocks: Sequence[Block]) -> None:
    """The title and the axes of a panel over time."""
    item, time = block.item, problem.data.units["time"]
    dress(axis, _title(block, blocks), f"time ({time})", f"{item.column} ({item.unit})")


def _title(block: Block, blocks: Sequence[Block]) -> str:
    """What was measured, under which condition if it was under several, and of which replicate if it is one's own."""
    item, condition = block.item, block.condition
    alone = len({other.condition.id for other in blocks if other.item is item}) == 1
    if not item.title:
        title = f"{item.id} ({condition.title or condition.id})"
    else:
        title = item.title if alone else f"{item.title}: {condition.title or condition.id}"
    return f"{title}, replicate {block.replicate}" if block.replicate else title


def _noise_band(noise: str, curve: Array, half: Array) -> tuple[Array, Array]:
    """The ends of a band that reaches half its width to either side, on the scale of the noise."""
    if noise == "log_normal":
        return curve * np.exp(-half), curve * np.exp(half)
    width = half * (np.abs(curve) if noise == "proportional" else 1.0)
    return curve - width, curve + width
