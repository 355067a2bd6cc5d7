"""Algebraic rules that need a root: each becomes the constraint of one variable, which a run determines at every time.

Which rule stands for which variable changes no solution, but a matrix is eliminated without exchanging rows: so each
rule must change with its own variable.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from exokinetics.expressions.derivative import derivative
from exokinetics.expressions.graph import ZERO, Node
from exokinetics.sbml.contents import Contents

CONSTANT, CHANGING, NONE = 0.0, 1.0, 1e6  # what it costs to take a variable: a slope that is a number cannot vanish


def written_as_constraints(contents: Contents, rules: Mapping[str, Node], free: Mapping[str, str]) -> dict[str, str]:
    """The variable (our id) of each rule that this package wrote as a constraint of it, if that is still possible."""
    ours = {name: own for own, name in free.items()}
    found = {name: ours[which] for name, which in contents.determined.items() if name in rules and which in ours}
    found = {name: own for name, own in found.items() if own in rules[name].symbols}
    return found if len(set(found.values())) == len(found) else {}


def matched(rules: Mapping[str, Node], unknowns: list[str]) -> dict[str, str] | str:
    """The unknown of each rule by which it changes, all different; the id of a rule for which none is left."""
    from scipy.optimize import linear_sum_assignment

    costs = [[_cost(rule, own) for own in unknowns] for rule in rules.values()]
    rows, columns = linear_sum_assignment(costs)
    found = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    for row, name in enumerate(rules):
        if row not in found or costs[row][found[row]] >= NONE:
            return name
    return {name: unknowns[found[row]] for row, name in enumerate(rules)}


def _cost(rule: Node, own: str) -> float:
    slope = derivative(rule, own)
    if slope is ZERO:
        return NONE
    return CONSTANT if slope.kind == "number" else CHANGING


def is_linear(rules: Mapping[str, Node], unknowns: list[str]) -> bool:
    """Whether no slope by an unknown depends on an unknown."""
    slopes = (derivative(rule, own) for rule in rules.values() for own in unknowns)
    return not any(slope.symbols & set(unknowns) for slope in slopes)


def without_start(contents: Contents, name: str) -> str:
    """Why no root can be looked for in a variable (the id of the file); empty if it can."""
    if name in contents.species:
        value: float | None = contents.species[name].value
    else:
        item = contents.quantities[name]
        if item.kind != "parameter":
            kind = {"compartment": "size of compartment", "reference": "stoichiometry"}[item.kind]
            return f"it needs a root for the {kind} '{name}', which is not supported; let an assignment rule compute it"
        value = item.value
    if name in contents.initials or (value is not None and math.isfinite(value)):
        return ""
    return f"it needs a root for '{name}', which has no value to begin from; give it an initial value"
