"""Adhesion and the cytoskeleton as modules relative to rest: FAK with Src, RhoA, LATS and YAP."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import law, parameter
from exokinetics.laws.relative import Exponent, Lowering, Raising, Span, drive
from exokinetics.laws.signalling import (
    Feedback,
    Half,
    Induced,
    Modified,
    Steepness,
    resting,
    restrained,
    saturating,
    shared,
    turnover,
    unmodified,
)


@law
def fak_src(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    dephosphorylation: Annotated[Node, parameter("1/hour", "dephosphorylation of FAK")],
    modified: Modified,
    src_share: Annotated[
        Node, parameter("dimensionless", "share of Src in the phosphorylation of FAK at rest", "logit")
    ],
    inactivation: Annotated[Node, parameter("1/hour", "inactivation of Src")],
    active: Annotated[Node, parameter("dimensionless", "share of Src that is active at rest", "logit")],
) -> None:
    """Integrins let FAK F phosphorylate itself, FAK recruits and opens Src L (`level`), Src phosphorylates FAK further.

    dF/dt = d (D (1 - u + u L) (1 - s F)/(1 - s) - F);  dL/dt = i (F (1 - g L)/(1 - g) - L). D is the drive of all
    inputs. The two kinases raise each other, but each saturates, so that there is one steady state. Dimensionless,
    both 1 at rest. Assumption: paxillin and p130Cas follow without delay. Source: phosphorylation of FAK as in Scott
    et al. 2021, doi:10.1073/pnas.2021571118 (public code seen); its mutual activation with Src as in the review of
    Mitra and Schlaepfer 2006, doi:10.1016/j.ceb.2006.08.011 (recalled).
    """
    fak = resting(draft, "fak", "phosphorylated FAK")
    level = resting(draft, "level", "active Src")
    kinases = drive(raised_by, lowered_by, exponent, span) * shared(level, src_share)
    turnover(draft, fak, dephosphorylation, kinases * unmodified(fak, modified))
    turnover(draft, level, inactivation, fak * unmodified(level, active))


@law
def rhoa_cycle(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    hydrolysis: Annotated[Node, parameter("1/hour", "hydrolysis of the GTP of RhoA")],
    loaded: Annotated[Node, parameter("dimensionless", "share of RhoA with GTP at rest", "logit")],
    feedback: Feedback,
    myosin_inactivation: Annotated[Node, parameter("1/hour", "inactivation of myosin")],
) -> None:
    """Exchange factors load RhoA L (`level`) with GTP; active myosin M, which follows it, holds them back.

    dL/dt = h (D (1 - g L)/(1 - g)/(1 - f + f M) - L);  dM/dt = m (L - M). D is the drive of all inputs, on the exchange
    factors. Dimensionless, both 1 at rest. Assumption: GAPs are constant, ROCK follows RhoA at once. Source: GTPase and
    myosin as in Scott et al. 2021, doi:10.1073/pnas.2021571118 (public code seen); myosin as the negative feedback as
    in Kamps et al. 2020, doi:10.1016/j.celrep.2020.108467 (recalled).
    """
    level = resting(draft, "level", "RhoA with GTP")
    myosin = resting(draft, "myosin", "active myosin")
    exchange = drive(raised_by, lowered_by, exponent, span) * restrained(myosin, feedback)
    turnover(draft, level, hydrolysis, exchange * unmodified(level, loaded))
    turnover(draft, myosin, myosin_inactivation, level)


@law
def hippo_yap(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    activation: Annotated[Node, parameter("1/hour", "rate at which LATS follows what activates it")],
    exit: Annotated[Node, parameter("1/hour", "loss of YAP from the nucleus at rest")],
    modified: Annotated[Node, parameter("dimensionless", "share of YAP in the nucleus at rest", "logit")],
    lats_share: Annotated[Node, parameter("dimensionless", "share of LATS in the loss from the nucleus", "logit")],
    induced: Induced,
    half: Half,
    steepness: Steepness,
    protein_decay: Annotated[Node, parameter("1/hour", "decay of LATS2")],
) -> None:
    """LATS K phosphorylates YAP, which leaves the nucleus; YAP there, L (`level`), makes the LATS2 protein Z.

    dK/dt = k (Z / D - K);  dL/dt = e ((1 - s L)/(1 - s) - (1 - q + q K) L);  dZ/dt = z (1 - t + t H(L) - Z). D is the
    drive of all inputs on YAP: what lowers it, a LATS that a microRNA represses among them, raises the kinase.
    Dimensionless, all 1 at rest, L never above 1 / s. Assumptions: the pool of YAP is constant, TAZ counts as YAP.
    Source: phosphorylation and shuttling of YAP as in Scott et al. 2021, doi:10.1073/pnas.2021571118 (public code
    seen); LATS2 as its feedback as in Moroishi et al. 2015, doi:10.1101/gad.262816.115 (abstract seen).
    """
    lats = resting(draft, "lats", "active LATS")
    level = resting(draft, "level", "YAP in the nucleus")
    protein = resting(draft, "lats2", "LATS2 protein")
    turnover(draft, lats, activation, protein * drive(lowered_by, raised_by, exponent, span))
    turnover(draft, level, exit, unmodified(level, modified), shared(lats, lats_share))
    turnover(draft, protein, protein_decay, shared(saturating(level, half, steepness), induced))
