"""Vessels that grow under VEGF, over levels relative to rest."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import law, parameter
from exokinetics.laws.relative import Exponent, Lowering, Raising, Span, drive
from exokinetics.laws.tissue import Independent, Loss, Room, follow, grow, level_at_rest


@law
def vessel_growth(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    half: Annotated[Node, parameter("dimensionless", "VEGF at half of the largest activity of VEGFR2, 1 at rest")],
    receptor_turnover: Annotated[Node, parameter("1/hour", "rate at which active VEGFR2 follows its ligand")],
    room: Room,
    independent: Independent,
    loss: Loss,
) -> None:
    """VEGF D activates VEGFR2 R, and vessels V sprout and grow: dV/dt = l (R (i + (1 - i) V)(1 + C - V)/C - V).

    dR/dt = r (D (1 + K)/(K + D) - R), D the drive, 1 at rest, as R and V, the `level`, are. Dimensionless. A share i of
    the growth at rest comes from vessels outside, so that they can return. Assumption: density alone, no maturation.
    Source: growth of the supply by a stimulus against its loss as in Hahnfeldt et al. 1999 (as described in
    doi:10.4064/am38-1-3, abstract seen), here logistic; activation of the receptor by ligand bound as in Jain & Jackson
    2013, doi:10.3389/fonc.2013.00102 (abstract seen).
    """
    receptor = level_at_rest(draft, "active VEGFR2 relative to rest", "receptor")
    vessels = level_at_rest(draft, "vessel density relative to rest")
    ligand = drive(raised_by, lowered_by, exponent, span)
    follow(draft, receptor, receptor_turnover, ligand * (1.0 + half) / (half + ligand))
    grow(draft, vessels, loss, room, independent, growth=receptor)
