"""The choice of an integrator by name."""

from __future__ import annotations

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.integrators.cvode import Cvode
from exokinetics.integrators.library import LIBRARY
from exokinetics.integrators.protocol import Integrator

COMPILED = ("auto", "ndf", "rodas5p")  # these run as machine code from the first time to the last
PLANNED = {"ssa": "sampling", "tau": "sampling"}
SOLVERS: dict[str, Integrator] = {**LIBRARY, "cvode": Cvode()}


def methods() -> list[str]:
    """The names that `method=` takes now."""
    return ["auto", *sorted([*SOLVERS, *COMPILED[1:]])]


def require_method(method: str) -> None:
    """Raise `WrongInput`, which names the nearest, if there is no method of that name."""
    if isinstance(method, str) and method in PLANNED:
        raise WrongInput(f"method '{method}' comes with {PLANNED[method]} and is not built yet; use one of {methods()}")
    if method not in methods():
        raise WrongInput(f"method '{method}' is not known{did_you_mean(str(method), methods())}")


def integrator(method: str) -> Integrator:
    """The solver of a library of that name; LSODA for the methods that are compiled."""
    require_method(method)
    return SOLVERS["lsoda" if method in COMPILED else method]
