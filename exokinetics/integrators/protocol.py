"""What every integrator takes and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MAX_STEPS = 200_000


@dataclass(frozen=True)
class Sparse:
    """A Jacobian by what may be other than zero: `values(t, x)` at (`rows`, `columns`), ordered by column, then row."""

    values: Callable[[float, Array], Array]
    rows: NDArray[np.int32]
    columns: NDArray[np.int32]


@dataclass(frozen=True)
class Watch:
    """What is watched: `look(t, x)` gives `truths` numbers, 1 where something is true and 0 where it is not, then
    `roots` that pass through zero where that may change, and more for others. `seen` is what was seen at the start of a
    stretch. With `free` a solver that knows how may carry out what is simple by itself; `since` is when that was last.
    """

    look: Callable[[float, Array], Array]
    truths: int
    roots: int
    seen: Array
    free: bool = False
    since: float = -np.inf


@dataclass(frozen=True)
class Sight:
    """What a watch saw on a stretch: `fell` marks what became false, `seen` is the last look.

    Where something `rose` (became true), which ends the stretch, `seen` is the look just before.
    """

    seen: Array
    fell: NDArray[np.bool_]
    rose: bool = False


@dataclass(frozen=True)
class Task:
    """One smooth stretch to integrate: dx/dt = rhs(t, x) from `start` to `end`, wanted at `times` in (start, end].

    `jacobian` is dense; `sparse` is the same one, where it is known, for solvers that can use it. With a `watch`, the
    stretch ends where something that is watched becomes true.
    """

    rhs: Callable[[float, Array], Array]
    jacobian: Callable[[float, Array], Array]
    state: Array
    start: float
    end: float
    times: Array
    rtol: float
    atol: Array
    max_steps: int = MAX_STEPS
    sparse: Sparse | None = None
    watch: Watch | None = None


@dataclass(frozen=True)
class Leg:
    """What was reached: the states at the first `len(states)` of the wanted times, and the state at `time`.

    `failure` is empty on success, else a clause such as "the step became too small"; `state` is then the last good one.
    """

    states: Array
    time: float
    state: Array
    failure: str = ""
    statistics: dict[str, int] = field(default_factory=dict)
    sight: Sight | None = None


class Integrator(Protocol):
    """Solves one stretch; its results do not depend on where output is wanted."""

    name: str

    def __call__(self, task: Task) -> Leg: ...
