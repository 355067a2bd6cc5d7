"""Draws of parameter sets from the ranges of a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.integrators import Array
from exokinetics.model.values import Value
from exokinetics.model.whole import Model

if TYPE_CHECKING:
    import pandas
    from scipy.stats import qmc

SAMPLERS = ("sobol", "lhs", "random")
MAX_DRAWS = 10_000_000
AT_ONCE = 65_536  # rows that are drawn at once for a table of all


def uncertain(model: Model) -> list[str]:
    """The parameters whose range is more than a point, in order."""
    names = []
    for name in model.parameters:
        value = model.value(name)
        if value.distribution != "fixed" and value.value != 0.0 and value.low < value.high:
            names.append(name)
    return names


@dataclass(frozen=True)
class GivenDraws:
    """Parameter sets of the caller: one row each."""

    table: pandas.DataFrame

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that differ from set to set."""
        return tuple(self.table.columns)

    def __len__(self) -> int:
        return len(self.table)

    def blocks(self, size: int) -> Iterator[Array]:
        """All sets in order, at most `size` at a time; shape (sets, names)."""
        numbers = self.table.to_numpy(dtype=float)
        for first in range(0, len(numbers), size):
            yield numbers[first : first + size]


@dataclass(frozen=True)
class DrawnSets:
    """Parameter sets drawn from ranges: the same ones each time that they are asked for, and kept only as a table."""

    ranges: Mapping[str, Value]
    count: int
    sampler: str = "sobol"
    seed: int | tuple[int, ...] = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that are drawn."""
        return tuple(self.ranges)

    def __len__(self) -> int:
        return self.count

    def blocks(self, size: int) -> Iterator[Array]:
        """All sets in order, at most `size` at a time; shape (sets, names)."""
        for points in unit_blocks(len(self.ranges), self.count, self.sampler, self.seed, size):
            drawn = np.empty_like(points)
            for column, value in enumerate(self.ranges.values()):
                drawn[:, column] = value.quantiles(points[:, column])
            yield drawn

    @cached_property
    def table(self) -> pandas.DataFrame:
        """One row per set."""
        import pandas

        numbers = np.concatenate(list(self.blocks(AT_ONCE)))
        return pandas.DataFrame(numbers, index=range(self.count), columns=list(self.ranges))


Draws = GivenDraws | DrawnSets


def draws_of(model: Model, draws: Any, sampler: str, seed: int, fixed: Mapping[str, Any] | None) -> Draws:
    """Parameter sets drawn from the model's ranges, or the caller's own table or mapping of arrays.

    Parameters that the caller fixes by `values` are not drawn.
    """
    if not isinstance(draws, (int, np.integer)) or isinstance(draws, bool):
        return GivenDraws(_checked(model, draws))
    if not 1 <= draws <= MAX_DRAWS:
        raise WrongInput(f"draws: must be a whole number from 1 to {MAX_DRAWS:,}, not {draws}")
    _require_sampler(sampler, seed)
    names = [name for name in uncertain(model) if name not in (fixed or {})]
    return DrawnSets({name: model.value(name) for name in names}, int(draws), sampler, seed)


def draw_table(model: Model, draws: Any, sampler: str, seed: int, fixed: Mapping[str, Any] | None) -> pandas.DataFrame:
    """The parameter sets of `draws_of` as a table, one row each."""
    return draws_of(model, draws, sampler, seed, fixed).table


def _checked(model: Model, draws: Any) -> pandas.DataFrame:
    import pandas

    try:
        table = pandas.DataFrame(draws).reset_index(drop=True)
    except (ValueError, TypeError):
        raise WrongInput("draws: give a number of draws, or a table with one column per parameter") from None
    for name in table.columns:
        if name not in model.whole.parameters:
            raise WrongInput(f"draws: '{name}' is not a parameter{did_you_mean(str(name), model.whole.parameters)}")
    try:
        numbers = table.to_numpy(dtype=float)
    except (ValueError, TypeError):
        raise WrongInput("draws: the table holds something that is not a number") from None
    if not len(table) or not np.isfinite(numbers).all():
        raise WrongInput("draws: the table must have at least one row and only finite numbers")
    return table


def unit_points(dimensions: int, count: int, sampler: str, seed: int | tuple[int, ...]) -> Array:
    """Points of the open unit cube, shape (count, dimensions); the same for the same seed."""
    return next(unit_blocks(dimensions, count, sampler, seed, count))


def unit_blocks(
    dimensions: int, count: int, sampler: str, seed: int | tuple[int, ...], size: int
) -> Iterator[Array]:  # fmt: skip
    """The same points whatever the `size`, of which at most so many come at a time.

    A Latin hypercube has to be made whole, in 8 bytes per draw and dimension; the others need no more than a block.
    """
    _require_sampler(sampler, seed)
    generator = np.random.default_rng(seed)
    sobol = hypercube = None
    from scipy.stats import qmc  # slow to import, and of no use to a single run

    if sampler == "sobol" and dimensions:
        sobol = qmc.Sobol(dimensions, rng=generator)
    elif sampler == "lhs" and dimensions:
        hypercube = qmc.LatinHypercube(dimensions, rng=generator).random(count)
    for first in range(0, count, size):
        rows = min(size, count - first)
        if sobol is not None:
            points = _continued(sobol, rows)
        elif hypercube is not None:
            points = hypercube[first : first + rows]
        else:
            points = generator.random((rows, dimensions))
        yield np.clip(points, 1e-12, 1.0 - 1e-12)


def _continued(sobol: qmc.Sobol, rows: int) -> Array:
    """The next points; the very first comes alone, or scipy would warn of every number but the powers of two."""
    if sobol.num_generated:
        return np.asarray(sobol.random(rows))
    first = sobol.random(1)
    return np.concatenate([first, sobol.random(rows - 1)]) if rows > 1 else np.asarray(first)


def _require_sampler(sampler: str, seed: Any) -> None:
    if sampler not in SAMPLERS:
        raise WrongInput(f"sampler: '{sampler}' is not known{did_you_mean(str(sampler), SAMPLERS)}")
    if any(not isinstance(number, (int, np.integer)) or number < 0 for number in np.atleast_1d(seed)):
        raise WrongInput(f"seed: must be a whole number of at least 0, not {seed!r}")
