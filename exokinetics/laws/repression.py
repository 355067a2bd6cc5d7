"""What loaded RISC does: it binds its target, and the sites that compete for it or are put in to hold it."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, call
from exokinetics.laws.draft import Draft, Members, at_rest
from exokinetics.laws.loading import Argonaute
from exokinetics.laws.registry import ANY, Cells, law, members, parameter

Loading = Annotated[Members, members("the guide whose RISC binds", risc="copy/cell", guide_loss="1/hour")]
Gene = Annotated[
    Members,
    members(
        "the gene that is repressed", mrna="copy/cell", protein="copy/cell", mrna_decay="1/hour", translation="1/hour"
    ),
]
Affinity = Annotated[Node, parameter("nM", "dissociation constant KD of RISC and site")]
Association = Annotated[Node, parameter("1/(nM*hour)", "association rate constant of RISC and site")]
Sites = Annotated[Node, parameter("dimensionless", "sites on one RNA that RISC can bind", "fixed")]
ExtraDecay = Annotated[
    Node, parameter("dimensionless", "decay of bound mRNA beyond that of free mRNA, as a multiple of it")
]
TranslatedFraction = Annotated[
    Node, parameter("dimensionless", "translation of bound mRNA as a share of that of free mRNA", "logit")
]
DirectedLoss = Annotated[
    Node, parameter("1/hour", "loss of the guide that the site provokes, beyond its usual loss (TDMD)", default=0.0)
]


def hold(
    draft: Draft, cells: Members, loading: Members, ago2: Members, affinity: Node, association: Node, *,
    bound: Node, free: Node, site: Node | None, directed_loss: Node | float = 0.0,
) -> None:  # fmt: skip
    """Reversible binding of RISC, and what a bound RISC undergoes wherever it is: loss of its guide, decay, dilution.

    `free` is the number of free sites; `site` the species that a site returns to, or None where sites are only counted.
    """
    back = () if site is None else (site,)
    on = association / draft.copies_per_nanomolar(cells.volume)
    draft.conversion("binding", on * loading.risc * free, of=(loading.risc, *back), into=(bound,))
    draft.conversion("unbinding", affinity * association * bound, of=(bound,), into=(loading.risc, *back))
    lost = (loading.guide_loss + directed_loss) * bound
    draft.conversion("guide_loss", lost, of=(bound,), into=(ago2.free, *back))
    if site is None:
        draft.loss("ago2_decay", ago2.decay * bound, bound)
    else:
        draft.conversion("ago2_decay", ago2.decay * bound, of=(bound,), into=back)
    draft.dilution(cells.division, bound)


@law
def target_binding(
    draft: Draft,
    *,
    cells: Cells,
    loading: Loading,
    ago2: Argonaute,
    gene: Gene,
    affinity: Affinity,
    association: Association,
    sites: Sites,
    extra_decay: ExtraDecay,
    translated_fraction: TranslatedFraction,
    returned_fraction: Annotated[
        Node,
        parameter(
            "dimensionless", "share of RISC that keeps its guide when the bound mRNA decays", "logit", default=1.0
        ),
    ],
    directed_loss: DirectedLoss,
) -> None:
    """RISC R binds mRNA m reversibly; the complex c decays faster and is translated less.

    dc/dt = n k_on R m - (k_off + (1 + phi) d_m + l + t + a + mu) c with k_off = KD k_on, both per cell through its
    volume. When c falls apart, R and m return; when its mRNA decays, R returns with probability p (p = 1: catalytic;
    p = 0: stoichiometric) and free AGO2 otherwise; when the guide is lost, at l and, directed by the target, at t, m
    and free AGO2 return; when AGO2 decays, m returns; dilution takes both. Protein is made at k_tl (m + tau c). Units:
    copy/cell. Assumptions: one RISC at a time on an mRNA; AGO2 outlives a directed loss (where the cell destroys it, as
    in Shi et al. 2020, doi:10.1126/science.abc9359, abstract seen, it is replaced at once). Source: the reaction
    list of Yang et al. 2021, doi:10.1038/s41467-021-23889-0 (seen in an implementation by others), and the complexes of
    Figliuzzi et al. 2013, doi:10.1016/j.bpj.2013.01.012 (equations recalled); repression mostly by decay as in Guo et
    al. 2010, doi:10.1038/nature09267 (summary seen); loss of the guide by its target as in Kleaveland et al. 2018,
    doi:10.1016/j.cell.2018.05.022 (abstract seen).
    """
    bound = draft.species("complex", "copy/cell", "mRNA held by RISC")
    hold(
        draft, cells, loading, ago2, affinity, association,
        bound=bound, free=sites * gene.mrna, site=gene.mrna, directed_loss=directed_loss,
    )  # fmt: skip
    decay = (1.0 + extra_decay) * gene.mrna_decay * bound
    # what slows decay or translation of the gene slows them for bound mRNA as well
    decays, translates = gene["mrna_decay"], gene["translation"]
    draft.conversion("bound_mrna_decay", returned_fraction * decay, of=(bound,), into=(loading.risc,), process=decays)
    spent = (1.0 - returned_fraction) * decay
    draft.conversion("spent_guide", spent, of=(bound,), into=(ago2.free,), process=decays)
    made = translated_fraction * gene.translation * bound
    draft.synthesis("bound_translation", made, into=gene.protein, process=translates)


@law
def competing_sites(
    draft: Draft,
    *,
    cells: Cells,
    loading: Loading,
    ago2: Argonaute,
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
    hold(draft, cells, loading, ago2, affinity, association, bound=bound, free=total - bound, site=None)


@law
def sponge(
    draft: Draft,
    *,
    cells: Cells,
    loading: Loading,
    ago2: Argonaute,
    synthesis: Annotated[Node, parameter("copy/cell/hour", "production of the sponge RNA by the cell")],
    decay: Annotated[Node, parameter("1/hour", "decay of the sponge RNA, bound or not")],
    sites: Sites,
    affinity: Affinity,
    association: Association,
) -> None:
    """An RNA with n sites that RISC binds without destroying it, as circular and long non-coding RNAs soak up guides.

    ds/dt = n S + (k_off + l + a) c - k_on R s - (d + mu) s;  dc/dt = k_on R s - (k_off + d + l + a + mu) c, sites free
    and held; R returns when the RNA decays. Units: copy/cell, of sites. Assumption: sites of one RNA are independent.
    Source: the limit without catalysis of Figliuzzi et al. 2013, doi:10.1016/j.bpj.2013.01.012 (equations recalled);
    circular sponges as in Hansen et al. 2013, doi:10.1038/nature11993 (abstract seen).
    """
    made = sites * synthesis
    free = draft.species("free", "copy/cell", "sites that hold nothing", initial=at_rest(made, decay + cells.division))
    draft.synthesis("synthesis", made, into=free)
    _decoy(draft, cells, loading, ago2, affinity, association, free, decay, 0.0)


@law
def anti_mir(
    draft: Draft,
    *,
    cells: Cells,
    loading: Loading,
    ago2: Argonaute,
    decay: Annotated[Node, parameter("1/hour", "decay of the oligonucleotide, bound or not")],
    affinity: Affinity,
    association: Association,
    directed_loss: DirectedLoss,
) -> None:
    """An oligonucleotide s, dosed or delivered, that holds RISC and may let it lose its guide.

    ds/dt = delivery + (k_off + l + t + a) c - k_on R s - (d + mu) s;
    dc/dt = k_on R s - (k_off + d + l + t + a + mu) c. It acts again after the guide it held is lost. Unit: copy/cell.
    Assumptions: it binds loaded guides alone; AGO2 outlives the loss that it provokes. Source: antagomirs as in
    Krutzfeldt et al. 2005, doi:10.1038/nature04303 (abstract seen); binding as in Figliuzzi et al. 2013,
    doi:10.1016/j.bpj.2013.01.012 (equations recalled).
    """
    free = draft.species("free", "copy/cell", "oligonucleotide that holds nothing")
    _decoy(draft, cells, loading, ago2, affinity, association, free, decay, directed_loss)


def _decoy(
    draft: Draft, cells: Members, loading: Members, ago2: Members, affinity: Node, association: Node, free: Node,
    decay: Node, directed_loss: Node | float,
) -> None:  # fmt: skip
    """Sites that decay, bound or not, and give RISC back as they go."""
    bound = draft.species("held", "copy/cell", "sites that hold RISC")
    hold(
        draft, cells, loading, ago2, affinity, association,
        bound=bound, free=free, site=free, directed_loss=directed_loss,
    )  # fmt: skip
    draft.loss("decay", decay * free, free)
    draft.conversion("bound_decay", decay * bound, of=(bound,), into=(loading.risc,))
    draft.dilution(cells.division, free)


@law
def hill_repression(
    draft: Draft,
    *,
    gene: Gene,
    input: Annotated[Node, parameter(ANY, "what represses: the id of a RISC, or a level")],
    half: Annotated[Node, parameter(ANY, "input at half of the effect, in the unit of the input")],
    exponent: Annotated[Node, parameter("dimensionless", "Hill exponent", "hill")],
    extra_decay: ExtraDecay,
    translated_fraction: TranslatedFraction,
) -> None:
    """The reduced form: mRNA decays at d_m (1 + phi H), is translated at k_tl (1 - (1 - tau) H), H = x^n / (K^n + x^n).

    It takes no RISC out of its pool. Dimensionless factors on two reactions of the gene. Assumption: binding is fast
    and the target does not deplete its RISC. Source: Cuccato et al. 2011, doi:10.1186/1752-0509-5-19 (abstract seen,
    equation recalled), there of siRNA on decay alone.
    """
    effect = call("hill", input, half, exponent)
    draft.modulate(gene["mrna_decay"], 1.0 + extra_decay * effect, "faster decay of mRNA")
    draft.modulate(gene["translation"], 1.0 - (1.0 - translated_fraction) * effect, "slower translation")
