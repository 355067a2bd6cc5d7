"""Forward sensitivities: the state and its derivatives by inputs, integrated together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from exokinetics.errors import WrongInput
from exokinetics.integrators.protocol import Array
from exokinetics.simulation.steady import conserved_directions

if TYPE_CHECKING:
    from exokinetics.simulation.prepared import Prepared


def tangent_run(prepared: Prepared, vector: Array) -> tuple[Array, Array, str]:
    """Outputs (time, outputs), derivatives (time, outputs, inputs) and a reason if the integration broke off."""
    from exokinetics.simulation.prepared import follow

    if not prepared.inputs:
        raise WrongInput("sensitivities: prepare(..., sensitivities=True) or name the parameters")
    system, inputs, p = prepared.system, prepared.inputs, vector.tolist()
    states, columns = len(system.states), len(inputs)
    state, atol, reason = prepared.start(vector)
    if reason:
        return np.empty((0, 0)), np.empty((0, 0, 0)), reason
    by_input = system.input_jacobian(inputs)
    size = np.array([abs(vector[system.position[name]]) or 1.0 for name in inputs])

    def rhs(t: float, z: Array) -> Array:
        x, slopes = z[:states], z[states:].reshape(columns, states)
        moved = slopes @ system.jacobian(t, x, p).T + by_input(t, x, p).T
        return np.concatenate([system.rhs(t, x, p), moved.ravel()])

    def jacobian(t: float, z: Array) -> Array:
        # the coupling of slopes to states is left out: Newton's method needs the matrix only roughly
        return np.kron(np.eye(columns + 1), system.jacobian(t, z[:states], p))

    slopes = _start_slopes(prepared, vector, state)
    whole = np.concatenate([state, slopes.T.ravel()])
    loose = np.concatenate([atol, (atol[None, :] / size[:, None]).ravel()])
    found, _, failure, _ = follow(
        rhs, jacobian, whole, prepared.times, prepared.doses, prepared.method, prepared.rtol, loose
    )  # doses change states by amounts that no input moves, so the slopes behind them stay as they are
    if failure or len(found) < len(prepared.times):
        return np.empty((0, 0)), np.empty((0, 0, 0)), f"the sensitivities of {prepared.model.name}: {failure}"
    table = prepared.select(found[:, :states], vector)
    return table, _observed(prepared, vector, found), ""


def _start_slopes(prepared: Prepared, vector: Array, state: Array) -> Array:
    """d(state at time 0)/d(inputs), shape (states, inputs)."""
    system, inputs = prepared.system, prepared.inputs
    if prepared.steady:
        waiting = prepared.waiting_vector(vector).tolist()
        slopes = _steady_slopes(prepared, waiting, state)
        held = [index for index, name in enumerate(inputs) if name in prepared.model.start.values]
        slopes[:, held] = 0.0
    else:
        slopes = system.initial_jacobian(inputs)(0.0, np.empty(0), vector.tolist())
    slopes[list(prepared.overrides), :] = 0.0
    return slopes


def _steady_slopes(prepared: Prepared, p: list[float], state: Array) -> Array:
    """From f(x, p) = 0 and the conserved totals of the initial state: J dx = -df/dp and w dx = w dx0."""
    system, inputs = prepared.system, prepared.inputs
    slope = system.jacobian(0.0, state, p)
    conserved = conserved_directions(slope)
    before = system.initial_jacobian(inputs)(0.0, np.empty(0), p)
    matrix = np.vstack([slope, conserved])
    target = np.vstack([-system.input_jacobian(inputs)(0.0, state, p), conserved @ before])
    return np.asarray(np.linalg.lstsq(matrix, target, rcond=1e-14)[0])


def _observed(prepared: Prepared, vector: Array, found: Array) -> Array:
    """d(outputs)/d(inputs) = dg/dx S + dg/dp at every time."""
    system, p = prepared.system, vector.tolist()
    states, columns = len(system.states), len(prepared.inputs)
    by_state = system.output_jacobian(prepared.outputs, system.states)
    by_input = system.output_jacobian(prepared.outputs, prepared.inputs)
    slopes = np.empty((len(found), len(prepared.outputs), columns))
    for row, (time, z) in enumerate(zip(prepared.times, found, strict=True)):
        x, inner = z[:states], z[states:].reshape(columns, states)
        slopes[row] = by_state(time, x, p) @ inner.T + by_input(time, x, p)
    return slopes
