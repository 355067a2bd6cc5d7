"""What an information matrix says of estimates: their covariance, and what each measurement tells of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from exokinetics.fitting.trust_region import triangular

Array = NDArray[np.float64]

OPEN = 1e-10  # of the largest strength: directions below are taken as not told at all


def covariance_of_rows(rows: Array) -> Array:
    """`covariance_of` the information that a root is given of, which keeps twice the digits."""
    rows = np.vstack([rows, np.zeros((rows.shape[1], rows.shape[1]))])  # so that there is a strength for each column
    scale = np.sqrt(np.maximum((rows**2).sum(axis=0), 1e-300))
    _, sizes, across = np.linalg.svd(triangular(rows / scale))
    return _inverse(sizes[::-1] ** 2, across[::-1].T, scale)


def covariance_of(information: Array) -> Array:
    """The inverse of an information matrix; infinite variance for what lies in its null space."""
    scale = np.sqrt(np.maximum(np.diag(information), 1e-300))
    return _inverse(*np.linalg.eigh(information / np.outer(scale, scale)), scale)


def _inverse(strengths: Array, vectors: Array, scale: Array) -> Array:
    """From the eigenvalues, the least first, and eigenvectors of a scaled information."""
    open_directions = strengths < OPEN * strengths[-1]
    inverse = (vectors[:, ~open_directions] / strengths[~open_directions]) @ vectors[:, ~open_directions].T
    covariance = inverse / np.outer(scale, scale)
    for index in np.flatnonzero((vectors[:, open_directions] ** 2).sum(axis=1) > 1e-6):
        covariance[index, index] = np.inf
    return np.asarray(covariance)


def leverages_and_influence(rows: Array) -> tuple[Array, Array]:
    """The leverage of each row of a root of the information, and its part in each estimate (row, parameter).

    The squares of the parts add up to the variances.
    """
    scale = np.sqrt(np.maximum((rows**2).sum(axis=0), 1e-300))
    left, sizes, across = np.linalg.svd(rows / scale, full_matrices=False)
    told = sizes**2 > OPEN * sizes[0] ** 2
    left, sizes, across = left[:, told], sizes[told], across[told]
    return np.asarray((left**2).sum(axis=1)), np.asarray((left / sizes) @ across / scale)
