"""The rules of events: what they may watch, what they may change, and in which units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.expressions.dimensions import unit_of
from exokinetics.expressions.graph import Node, is_condition
from exokinetics.model.parts import Event, Part
from exokinetics.model.unit_comparison import compare
from exokinetics.units import Unit, unit


def event_faults(part: Part) -> Iterator[tuple[str, str]]:
    """Faults of events but for those of names and units, by the id of the event."""
    kinds = part.kinds()
    for event in part.events.values():
        if not is_condition(event.trigger):
            yield event.id, "the trigger is a number; write a comparison such as x > 1"
        if not event.assignments:
            yield event.id, "the event changes nothing; give a species and its new value in assignments"
        for name in event.assignments:
            if name in part.species or name not in kinds:
                continue
            remedy = "; a size of a compartment stays as it is" if kinds[name] == "a parameter" else ""
            near = did_you_mean(name, part.species)
            yield event.id, f"'{name}' is {kinds[name]}, which an event cannot change{remedy or near}"


def event_unit_faults(part: Part, units: Mapping[str, Unit], time_unit: str) -> Iterator[tuple[str, str]]:
    """Faults of the units of triggers, delays and new values."""
    for event in part.events.values():
        if event.trigger.symbols <= units.keys():
            yield from _own_fault(event, event.trigger, units)
        if event.delay is not None:
            yield from compare(event.id, event.delay, units, unit(time_unit), "the delay")
        if event.priority is not None and event.priority.symbols <= units.keys():
            yield from _own_fault(event, event.priority, units)
        for name, node in event.assignments.items():
            if name in part.species:
                yield from compare(event.id, node, units, units[name], f"the new value of '{name}'")


def _own_fault(event: Event, node: Node, units: Mapping[str, Unit]) -> Iterator[tuple[str, str]]:
    try:
        unit_of(node, units)
    except WrongInput as error:
        yield event.id, str(error)
