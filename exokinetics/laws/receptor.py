"""Uptake of a soluble ligand by its receptor, in concentrations of the medium."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import law, parameter


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
