"""What loaded RISC does: it binds its target, and the many other sites that compete for it."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft, Members
from exokinetics.laws.registry import Cells, law, members, parameter

Loading = Annotated[
    Members,
    members(
        "the loading part whose RISC binds",
        risc="copy/cell", ago2="copy/cell", ago2_decay="1/hour", guide_loss="1/hour",
    ),
]  # fmt: skip
Gene = Annotated[
    Members,
    members(
        "the gene that is repressed", mrna="copy/cell", protein="copy/cell", mrna_decay="1/hour", translation="1/hour"
    ),
]
Affinity = Annotated[Node, parameter("nM", "dissociation constant KD of RISC and site")]
Association = Annotated[Node, parameter("1/(nM*hour)", "association rate constant of RISC and site")]


@law
def target_binding(
    draft: Draft,
    *,
    cells: Cells,
    loading: Loading,
    gene: Gene,
    affinity: Affinity,
    association: Association,
    sites: Annotated[Node, parameter("dimensionless", "sites on one mRNA that RISC can bind, one at a time", "fixed")],
    extra_decay: Annotated[
        Node, parameter("dimensionless", "decay of bound mRNA beyond that of free mRNA, as a multiple of it")
    ],
    translated_fraction: Annotated[
        Node, parameter("dimensionless", "translation of bound mRNA as a share of that of free mRNA", "logit")
    ],
) -> None:
    """RISC R binds mRNA m reversibly; the complex c decays faster and is translated less.

    dc/dt = n k_on R m - (k_off + (1 + phi) d_m + l + a + mu) c with k_off = KD k_on, both per cell through its volume.
    When c falls apart, R and m return; when its mRNA decays, R returns; when the guide is lost, m and free AGO2 return;
    when AGO2 decays, m returns; dilution takes both. Protein is made at k_tl (m + tau c). Units: copy/cell.
    Assumptions: one RISC at a time on an mRNA; catalytic action, the guide survives. Source: the reaction
    list of Yang et al. 2021, doi:10.1038/s41467-021-23889-0 (seen in an implementation by others), and the complexes of
    Figliuzzi et al. 2013, doi:10.1016/j.bpj.2013.01.012 (equations recalled); repression mostly by decay as in Guo et
    al. 2010, doi:10.1038/nature09267 (summary seen).
    """
    bound = draft.species("complex", "copy/cell", "mRNA held by RISC")
    scale = draft.copies_per_nanomolar(cells.volume)
    on = sites * association / scale
    draft.conversion("binding", on * loading.risc * gene.mrna, of=(loading.risc, gene.mrna), into=(bound,))
    draft.conversion("unbinding", affinity * association * bound, of=(bound,), into=(loading.risc, gene.mrna))
    draft.conversion(
        "bound_mrna_decay", (1.0 + extra_decay) * gene.mrna_decay * bound, of=(bound,), into=(loading.risc,)
    )
    draft.conversion("guide_loss", loading.guide_loss * bound, of=(bound,), into=(loading.ago2, gene.mrna))
    draft.conversion("ago2_decay", loading.ago2_decay * bound, of=(bound,), into=(gene.mrna,))
    draft.synthesis("bound_translation", translated_fraction * gene.translation * bound, into=gene.protein)
    draft.dilution(cells.division, bound)


@law
def competing_sites(
    draft: Draft,
    *,
    cells: Cells,
    loading: Loading,
    total: Annotated[Node, parameter("copy/cell", "sites on all other RNAs that compete for RISC")],
    affinity: Affinity,
    association: Association,
) -> None:
    """RISC R is held by a constant pool of T other sites: dc/dt = k_on R (T - c) - (k_off + l + a + mu) c.

    k_off = KD k_on, both per cell through its volume; R returns on unbinding, free AGO2 on loss of the guide.
    Units: copy/cell. Assumption: the pool of sites is large and does not change. Source: scale of the effective
    pool as in Denzler et al. 2014, doi:10.1016/j.molcel.2014.03.045.
    """
    bound = draft.species("occupied", "copy/cell", "competing sites held by RISC")
    scale = draft.copies_per_nanomolar(cells.volume)
    free = total - bound
    draft.conversion("binding", association / scale * loading.risc * free, of=(loading.risc,), into=(bound,))
    draft.conversion("unbinding", affinity * association * bound, of=(bound,), into=(loading.risc,))
    draft.conversion("guide_loss", loading.guide_loss * bound, of=(bound,), into=(loading.ago2,))
    draft.loss("ago2_decay", loading.ago2_decay * bound, bound)
    draft.dilution(cells.division, bound)
