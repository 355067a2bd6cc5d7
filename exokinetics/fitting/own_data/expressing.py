"""How a measured column enters the likelihood: its prediction, its scale, its noise, and what cannot be said of it.

All that depends on what the likelihood can express stands here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from exokinetics.fitting.own_data.measurements import Measurements, Series
from exokinetics.units import convert, factor_between, same_unit, unit, unit_text

Array = NDArray[np.float64]

SCALE_DECADES = 3.0  # on either side of the scale that the values of the model suggest
SPREAD = (1e-3, 10.0)  # of the logarithm of a value: from a thousandth to a factor of 20,000
FACTOR = (1e-2, 1e2)  # of the scatter over the reported errors
NEGLIGIBLE = 1e-9  # of the largest prediction: below it a logarithm says nothing


@dataclass(frozen=True)
class Own:
    """A parameter of the fit alone: estimated between bounds, or held at `value` for `reason`."""

    id: str
    unit: str
    title: str
    lower: float = 0.0
    upper: float = 0.0
    value: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Expressed:
    """One observable of a fit file; `scale` is the id of its free factor, if it has one.

    Its noise has the size `spread`, or `spread` times `weight`.
    """

    series: Series
    expression: str
    noise: str
    spread: Own
    others: tuple[Own, ...]
    scale: str = ""
    weight: str = ""

    @property
    def size(self) -> str:
        """The size of the noise, as a fit file writes it."""
        return f"{self.spread.id}*{self.weight}" if self.weight else self.spread.id

    @property
    def logarithmic(self) -> bool:
        """Whether it is the ratio to the prediction that scatters, not the difference."""
        return self.noise == "log_normal"


def said_of_limits(table: Measurements) -> list[str]:
    """What becomes of values beyond a limit of quantification."""
    if not table.limits:
        return []
    shown = table.limits[0] + (f" and {len(table.limits) - 1} more" if len(table.limits) > 1 else "")
    return [f"Values beyond a limit ({shown}) enter with the probability of lying there, not as numbers."]


def reported_spread(item: Series, table: Measurements) -> str:
    """The standard error of each number of a column as the table reports it, over columns; empty if it does not.

    The error of a mean comes before the standard deviation of what was averaged; that is divided by the root of the
    number of samples where the table tells it.
    """
    rows = [row.cells for row in table.samples if item.column in row.cells]

    def told(kind: str) -> bool:
        return all(float(row.get(f"{item.column}_{kind}", 0.0)) > 0.0 for row in rows)

    if told("sem"):
        return f"{item.column}_sem"
    if told("sd"):
        return f"{item.column}_sd" + (f"/sqrt({item.column}_n)" if told("n") else "")
    return ""


def said_of_errors(item: Expressed, table: Measurements) -> str:
    """How a column scatters, in a sentence."""
    header, column = item.series.header, item.series.column
    kept = [name for name in table.extras if name in (f"{column}_sd", f"{column}_sem", f"{column}_n")]
    if item.weight:
        return (
            f"'{header}' scatters normally by its reported errors ({item.weight}) times a factor "
            f"{item.spread.id}, which is estimated; hold it at 1 if the errors say all."
        )
    how = "by a factor, log-normally" if item.logarithmic else "by the same amount everywhere, normally"
    unused = f" ({', '.join(kept)} are kept but cannot be used: some are empty, 0 or of no error.)" if kept else ""
    return f"'{header}' scatters {how}, with a spread that is estimated.{unused}"


def expressed(
    item: Series, own_unit: str, measured: Array, predicted: Array, taken: Sequence[str], weight: str = ""
) -> Expressed:
    """The observable of a column, from its numbers and what the model says at the same samples.

    `weight` is the error of each number as the table reports it.
    """
    found = _plainly(item, own_unit, measured, predicted, taken)
    if not weight:
        return found
    name = _free(f"factor_{item.column}", taken)
    factor = Own(name, "dimensionless", f"scatter of {item.column} over its reported errors", *FACTOR)
    return replace(found, noise="additive", spread=factor, weight=weight)


def _plainly(item: Series, own_unit: str, measured: Array, predicted: Array, taken: Sequence[str]) -> Expressed:
    if item.meaning.kind == "logarithm":
        return _logarithm(item, own_unit, measured, predicted, taken)
    scale, expression, others = "", item.target, []
    if item.meaning.kind == "relative":
        scale = _free(f"scale_{item.column}", taken)
        text = _per(item.meaning.text, own_unit)
        others = [_scale(scale, text, f"'{item.header}' over '{item.target}'", _ratio(measured, predicted))]
        expression = f"{scale}*{item.target}"
    elif not same_unit(unit(item.meaning.text), unit(own_unit)):
        factor = factor_between(unit(own_unit), unit(item.meaning.text))
        name = _free(f"unit_{item.column}", taken)
        whole = f"1 {own_unit}" if own_unit != "dimensionless" else "1"
        reason = f"{whole} is {factor:.15g} {item.meaning.text}"
        others = [Own(name, _per(item.meaning.text, own_unit), "a conversion of units", value=factor, reason=reason)]
        expression = f"{name}*{item.target}"
    noise = "log_normal" if _ratios_are_meant(measured, predicted) else "additive"
    return Expressed(item, expression, noise, _spread(item, noise, measured, taken), tuple(others), scale)


def _logarithm(item: Series, own_unit: str, measured: Array, predicted: Array, taken: Sequence[str]) -> Expressed:
    base = float(item.meaning.base or math.e)
    scale = _free(f"scale_{item.column}", taken)
    others = _scale(
        scale,
        _per("1", own_unit),
        f"the number over '{item.target}' whose logarithm is '{item.header}'",
        _ratio(np.power(base, np.clip(measured, -200, 200)), predicted),
    )
    inner = f"log({scale}*{item.target})"
    expression = inner if not item.meaning.base else f"{inner}/log({item.meaning.base})"
    return Expressed(item, expression, "additive", _spread(item, "additive", measured, taken), (others,), scale)


def _ratios_are_meant(measured: Array, predicted: Array) -> bool:
    largest = float(np.max(np.abs(predicted), initial=0.0))
    return bool((measured > 0.0).all() and (predicted > NEGLIGIBLE * largest).all())


def _spread(item: Series, noise: str, measured: Array, taken: Sequence[str]) -> Own:
    name = _free(f"sd_{item.column}", taken)
    if noise == "log_normal":
        return Own(name, "dimensionless", f"scatter of ln({item.column})", *SPREAD)
    size = float(np.max(measured) - np.min(measured)) or float(np.max(np.abs(measured))) or 1.0
    text = "dimensionless" if item.meaning.kind == "logarithm" else item.meaning.text
    return Own(name, text, f"scatter of {item.column}", _short(1e-4 * size), _short(10.0 * size))


def _scale(name: str, text: str, title: str, guess: float) -> Own:
    factor = 10.0**SCALE_DECADES
    return Own(name, text, title, _short(guess / factor), _short(guess * factor), _short(guess))


def _ratio(measured: Array, predicted: Array) -> float:
    """A middle measurement over a middle prediction; 1 where that says nothing."""
    usable = (measured > 0.0) & (predicted > 0.0) & np.isfinite(predicted)
    if not usable.any():
        return 1.0
    return float(np.exp(np.median(np.log(measured[usable]) - np.log(predicted[usable]))))


def _short(number: float) -> float:
    return float(f"{number:.3g}")


def _per(above: str, below: str) -> str:
    return unit_text(unit(above) / unit(below))


def _free(name: str, taken: Sequence[str]) -> str:
    return name if name not in taken else _free(f"fit_{name}", taken)


def times_in(table: Measurements, time_unit: str) -> dict[str, float]:
    """Every time of the table by its text, in the time unit of the model."""
    source, target = unit(table.time_unit), unit(time_unit)
    return {row.time: convert(float(row.time), source, target) for row in table.samples}
