"""Ligands on vesicles that bind receptors without being taken up, and vesicles that bridge two cells."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft, Members
from exokinetics.laws.registry import Cells, Medium, law, link, members, parameter

Receptors = Annotated[Node, parameter("copy/cell", "receptors of a cell, free and bound")]
ReceptorTurnover = Annotated[Node, parameter("1/hour", "replacement of receptors, free or bound alike")]
Reference = Annotated[Node, parameter("dimensionless", "share of receptors bound that doubles the level", "logit")]
_HELD = {"occupancy": "dimensionless", "free_level": "dimensionless"}


def _receptor(
    draft: Draft, cells: Members, binding: Node, unbinding: Node, receptors: Node, turnover: Node, reference: Node
) -> None:
    """Free and bound receptors whose total stays put, and what they say."""
    free = draft.species("free", "copy/cell", "receptors that hold nothing", initial=receptors)
    bound = draft.species("bound", "copy/cell", "receptors that hold a ligand")
    draft.conversion("binding", binding * free, of=(free,), into=(bound,))
    draft.conversion("unbinding", unbinding * bound, of=(bound,), into=(free,))
    draft.conserved(receptors, turnover, cells.division, free, bound)
    draft.observable("occupancy", bound / receptors, "share of the receptors that hold a ligand")
    draft.observable("level", 1.0 + bound / (receptors * reference), "what bound receptors say, relative to none")
    draft.observable("free_level", (receptors - bound) / receptors, "share of the receptors left for other ligands")


@law
def ligand_binding(
    draft: Draft,
    *,
    cells: Cells,
    medium: Medium,
    receptors: Receptors,
    turnover: ReceptorTurnover,
    affinity: Annotated[Node, parameter("copy/mL", "dissociation constant KD: ligand at half occupancy")],
    association: Annotated[Node, parameter("mL/copy/hour", "association rate constant of ligand and receptor")],
    reference: Reference,
) -> None:
    """Cargo C shown on vesicles in the medium binds receptors: dB/dt = k C/Vol (R_T - B) - (k KD + t + mu) B.

    Free receptors R_T - B are a state of their own, made at (t + mu) R_T, so that their total stays put. Units:
    copy/cell; `occupancy` B/R_T, `level` = 1 + B/(R_T r) for an agonist, `free_level` = (R_T - B)/R_T where the ligand
    blocks. Assumptions: every copy of the cargo is shown outside, and each binds alone; ligand that is bound is not
    taken out of the medium, which holds while N B of all N cells is small beside it. Source: mass action of ligand and
    receptor as in the model of Becker et al. 2010, doi:10.1126/science.1184913, without its internalisation.
    """
    ligand = medium.cargo / medium.volume
    _receptor(draft, cells, association * ligand, association * affinity, receptors, turnover, reference)


@law
def endosomal_sensing(
    draft: Draft,
    *,
    cells: Cells,
    ligand: Annotated[Node, link("copy/cell", "what the receptor meets, as the cargo in the endosome of a cell")],
    receptors: Receptors,
    turnover: ReceptorTurnover,
    affinity: Annotated[Node, parameter("copy/cell", "ligand at half occupancy")],
    association: Annotated[Node, parameter("cell/copy/hour", "association rate constant of ligand and receptor")],
    reference: Reference,
) -> None:
    """Cargo L in the endosome binds receptors there, as TLR7 and TLR8: dB/dt = k L (R_T - B) - (k KD + t + mu) B.

    Free receptors are a state of their own, made at (t + mu) R_T. Units: copy/cell; `occupancy`, `level` and
    `free_level` as in `ligand_binding`. Assumption: what is bound is not protected from the fate of the endosome, nor
    used up. Source: mass action of ligand and receptor as in Becker et al. 2010, doi:10.1126/science.1184913; microRNA
    as ligand of TLR8 as in Fabbri et al. 2012, doi:10.1073/pnas.1209414109 (recalled).
    """
    _receptor(draft, cells, association * ligand, association * affinity, receptors, turnover, reference)


@law
def bridge(
    draft: Draft,
    *,
    first: Annotated[Members, members("the receptor of the one cell, bound by the vesicle", **_HELD)],
    second: Annotated[Members, members("the receptor of the other cell", **_HELD)],
    formation: Annotated[Node, parameter("1/hour", "rate at which cells that fit are bridged")],
    separation: Annotated[Node, parameter("1/hour", "rate at which bridged cells part")],
    reference: Reference,
) -> None:
    """A vesicle held by one cell meets a free receptor of the other: dX/dt = k (a (1 - b) + b (1 - a)) (1 - X) - d X.

    a and b are the occupancies of the two receptors, X the share of pairs of cells that are bridged, `level` = 1 + X/r.
    Dimensionless. With too many vesicles both cells are covered and X falls again, the hook effect. Assumption: binding
    to either cell does not depend on the other. Source: ternary complexes as in Douglass et al. 2013,
    doi:10.1021/ja311795d (abstract seen), with the bridge of first order in cells that fit.
    """
    bridged = draft.species("bridged", "dimensionless", "share of pairs of cells that a vesicle bridges")
    fitting = first.occupancy * second.free_level + second.occupancy * first.free_level
    draft.synthesis("formation", formation * fitting, into=bridged)
    draft.loss("saturation", formation * fitting * bridged, bridged)
    draft.loss("separation", separation * bridged, bridged)
    draft.observable("level", 1.0 + bridged / reference, "what bridged cells do, relative to none")
