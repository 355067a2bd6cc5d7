"""A search from a point: Fisher scoring within a trust region, and Newton's method where its squares mislead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from exokinetics.fitting.newton import descend
from exokinetics.fitting.scoring import LITTLE, WORTH, Place, Reached, Scoring

Array = NDArray[np.float64]

ROUGH = 1e-6  # of cost: below this the digits of an integration decide; then the slope does, which keeps its own
FAR = 0.05  # of the span of the bounds: where so long a step changes nothing lies a plateau, not an optimum
FIRST = 0.1  # of the longest step: the first one; a long one from anywhere ends where nothing can be told from slopes
TINY = 1e-15  # of the length of the vector: a shorter step changes nothing
WINDOW, CREEP = 30, 0.02  # evaluations that gain less than this share of what was promised: the squares mislead
WALLS, TRIES = 6, 2  # that are kept in mind, and how many are put up one after the other before steps become shorter
KEPT, DONE = 1e-4, 0.1  # of what a step promises: what it must keep, and two steps together where one did not


def climb(
    scoring: Scoring, point: Array, *, evaluations: int, promise: float, patience: int | None = None
) -> Reached:  # fmt: skip
    """The lowest cost from a point, until the model promises less than `promise` of log-likelihood.

    With `patience` it also ends when so many evaluations, one after the other, gained less than 0.1 together, unless
    the model still promises more than 1: along a bent valley a search creeps before it runs. Where nothing can be
    integrated beyond, a wall is put into the model, so that the search goes along it.
    """
    here, used = scoring.at(point), 1
    if not here.usable:
        reason = here.likelihood.reason or "the cost or its slopes are not finite where the search began"
        return Reached(here.search, np.inf, here.likelihood, used, reason, False)
    radius = _first_radius(scoring, here)
    level, since, mark = here.cost, used, (here, used)
    walls: list[Array] = []
    blocked = 0
    while used < evaluations:
        if here.cost < level - LITTLE:
            level, since = here.cost, used
        if patience is not None and used - since >= patience and here.model.promise < WORTH:
            return Reached.stalled(here, used, patience)
        if here.model.promise < promise:
            return Reached.settled(here, used, promise)
        if used - mark[1] >= WINDOW:
            if mark[0].cost - here.cost < CREEP * mark[0].model.promise:
                break
            mark = (here, used)
        step, whole = here.model.walled(walls).step(radius)
        there, fall, ratio, more = _tried(scoring, here, step)
        length, used = here.model.length(step), used + more
        blocked = 0 if there.usable else blocked + 1
        if 0 < blocked <= TRIES:
            walls = [*walls, here.model.wall(step)][-WALLS:]
            continue
        flat = ratio <= KEPT and here.model.fall(step) < ROUGH and there.cost - here.cost < ROUGH
        far = bool((np.abs(step) > FAR * (scoring.upper - scoring.lower)).any())
        if flat and not far and not there.model.promise < here.model.promise:
            if here.model.promise >= WORTH:
                break
            return Reached.at(here, used, "converged: no step lowers the cost by more than its digits tell")
        radius = _radius(radius, length, ratio, fall, float(here.model.slope @ step))
        if flat or (more == 1 and (ratio >= 0.75 or (whole and ratio > 0.25))):
            radius = 2.0 * length
        if flat or ratio > KEPT:
            stiff = np.maximum(here.model.stiff, there.model.stiff)
            here = replace(there, model=replace(there.model, stiff=stiff))
        elif radius <= TINY * float(np.linalg.norm(here.model.stiff * here.search)):
            return Reached.stuck(here, used)
    return descend(scoring, here, used, evaluations=evaluations, promise=promise, patience=patience)


def _first_radius(scoring: Scoring, here: Place) -> float:
    whole, _ = here.model.step(np.inf)
    with np.errstate(divide="ignore"):
        return here.model.length(whole) * min(1.0, float((FIRST * scoring.longest / np.abs(whole)).min(initial=1.0)))


def _tried(scoring: Scoring, here: Place, step: Array) -> tuple[Place, float, float, int]:
    """Where a step leads, by how much the cost fell, that as a share of what was promised, and evaluations.

    A step that raises the cost because a valley bends is judged by where the next one leads, if that promises to make
    up for it: R. M. Chamberlain, M. J. D. Powell, C. Lemarechal and H. C. Pedersen, Math. Program. Study 16 (1982) 1.
    """
    there = scoring.at(here.search + step)
    fall, ratio = _compared(here, there, step)
    if ratio > KEPT or not there.usable:
        return there, fall, ratio, 1
    second, _ = there.model.step(here.model.length(step))
    if there.cost - there.model.fall(second) >= here.cost:
        return there, fall, ratio, 1
    beyond = scoring.at(there.search + second)
    made_up, share = _compared(here, beyond, step)
    return (beyond, made_up, share, 2) if share > DONE else (there, fall, ratio, 2)


def _compared(here: Place, there: Place, step: Array) -> tuple[float, float]:
    """By how much the cost fell, and that as a share of what was promised; minus infinity where it is not finite.

    The model is one of squares, whose logarithm the cost is once spreads adapt: a fall is that of squares.
    """
    if not there.usable:
        return -np.inf, -np.inf
    half = 0.5 * max(len(here.likelihood.residuals), 1)
    change = (there.cost - here.cost) / half
    fall = -half * float(np.expm1(min(change, 300.0)))
    promised = here.model.fall(step)
    return fall, fall / promised if promised > 0.0 else -1.0


def _radius(radius: float, length: float, ratio: float, fall: float, slope: float) -> float:
    """The next radius after a step that did not do what the model said: by the parabola through both ends."""
    if ratio > 0.25:
        return radius
    share = 0.5
    if ratio < 0.0:
        share = 0.5 * slope / (slope + fall) if np.isfinite(fall) else 0.1
    return min(radius, 10.0 * length) * min(max(share, 0.1), 0.5)
