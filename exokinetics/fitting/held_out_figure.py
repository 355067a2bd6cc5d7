"""The figure of what was held out: measurements beside the intervals in which they were to lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from exokinetics.drawing import BAND, LINE, dress, grid, legend_below
from exokinetics.fitting.figure import draw_measured, titles_of
from exokinetics.units import factor_between, unit

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

    from exokinetics.fitting.outcome import Fit

POINTS = 200


def held_out_figure(fit: Fit, table: pandas.DataFrame) -> Figure:
    """A panel per observable and condition; `table` is that of `HeldOut`.

    Over time, with the curve of the estimates, where there are several times; else in the order of the table.
    """
    problem = fit.problem.held_out
    assert problem is not None
    blocks = problem.predictor.blocks()
    figure, axes = grid(len(blocks), f"{fit.problem.title}: held out")
    for axis, block, title in zip(axes, blocks, titles_of(blocks), strict=True):
        rows = table.iloc[block.place]
        several = block.dynamic and len(set(rows["time"])) > 1
        places = rows["time"].to_numpy() if several else np.arange(1.0, len(rows) + 1)
        axis.vlines(
            places, rows["low"], rows["high"], color=BAND, linewidth=5, label="central 95 % of measurements predicted"
        )
        if several:
            factor = factor_between(unit(problem.model.time_unit), unit(problem.data.units["time"]))
            times = np.linspace(0.0, float(block.times.max()) * 1.02, POINTS)
            (curve,) = problem.predictor.curves(block, [fit.values], times)
            axis.plot(times * factor, curve, color=LINE, linewidth=1.5, label="predicted")
        else:
            axis.plot(places, rows["median"], "_", color=LINE, markersize=9, label="predicted")
        draw_measured(axis, block, places)
        label = f"time ({problem.data.units['time']})" if several else "measurement"
        if not several:
            axis.set_xlim(0.4, len(rows) + 0.6)
        dress(axis, title, label, f"{block.item.column} ({block.item.unit})")
    legend_below(figure, axes)
    return figure
