"""What is watched of a model, and the memory that a lookout works in: of one set, or of sets in lanes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.integrators.driving.acting import CELLS as ACTING
from exokinetics.integrators.driving.context import PLACE
from exokinetics.integrators.driving.method import Method
from exokinetics.integrators.driving.question import Question, Shared, Whole, address_of, padded
from exokinetics.integrators.driving.seeing import CELLS, COUNTS
from exokinetics.integrators.lookout import PLACES
from exokinetics.integrators.protocol import Array
from exokinetics.integrators.workspace import Workspace
from exokinetics.machine.kernels import Kernels


@dataclass(frozen=True)
class Watched:
    """The address of `look(t, x, p, out)`, which writes `count` numbers: `truths`, then `roots` that change with them.

    `act(t, x, p, out)` writes new values of states, `targets`; those of one that becomes true are `counts` values from
    `starts` on, where that is all there is to it, else `counts` is -1. One that follows another after no more than
    `gap` is left to others. `at_first` (truths) is what is true before the start, and `look_in_lanes` is `look` for
    rows of all lanes, where sets are followed in lanes.
    """

    look: int
    count: int
    truths: int
    roots: int
    act: int
    targets: Whole
    starts: Whole
    counts: Whole
    gap: float
    at_first: Array
    look_in_lanes: int = 0

    def sizes(self, look: int) -> dict[str, int]:
        """By the names of the context, with the function that looks."""
        return {
            "watch_kernel": look, "effects_kernel": self.act, "truths": self.truths, "roots": self.roots,
            "watched": self.count, "places": len(PLACES),
        }  # fmt: skip


def lookout_arrays(watched: Watched, states: int) -> dict[str, NDArray[Any]]:
    """What the lookout of one set works in, by the names of the context."""
    count, places = max(watched.count, 1), len(PLACES)
    acting = np.zeros(len(ACTING))
    acting[ACTING.index("gap")] = watched.gap
    return {
        **{name: np.zeros(count) for name in ("seen", "fell", "sight", "kept", "crossings")}, "halt": np.zeros(1),
        "shares": np.array(PLACES), "sights": np.zeros(count * (places + 1)), "place_times": np.zeros(places + 1),
        "lookout": np.zeros(len(CELLS)), "lookout_counts": np.zeros(len(COUNTS), np.int64),
        "acting": acting, "acted": np.zeros(1, np.int64), "spare": np.zeros(padded(states)),
        "effects": np.zeros(max(len(watched.targets), 1)), "effect_target": watched.targets,
        "effect_start": watched.starts, "effect_count": watched.counts, "numbers": np.arange(count, dtype=float),
    }  # fmt: skip


class WatchedWorkspace(Workspace):
    """That of sets in lanes, with what is seen of each, and beside it that of one set, into which a step is copied."""

    def __init__(self, kernels: Kernels, question: Question, method: Method, watched: Watched) -> None:
        super().__init__(kernels, None, method)
        lanes, count = kernels.lanes, max(watched.count, 1)
        one = replace(kernels, lanes=1)
        self._alone, self._shared = Workspace(one, None, method), Shared(one, question)
        arrays = lookout_arrays(watched, kernels.states)
        arrays["acting"][ACTING.index("free")] = 1.0
        self._alone.take(self._shared, arrays, 0)
        for name, size in watched.sizes(watched.look).items():
            self._alone.context[PLACE[name]] = size
        sizes = {"seen": count, "sight": count, "sights": count * (len(PLACES) + 1), "halt": 1, "since": 1}
        sizes |= {"step_end": 1, "noticed": 1}
        own: dict[str, NDArray[np.generic]] = {name: _aligned(size * lanes) for name, size in sizes.items()}
        own |= {"shares": np.array(PLACES), "at_first": watched.at_first}
        self._kept = arrays, own
        for name, array in own.items():
            self._own[PLACE[name]] = address_of(array)
        for name, size in watched.sizes(watched.look_in_lanes).items():
            self._own[PLACE[name]] = size
        self._own[PLACE["alone"]] = self._alone.address


def _aligned(size: int) -> Array:
    """Zeros that begin where a line of the processor's cache does, as rows of lanes have to."""
    raw = np.zeros(size + 8)
    skipped = (-address_of(raw) // 8) % 8
    return raw[skipped : skipped + size]
