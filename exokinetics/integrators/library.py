"""scipy's stiff solvers behind the protocol: LSODA, BDF and Radau, with the analytic Jacobian."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from exokinetics.integrators.guard import INFINITE, NOT_ENOUGH, SHORTEST, TOO_SMALL, UNDEFINED, Guarded, finite
from exokinetics.integrators.lookout import Lookout
from exokinetics.integrators.protocol import Array, Integrator, Leg, Task

MAX_SHORT = 20  # steps one after another that are lost in rounding: LSODA would go on with them


class LibrarySolver:
    """A solver of scipy stepped by hand, so that what was reached is kept when it breaks off."""

    def __init__(self, name: str, solver: str) -> None:
        """`solver`: the name of the class in scipy.integrate, which is slow to import and seldom needed."""
        self.name, self._solver = name, solver

    def __call__(self, task: Task) -> Leg:
        import scipy.integrate

        wanted, found = task.times, np.empty((len(task.times), len(task.state)))
        filled, steps, short = 0, 0, 0
        time, state, failure = task.start, task.state, ""
        lookout = Lookout(task.watch) if task.watch is not None else None
        rose = False
        solver: Any = None
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                rhs = Guarded(task.rhs)
                solver = getattr(scipy.integrate, self._solver)(
                    rhs, task.start, task.state, task.end,
                    rtol=max(task.rtol, 2.3e-14), atol=task.atol, jac=task.jacobian,
                )  # fmt: skip
                while solver.status == "running":
                    message = solver.step()
                    if solver.status == "failed":
                        failure = _clause(message)
                        break
                    if not finite(solver.y):
                        failure = INFINITE
                        break
                    steps += 1
                    rhs.undefined = 0
                    risen = _risen(lookout, solver, time) if lookout is not None else None
                    if risen is not None:
                        filled = _fill(solver, wanted[wanted < risen[0]], found, filled)
                        (time, state), rose = risen, True
                        break
                    if filled < len(wanted) and wanted[filled] <= solver.t:
                        filled = _fill(solver, wanted, found, filled)
                    short = short + 1 if solver.t - time <= SHORTEST * abs(solver.t) else 0
                    time, state = solver.t, solver.y.copy()
                    if short > MAX_SHORT:
                        failure = TOO_SMALL
                        break
                    if steps >= task.max_steps and solver.status == "running":
                        failure = f"{steps} {NOT_ENOUGH}"
                        break
        except (ValueError, ArithmeticError, np.linalg.LinAlgError, RuntimeError):
            # the linear algebra inside refuses infinities: a rate overflowed or was undefined
            failure = UNDEFINED
        evaluations = int(solver.nfev) if solver is not None else 0
        sight = lookout.sight(rose=rose) if lookout is not None else None
        return Leg(found[:filled], time, state, failure, {"steps": steps, "evaluations": evaluations}, sight)


def _risen(lookout: Lookout, solver: Any, start: float) -> tuple[float, Array] | None:
    """Where in the step just taken something became true, and the state there."""
    inside: Any = solver.dense_output()
    return lookout.first(start, solver.t, inside, solver.y)


def _fill(solver: Any, wanted: Array, found: Array, filled: int) -> int:
    """Write the wanted times that lie in the step just taken, from the solver's own interpolation."""
    upto = int(np.searchsorted(wanted, solver.t, side="right"))
    inside = wanted[filled:upto]
    if not inside.size:
        return filled
    found[filled:upto] = solver.dense_output()(inside).T
    if inside[-1] == solver.t:
        found[upto - 1] = solver.y
    return upto


def _clause(message: str | None) -> str:
    text = (message or "").lower()
    if "step size" in text or "too small" in text or "spacing" in text:
        return TOO_SMALL
    return "the solver could not continue"


LIBRARY: dict[str, Integrator] = {
    "lsoda": LibrarySolver("lsoda", "LSODA"),
    "bdf": LibrarySolver("bdf", "BDF"),
    "radau": LibrarySolver("radau", "Radau"),
}
