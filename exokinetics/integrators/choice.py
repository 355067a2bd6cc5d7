"""The choice of an integrator by name."""

from __future__ import annotations

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.integrators.cvode import Cvode
from exokinetics.integrators.library import LIBRARY
from exokinetics.integrators.protocol import Integrator

COMPILED = ("auto", "ndf", "rodas5p")  # these run as machine code from the first time to the last
TIGHT = 1e-9  # below this rtol NDF takes nine tenths of the time of Rodas5P on a large model, and more above it
LARGE = 100  # states; with fewer, eight stages cost no more than what NDF does beside its one
FILLED = 16.0  # numbers in the factors for each state, from which on factors that are kept are worth it at any rtol
MANY = 20  # stops; at each NDF begins anew with short steps of order 1
PLANNED = {"ssa": "sampling", "tau": "sampling"}
SOLVERS: dict[str, Integrator] = {**LIBRARY, "cvode": Cvode()}


def methods() -> list[str]:
    """The names that `method=` takes now."""
    return ["auto", *sorted([*SOLVERS, *COMPILED[1:]])]


def automatic(rtol: float, *, states: int, entries: int, stops: int) -> tuple[str, str]:
    """The compiled method for one set, and why; `entries`: numbers in the factors, `stops`: doses and switches."""
    fill = entries / max(states, 1)
    if stops > MANY:
        return "rodas5p", f"Rodas5P, for NDF would begin anew at each of {stops} doses and switches"
    if fill >= FILLED:
        return "ndf", f"NDF, for the factors hold {fill:.0f} numbers for each species, and it seldom renews them"
    if rtol < TIGHT and states >= LARGE:
        return "ndf", f"NDF, for rtol is {rtol:g}: below {TIGHT:g} its steps of one stage take less time"
    return "rodas5p", "Rodas5P, which is as fast as any on a model and tolerance like these"


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
