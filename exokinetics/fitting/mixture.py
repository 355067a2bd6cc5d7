"""Predictions of a measurement as a mixture: one density of noise about each of many drawn predictions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exokinetics.fitting.density import Density

Array = NDArray[np.float64]

HALVINGS = 60  # of a bracket: to the last digit


@dataclass(frozen=True)
class Mixture:
    """Equal parts of a `density` about `centers` with `spreads`, both (draw, measurement), on the scale of noise."""

    density: Density
    centers: Array
    spreads: Array

    def below(self, numbers: Array) -> Array:
        """The probability of lying below each of `numbers` (measurement,)."""
        with np.errstate(all="ignore"):
            parts = np.exp(self.density.log_below((numbers - self.centers) / self.spreads))
        return np.asarray(parts.mean(axis=0))

    def quantile(self, share: float) -> Array:
        """The number (measurement,) that each measurement lies below with this probability."""
        ends = self.centers + self.spreads * _standard_quantile(self.density, share)
        low, high = ends.min(axis=0), ends.max(axis=0)  # that of the mixture lies between those of its parts
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            under = self.below(middle) < share
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return np.asarray(0.5 * (low + high))


def _standard_quantile(density: Density, share: float) -> float:
    from scipy.optimize import brentq

    target = math.log(max(share, 1.0 - share))  # densities are symmetric
    size = float(brentq(lambda z: float(density.log_below(np.array(z))) - target, 0.0, 1e6, xtol=1e-12))
    return size if share > 0.5 else -size
