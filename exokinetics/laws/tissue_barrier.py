"""Junctions between endothelial or epithelial cells and what passes them, over levels relative to rest."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, call
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import law, parameter
from exokinetics.laws.relative import Exponent, Lowering, Raising, Span
from exokinetics.laws.tissue import edges, follow, level_at_rest

Assembled = Annotated[Node, parameter("dimensionless", "share of the junctions that are closed at rest", "logit")]
SurfaceTurnover = Annotated[Node, parameter("1/hour", "turnover of junction proteins at the surface")]
Disassembly = Annotated[Node, parameter("1/hour", "opening of closed junctions at rest")]


def _junctions(
    draft: Draft, proteins: Node, opening: Node, assembled: Node, turnover: Node, disassembly: Node, name: str
) -> Node:
    """Junction proteins S at the surface close junctions J: dJ/dt = k (S (1 - f J)/(1 - f) - B J)."""
    surface = level_at_rest(draft, "junction proteins at the surface relative to rest", "surface")
    closed = level_at_rest(draft, "closed junctions relative to rest", name)
    follow(draft, surface, turnover, proteins)
    # S (1 - f J) written as a gain and a loss, neither of them negative
    follow(draft, closed, disassembly, surface / (1.0 - assembled), opening + surface * assembled / (1.0 - assembled))
    return closed


@law
def junction_assembly(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    assembled: Assembled,
    surface_turnover: SurfaceTurnover,
    disassembly: Disassembly,
) -> None:
    """The barrier: junctions J closed by proteins S at the surface, dJ/dt = k (S (1 - f J)/(1 - f) - B J).

    dS/dt = t (A - S). A, the product of the edges that raise it, is ZO-1, VE-cadherin, p120 and the like; B, that of
    the edges that lower it, opens junctions. Dimensionless, all 1 at rest, J the `level`, at most 1/f. Assumption:
    closing is of first order in open junctions; each protein limits it. Source: definition of reversible assembly.
    """
    proteins, opening = edges(raised_by, exponent, span), edges(lowered_by, exponent, span)
    _junctions(draft, proteins, opening, assembled, surface_turnover, disassembly, "level")


@law
def barrier_permeability(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    assembled: Assembled,
    surface_turnover: SurfaceTurnover,
    disassembly: Disassembly,
    half: Annotated[Node, parameter("dimensionless", "junctions at which half of the opening is left, 1 at rest")],
    steepness: Annotated[Node, parameter("dimensionless", "Hill exponent of the opening", "hill")],
    closed_share: Annotated[
        Node, parameter("dimensionless", "what passes closed junctions, as a share of open ones", "logit")
    ],
) -> None:
    """What passes the barrier: P = (c + 1 - H(J)) / (c + 1 - H(1)), H(J) = J^n / (K^n + J^n), J the closed junctions.

    dJ/dt = k (S (1 - f J)/(1 - f) - B J), dS/dt = t (A - S), as in `junction_assembly`: A, the edges that lower the
    passage, close junctions, B, those that raise it, open them. Dimensionless, 1 at rest; P is the `level`. Assumption:
    passive passage. Source: definition; H is that of the law `barrier`, the passive flux of Kedem & Katchalsky 1958,
    doi:10.1016/0006-3002(58)90330-5 (abstract seen).
    """
    proteins, opening = edges(lowered_by, exponent, span), edges(raised_by, exponent, span)
    closed = _junctions(draft, proteins, opening, assembled, surface_turnover, disassembly, "junctions")
    rest = closed_share + 1.0 - 1.0 / (1.0 + half**steepness)
    passing = closed_share + 1.0 - call("hill", closed, half, steepness)
    draft.observable("level", passing / rest, "permeability relative to rest")
