"""A model as plain data: everything that `show` prints and that --json gives out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from exokinetics.catalogue.molecules import molecules
from exokinetics.data_files import data_folder
from exokinetics.expressions.text import to_text
from exokinetics.model.equations import odes, rates
from exokinetics.model.parts import Event, Reaction
from exokinetics.model.values import Value
from exokinetics.model.whole import Model


def model_content(model: Model) -> dict[str, Any]:
    """The resolved model: texts, parts, equations, reactions, values with their sources, observables, molecules."""
    whole, equations, full = model.whole, odes(model.whole), rates(model.whole)
    return {
        "kind": "model",
        "name": model.name,
        "title": model.title,
        "summary": model.summary,
        "citation": model.citation,
        "variant": model.variant,
        "variants": dict(model.variants),
        "file": shown_path(model.file),
        "time_unit": model.time_unit,
        "start": {"steady": model.start.steady, "values": dict(model.start.values)},
        "parts": [
            {"id": name, "law": item.law, "links": dict(item.links)} for name, item in whole.mechanisms.items()
        ],
        "species": [
            {"id": name, "unit": item.unit, "title": item.title, "equation": to_text(equations[name])}
            | ({"constraint": True} if name in whole.constraints else {})
            for name, item in whole.species.items()
        ],
        "reactions": [
            {
                "id": name, "flow": item.flow, "process": item.process, "title": item.title,
                "rate": to_text(full[name]), "changes": dict(item.changes), "text": _arrow(item),
            }
            for name, item in whole.reactions.items()
        ],
        "parameters": [
            {"id": name, "title": item.title, "compartment": item.compartment, **_record(model, name, item.value)}
            for name, item in whole.parameters.items()
        ],
        "initial": [_initial(model, name) for name in whole.species],
        "observables": [
            {"id": name, "unit": model.unit(name), "title": item.title, "expression": to_text(item.expression)}
            for name, item in whole.observables.items()
        ],
        "events": [_event(item) for item in whole.events.values()],
        "identifiers": [
            {"id": name, "qualifier": thing.qualifier, "addresses": list(thing.addresses)}
            for name, thing in molecules(model).items()
        ],
    }  # fmt: skip


def _event(event: Event) -> dict[str, Any]:
    given = {"delay": event.delay, "priority": event.priority}
    return {
        "id": event.id, "title": event.title, "trigger": to_text(event.trigger),
        **{name: None if node is None else to_text(node) for name, node in given.items()},
        "persistent": event.persistent, "initially_true": event.initially_true,
        "values_at_trigger": event.values_at_trigger,
        "assignments": {name: to_text(node) for name, node in event.assignments.items()},
    }  # fmt: skip


def shown_path(path: str | Path) -> str:
    """A path below the models or fits that ship as it reads from there; others as they are."""
    for kind in ("models", "fits"):
        try:
            return str(Path(kind) / Path(path).resolve().relative_to(data_folder(kind).resolve()))
        except ValueError:
            continue
    return str(path)


def _record(model: Model, name: str, value: Value) -> dict[str, Any]:
    return {
        "value": value.value, "unit": value.unit, "low": value.low, "high": value.high, "range": value.range,
        "quality": value.quality, "source": value.source, "reason": value.reason, "distribution": value.distribution,
        "file": shown_path(model.origins.get(name, "")) if model.origins.get(name) else "",
    }  # fmt: skip


def _initial(model: Model, name: str) -> dict[str, Any]:
    given = model.whole.species[name].initial
    if isinstance(given, Value):
        found = model.origins.get(f"initial:{name}")
        return {"id": name, **_record(model, name, given), "file": shown_path(found) if found else ""}
    return {"id": name, "expression": to_text(given), "value": model.initial_number(name), "unit": model.unit(name)}


def _arrow(reaction: Reaction) -> str:
    def side(sign: float) -> str:
        pieces = [(name, sign * amount) for name, amount in reaction.changes if sign * amount > 0]
        return " + ".join(name if amount == 1 else f"{amount:g} {name}" for name, amount in pieces)

    return f"{side(-1.0)} -> {side(1.0)}".strip()
