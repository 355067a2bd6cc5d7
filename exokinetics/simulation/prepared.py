"""A simulation prepared once and run for many parameter sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from exokinetics.compiler import system_of
from exokinetics.compiler.constraints import require_unconstrained
from exokinetics.errors import WorkFailed, WrongInput
from exokinetics.integrators import COMPILED, Array, require_method
from exokinetics.model.whole import Model
from exokinetics.simulation.doses import Dose, require_free, schedule
from exokinetics.simulation.outcomes import Run
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
from exokinetics.simulation.running import plain_run
from exokinetics.simulation.tangent import tangent_run

LOOKING_BACK = ("auto", "rodas5p")  # methods that keep what was, for delayed values


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
        try:
            given = np.asarray(values, float)
        except (TypeError, ValueError):
            raise WrongInput(f"values: give a mapping of id to value, or an array of numbers, not {values!r}") from None
        if given.shape != (self.system.parameters,):
            raise WrongInput(f"values: {len(self.parameters)} numbers are needed, one per parameter, not {given.shape}")
        vector = self.system.defaults.copy()
        vector[: len(given)] = given
        return vector

    def __call__(self, values: Mapping[str, Any] | Sequence[float] | Array | None = None) -> Array:
        """The outputs, shape (time, outputs); raises `WorkFailed` if the integration does not succeed."""
        vector = self.vector(values)
        if self.method in COMPILED and self.system.events is None:
            table = self.engine.table(vector)
            if table is not None:
                return table
        run = plain_run(self, vector)
        if run.reason:
            raise WorkFailed(run.reason)
        return run.table

    def sensitivities(self, values: Mapping[str, Any] | Sequence[float] | Array | None = None) -> tuple[Array, Array]:
        """The outputs (time, outputs) and their derivatives (time, outputs, parameters).

        They are by the inputs that `prepare` was told, or by all of `parameters` if it was told none.
        """
        vector = self.vector(values)
        plan = self
        if not self.inputs:
            inputs = sensitivity_inputs(self.model, self.system, True)
            plan = replace(self, inputs=inputs, system=self.system.watching)
        run = tangent_run(plan, vector)
        if run.reason or run.slopes is None:
            raise WorkFailed(run.reason)
        return run.table, run.slopes

    def run(self, vector: Array) -> Run:
        """Integrate, with the slopes if any were prepared; never raises for what the numbers do."""
        return tangent_run(self, vector) if self.inputs else plain_run(self, vector)


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
    return planned(
        model, t, outputs=outputs, method=method, rtol=rtol, atol=atol, doses=doses, start=start,
        sensitivities=sensitivities, initial=initial,
    )  # fmt: skip


def planned(
    model: Model | str | Path, t: Any, *, outputs: Iterable[str] | None, method: str, rtol: float, atol: Any,
    doses: Iterable[Dose], start: str | None, sensitivities: bool | Sequence[str] | None,
    initial: Mapping[str, Any] | None, quick: bool = False,
) -> Prepared:  # fmt: skip
    """The checked request, whether it runs once (`quick`) or often."""
    model = as_model(model)
    system = system_of(model)
    require_method(method)
    if not (isinstance(rtol, (int, float)) and 0 < rtol < 1):
        raise WrongInput(f"rtol: must lie between 0 and 1, not {rtol!r}")
    tolerances(system, np.zeros(len(system.states)), rtol, atol)
    if method not in LOOKING_BACK:
        system.past.require_none(f"method '{method}'")
        require_unconstrained(system, f"method '{method}'")
    if start_mode(model, start):
        system.past.require_none("a steady start")
        require_unconstrained(system, "a steady start")
    times = time_grid(t, model.time_unit)
    given = schedule(model, doses)
    require_free(system, given)
    inputs = sensitivity_inputs(model, system, sensitivities)
    return Prepared(
        model, system.watching if inputs else system, times, output_names(system, outputs), method, rtol, atol,
        given.snapped(times), start_mode(model, start), initial_overrides(model, initial),
        inputs, quick,
    )  # fmt: skip
