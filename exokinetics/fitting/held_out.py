"""`predict_held_out`: what a fit predicts of the conditions that it does not see, and how much of it comes true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import WorkFailed, WrongInput
from exokinetics.fitting.bands import drawn_sets, fit_of, rows_of
from exokinetics.fitting.bootstrapping import Bootstrap
from exokinetics.fitting.mixture import Mixture
from exokinetics.fitting.outcome import Fit, versions
from exokinetics.fitting.problem import Problem
from exokinetics.fitting.sampling import Sample
from exokinetics.fitting.saving import save_whole
from exokinetics.fitting.scatter import Scatter, scatter_about
from exokinetics.units import factor_between, unit

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.95)
MOST_FAILED = 0.1  # of the draws: with more of them the band would be that of other parameters
ALL = "all"


@dataclass(frozen=True, repr=False)
class HeldOut:
    """The measurements held out beside their prediction intervals, noise and uncertainty of the parameters together.

    `table` has a row per measurement: observable, condition, replicate, time, measured, unit, limit ("<" or ">" where
    the value lies beyond the number), low, median, high (the central 95 %) and below (the probability of lying below
    what was measured). `coverage` has rows for each observable and condition, each observable and all, at 50, 80 and
    95 %: level, measurements, inside, share, and low and high, the exact binomial 95 % interval of the share. Values
    beyond a limit are not counted. Of the `draws`, sets of parameters, `failed` could not be integrated.
    """

    fit: Fit
    table: pandas.DataFrame
    coverage: pandas.DataFrame
    draws: int
    failed: int
    seed: int

    def __repr__(self) -> str:
        return f"<HeldOut of {self.fit.problem.name}: {self.verdict}>"

    @property
    def verdict(self) -> str:
        """How many lie within their 95 % intervals, how much that says, and whether it is what they promise."""
        whole = self.coverage[(self.coverage["observable"] == ALL) & (self.coverage["level"] == LEVELS[-1])].iloc[0]
        low, high = float(whole["low"]), float(whole["high"])
        promised = (
            "as they should" if low <= LEVELS[-1] <= high
            else "fewer than should: the model, its noise or its parameters do not carry over" if high < LEVELS[-1]
            else "more than should: the intervals are too wide"
        )  # fmt: skip
        beyond = int((self.table["limit"] != "").sum())
        uncounted = f"; {beyond} beyond a limit are not counted" if beyond else ""
        return (
            f"{whole['inside']} of {whole['measurements']} measurements held out lie within the 95 % intervals of "
            f"their predictions ({whole['share']:.0%}; {low:.0%} to {high:.0%} were they independent), "
            f"{promised}{uncounted}."
        )

    def report(self) -> str:
        """A line per observable and condition, and the sentence."""
        title = f"{self.fit.problem.title}: held out"
        widest = max(
            len(str(name)) for name in (*self.coverage["observable"], *self.coverage["condition"], "observable")
        )
        lines = [
            title,
            "",
            f"{'observable':{widest}s} {'condition':{widest}s} {'measured':>10s}   50 %   80 %   95 %",
        ]
        for (observable, condition), rows in self.coverage.groupby(["observable", "condition"], sort=False):
            counts = [int(number) for number in rows["inside"]]
            lines.append(
                f"{observable:{widest}s} {condition:{widest}s} {int(rows['measurements'].iloc[0]):10d} "
                f"{counts[0]:6d} {counts[1]:6d} {counts[2]:6d}"
            )
        if self.failed:
            lines += ["", f"{self.failed} of {self.draws} draws could not be integrated and are left out."]
        return "\n".join([*lines, "", self.verdict])

    def plot(self) -> Figure:
        """A panel per observable and condition: the measurements beside their prediction intervals."""
        from exokinetics.fitting.held_out_figure import held_out_figure

        return held_out_figure(self.fit, self.table)

    def save(self, folder: str | Path) -> list[Path]:
        """Write held_out.toml, held_out_predictions.csv, held_out_coverage.csv and held_out.png."""
        import tomli_w

        return save_whole(folder, {
            "held_out.toml": lambda path: path.write_text(tomli_w.dumps(self.record()), "utf-8"),
            "held_out_predictions.csv": lambda path: self.table.to_csv(path, index=False),
            "held_out_coverage.csv": lambda path: self.coverage.to_csv(path, index=False),
            "held_out.png": lambda path: self.plot().savefig(path, dpi=150),
        })  # fmt: skip

    def record(self) -> dict[str, Any]:
        """What held_out.toml holds: how many lie within, of all and by observable, and what that depends on."""
        problem = self.fit.problem
        of_all = self.coverage[self.coverage["condition"] == ALL]
        return {
            "fit": problem.folder.name, **({"rival": problem.rival} if problem.rival else {}),
            "draws": self.draws, "failed": self.failed, "seed": self.seed,
            **_counts(of_all[of_all["observable"] == ALL]),
            "versions": versions(),
            "observable": {
                str(name): _counts(rows)
                for name, rows in of_all.groupby("observable", sort=False) if name != ALL
            },
        }  # fmt: skip


def _counts(rows: pandas.DataFrame) -> dict[str, Any]:
    """The counts of one group at each level, with the binomial interval at the last."""
    last = rows.iloc[-1]
    return {
        "measurements": int(last["measurements"]),
        **{f"inside_{level * 100:.0f}": int(row) for level, row in zip(LEVELS, rows["inside"], strict=True)},
        "share_95_low": float(last["low"]), "share_95_high": float(last["high"]),
    }  # fmt: skip


def predict_held_out(fit: Fit | Sample | Bootstrap, *, draws: int = 400, seed: int = 0) -> HeldOut:
    """Predict the conditions that the fit file holds out, and count the measurements within their intervals.

    The parameter sets are those of `predict`; about each prediction lies the noise of a measurement, and the quantiles
    are those of all of them together. Raises `WrongInput` where nothing is held out, `WorkFailed` where more than a
    tenth of the draws cannot be integrated.
    """
    whole = fit_of(fit)
    problem = whole.problem.held_out
    if problem is None:
        raise WrongInput(
            f"{whole.problem.name} holds no condition out: write held_out = true into a [condition.ID] of its fit.toml "
            "and move the rows of that condition from data.csv to held_out.csv"
        )
    sets = rows_of(drawn_sets(fit, draws, seed))
    found = _scatters(problem, sets)
    if len(found) < (1.0 - MOST_FAILED) * len(sets):
        raise WorkFailed(f"{problem.name}: {len(sets) - len(found)} of {len(sets)} draws cannot be integrated")
    table = _table(problem, found)
    return HeldOut(whole, table, _coverage(table), len(sets), len(sets) - len(found), seed)


def _scatters(problem: Problem, sets: Sequence[dict[str, float]]) -> list[list[Scatter]]:
    """For each set that can be integrated the measurements about their predictions."""
    found = []
    for values in sets:
        try:
            found.append(scatter_about(problem, values))
        except WorkFailed:
            continue
    return found


def _table(problem: Problem, drawn: Sequence[Sequence[Scatter]]) -> pandas.DataFrame:
    import pandas

    parts = []
    timed = "time" in problem.data.units
    factor = factor_between(unit(problem.model.time_unit), unit(problem.data.units["time"])) if timed else 1.0
    for block, scatters in zip(problem.predictor.blocks(), zip(*drawn, strict=True), strict=True):
        first = scatters[0]
        centers, spreads = (np.array([getattr(each, name) for each in scatters]) for name in ("center", "spread"))
        mixture = Mixture([each.density for each in scatters], centers, spreads)
        low, median, high = (first.noise.back(mixture.quantile(share)) for share in (0.025, 0.5, 0.975))
        sides = problem.predictor.sides[block.place]
        parts.append(
            pandas.DataFrame({
                "observable": block.item.id, "condition": block.condition.id, "replicate": block.cells.replicates,
                "time": block.cells.times * factor, "measured": first.measured, "unit": block.item.unit,
                "limit": np.where(sides < 0, "<", np.where(sides > 0, ">", "")),
                "low": low, "median": median, "high": high,
                "below": mixture.below(first.noise.center(first.measured)),
            })
        )  # fmt: skip
    return pandas.concat(parts, ignore_index=True)


def _coverage(table: pandas.DataFrame) -> pandas.DataFrame:
    """How many of the measurements lie within, by observable and condition and of all."""
    import pandas
    from scipy.stats import binomtest

    counted = table[table["limit"] == ""]
    if counted.empty:
        raise WrongInput("held_out.csv: every measurement lies beyond a limit, so that there is nothing to count")
    groups = [key for key, _ in counted.groupby(["observable", "condition"], sort=False)]
    each = [(name, ALL) for name in dict.fromkeys(counted["observable"])]
    found = []
    for observable, condition in [*groups, *each, (ALL, ALL)]:
        rows = counted if observable == ALL else counted[counted["observable"] == observable]
        rows = rows if condition == ALL else rows[rows["condition"] == condition]
        for level in LEVELS:
            inside, count = int((np.abs(rows["below"] - 0.5) <= 0.5 * level).sum()), len(rows)
            ends = binomtest(inside, count).proportion_ci(0.95, method="exact")
            found.append({
                "observable": observable, "condition": condition, "level": level, "measurements": count,
                "inside": inside, "share": inside / count, "low": float(ends.low), "high": float(ends.high),
            })  # fmt: skip
    return pandas.DataFrame(found)
