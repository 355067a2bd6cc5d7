"""Combinations of species that no reaction of a model changes, such as a receptor, free and bound."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from exokinetics.expressions.graph import ONE, Node, multiply, number, substitute
from exokinetics.model.whole import Model

LARGEST = 1_000  # states for which they are looked for: the work grows with the cube
NEGLIGIBLE = 1e-9  # beside the largest number of a reaction: what rounding leaves of a zero is far below


def conserved_totals(model: Model) -> list[dict[str, float]] | None:
    """The weights of the species in each total, one of them 1; None for models of more than 1000 species.

    Sizes of compartments have their values in the model. Species that nothing changes are in no total, and neither are
    those that events set. What is conserved only by the values of rates is not found.
    """
    moving = changing_states(model)
    if len(model.species) > LARGEST:
        return None
    if not moving:
        return []
    position = {name: index for index, name in enumerate(moving)}
    columns: dict[Node, NDArray[np.float64]] = {}
    for reaction in model.whole.reactions.values():
        amount, base = _split(reaction.rate, model)
        column = columns.setdefault(base, np.zeros(len(moving)))
        for name, change in reaction.changes:
            if change:
                column[position[name]] += amount * change
    rows = [column for column in columns.values() if column.any()]
    rows += [np.eye(len(moving))[position[name]] for name in moving if name in _set_by_events(model)]
    return [
        {name: float(weight) for name, weight in zip(moving, found, strict=True) if weight}
        for found in _null_space(np.array(rows).reshape(len(rows), len(moving)))
    ]


def changing_states(model: Model) -> list[str]:
    """The species that a reaction or an event changes."""
    changed = {name for reaction in model.whole.reactions.values() for name, amount in reaction.changes if amount}
    changed |= _set_by_events(model)
    return [name for name in model.species if name in changed]


def _set_by_events(model: Model) -> set[str]:
    return {name for event in model.whole.events.values() for name in event.assignments}


def _split(rate: Node, model: Model) -> tuple[float, Node]:
    """A rate as a number and what it is multiplied by; those of one process in several sizes share the latter.

    A file of others names the rate of a process, and all constants beside it make the number. Elsewhere only sizes do:
    two species that are made at rates of the same shape are not in a fixed ratio by structure.
    """
    whole = model.whole
    factors = rate.args if rate.kind == "product" else (rate,)
    named = any(factor.kind == "symbol" and str(factor.payload) in whole.observables for factor in factors)
    constants = {name: item.value.value for name, item in whole.parameters.items() if named or item.compartment}
    used = {name: number(constants[name]) for name in rate.symbols & constants.keys()}
    (law,) = substitute([rate], used) if used else (rate,)
    if law.kind == "number":
        return float(law.payload), ONE
    if law.kind == "product" and law.args[0].kind == "number" and np.isfinite(float(law.args[0].payload)):
        return float(law.args[0].payload), multiply(*law.args[1:])
    return 1.0, law


def _null_space(rows: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """The vectors that every row is orthogonal to, by elimination, so that small whole numbers stay such."""
    table = rows / np.abs(rows).max(axis=1, keepdims=True, initial=1e-300)
    pivots: list[int] = []
    for column in range(table.shape[1]):
        below = table[len(pivots) :, column]
        if not below.size:
            break
        best = int(np.argmax(np.abs(below))) + len(pivots)
        if abs(table[best, column]) <= NEGLIGIBLE:
            continue
        row = len(pivots)
        table[[row, best]] = table[[best, row]]
        table[row] /= table[row, column]
        others = np.arange(len(table)) != row
        table[others] -= np.outer(table[others, column], table[row])
        pivots.append(column)
    found = []
    for free in sorted(set(range(table.shape[1])) - set(pivots)):
        vector = np.zeros(table.shape[1])
        vector[free] = 1.0
        vector[pivots] = -table[: len(pivots), free]
        vector[np.abs(vector) <= NEGLIGIBLE] = 0.0
        found.append(vector)
    return found


def total_text(weights: Mapping[str, float]) -> str:
    """A total as a sum, such as `receptor + 2 dimer`."""
    text = ""
    for name, weight in weights.items():
        sign = " - " if weight < 0.0 else " + "
        size = "" if abs(abs(weight) - 1.0) <= NEGLIGIBLE else f"{abs(weight):.4g} "
        text += (sign if text or weight < 0.0 else "") + size + name
    return text.strip()
