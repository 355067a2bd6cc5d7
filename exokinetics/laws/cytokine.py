"""JAK and STAT behind a cytokine receptor, with SOCS as the feedback."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, call
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import ANY, Cells, law, parameter


@law
def jak_stat(
    draft: Draft,
    *,
    cells: Cells,
    cytokine: Annotated[Node, parameter(ANY, "the cytokine: a level, or the id of one")],
    half_cytokine: Annotated[Node, parameter(ANY, "cytokine at half of the largest JAK activity, in its unit")],
    total: Annotated[Node, parameter("copy/cell", "STAT of a cell in both forms")],
    decay: Annotated[Node, parameter("1/hour", "decay of STAT, the same for both forms")],
    phosphorylation: Annotated[Node, parameter("1/hour", "phosphorylation of STAT by fully active JAK")],
    dephosphorylation: Annotated[Node, parameter("1/hour", "dephosphorylation of STAT")],
    socs_half: Annotated[Node, parameter("copy/cell", "SOCS that halves the activity of JAK")],
    socs_transcription: Annotated[Node, parameter("copy/cell/hour", "production of SOCS mRNA at saturating STAT")],
    stat_half: Annotated[Node, parameter("copy/cell", "active STAT at half of that production")],
    exponent: Annotated[Node, parameter("dimensionless", "Hill exponent of STAT on the SOCS gene", "hill")],
    socs_mrna_decay: Annotated[Node, parameter("1/hour", "decay of SOCS mRNA")],
    socs_translation: Annotated[Node, parameter("1/hour", "SOCS copies made from one mRNA per hour")],
    socs_decay: Annotated[Node, parameter("1/hour", "decay of SOCS")],
) -> None:
    """JAK, active as far as a cytokine L is bound and SOCS Z is absent, phosphorylates STAT A to B, which makes SOCS.

    dB/dt = k j A - (q + a + mu) B with j = L/(K + L) / (1 + Z/K_Z);  dz/dt = t H(B) - (d_z + mu) z;
    dZ/dt = k_Z z - (d_Z + mu) Z;  A is made at (a + mu) total. Units: copy/cell. The reactions of the SOCS gene are
    `mrna_decay` and `translation`, on which `hill_repression` can act. Assumptions: receptor, JAK and nuclear transport
    at equilibrium. Source: JAK2/STAT5 with feedback by SOCS3 as in Bachmann et al. 2011, doi:10.1038/msb.2011.50
    (abstract seen), lumped, its second feedback (CIS) left out.
    """
    inactive = draft.species("inactive", "copy/cell", "STAT that is not phosphorylated", initial=total)
    active = draft.species("active", "copy/cell", "phosphorylated STAT")
    mrna = draft.species("mrna", "copy/cell", "SOCS mRNA")
    socs = draft.species("protein", "copy/cell", "SOCS protein")
    jak = draft.observable(
        "jak", call("hill", cytokine, half_cytokine, 1.0) / (1.0 + socs / socs_half), "active share of JAK"
    )
    draft.conversion("phosphorylation", phosphorylation * jak * inactive, of=(inactive,), into=(active,))
    draft.conversion("dephosphorylation", dephosphorylation * active, of=(active,), into=(inactive,))
    draft.conserved(total, decay, cells.division, inactive, active)
    draft.synthesis("transcription", socs_transcription * call("hill", active, stat_half, exponent), into=mrna)
    draft.loss("mrna_decay", socs_mrna_decay * mrna, mrna)
    draft.synthesis("translation", socs_translation * mrna, into=socs)
    draft.loss("protein_decay", socs_decay * socs, socs)
    draft.dilution(cells.division, mrna, socs)
    draft.observable("active_fraction", active / total, "share of STAT that is phosphorylated")
