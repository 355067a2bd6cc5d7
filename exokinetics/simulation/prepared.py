"""A simulation prepared once and run for many parameter sets."""

from __future__ import annotations

import time as clock
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from exokinetics.compiler import system_of
from exokinetics.errors import WorkFailed, WrongInput
from exokinetics.integrators import Array, integrator
from exokinetics.model.whole import Model
from exokinetics.simulation.doses import Dose, schedule
from exokinetics.simulation.plan import Plan
from exokinetics.simulation.requests import (
    as_model,
    initial_overrides,
    input_vector,
    output_names,
    sensitivity_inputs,
    start_mode,
    time_grid,
    tolerances,
)  # fmt: skip
from exokinetics.simulation.stepping import follow
from exokinetics.simulation.tangent import tangent_run


@dataclass
class Run:
    """What one integration reached: states (time, states) at the first times of the grid, and why it ended early."""

    states: Array
    reason: str = ""
    statistics: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Prepared(Plan):
    """The fast path for loops: everything but the values is fixed, checked and compiled.

    `parameters` is the order in which an array of values is read; `outputs` the columns that come back.
    """

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters of the model, in the order in which an array of values is read."""
        return self.model.parameters

    def vector(self, values: Mapping[str, Any] | Sequence[float] | Array | None = None) -> Array:
        """The inputs of the system: the model's own, with a mapping or an array over `parameters` put in."""
        if values is None or isinstance(values, Mapping):
            return input_vector(self.model, self.system, values)
        given = np.asarray(values, float)
        if given.shape != (len(self.parameters),):
            raise WrongInput(f"values: {len(self.parameters)} numbers are needed, one per parameter, not {given.shape}")
        vector = self.system.defaults.copy()
        vector[: len(given)] = given
        return vector

    def __call__(self, values: Mapping[str, Any] | Sequence[float] | Array | None = None) -> Array:
        """The outputs, shape (time, outputs); raises `WorkFailed` if the integration does not succeed."""
        vector = self.vector(values)
        run = self.run(vector)
        if run.reason:
            raise WorkFailed(run.reason)
        return self.select(run.states, vector)

    def sensitivities(self, values: Mapping[str, Any] | Sequence[float] | Array | None = None) -> tuple[Array, Array]:
        """The outputs (time, outputs) and their derivatives (time, outputs, parameters) by the prepared inputs."""
        vector = self.vector(values)
        table, slopes, reason = tangent_run(self, vector)
        if reason:
            raise WorkFailed(reason)
        return table, slopes

    def run(self, vector: Array) -> Run:
        """Integrate; never raises for what the numbers do."""
        began = clock.perf_counter()
        state, atol, reason = self.start(vector)
        if reason:
            return Run(np.empty((0, len(state))), reason)
        bad = np.flatnonzero(~np.isfinite(state))
        if bad.size:
            name = self.system.states[bad[0]]
            return Run(np.empty((0, len(state))), f"the initial value of '{name}' is not a finite number")
        p = vector.tolist()
        system = self.system
        states, when, failure, counts = follow(
            lambda t, x: system.rhs(t, x, p), lambda t, x: system.jacobian(t, x, p), state, self.times,
            self.doses, self.method, self.rtol, atol,
        )  # fmt: skip
        if failure:
            failure = self._sentence(when, failure, p, states[-1] if len(states) else state)
        return Run(states, failure, {**counts, "seconds": clock.perf_counter() - began})

    def _sentence(self, when: float, failure: str, p: Sequence[float], state: Array) -> str:
        """Name the time and the species that moves fastest for its size: that is where to look."""
        rate = self.system.rhs(when, state, p)
        undefined = np.flatnonzero(~np.isfinite(rate))
        speed = np.abs(np.nan_to_num(rate)) / np.maximum(np.abs(state), 1e-300)
        name = self.system.states[int(undefined[0]) if undefined.size else int(np.argmax(speed))]
        return (
            f"{self.model.name} could not be integrated beyond t = {when:.6g} {self.model.time_unit}: {failure}; "
            f"look at '{name}', or try method='radau' or a looser rtol"
        )


def prepare(
    model: Model | str | Path,
    t: Any,
    *,
    outputs: Iterable[str] | None = None,
    method: str = "auto",
    rtol: float = 1e-6,
    atol: Any = None,
    doses: Iterable[Dose] = (),
    start: str | None = None,
    sensitivities: bool | Sequence[str] | None = None,
    initial: Mapping[str, Any] | None = None,
) -> Prepared:
    """Check and compile a simulation once, to run it for many values; arguments as in `simulate`."""
    model = as_model(model)
    system = system_of(model)
    integrator(method)
    if not (isinstance(rtol, (int, float)) and 0 < rtol < 1):
        raise WrongInput(f"rtol: must lie between 0 and 1, not {rtol!r}")
    tolerances(model, np.zeros(len(system.states)), rtol, atol)
    return Prepared(
        model, system, time_grid(t, model.time_unit), output_names(system, outputs), method, rtol, atol,
        schedule(model, doses), start_mode(model, start), initial_overrides(model, initial),
        sensitivity_inputs(model, system, sensitivities),
    )  # fmt: skip
