"""The compartment outside the cells, and what is lost there."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, piecewise
from exokinetics.laws.draft import Carrier, Draft
from exokinetics.laws.registry import Medium, law, parameter

CompartmentVolume = Annotated[Node, parameter("mL", "volume of the compartment", "fixed")]


@law
def extracellular_decay(
    draft: Draft,
    *,
    volume: CompartmentVolume,
    decay: Annotated[Node, parameter("1/hour", "first-order loss of a vesicle with its cargo")],
) -> None:
    """Vesicles V and their cargo C in a well-mixed compartment, lost together: dV/dt = -k V, dC/dt = -k C.

    V and C are totals (vesicle, copy), moved by the same rate per vesicle, so that old vesicles keep their own load.
    Copies per vesicle C/V is an observable, 0 where there is no vesicle. Assumption: cargo is protected as long as
    its vesicle exists. Source: standard first-order loss; values from storage studies such as Evtushenko et al. 2020,
    doi:10.1371/journal.pone.0243738.
    """
    pool = draft.carried("in the compartment", per_cell=False)
    draft.lose_vesicles("decay", decay, of=pool)
    describe_contents(draft, pool, volume)


def describe_contents(draft: Draft, pool: Carrier, volume: Node) -> None:
    """The density of vesicles and their mean load, which every compartment shows."""
    draft.observable("density", pool.vesicles / volume, "vesicles per volume")
    per_vesicle = piecewise(pool.cargo / pool.vesicles, pool.vesicles > 0.0, 0.0)
    draft.observable("copies_per_vesicle", per_vesicle, "mean cargo copies in a vesicle of the compartment")


@law
def free_rna(
    draft: Draft,
    *,
    medium: Medium,
    leak: Annotated[Node, parameter("1/hour", "loss of cargo from its vesicle into the open")],
    decay: Annotated[Node, parameter("1/hour", "decay of RNA that no vesicle protects")],
) -> None:
    """Cargo C that leaks from vesicles is free RNA F, which nucleases destroy: dC/dt = -l C;  dF/dt = l C - k F.

    Totals of the compartment (copy). Assumption: free RNA is neither taken up nor protected by protein. Source:
    first-order loss; RNA in vesicles as in Valadi et al. 2007, doi:10.1038/ncb1596 (that they protect it from RNase is
    recalled).
    """
    free = draft.species("free", "copy", "cargo copies outside of vesicles")
    draft.conversion("leak", leak * medium.cargo, of=(medium.cargo,), into=(free,))
    draft.loss("decay", decay * free, free)
    every = medium.cargo + free
    draft.observable("protected_fraction", piecewise(medium.cargo / every, every > 0.0, 1.0), "share inside vesicles")


@law
def medium_exchange(
    draft: Draft,
    *,
    medium: Medium,
    exchange: Annotated[Node, parameter("mL/hour", "medium that is replaced by fresh medium")],
) -> None:
    """Perfusion replaces medium at a constant flow q: dV/dt = -q V / Vol and the same for the cargo.

    Unit of q: mL/hour. Assumptions: well mixed; fresh medium holds no vesicles. Source: mass balance of a stirred tank.
    """
    draft.lose_vesicles("exchange", exchange / medium.volume, of=medium)
