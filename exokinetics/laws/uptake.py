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
    draft.take_up_vesicles("internalisation", clearance / medium.volume, cells.number, of=medium, into=endosome)


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
    draft.take_up_vesicles("internalisation", per_vesicle, cells.number, of=medium, into=endosome)


@law
def surface_uptake(
    draft: Draft,
    *,
    cells: Cells,
    medium: Medium,
    endosome: Endosome,
    sites: Annotated[Node, parameter("vesicle/cell", "vesicles that the binding sites of a cell can hold")],
    affinity: Annotated[Node, parameter("vesicle/mL", "density of vesicles at which half of the sites are taken")],
    association: Annotated[Node, parameter("mL/vesicle/hour", "association rate constant of vesicle and site")],
    internalisation: Annotated[Node, parameter("1/hour", "internalisation of a vesicle bound at the surface")],
    recycling: Annotated[Node, parameter("1/hour", "return of an emptied site to the surface")],
) -> None:
    """Vesicles bind sites S at the surface (B), are internalised with their site (I), and the site returns.

    dB/dt = k S V/Vol - (k KD + e + mu) B;  dI/dt = e B - (r + mu) I;  dS/dt = -k S V/Vol + k KD B + r I - mu S + mu T,
    so that S + B + I stays T for any mu. Cargo moves with its vesicle. Per cell, sites counted by the vesicles they
    hold. Assumption: one kind of site, one vesicle each. Source: binding, internalisation and recycling as in Becker
    et al. 2010, doi:10.1126/science.1184913, there of a soluble ligand.
    """
    free = draft.species("free_sites", "vesicle/cell", "free binding sites at the surface", initial=sites)
    inside = draft.species("inner_sites", "vesicle/cell", "sites inside the cell on their way back")
    bound = draft.carried("bound at the surface of a cell", per_cell=True, prefix="bound_")
    taken, freed = {free: -1.0}, {free: 1.0}
    binding = association * free / medium.volume
    draft.take_up_vesicles("binding", binding, cells.number, of=medium, into=bound, along=taken)
    draft.export_vesicles("unbinding", association * affinity, cells.number, of=bound, into=medium, along=freed)
    draft.move_vesicles("internalisation", internalisation, of=bound, into=endosome, along={inside: 1.0})
    draft.conversion("recycling", recycling * inside, of=(inside,), into=(free,))
    draft.synthesis("site_synthesis", cells.division * sites, into=free)
    draft.dilution(cells.division, free, inside, *bound)
