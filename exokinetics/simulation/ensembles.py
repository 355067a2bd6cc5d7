"""Ensembles: the same simulation for many parameter sets, with their spread."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from exokinetics.errors import WorkFailed, WrongInput, did_you_mean
from exokinetics.integrators import Array
from exokinetics.model.whole import Model
from exokinetics.simulation.doses import Dose
from exokinetics.simulation.prepared import Prepared, prepare
from exokinetics.simulation.quantiles import quantiles, streamed_quantiles
from exokinetics.simulation.requests import as_model
from exokinetics.simulation.running import many_runs
from exokinetics.simulation.sampling import Draws, draws_of
from exokinetics.simulation.tangents_of_many import many_tangent_runs

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib.figure import Figure

AT_ONCE = 1024  # draws that run together, between two reports of progress
BLOCK = 2.5e8  # bytes of their results at most
LARGEST = 8e9  # bytes of one table of all draws
Progress = Any  # a callable that is told how many draws are done


@dataclass(frozen=True)
class Ensemble:
    """Trajectories by draw. Failed draws are nan and listed in `failures` (draw, reason).

    With `summary`, only the quantiles asked for are kept and `ensemble[id]` is not available.
    `draws` is what was drawn, and `len` how many there are. `slopes` (draw, time, outputs, inputs) are derivatives by
    `inputs`, where they were asked for.
    """

    name: str
    time: Array
    draws: Draws
    outputs: tuple[str, ...]
    units: Mapping[str, str]
    titles: Mapping[str, str]
    failures: pandas.DataFrame
    table: Array | None = None
    summary: Mapping[float, Array] | None = None
    inputs: tuple[str, ...] = ()
    slopes: Array | None = None

    def __len__(self) -> int:
        return len(self.draws)

    @property
    def parameters(self) -> pandas.DataFrame:
        """The parameter sets, one row a draw; with `summary` they are drawn once more when they are first asked for."""
        return self.draws.table

    def __getitem__(self, name: str) -> Array:
        """One output, shape (draw, time)."""
        column = self._column(name)
        if self.table is None:
            raise WrongInput("only quantiles were kept; leave out summary= to keep every draw")
        return self.table[:, :, column]

    def _column(self, name: str) -> int:
        if name not in self.outputs:
            raise WrongInput(f"'{name}' is not an output of this ensemble{did_you_mean(str(name), self.outputs)}")
        return self.outputs.index(name)

    def sensitivity(self, output: str, parameter: str) -> Array:
        """d(output)/d(parameter) by draw, in the unit of the output per unit of the parameter; shape (draw, time)."""
        if self.slopes is None:
            raise WrongInput("no sensitivities were asked for; pass sensitivities=True or ids to ensemble()")
        if parameter not in self.inputs:
            raise WrongInput(f"'{parameter}' was not differentiated by{did_you_mean(str(parameter), self.inputs)}")
        return np.asarray(self.slopes[:, :, self._column(output), self.inputs.index(parameter)])

    def quantiles(self, levels: Sequence[float]) -> xarray.Dataset:
        """Quantiles over the draws that succeeded: a dataset over "quantile" and "time"."""
        import xarray

        stacked = self._levels(levels)
        variables = {
            name: (("quantile", "time"), stacked[:, :, column], {"units": self.units[name]})
            for column, name in enumerate(self.outputs)
        }
        return xarray.Dataset(variables, {"quantile": [float(level) for level in levels], "time": self.time})

    def _levels(self, levels: Sequence[float]) -> Array:
        """Quantiles, shape (levels, time, outputs)."""
        for level in map(float, levels):
            if not 0.0 <= level <= 1.0:
                raise WrongInput(f"quantiles: levels lie between 0 and 1, not at {level:g}")
            if self.summary is not None and level not in self.summary:
                raise WrongInput(f"quantiles: only {sorted(self.summary)} were kept; ask for {level:g} in summary=")
        if self.summary is not None:
            return np.stack([self.summary[float(level)] for level in levels])
        assert self.table is not None
        return quantiles(self.table, [float(level) for level in levels])

    def to_xarray(self) -> xarray.Dataset:
        """A dataset over "draw" and "time", with the parameters as coordinates along "draw".

        A parameter whose id is that of an output, or of a dimension, is called `parameter:id`.
        """
        import xarray

        variables = {name: (("draw", "time"), self[name], {"units": self.units[name]}) for name in self.outputs}
        taken = {*self.outputs, "draw", "time"}
        coordinates: dict[str, Any] = {
            f"parameter:{name}" if name in taken else name: ("draw", self.parameters[name].to_numpy())
            for name in self.parameters.columns
        }
        coordinates |= {"draw": np.arange(len(self)), "time": ("time", self.time, {"units": self.units["time"]})}
        return xarray.Dataset(variables, coordinates, {"title": self.name})

    def plot(self, outputs: Iterable[str] | None = None) -> Figure:
        """Median and the central 90 % of each output over time."""
        from exokinetics.drawing import panels

        names = self.outputs if outputs is None else tuple(outputs)
        columns = {name: self._column(name) for name in names}
        low, middle, high = self._levels([0.05, 0.5, 0.95])
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
    sensitivities: bool | Sequence[str] | None = None,
) -> Ensemble:
    """Simulate many parameter sets; `model`, `t`, `doses`, `start` as in `simulate`.

    `draws`: a count, drawn from the ranges of the model by `sampler` (sobol, lhs, random) with `seed`, or a table of
    parameter sets. A draw that fails does not stop the others: it is nan and its reason stands in `failures`.
    `threads`: how many run side by side, by default as many as there are processors; the result does not depend on it.
    `client` is refused until distributed runs are built. `summary`: quantile levels to keep instead of every draw, in
    memory that does not grow with the draws (but for "lhs", which needs all its points at once, and for failures):
    exact while the results fit into 128 MB or for 4096 draws, with a rank wrong by at most half a per cent beyond.
    `progress` is told how many draws are done; where a summary takes a second pass, from the beginning again.
    `sensitivities`: True for all parameters, or ids of parameters and `initial:<species>`; every draw is kept then.
    """
    if client is not None:
        raise WrongInput("client: distributed runs are not built yet; leave it out")
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise WrongInput(f"threads: must be a whole number of at least 1, not {threads!r}")
    levels = None if summary is None else _checked_levels(summary)
    if levels and sensitivities:
        raise WrongInput("summary: keeps quantiles of the outputs only; leave it out to keep the sensitivities")
    model = as_model(model)
    prepared = prepare(
        model, t, outputs=outputs, doses=doses, start=start, rtol=rtol, atol=atol, initial=initial,
        sensitivities=sensitivities,
    )  # fmt: skip
    base = prepared.vector(values)
    runs = _Runs(prepared, base, draws_of(model, draws, sampler, seed, values), threads or _processors(), progress)
    return runs.summarised(levels) if levels else runs.whole()


class _Runs:
    """Runs all draws in blocks, as often as it is asked to, and keeps why some failed."""

    def __init__(self, prepared: Prepared, base: Array, draws: Draws, threads: int, progress: Progress) -> None:
        self.prepared, self.base, self.draws, self.threads, self.progress = prepared, base, draws, threads, progress
        self.columns = [prepared.system.position[name] for name in draws.names]
        self.shape = (len(prepared.times), len(prepared.outputs))
        self.slopes: Array | None = None
        self.failures: list[tuple[int, str]] = []

    def blocks(self, table: Array | None = None) -> Iterator[Array]:
        """The outputs (draw, time, outputs) of some draws after the other, put into a table of all, if there is one."""
        self.failures, done = [], 0
        inner = 8 * self.shape[0] * len(self.prepared.system.states) * len(self.prepared.inputs)  # slopes of all states
        fitting = int(BLOCK / max(self._size() + inner, 1))
        for rows in self.draws.blocks(min(AT_ONCE, max(fitting, 1))):
            vectors = np.tile(self.base, (len(rows), 1))
            vectors[:, self.columns] = rows
            into = None if table is None else table[done : done + len(rows)]
            if self.slopes is None:
                tables, reasons = many_runs(self.prepared, vectors, self.threads, into)
            else:
                assert into is not None
                into[:], self.slopes[done : done + len(rows)], reasons = many_tangent_runs(
                    self.prepared, vectors, self.threads
                )
                tables = into
            self.failures += [(done + index, reason) for index, reason in enumerate(reasons) if reason]
            done += len(rows)
            if self.progress is not None:
                self.progress(done)
            yield tables
        if len(self.failures) == done:
            raise WorkFailed(f"every one of the {done} draws failed; the first: {self.failures[0][1]}")

    def _size(self) -> int:
        """Bytes of the results of one draw."""
        return 8 * self.shape[0] * self.shape[1] * (1 + len(self.prepared.inputs))

    def whole(self) -> Ensemble:
        """Every draw."""
        size, inputs = len(self.draws) * self._size(), self.prepared.inputs
        if size > LARGEST:
            slopes = f", each with {len(inputs)} slopes," if inputs else ""
            fewer = "take fewer sets, outputs, times or slopes" if inputs else (
                "take fewer sets, outputs or times, or let an ensemble keep quantiles only, with "
                "summary=[0.05, 0.5, 0.95]"
            )  # fmt: skip
            raise WrongInput(
                f"draws: {len(self.draws):,} sets of {self.shape[1]} outputs at {self.shape[0]} times{slopes} need "
                f"{size / 1e9:.0f} GB; {fewer}"
            )
        table = np.empty((len(self.draws), *self.shape))
        if inputs:
            self.slopes = np.empty((*table.shape, len(inputs)))
        for _ in self.blocks(table):
            pass
        return self._named(table, None)

    def summarised(self, levels: list[float]) -> Ensemble:
        """The quantiles only."""
        found = streamed_quantiles(self.blocks, levels, len(self.draws), self.shape)
        return self._named(None, dict(zip(levels, found, strict=True)))

    def _named(self, table: Array | None, summary: Mapping[float, Array] | None) -> Ensemble:
        import pandas

        model, outputs = self.prepared.model, self.prepared.outputs
        units = {"time": model.time_unit} | {name: model.unit(name) for name in outputs}
        titles = {name: model.heading(name) for name in outputs}
        failures = pandas.DataFrame(self.failures, columns=["draw", "reason"])
        return Ensemble(
            model.title, self.prepared.times, self.draws, outputs, units, titles, failures, table, summary,
            self.prepared.inputs, self.slopes,
        )  # fmt: skip


def _checked_levels(summary: Any) -> list[float]:
    """The levels in order, each once."""
    given = list(summary) if isinstance(summary, Iterable) and not isinstance(summary, str) else []
    if not given or any(not isinstance(each, (int, float, np.number)) or not 0.0 <= each <= 1.0 for each in given):
        raise WrongInput(f"summary: levels are numbers between 0 and 1, such as [0.05, 0.5, 0.95], not {summary!r}")
    return sorted({float(each) for each in given})


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
