"""T cells against a tumour, and myeloid cells that are drawn to it, over levels relative to rest."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import law, parameter
from exokinetics.laws.relative import Exponent, Lowering, Raising, Span, drive
from exokinetics.laws.tissue import Independent, Loss, Room, draw_from_pool, edges, follow, grow, level_at_rest

Turnover = Annotated[Node, parameter("1/hour", "loss of effector T cells at rest by death and departure")]
Exhausted = Annotated[
    Node, parameter("dimensionless", "exhaustion of effector T cells at rest, as a multiple of their other losses")
]
ExhaustedLoss = Annotated[Node, parameter("1/hour", "loss of exhausted T cells")]


@law
def exhausted_t_cells(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    turnover: Turnover,
    exhaustion: Exhausted,
    exhausted_loss: ExhaustedLoss,
) -> None:
    """Effector T cells E become exhausted ones X under PD-1 and other signals D: dX/dt = l (D E - X).

    dE/dt = t (1 + q - (1 + q D) E), D the drive. Dimensionless, all 1 at rest, X the `level`, at most (1 + q)/q: the
    T cells that are held off the tumour. Assumption: no return from exhaustion. Source: inactivation of effector cells
    in proportion to them as in Kuznetsov et al. 1994, doi:10.1007/bf02460644 (summary seen), there by tumour cells.
    """
    effectors = level_at_rest(draft, "effector T cells relative to rest", "effectors")
    exhausted = level_at_rest(draft, "exhausted T cells relative to rest")
    driven = drive(raised_by, lowered_by, exponent, span)
    draw_from_pool(draft, effectors, exhausted, turnover, exhausted_loss, exhaustion, driven)


@law
def t_cell_killing(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    turnover: Turnover,
    exhaustion: Exhausted,
    exhausted_loss: ExhaustedLoss,
    inhibited: Annotated[
        Node, parameter("dimensionless", "share of the time to kill a cell that inhibition takes at rest", "logit")
    ],
) -> None:
    """What T cells kill: E / (1 - w + w B), E effector cells, B what inhibits and exhausts them (PD-1 and the like).

    dE/dt = t ((1 + q) A - (1 + q B) E); dX/dt = l (B E - X), A the product of the edges that raise it, B that of those
    that lower it, X exhausted cells. Dimensionless, all 1 at rest. Assumption: killing is of first order in tumour
    cells. Source: recruitment and inactivation of effector cells as in Kuznetsov et al. 1994, doi:10.1007/bf02460644
    (summary seen), without its feedback from the tumour.
    """
    effectors = level_at_rest(draft, "effector T cells relative to rest", "effectors")
    exhausted = level_at_rest(draft, "exhausted T cells relative to rest", "exhausted")
    inhibition = edges(lowered_by, exponent, span)
    recruited = (1.0 + exhaustion) * edges(raised_by, exponent, span)
    follow(draft, effectors, turnover, recruited, 1.0 + exhaustion * inhibition)
    follow(draft, exhausted, exhausted_loss, inhibition * effectors)
    killing = effectors / (1.0 - inhibited + inhibited * inhibition)
    draft.observable("level", killing, "tumour cells that T cells kill, relative to rest")


@law
def tumour_under_attack(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    infiltration: Annotated[Node, parameter("1/hour", "rate at which killer cells in the tumour follow their drive")],
    room: Room,
    independent: Independent,
    loss: Loss,
) -> None:
    """Tumour cells N that grow and are killed by cells K: dN/dt = l (G (i + (1 - i) N)(1 + C - N)/C - K N).

    dK/dt = f (B - K), G the product of the edges that raise it, B that of those that lower it. Dimensionless, all 1 at
    rest, N the `level`. A share i of the growth comes from outside, so that a tumour can return. Assumption: killers
    are not used up. Source: logistic growth against killing in proportion to the killers as in Kuznetsov et al. 1994,
    doi:10.1007/bf02460644 (summary seen).
    """
    killers = level_at_rest(draft, "killer cells in the tumour relative to rest", "killers")
    tumour = level_at_rest(draft, "tumour cells relative to rest")
    follow(draft, killers, infiltration, edges(lowered_by, exponent, span))
    grow(draft, tumour, loss, room, independent, growth=edges(raised_by, exponent, span), death=killers)


@law
def myeloid_recruitment(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    pool_turnover: Annotated[Node, parameter("1/hour", "replacement of the cells in marrow and blood")],
    recruited: Annotated[
        Node, parameter("dimensionless", "recruitment at rest, as a multiple of the other losses of the pool")
    ],
    tissue_loss: Annotated[Node, parameter("1/hour", "loss of recruited cells from the tissue")],
) -> None:
    """Neutrophils, monocytes or their suppressor forms N are drawn from a pool P: dN/dt = l (D P - N).

    dP/dt = t (1 + q - (1 + q D) P), D the drive. Dimensionless, all 1 at rest, N the `level`, at most (1 + q)/q.
    Assumption: the marrow makes them at a constant rate. Source: mass balance of a pool and a tissue.
    """
    pool = level_at_rest(draft, "cells in marrow and blood relative to rest", "pool")
    tissue = level_at_rest(draft, "cells in the tissue relative to rest")
    driven = drive(raised_by, lowered_by, exponent, span)
    draw_from_pool(draft, pool, tissue, pool_turnover, tissue_loss, recruited, driven)
