"""`steady_state`: where a model comes to rest, with some of it held if the caller wants."""

from __future__ import annotations

import time as clock
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from exokinetics.compiler import system_of
from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.model.whole import Model
from exokinetics.simulation.requests import as_model, input_vector, names_of, tolerances
from exokinetics.simulation.results import Result
from exokinetics.simulation.steady import steady_states


def steady_state(
    model: Model | str | Path, *, values: Mapping[str, Any] | None = None, hold: Iterable[str] = ()
) -> Result:
    """The state at which a model rests when it starts from its initial values, and every observable there.

    `values` as in `simulate`; the start of the model file is not used. `hold` names species, or parts with all of their
    species, that keep their initial value, such as a population or a medium. The result has one time, infinity;
    explicit time dependence is held at 0. `success` is false and `reason` a sentence where no such state is reached: it
    must rest, be non-negative and stable, and lie on the branch to which the initial state leads.
    """
    began = clock.perf_counter()
    model = as_model(model)
    system = system_of(model)
    vector = input_vector(model, system, values)
    places = held_places(model, names_of(hold, "hold"))
    start = system.initial_state(vector.tolist())
    atol = tolerances(system, start, 1e-6, None)[1]
    sets = (array[None, :] for array in (vector, start, atol))
    (state,), (failure,) = steady_states(system, *sets, frozen=places, quick=True)
    reason = f"{model.name} has no steady state: {failure}" if failure else ""
    table = system.observe(np.zeros(1), state[None, :], vector.tolist())
    outputs = system.outputs
    return Result(
        model.title, np.array([np.inf]), outputs, table,
        {"time": model.time_unit} | {name: model.unit(name) for name in outputs},
        {name: model.heading(name) for name in outputs}, reason,
        {"method": "rodas5p", "seconds": clock.perf_counter() - began},
    )  # fmt: skip


def held_places(model: Model, names: Sequence[str]) -> list[int]:
    """The places of the species that are held, by their ids or those of their parts."""
    places: list[int] = []
    for name in names:
        found = [index for index, id in enumerate(model.species) if id == name or id.startswith(f"{name}.")]
        if not found:
            parts = {id.rpartition(".")[0] for id in model.species} - {""}
            known = [*model.species, *parts]
            raise WrongInput(
                f"hold: '{name}' is no species of {model.name} nor a part with any{did_you_mean(name, known)}"
            )
        places += found
    return sorted(set(places))
