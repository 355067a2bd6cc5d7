"""Dendritic cells that mature and prime T cells, over levels relative to rest."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import law, parameter
from exokinetics.laws.relative import Exponent, Lowering, Raising, Span, drive
from exokinetics.laws.tissue import Independent, Loss, Room, draw_from_pool, follow, grow, level_at_rest


@law
def dendritic_maturation(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    turnover: Annotated[Node, parameter("1/hour", "replacement of immature dendritic cells")],
    maturing: Annotated[
        Node, parameter("dimensionless", "maturation at rest, as a multiple of the other losses of immature cells")
    ],
    mature_loss: Annotated[Node, parameter("1/hour", "loss of mature dendritic cells")],
) -> None:
    """Immature dendritic cells I mature to M, which present antigen: dM/dt = l (D I - M).

    dI/dt = t (1 + q - (1 + q D) I), D the drive. Dimensionless, all 1 at rest, M the `level`, at most (1 + q)/q.
    Assumption: maturation does not return. Source: mass balance of two stages.
    """
    immature = level_at_rest(draft, "immature dendritic cells relative to rest", "immature")
    mature = level_at_rest(draft, "mature dendritic cells relative to rest")
    driven = drive(raised_by, lowered_by, exponent, span)
    draw_from_pool(draft, immature, mature, turnover, mature_loss, maturing, driven)


@law
def t_cell_priming(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    presentation_turnover: Annotated[Node, parameter("1/hour", "turnover of the antigen that is presented")],
    room: Room,
    independent: Independent,
    loss: Loss,
) -> None:
    """Antigen A that is presented primes T cells P, which expand: dP/dt = l (A (i + (1 - i) P)(1 + C - P)/C - P).

    dA/dt = r (D - A), D the drive. Dimensionless, all 1 at rest, P the `level`. A share i of the growth at rest is
    newly primed, the rest divides; both need antigen. Assumption: expansion ends at a capacity, as growth factors do.
    Source: mass balance of primed cells; logistic growth.
    """
    antigen = level_at_rest(draft, "antigen that is presented relative to rest", "antigen")
    primed = level_at_rest(draft, "primed T cells relative to rest")
    follow(draft, antigen, presentation_turnover, drive(raised_by, lowered_by, exponent, span))
    grow(draft, primed, loss, room, independent, growth=antigen)
