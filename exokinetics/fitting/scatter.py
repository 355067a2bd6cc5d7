"""How measurements scatter about the predictions of a fit, and numbers drawn as they might have been measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import WorkFailed
from exokinetics.fitting.density import Density
from exokinetics.fitting.noise import NOISE, Noise
from exokinetics.fitting.problem import Problem

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scatter:
    """The cells of one block on the scale of its noise: the centre and the spread of each, and what was measured.

    `exact` are the cells that are not beyond a limit, `place` is where the block lies in `Problem.observed`.
    """

    id: str
    place: slice
    noise: Noise
    density: Density
    center: Array
    spread: Array
    measured: Array
    exact: NDArray[np.bool_]

    def deviations(self) -> Array:
        """(measured - predicted) / spread on the scale of the noise."""
        return np.asarray((self.noise.center(self.measured) - self.center) / self.spread)

    def measurement(self, deviations: Array) -> Array:
        """What is measured with these deviations; a value beyond a limit stays that limit."""
        return np.where(self.exact, self.noise.back(self.center + self.spread * deviations), self.measured)


def scatter_about(problem: Problem, values: Mapping[str, float]) -> list[Scatter]:
    """A `Scatter` per measured column and condition, at natural values; raises `WorkFailed` where nothing runs."""
    predictor = problem.predictor
    found = predictor.predict(values)
    if found.reason:
        raise WorkFailed(f"{problem.name}: {found.reason}")
    parts, numbers = [], predictor.numbers(values)
    for block in predictor.blocks():
        item, place = block.item, block.place
        noise, predicted = NOISE[item.noise], found.values[place]
        spread = np.exp(found.log_spreads[place]) * (np.abs(predicted) if noise.proportional else 1.0)
        density = predictor.density(block, numbers)
        with np.errstate(all="ignore"):
            center = noise.center(predicted)
        parts.append(
            Scatter(
                item.id, place, noise, density, center, spread, predictor.observed[place], predictor.sides[place] == 0
            )
        )
    return parts
