"""The choice of an integrator by name."""

from __future__ import annotations

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.integrators.cvode import Cvode
from exokinetics.integrators.library import LIBRARY
from exokinetics.integrators.protocol import Integrator

COMPILED = ("auto", "ndf", "rodas5p")  # these run as machine code from the first time to the last
PLANNED = {"ssa": "sampling", "tau": "sampling"}
SOLVERS: dict[str, Integrator] = {**LIBRARY, "cvode": Cvode()}

# Multiplications of one factorisation for each state. Measured on random networks of 10 to 100 states at equal
# tolerance: up to 9 Rodas5P is no slower down to 1e-8; from 14 on the NDF, which keep their factors, are about as fast
# at 1e-4 (0.85 to 1.6 times) and faster at 1e-6 (1.2 to 2.8) and 1e-10 (1.7 to 5.8), with errors up to a few times
# larger. On sparse models of 25 and 223 states Rodas5P takes 0.7 to 1 of their time at every tolerance down to 1e-12.
HEAVY = 15.0
LOOSE = 1e-3  # a tolerance from which on few steps are enough, of which Rodas5P needs the fewest


def chosen(work: float, rtol: float) -> tuple[str, str]:
    """The compiled method for one set, and why; `work`: multiplications of one factorisation for each state."""
    if work < HEAVY:
        return "rodas5p", f"rodas5p, since factors are cheap ({work:.0f} multiplications for each state)"
    if rtol > LOOSE:
        return "rodas5p", f"rodas5p, since few steps are enough at rtol {rtol:g}"
    return "ndf", f"ndf, since factors are worth keeping ({work:.0f} multiplications for each state)"


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
