"""The choice of an integrator by name."""

from __future__ import annotations

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.integrators.library import LIBRARY
from exokinetics.integrators.protocol import Integrator

PLANNED = {"rodas5p": "the compiled engine", "cvode": "the extra 'cvode'", "ssa": "sampling", "tau": "sampling"}


def methods() -> list[str]:
    """The names that `method=` takes now."""
    return ["auto", "bdf", "lsoda", "radau"]


def integrator(method: str) -> Integrator:
    """The integrator of that name; `WrongInput` names the nearest."""
    name = "lsoda" if method == "auto" else str(method)
    if name in LIBRARY:
        return LIBRARY[name]
    if name in PLANNED:
        raise WrongInput(f"method '{method}' comes with {PLANNED[name]} and is not built yet; use one of {methods()}")
    raise WrongInput(f"method '{method}' is not known{did_you_mean(str(method), methods())}")
