"""Compiled models, kept for as long as the models live."""

from __future__ import annotations

import weakref

from exokinetics.compiler.system import System
from exokinetics.model.whole import Model

_systems: dict[int, tuple[weakref.ref[Model], System]] = {}


def system_of(model: Model) -> System:
    """The compiled form of a model; compiled once for as long as the model lives."""
    found = _systems.get(id(model))
    if found is not None and found[0]() is model:
        return found[1]
    system = System(model)
    key = id(model)
    _systems[key] = (weakref.ref(model, lambda _: _systems.pop(key, None)), system)
    return system
