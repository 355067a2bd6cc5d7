"""Figures from arrays: panels over time with lines, bands and data. Nothing here knows of models."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

LINE, BAND, DATA, REFERENCE = "#1f4e79", "#c6dcf0", "#c55a11", "#7f7f7f"
PANEL_SIZE = (3.4, 2.5)  # inches
TITLE_WIDTH = 44  # characters of a panel's title on one line
CHARACTERS = 12  # of the title of a figure in an inch of its width
LEGEND_ENTRY = 1.7  # inches
SMALLEST_SPAN = 0.1  # of the largest value: what a vertical axis shows at least
NARROW = 20  # times from end to end of a logarithmic axis, below which its ticks are plain numbers
LOWEST = 1e-9  # of the largest value: what lies below is not drawn on a logarithmic axis


def grid(count: int, title: str) -> tuple[Figure, list[Axes]]:
    """A figure with `count` panels in a nearly square grid."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(4, max(1, math.ceil(math.sqrt(count))))
    rows = max(1, math.ceil(count / columns))
    figure = Figure(figsize=(PANEL_SIZE[0] * columns, PANEL_SIZE[1] * rows + 0.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = [figure.add_subplot(rows, columns, index + 1) for index in range(count)]
    figure.suptitle("\n".join(textwrap.wrap(title, round(CHARACTERS * PANEL_SIZE[0] * columns))), fontsize=11)
    return figure, axes


def panels(
    title: str,
    time: Array,
    lines: Mapping[str, Array],
    *,
    bands: Mapping[str, tuple[Array, Array]] | None = None,
    references: Mapping[str, Array] | None = None,
    units: Mapping[str, str],
    titles: Mapping[str, str],
    legend: Sequence[str] = (),
) -> Figure:
    """One panel per line over time; a band is its central 90 %, a reference a second, dashed line."""
    figure, axes = grid(len(lines), title)
    for axis, (name, values) in zip(axes, lines.items(), strict=True):
        if bands and name in bands:
            axis.fill_between(time, *bands[name], color=BAND, linewidth=0, label="central 90 %")
        if references and name in references:
            axis.plot(time, references[name], color=REFERENCE, linestyle="--", linewidth=1.2, label=legend[1])
        axis.plot(time, values, color=LINE, linewidth=1.6, label=legend[0] if legend else "median" if bands else None)
        _calm(axis, values)
        dress(axis, titles.get(name) or name, f"time ({units['time']})", f"{name}\n({units[name]})")
        if bands and name in bands:
            _stretch(axis, np.concatenate([*bands[name], values]))
    if bands or references:
        legend_below(figure, axes)
    return figure


@dataclass(frozen=True)
class Stroke:
    """A piece of a branch, by the rows of its points: solid where it is stable, else dashed."""

    stable: bool
    rows: Sequence[int]


def branch_panels(
    title: str,
    x: Array,
    lines: Mapping[str, Array],
    strokes: Sequence[Stroke],
    marks: Mapping[str, NDArray[np.intp]],
    *,
    parameter: str,
    units: Mapping[str, str],
    titles: Mapping[str, str],
    logarithmic: bool,
) -> Figure:
    """One panel per line over a parameter, drawn in strokes; `marks` are the rows of points of one kind."""
    figure, axes = grid(len(lines), title)
    for axis, (name, values) in zip(axes, lines.items(), strict=True):
        for stroke in strokes:
            style, label = ("-", "stable") if stroke.stable else ("--", "unstable")
            axis.plot(
                x[list(stroke.rows)], values[list(stroke.rows)], color=LINE, linestyle=style, linewidth=1.4, label=label
            )
        for (kind, rows), symbol in zip(marks.items(), "osd", strict=False):
            if len(rows):
                axis.plot(x[rows], values[rows], symbol, color=DATA, markersize=4, linestyle="none", label=kind)
        if logarithmic:
            axis.set_xscale("log")
        _calm(axis, values)
        dress(axis, titles.get(name) or name, f"{parameter} ({units[parameter]})", f"{name}\n({units[name]})")
        _stretch(axis, values)
    legend_below(figure, axes)
    return figure


def legend_below(figure: Figure, axes: Sequence[Axes]) -> None:
    """One legend below all panels, in which each label of any of them stands once; it hides nothing that is drawn."""
    distinct = {label: handle for axis in axes for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    columns = min(len(distinct), max(1, round(figure.get_figwidth() / LEGEND_ENTRY)))
    figure.legend(
        distinct.values(), distinct.keys(), fontsize=7, frameon=False, loc="outside lower center", ncols=max(1, columns)
    )


def dress(axis: Axes, title: str, x_label: str, y_label: str) -> None:
    """Titles, labels and a quiet frame."""
    axis.set_title("\n".join(textwrap.wrap(title, TITLE_WIDTH)), fontsize=8)
    axis.set_xlabel(x_label, fontsize=7)
    axis.set_ylabel(y_label, fontsize=7)
    axis.tick_params(labelsize=7, which="both")
    if axis.get_xscale() == "linear":
        axis.locator_params(axis="x", nbins=6)  # so that numbers of six digits stand beside each other
    if axis.get_yscale() == "linear":
        axis.ticklabel_format(axis="y", useOffset=False)
    axis.yaxis.get_offset_text().set_fontsize(7)
    axis.spines[["top", "right"]].set_visible(False)
    axis.margins(x=0.01)


def _calm(axis: Axes, values: Array) -> None:
    """At least a tenth of the value on the axis: a change of a millionth is not to look like one."""
    finite = values[np.isfinite(values)]
    low, high = axis.get_ylim()
    needed = SMALLEST_SPAN * float(np.abs(finite).max(initial=0.0))
    if high - low < needed:
        middle = 0.5 * (low + high)
        axis.set_ylim(middle - 0.5 * needed, middle + 0.5 * needed)


def _stretch(axis: Axes, values: Array) -> None:
    """A logarithmic axis where a band spans more than a decade: a linear one would hide most of it."""
    positive = values[np.isfinite(values) & (values > 0)]
    if positive.size > values.size / 2 and positive.max() > 10 * positive.min():
        settled = positive[positive > LOWEST * positive.max()]
        axis.set_yscale("log")
        if positive.max() > 100 * positive.min():
            axis.minorticks_off()  # there are decades enough to read, and hundreds of small ticks take seconds
        axis.set_ylim(0.5 * np.quantile(settled, 0.02), 2.0 * positive.max())


def logarithmic(axis: Axes) -> None:
    """Make the horizontal axis of a drawn panel logarithmic; across less than a decade or so with plain numbers."""
    from matplotlib.ticker import MaxNLocator, NullFormatter

    axis.set_xscale("log")
    low, high = axis.get_xlim()
    if high < NARROW * low:  # else the powers of ten of every tick run into each other
        axis.xaxis.set_major_locator(MaxNLocator(3))
        axis.xaxis.set_major_formatter("{x:.3g}")
        axis.xaxis.set_minor_formatter(NullFormatter())
