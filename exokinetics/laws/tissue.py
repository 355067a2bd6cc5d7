"""What the laws of tissues share: edges that raise apart from edges that lower, growth in a limited space, pools."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import parameter
from exokinetics.laws.relative import AT_REST, drive

Room = Annotated[Node, parameter("dimensionless", "room that is left at rest, as a multiple of what fills the rest")]
Independent = Annotated[
    Node, parameter("dimensionless", "share of the growth at rest that does not come from what is there", "logit")
]
Loss = Annotated[Node, parameter("1/hour", "loss of what has grown, which growth makes up for at rest")]


def edges(levels: tuple[Node, ...], exponent: Node, span: Node) -> Node:
    """The product of the edges of levels that act alike, 1 where each is at rest."""
    return drive(levels, (), exponent, span)


def level_at_rest(draft: Draft, title: str, name: str = "level") -> Node:
    """A state that is counted relative to rest."""
    return draft.species(name, "dimensionless", title, initial=AT_REST)


def follow(draft: Draft, state: Node, rate: Node, made: Node | float, lost: Node | float = 1.0) -> None:
    """dX/dt = r (made - lost X), 1 at rest where both are 1."""
    name = str(state.payload).rsplit(".", 1)[-1]
    draft.synthesis(f"{name}_gain", rate * made, into=state)
    draft.loss(f"{name}_loss", rate * lost * state, state)


def grow(
    draft: Draft, state: Node, loss: Node, room: Node, independent: Node, *,
    seeding: Node | float = 1.0, growth: Node | float = 1.0, death: Node | float = 1.0,
) -> None:  # fmt: skip
    """dX/dt = l (g (i s + (1 - i) X) (1 + C - X)/C - m X): logistic growth with an influx, 1 at rest."""
    source = growth * (independent * seeding + (1.0 - independent) * state)
    draft.synthesis("growth", loss * source * (1.0 + room) / room, into=state)
    draft.loss("crowding", loss * source * state / room, state)
    draft.loss("death", loss * death * state, state)


def draw_from_pool(
    draft: Draft, pool: Node, state: Node, turnover: Node, loss: Node, drawn: Node, driven: Node
) -> None:
    """dP/dt = t (1 + q - (1 + q D) P), dX/dt = l (D P - X): what is drawn from a pool filled at a constant rate.

    At rest q is what is drawn, as a multiple of the other losses of the pool. In the end X = D (1 + q)/(1 + q D).
    """
    follow(draft, pool, turnover, 1.0 + drawn, 1.0 + drawn * driven)
    follow(draft, state, loss, driven * pool)
