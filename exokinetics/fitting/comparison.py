"""`compare`: several fits of the same data, by information criteria and likelihood ratios."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from exokinetics.errors import WrongInput
from exokinetics.expressions.text import to_text
from exokinetics.fitting.asking import require_fit
from exokinetics.fitting.outcome import Fit
from exokinetics.fitting.problem import Problem
from exokinetics.fitting.specification import Measured

if TYPE_CHECKING:
    import pandas

TOLD_APART = 10.0  # of AICc: from here on there is essentially no support for the worse one (Burnham and Anderson 2002)
NEARLY_EQUAL = 2.0  # of AICc: up to here the support is substantial


def compare(*fits: Fit, cross_validated: bool = False) -> pandas.DataFrame:
    """The fits of one data set, best AICc first, one row each, named by rival or fit.

    Columns: cost, parameters, measurements, aic, aicc (infinite where the measurements are too few for it), bic,
    delta (of AICc, of AIC if that is infinite), weight (Akaike), nested_in, likelihood_ratio and p_value (against the
    smallest of the others that holds it as a special case), verdict. A prior counts as part of the cost. With
    `cross_validated` also log_predictive, of the conditions that every one of the fits predicts from the others.
    Raises `WrongInput` where the fits describe different data.
    """
    import pandas

    if len(fits) < 2:
        raise WrongInput(f"compare needs at least two fits, not {len(fits)}")
    for fit in fits:
        require_fit(fit)
        require_same_data(fits[0].problem, fit.problem)
    rows = [_row(fit, fits) for fit in fits]
    table = pandas.DataFrame(rows)
    criterion = table["aicc"] if np.isfinite(table["aicc"]).all() else table["aic"]
    table["delta"] = criterion - criterion.min()
    weight = np.exp(-0.5 * table["delta"])
    table["weight"] = weight / weight.sum()
    table["verdict"] = [_verdict(delta) for delta in table["delta"]]
    if cross_validated:
        table["log_predictive"] = _log_predictive(fits)
    return table.sort_values("delta", kind="stable").reset_index(drop=True)


def _log_predictive(fits: tuple[Fit, ...]) -> list[float]:
    """The log predictive density of each fit, over what all of them predict; nan where that is nothing."""
    from exokinetics.fitting.cross_validation import cross_validate

    tables = [cross_validate(fit, progress=False).table.set_index("left_out")["log_density"].dropna() for fit in fits]
    common = [name for name in tables[0].index if all(name in table.index for table in tables)]
    return [float(table[common].sum(min_count=1)) for table in tables]


def _row(fit: Fit, fits: tuple[Fit, ...]) -> dict[str, object]:
    count, size = len(fit.problem.estimated), len(fit.problem.observed)
    aic = 2 * fit.cost + 2 * count
    room = size - count - 1
    larger = [other for other in fits if is_nested(fit.problem, other.problem)]
    ratio, chance, holder = math.nan, math.nan, ""
    if larger:
        from scipy.stats import chi2

        other = min(larger, key=lambda each: len(each.problem.estimated))
        holder = label(other)
        ratio = 2 * (fit.cost - other.cost)
        chance = float(chi2.sf(max(ratio, 0.0), len(other.problem.estimated) - count))
    return {
        "fit": label(fit), "cost": fit.cost, "parameters": count, "measurements": size, "aic": aic,
        "aicc": aic + 2 * count * (count + 1) / room if room > 0 else math.inf,
        "bic": 2 * fit.cost + count * math.log(size),
        "nested_in": holder, "likelihood_ratio": ratio, "p_value": chance,
    }  # fmt: skip


def label(fit: Fit) -> str:
    """The name of the rival, or that of the fit."""
    return fit.problem.rival or fit.problem.name


def _verdict(delta: float) -> str:
    if delta == 0:
        return "is the best of them"
    if delta <= NEARLY_EQUAL:
        return "the data cannot tell it from the best"
    if delta < TOLD_APART:
        return "the data speak against it, but not firmly"
    return "the data rule it out against the best"


def is_nested(small: Problem, large: Problem) -> bool:
    """Whether `small` is `large` with some of its estimated parameters held, all else being equal."""
    if not set(small.estimated) < set(large.estimated):
        return False
    if (small.model.name, small.model.variant) != (large.model.name, large.model.variant):
        return False
    return _described(small) == _described(large) and all(
        small.quantities[name].prior == large.quantities[name].prior for name in small.estimated
    )


def _described(problem: Problem) -> tuple[object, ...]:
    measured = {
        name: (item.column, to_text(item.expression), item.noise, to_text(item.spread), item.conditions, _degrees(item))
        for name, item in problem.measured.items()
    }
    conditions = {
        name: (dict(item.values), item.start, dict(item.initial), item.doses)
        for name, item in problem.conditions.items()
    }
    return measured, conditions


def _degrees(item: Measured) -> str:
    """The degrees of freedom of its noise."""
    return "" if item.degrees is None else to_text(item.degrees)


@dataclass(frozen=True)
class Cell:
    """One measurement as the data file has it: where it stands, its number, and the side on which a limit bounds it."""

    column: str
    unit: str
    condition: str
    replicate: str
    time: float | None
    value: float
    side: float
    repeats: float
    beside: tuple[tuple[str, float], ...] = ()

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.condition, self.replicate) if part)
        when = f" at time {self.time:g}" if self.time is not None else ""
        limit = "<" if self.side < 0 else ">" if self.side > 0 else ""
        beside = "".join(f" at {name} {value:g}" for name, value in self.beside)
        return f"{self.column}{f' of {place}' if place else ''}{when}{beside}, {limit}{self.value:g}"


def cells_described(problem: Problem, beside: Collection[str] = ()) -> Counter[Cell]:
    """The measurements that a fit describes, each with how often; numbers of the literature by their name.

    `beside` are columns of which the row of a measurement is to be told as well, such as a dose.
    """
    data, found = problem.data, Counter[Cell]()
    rows = {line: row for row, line in enumerate(data.lines)}
    times = data.numbers.get("time")
    for block in problem.predictor.blocks():
        cells, column, here = block.cells, block.item.column, block.condition.id
        for place, line in enumerate(cells.lines):
            row = rows[line] if here else -1
            time = float(times[row]) if here and times is not None and not np.isnan(times[row]) else None
            told = [(name, float(data.numbers[name][row])) for name in sorted(beside) if here]
            found[
                Cell(
                    column, data.units.get(column, block.item.unit), here, cells.replicates[place], time,
                    float(cells.measured[place]), float(cells.sides[place]), float(cells.repeats[place]),
                    tuple(pair for pair in told if not np.isnan(pair[1])),
                )
            ] += 1  # fmt: skip
    return found


def require_same_data(first: Problem, other: Problem) -> None:
    """Raise `WrongInput` that names a measurement which only one of the two describes."""
    measured = {item.column for problem in (first, other) for item in problem.measured.values()}
    beside = (first.data.numbers.keys() & other.data.numbers.keys()) - measured - {"time"}
    mine, theirs = cells_described(first, beside), cells_described(other, beside)
    for problem, only in ((first, mine - theirs), (other, theirs - mine)):
        if only:
            more = only.total() - 1
            raise WrongInput(
                f"compare: {_name(first)} and {_name(other)} describe different data, so their costs do not compare: "
                f"only {_name(problem)} has {next(iter(only))}{f' and {more:,} more' if more else ''}; "
                "give fits of the same measurements"
            )


def _name(problem: Problem) -> str:
    return problem.rival or problem.name


def comparison_report(table: pandas.DataFrame) -> str:
    """The comparison in words: a line per fit, the best first."""
    lines = [f"{'fit':24s} {'cost':>12s} {'parameters':>10s} {'AICc':>12s} {'delta':>9s} {'weight':>7s}"]
    for _, row in table.iterrows():
        lines.append(
            f"{row['fit']:24s} {row['cost']:12.4f} {row['parameters']:10d} {row['aicc']:12.3f} {row['delta']:9.3f} "
            f"{row['weight']:7.3f}"
        )
    lines.append("")
    for _, row in table.iterrows():
        ratio = f"; against {row['nested_in']} p = {row['p_value']:.2g}" if row["nested_in"] else ""
        lines.append(f"{row['fit']}: {row['verdict']}{ratio}.")
    return "\n".join(lines)
