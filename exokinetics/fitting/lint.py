"""What is odd in a fit but not wrong: what nothing sees, where nothing was measured, starts that cannot be run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import Issue
from exokinetics.fitting.prediction import Predictor
from exokinetics.fitting.specification import Condition, Measured


@dataclass(frozen=True)
class Look:
    """One point of the search: which estimated parameters something measured depends on there, or why none could be."""

    seen: NDArray[np.bool_]
    reason: str = ""


def odd_things(
    file: str, predictor: Predictor, conditions: Mapping[str, Condition], measured: Mapping[str, Measured],
    looks: Sequence[Look],
) -> list[Issue]:  # fmt: skip
    """Warnings that need the model to be run, besides those of the file itself."""
    found: list[Issue] = []

    def warn(key: str, sentence: str) -> None:
        found.append(Issue(file, key, sentence, "warning"))

    blocks = predictor.blocks()
    for name in conditions.keys() - {block.condition.id for block in blocks}:
        warn(f"condition.{name}", "nothing was measured in it; remove it, or name it in the data")
    for name in measured.keys() - {block.item.id for block in blocks}:
        warn(f"observable.{name}", "has no measurement; remove it, or fill its column")
    for name in predictor.estimated:
        item = predictor.quantities[name]
        if item.value in (item.lower, item.upper):
            warn(f"parameter.{name}", f"begins on a bound, {item.value:g} {item.unit}; move the value or the bound")
    if len(predictor.estimated) > len(predictor.observed):
        count = f"{len(predictor.estimated)} parameters for {len(predictor.observed)} measurements"
        warn("parameter", f"{count}: the data cannot determine all of them; hold some, with the reason")
    run = [look.seen for look in looks if not look.reason]
    if not run:
        warn("model", f"cannot be run at the nominal values nor at {len(looks) - 1} others: {looks[0].reason}")
        return found
    for name, visible in zip(predictor.estimated, np.any(run, axis=0), strict=True):
        if not visible:
            warn(f"parameter.{name}", "nothing measured depends on it; hold it with a reason, or measure what it moves")
    return found
