"""Small models with events, for the tests; every state is dimensionless and may be negative."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from small_models import small_part

from exokinetics import Event, Model, Part, compose
from exokinetics.model.parts import part_of


def event_model(
    species: Mapping[str, float | str],
    parameters: Mapping[str, str | float],
    reactions: Mapping[str, tuple[str, dict[str, float]]],
    events: Sequence[Event],
    **rest: Any,
) -> Model:
    part = small_part(species, parameters, reactions)
    states = {name: replace(item, nonnegative=False) for name, item in part.species.items()}
    return compose("small", [replace(part, species=states), part_of(events=events)], **rest)


def bouncing_ball() -> Model:
    """Thrown up at speed v0 = 20 with g = 10, and e = 0.8 of its speed left at each bounce: the first at 2 v0/g = 4."""
    return event_model(
        {"h": 0.0, "v": "v0"},
        {"g": "10 1/hour", "v0": 20.0, "e": 0.8, "one": "1 1/hour"},
        {"rise": ("one*v", {"h": 1}), "fall": ("g", {"v": -1})},
        [Event("bounce", "h <= 0 and v < 0", {"v": "-e*v", "h": "0*h"})],
    )


def thermostat() -> Model:
    """x' = heat on - k x, switched on at 1 and off at 3, with k = 0.5 and heat = 2 per hour: rises to 4, from 1."""
    return event_model(
        {"x": 1.0, "on": 1.0},
        {"k": "0.5 1/hour", "heat": "2 1/hour", "low": 1.0, "high": 3.0},
        {"heating": ("heat*on", {"x": 1}), "loss": ("k*x", {"x": -1})},
        [Event("off", "x >= high", {"on": "0*on"}), Event("start", "x <= low", {"on": "1 + 0*on"})],
    )


def clock(events: Sequence[Event], parameters: Mapping[str, str | float] | None = None, **species: float) -> Model:
    """y grows by one an hour from 0; the other species stand still but for the events."""
    return event_model(
        {"y": 0.0, **species}, {"one": "1 1/hour", "hour": "1 hour", **(parameters or {})},
        {"tick": ("one", {"y": 1})}, events,
    )  # fmt: skip


def events_only(*events: Event) -> Part:
    return part_of(events=events)
