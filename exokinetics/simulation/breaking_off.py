"""Why an integration broke off, as a sentence: what happened to which species, when, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exokinetics.compiler import System
from exokinetics.integrators import Array
from exokinetics.integrators.guard import NOT_ENOUGH
from exokinetics.simulation.breaking_constraints import following, jumping, undetermined

SOON = 1e-3  # of the time reached: solvers give up so long before a pole
NOW = 1e-9  # of the time reached: so near to a pole no other solver gets any further
HUGE = 1e100  # with what grew to this, products overflow
ONWARD = 1e-9  # of the time reached: a little later
TINY = 1e-300
OTHER = ", or try method='radau' or a looser rtol"


@dataclass(frozen=True)
class Cause:
    """What happened and to what, and what to do; `final`: no other solver would get further."""

    clause: str
    remedy: str
    final: bool = False


@dataclass(frozen=True)
class End:
    """The last good state and what it was reached by: the time in the rates, the time that has passed, what is held."""

    system: System
    inputs: Sequence[float]
    time: float
    state: Array
    passed: float
    held: Sequence[int] = ()

    def rate(self, state: Array, later: float = 0.0) -> Array:
        """The rates of a state; of what constraints determine, those that follow from the others."""
        rate = self.system.rhs(self.time * (1.0 + later), state, self.inputs)
        rate[list(self.held)] = 0.0
        if self.system.algebraic:
            following(self.system, rate, self.system.jacobian(self.time, state, self.inputs))
        return rate

    def name(self, places: Array) -> str:
        """The species at the largest of some numbers, in quotes."""
        return f"'{self.system.states[int(np.argmax(places))]}'"


def cause_of(end: End, failure: str, method: str) -> Cause:
    """The cause of a `failure` by that method ("": there was none to choose).

    What no rule explains names the species that moves fastest for its size: that is where to look.
    """
    with np.errstate(all="ignore"):
        found = _no_number(end)
        if not found and NOT_ENOUGH not in failure:  # where steps ran out, nothing need be near an end
            found = _constrained(end) or _runaway(end) or _emptied(end)
        return found or _fast(end, failure, method)


def _no_number(end: End) -> Cause | None:
    remedy = "look at what it divides by, and takes roots and logarithms of"
    if not np.isfinite(end.state).all():
        value = "value" if end.passed else "initial value"
        return Cause(f"the {value} of {end.name(~np.isfinite(end.state))} is not a finite number", remedy, True)
    for later in (0.0, ONWARD):
        undefined = ~np.isfinite(end.rate(end.state, later))
        if undefined.any() and np.abs(end.state).max() < HUGE:
            return Cause(f"the rate of {end.name(undefined)} is not a finite number", remedy)
    return None


def _constrained(end: End) -> Cause | None:
    if not end.system.algebraic:
        return None
    jump = jumping(end.system, end.time, end.state, end.inputs)
    if jump:
        return Cause(jump, "write it without a comparison of species", True)
    name = undetermined(end.system, end.time, end.state, end.inputs, end.rate(end.state), SOON * end.passed)
    if not name:
        return None
    remedy = f"its slope by {name} vanishes there; look at which of its roots is followed"
    return Cause(f"the constraint of {name} determines it no longer", remedy, True)


def _runaway(end: End) -> Cause | None:
    """Growth to numbers too large, or as x' ~ x^n with n above 1, which is infinite after x/((n - 1) x').

    The exponent is that of this moment: x (J x')/x'^2.
    """
    state, rate = end.state, end.rate(end.state)
    remedy = "look at the rates that make it"
    grown = np.where((rate * state > 0.0) | ~np.isfinite(rate), np.abs(state), 0.0)
    if grown.max(initial=0.0) > HUGE:
        return Cause(f"{end.name(grown)} grew to {grown.max():.0e} and goes on growing", remedy, True)
    onward = end.system.jacobian(end.time, state, end.inputs) @ rate
    left = state / rate / (state * onward / rate**2 - 1.0)
    left = np.where((grown > 0.0) & (left > 0.0), left, np.inf)
    if not left.min(initial=np.inf) <= SOON * end.passed:
        return None
    return Cause(f"{end.name(-left)} grows to infinity in finite time", remedy, bool(left.min() <= NOW * end.passed))


def _emptied(end: End) -> Cause | None:
    """A species that cannot be negative and is taken away at a rate that does not vanish with it."""
    rate = end.rate(end.state)
    soon = np.abs(rate) * SOON * end.passed
    if (end.system.nonnegative & (end.state < -soon)).any():
        return None  # something else has made a state negative, and others with it
    nearly = end.system.nonnegative & (rate < 0.0) & (end.state <= soon)
    for index in np.flatnonzero(nearly):
        if takes_from_nothing(end, int(index)):
            name = f"'{end.system.states[index]}'"
            return Cause(f"{name} would become negative, which it cannot be", lossy(name), True)
    return None


def takes_from_nothing(end: End, index: int) -> bool:
    """Whether the rate of a state is below zero when the state is zero."""
    without = end.state.copy()
    without[index] = 0.0
    return bool(end.rate(without)[index] < 0.0)


def lossy(name: str) -> str:
    """What to do about a loss that does not end."""
    return f"its loss goes on when nothing is left; let the rates that take {name} vanish with it"


def _fast(end: End, failure: str, method: str) -> Cause:
    speed = np.abs(np.nan_to_num(end.rate(end.state))) / np.maximum(np.abs(end.state), TINY)
    other = {"": "", "auto": ", or try a looser rtol", "radau": ", or try a looser rtol"}
    name = end.name(speed) if speed.size else "its observables"
    return Cause(failure, f"look at {name}{other.get(method, OTHER)}")
