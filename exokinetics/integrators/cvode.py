"""CVODE of SUNDIALS behind the protocol, through scikit-sundae: BDF with Newton's method and the analytic Jacobian."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import extra
from exokinetics.integrators.guard import INFINITE, NOT_ENOUGH, SHORTEST, TOO_SMALL, UNDEFINED, Guarded, finite
from exokinetics.integrators.lookout import Lookout
from exokinetics.integrators.protocol import Array, Leg, Sparse, Task
from exokinetics.integrators.silence import silence

LARGE, THIN = 800, 0.01  # from that many states and up to that share of entries a sparse elimination is faster
STOPPED = 1  # the status at the end of the stretch
CLAUSES = {
    -2: "the tolerances ask for more digits than there are",
    -3: TOO_SMALL,
    -4: "Newton's method did not converge with any step",
    -27: TOO_SMALL,
}


class Cvode:
    """CVODE stepped by hand, so that what was reached is kept when it breaks off."""

    name = "cvode"

    def __call__(self, task: Task) -> Leg:
        solver, walk, rhs = _cvode(), _Walk(task), Guarded(task.rhs)
        if not task.state.size:  # SUNDIALS knows no empty vector
            return Leg(walk.found, task.end, task.state)
        with silence(), np.errstate(all="ignore"):
            failure = _obstacle(task)
            if not failure:
                try:
                    failure = walk.run(_prepared(solver, task, rhs), rhs)
                except ArithmeticError:
                    failure = UNDEFINED
                except RuntimeError:
                    failure = "the solver could not continue"
        counts = {"steps": walk.steps, "evaluations": walk.evaluations + 1}
        sight = walk.lookout.sight(rose=walk.rose) if walk.lookout is not None else None
        return Leg(walk.found[: walk.filled], walk.time, walk.state, failure, counts, sight)


class _Walk:
    """From step to step: what was reached, and the states at the wanted times inside each step."""

    def __init__(self, task: Task) -> None:
        self.task, self.time, self.state = task, task.start, task.state
        self.found = np.empty((len(task.times), len(task.state)))
        self.filled, self.steps, self.evaluations = 0, 0, 0
        self.lookout = Lookout(task.watch) if task.watch is not None else None
        self.rose = False

    def run(self, solver: Any, rhs: Guarded) -> str:
        """Walk to the end; a clause if that is not reached."""
        end, looked_back = self.task.end, False
        solver.init_step(self.task.start, self.task.state)
        while True:
            step = solver.step(end, "onestep", end)
            if looked_back and step.t == self.time:  # it first says once more where it stands
                looked_back = False
                continue
            self.evaluations = int(step.nfev)
            if step.status < 0:
                return UNDEFINED if rhs.undefined else CLAUSES.get(step.status, "the solver could not continue")
            if not finite(step.y):
                return INFINITE
            if step.status != STOPPED and step.t - self.time <= SHORTEST * abs(step.t):
                # of the next, shorter one SUNDIALS would complain on standard output
                return UNDEFINED if rhs.undefined else TOO_SMALL
            time, state = step.t, step.y
            risen = self._risen(solver, time, state)
            if risen is not None:
                (time, state), self.rose = risen, True
            looked_back = self._fill(solver, time, state) or self.lookout is not None
            self.time, self.state, rhs.undefined = time, state, 0
            self.steps += 1
            if self.rose:
                return ""
            if step.status == STOPPED:
                return ""
            if self.steps >= self.task.max_steps:
                return f"{self.steps} {NOT_ENOUGH}"

    def _risen(self, solver: Any, end: float, last: Array) -> tuple[float, Array] | None:
        """Where in the step just taken something that is watched became true, and the state there."""
        if self.lookout is None:
            return None

        def inside(times: Array) -> Array:
            return np.array([solver.step(time, "normal").y for time in times.tolist()]).T

        return self.lookout.first(self.time, end, inside, last)

    def _fill(self, solver: Any, end: float, last: Array) -> bool:
        """The wanted times up to here, by the polynomial of the step just taken; whether that was asked."""
        wanted, asked = self.task.times, False
        while self.filled < len(wanted) and wanted[self.filled] <= end:
            time = float(wanted[self.filled])
            inside = time < end
            self.found[self.filled] = solver.step(time, "normal").y if inside else last
            self.filled, asked = self.filled + 1, asked or inside
        return asked


def _obstacle(task: Task) -> str:
    """Why not even a first step can be taken: SUNDIALS limits it to where no state moves by more than a tenth."""
    rate = task.rhs(task.start, task.state)
    if not finite(rate):
        return UNDEFINED
    fastest = float((np.abs(rate) / (0.1 * np.abs(task.state) + task.atol)).max(initial=0.0))
    return TOO_SMALL if not fastest * SHORTEST * max(abs(task.start), 1e-290) < 1.0 else ""


def _prepared(solver: Any, task: Task, rates: Guarded) -> Any:
    """A solver of the task, dense or sparse."""

    def rhs(t: float, x: Array, rate: Array) -> None:
        rate[:] = rates(t, x)

    def dense(t: float, x: Array, rate: Array, matrix: Array) -> None:
        matrix[:] = task.jacobian(t, x)

    options = {"rtol": max(task.rtol, 2.3e-14), "atol": task.atol}
    sparse, size = task.sparse, len(task.state)
    if sparse is None or size < LARGE or len(sparse.rows) > THIN * size * size:
        return solver(rhs, jacfn=dense, linsolver="dense", **options)

    def entries(t: float, x: Array, rate: Array, values: Array) -> None:
        values[:] = sparse.values(t, x)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that a pattern and a Jacobian are given
        return solver(rhs, jacfn=entries, linsolver="sparse", sparsity=_pattern(sparse, size), **options)


def _pattern(sparse: Sparse, size: int) -> Any:
    from scipy.sparse import csc_matrix

    starts: NDArray[np.int32] = np.searchsorted(sparse.columns, np.arange(size + 1)).astype(np.int32)
    return csc_matrix((np.ones(len(sparse.rows)), sparse.rows, starts), shape=(size, size))


def _cvode() -> Any:
    try:
        from sksundae.cvode import CVODE
    except ImportError as error:
        raise extra("scikit-sundae", "cvode") from error
    return CVODE
