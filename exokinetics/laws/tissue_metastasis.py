"""The niche in a distant organ and the colonies that grow there, over levels relative to rest."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import law, parameter
from exokinetics.laws.relative import Exponent, Lowering, Raising, Span, drive
from exokinetics.laws.tissue import Independent, Loss, Room, follow, grow, level_at_rest


@law
def niche_formation(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    recruitment: Annotated[Node, parameter("1/hour", "turnover of the cells that are recruited to the organ")],
    remodelling: Annotated[Node, parameter("1/hour", "return of prepared sites")],
    prepared: Annotated[Node, parameter("dimensionless", "share of the sites that are prepared at rest", "logit")],
) -> None:
    """Cells F recruited to an organ prepare sites N for tumour cells: dN/dt = k (F (1 - f N)/(1 - f) - N).

    dF/dt = r (D - F), D the drive. Dimensionless, all 1 at rest, N the `level`, at most 1/f: then every site is
    prepared. Assumption: one kind of recruited cell. Source: definition of the occupancy of a limited number of sites;
    recruited cells that prepare it as in Kaplan et al. 2005, doi:10.1038/nature04186 (recalled).
    """
    recruited = level_at_rest(draft, "recruited cells relative to rest", "recruited")
    niche = level_at_rest(draft, "prepared sites relative to rest")
    follow(draft, recruited, recruitment, drive(raised_by, lowered_by, exponent, span))
    filled = recruited * prepared / (1.0 - prepared)
    follow(draft, niche, remodelling, recruited / (1.0 - prepared), 1.0 + filled)


@law
def colonisation(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    seeded_turnover: Annotated[Node, parameter("1/hour", "turnover of cells that have arrived and do not grow")],
    room: Room,
    independent: Independent,
    loss: Loss,
) -> None:
    """Tumour cells S arrive in an organ and found colonies M: dM/dt = l ((i S + (1 - i) M)(1 + C - M)/C - M).

    dS/dt = r (D - S), D the drive. Dimensionless, all 1 at rest, M the `level`, at most 1 + C, where C is the room left
    at rest. A share i of the growth at rest is new colonies. Assumption: what raises it raises the seeding; growth is
    the organ's. Source: seeding and growth of colonies as in Iwata et al. 2000, doi:10.1006/jtbi.2000.1075 (recalled;
    there by size and without limit in number), here logistic.
    """
    seeded = level_at_rest(draft, "seeded cells relative to rest", "seeded")
    colonies = level_at_rest(draft, "colonies relative to rest")
    follow(draft, seeded, seeded_turnover, drive(raised_by, lowered_by, exponent, span))
    grow(draft, colonies, loss, room, independent, seeding=seeded)
