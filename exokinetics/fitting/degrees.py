"""Student's t as a function of its degrees of freedom: what a likelihood needs where these are estimated."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]

MANY = 200.0  # degrees above which what they are told by is the difference of two nearly equal numbers
NORMALLY_OVER = 40.0  # spreads beyond which a density of many degrees has nothing left


def constant(degrees: float) -> float:
    """The negative log density at 0."""
    half = 0.5 * degrees
    return float(0.5 * np.log(degrees * np.pi) + special.gammaln(half) - special.gammaln(half + 0.5))


def constant_slope(degrees: float) -> float:
    """d(constant)/d(degrees)."""
    half = 0.5 * degrees
    return float(0.5 / degrees + 0.5 * (special.digamma(half) - special.digamma(half + 0.5)))


def rise_slope(deviation: Array, degrees: float) -> Array:
    """d(negative log density above its constant)/d(degrees) at deviations z."""
    share = deviation**2 / degrees
    return np.asarray(0.5 * (np.log1p(share) - share * (1.0 + 1.0 / degrees) / (1.0 + share)))


def half_slope(deviation: Array, side: Array, degrees: float) -> Array:
    """d(half the square of a residual)/d(degrees); `side` as in `Density.residual`."""
    slope = rise_slope(deviation, degrees)
    beyond = side != 0
    if beyond.any():
        slope[beyond] = -log_below_slope(np.where(side > 0, -1.0, 1.0)[beyond] * deviation[beyond], degrees)
    return slope


def log_below_slope(deviation: Array, degrees: float) -> Array:
    """d(log of the distribution function)/d(degrees) at deviations z, by quadrature: it has no closed form."""
    found = [_below_slope(float(z), degrees) for z in np.atleast_1d(deviation)]
    return np.asarray(np.array(found) / special.stdtr(degrees, np.atleast_1d(deviation)))


def _below_slope(z: float, degrees: float) -> float:
    """d(distribution function)/d(degrees): odd in z, and the integral of that of the density from far below."""
    from scipy.integrate import quad

    if z == 0.0 or not math.isfinite(z):
        return math.nan if math.isnan(z) else 0.0
    size, steady, moving = abs(z), -constant(degrees), -constant_slope(degrees)

    def moved(t: float) -> float:
        """d(density)/d(degrees)."""
        share = t * t / degrees
        height = math.exp(steady - 0.5 * (degrees + 1.0) * math.log1p(share))
        return height * (moving - 0.5 * (math.log1p(share) - share * (1.0 + 1.0 / degrees) / (1.0 + share)))

    if size < 1.0:
        below = -quad(moved, 0.0, size, epsabs=0.0, epsrel=1e-10)[0]
    else:
        # a tail falls as a power, so that it is followed over the logarithm of how far it is
        widest = math.log(max(size, math.sqrt(degrees), NORMALLY_OVER) / size) + min(50.0 / degrees, 300.0)
        below = quad(
            lambda v: size * math.exp(v) * moved(size * math.exp(v)), 0.0, widest, epsabs=0.0, epsrel=1e-10, limit=200
        )[0]
    return float(below if z < 0.0 else -below)


def degrees_information(degrees: float) -> tuple[float, float]:
    """What one measurement knows of its degrees: the share that it knows through the log of its spread, and the rest.

    With the information a, b and c of log spread, of both and of degrees these are b/a and c - b b/a; after
    K. L. Lange, R. J. A. Little and J. M. G. Taylor, Robust statistical modeling using the t distribution, JASA 84
    (1989) 881.
    """
    share = -1.0 / (degrees * (degrees + 1.0))
    if degrees > MANY:
        return share, 1.5 / degrees**4 - 3.0 / degrees**5 + 3.5 / degrees**6
    half, near = 0.5 * degrees, degrees + 1.0
    alone = 0.25 * (special.polygamma(1, half) - special.polygamma(1, half + 0.5))
    alone -= (degrees + 5.0) / (2.0 * degrees * near * (degrees + 3.0))
    return share, float(alone - 2.0 / (degrees * near**2 * (degrees + 3.0)))
