"""Small models with known solutions, for the tests; every state is dimensionless unless the test says otherwise."""

from collections.abc import Mapping
from typing import Any

from exokinetics import Model, Parameter, Part, Reaction, Species, Start, compose
from exokinetics.expressions.parsing import parse
from exokinetics.model.parts import part_of
from exokinetics.model.values import assumed, fixed


def number(value: float, unit: str):
    return fixed(value, unit, "test") if value == 0 else assumed(value, unit, "test")


def small_part(
    species: Mapping[str, float | str], parameters: Mapping[str, str | float], reactions: Mapping[str, tuple[str, dict]]
) -> Part:
    """`species`: initial number or expression. `parameters`: "2 1/hour". `reactions`: rate and changes."""
    return part_of(
        species=[
            Species(name, "dimensionless", parse(start) if isinstance(start, str) else number(start, "dimensionless"))
            for name, start in species.items()
        ],
        parameters=[
            Parameter(name, unit or "dimensionless", number(float(value), unit or "dimensionless"))
            for name, (value, _, unit) in ((name, str(given).partition(" ")) for name, given in parameters.items())
        ],
        reactions=[Reaction(name, parse(rate), tuple(changes.items())) for name, (rate, changes) in reactions.items()],
    )


def small_model(
    species: Mapping[str, float | str],
    parameters: Mapping[str, str | float],
    reactions: Mapping[str, tuple[str, dict]],
    **rest: Any,
) -> Model:
    return compose("small", [small_part(species, parameters, reactions)], **rest)


def decay(**rest: Any) -> Model:
    """x(t) = x0 exp(-k t) with x0 = 2 and k = 0.5 per hour."""
    return small_model({"x": 2.0}, {"k": "0.5 1/hour"}, {"loss": ("k*x", {"x": -1})}, **rest)


def turnover(*, steady: bool = False, **rest: Any) -> Model:
    """x(t) = s/k + (x0 - s/k) exp(-k t) with s = 3, k = 0.5 per hour and x0 = 1."""
    return small_model(
        {"x": 1.0},
        {"s": "3 1/hour", "k": "0.5 1/hour"},
        {"made": ("s", {"x": 1}), "lost": ("k*x", {"x": -1})},
        start=Start(steady),
        **rest,
    )


def exchange(*, steady: bool = False, **rest: Any) -> Model:
    """x and y turn into each other; x + y = 4 for ever, x = 4 b/(a + b) in the end, with a = 1 and b = 2 per hour."""
    return small_model(
        {"x": 3.0, "y": 1.0},
        {"a": "1 1/hour", "b": "2 1/hour"},
        {"there": ("a*x", {"x": -1, "y": 1}), "back": ("b*y", {"x": 1, "y": -1})},
        start=Start(steady),
        **rest,
    )


def blow_up() -> Model:
    """x(t) = 1/(1 - k t), infinite at t = 1/k, with k = 1 per hour; y is a bystander that decays."""
    return small_model(
        {"x": 1.0, "y": 1.0},
        {"k": "1 1/hour"},
        {"explode": ("k*x**2", {"x": 1}), "fade": ("k*y", {"y": -1})},
    )
