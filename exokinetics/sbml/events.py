"""From the events of a file to events of ours: what they assign in terms of the states of the model."""

from __future__ import annotations

from exokinetics.errors import Issue
from exokinetics.expressions.graph import Node, symbol
from exokinetics.model.parts import Event
from exokinetics.sbml.building import Builder, EventFormulas
from exokinetics.sbml.contents import Occurrence
from exokinetics.sbml.identifiers import free_id


def events_of(builder: Builder) -> list[Event]:
    """The events of the file; what cannot be said in our terms becomes an issue of the builder."""
    pieces = builder.pieces
    taken = {item.id for item in pieces.species} | {item.id for item in pieces.parameters}
    taken |= {item.id for item in pieces.observables}
    found = []
    for name, formulas in builder.formulas.events.items():
        event = builder.contents.events[name]
        assignments = _assignments(builder, event, formulas)
        if not assignments:
            message = "the event changes nothing, so it is left out"
            builder.issues.append(Issue(builder.file, name, message, "warning"))
            continue
        own = free_id(name, taken)
        taken.add(own)
        found.append(
            Event(
                own, formulas.trigger, assignments, delay=formulas.delay, priority=formulas.priority,
                persistent=event.persistent, initially_true=event.initially_true,
                values_at_trigger=event.values_at_trigger, title=event.title,
            )
        )  # fmt: skip
    return found


def _assignments(builder: Builder, event: Occurrence, formulas: EventFormulas) -> dict[str, Node]:
    """States and their new values, where an event that changes a size leaves the amounts in it as they are.

    A concentration that is set together with the size of its compartment gets the amount that it means in the size
    before the event.
    """
    found: dict[str, Node] = {}
    for name, value in formulas.assignments.items():
        if name not in builder.contents.species:
            found[builder.symbols.ids[name]] = value
    for name, item in builder.contents.species.items():
        given, resized = formulas.assignments.get(name), item.compartment in formulas.assignments
        own = builder.symbols.ids[name]
        size = builder.symbols.nodes[item.compartment]
        held = builder.holds_amount(item)
        ruled = name in builder.formulas.assignments or name in builder.formulas.constraints
        scaled = resized and not (held or item.only_substance or ruled)
        if given is None and not scaled:
            continue
        if (held or scaled) and formulas.delay is not None and event.values_at_trigger:
            message = f"after a delay it sets '{name}', whose compartment changes as well; this is not supported yet"
            builder.issues.append(Issue(builder.file, event.id, message))
        value = symbol(own) if given is None else given
        if held:
            found[f"{own}.amount"] = value * size
        else:
            found[own] = value * size / formulas.assignments[item.compartment] if scaled else value
    return found
