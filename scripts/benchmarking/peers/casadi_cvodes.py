"""CasADi: its expressions built from our graph, CVODES with a sparse direct solver, C code where there is gcc."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

import numpy as np

from exokinetics.expressions.graph import Node, topological
from scripts.benchmarking.generated import is_inverse
from scripts.benchmarking.peer import Peer, Run, Sets, Solver
from scripts.benchmarking.precision import SlopeTruth, Truth, absolute
from scripts.benchmarking.problems import Problem

LOGIC = {"and": "logic_and", "or": "logic_or"}
RELATIONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}
FUNCTIONS = {"abs": "fabs", "min": "fmin", "max": "fmax"}


def compiler() -> bool:
    """Whether CasADi can compile C here."""
    return shutil.which("gcc") is not None


def equations(problem: Problem) -> tuple[Any, Any, Any, Any]:
    """Time, states, constants and rates as CasADi symbols."""
    import casadi

    t, x, p = (casadi.SX.sym(name, size) for name, size in _sizes(problem))
    known = {name: x[index] for index, name in enumerate(problem.states)}
    known |= {name: p[index] for index, name in enumerate(problem.inputs)} | {"time": t}
    values: dict[Node, Any] = {}
    for node in topological(problem.rates):
        values[node] = expression(node, values, known)
    return t, x, p, casadi.vertcat(*(values[rate] for rate in problem.rates))


def _sizes(problem: Problem) -> tuple[tuple[str, int], ...]:
    return ("t", 1), ("x", len(problem.states)), ("p", len(problem.inputs))


def expression(node: Node, values: dict[Node, Any], known: dict[str, Any]) -> Any:
    """One node over the CasADi expressions of its children."""
    import casadi

    args = [values[child] for child in node.args]
    if node.kind == "number":
        return casadi.SX(float(node.payload))
    if node.kind == "symbol":
        return known[str(node.payload)]
    if node.kind == "sum":
        return sum(args[1:], args[0])
    if node.kind == "product":
        return _product(node, values)
    if node.kind == "power":
        return 1.0 / args[0] if is_inverse(node) else args[0] ** args[1]
    if node.kind == "piecewise":
        return casadi.if_else(args[1], args[0], args[2])
    if node.kind == "relation":
        return getattr(casadi, RELATIONS[str(node.payload)])(*args)
    if node.kind == "logic":
        return _logic(str(node.payload), args)
    if node.payload == "hill":
        ratio = (casadi.fmax(args[0], 0.0) / args[1]) ** args[2]
        return ratio / (1.0 + ratio)
    return getattr(casadi, FUNCTIONS.get(str(node.payload), str(node.payload)))(*args)


def _product(node: Node, values: dict[Node, Any]) -> Any:
    import casadi

    result = casadi.SX(1.0)
    for child in node.args:
        result = result / values[child.args[0]] if is_inverse(child) else result * values[child]
    return result


def _logic(operator: str, args: list[Any]) -> Any:
    import casadi

    if operator == "not":
        return casadi.logic_not(args[0])
    result = args[0]
    for arg in args[1:]:
        result = getattr(casadi, LOGIC[operator])(result, arg)
    return result


def integrator(problem: Problem, truth: Truth, tolerance: float, *, compiled: bool) -> Any:
    """The integrator over the grid of the problem; CasADi takes one absolute tolerance."""
    import casadi

    t, x, p, rates = equations(problem)
    options = {
        "reltol": tolerance, "abstol": float(absolute(tolerance, truth).min()), "max_num_steps": 10_000_000,
        "newton_scheme": "direct", "linear_solver": "qr", "show_eval_warnings": False,
    }  # fmt: skip
    if compiled:
        options |= {"jit": True, "compiler": "shell", "jit_options": {"flags": ["-O2"], "compiler": "gcc"}}
    equation = {"t": t, "x": x, "p": p, "ode": rates}
    return casadi.integrator("solve", "cvodes", equation, 0.0, problem.times.tolist(), options)


def open_(problem: Problem, truth: Truth, *, trial: bool, compiled: bool = True) -> Solver:
    """An integrator per tolerance; what it computes does not depend on whether it is compiled, so trials are not."""

    def at(tolerance: float) -> Run:
        solve = integrator(problem, truth, tolerance, compiled=compiled and not trial and compiler())
        return Run(lambda: solve(x0=problem.start, p=problem.values)["xf"].full(), np.transpose)

    return at


def open_uncompiled(problem: Problem, truth: Truth, *, trial: bool) -> Solver:
    """On CasADi's own virtual machine."""
    return open_(problem, truth, trial=trial, compiled=False)


def slopes(problem: Problem, truth: SlopeTruth, *, trial: bool, compiled: bool = True) -> Solver:
    """CasADi's forward derivative of the integrator in the directions of all parameters at once."""
    import casadi

    places = [problem.inputs.index(name) for name in truth.names]
    seeds = np.zeros((len(problem.inputs), len(places)))
    seeds[places, range(len(places))] = truth.values
    states, columns, times = len(problem.states), len(places), len(problem.times)

    def read(found: Any) -> np.ndarray:
        # side by side for each parameter: the states at all times
        table: np.ndarray = found["fwd_xf"].full()
        return table.reshape(states, columns, times).transpose(2, 0, 1)

    def at(tolerance: float) -> Run:
        quick = compiled and not trial and compiler()
        solve = integrator(problem, truth.states, tolerance, compiled=quick).forward(columns)
        known = {"x0": problem.start, "p": problem.values, "out_xf": casadi.DM.zeros(states, times)}
        return Run(lambda: solve(**known, fwd_p=seeds), read)

    return at


def slopes_uncompiled(problem: Problem, truth: SlopeTruth, *, trial: bool) -> Solver:
    """On CasADi's own virtual machine."""
    return slopes(problem, truth, trial=trial, compiled=False)


def sets(problem: Problem, truth: Truth, names: Sequence[str], tolerance: float) -> Sets:
    """A loop over the sets in Python."""
    solve_one = integrator(problem, truth, tolerance, compiled=compiler())
    places = [problem.inputs.index(name) for name in names]
    size = (len(problem.times), len(problem.states))

    def solve(table: np.ndarray) -> np.ndarray:
        results, values = np.full((len(table), *size), np.nan), problem.values.copy()
        for index, row in enumerate(table):
            values[places] = row
            try:
                results[index] = solve_one(x0=problem.start, p=values)["xf"].full().T
            except RuntimeError:
                continue  # a set that fails stays without numbers
        return results

    return lambda table: Run(lambda: solve(table))


PEERS = (
    Peer(
        "casadi", "CasADi, compiled", ("casadi",),
        "CVODES with sparse QR, C code of gcc -O2 where there is gcc; one absolute tolerance", open_, sets, slopes,
    ),
    Peer(
        "casadi-vm", "CasADi, virtual machine", ("casadi",),
        "CVODES with sparse QR, expressions interpreted; one absolute tolerance", open_uncompiled,
        slopes=slopes_uncompiled,
    ),
)  # fmt: skip
