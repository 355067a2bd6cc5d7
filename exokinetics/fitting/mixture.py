"""Predictions of a measurement as a mixture: one density of noise about each of many drawn predictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from exokinetics.fitting.density import Density

Array = NDArray[np.float64]

HALVINGS = 60  # of a bracket: to the last digit


@dataclass(frozen=True)
class Mixture:
    """Equal parts of a density about `centers` with `spreads`, both (draw, measurement), on the scale of the noise.

    `densities` has one per draw; they are of one kind, and differ in Student's degrees of freedom if at all.
    """

    densities: Sequence[Density]
    centers: Array
    spreads: Array

    def below(self, numbers: Array) -> Array:
        """The probability of lying below each of `numbers` (measurement,)."""
        with np.errstate(all="ignore"):
            deviations = (numbers - self.centers) / self.spreads
            parts = self._alike.log_below(deviations) if self._alike else self._of_each(stats.t.logcdf, deviations)
            return np.asarray(np.exp(parts).mean(axis=0))

    def quantile(self, share: float) -> Array:
        """The number (measurement,) that each measurement lies below with this probability."""
        if self._alike:
            away: Array | float = self._alike.widest(abs(2.0 * share - 1.0)) * (1.0 if share > 0.5 else -1.0)
        else:
            away = self._of_each(stats.t.ppf, np.full((1, 1), share))
        ends = self.centers + self.spreads * away
        low, high = ends.min(axis=0), ends.max(axis=0)  # that of the mixture lies between those of its parts
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            under = self.below(middle) < share
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return np.asarray(0.5 * (low + high))

    @property
    def _alike(self) -> Density | None:
        """The density of every draw, or None where they differ."""
        return self.densities[0] if len({density.degrees for density in self.densities}) == 1 else None

    def _of_each(self, function: Callable[..., Any], numbers: Array) -> Array:
        """A function of numbers and Student's degrees of freedom."""
        return np.asarray(function(numbers, np.array([[density.degrees] for density in self.densities])))
