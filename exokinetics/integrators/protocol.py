"""What every integrator takes and gives, and the choice of one by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import WrongInput, did_you_mean

Array = NDArray[np.float64]
MAX_STEPS = 200_000


@dataclass(frozen=True)
class Task:
    """One smooth stretch to integrate: dx/dt = rhs(t, x) from `start` to `end`, wanted at `times` in (start, end]."""

    rhs: Callable[[float, Array], Array]
    jacobian: Callable[[float, Array], Array]
    state: Array
    start: float
    end: float
    times: Array
    rtol: float
    atol: Array
    max_steps: int = MAX_STEPS


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


class Integrator(Protocol):
    """Solves one stretch; its results do not depend on where output is wanted."""

    name: str

    def __call__(self, task: Task) -> Leg: ...


PLANNED = {"rodas5p": "the compiled engine", "cvode": "the extra 'cvode'", "ssa": "sampling", "tau": "sampling"}


def methods() -> list[str]:
    """The names that `method=` takes now."""
    return ["auto", "bdf", "lsoda", "radau"]


def integrator(method: str) -> Integrator:
    """The integrator of that name; `WrongInput` names the nearest."""
    from exokinetics.integrators.library import LIBRARY

    name = "lsoda" if method == "auto" else method
    if name in LIBRARY:
        return LIBRARY[name]
    if name in PLANNED:
        raise WrongInput(f"method '{method}' comes with {PLANNED[name]} and is not built yet; use one of {methods()}")
    raise WrongInput(f"method '{method}' is not known{did_you_mean(str(method), methods())}")
