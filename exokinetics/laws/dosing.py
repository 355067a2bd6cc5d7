"""From the dose of a bench, micrograms of vesicle protein, to vesicles and to vesicles per cell."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft, Members
from exokinetics.laws.registry import Medium, law, members, parameter


@law
def protein_dose(
    draft: Draft,
    *,
    cells: Annotated[Members, members("the cells that the dose is counted against", number="cell")],
    medium: Medium,
    vesicles_per_protein: Annotated[Node, parameter("vesicle/ug", "vesicles in one microgram of vesicle protein")],
    copies_per_vesicle: Annotated[Node, parameter("copy/vesicle", "mean cargo copies in a vesicle of the dose")],
    mixing: Annotated[Node, parameter("1/hour", "rate at which what was put in reaches the compartment")],
) -> None:
    """A depot D of vesicle protein empties into the medium: dD/dt = -m D; V gains m D y and C gains m D y n per hour.

    Put a `Dose` on `protein` (ug): a bolus, an infusion or a repeated one. y is vesicles per microgram of protein, n
    copies per vesicle; vesicles per cell of what is still in the depot is y D / N. Assumption: every microgram is
    vesicle protein; impure preparations hold fewer vesicles. Source: particles per protein as a measure of purity,
    Webber & Clayton 2013, doi:10.3402/jev.v2i0.19861 (abstract seen).
    """
    protein = draft.species("protein", "ug", "vesicle protein that is still in the depot")
    emptying = mixing * protein
    vesicles = emptying * vesicles_per_protein
    draft.loss("emptying", emptying, protein, process="dissolution")
    draft.synthesis("vesicles", vesicles, into=medium.vesicles, process="dissolution")
    draft.synthesis("cargo", vesicles * copies_per_vesicle, into=medium.cargo, process="dissolution")
    draft.observable("vesicles_left", protein * vesicles_per_protein, "vesicles that are still in the depot")
    draft.observable(
        "vesicles_left_per_cell", protein * vesicles_per_protein / cells.number, "the same for each of the cells"
    )
