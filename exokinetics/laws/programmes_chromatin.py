"""Marks on chromatin as levels relative to rest: DNA methylation by DNMT1, H3K27me3 against KDM6B."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import law, parameter
from exokinetics.laws.relative import AT_REST, Exponent, Lowering, Raising, Span, Turnover, drive


@law
def dna_methylation(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    replication: Annotated[Node, parameter("1/hour", "rate at which a site is replicated")],
    maintenance: Annotated[
        Node, parameter("dimensionless", "methylation of a hemimethylated site per replication, as a multiple")
    ],
    preference: Annotated[
        Node, parameter("dimensionless", "DNMT1 at a hemimethylated site, as a multiple of that at a bare site")
    ],
) -> None:
    """Sites of a promoter, bare U, hemimethylated H or methylated M; replication halves, DNMT1 completes.

    dM/dt = n (k D H - M);  dU/dt = n (H/2 - 2 k D U / s);  H = 1 - U - M, D the drive on DNMT1, 1 at rest.
    Dimensionless shares; `level` is the methylation M + H/2 relative to rest, of which the closed form is in the
    initial state: M = (k D) H, U = (s / (4 k D)) H. Assumption: half of all H daughters are bare; no active
    demethylation; sites independent. Source: DNMT1 prefers hemimethylated sites 15-fold, Goyal et al. 2006,
    doi:10.1093/nar/gkl002 (abstract seen); three states as in Sontag et al. 2006, doi:10.1016/j.jtbi.2006.05.012
    (recalled).
    """
    bare_at_rest, full_at_rest = preference / (4.0 * maintenance), maintenance
    whole = 1.0 + bare_at_rest + full_at_rest
    bare = draft.species("bare", "dimensionless", "sites without methylation", initial=bare_at_rest / whole)
    half = draft.species("half", "dimensionless", "sites methylated on one strand", initial=1.0 / whole)
    full = draft.species("full", "dimensionless", "sites methylated on both strands", initial=full_at_rest / whole)
    enzyme = replication * maintenance * drive(raised_by, lowered_by, exponent, span)
    draft.conversion("maintenance", enzyme * half, of=(half,), into=(full,))
    draft.conversion("de_novo", 2.0 * enzyme / preference * bare, of=(bare,), into=(half,))
    draft.conversion("replication_of_full", replication * full, of=(full,), into=(half,))
    draft.conversion("replication_of_half", 0.5 * replication * half, of=(half,), into=(bare,))
    at_rest = (full_at_rest + 0.5) / whole
    draft.observable("level", (full + 0.5 * half) / at_rest, "methylation relative to rest")


@law
def histone_demethylation(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    demethylation: Annotated[Node, parameter("1/hour", "loss of H3K27me3 to KDM6B and turnover, at rest")],
    marked_at_rest: Annotated[
        Node, parameter("dimensionless", "share of the nucleosomes with H3K27me3 at rest", "logit")
    ],
    spreading: Annotated[
        Node, parameter("dimensionless", "methylation next to marked nucleosomes, relative to that elsewhere")
    ],
    turnover: Turnover,
) -> None:
    """KDM6B takes off H3K27me3, Q, which PRC2 puts on and spreads: dQ/dt = w U (1 + c Q) - d D Q.

    Q and U = 1 - Q are the marked and the open nucleosomes of a gene; w = d q / ((1 - q)(1 + c q)) keeps q of them
    marked at rest. The gene is as active as it is open: dL/dt = r (U / (1 - q) - L), D the drive on KDM6B, 1 at rest.
    Dimensionless; `level` is L, at most 1 / (1 - q). Assumption: spreading below what would make two states. Source:
    marks that recruit what makes them as in Dodd et al. 2007, doi:10.1016/j.cell.2007.02.053 (abstract seen), averaged.
    """
    marked = draft.species("marked", "dimensionless", "nucleosomes with H3K27me3", initial=marked_at_rest)
    bare = draft.species("open", "dimensionless", "nucleosomes without H3K27me3", initial=1.0 - marked_at_rest)
    level = draft.species("level", "dimensionless", "activity of the gene relative to rest", initial=AT_REST)
    removal = demethylation * drive(raised_by, lowered_by, exponent, span)
    odds = marked_at_rest / (1.0 - marked_at_rest)
    methylation = demethylation * odds * (1.0 + spreading * marked) / (1.0 + spreading * marked_at_rest)
    draft.conversion("methylation", methylation * bare, of=(bare,), into=(marked,))
    draft.conversion("demethylation_by_kdm6b", removal * marked, of=(marked,), into=(bare,))
    draft.synthesis("production", turnover * bare / (1.0 - marked_at_rest), into=level)
    draft.loss("decay", turnover * level, level)
