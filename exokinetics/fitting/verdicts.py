"""What a profile says of a parameter, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exokinetics.fitting.minimising import search_bounds
from exokinetics.fitting.problem import Problem
from exokinetics.fitting.restricted import Held

ALONG = 0.99  # correlation along a profile from which two parameters change together
SHARE = 0.3  # of the way of the profiled parameter, on the search scale, that the other must go at least


@dataclass(frozen=True)
class Walk:
    """One side of a profile: its points outward, where it ends on the search scale, and whether the data end it."""

    points: tuple[Held, ...]
    end: float
    closed: bool
    broken: bool = False


def verdict(problem: Problem, name: str, best: Held, below: Walk, above: Walk) -> str:
    """Identified, open to one side, or open; with what happened on the way."""
    item = problem.quantities[name]
    low, high = (f"{item.from_search(walk.end):.4g}" for walk in (below, above))
    unit = "" if item.unit == "dimensionless" else f" {item.unit}"
    if below.closed and above.closed:
        said = f"is identified: {low} to {high}{unit} at 95 %"
    elif below.closed:
        said = f"has no upper limit within the bounds: the data only say at least {low}{unit}"
    elif above.closed:
        said = f"has no lower limit within the bounds: the data only say at most {high}{unit}"
    else:
        partners = changing_together(problem, name, best, below, above)
        said = (
            f"cannot be told apart from {' and '.join(partners)}: they change together"
            if partners
            else f"is not identified: any value from {low} to {high}{unit} describes the data as well"
        )
    if below.broken or above.broken:
        said += "; the model could not be integrated beyond the last point"
    stopped = on_a_bound(problem, name, best, below, above)
    if stopped:
        said += f"; on the way {' and '.join(stopped)} reached a bound, so the interval depends on that bound"
    return said + "."


def changing_together(problem: Problem, name: str, best: Held, below: Walk, above: Walk) -> list[str]:
    """Parameters that change along the whole profile in step with this one."""
    path = np.array([point.search for point in (*reversed(below.points), best, *above.points)])
    index = problem.estimated.index(name)
    if len(path) < 3:
        return []
    ways = np.ptp(path, axis=0)
    found = []
    for other, way in enumerate(ways):
        if other == index or way < SHARE * ways[index]:
            continue
        # on the search scale a product or a ratio is a straight line; a partner that meets its bound bends it
        if abs(np.corrcoef(path[:, index], path[:, other])[0, 1]) > ALONG:
            found.append(problem.estimated[other])
    return found


def on_a_bound(problem: Problem, name: str, best: Held, below: Walk, above: Walk) -> list[str]:
    """Other parameters that were within their bounds at the optimum and lay on one along the profile."""
    lower, upper = search_bounds(problem)
    margin = 1e-6 * (upper - lower)

    def at(point: Held) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        return np.asarray((point.search <= lower + margin) | (point.search >= upper - margin))

    hit = np.zeros(len(lower), bool)
    for point in (*below.points, *above.points):
        hit |= at(point)
    hit &= ~at(best)
    return [other for other, reached in zip(problem.estimated, hit, strict=True) if reached and other != name]
