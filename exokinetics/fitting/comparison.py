"""`compare`: several fits of the same data, by information criteria and likelihood ratios."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from exokinetics.errors import WrongInput
from exokinetics.expressions.text import to_text
from exokinetics.fitting.outcome import Fit
from exokinetics.fitting.problem import Problem

if TYPE_CHECKING:
    import pandas

TOLD_APART = 10.0  # of AICc: from here on there is essentially no support for the worse one (Burnham and Anderson 2002)
NEARLY_EQUAL = 2.0  # of AICc: up to here the support is substantial


def compare(*fits: Fit) -> pandas.DataFrame:
    """The fits of one data set, best AICc first, one row each, named by rival or fit.

    Columns: cost, parameters, measurements, aic, aicc (infinite where the measurements are too few for it), bic,
    delta (of AICc, of AIC if that is infinite), weight (Akaike), nested_in, likelihood_ratio and p_value (against the
    smallest of the others that holds it as a special case), verdict. A prior counts as part of the cost.
    Raises `WrongInput` where the fits describe different data.
    """
    import pandas

    if len(fits) < 2:
        raise WrongInput(f"compare needs at least two fits, not {len(fits)}")
    for fit in fits:
        if not isinstance(fit, Fit):
            raise WrongInput(f"{fit!r} is not the outcome of a fit; give what exokinetics.fit returns")
        _require_same_data(fits[0].problem, fit.problem)
    rows = [_row(fit, fits) for fit in fits]
    table = pandas.DataFrame(rows)
    criterion = table["aicc"] if np.isfinite(table["aicc"]).all() else table["aic"]
    table["delta"] = criterion - criterion.min()
    weight = np.exp(-0.5 * table["delta"])
    table["weight"] = weight / weight.sum()
    table["verdict"] = [_verdict(delta) for delta in table["delta"]]
    return table.sort_values("delta", kind="stable").reset_index(drop=True)


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
    if not set(small.estimated) < set(large.estimated) or small.model.name != large.model.name:
        return False
    return _described(small) == _described(large) and all(
        small.quantities[name].prior == large.quantities[name].prior for name in small.estimated
    )


def _described(problem: Problem) -> tuple[object, ...]:
    measured = {
        name: (item.column, to_text(item.expression), item.noise, to_text(item.spread), item.conditions)
        for name, item in problem.measured.items()
    }
    conditions = {
        name: (dict(item.values), item.start, dict(item.initial), item.doses)
        for name, item in problem.conditions.items()
    }
    return measured, conditions


def _require_same_data(first: Problem, other: Problem) -> None:
    mine, theirs = np.sort(first.observed), np.sort(other.observed)
    names = f"{first.rival or first.name} and {other.rival or other.name}"
    if len(mine) != len(theirs):
        raise WrongInput(
            f"compare: {names} describe different data ({len(mine)} and {len(theirs)} measurements), "
            "so their costs do not compare; give fits of the same measurements"
        )
    if not np.array_equal(mine, theirs):
        raise WrongInput(
            f"compare: {names} describe different data, so their costs do not compare; "
            "give fits of the same measurements"
        )
