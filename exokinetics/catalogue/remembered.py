"""A checked model as plain text and back, so that a file that was read once need not be read and checked again.

The text holds data only: lists, names and numbers, of which the objects of a model are put together again without a
second check. It comes from the private store of this user, which verifies it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from exokinetics.expressions.graph import Node, node_of, topological
from exokinetics.model.parts import Event, Frozen, Mechanism, Modulator, Observable, Parameter, Part, Reaction, Species
from exokinetics.model.values import Value
from exokinetics.model.whole import Model, Start

_KINDS: dict[str, Any] = {
    kind.__name__: kind
    for kind in (Event, Mechanism, Model, Modulator, Observable, Parameter, Part, Reaction, Species, Start, Value)
}
_NAMES = {name: [item.name for item in fields(kind)] for name, kind in _KINDS.items()}
OFTEN_NONE = ("events", "constraints")  # the last of a part, left out where there are none: the text stays what it was
WORKED_OUT = ("_observable_units", "unit_groups")  # properties of a model that take the unit library


def written(model: Model) -> bytes:
    """The model as text."""
    places: dict[Node, int] = {}
    plain = _plain(model, places)
    known = {name: _plain(getattr(model, name), places) for name in WORKED_OUT}
    rows = [(node.kind, node.payload, [places[child] for child in node.args]) for node in places]
    return json.dumps([rows, plain, known]).encode()


def read_again(text: bytes) -> Model:
    """The model of a text from `written`."""
    rows, plain, known = json.loads(text)
    nodes: list[Node] = []
    for kind, payload, children in rows:
        nodes.append(node_of(kind, payload, [nodes[child] for child in children]))
    model: Model = _built(plain, nodes)
    for name, value in known.items():
        model.__dict__[name] = _built(value, nodes)
    return model


def _plain(item: Any, places: dict[Node, int]) -> Any:
    """Lists and texts; what is an object in a model is a list that begins with its kind."""
    if isinstance(item, Node):
        for node in topological([item]):
            places.setdefault(node, len(places))
        return ["node", places[item]]
    if is_dataclass(item) and not isinstance(item, type):
        name = type(item).__name__
        keys = list(_NAMES[name])
        while keys and keys[-1] in OFTEN_NONE and not getattr(item, keys[-1]):
            keys.pop()
        return [name, *(_plain(getattr(item, key), places) for key in keys)]
    if isinstance(item, Mapping):
        kind = "frozen" if isinstance(item, Frozen) else "map"
        return [kind, list(item), [_plain(value, places) for value in item.values()]]
    if isinstance(item, tuple):
        return ["tuple", *(_plain(each, places) for each in item)]
    return item


def _built(item: Any, nodes: list[Node]) -> Any:
    if not isinstance(item, list):
        return item
    kind = item[0]
    if kind == "node":
        return nodes[item[1]]
    if kind == "tuple":
        return tuple(_built(each, nodes) for each in item[1:])
    if kind in ("map", "frozen"):
        made = dict(zip(item[1], (_built(each, nodes) for each in item[2]), strict=True))
        return Frozen(made) if kind == "frozen" else made
    whole = object.__new__(_KINDS[kind])
    names = _NAMES[kind]
    given = item[1:]  # behind the kind itself
    for name in names[len(given) :]:
        object.__setattr__(whole, name, Frozen())
    for name, value in zip(names[: len(given)], given, strict=True):
        object.__setattr__(whole, name, _built(value, nodes) if isinstance(value, list) else value)
    return whole
