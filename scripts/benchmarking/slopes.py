"""Sensitivities: which parameters count, the slopes that errors are measured against, and their error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

import numpy as np

from exokinetics.expressions.derivative import jacobian
from scripts.benchmarking.generated import HEAD, generated, statements
from scripts.benchmarking.precision import SMALL, SlopeTruth, Truth, error_of_slopes
from scripts.benchmarking.problems import Problem, varied
from scripts.benchmarking.truth import solved

COUNT = 25
TIGHT = 1e-12
GROUP = 5  # parameters integrated together, as the matrix of the truth is dense
STEP = 2e-3  # of each parameter, for the central differences: their own error is near the fourth power of it
MADE_BY = "scipy's Radau at 1e-12 for states and slopes together"


def chosen_parameters(made: Problem, count: int = COUNT) -> tuple[str, ...]:
    """Evenly spread over the parameters that have a range."""
    names = [name for name in made.model.parameters if varied(made.model.value(name))]
    return tuple(names[place] for place in np.linspace(0, len(names) - 1, count).round().astype(int))


def slope_truth(made: Problem, states: Truth, names: Sequence[str]) -> SlopeTruth:
    """The slopes at the values of the problem, and how far central differences of the states are from them."""
    values = np.array([made.values[made.inputs.index(name)] for name in names])
    groups = [names[first : first + GROUP] for first in range(0, len(names), GROUP)]
    slopes = np.concatenate([_integrated(made, states, group) for group in groups], axis=2)
    truth = SlopeTruth(tuple(names), values, slopes, states)
    return replace(truth, differences=error_of_slopes(_differences(made, states, names), truth))


def _integrated(made: Problem, states: Truth, names: Sequence[str]) -> np.ndarray:
    """States and slopes of a few parameters by scipy's Radau."""
    from scipy.integrate import solve_ivp

    right, matrix = generated(made).with_values(made.values)
    by_input, size, columns = _by_input(made, names), len(made.states), len(names)
    values = np.array([made.values[made.inputs.index(name)] for name in names])

    def rates(t: float, z: np.ndarray) -> np.ndarray:
        x, slopes = z[:size], z[size:].reshape(columns, size)
        # the slopes are those by ln p, which all have the unit of their species
        moved = slopes @ matrix(t, x).T + by_input(t, x) * values[:, None]
        return np.concatenate([right(t, x), moved.ravel()])

    def whole(t: float, z: np.ndarray) -> np.ndarray:
        # without the coupling of slopes to states, which Newton's method does not need
        return np.kron(np.eye(columns + 1), matrix(t, z[:size]))

    start = np.concatenate([made.start, np.zeros(size * columns)])
    limits = TIGHT * SMALL * np.tile(states.scale, columns + 1)
    found = solve_ivp(
        rates, (0.0, made.times[-1]), start, "Radau", made.times, jac=whole, rtol=TIGHT, atol=limits,
    )  # fmt: skip
    if not found.success:
        raise RuntimeError(f"{made.title} has no slopes to compare with: {found.message}")
    return np.asarray(found.y[size:].T.reshape(len(made.times), columns, size).swapaxes(1, 2))


def _by_input(made: Problem, names: Sequence[str]) -> Any:
    """df/dp as a function of time and state, shape (parameters, species)."""
    entries = jacobian(made.rates, tuple(names))
    keys = sorted(entries)
    places = {name: f"x[{index}]" for index, name in enumerate(made.states)}
    places |= {name: f"p[{index}]" for index, name in enumerate(made.inputs)} | {"time": "t"}
    body = "".join(f"    {line}\n" for line in statements([entries[key] for key in keys], places))
    path = made.sbml.with_name(f"{made.model.name}_by_{names[0].replace('.', '_')}.py")
    path.write_text(f"{HEAD}\n\ndef by_input(t, x, p, out):\n{body}    return out\n", "utf-8")
    described = spec_from_file_location(path.stem, path)
    assert described is not None and described.loader is not None
    module = module_from_spec(described)
    described.loader.exec_module(module)
    rows, columns = (np.array([key[place] for key in keys], int) for place in (0, 1))

    def by_input(t: float, x: np.ndarray) -> np.ndarray:
        out, dense = [0.0] * len(keys), np.zeros((len(names), len(made.states)))
        module.by_input(t, x.tolist(), made.values.tolist(), out)
        dense[columns, rows] = out
        return dense

    return by_input


def _differences(made: Problem, states: Truth, names: Sequence[str]) -> np.ndarray:
    """Central differences of fourth order between states solved by scipy's Radau at 1e-12."""
    values = made.values.copy()
    right, matrix = generated(made).with_values(values)
    found = []
    for name in names:
        place, total = made.inputs.index(name), 0.0
        for steps, weight in ((-2, 1.0), (-1, -8.0), (1, 8.0), (2, -1.0)):
            values[place] = made.values[place] * (1.0 + steps * STEP)
            total = total + weight * solved(right, matrix, made, "Radau", states.scale)
        values[place] = made.values[place]
        found.append(total / (12.0 * STEP))
    return np.stack(found, axis=-1)
