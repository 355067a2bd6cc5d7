"""Which parameters to estimate: the few that the measured columns see best, by exact slopes over their ranges."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.fitting.specification import DECADES
from exokinetics.model.values import Value
from exokinetics.model.whole import Model

Array = NDArray[np.float64]

MOST = 5  # parameters that are chosen at most
ROWS_EACH = 3  # distinct samples that each of them needs
TOLD_ENOUGH = 2.0  # how many times narrower than its range a parameter has to become for a column to see it
NOTHING = 1e-6  # of the scatter: less than what an integrator leaves
SCATTER = 0.2  # of the ratio of a measurement to its prediction, taken for the choice alone
SHARE = 0.1  # of the span of a column, taken in the same way where differences count


@dataclass(frozen=True)
class Bounds:
    """What a fit file says of an estimated parameter of the model, in its unit."""

    id: str
    unit: str
    lower: float
    upper: float
    scale: str = "log10"
    reason: str = ""
    title: str = ""


def candidates(model: Model, held: Sequence[str]) -> list[str]:
    """Parameters with a range, apart from exponents and what the conditions set."""
    return [
        id for id in model.parameters
        if id not in held and model.value(id).low < model.value(id).high
        and model.value(id).distribution not in ("hill", "fixed") and not id.endswith(("exponent", "hill"))
    ]  # fmt: skip


def scaled_slopes(slopes: Array, predicted: Array, measured: Array, logarithmic: bool) -> Array:
    """Slopes by values (rows, parameters) as shares of the scatter that a measurement may have."""
    if logarithmic:
        with np.errstate(all="ignore"):
            return np.nan_to_num(slopes / (SCATTER * np.abs(predicted))[:, None], posinf=0.0, neginf=0.0)
    span = float(np.ptp(measured)) or float(np.max(np.abs(measured), initial=0.0)) or 1.0
    return slopes / (SHARE * span)


def width_of(value: Value) -> float:
    """The standard deviation that the range of a value stands for, in the unit of the value."""
    if value.distribution == "logit":
        return (value.high - value.low) / 3.29  # the central 90 % of a normal
    return value.value * math.log(value.high / value.low) / 3.29


def chosen(names: Sequence[str], slopes: Array, nuisance: Array) -> tuple[list[str], bool]:
    """The best few of `names`, greedily: each time the one of which the rows say most that the others leave open.

    The second is whether the rows tell enough of them; if not, the first alone is the best that there is. Empty where
    the rows do not move at all.

    `slopes` (rows, names) are per width of each range and scatter of each row; `nuisance` (rows, factors) are the
    directions of free scales, which are taken out first.
    """
    rest = slopes.copy()
    for column in nuisance.T:
        rest = _without(rest, column)
    rows = len(np.unique(np.round(slopes, 9), axis=0))
    most = max(1, min(MOST, (rows - nuisance.shape[1]) // ROWS_EACH))
    found: list[str] = []
    while len(found) < most:
        sizes = np.linalg.norm(rest, axis=0)
        best = int(np.argmax(sizes)) if len(sizes) else 0
        if not len(sizes) or not sizes[best] > NOTHING or (found and sizes[best] < TOLD_ENOUGH):
            break
        found.append(names[best])
        if sizes[best] < TOLD_ENOUGH:
            return found, False
        rest = _without(rest, rest[:, best].copy())
    return found, True


def _without(table: Array, direction: Array) -> Array:
    size = float(direction @ direction)
    return table - np.outer(direction, direction @ table) / size if size > 0 else table


def checked_free(free: str | Sequence[str], model: Model, held: Mapping[str, str]) -> list[str]:
    """The parameters that the user wants estimated; `WrongInput` for one that cannot be."""
    if isinstance(free, str):
        free = [id.strip() for id in free.split(",") if id.strip()]
    for id in free:
        if id in held:
            raise WrongInput(
                f"--free: '{id}' is set by the column '{held[id]}' of the table, so it cannot be estimated"
            )
        if id not in model.parameters:
            raise WrongInput(f"--free: '{id}' is no parameter of {model.name}{did_you_mean(id, model.parameters)}")
        if model.value(id).value <= 0.0:
            raise WrongInput(
                f"--free: '{id}' is {model.value(id).value:g} in the model, so it has no range to search in; "
                "leave it out, and give it bounds in the fit file by hand"
            )
    return list(dict.fromkeys(free))


def bounds_of(id: str, model: Model) -> Bounds:
    """The range of the model file, widened to four decades; a fraction from 0 to 1, a Hill exponent from 1 to 8."""
    value = model.value(id)
    title = model.heading(id)
    if value.distribution == "logit":
        return Bounds(id, value.unit, 0.0, 1.0, "linear", "a fraction", title)
    if value.distribution == "hill":
        return Bounds(id, value.unit, 1.0, 8.0, "log10", "a Hill exponent", title)
    low, high = math.log10(value.low), math.log10(value.high)
    missing = max(DECADES - (high - low), 0.0) / 2.0
    return Bounds(id, value.unit, _rounded(low - missing, math.floor), _rounded(high + missing, math.ceil), title=title)


def _rounded(power: float, to: object) -> float:
    """Ten to this power with two digits, rounded outwards."""
    exponent = math.floor(power)
    digits = 10.0 ** (power - exponent) * 10.0
    whole = math.floor(digits) if to is math.floor else math.ceil(digits)
    return float(f"{whole}e{exponent - 1}")
