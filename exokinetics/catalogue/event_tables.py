"""The tables [event.ID] of a model file: what sets an event off, what it does, and the values that belong to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from exokinetics.catalogue.value_records import flattened, read_value
from exokinetics.errors import Issue, WrongInput, did_you_mean
from exokinetics.expressions.graph import Node
from exokinetics.expressions.parsing import parse
from exokinetics.model.parts import Event, Parameter, Part, id_fault, part_of
from exokinetics.units import split_quantity, unit

TEXTS = ("trigger", "delay", "priority")
CHOICES = ("persistent", "initially_true", "values_at_trigger")
KEYS = (*TEXTS, *CHOICES, "assignments", "values", "title")
Fault = Callable[[str, str], None]


def read_events(tables: Any, file: str, issues: list[Issue]) -> Part:
    """The events of a file and their values, which are parameters `ID.name`; every fault becomes an issue."""

    def fault(key: str, message: str) -> None:
        issues.append(Issue(file, key, message))

    if not isinstance(tables, dict):
        fault("event", "must be tables [event.ID]")
        return Part()
    events, parameters = [], list[Parameter]()
    for id, table in tables.items():
        key, wrong = f"event.{id}", id_fault(id)
        if wrong or not isinstance(table, dict):
            fault(key, wrong or "must be a table with a trigger and assignments")
            continue
        before = len(issues)
        for name in sorted(table.keys() - set(KEYS)):
            fault(f"{key}.{name}", f"is not part of an event{did_you_mean(name, KEYS)}")
        parameters += _values(table.get("values", {}), id, file, issues)
        event = _event(id, table, key, fault)
        if event is not None and len(issues) == before:
            events.append(event)
    return part_of(events=events, parameters=parameters)


def _event(id: str, table: Mapping[str, Any], key: str, fault: Fault) -> Event | None:
    for name in ("trigger", "assignments"):
        if name not in table:
            fault(f"{key}.{name}", "is missing; " + ("a comparison such as 'x > 1'" if name == "trigger" else _LINES))
            return None
    nodes = {name: _expression(table[name], f"{key}.{name}", fault) for name in TEXTS if name in table}
    choices = {name: table[name] for name in CHOICES if name in table}
    for name, given in choices.items():
        if not isinstance(given, bool):
            fault(f"{key}.{name}", "must be true or false")
    title = table.get("title", "")
    if not isinstance(title, str):
        fault(f"{key}.title", "must be a text")
    given = table["assignments"]
    if not isinstance(given, dict):
        fault(f"{key}.assignments", _LINES)
        return None
    new = {
        name: _expression(value, f"{key}.assignments.{name}", fault)
        for name, value in flattened(given, ("expression",))
    }
    trigger = nodes.pop("trigger")
    assignments = {name: node for name, node in new.items() if node is not None}
    if trigger is None:
        return None
    return Event(id, trigger, assignments, delay=nodes.get("delay"), priority=nodes.get("priority"), title=str(title),
                 **choices)  # fmt: skip


_LINES = 'must be a table with lines species = "expression"'


def _expression(given: Any, key: str, fault: Fault) -> Node | None:
    if not isinstance(given, str):
        fault(key, f"must be an expression in quotes, not {given!r}")
        return None
    try:
        return parse(given)
    except WrongInput as error:
        fault(key, str(error))
        return None


def _values(tables: Any, id: str, file: str, issues: list[Issue]) -> list[Parameter]:
    """Value records, each in the unit that it is written in."""
    key = f"event.{id}.values"
    if not isinstance(tables, dict):
        issues.append(Issue(file, key, "must be a table with lines name = { value, quality, source | reason }"))
        return []
    found = []
    for name, given in tables.items():
        wrong, place = id_fault(name), f"{key}.{name}"
        if wrong or not isinstance(given, dict):
            issues.append(Issue(file, place, wrong or "needs a table { value, quality, source | reason }"))
            continue
        text = _unit_of(given.get("value"))
        value = read_value(given, text, "log", file, place, issues)
        if value is not None:
            found.append(Parameter(f"{id}.{name}", text, value))
    return found


def _unit_of(given: Any) -> str:
    """The unit of a text; of one that cannot be read, none, which is reported where its number is read."""
    try:
        text = split_quantity(given)[1] if isinstance(given, str) else ""
        unit(text or "dimensionless")
    except WrongInput:
        return "dimensionless"
    return text or "dimensionless"
