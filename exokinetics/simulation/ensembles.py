"""Ensembles: the same simulation for many parameter sets, with their spread."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from exokinetics.errors import WorkFailed, WrongInput, did_you_mean
from exokinetics.integrators import Array
from exokinetics.model.whole import Model
from exokinetics.simulation.doses import Dose
from exokinetics.simulation.prepared import Prepared, prepare
from exokinetics.simulation.requests import as_model
from exokinetics.simulation.running import many_runs
from exokinetics.simulation.sampling import draw_table

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib.figure import Figure

AT_ONCE = 1024  # draws between two reports of progress
AT_ONCE = 1024  # draws between two reports of progress
LARGEST = 8e9  # bytes of one table of all draws
Progress = Any  # a callable that is told how many draws are done


@dataclass(frozen=True)
class Ensemble:
    """Trajectories by draw. Failed draws are nan and listed in `failures` (draw, reason).

    With `summary`, only the quantiles asked for are kept and `ensemble[id]` is not available.
    """

    name: str
    time: Array
    parameters: pandas.DataFrame
    outputs: tuple[str, ...]
    units: Mapping[str, str]
    titles: Mapping[str, str]
    failures: pandas.DataFrame
    table: Array | None = None
    summary: Mapping[float, Array] | None = None

    def __getitem__(self, name: str) -> Array:
        """One output, shape (draw, time)."""
        if name not in self.outputs:
            raise WrongInput(f"'{name}' is not an output of this ensemble{did_you_mean(str(name), self.outputs)}")
        if self.table is None:
            raise WrongInput("only quantiles were kept; leave out summary= to keep every draw")
        return self.table[:, :, self.outputs.index(name)]

    def quantiles(self, levels: Sequence[float]) -> xarray.Dataset:
        """Quantiles over the draws that succeeded: a dataset over "quantile" and "time"."""
        import xarray

        stacked = np.stack([self._level(float(level)) for level in levels])
        variables = {
            name: (("quantile", "time"), stacked[:, :, column], {"units": self.units[name]})
            for column, name in enumerate(self.outputs)
        }
        return xarray.Dataset(variables, {"quantile": [float(level) for level in levels], "time": self.time})

    def _level(self, level: float) -> Array:
        if not 0.0 <= level <= 1.0:
            raise WrongInput(f"quantiles: levels lie between 0 and 1, not at {level:g}")
        if self.summary is not None:
            if level not in self.summary:
                raise WrongInput(f"quantiles: only {sorted(self.summary)} were kept; ask for {level:g} in summary=")
            return self.summary[level]
        assert self.table is not None
        return _quantile(self.table, level)

    def to_xarray(self) -> xarray.Dataset:
        """A dataset over "draw" and "time", the drawn parameters beside it."""
        import xarray

        variables: dict[str, Any] = {
            name: (("draw", "time"), self[name], {"units": self.units[name]}) for name in self.outputs
        }
        drawn = {name: ("draw", self.parameters[name].to_numpy()) for name in self.parameters.columns}
        clash = {name: f"parameter:{name}" for name in drawn if name in variables}
        coordinates = {"draw": np.arange(len(self.parameters)), "time": self.time}
        variables |= {clash.get(name, name): data for name, data in drawn.items()}
        return xarray.Dataset(variables, coordinates, {"title": self.name})

    def plot(self, outputs: Iterable[str] | None = None) -> Figure:
        """Median and the central 90 % of each output over time."""
        from exokinetics.drawing import panels

        names = self.outputs if outputs is None else tuple(outputs)
        for name in names:
            if name not in self.outputs:
                raise WrongInput(f"'{name}' is not an output of this ensemble{did_you_mean(str(name), self.outputs)}")
        low, middle, high = (self._level(level) for level in (0.05, 0.5, 0.95))
        columns = {name: self.outputs.index(name) for name in names}
        return panels(
            self.name, self.time, {name: middle[:, column] for name, column in columns.items()},
            bands={name: (low[:, column], high[:, column]) for name, column in columns.items()},
            units=self.units, titles=self.titles,
        )  # fmt: skip


def ensemble(
    model: Model | str | Path,
    t: Any,
    *,
    draws: Any = 1000,
    sampler: str = "sobol",
    seed: int = 0,
    values: Mapping[str, Any] | None = None,
    initial: Mapping[str, Any] | None = None,
    doses: Iterable[Dose] = (),
    start: str | None = None,
    outputs: Iterable[str] | None = None,
    rtol: float = 1e-6,
    atol: Any = None,
    threads: int | None = None,
    client: Any = None,
    summary: Sequence[float] | None = None,
    progress: Progress = None,
) -> Ensemble:
    """Simulate many parameter sets; `model`, `t`, `doses`, `start` as in `simulate`.

    `draws`: a count, drawn from the ranges of the model by `sampler` (sobol, lhs, random) with `seed`, or a table of
    parameter sets. A draw that fails does not stop the others: it is nan and its reason stands in `failures`.
    `threads`: how many run side by side, by default as many as there are processors; the result does not depend on it.
    `client` is refused until distributed runs are built. `summary`: quantile levels to keep instead of every draw.
    """
    import pandas

    if client is not None:
        raise WrongInput("client: distributed runs are not built yet; leave it out")
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise WrongInput(f"threads: must be a whole number of at least 1, not {threads!r}")
    if any(isinstance(level, str) or not 0.0 <= level <= 1.0 for level in summary or ()):
        raise WrongInput(f"summary: levels are numbers between 0 and 1, not {list(summary or ())}")
    model = as_model(model)
    prepared = prepare(
        model, t, outputs=outputs, doses=doses, start=start, rtol=rtol, atol=atol, initial=initial
    )  # fmt: skip
    base = prepared.vector(values)
    drawn = draw_table(model, draws, sampler, seed, values)
    table, failures = _run_all(prepared, base, drawn, threads or _processors(), progress)
    units = {"time": model.time_unit} | {name: model.unit(name) for name in prepared.outputs}
    titles = {name: model.heading(name) for name in prepared.outputs}
    kept = None if summary is None else {float(level): _quantile(table, float(level)) for level in summary}
    return Ensemble(
        model.title, prepared.times, drawn, prepared.outputs, units, titles,
        pandas.DataFrame(failures, columns=["draw", "reason"]), table if kept is None else None, kept,
    )  # fmt: skip


def _run_all(
    prepared: Prepared, base: Array, drawn: pandas.DataFrame, threads: int, progress: Progress
) -> tuple[Array, list[tuple[int, str]]]:
    size = 8 * len(drawn) * len(prepared.times) * len(prepared.outputs)
    if size > LARGEST:
        raise WrongInput(
            f"draws: {len(drawn):,} draws of {len(prepared.outputs)} outputs at {len(prepared.times)} times need "
            f"{size / 1e9:.0f} GB; ask for fewer draws, outputs or times"
        )
    columns = [prepared.system.position[name] for name in drawn.columns]
    vectors = np.tile(base, (len(drawn), 1))
    vectors[:, columns] = drawn.to_numpy(dtype=float)
    table = np.full((len(drawn), len(prepared.times), len(prepared.outputs)), np.nan)
    failures: list[tuple[int, str]] = []
    for first in range(0, len(vectors), AT_ONCE):
        some = vectors[first : first + AT_ONCE]
        tables, reasons = many_runs(prepared, some, threads)
        table[first : first + len(some)] = tables
        failures += [(first + index, reason) for index, reason in enumerate(reasons) if reason]
        if progress is not None:
            progress(first + len(some))
    if len(failures) == len(drawn):
        raise WorkFailed(f"every one of the {len(drawn)} draws failed; the first: {failures[0][1]}")
    return table, failures


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quantile(table: Array, level: float) -> Array:
    return np.asarray(np.nanquantile(table, level, axis=0))
