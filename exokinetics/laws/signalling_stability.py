"""Transcription factors that a cell makes only to destroy them, as modules relative to rest: beta-catenin, HIF."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import law, parameter
from exokinetics.laws.relative import Exponent, Lowering, Raising, Span, drive
from exokinetics.laws.signalling import Half, Induced, Steepness, resting, saturating, shared, turnover


@law
def wnt_beta_catenin(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    assembly: Annotated[Node, parameter("1/hour", "rate at which the destruction complex follows Wnt and AXIN")],
    decay: Annotated[Node, parameter("1/hour", "decay of beta-catenin at rest")],
    complex_share: Annotated[Node, parameter("dimensionless", "share of the destruction complex in that", "logit")],
    induced: Induced,
    half: Half,
    steepness: Steepness,
    axin_decay: Annotated[Node, parameter("1/hour", "decay of AXIN")],
) -> None:
    """Wnt W takes the destruction complex C apart, which degrades beta-catenin L (`level`), which makes AXIN2 A.

    dC/dt = c (A / W - C);  dL/dt = d (1 - (1 - q + q C) L);  dA/dt = a (1 - t + t H(L) - A). W is the drive of all
    inputs: ligand and receptors raise it, sFRP1, DACT2 and other antagonists lower it. Dimensionless, all 1 at rest,
    L never above 1 / (1 - q). Assumptions: AXIN limits the complex; synthesis of beta-catenin is constant. Source: Lee
    et al. 2003, doi:10.1371/journal.pbio.0000010 (model export seen), reduced to its slow steps; AXIN2 as in Jho et
    al. 2002, doi:10.1128/MCB.22.4.1172-1183.2002 (recalled).
    """
    complex_ = resting(draft, "complex", "destruction complex")
    level = resting(draft, "level", "beta-catenin")
    axin = resting(draft, "axin", "AXIN")
    turnover(draft, complex_, assembly, axin * drive(lowered_by, raised_by, exponent, span))
    turnover(draft, level, decay, 1.0, shared(complex_, complex_share))
    turnover(draft, axin, axin_decay, shared(saturating(level, half, steepness), induced))


@law
def hif_phd(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    decay: Annotated[Node, parameter("1/hour", "decay of HIF-1-alpha at rest")],
    phd_share: Annotated[Node, parameter("dimensionless", "share of prolyl hydroxylases in that", "logit")],
    induced: Induced,
    half: Half,
    steepness: Steepness,
    phd_decay: Annotated[Node, parameter("1/hour", "decay of the induced prolyl hydroxylase")],
) -> None:
    """Prolyl hydroxylases mark HIF-1-alpha L (`level`) for degradation, and HIF makes one of them, P (PHD2, PHD3).

    dL/dt = d (1 - (1 - q + q P / D) L);  dP/dt = p (1 - t + t H(L) - P). D is the drive of all inputs: lack of oxygen
    raises it, a PHD that a microRNA represses and whatever else helps the degradation lower it. Dimensionless, all 1
    at rest, L never above 1 / (1 - q). Assumptions: hydroxylation is first order in HIF; FIH left out. Source: PHD2
    sets HIF-1-alpha and is induced by it as in Berra et al. 2003, doi:10.1093/emboj/cdg392 (abstract seen).
    """
    level = resting(draft, "level", "HIF-1-alpha")
    phd = resting(draft, "phd", "induced prolyl hydroxylase")
    hydroxylation = phd * drive(lowered_by, raised_by, exponent, span)
    turnover(draft, level, decay, 1.0, shared(hydroxylation, phd_share))
    turnover(draft, phd, phd_decay, shared(saturating(level, half, steepness), induced))
