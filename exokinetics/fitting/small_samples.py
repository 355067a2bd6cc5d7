"""How far 95 % intervals reach where spreads are estimated from few measurements: by Student's t, as in regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from exokinetics.fitting.block import Block
from exokinetics.fitting.information import leverages_and_influence
from exokinetics.fitting.problem import Likelihood

Array = NDArray[np.float64]
Labels = NDArray[np.intp]

Z_975 = 1.959963984540054  # the 97.5 % point of the standard normal
HALF_CHI2 = Z_975**2 / 2  # 1.92, half of the 95 % point of chi-squared with one degree of freedom
KNOWN = -1  # the label of measurements whose spread is not estimated
LEAST = 1.0  # degrees of freedom, where as much is fitted as was measured


@dataclass(frozen=True)
class Reach:
    """How far the 95 % interval of each estimated parameter goes, in the order of the fit.

    `errors` is the number of standard errors of the Fisher information to either side, `rises` how much the profiled
    cost may rise. Where no spread is estimated they are 1.96 and 1.92, those of the normal and of chi-squared.
    """

    errors: Array
    rises: Array


def plain_reach(count: int) -> Reach:
    """That of large samples, for so many parameters."""
    return Reach(np.full(count, Z_975), np.full(count, HALF_CHI2))


def reach(likelihood: Likelihood) -> Reach:
    """The reach of intervals at the optimum, from a likelihood with slopes.

    Maximum likelihood divides the squares by the n measurements of a spread, though fitted parameters have taken up
    some of them: their leverages are subtracted from n, as in regression, which leaves its degrees of freedom f. A
    variance with shares from several spreads counts each n/f times, and has the degrees of freedom of Welch (1947) and
    Satterthwaite (1946). With one spread and all else linear an interval of a mean is that of Student's t, exactly.
    """
    estimated, blocks = likelihood.problem.estimated, likelihood.problem.predictor.blocks()
    labels = spread_labels(blocks, frozenset(estimated), len(likelihood.measured))[likelihood.measured]
    groups = range(labels.max(initial=KNOWN) + 1)
    if not groups:
        return plain_reach(len(estimated))
    rows = likelihood.information_rows()
    leverages, influence = leverages_and_influence(rows)
    # means and spreads of the measurements come first, each in their order; degrees, limits and priors are known
    of_rows = np.full(len(rows), KNOWN)
    of_rows[: 2 * len(labels)] = np.tile(labels, 2)
    shares = np.array([(influence[of_rows == label] ** 2).sum(axis=0) for label in (KNOWN, *groups)])
    with np.errstate(all="ignore"):
        shares /= shares.sum(axis=0)
    counts = np.array([(labels == label).sum() for label in groups], float)
    taken = np.array([leverages[: len(labels)][labels == label].sum() for label in groups])
    return _reach_of(shares[0], shares[1:], counts, np.maximum(counts - taken, LEAST))


def _reach_of(known: Array, shares: Array, counts: Array, free: Array) -> Reach:
    """From the shares of the variance, (parameter,) and (spread, parameter), measurements and degrees of freedom."""
    n, f = counts[:, None], free[:, None]
    widened = shares * n / f
    with np.errstate(all="ignore"):
        variance = known + widened.sum(axis=0)
        degrees = variance**2 / (widened**2 / f).sum(axis=0)
    degrees = np.where(np.isfinite(degrees), np.minimum(degrees, 1e12), 1e12)
    errors = stdtrit(degrees, 0.975) * np.sqrt(variance)
    # the best spread for residuals that are larger by this much takes a logarithm of it out of the cost
    rises = known * errors**2 / 2 + (n / 2 * np.log1p(errors**2 * shares / n)).sum(axis=0)
    # what no measurement tells of has no end; should a profile find one far away it is met late rather than early
    unseen = ~np.isfinite(errors)
    errors[unseen] = np.max(errors[~unseen], initial=Z_975)
    rises[unseen] = np.max(rises[~unseen], initial=HALF_CHI2)
    return Reach(errors, rises)


def spread_labels(blocks: Sequence[Block], estimated: frozenset[str], size: int) -> Labels:
    """A number for each measurement, the same where estimated spreads are shared; `KNOWN` where there is none."""
    labels = np.full(size, KNOWN)
    sets: list[set[str]] = []
    for block in blocks:
        named = block.spread_expression.symbols & estimated
        touched = [one for one in sets if one & named]
        if named:
            sets = [one for one in sets if one not in touched] + [set(named).union(*touched)]
    for block in blocks:
        for label, one in enumerate(sets):
            if block.spread_expression.symbols & one:
                labels[block.place] = label
    return labels
