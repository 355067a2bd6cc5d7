"""Parameter sets that stand for what a fit leaves open: from the Fisher normal, a sample or a bootstrap; figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from exokinetics.fitting.minimising import search_bounds
from exokinetics.fitting.problem import Likelihood
from exokinetics.fitting.saving import save_whole

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from exokinetics.fitting.outcome import Fit
    from exokinetics.fitting.problem import Problem

Array = NDArray[np.float64]

LEVELS = (0.025, 0.5, 0.975)
BINS = 40
DOTS = 1500  # of a figure of pairs, at most
MOST_PAIRS = 8  # parameters of one figure


@dataclass(frozen=True, repr=False)
class Drawn:
    """Parameter sets that the data allow, on the natural scale.

    `table` has a row per set and a column per parameter; `summary` a row per parameter, with its median, low and high
    (95 %). `called` are the names of the table and the summary as files, and what a figure says it shows.
    """

    called: ClassVar[tuple[str, str, str]]

    fit: Fit
    table: pandas.DataFrame
    summary: pandas.DataFrame

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """The 95 % intervals by id."""
        return {str(name): (float(row["low"]), float(row["high"])) for name, row in self.summary.iterrows()}

    def plot(self) -> Figure:
        """A histogram per parameter with its median and 95 %, and the estimate of the fit dashed."""
        return marginals_figure(self, f"{self.fit.problem.title}: {self.called[2]}")

    def save(self, folder: str | Path) -> list[Path]:
        """Write the table and the summary (.csv) and the figure (.png); each appears whole or not at all."""
        rows, summary, _ = self.called
        return save_whole(folder, {
            f"{rows}.csv": lambda path: self.table.to_csv(path),
            f"{summary}.csv": lambda path: self.summary.to_csv(path),
            f"{summary}.png": lambda path: self.plot().savefig(path, dpi=150),
        })  # fmt: skip


def normal_draws(fit: Fit, draws: int, random: np.random.Generator) -> Array:
    """Vectors on the search scale (draw, parameter) from the normal of the Fisher information, not yet within bounds.

    What the data leave open is drawn with the variance of its bounds.
    """
    problem = fit.problem
    center = problem.search_vector(fit.values)
    lower, upper = search_bounds(problem)
    # the variance of a uniform between the bounds: without it an open direction has no draws at all
    information = Likelihood(problem, center, slopes=True).information() + np.diag(12.0 / (upper - lower) ** 2)
    root = np.linalg.inv(np.linalg.cholesky(information)).T
    return np.asarray(center + random.standard_normal((draws, len(center))) @ root.T)


def natural_table(problem: Problem, search: Array) -> pandas.DataFrame:
    """Vectors on the search scale as a table by id, on the natural scale."""
    import pandas

    columns = {}
    for name, column in zip(problem.estimated, search.T, strict=True):
        columns[name] = 10.0**column if problem.quantities[name].scale == "log10" else column.copy()
    return pandas.DataFrame(columns)


def marginals_figure(drawn: Drawn, title: str) -> Figure:
    """A histogram per parameter, with the median, the 95 % interval and, dashed, the estimate of the fit."""
    from exokinetics.drawing import BAND, DATA, LINE, REFERENCE, dress, grid

    fit, table = drawn.fit, drawn.table
    figure, axes = grid(len(table.columns), title)
    for axis, name in zip(axes, table.columns, strict=True):
        numbers = table[name].to_numpy(float)
        axis.hist(numbers, bins=_edges(fit.problem, name, numbers).tolist(), color=BAND)
        low, high = drawn.intervals[name]
        for value, color in ((low, DATA), (float(np.median(numbers)), LINE), (high, DATA)):
            axis.axvline(value, color=color, linewidth=1.2)
        axis.axvline(fit.values[name], color=REFERENCE, linestyle="--", linewidth=1.2)
        _scaled(fit.problem, name, axis)
        dress(axis, name, f"{name} ({fit.problem.quantities[name].unit})", "draws")
    return figure


def pairs_figure(fit: Fit, table: pandas.DataFrame, names: list[str], title: str) -> Figure:
    """A panel per pair of parameters, a dot per draw."""
    from exokinetics.drawing import LINE, REFERENCE, dress, grid

    pairs = [(first, second) for place, first in enumerate(names) for second in names[place + 1 :]]
    figure, axes = grid(len(pairs), title)
    shown = table.iloc[:: max(1, -(-len(table) // DOTS))]
    for axis, (first, second) in zip(axes, pairs, strict=True):
        axis.plot(shown[first], shown[second], ".", color=LINE, markersize=2, alpha=0.4)
        axis.plot(fit.values[first], fit.values[second], "+", color=REFERENCE, markersize=9)
        _scaled(fit.problem, first, axis)
        if fit.problem.quantities[second].scale == "log10":
            axis.set_yscale("log")
        dress(axis, "", first, second)
    return figure


def _scaled(problem: Problem, name: str, axis: Axes) -> None:
    from exokinetics.drawing import logarithmic

    if problem.quantities[name].scale == "log10":
        logarithmic(axis)


def _edges(problem: Problem, name: str, numbers: Array) -> Array:
    """Edges of bins of equal width on the search scale."""
    low, high = float(numbers.min()), float(numbers.max())
    if low == high:
        return np.array([low - 0.01 * abs(low) - 1e-300, high + 0.01 * abs(high) + 1e-300])
    if problem.quantities[name].scale == "log10":
        return np.geomspace(low, high, BINS + 1)
    return np.linspace(low, high, BINS + 1)
