"""Loading of guides into AGO2, which all guides of the cell share."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import Cells, law, parameter


@law
def ago2_loading(
    draft: Draft,
    *,
    cells: Cells,
    guide_synthesis: Annotated[Node, parameter("copy/cell/hour", "endogenous production of the same guide")],
    other_synthesis: Annotated[Node, parameter("copy/cell/hour", "production of all other guides of the cell")],
    guide_decay: Annotated[Node, parameter("1/hour", "decay of a guide that is not loaded")],
    loading: Annotated[Node, parameter("cell/copy/hour", "loading of a guide into free AGO2")],
    guide_loss: Annotated[Node, parameter("1/hour", "loss of the guide from RISC, which frees AGO2")],
    ago2_total: Annotated[Node, parameter("copy/cell", "AGO2 of a cell in all forms")],
    ago2_decay: Annotated[Node, parameter("1/hour", "decay of AGO2, the same for every form")],
) -> None:
    """Guides G and other guides O compete for free AGO2 A and form RISC R and other RISC Q.

    dG/dt = s_G + escape - (d + mu) G - k A G;  dR/dt = k A G - (l + a + mu) R, and the same for O and Q;
    dA/dt = (a + mu) A_total - (a + mu) A - k A (G + O) + l (R + Q). AGO2 is made at (a + mu) A_total, so that its
    total stays put for any mu; RISC that is bound to a target counts in the total and is treated where it binds.
    Assumptions: all guides load and are lost alike. Source: AGO2 as the shared, limiting pool as in Janas et al. 2012,
    doi:10.1261/rna.035675.112; guide loss as in Kingston & Bartel 2019, doi:10.1101/gr.251421.119.
    """
    guide = draft.species("guide", "copy/cell", "free guide in the cytosol, delivered or endogenous")
    other = draft.species("other_guide", "copy/cell", "free guides of all other microRNAs")
    ago2 = draft.species("ago2", "copy/cell", "AGO2 without a guide", initial=ago2_total)
    risc = draft.species("risc", "copy/cell", "AGO2 loaded with the guide, not bound to a target")
    other_risc = draft.species("other_risc", "copy/cell", "AGO2 loaded with other guides")
    draft.synthesis("guide_synthesis", guide_synthesis, into=guide)
    draft.synthesis("other_synthesis", other_synthesis, into=other)
    draft.synthesis("ago2_synthesis", (ago2_decay + cells.division) * ago2_total, into=ago2)
    draft.loss("decay_guide", guide_decay * guide, guide)
    draft.loss("decay_other_guide", guide_decay * other, other)
    draft.conversion("loading", loading * guide * ago2, of=(guide, ago2), into=(risc,))
    draft.conversion("other_loading", loading * other * ago2, of=(other, ago2), into=(other_risc,))
    draft.conversion("guide_loss", guide_loss * risc, of=(risc,), into=(ago2,))
    draft.conversion("other_guide_loss", guide_loss * other_risc, of=(other_risc,), into=(ago2,))
    for form, name in ((ago2, "ago2"), (risc, "risc"), (other_risc, "other_risc")):
        draft.loss(f"ago2_decay_{name}", ago2_decay * form, form)
    draft.dilution(cells.division, guide, other, ago2, risc, other_risc)
