"""Noise models by name: how a measurement scatters about its prediction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exokinetics.fitting.density import LAPLACE, NORMAL, Density

Array = NDArray[np.float64]
HALF_LOG_TWO_PI = 0.5 * float(np.log(2.0 * np.pi))


@dataclass(frozen=True)
class Noise:
    """A transformed measurement has a `density`, normal if not said, about the transformed prediction.

    `center(m)` and its slope transform a prediction m, `back` is the inverse; `log_spread(m, s)` is the log of the
    standard deviation on that scale for the noise parameter s, with its slopes in m and in ln s; `jacobian(y)` is
    -ln |d center/dy|, so that the likelihood is that of the measurement as reported.
    """

    name: str
    center: Callable[[Array], Array]
    center_slope: Callable[[Array], Array]
    proportional: bool = False
    jacobian: Callable[[Array], Array] = np.zeros_like
    density: Density = NORMAL
    takes_degrees: bool = False
    back: Callable[[Array], Array] = np.asarray
    relative: bool = False  # whether the spread is a plain number, not in the unit of the column


def _same(values: Array) -> Array:
    return values


# additive: sd in the unit of the column; proportional: sd as a share of the prediction; log_normal: sd of ln(value);
# laplace and student_t: their scale in the unit of the column
NOISE: dict[str, Noise] = {
    "additive": Noise("additive", _same, np.ones_like),
    "proportional": Noise("proportional", _same, np.ones_like, proportional=True, relative=True),
    "log_normal": Noise("log_normal", np.log, np.reciprocal, jacobian=np.log, back=np.exp, relative=True),
    "laplace": Noise("laplace", _same, np.ones_like, density=LAPLACE),
    "student_t": Noise("student_t", _same, np.ones_like, takes_degrees=True),
}
