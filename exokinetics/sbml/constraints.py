"""Algebraic rules that need a root: each becomes the constraint of one variable, which a run determines at every time.

Which rule stands for which variable changes no solution, but a matrix is eliminated without exchanging rows: so each
rule must change with its own variable.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from exokinetics.expressions.derivative import derivative
from exokinetics.expressions.graph import ZERO, Node, substitute
from exokinetics.sbml.contents import Contents

LEAST = 1e-3  # of the largest number in a rule: solved for less, it would lose as many digits
CONSTANT, CHANGING, NONE = 0.0, 1.0, 1e6  # what it costs to take a variable: a slope that is a number cannot vanish


def written_as_constraints(contents: Contents, rules: Mapping[str, Node], free: Mapping[str, str]) -> dict[str, str]:
    """The variable (our id) of each rule that this package wrote as a constraint of it, if that is still possible."""
    ours = {name: own for own, name in free.items()}
    found = {name: ours[which] for name, which in contents.determined.items() if name in rules and which in ours}
    found = {name: own for name, own in found.items() if own in rules[name].symbols}
    return found if len(set(found.values())) == len(found) else {}


def reduced(
    rules: Mapping[str, Node], unknowns: list[str], least: Mapping[str, float], preferred: Collection[str]
) -> tuple[dict[str, Node], dict[str, Node]]:
    """The unknowns that stand in a rule times a number, solved for, and the rules that are left with these put in.

    So rules that only add up need no root, and no pivot of theirs can cancel. Of several unknowns of a rule it is
    solved for a `preferred` one, else for that with the largest number. A number up to `least` of its rule is none.
    """
    solved: dict[str, Node] = {}
    left = dict(rules)
    for name in rules:
        slopes = {own: derivative(left[name], own) for own in unknowns if own in left[name].symbols}
        sizes = {own: abs(float(slope.payload)) for own, slope in slopes.items() if slope.kind == "number"}
        sizes = {own: size for own, size in sizes.items() if size > least[name]}
        likely = [own for own, size in sizes.items() if size >= LEAST * max(sizes.values())]
        if not likely:
            continue
        own = max(likely, key=lambda each: (each in preferred, sizes[each]))
        (at_zero,) = substitute([left.pop(name)], {own: ZERO})
        solved[own] = -at_zero / slopes[own]
        left = dict(zip(left, substitute(list(left.values()), {own: solved[own]}), strict=True))
    return solved, left


def matched(rules: Mapping[str, Node], unknowns: list[str], least: Mapping[str, float]) -> dict[str, str] | str:
    """The unknown of each rule by which it changes, all different; the id of a rule for which none is left.

    A slope that is a number up to `least` of its rule is none.
    """
    from scipy.optimize import linear_sum_assignment

    costs = [[_cost(rule, own, least[name]) for own in unknowns] for name, rule in rules.items()]
    rows, columns = linear_sum_assignment(costs)
    found = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    for row, name in enumerate(rules):
        if row not in found or costs[row][found[row]] >= NONE:
            return name
    return {name: unknowns[found[row]] for row, name in enumerate(rules)}


def _cost(rule: Node, own: str, least: float) -> float:
    slope = derivative(rule, own)
    if slope.kind != "number":
        return CHANGING
    return CONSTANT if abs(float(slope.payload)) > least else NONE


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
