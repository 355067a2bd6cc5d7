"""Notch, Hedgehog and toll-like receptors as levels relative to rest, each with the feedback that marks it."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import law, parameter
from exokinetics.laws.relative import AT_REST, Exponent, Lowering, Raising, Span, Turnover, drive

Feedback = Annotated[Node, parameter("dimensionless", "strength of the feedback: 1 halves at a large level")]
FeedbackTurnover = Annotated[Node, parameter("1/hour", "turnover of what feeds back")]


def damped(by: Node, strength: Node) -> Node:
    """(1 + k) / (1 + k x): 1 at rest, falls with x."""
    return (1.0 + strength) / (1.0 + strength * by)


@law
def notch_cleavage(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    receptor_turnover: Annotated[Node, parameter("1/hour", "turnover of Notch at the surface, at rest")],
    cleaved_share: Annotated[
        Node, parameter("dimensionless", "share of the Notch lost at rest that ADAM10 cleaves", "logit")
    ],
    turnover: Turnover,
) -> None:
    """ADAM10 cleaves Notch N at the surface, which sets free its intracellular domain I: dI/dt = r (D N - I).

    dN/dt = q (1 - (1 - c + c D) N), D the drive, 1 at rest: what is cleaved is not there to be cleaved again, so that I
    rests at D / (1 - c + c D) and stays below 1 / c. Dimensionless, relative to rest; `level` is I. Assumption: ligands
    on neighbours are in the drive; the cut by gamma-secretase is not limiting. Source: Notch made at a constant rate
    and used up by its signal as in Sprinzak et al. 2010, doi:10.1038/nature08959 (abstract seen, equations recalled).
    """
    notch = draft.species("notch", "dimensionless", "Notch at the surface relative to rest", initial=AT_REST)
    level = draft.species("level", "dimensionless", "intracellular Notch relative to rest", initial=AT_REST)
    cleavage = drive(raised_by, lowered_by, exponent, span)
    draft.synthesis("notch_production", receptor_turnover, into=notch)
    draft.loss("notch_loss", receptor_turnover * (1.0 - cleaved_share + cleaved_share * cleavage) * notch, notch)
    draft.synthesis("production", turnover * cleavage * notch, into=level)
    draft.loss("decay", turnover * level, level)


@law
def hedgehog_gli(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    turnover: Turnover,
    feedback: Feedback,
    ptch1_turnover: FeedbackTurnover,
) -> None:
    """GLI G that SUFU does not hold makes PTCH1 P, which holds the pathway down: dG/dt = r (D (1 + k)/(1 + k P) - G).

    dP/dt = p (G - P), D the drive, 1 at rest; SUFU is among what lowers it. Dimensionless, relative to rest; `level` is
    the active GLI, which rests where G (1 + k G) = D (1 + k). Assumption: GLI1 to GLI3 are one; binding to SUFU is at
    equilibrium, within the drive. Source: PTCH1 as target and brake of the pathway as in Goodrich et al. 1996,
    doi:10.1101/gad.10.3.301 (recalled); SUFU holds GLI as in Humke et al. 2010, doi:10.1101/gad.1902910 (recalled).
    """
    level = draft.species("level", "dimensionless", "active GLI relative to rest", initial=AT_REST)
    ptch1 = draft.species("ptch1", "dimensionless", "PTCH1 relative to rest", initial=AT_REST)
    signal = drive(raised_by, lowered_by, exponent, span) * damped(ptch1, feedback)
    draft.synthesis("production", turnover * signal, into=level)
    draft.loss("decay", turnover * level, level)
    draft.synthesis("ptch1_production", ptch1_turnover * level, into=ptch1)
    draft.loss("ptch1_decay", ptch1_turnover * ptch1, ptch1)


@law
def toll_like_receptor(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    turnover: Turnover,
    feedback: Feedback,
    a20_turnover: FeedbackTurnover,
    il_6_turnover: Annotated[Node, parameter("1/hour", "turnover of IL-6")],
) -> None:
    """Toll-like receptors signal through MyD88 M, which makes IL-6 and A20: dM/dt = r (D (1 + k)/(1 + k A) - M).

    dA/dt = a (M - A), dI/dt = i (M - I), D the drive, 1 at rest. Dimensionless, relative to rest; `level` is the signal
    M behind MyD88, which rests where M (1 + k M) = D (1 + k); `il_6` follows it. Assumption: TRIF apart; NF-kB is as
    active as MyD88. Source: A20, induced and holding down the same signal, as in Werner et al. 2008,
    doi:10.1101/gad.1680708 (abstract seen; there behind the TNF receptor), its oscillations averaged.
    """
    level = draft.species("level", "dimensionless", "signal of MyD88 relative to rest", initial=AT_REST)
    a20 = draft.species("a20", "dimensionless", "A20 relative to rest", initial=AT_REST)
    il_6 = draft.species("il_6", "dimensionless", "IL-6 relative to rest", initial=AT_REST)
    signal = drive(raised_by, lowered_by, exponent, span) * damped(a20, feedback)
    draft.synthesis("production", turnover * signal, into=level)
    draft.loss("decay", turnover * level, level)
    draft.synthesis("a20_production", a20_turnover * level, into=a20)
    draft.loss("a20_decay", a20_turnover * a20, a20)
    draft.synthesis("il_6_production", il_6_turnover * level, into=il_6)
    draft.loss("il_6_decay", il_6_turnover * il_6, il_6)
