"""The figure of a fit: every measurement and the fitted curve with its noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from exokinetics.drawing import BAND, DATA, LINE, Array, dress, grid
from exokinetics.fitting.problem import Problem
from exokinetics.units import factor_between, unit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from exokinetics.fitting.block import Block

POINTS = 200
WIDE = 300  # largest over smallest from which an axis is logarithmic
FEW = 12  # panels up to which each has a legend of its own


def fit_figure(problem: Problem, values: Mapping[str, float]) -> Figure:
    """One panel per measured column and condition: data as points, the fit as a line, +- 1.96 sd of the noise."""
    blocks = [block for block in problem.predictor.blocks() if block.condition.id]
    predicted = problem.predictor.predict(values).values
    figure, axes = grid(len(blocks), problem.title)
    longest = max((float(block.times.max()) for block in blocks if block.dynamic), default=0.0)
    for axis, block in zip(axes, blocks, strict=True):
        item = block.item
        title = title_of(block, blocks)
        if block.dynamic:
            factor = factor_between(unit(problem.model.time_unit), unit(problem.data.units["time"]))
            # what was sampled at time 0 alone, a control group say, is drawn over the time of the others
            times = np.linspace(0.0, (float(block.times.max()) or longest or 1.0) * 1.02, POINTS)
            curve = problem.predictor.curve(block, values, times)
            assert curve is not None
            low, high = _noise_band(item.noise, curve, problem.predictor.spread_along(block, values, curve))
            axis.fill_between(times * factor, low, high, color=BAND, linewidth=0, label="fit, 95 % of the noise")
            axis.plot(times * factor, curve, color=LINE, linewidth=1.5, label="fit")
            axis.plot(block.times * factor, block.measured, "o", color=DATA, markersize=3.5, label="measured")
            if low.min() > 0 and high.max() > WIDE * low.min():
                axis.set_yscale("log")
            dress(axis, title, f"time ({problem.data.units['time']})", f"{item.column} ({item.unit})")
        else:
            fitted = predicted[block.place]
            lowest, highest = (extreme([*fitted, *block.measured]) for extreme in (min, max))
            ends = np.geomspace(lowest, highest, 50) if lowest > 0 else np.linspace(lowest, highest, 50)
            low, high = _noise_band(item.noise, ends, problem.predictor.spread_along(block, values, ends))
            axis.fill_between(ends, low, high, color=BAND, linewidth=0, label="95 % of the noise")
            axis.plot(ends, ends, color=LINE, linewidth=1.2, label="measured = fitted")
            axis.plot(fitted, block.measured, "o", color=DATA, markersize=3.5, label="measured")
            if lowest > 0:
                axis.set_xscale("log")
                axis.set_yscale("log")
            dress(axis, title, f"fitted {item.column} ({item.unit})", f"measured {item.column} ({item.unit})")
        if len(blocks) <= FEW:
            axis.legend(fontsize=6, frameon=False)
    if len(blocks) > FEW:
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, fontsize=8, frameon=False, loc="outside lower center", ncols=len(labels))
    return figure


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
            dress(axis, title_of(block, blocks), f"time ({problem.data.units['time']})", f"{item.column} ({item.unit})")
        else:
            low, high = np.nanquantile(drawn[:, block.place], [0.025, 0.975], axis=0)
            axis.hlines(block.measured, low, high, color=LINE, linewidth=1.5, label=label)
            axis.plot(fitted[block.place], block.measured, "o", color=DATA, markersize=3.5, label="fit")
            dress(axis, title_of(block, blocks), f"predicted {item.column} ({item.unit})", f"measured ({item.unit})")
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


def title_of(block: Block, blocks: Sequence[Block]) -> str:
    """What was measured, and under which condition if it was under several."""
    item, condition = block.item, block.condition
    if not item.title:
        return f"{item.id} ({condition.title or condition.id})"
    alone = sum(other.item is item for other in blocks) == 1
    return item.title if alone else f"{item.title}: {condition.title or condition.id}"


def _noise_band(noise: str, curve: Array, sd: Array) -> tuple[Array, Array]:
    if noise == "log_normal":
        return curve * np.exp(-1.96 * sd), curve * np.exp(1.96 * sd)
    half = 1.96 * sd * (np.abs(curve) if noise == "proportional" else 1.0)
    return curve - half, curve + half
