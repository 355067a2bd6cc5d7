"""Draws of parameter sets from the ranges of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.model.whole import Model

if TYPE_CHECKING:
    import pandas

SAMPLERS = ("sobol", "lhs", "random")
MAX_DRAWS = 10_000_000


def uncertain(model: Model) -> list[str]:
    """The parameters whose range is more than a point, in order."""
    names = []
    for name in model.parameters:
        value = model.value(name)
        if value.distribution != "fixed" and value.value != 0.0 and value.low < value.high:
            names.append(name)
    return names


def draw_table(model: Model, draws: Any, sampler: str, seed: int, fixed: Mapping[str, Any] | None) -> pandas.DataFrame:
    """One row per parameter set: drawn from the model's ranges, or the caller's own table or mapping of arrays.

    Parameters that the caller fixes by `values` are not drawn.
    """
    import pandas

    if isinstance(draws, (int, np.integer)) and not isinstance(draws, bool):
        if not 1 <= draws <= MAX_DRAWS:
            raise WrongInput(f"draws: must be a whole number from 1 to {MAX_DRAWS:,}, not {draws}")
        names = [name for name in uncertain(model) if name not in (fixed or {})]
        points = unit_points(len(names), int(draws), sampler, seed)
        columns = {
            name: [model.value(name).quantile(point) for point in points[:, index]] for index, name in enumerate(names)
        }
        return pandas.DataFrame(columns, index=range(int(draws)))
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


def unit_points(dimensions: int, count: int, sampler: str, seed: int | tuple[int, ...]) -> Any:
    """Points of the open unit cube, shape (count, dimensions); the same for the same seed."""
    if sampler not in SAMPLERS:
        raise WrongInput(f"sampler: '{sampler}' is not known{did_you_mean(str(sampler), SAMPLERS)}")
    if any(not isinstance(number, (int, np.integer)) or number < 0 for number in np.atleast_1d(seed)):
        raise WrongInput(f"seed: must be a whole number of at least 0, not {seed!r}")
    generator = np.random.default_rng(seed)
    from scipy.stats import qmc  # slow to import, and of no use to a single run

    if sampler == "random" or dimensions == 0:
        points = generator.random((count, dimensions))
    elif sampler == "lhs":
        points = qmc.LatinHypercube(dimensions, rng=generator).random(count)
    else:
        # Sobol points keep their balance only in whole powers of two; the first `count` of the next one are taken
        exponent = int(np.ceil(np.log2(count))) if count > 1 else 0
        points = qmc.Sobol(dimensions, rng=generator).random_base2(exponent)[:count]
    return np.clip(points, 1e-12, 1.0 - 1e-12)
