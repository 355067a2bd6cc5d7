"""Where rates jump by what the states are: derivatives have to be followed through such moments as through events."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from exokinetics.expressions.code import build_function
from exokinetics.expressions.graph import ONE, ZERO, Node, rebuild, relation, topological

SAMPLES, SAME = 5, 1e-9  # random places at which two branches are compared, and how near they are if they meet
WHOLE = ("floor", "ceil")


def jumps(rates: Sequence[Node], states: Collection[str]) -> list[Node]:
    """The comparisons over states at which rates may jump, such as `x < 2` in `piecewise(1, x < 2, 3)`.

    Left out is where both branches meet, as those of `piecewise(x, x > 0, 0)` do: no more than a bend is there.
    """
    known, found = frozenset(states), dict[Node, None]()
    for node in topological(rates):
        if node.kind != "piecewise":
            continue
        value, condition, otherwise = node.args
        if condition.kind == "relation" and _meet(value, condition, otherwise):
            continue
        inside = [part for part in topological([condition]) if part.kind == "relation" and part.symbols & known]
        found |= dict.fromkeys(inside)
    return list(found)


def whole_of_states(rates: Sequence[Node], states: Collection[str]) -> str:
    """The name of a function that rounds a state to a whole number, which jumps again and again; else empty."""
    known = frozenset(states)
    for node in topological(rates):
        if node.kind == "function" and node.payload in WHOLE and node.symbols & known:
            return str(node.payload)
    return ""


def decided(nodes: Sequence[Node], truths: Mapping[Node, bool]) -> list[Node]:
    """The same with some comparisons taken as true or false."""
    new: dict[Node, Node] = {}
    for node in topological(nodes):
        if node in truths:
            new[node] = relation("<", ZERO, ONE) if truths[node] else relation("<", ONE, ZERO)
        else:
            new[node] = rebuild(node, [new[child] for child in node.args])
    return [new[node] for node in nodes]


def _meet(value: Node, condition: Node, otherwise: Node) -> bool:
    """Whether two branches are alike where both sides of their condition are: at random places, or not at all."""
    for side, other in (condition.args, condition.args[::-1]):
        if side.kind == "symbol" and not side.symbols & other.symbols:
            break
    else:
        return False
    names = sorted((value.symbols | otherwise.symbols | other.symbols) - side.symbols)
    layout: dict[str, str | Sequence[str]] = {"rest": names, "side": str(side.payload)}
    level, branches = build_function([other], layout), build_function([value, otherwise], layout)
    random = np.random.default_rng(1)
    for _ in range(SAMPLES):
        rest = random.lognormal(size=len(names)).tolist()
        try:
            one, two = branches(rest, level(rest, 0.0)[0])
        except (ArithmeticError, ValueError):
            return False
        if not abs(one - two) <= SAME * max(abs(one), abs(two)):
            return False
    return True
