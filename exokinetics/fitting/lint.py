"""What is odd in a fit but not wrong: what nothing sees, where nothing was measured, starts that cannot be run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import Issue
from exokinetics.fitting.minimising import search_bounds
from exokinetics.fitting.problem import Likelihood, Problem
from exokinetics.simulation.sampling import unit_points

LOOKS = 4  # points at which the slopes are looked at, besides the nominal one


def odd_things(problem: Problem) -> list[Issue]:
    """Warnings that need the model to be run, besides those of the file itself."""
    file, found = str(problem.folder / "fit.toml"), []

    def warn(key: str, sentence: str) -> None:
        found.append(Issue(file, key, sentence, "warning"))

    measured_in = {block.condition.id for block in problem.predictor.blocks()}
    for name in problem.conditions:
        if name not in measured_in:
            warn(f"condition.{name}", "nothing was measured in it; remove it, or name it in the data")
    columns = {block.item.id for block in problem.predictor.blocks()}
    for name in problem.measured:
        if name not in columns:
            warn(f"observable.{name}", "has no measurement; remove it, or fill its column")
    for name in problem.estimated:
        item = problem.quantities[name]
        if item.value in (item.lower, item.upper):
            warn(f"parameter.{name}", f"begins on a bound, {item.value:g} {item.unit}; move the value or the bound")
    if len(problem.estimated) > len(problem.observed):
        count = f"{len(problem.estimated)} parameters for {len(problem.observed)} measurements"
        warn("parameter", f"{count}: the data cannot determine all of them; hold some, with the reason")
    seen, reasons = _seen(problem)
    if seen is None:
        warn("model", f"cannot be run at the nominal values nor at {LOOKS} others: {reasons[0]}")
        return found
    for name, visible in zip(problem.estimated, seen, strict=True):
        if not visible:
            warn(f"parameter.{name}", "nothing measured depends on it; hold it with a reason, or measure what it moves")
    return found


def _seen(problem: Problem) -> tuple[NDArray[np.bool_] | None, list[str]]:
    """For each estimated parameter whether anything moves with it; None and the reasons where nothing could be run."""
    lower, upper = search_bounds(problem)
    drawn = unit_points(len(lower), LOOKS, "lhs", (0, 0))
    seen, reasons = None, []
    for point in (problem.search_vector(), *(lower + (upper - lower) * drawn)):
        found = Likelihood(problem, point, slopes=True)
        if found.reason:
            reasons.append(found.reason)
            continue
        slopes = np.nan_to_num(np.vstack([found.mean_slopes, found.spread_slopes]))
        moved = (slopes != 0.0).any(axis=0)
        seen = moved if seen is None else seen | moved
    return seen, reasons
