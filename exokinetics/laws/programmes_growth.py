"""Cell cycle, apoptosis, survival and autophagy as levels relative to rest."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.programmes_signals import damped
from exokinetics.laws.registry import law, parameter
from exokinetics.laws.relative import AT_REST, Exponent, Lowering, Raising, Span, Turnover, drive

CaspaseTurnover = Annotated[Node, parameter("1/hour", "turnover of the activity of caspase-3")]
PoresHalf = Annotated[
    Node, parameter("dimensionless", "pores at half of the largest activation of caspase-3, relative to rest")
]
XiapTurnover = Annotated[Node, parameter("1/hour", "turnover of XIAP and survivin at rest")]
XiapStrength = Annotated[
    Node, parameter("dimensionless", "caspase-3 held by XIAP and survivin at rest, relative to free")
]
XiapCleavage = Annotated[Node, parameter("dimensionless", "loss of XIAP to caspase-3 at rest, relative to other loss")]


def saturating(level: Node, half: Node) -> Node:
    """(1 + K) x / (K + x): 1 at rest, never above 1 + K."""
    return (1.0 + half) * level / (half + level)


@law
def cell_cycle(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    turnover: Turnover,
    cyclin_half: Annotated[
        Node, parameter("dimensionless", "cyclin D at half of the largest phosphorylation of RB, relative to rest")
    ],
    e2f_turnover: Annotated[Node, parameter("1/hour", "rate at which entry into the cycle follows E2F set free")],
    p27_strength: Annotated[Node, parameter("dimensionless", "CDK held by p27 at rest, relative to free")],
    p27_turnover: Annotated[Node, parameter("1/hour", "turnover of p27 at rest")],
    p27_cleavage: Annotated[
        Node, parameter("dimensionless", "loss of p27 to CDK2 that E2F brings at rest, relative to other loss")
    ],
) -> None:
    """Cyclin D and CDK4/6 C set E2F E free of RB; CDK2, which E2F brings, removes their brake p27, P.

    dC/dt = r (D - C);  dP/dt = p (1 - P (1 + b E)/(1 + b));  dE/dt = e ((1 + K) C / (K + C) (1 + a)/(1 + a P) - E),
    D the drive, 1 at rest. Dimensionless, relative to rest; `level` is E, entry into S phase, at most (1 + K)(1 + a)
    times that at rest. Assumption: averaged over cells, each of which decides by a switch, the answer is graded; MYC
    is in the drive. Source: RB, E2F and CDK2 in positive feedback as in Yao et al. 2008, doi:10.1038/ncb1711
    (recalled), kept below its bistability and lumped.
    """
    cyclin = draft.species("cyclin_d", "dimensionless", "cyclin D with CDK4/6 relative to rest", initial=AT_REST)
    p27 = draft.species("p27", "dimensionless", "p27 relative to rest", initial=AT_REST)
    level = draft.species("level", "dimensionless", "E2F and entry into the cycle relative to rest", initial=AT_REST)
    draft.synthesis("cyclin_production", turnover * drive(raised_by, lowered_by, exponent, span), into=cyclin)
    draft.loss("cyclin_decay", turnover * cyclin, cyclin)
    draft.synthesis("p27_production", p27_turnover, into=p27)
    draft.loss("p27_decay", p27_turnover * p27 / damped(level, p27_cleavage), p27)
    freed = saturating(cyclin, cyclin_half) * damped(p27, p27_strength)
    draft.synthesis("production", e2f_turnover * freed, into=level)
    draft.loss("decay", e2f_turnover * level, level)


@law
def apoptosis(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    turnover: Turnover,
    pores_half: PoresHalf,
    caspase_turnover: CaspaseTurnover,
    xiap_turnover: XiapTurnover,
    xiap_strength: XiapStrength,
    xiap_cleavage: XiapCleavage,
) -> None:
    """Pores of BAX and BAK B, opened against Bcl-2, activate caspase-3 C, which XIAP X holds and C removes.

    dB/dt = r (D - B);  dX/dt = x (1 - X (1 + b C)/(1 + b));  dC/dt = c (g(B) (1 + a)/(1 + a X) - C), with
    g(B) = (1 + K) B / (K + B) and D the drive of death, 1 at rest; Bcl-2 and survivin are among what lowers it.
    Dimensionless, relative to rest; `level` is C, the rate of death, at most (1 + K)(1 + a). Assumption: averaged over
    cells, each of which lives or dies, the answer is graded. Source: caspase-3 and XIAP in mutual inhibition as in
    Eissing et al. 2004, doi:10.1074/jbc.M404893200, and Legewie et al. 2006, doi:10.1371/journal.pcbi.0020120
    (abstracts seen), kept below their bistability and lumped.
    """
    death = drive(raised_by, lowered_by, exponent, span)
    level = draft.species("level", "dimensionless", "caspase-3 and death relative to rest", initial=AT_REST)
    _caspase(draft, level, death, turnover, pores_half, caspase_turnover, xiap_turnover, xiap_strength, xiap_cleavage)


@law
def cell_survival(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    turnover: Turnover,
    pores_half: PoresHalf,
    caspase_turnover: CaspaseTurnover,
    xiap_turnover: XiapTurnover,
    xiap_strength: XiapStrength,
    xiap_cleavage: XiapCleavage,
    other_loss: Annotated[
        Node, parameter("dimensionless", "loss of cells to other causes, relative to apoptosis at rest")
    ],
) -> None:
    """How long cells survive, the inverse of their loss: L = (w + 1) / (w + C), C the caspase-3 of `apoptosis`.

    What raises survival lowers the drive of death, D: dB/dt = r (D - B), dX/dt = x (1 - X (1 + b C)/(1 + b)),
    dC/dt = c (g(B) (1 + a)/(1 + a X) - C), g(B) = (1 + K) B / (K + B). Dimensionless, relative to rest; `level` is L,
    at most (1 + w)/w. Assumption: other causes of death stay. Source: definition of a mean life; caspase-3 and XIAP as
    in Eissing et al. 2004, doi:10.1074/jbc.M404893200 (abstract seen), lumped.
    """
    death = drive(lowered_by, raised_by, exponent, span)
    caspase = draft.species("caspase", "dimensionless", "caspase-3 relative to rest", initial=AT_REST)
    _caspase(draft, caspase, death, turnover, pores_half, caspase_turnover, xiap_turnover, xiap_strength, xiap_cleavage)
    draft.observable("level", (other_loss + 1.0) / (other_loss + caspase), "mean life of a cell relative to rest")


def _caspase(
    draft: Draft, caspase: Node, death: Node, turnover: Node, half: Node, caspase_turnover: Node, xiap_turnover: Node,
    strength: Node, cleavage: Node,
) -> None:  # fmt: skip
    pores = draft.species("pores", "dimensionless", "pores of BAX and BAK relative to rest", initial=AT_REST)
    xiap = draft.species("xiap", "dimensionless", "XIAP and survivin relative to rest", initial=AT_REST)
    draft.synthesis("pores_production", turnover * death, into=pores)
    draft.loss("pores_decay", turnover * pores, pores)
    draft.synthesis("xiap_production", xiap_turnover, into=xiap)
    draft.loss("xiap_decay", xiap_turnover * xiap / damped(caspase, cleavage), xiap)
    draft.synthesis("production", caspase_turnover * saturating(pores, half) * damped(xiap, strength), into=caspase)
    draft.loss("decay", caspase_turnover * caspase, caspase)


@law
def autophagy(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    turnover: Turnover,
    fusion: Annotated[Node, parameter("1/hour", "fusion of autophagosomes with lysosomes at rest")],
    lysosome_half: Annotated[
        Node, parameter("dimensionless", "autophagosomes at half of the largest fusion, relative to rest")
    ],
    nutrient_feedback: Annotated[
        Node, parameter("dimensionless", "hold of mTORC1 over ULK1 by nutrients set free, at rest")
    ],
) -> None:
    """ATG proteins A make autophagosomes V, whose fusion with lysosomes is the flux F = (1 + K) V / (K + V).

    dA/dt = r (D - A);  dV/dt = f (A (1 + k)/(1 + k F) - F), D the drive, 1 at rest: the nutrients that the flux sets
    free wake mTORC1, which holds ULK1. Dimensionless, relative to rest; `level` is F, which rests where
    F (1 + k F) = D (1 + k). Assumption: nutrients follow the flux at once. Source: mTORC1 regained through autophagy
    as in Yu et al. 2010, doi:10.1038/nature09076 (abstract seen); saturable fusion is assumed.
    """
    atg = draft.species("atg", "dimensionless", "ATG proteins at work relative to rest", initial=AT_REST)
    vesicles = draft.species("autophagosomes", "dimensionless", "autophagosomes relative to rest", initial=AT_REST)
    draft.synthesis("atg_production", turnover * drive(raised_by, lowered_by, exponent, span), into=atg)
    draft.loss("atg_decay", turnover * atg, atg)
    flux = saturating(vesicles, lysosome_half)
    draft.synthesis("formation", fusion * atg * damped(flux, nutrient_feedback), into=vesicles)
    draft.loss("fusion_with_lysosomes", fusion * flux, vesicles)
    draft.observable("level", flux, "flux of autophagy relative to rest")
