"""What is watched of the events of a model, as integrators take it."""

from __future__ import annotations

import numpy as np

from exokinetics.compiler.events import Events
from exokinetics.integrators import Watched

SHORT = 1e-10  # of a run: as many events as may happen at one time in so short a while never end


def watched_of(events: Events, end: float, *, in_lanes: bool = False) -> Watched:
    """For runs up to `end`, of one set or of sets in lanes."""
    targets, starts, counts = list[int](), list[int](), list[int]()
    for action in events.actions:
        starts.append(len(targets) + 2)  # in front of its values stand its delay and its priority
        targets += [0, 0, *action.targets]
        counts.append(-1 if action.event.delay is not None else len(action.targets))
    first, second, third = (np.array(rows, np.int64) for rows in (targets, starts, counts))
    code = events.code
    return Watched(
        code.watch, code.watched, len(events.actions), len(events.roots), code.effects, first, second, third,
        SHORT * end, np.array([float(action.event.initially_true) for action in events.actions]),
        events.look_in_lanes if in_lanes else 0,
    )  # fmt: skip
