"""What the pathway modules have in common: states counted relative to the resting cell, and how one acts on another.

Every module takes the lists `raised_by` and `lowered_by` of `relative_level` and rests at exactly 1 for any values,
because each of its equations is the usual one divided by its own resting state.
"""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, call
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import parameter
from exokinetics.laws.relative import AT_REST

Modified = Annotated[Node, parameter("dimensionless", "share of the pool that is modified at rest", "logit")]
Feedback = Annotated[
    Node, parameter("dimensionless", "share of the resting restraint that the feedback brings", "logit")
]
Induced = Annotated[Node, parameter("dimensionless", "share of the resting production that the output drives", "logit")]
Half = Annotated[Node, parameter("dimensionless", "level at half of the largest effect, as a multiple of rest")]
Steepness = Annotated[Node, parameter("dimensionless", "Hill exponent of that effect", "hill")]


def resting(draft: Draft, name: str, title: str) -> Node:
    """A state that is 1 in the cell at rest."""
    return draft.species(name, "dimensionless", f"{title}, relative to the cell at rest", initial=AT_REST)


def turnover(draft: Draft, state: Node, rate: Node, made: Node | float, lost: Node | float = 1.0) -> None:
    """dx/dt = r (made - lost x), both 1 at rest."""
    name = str(state.payload).rsplit(".", 1)[-1]
    draft.synthesis(f"{name}_gain", rate * made, into=state)
    draft.loss(f"{name}_loss", rate * lost * state, state)


def unmodified(level: Node, modified: Node) -> Node:
    """What of a conserved pool is left to modify, (1 - s x) / (1 - s): its level cannot rise above 1 / s."""
    return (1.0 - modified * level) / (1.0 - modified)


def shared(level: Node, share: Node) -> Node:
    """A process of which one part follows a level and the rest does not, 1 - s + s x."""
    return 1.0 - share + share * level


def restrained(level: Node, share: Node) -> Node:
    """Non-competitive inhibition 1 / (1 + x / K) over its resting value: 1 / (1 - s + s x), s the part held at rest."""
    return 1.0 / shared(level, share)


def saturating(level: Node, half: Node, steepness: Node) -> Node:
    """A Hill function over its resting value: (1 + K^n) x^n / (K^n + x^n), never above 1 + K^n."""
    return (1.0 + half**steepness) * call("hill", level, half, steepness)
