"""Uptake of a soluble ligand by its receptor: one that is used up in the medium, and one that is in excess."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft, at_rest
from exokinetics.laws.registry import Cells, law, parameter


@law
def receptor_uptake(
    draft: Draft,
    *,
    dose: Annotated[Node, parameter("pM", "ligand in the medium at the start")],
    receptors: Annotated[Node, parameter("pM", "receptors at the surface without ligand, per volume of medium")],
    affinity: Annotated[Node, parameter("pM", "dissociation constant KD of ligand and receptor")],
    association: Annotated[Node, parameter("1/(pM*hour)", "association rate constant")],
    receptor_turnover: Annotated[Node, parameter("1/hour", "replacement of free receptors at the surface")],
    internalisation: Annotated[Node, parameter("1/hour", "internalisation of the complex")],
    recycling: Annotated[Node, parameter("1/hour", "return of ligand and receptor from inside to medium and surface")],
    degradation_inside: Annotated[Node, parameter("1/hour", "degradation whose product stays inside")],
    degradation_outside: Annotated[Node, parameter("1/hour", "degradation whose product leaves the cell")],
) -> None:
    """Ligand L binds receptors R; the complex C is internalised to I, which recycles or is degraded to D_in or D_out.

    dL/dt = -k L R + k KD C + x I;  dR/dt = -k L R + k KD C + t (B - R) + x I;  dC/dt = k L R - (k KD + e) C;
    dI/dt = e C - (x + d_i + d_o) I;  dD_in/dt = d_i I;  dD_out/dt = d_o I. Everything in pM of the medium, so that
    label is conserved: L + C + I + D_in + D_out is constant. Assumption: cell number constant over the experiment.
    Source: core model of Becker et al. 2010, doi:10.1126/science.1184913.
    """
    medium = draft.species("ligand", "pM", "ligand in the medium", initial=dose)
    free = draft.species("receptor", "pM", "free receptors at the surface", initial=receptors)
    bound = draft.species("bound", "pM", "ligand bound at the surface")
    inside = draft.species("inside", "pM", "ligand inside the cell")
    degraded_inside = draft.species("degraded_inside", "pM", "label of degraded ligand inside the cell")
    degraded_outside = draft.species("degraded_outside", "pM", "label of degraded ligand in the medium")
    draft.conversion("binding", association * medium * free, of=(medium, free), into=(bound,))
    draft.conversion("unbinding", association * affinity * bound, of=(bound,), into=(medium, free))
    draft.synthesis("receptor_synthesis", receptor_turnover * receptors, into=free)
    draft.loss("receptor_loss", receptor_turnover * free, free)
    draft.conversion("internalisation", internalisation * bound, of=(bound,), into=(inside,))
    draft.conversion("recycling", recycling * inside, of=(inside,), into=(medium, free))
    draft.conversion("degradation_inside", degradation_inside * inside, of=(inside,), into=(degraded_inside,))
    draft.conversion("degradation_outside", degradation_outside * inside, of=(inside,), into=(degraded_outside,))


@law
def receptor_cycling(
    draft: Draft,
    *,
    cells: Cells,
    ligand: Annotated[Node, parameter("nM", "ligand in the medium: a concentration, or the id of one")],
    receptors: Annotated[Node, parameter("copy/cell", "receptors of a cell, at the surface and inside")],
    affinity: Annotated[Node, parameter("nM", "dissociation constant KD of ligand and receptor")],
    association: Annotated[Node, parameter("1/(nM*hour)", "association rate constant of ligand and receptor")],
    internalisation: Annotated[Node, parameter("1/hour", "internalisation of receptors, free or bound alike")],
    recycling: Annotated[Node, parameter("1/hour", "return of free receptors to the surface")],
    unloading: Annotated[Node, parameter("1/hour", "return of bound receptors, whose ligand stays inside")],
    degradation: Annotated[Node, parameter("1/hour", "loss of ligand that stayed inside")],
    turnover: Annotated[Node, parameter("1/hour", "replacement of receptors, free or bound alike")],
) -> None:
    """Receptors cycle all the time, with a ligand or without: R at the surface and T inside free, C and I bound.

    dR/dt = r T + u I - (e + k L) R + k KD C;  dT/dt = e R - r T;  dC/dt = k L R - (k KD + e) C;  dI/dt = e C - u I;
    ligand that stays inside, dF/dt = u I - d F. All are diluted at mu and receptors replaced at t, so that their total
    stays put; they start as they cycle without ligand. Unit: copy/cell. Assumptions: ligand L in excess, not taken out
    of the medium; a bound receptor comes back empty. Source: Browning et al. 2022, doi:10.1098/rsif.2022.0019, with
    its binding (their code seen), here also undone.
    """
    cycle = internalisation + recycling + turnover + cells.division
    surface, within = receptors * (recycling + turnover + cells.division), receptors * internalisation
    free = draft.species("free", "copy/cell", "free receptors at the surface", initial=at_rest(surface, cycle))
    inner = draft.species("inner", "copy/cell", "free receptors inside", initial=at_rest(within, cycle))
    bound = draft.species("bound", "copy/cell", "receptors at the surface that hold a ligand")
    inside = draft.species("inside", "copy/cell", "receptors inside that hold a ligand")
    left = draft.species("left_inside", "copy/cell", "ligand that its receptor left inside")
    draft.conversion("binding", association * ligand * free, of=(free,), into=(bound,))
    draft.conversion("unbinding", association * affinity * bound, of=(bound,), into=(free,))
    draft.conversion("cycling", internalisation * free, of=(free,), into=(inner,))
    draft.conversion("recycling", recycling * inner, of=(inner,), into=(free,))
    draft.conversion("internalisation", internalisation * bound, of=(bound,), into=(inside,))
    draft.conversion("unloading", unloading * inside, of=(inside,), into=(free, left))
    draft.loss("degradation", degradation * left, left)
    draft.dilution(cells.division, left)
    draft.conserved(receptors, turnover, cells.division, free, inner, bound, inside)
    draft.observable("held", bound + inside + left, "ligand of a cell, at the surface and inside")
    draft.observable("internal", inside + left, "ligand inside a cell")
