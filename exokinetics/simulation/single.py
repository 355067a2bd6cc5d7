"""`simulate`: one model, one parameter set, one named result."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from exokinetics.errors import WorkFailed
from exokinetics.model.whole import Model
from exokinetics.simulation.doses import Dose
from exokinetics.simulation.outcomes import Run
from exokinetics.simulation.prepared import Prepared, planned
from exokinetics.simulation.requests import as_model
from exokinetics.simulation.results import Result


def simulate(
    model: Model | str | Path,
    t: Any,
    *,
    values: Mapping[str, Any] | None = None,
    initial: Mapping[str, Any] | None = None,
    doses: Iterable[Dose] = (),
    start: str | None = None,
    outputs: Iterable[str] | None = None,
    method: str = "auto",
    rtol: float = 1e-6,
    atol: Any = None,
    sensitivities: bool | Sequence[str] | None = None,
    strict: bool = False,
) -> Result:
    """Integrate a model from time 0 and return its outputs at `t`.

    `t`: increasing times in the model's time unit, or the end time as a number or text with unit (201 points from 0).
    `values`, `initial`: id to a number in the model's unit, a text with unit or a pint Quantity. `start`: "initial",
    "steady", or None for what the model says. Order: values, pre-equilibration, `initial`, doses; at the time of a
    dose the output is the value after it. `atol`: a number or mapping; by default scaled to each species.
    `sensitivities`: True for all parameters, or ids of parameters and `initial:<species>`.

    A wrong request raises `WrongInput`. An integration that breaks off returns what was reached with
    `success` false and the reason as a sentence, or raises `WorkFailed` with `strict`.
    """
    model = as_model(model)
    prepared = _plan(
        model, t, outputs=outputs, method=method, rtol=rtol, atol=atol, doses=doses, start=start,
        sensitivities=sensitivities, initial=initial,
    )  # fmt: skip
    vector = prepared.vector(values)
    run = prepared.run(vector)
    if strict and run.reason:
        raise WorkFailed(run.reason)
    return named_result(prepared, run)


@dataclass(frozen=True)
class _Request:
    """A request by what it says; `make` plans it, and keeps the model alive, whose identity is part of the key."""

    key: Hashable
    make: Callable[[], Prepared] = field(compare=False)


def _plan(model: Model, t: Any, **asked: Any) -> Prepared:
    """The plan of a request; the last few are kept for loops that change only the values."""
    make = partial(planned, model, t, **asked, quick=True)
    try:
        request = _Request((id(model), _frozen(t), *map(_frozen, asked.values())), make)
        hash(request)
    except TypeError:  # something that can be read once only, or of a kind that is not known here
        return make()
    return _kept(request)


@lru_cache(maxsize=16)
def _kept(request: _Request) -> Prepared:
    return request.make()


def _frozen(given: Any) -> Hashable:
    """An argument as something that is equal only to the same argument; `TypeError` where there is no such thing."""
    if isinstance(given, np.ndarray):
        return given.dtype.str, given.shape, given.tobytes()
    if isinstance(given, Mapping):
        return "mapping", *((name, _frozen(value)) for name, value in given.items())
    if isinstance(given, (list, tuple)):
        return type(given), *map(_frozen, given)
    if given is None or isinstance(given, (bool, int, float, str, Dose)):
        return type(given), given
    raise TypeError


def named_result(prepared: Prepared, run: Run) -> Result:
    """A run with the names, units and titles of the model."""
    model, system = prepared.model, prepared.system
    units = {"time": model.time_unit} | {name: system.units[name] for name in prepared.outputs}
    titles = {name: system.titles[name] for name in prepared.outputs}
    return Result(
        model.title, prepared.times[: len(run.table)], prepared.outputs, run.table, units, titles, run.reason,
        run.statistics, prepared.inputs, run.slopes,
    )  # fmt: skip
