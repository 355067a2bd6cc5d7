"""Uptake of vesicles by recipient cells, with the medium depleted by all of them."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft, Members
from exokinetics.laws.registry import Cells, Medium, law, members, parameter

Endosome = Annotated[
    Members, members("the endosome that receives the vesicles", vesicles="vesicle/cell", cargo="copy/cell")
]  # fmt: skip


@law
def linear_uptake(
    draft: Draft,
    *,
    cells: Cells,
    medium: Medium,
    endosome: Endosome,
    clearance: Annotated[Node, parameter("mL/cell/hour", "volume of medium that a cell clears of vesicles")],
) -> None:
    """Each of N cells takes up q V / Vol vesicles per hour; the medium loses N times as many: dV/dt = -N q V / Vol.

    Cargo moves with its vesicle: q C / Vol. Units: q in mL/cell/hour, Vol in mL, V in vesicle, C in copy.
    Assumption: no saturation. Source: Bonsergent et al. 2021, doi:10.1038/s41467-021-22126-y (paper not seen; a
    secondary text reports no clear saturation over the doses tested).
    """
    per_vesicle = clearance / medium.volume
    draft.uptake("vesicles", per_vesicle * medium.vesicles, cells.number, of=medium.vesicles, into=endosome.vesicles)
    draft.uptake("cargo", per_vesicle * medium.cargo, cells.number, of=medium.cargo, into=endosome.cargo)


@law
def saturable_uptake(
    draft: Draft,
    *,
    cells: Cells,
    medium: Medium,
    endosome: Endosome,
    maximum: Annotated[Node, parameter("vesicle/cell/hour", "largest uptake of a cell")],
    half_density: Annotated[Node, parameter("vesicle/mL", "density of vesicles at half of the largest uptake")],
) -> None:
    """Each of N cells takes up J c / (K + c) vesicles per hour, c = V / Vol; the medium loses N times as many.

    Cargo moves with its vesicle at J C / (Vol (K + c)), which is defined without vesicles. Assumption: one saturable
    route. Source: Michaelis-Menten internalisation of exosomes as in Wang et al. 2017,
    doi:10.1016/j.jconrel.2017.10.020.
    """
    per_vesicle = maximum / (medium.volume * half_density + medium.vesicles)
    draft.uptake("vesicles", per_vesicle * medium.vesicles, cells.number, of=medium.vesicles, into=endosome.vesicles)
    draft.uptake("cargo", per_vesicle * medium.cargo, cells.number, of=medium.cargo, into=endosome.cargo)
