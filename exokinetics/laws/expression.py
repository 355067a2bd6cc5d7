"""Expression of a gene, and cargo that acts without one: a pool of delivered protein or non-coding RNA."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft, at_rest
from exokinetics.laws.registry import Cells, law, parameter
from exokinetics.model.parts import Parameter
from exokinetics.model.values import fixed

# what a relative amount of copies is counted beyond, so that it is defined where there are none
ONE_COPY = Parameter(
    "one_copy_per_cell", "copy/cell", fixed(1.0, "copy/cell", "", "derived", "a unit: one copy in a cell"),
    "one copy in one cell",
)  # fmt: skip


@law
def gene_expression(
    draft: Draft,
    *,
    cells: Cells,
    transcription: Annotated[Node, parameter("copy/cell/hour", "production of mRNA")],
    mrna_decay: Annotated[Node, parameter("1/hour", "decay of free mRNA")],
    translation: Annotated[Node, parameter("1/hour", "protein copies made from one mRNA per hour")],
    protein_decay: Annotated[Node, parameter("1/hour", "decay of the protein")],
) -> None:
    """dm/dt = t - (d_m + mu) m;  dp/dt = k m - (d_p + mu) p; it starts at its own steady state without repression.

    Units: copy/cell; `level` = (p + 1)/(p_rest + 1) is the protein relative to that state, dimensionless. Assumption:
    both steps of first order. Source: standard two-stage expression; constants as in Schwanhausser et al. 2011,
    doi:10.1038/nature10098.
    """
    free = at_rest(transcription, mrna_decay + cells.division)
    made = at_rest(translation * free, protein_decay + cells.division)
    mrna = draft.species("mrna", "copy/cell", "mRNA that no RISC holds", initial=free)
    protein = draft.species("protein", "copy/cell", "protein", initial=made)
    draft.synthesis("transcription", transcription, into=mrna)
    draft.loss("mrna_decay", mrna_decay * mrna, mrna)
    draft.synthesis("translation", translation * mrna, into=protein)
    draft.loss("protein_decay", protein_decay * protein, protein)
    draft.dilution(cells.division, mrna, protein)
    # the one copy keeps a gene that is switched off at 1, without a case for it, which other programs cannot all read
    one, rest = (
        draft.parameter(ONE_COPY),
        transcription * translation / ((mrna_decay + cells.division) * (protein_decay + cells.division)),
    )
    draft.observable("level", (protein + one) / (rest + one), "protein relative to that without repression")


@law
def delivered_cargo(
    draft: Draft,
    *,
    cells: Cells,
    synthesis: Annotated[Node, parameter("copy/cell/hour", "production of the same molecule by the recipient itself")],
    cargo_decay: Annotated[Node, parameter("1/hour", "decay of the cargo in the recipient")],
) -> None:
    """Cargo that acts as it is (protein, long non-coding RNA, lipid): dx/dt = s + escape - (d + mu) x.

    It starts at the recipient's own level s / (d + mu). Unit: copy/cell. Assumption: what escapes the endosome is
    active at once. Source: mass balance; escape as in Mihaila et al. 2017, doi:10.1016/j.omtn.2017.04.003.
    """
    own = at_rest(synthesis, cargo_decay + cells.division)
    amount = draft.species("amount", "copy/cell", "cargo in the cytosol, delivered or the cell's own", initial=own)
    draft.synthesis("synthesis", synthesis, into=amount)
    draft.loss("cargo_decay", cargo_decay * amount, amount)
    draft.dilution(cells.division, amount)
