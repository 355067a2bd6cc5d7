"""The rules of constraints: what they may determine, and that each can determine it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.expressions.derivative import derivative
from exokinetics.expressions.dimensions import unit_of
from exokinetics.expressions.graph import ZERO, Node, is_delayed, substitute, topological
from exokinetics.model.equations import observables, residuals
from exokinetics.model.parts import Part
from exokinetics.model.values import Value
from exokinetics.units import Unit


def constraint_faults(part: Part) -> Iterator[tuple[str, str]]:
    """Faults of constraints but for those of names and units, by the id of what they determine."""
    changed = {name: reaction.id for reaction in part.reactions.values() for name, _ in reaction.changes}
    set_by = {name: event.id for event in part.events.values() for name in event.assignments}
    for name in part.constraints:
        kinds = part.kinds()
        if name not in part.species:
            what = f"is {kinds[name]}, not a species" if name in kinds else "is not a species"
            yield name, f"a constraint determines it, but it {what}{did_you_mean(name, part.species)}"
        elif name in changed:
            yield name, f"a constraint determines it, but reaction '{changed[name]}' changes it; leave one of them out"
        elif name in set_by:
            yield name, f"a constraint determines it, but event '{set_by[name]}' changes it; leave one of them out"
    if part.constraints:
        yield from _without_answer(part)
        yield from _beginning(part)
        yield from _looking_back(part)


def _without_answer(part: Part) -> Iterator[tuple[str, str]]:
    try:
        written = residuals(part)
    except WrongInput:
        return  # observables in a circle are a fault of their own
    for name, node in written.items():
        if name in part.species and derivative(node, name) is ZERO:
            yield name, f"its constraint does not depend on '{name}'; give it the equation in which '{name}' stands"


def _beginning(part: Part) -> Iterator[tuple[str, str]]:
    """Initial values are known before constraints are solved: of what these determine there is only a first guess."""
    try:
        known = observables(part)
    except WrongInput:
        return
    for name, item in part.species.items():
        if isinstance(item.initial, Value) or name in part.constraints:
            continue
        (written,) = substitute([item.initial], known)
        for other in sorted(written.symbols & part.constraints.keys()):
            message = (
                f"its initial value depends on '{other}', which a constraint determines; this is not supported yet"
            )
            yield name, f"{message}, so give it a number"


def _looking_back(part: Part) -> Iterator[tuple[str, str]]:
    nodes = [item.rate for item in part.reactions.values()] + [item.expression for item in part.observables.values()]
    nodes += [item.factor for item in part.modulators.values()] + list(part.constraints.values())
    nodes += [node for event in part.events.values() for node in (event.trigger, *event.values())]
    if any(is_delayed(each) for each in topological(nodes)):
        name = next(iter(part.constraints))
        yield name, f"a constraint determines '{name}', which is not supported yet in a model with delayed values"


def constraint_unit_faults(part: Part, units: Mapping[str, Unit]) -> Iterator[tuple[str, str]]:
    """Faults of units within a constraint, whose own unit may be any."""
    for name, node in part.constraints.items():
        if node.symbols <= units.keys():
            yield from _own_fault(name, node, units)


def _own_fault(name: str, node: Node, units: Mapping[str, Unit]) -> Iterator[tuple[str, str]]:
    try:
        unit_of(node, units)
    except WrongInput as error:
        yield name, str(error)
