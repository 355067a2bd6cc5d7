"""Standard densities of noise: how improbable a scaled deviation is, and a value beyond a limit."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from exokinetics.fitting.degrees import constant

Array = NDArray[np.float64]
NEAREST = 1e-12  # the root of Laplace's |z| has no slope at 0; nearer than this it is that of this distance


@dataclass(frozen=True)
class Density:
    """A symmetric density of the deviation z, in units of its spread.

    `rise(z)` is the negative log density above its lowest value, `constant`, and `slope` its derivative; `log_below` is
    the log of the distribution function, `log_density` that of the density, `draw` gives deviations at random.
    `mean` and `log_spread` are the Fisher information of one measurement about the location (in spreads) and about the
    log of the spread; `degrees` are Student's.
    """

    constant: float
    rise: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    log_below: Callable[[Array], Array]
    mean: float
    log_spread: float
    draw: Callable[[np.random.Generator, int], Array]
    degrees: float = math.inf

    def residual(self, deviation: Array, side: Array) -> tuple[Array, Array]:
        """A residual whose half square is the negative log-likelihood without its constant, and its slope in z.

        `side` is 0 where z was measured, -1 where the value lies below the limit z and 1 where it lies above.
        """
        if self is NORMAL and not side.any():
            return deviation, np.ones_like(deviation)
        beyond = np.where(side > 0, -1.0, 1.0) * deviation
        below = self.log_below(beyond)
        away = np.where(np.abs(deviation) < NEAREST, np.copysign(NEAREST, deviation), deviation)
        half = np.where(side == 0, self.rise(away), -below)
        score = np.where(
            side == 0, self.slope(away), np.where(side > 0, 1.0, -1.0) * np.exp(self.log_density(beyond) - below)
        )
        size = np.sqrt(2.0 * half)
        residual = np.where(side == 0, np.sign(deviation) * size, size)
        signed = np.where(side == 0, np.copysign(size, away), size)
        # a limit far beyond the prediction is certain: neither the residual nor its slope is more than a rounding
        return residual, np.divide(score, signed, out=np.zeros_like(score), where=signed != 0.0)

    def widest(self, share: float = 0.95) -> float:
        """The deviation within which a share of the noise lies."""
        from scipy.optimize import brentq

        below = np.log(0.5 + 0.5 * share)
        return float(brentq(lambda z: float(self.log_below(np.array(z))) - below, 0.0, 1e9))

    def log_density(self, deviation: Array) -> Array:
        """The log of the density at z."""
        return -self.constant - self.rise(deviation)


def _laplace_below(z: Array) -> Array:
    return np.where(z < 0, z - np.log(2.0), np.log1p(-0.5 * np.exp(-np.abs(z))))


NORMAL = Density(
    0.5 * float(np.log(2.0 * np.pi)), lambda z: 0.5 * z**2, lambda z: z, special.log_ndtr, 1.0, 2.0,
    lambda random, count: random.standard_normal(count),
)  # fmt: skip
LAPLACE = Density(
    float(np.log(2.0)), np.abs, np.sign, _laplace_below, 1.0, 1.0,
    lambda random, count: random.laplace(size=count),
)  # fmt: skip


def student_t(degrees: float) -> Density:
    """Student's t of given degrees of freedom; the spread is its scale, not its standard deviation."""
    return Density(
        constant(degrees),
        lambda z: 0.5 * (degrees + 1.0) * np.log1p(z**2 / degrees),
        lambda z: (degrees + 1.0) * z / (degrees + z**2),
        lambda z: np.asarray(stats.t.logcdf(z, degrees)),
        (degrees + 1.0) / (degrees + 3.0), 2.0 * degrees / (degrees + 3.0),
        lambda random, count: random.standard_t(degrees, count), degrees,
    )  # fmt: skip
