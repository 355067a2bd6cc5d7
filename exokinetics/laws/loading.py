"""Loading of guides into AGO2, which all guides of a cell share."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft, Members
from exokinetics.laws.registry import Cells, law, members, parameter

Argonaute = Annotated[
    Members, members("the AGO2 that all guides of the cell share", free="copy/cell", decay="1/hour")
]  # fmt: skip


@law
def ago2_pool(
    draft: Draft,
    *,
    cells: Cells,
    total: Annotated[Node, parameter("copy/cell", "AGO2 of a cell in all forms")],
    decay: Annotated[Node, parameter("1/hour", "decay of AGO2, the same for every form")],
) -> None:
    """AGO2 is made at (a + mu) T and lost at a + mu in every form: dA/dt = (a + mu)(T - A) - loading + guide loss.

    A is AGO2 without a guide; the loaded forms belong to their guides, which lose them at the same rate, so that the
    total stays T for any mu. Unit: copy/cell. Assumption: a guide does not protect AGO2. Source: AGO2 as the shared,
    limiting pool as in Janas et al. 2012, doi:10.1261/rna.035675.112.
    """
    free = draft.species("free", "copy/cell", "AGO2 without a guide", initial=total)
    draft.conserved(total, decay, cells.division, free)


@law
def guide_loading(
    draft: Draft,
    *,
    cells: Cells,
    ago2: Argonaute,
    synthesis: Annotated[Node, parameter("copy/cell/hour", "production of the guide by the cell itself")],
    guide_decay: Annotated[Node, parameter("1/hour", "decay of a guide that is not loaded")],
    loading: Annotated[Node, parameter("cell/copy/hour", "loading of a guide into free AGO2")],
    guide_loss: Annotated[Node, parameter("1/hour", "loss of the guide from RISC, which frees AGO2")],
) -> None:
    """A guide G, delivered or the cell's own, loads into free AGO2 A and becomes RISC R.

    dG/dt = s + escape - (d + mu) G - k A G;  dR/dt = k A G - (l + a + mu) R;  A loses k A G and gains l R. Each guide
    is a part of its own, so that guides compete for A as in the cell; RISC bound to a target is treated where it binds.
    Unit: copy/cell. Assumption: a guide loads once. Source: guide loss as in Kingston & Bartel 2019,
    doi:10.1101/gr.251421.119; competition for AGO2 as in Janas et al. 2012, doi:10.1261/rna.035675.112.
    """
    guide = draft.species("guide", "copy/cell", "free guide in the cytosol, delivered or the cell's own")
    risc = draft.species("risc", "copy/cell", "AGO2 loaded with the guide, not bound to a target")
    draft.synthesis("synthesis", synthesis, into=guide)
    draft.loss("guide_decay", guide_decay * guide, guide)
    draft.conversion("loading", loading * guide * ago2.free, of=(guide, ago2.free), into=(risc,))
    draft.conversion("guide_loss", guide_loss * risc, of=(risc,), into=(ago2.free,))
    draft.loss("ago2_decay", ago2.decay * risc, risc)
    draft.dilution(cells.division, guide, risc)
