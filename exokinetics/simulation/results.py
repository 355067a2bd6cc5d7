"""The result of one simulation: arrays by name, with units, and the reason if it ended early."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.integrators import Array

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Result:
    """Outputs over time. `success` is false where `reason` says why; `time` then ends at what was reached.

    `units` maps "time" and every output to a unit text; `statistics` holds method, steps, rejected, evaluations and
    seconds (None where the solver does not tell), and as `choice` why "auto" took the method.
    """

    name: str
    time: Array
    outputs: tuple[str, ...]
    table: Array
    units: Mapping[str, str]
    titles: Mapping[str, str]
    reason: str = ""
    statistics: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    slopes: Array | None = None

    @property
    def success(self) -> bool:
        """Whether every wanted time was reached."""
        return not self.reason

    def __getitem__(self, name: str) -> Array:
        """One output over time, shape (time,)."""
        return self.table[:, self._column(name)]

    def _column(self, name: str) -> int:
        if name not in self.outputs:
            raise WrongInput(f"'{name}' is not an output of this result{did_you_mean(str(name), self.outputs)}")
        return self.outputs.index(name)

    def sensitivity(self, output: str, parameter: str) -> Array:
        """d(output)/d(parameter) over time, in the unit of the output per unit of the parameter; shape (time,)."""
        if self.slopes is None:
            raise WrongInput("no sensitivities were asked for; pass sensitivities=True or ids to simulate()")
        if parameter not in self.inputs:
            raise WrongInput(f"'{parameter}' was not differentiated by{did_you_mean(parameter, self.inputs)}")
        return np.asarray(self.slopes[:, self._column(output), self.inputs.index(parameter)])

    def to_pandas(self) -> pandas.DataFrame:
        """A table with the index "time" and one column per output."""
        import pandas

        return pandas.DataFrame(self.table, pandas.Index(self.time, name="time"), list(self.outputs))

    def to_xarray(self) -> xarray.Dataset:
        """A dataset over "time" with one variable per output and its unit as an attribute."""
        import xarray

        variables = {
            name: ("time", self[name], {"units": self.units[name], "long_name": self.titles.get(name, "")})
            for name in self.outputs
        }
        time = ("time", self.time, {"units": self.units["time"]})
        return xarray.Dataset(variables, {"time": time}, {"title": self.name, "reason": self.reason})

    def plot(self, outputs: Iterable[str] | None = None) -> Figure:
        """One panel per output over time."""
        from exokinetics.drawing import panels

        names = self.outputs if outputs is None else tuple(outputs)
        lines = {name: self[name] for name in names}
        return panels(self.name, self.time, lines, units=self.units, titles=self.titles)
