"""Scans: the same simulation for every combination of some values of some parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from exokinetics.errors import Issue, WrongInput, did_you_mean, raise_errors
from exokinetics.integrators import Array
from exokinetics.model.whole import Model
from exokinetics.simulation.doses import Dose
from exokinetics.simulation.ensembles import Ensemble, Progress, ensemble
from exokinetics.simulation.requests import as_model, require_possible
from exokinetics.simulation.sampling import MAX_DRAWS
from exokinetics.units import magnitude


def scan(
    model: Model | str | Path,
    t: Any,
    *,
    over: Mapping[str, Any],
    values: Mapping[str, Any] | None = None,
    initial: Mapping[str, Any] | None = None,
    doses: Iterable[Dose] = (),
    start: str | None = None,
    outputs: Iterable[str] | None = None,
    rtol: float = 1e-6,
    atol: Any = None,
    threads: int | None = None,
    progress: Progress = None,
    sensitivities: bool | Sequence[str] | None = None,
) -> Ensemble:
    """Simulate every combination of the values in `over`, a mapping of parameter ids to lists; the rest as `ensemble`.

    One row a combination, the last id changing fastest (the order of C), so that `scan(...)[id]` reshapes to
    (values of the first id, ..., values of the last, time). Values are numbers in the model's unit or texts with units.
    """
    import pandas

    model = as_model(model)
    axes = _axes(model, over, values or {})
    count = math.prod(map(len, axes.values()))
    if count > MAX_DRAWS:
        raise WrongInput(f"over: {count:,} combinations are more than {MAX_DRAWS:,}; take fewer values")
    grid = np.meshgrid(*axes.values(), indexing="ij")
    table = pandas.DataFrame({name: column.ravel() for name, column in zip(axes, grid, strict=True)})
    return ensemble(
        model, t, draws=table, values=values, initial=initial, doses=doses, start=start, outputs=outputs, rtol=rtol,
        atol=atol, threads=threads, progress=progress, sensitivities=sensitivities,
    )  # fmt: skip


def _axes(model: Model, over: Any, values: Mapping[str, Any]) -> dict[str, Array]:
    """The values of each parameter in the unit of the model; every wrong one is reported at once."""
    if not isinstance(over, Mapping) or not over:
        raise WrongInput("over: give a mapping of parameter ids to the values that they are to have")
    axes, issues = {}, []
    for name, given in over.items():
        try:
            axes[str(name)] = _axis(model, name, given, values)
        except WrongInput as error:
            issues.append(Issue("", f"over.{name}", str(error)))
    raise_errors(issues)
    return axes


def _axis(model: Model, name: Any, given: Any, values: Mapping[str, Any]) -> Array:
    if name not in model.whole.parameters:
        raise WrongInput(f"is not a parameter of {model.name}{did_you_mean(str(name), model.whole.parameters)}")
    if name in values:
        raise WrongInput("is in values= too; keep it in one of them")
    try:
        listed = [] if isinstance(given, (str, Mapping)) else list(given)
    except TypeError:
        listed = []
    if not listed:
        raise WrongInput(f"must be a list with at least one value, not {given!r}")
    record = model.value(name)
    amounts = [magnitude(each, record.unit) for each in listed]
    for amount in amounts:
        require_possible(amount, record)
    return np.array(amounts, float)
