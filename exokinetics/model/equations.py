"""From parts to equations: modulators multiplied in, observables written out, reactions summed per species."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

from exokinetics.errors import WrongInput
from exokinetics.expressions.graph import (
    TIME,
    ZERO,
    Node,
    add,
    is_delayed,
    multiply,
    number,
    piecewise,
    rebuild,
    substitute,
    symbol,
    topological,
)  # fmt: skip
from exokinetics.model.parts import Part
from exokinetics.model.values import Value


def initial_symbol(species: str) -> str:
    """The name under which an initial value stands among the inputs of a system."""
    return f"initial:{species}"


def written_out(definitions: Mapping[str, Node], what: str) -> dict[str, Node]:
    """Definitions that name each other, with the names replaced; a cycle is an error that shows it."""
    done: dict[str, Node] = {}
    for start in definitions:
        path = [start]
        while path:
            name = path[-1]
            if name in done:
                path.pop()
                continue
            used = sorted(definitions[name].symbols & definitions.keys())
            missing = [other for other in used if other not in done]
            if not missing:
                (done[name],) = substitute([definitions[name]], {other: done[other] for other in used})
                path.pop()
            elif missing[0] in path:
                loop = [*path[path.index(missing[0]) :], missing[0]]
                raise WrongInput(f"{what} depend on each other in a circle: {' -> '.join(loop)}; break it")
            else:
                path.append(missing[0])
    return {name: done[name] for name in definitions}


def observables(part: Part) -> dict[str, Node]:
    """Every observable over states, parameters and time alone."""
    factors = _factors(part)
    return written_out(
        {name: multiply(item.expression, *factors[item.process]) for name, item in part.observables.items()},
        "observables",
    )


def _factors(part: Part) -> dict[str, list[Node]]:
    """The factors of the modulators on each process."""
    found: dict[str, list[Node]] = defaultdict(list)
    for modulator in part.modulators.values():
        found[modulator.reaction].append(modulator.factor)
    return found


def rates(part: Part) -> dict[str, Node]:
    """The rate of every reaction, its modulators multiplied in and observables written out."""
    factors = _factors(part)
    plain = [multiply(item.rate, *factors[item.process or name]) for name, item in part.reactions.items()]
    return dict(zip(part.reactions, substitute(plain, observables(part)), strict=True))


def odes(part: Part) -> dict[str, Node]:
    """d(species)/dt of every species, in the order of the ids; of one with a constraint, what that makes zero."""
    terms: dict[str, list[Node]] = {name: [] for name in part.species}
    for name, rate in rates(part).items():
        net: dict[str, list[Node | float]] = defaultdict(list)
        for species, amount in part.reactions[name].changes:
            net[species].append(amount)
        # what a catalyst loses it gets back, exactly: the difference of two large rates would leave their rounding
        for species, amounts in net.items():
            terms[species].append(multiply(add(*amounts), rate))
    found = {name: add(*found) if found else ZERO for name, found in terms.items()}
    return found | residuals(part)


def residuals(part: Part) -> dict[str, Node]:
    """The constraints by the species that they determine, observables written out."""
    if not part.constraints:
        return {}
    return dict(zip(part.constraints, substitute(list(part.constraints.values()), observables(part)), strict=True))


def before_start(node: Node) -> Node:
    """The expression at the start, where the value of a state at an earlier time is its initial one."""
    new: dict[Node, Node] = {}
    for each in topological([node]):
        args = [new[child] for child in each.args]
        new[each] = rebuild(each, args)
        if is_delayed(each):
            what, by = args
            (new[each],) = substitute([what], {str(TIME.payload): TIME - by})
            if by.kind != "number":
                new[each] = piecewise(new[each], by >= 0.0, number(math.nan))
    return new[node]


def courses_before(part: Part) -> dict[str, Node]:
    """What states were before the start, over time, parameters and `initial:<species>`: see `initials`."""
    known = observables(part)
    definitions: dict[str, Node] = {}
    for name, item in part.species.items():
        if isinstance(item.initial, Value):
            definitions[name] = symbol(initial_symbol(name))
        else:
            (written,) = substitute([item.initial], known)
            definitions[name] = before_start(written)
    return written_out(definitions, "initial values")


def initials(part: Part) -> dict[str, Node]:
    """The initial state over parameters and `initial:<species>` symbols alone."""
    resolved = courses_before(part)
    return dict(zip(resolved, substitute(list(resolved.values()), {"time": ZERO}), strict=True))
