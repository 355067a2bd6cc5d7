"""Growth factor pathways as modules relative to rest: PI3K and AKT, mTORC1, RAF and ERK."""

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
def pi3k_akt(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    recruited: Annotated[Node, parameter("dimensionless", "share of PI3K that is active at rest", "logit")],
    pip3_removal: Annotated[Node, parameter("1/hour", "loss of PIP3 at rest, by all phosphatases")],
    pten_share: Annotated[Node, parameter("dimensionless", "share of PTEN in that", "logit")],
    pi34p2_removal: Annotated[Node, parameter("1/hour", "loss of PI(3,4)P2 at rest, by all phosphatases")],
    pten_share_pi34p2: Annotated[Node, parameter("dimensionless", "share of PTEN in that", "logit")],
    pi34p2_share: Annotated[
        Node, parameter("dimensionless", "share of PI(3,4)P2 in the lipids that recruit AKT", "logit")
    ],
    half: Half,
    steepness: Steepness,
    modified: Modified,
    dephosphorylation: Annotated[Node, parameter("1/hour", "dephosphorylation of AKT")],
    feedback: Feedback,
    feedback_turnover: Annotated[Node, parameter("1/hour", "rate at which S6K and its targets follow AKT")],
) -> None:
    """PIP3 P between PI3K and PTEN, PI(3,4)P2 Q, AKT L (`level`) and S6K Z, which holds PI3K back.

    dP/dt = r (A / (1 - a + a A) / (1 - f + f Z) - (1 - p + p E) P);  dQ/dt = r_Q (P - (1 - q + q E) Q);
    dL/dt = d (H((1 - c) P + c Q) (1 - s L)/(1 - s) - L);  dZ/dt = r_Z (L - Z). A is the drive of what raises it, on
    PI3K, of which the share a is active at rest; E that of what lowers it, on PTEN; other phosphatases keep the shares
    1 - p and 1 - q. H is a Hill function, 1 at rest, s the share of AKT that is phosphorylated. Dimensionless, all 1
    at rest. Assumptions: PI(4,5)P2 is not used up; both phosphorylations of AKT in one step. Source: PTEN on both
    lipids as in Malek et al. 2017, doi:10.1016/j.molcel.2017.09.024 (abstract seen); AKT cycle as in Fujita et al.
    2010, doi:10.1126/scisignal.2000810 (model export seen); S6K on IRS1 as in Harrington et al. 2004,
    doi:10.1083/jcb.200403069 (recalled).
    """
    pip3 = resting(draft, "pip3", "PIP3")
    pi34p2 = resting(draft, "pi34p2", "PI(3,4)P2")
    level = resting(draft, "level", "phosphorylated AKT")
    s6k = resting(draft, "s6k", "active S6K")
    signal, pten = drive(raised_by, (), exponent, span), drive(lowered_by, (), exponent, span)
    pi3k = signal * restrained(signal, recruited)  # a pool that can only be used up
    recruiting = (1.0 - pi34p2_share) * pip3 + pi34p2_share * pi34p2
    turnover(draft, pip3, pip3_removal, pi3k * restrained(s6k, feedback), shared(pten, pten_share))
    turnover(draft, pi34p2, pi34p2_removal, pip3, shared(pten, pten_share_pi34p2))
    phosphorylated = saturating(recruiting, half, steepness) * unmodified(level, modified)
    turnover(draft, level, dephosphorylation, phosphorylated)
    turnover(draft, s6k, feedback_turnover, level)


@law
def mtorc1(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    hydrolysis: Annotated[Node, parameter("1/hour", "hydrolysis of the GTP of RHEB at rest")],
    tsc2_share: Annotated[Node, parameter("dimensionless", "share of TSC2 in that", "logit")],
    loaded: Annotated[Node, parameter("dimensionless", "share of RHEB with GTP at rest", "logit")],
    inactivation: Annotated[Node, parameter("1/hour", "inactivation of mTORC1")],
    modified: Modified,
    feedback: Feedback,
    feedback_turnover: Annotated[Node, parameter("1/hour", "rate at which S6K and its targets follow mTORC1")],
) -> None:
    """TSC2 keeps RHEB R from its GTP, RHEB activates mTORC1 L (`level`), S6K Z takes from AKT its hold on TSC2.

    dR/dt = h ((1 - g R)/(1 - g) - (1 - p + p T (1 - f + f Z)) R);  dL/dt = i (R (1 - s L)/(1 - s) - L);
    dZ/dt = r (L - Z). T is the activity of TSC2: what lowers mTORC1 raises it, what raises mTORC1 lowers it.
    Dimensionless, all 1 at rest. Assumption: amino acids are constant, in the activity of RHEB. Source: TSC2 as the
    GAP of RHEB as in Inoki et al. 2003, doi:10.1101/gad.1110003 (recalled); S6K on IRS1 as in Harrington et al. 2004,
    doi:10.1083/jcb.200403069 (recalled).
    """
    rheb = resting(draft, "rheb", "RHEB with GTP")
    level = resting(draft, "level", "active mTORC1")
    s6k = resting(draft, "s6k", "active S6K")
    tsc2 = drive(lowered_by, raised_by, exponent, span) * shared(s6k, feedback)
    turnover(draft, rheb, hydrolysis, unmodified(rheb, loaded), shared(tsc2, tsc2_share))
    turnover(draft, level, inactivation, rheb * unmodified(level, modified))
    turnover(draft, s6k, feedback_turnover, level)


@law
def raf_erk(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    inactivation: Annotated[Node, parameter("1/hour", "inactivation of RAF")],
    active: Annotated[Node, parameter("dimensionless", "share of RAF that is active at rest", "logit")],
    feedback: Feedback,
    half: Half,
    steepness: Steepness,
    dephosphorylation: Annotated[Node, parameter("1/hour", "dephosphorylation of ERK at rest")],
    modified: Modified,
    dusp_share: Annotated[Node, parameter("dimensionless", "share of induced DUSP in that", "logit")],
    induced: Induced,
    dusp_decay: Annotated[Node, parameter("1/hour", "decay of the induced DUSP")],
) -> None:
    """RAS and RAF R activate ERK L (`level`), which holds RAF and SOS back and makes its own phosphatase DUSP U.

    dR/dt = i (D (1 - g R)/(1 - g)/(1 - f + f L) - R);  dL/dt = d (H(R) (1 - s L)/(1 - s) - (1 - q + q U) L);
    dU/dt = k (1 - t + t L - U). D is the drive of all inputs: receptors and RAS raise it; SPRY1, DGKB and a DUSP that
    ERK does not induce lower it. Dimensionless, all 1 at rest. Assumptions: MEK follows RAF at once, its two steps are
    in H. Source: induced DUSP as in Nakakuki et al. 2010, doi:10.1016/j.cell.2010.03.054 (model code seen); ERK on RAF
    as in Dougherty et al. 2005, doi:10.1016/j.molcel.2004.11.055 (recalled).
    """
    raf = resting(draft, "raf", "active RAF")
    level = resting(draft, "level", "phosphorylated ERK")
    dusp = resting(draft, "dusp", "induced DUSP")
    activated = drive(raised_by, lowered_by, exponent, span) * restrained(level, feedback)
    turnover(draft, raf, inactivation, activated * unmodified(raf, active))
    phosphorylated = saturating(raf, half, steepness) * unmodified(level, modified)
    turnover(draft, level, dephosphorylation, phosphorylated, shared(dusp, dusp_share))
    turnover(draft, dusp, dusp_decay, shared(level, induced))
