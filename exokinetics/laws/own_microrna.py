"""A microRNA that a cell has of its own, which delivered sponges and anti-miRs hold, and the gene it holds down."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import Cells, law, links, parameter
from exokinetics.laws.tissue import follow, level_at_rest


@law
def own_microrna(
    draft: Draft,
    *,
    cells: Cells,
    loaded: Annotated[Node, parameter("copy/cell", "RISC of this microRNA in a cell at rest")],
    guide_loss: Annotated[Node, parameter("1/hour", "loss of the guide from RISC")],
    ago2_decay: Annotated[Node, parameter("1/hour", "decay of the AGO2 that carries it")],
) -> None:
    """RISC R of a microRNA of the cell's own, made as fast as it is lost at rest: dR/dt = (l + a + mu)(R_0 - R).

    `sponge` and `anti_mir` hold it. Units: copy/cell; `level` = R/R_0, dimensionless, 1 at rest. Assumption: loading is
    constant, neither AGO2 nor guide limits it; so R starts at rest for any values, which no solution of the shared pool
    of AGO2 gives. Source: mass balance; guide loss as in Kingston & Bartel 2019, doi:10.1101/gr.251421.119.
    """
    risc = draft.species("risc", "copy/cell", "AGO2 loaded with the microRNA, not bound", initial=loaded)
    draft.synthesis("loading", (guide_loss + ago2_decay + cells.division) * loaded, into=risc)
    draft.loss("guide_loss_rate", guide_loss * risc, risc)
    draft.loss("ago2_decay_rate", ago2_decay * risc, risc)
    draft.dilution(cells.division, risc)
    draft.observable("level", risc / loaded, "free RISC of the microRNA relative to rest")


@law
def derepressed_gene(
    draft: Draft,
    *,
    lowered_by: Annotated[tuple[Node, ...], links("dimensionless", "levels of microRNAs that hold it down, 1 at rest")],
    mrna_turnover: Annotated[Node, parameter("1/hour", "decay of the mRNA at rest")],
    protein_turnover: Annotated[Node, parameter("1/hour", "decay and dilution of the protein")],
    repression: Annotated[
        Node,
        parameter("dimensionless", "decay that the microRNA brings at rest, as a multiple of the decay without it"),
    ],
) -> None:
    """A gene under a microRNA of the cell's own at level r: dM/dt = d (1 - (1 + phi r)/(1 + phi) M); dP/dt = p (M - P).

    Dimensionless, M and P 1 at rest, P the `level`, at most 1 + phi: then nothing represses it. Several microRNAs
    multiply. Assumption: RISC far from saturating the mRNA, translation unchanged. Source: faster decay as in Guo et
    al. 2010, doi:10.1038/nature09267 (summary seen).
    """
    mrna = level_at_rest(draft, "mRNA relative to rest", "mrna")
    protein = level_at_rest(draft, "protein relative to rest")
    held: Node | float = 1.0
    for level in lowered_by:
        held = level * held
    follow(draft, mrna, mrna_turnover, 1.0, (1.0 + repression * held) / (1.0 + repression))
    follow(draft, protein, protein_turnover, mrna)
