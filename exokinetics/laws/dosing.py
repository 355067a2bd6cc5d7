"""Doses: from micrograms of vesicle protein to vesicles per cell, and a depot of guide inside the cells of a tissue."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft, Members
from exokinetics.laws.registry import Cells, Medium, law, link, members, parameter


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


@law
def depot(
    draft: Draft,
    *,
    cells: Cells,
    into: Annotated[Node, link("copy/cell", "the pool that takes up what the depot frees: another depot, or a guide")],
    start: Annotated[Node, parameter("copy/cell", "copies in the depot at the start, the dose as the cells hold it")],
    loss: Annotated[Node, parameter("1/hour", "loss from the depot, by decay or out of the cell")],
    release: Annotated[Node, parameter("1/hour", "passage from the depot into the next pool")],
) -> None:
    """A guide D stored in the endosomes and lysosomes of a tissue: dD/dt = -(d + e + mu) D with D(0) = D0.

    The next pool gains e D; two depots in a row make a decline of two phases. Unit: copy/cell. Assumption: uptake is
    over at the start, and a copy leaves at a constant rate. Source: acidic compartments as a depot that frees siRNA
    for weeks as in Brown et al. 2020, doi:10.1093/nar/gkaa670 (abstract seen, no equation there); mass balance.
    """
    amount = draft.species("amount", "copy/cell", "copies in the depot", initial=start)
    draft.loss("loss", loss * amount, amount)
    draft.conversion("release", release * amount, of=(amount,), into=(into,))
    draft.dilution(cells.division, amount)
