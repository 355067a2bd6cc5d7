"""Cytokine pathways as modules relative to rest: STAT with SOCS, NF-kB with IkB-alpha, SMAD with SMAD7."""

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
def stat_socs(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    dephosphorylation: Annotated[Node, parameter("1/hour", "loss of phosphorylated STAT from the nucleus")],
    modified: Modified,
    feedback: Feedback,
    induced: Induced,
    half: Half,
    steepness: Steepness,
    mrna_decay: Annotated[Node, parameter("1/hour", "decay of SOCS mRNA")],
    protein_decay: Annotated[Node, parameter("1/hour", "decay of SOCS")],
) -> None:
    """JAK phosphorylates STAT L (`level`), which makes the mRNA M of SOCS Z, which holds JAK back.

    dL/dt = d (J (1 - s L)/(1 - s)/(1 - f + f Z) - L);  dM/dt = m (1 - t + t H(L) - M);  dZ/dt = z (M - Z). J is the
    drive of all inputs: cytokine, receptor (GP130) and JAK raise it; a SOCS that a microRNA represses lowers it.
    Dimensionless, all 1 at rest. Assumptions: receptor and JAK at equilibrium; the SOCS among the inputs is not the
    one that is induced. Source: JAK2/STAT5 with feedback by SOCS3 as in Bachmann et al. 2011, doi:10.1038/msb.2011.50
    (abstract and its estimates in a benchmark collection seen), lumped, CIS and SHP1 left out.
    """
    level = resting(draft, "level", "phosphorylated STAT")
    mrna = resting(draft, "mrna", "SOCS mRNA")
    socs = resting(draft, "socs", "induced SOCS")
    jak = drive(raised_by, lowered_by, exponent, span) * restrained(socs, feedback)
    turnover(draft, level, dephosphorylation, jak * unmodified(level, modified))
    turnover(draft, mrna, mrna_decay, shared(saturating(level, half, steepness), induced))
    turnover(draft, socs, protein_decay, mrna)


@law
def nf_kb(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    exit: Annotated[Node, parameter("1/hour", "return of NF-kB from the nucleus")],
    modified: Annotated[Node, parameter("dimensionless", "share of NF-kB in the nucleus at rest", "logit")],
    held: Annotated[Node, parameter("dimensionless", "share of the rest that IkB-alpha holds at rest", "logit")],
    induced: Induced,
    half: Half,
    steepness: Steepness,
    mrna_decay: Annotated[Node, parameter("1/hour", "decay of IkB-alpha mRNA")],
    protein_decay: Annotated[Node, parameter("1/hour", "decay of IkB-alpha at rest")],
    ikk_share: Annotated[Node, parameter("dimensionless", "share of IKK in that", "logit")],
) -> None:
    """IKK K degrades IkB-alpha I, which holds NF-kB L (`level`, in the nucleus), which makes the mRNA M of IkB-alpha.

    dL/dt = e ((1 - s L)/(1 - s)/(1 - h + h I) - L);  dM/dt = m (1 - t + t H(L) - M);
    dI/dt = i (M - (1 - q + q K) I). K is the drive of all inputs. Dimensionless, all 1 at rest. Assumptions: NF-kB
    outside the nucleus and IkB-alpha at binding equilibrium; A20, IkB-beta and IkB-epsilon left out. Source: Hoffmann
    et al. 2002, doi:10.1126/science.1071914 (model export seen), reduced in the manner of Krishna et al. 2006,
    doi:10.1073/pnas.0604085103 (recalled).
    """
    level = resting(draft, "level", "NF-kB in the nucleus")
    mrna = resting(draft, "mrna", "IkB-alpha mRNA")
    inhibitor = resting(draft, "ikba", "IkB-alpha")
    ikk = drive(raised_by, lowered_by, exponent, span)
    turnover(draft, level, exit, unmodified(level, modified) * restrained(inhibitor, held))
    turnover(draft, mrna, mrna_decay, shared(saturating(level, half, steepness), induced))
    turnover(draft, inhibitor, protein_decay, mrna, shared(ikk, ikk_share))


@law
def tgf_beta_smad(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    receptor_decay: Annotated[Node, parameter("1/hour", "decay of active receptors at rest")],
    feedback: Feedback,
    dissociation: Annotated[Node, parameter("1/hour", "dephosphorylation of SMAD in the nucleus")],
    modified: Annotated[
        Node, parameter("dimensionless", "share of SMAD phosphorylated and in the nucleus at rest", "logit")
    ],
    induced: Induced,
    half: Half,
    steepness: Steepness,
    smad7_decay: Annotated[Node, parameter("1/hour", "decay of SMAD7")],
) -> None:
    """Active receptors R phosphorylate SMAD L (`level`, in the nucleus), which makes SMAD7 Z, which removes receptors.

    dR/dt = r (D - (1 - f + f Z) R);  dL/dt = k (R (1 - s L)/(1 - s) - L);  dZ/dt = z (1 - t + t H(L) - Z). D is the
    drive of all inputs: ligand and its receptors raise it. Dimensionless, all 1 at rest. Assumptions: import of
    phosphorylated SMAD at once; SMAD7 mRNA and protein in one step. Source: receptors that are lost through SMAD7 as
    in Zi and Klipp 2007, doi:10.1371/journal.pone.0000936 (model export seen; there the complex of SMAD does it
    without SMAD7 between), receptor decay as in Vilar et al. 2006, doi:10.1371/journal.pcbi.0020003 (model export
    seen).
    """
    receptor = resting(draft, "receptor", "active receptors")
    level = resting(draft, "level", "phosphorylated SMAD in the nucleus")
    smad7 = resting(draft, "smad7", "SMAD7")
    turnover(draft, receptor, receptor_decay, drive(raised_by, lowered_by, exponent, span), shared(smad7, feedback))
    turnover(draft, level, dissociation, receptor * unmodified(level, modified))
    turnover(draft, smad7, smad7_decay, shared(saturating(level, half, steepness), induced))
