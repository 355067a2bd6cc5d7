"""Osteoblasts and osteoclasts, and the bone that is resorbed, over levels relative to rest."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import law, parameter
from exokinetics.laws.relative import Exponent, Lowering, Raising, Span, drive
from exokinetics.laws.tissue import follow, level_at_rest

PrecursorTurnover = Annotated[Node, parameter("1/hour", "differentiation of osteoblast precursors")]
OsteoblastLoss = Annotated[Node, parameter("1/hour", "loss of osteoblasts")]
OsteoclastLoss = Annotated[Node, parameter("1/hour", "loss of osteoclasts at rest")]
Basal = Annotated[
    Node, parameter("dimensionless", "activity of TGF-b without resorption, as osteoclasts would give it")
]
Half = Annotated[Node, parameter("dimensionless", "osteoclasts at half of the largest activity of TGF-b, 1 at rest")]
Opg = Annotated[Node, parameter("dimensionless", "share of RANKL that OPG holds at rest", "logit")]


def _bone_cells(
    draft: Draft, of_osteoblasts: Node | float, of_osteoclasts: Node | float, names: tuple[str, str], rates:
    tuple[Node, Node, Node], basal: Node, half: Node, opg: Node,
) -> None:  # fmt: skip
    """Precursors R, osteoblasts B and osteoclasts C, tied by TGF-b from resorbed bone and by RANKL and OPG."""
    precursors = level_at_rest(draft, "osteoblast precursors relative to rest", "precursors")
    osteoblasts = level_at_rest(draft, "osteoblasts relative to rest", names[0])
    osteoclasts = level_at_rest(draft, "osteoclasts relative to rest", names[1])
    growth_factor = (osteoclasts + basal) * (half + 1.0) / ((osteoclasts + half) * (1.0 + basal))
    follow(draft, precursors, rates[0], of_osteoblasts * growth_factor, 1.0 / growth_factor)
    follow(draft, osteoblasts, rates[1], precursors / growth_factor)
    free_rankl = 1.0 / (1.0 - opg + opg * osteoblasts)
    follow(draft, osteoclasts, rates[2], of_osteoclasts * free_rankl, growth_factor)


@law
def osteoclast_formation(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    precursor_turnover: PrecursorTurnover,
    osteoblast_loss: OsteoblastLoss,
    osteoclast_loss: OsteoclastLoss,
    basal: Basal,
    half: Half,
    opg: Opg,
) -> None:
    """RANKL makes osteoclasts C; resorption frees TGF-b T, which makes osteoblasts B and shortens the life of C.

    dC/dt = c (D / (1 - o + o B) - T C); dR/dt = r (T - R/T); dB/dt = b (R/T - B), with T = ((C + s)/(1 + s)) (1 + K)/(C
    + K), D the drive, R osteoblast precursors. OPG of osteoblasts holds RANKL. Dimensionless, all 1 at rest, C the
    `level`. Assumption: D is RANKL or the answer to it. Source: the cells and signals of Lemaire et al. 2004,
    doi:10.1016/j.jtbi.2004.03.023 (recalled), its receptors reduced to saturation.
    """
    driven = drive(raised_by, lowered_by, exponent, span)
    rates = (precursor_turnover, osteoblast_loss, osteoclast_loss)
    _bone_cells(draft, 1.0, driven, ("osteoblasts", "level"), rates, basal, half, opg)


@law
def osteoblast_formation(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    precursor_turnover: PrecursorTurnover,
    osteoblast_loss: OsteoblastLoss,
    osteoclast_loss: OsteoclastLoss,
    basal: Basal,
    half: Half,
    opg: Opg,
) -> None:
    """Osteoblasts B from precursors R that BMP and TGF-b make: dR/dt = r (D T - R/T);  dB/dt = b (R/T - B).

    dC/dt = c (1 / (1 - o + o B) - T C), with T = ((C + s)/(1 + s)) (1 + K)/(C + K) the activity of TGF-b that
    osteoclasts C free, D the drive. Dimensionless, all 1 at rest, B the `level`. Assumption: D acts on precursors.
    Source: the cells and signals of Lemaire et al. 2004, doi:10.1016/j.jtbi.2004.03.023 (recalled), its receptors
    reduced to saturation.
    """
    driven = drive(raised_by, lowered_by, exponent, span)
    rates = (precursor_turnover, osteoblast_loss, osteoclast_loss)
    _bone_cells(draft, driven, 1.0, ("level", "osteoclasts"), rates, basal, half, opg)


@law
def bone_resorption(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    refilling: Annotated[Node, parameter("1/hour", "refilling of resorbed bone at rest")],
    coupling: Annotated[
        Node, parameter("dimensionless", "share of the refilling at rest that resorption calls for", "logit")
    ],
    formation_turnover: Annotated[Node, parameter("1/hour", "rate at which formation follows resorption")],
) -> None:
    """Bone that is resorbed and not refilled, L: dL/dt = k (D - F L);  dF/dt = b (1 - c + c L - F).

    D, the drive, is resorption by osteoclasts, F the bone formation that follows it. Dimensionless, all 1 at rest, L
    the `level`. Assumption: refilling in proportion to what is to be filled. Source: mass balance of resorption and
    formation, coupled as in Komarova et al. 2003, doi:10.1016/S8756-3282(03)00157-1 (recalled), there by power laws.
    """
    resorbed = level_at_rest(draft, "resorbed bone relative to rest")
    formation = level_at_rest(draft, "bone formation relative to rest", "formation")
    follow(draft, resorbed, refilling, drive(raised_by, lowered_by, exponent, span), formation)
    follow(draft, formation, formation_turnover, 1.0 - coupling + coupling * resorbed)
