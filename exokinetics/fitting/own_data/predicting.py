"""What the model says at the samples of a table before any fit, and how that moves with its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import WrongInput
from exokinetics.fitting.own_data.expressing import times_in
from exokinetics.fitting.own_data.measurements import Measurements
from exokinetics.model.whole import Model
from exokinetics.simulation import prepare

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Nominal:
    """For each column, in the order of the rows in which it was measured: numbers, predictions, slopes by `names`."""

    names: tuple[str, ...]
    measured: dict[str, Array]
    predicted: dict[str, Array]
    slopes: dict[str, Array]


def nominal(table: Measurements, model: Model, names: Sequence[str]) -> Nominal:
    """The model at its own values, in each condition; `WrongInput` if it cannot be simulated there."""
    times = times_in(table, model.time_unit)
    targets = list(dict.fromkeys(item.target for item in table.series))
    runs = {}
    for condition in table.conditions:
        at = sorted({times[row.time] for row in table.samples if row.condition == condition.id})
        prepared = prepare(model, at, outputs=targets, sensitivities=list(names) or None, initial=condition.initial)
        values = dict(condition.values)
        if names:
            states, slopes = prepared.sensitivities(values)
        else:
            states = prepared(values)
            slopes = np.zeros((*states.shape, 0))
        if not np.isfinite(states).all():
            raise WrongInput(f"the model cannot be simulated at the times of condition '{condition.id}'")
        runs[condition.id] = ({time: place for place, time in enumerate(at)}, states, slopes)
    measured, predicted, moved = {}, {}, {}
    for item in table.series:
        output = targets.index(item.target)
        rows = [row for row in table.samples if item.column in row.cells]
        places = [(runs[row.condition], times[row.time]) for row in rows]
        measured[item.column] = np.array([float(row.cells[item.column].lstrip("<>")) for row in rows])
        predicted[item.column] = np.array([states[at[time], output] for (at, states, _), time in places])
        moved[item.column] = np.array([slopes[at[time], output] for (at, _, slopes), time in places])
    return Nominal(tuple(names), measured, predicted, moved)
