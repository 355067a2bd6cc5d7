"""The compartment outside the cells, and what is lost there."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, piecewise
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import law, parameter


@law
def extracellular_decay(
    draft: Draft,
    *,
    volume: Annotated[Node, parameter("mL", "volume of the compartment", "fixed")],
    decay: Annotated[Node, parameter("1/hour", "first-order loss of a vesicle with its cargo")],
) -> None:
    """Vesicles V and their cargo C in a well-mixed compartment, lost together: dV/dt = -k V, dC/dt = -k C.

    V and C are totals (vesicle, copy), moved by the same rate per vesicle, so that old vesicles keep their own load.
    Copies per vesicle C/V is an observable, 0 where there is no vesicle. Assumption: cargo is protected as long as
    its vesicle exists. Source: standard first-order loss; values from storage studies such as Evtushenko et al. 2020,
    doi:10.1371/journal.pone.0243738.
    """
    vesicles = draft.species("vesicles", "vesicle", "vesicles in the compartment")
    cargo = draft.species("cargo", "copy", "cargo copies inside the vesicles of the compartment")
    draft.loss("decay_vesicles", decay * vesicles, vesicles)
    draft.loss("decay_cargo", decay * cargo, cargo)
    draft.observable("density", vesicles / volume, "vesicles per volume")
    per_vesicle = piecewise(cargo / vesicles, vesicles > 0.0, 0.0)
    draft.observable("copies_per_vesicle", per_vesicle, "mean cargo copies in a vesicle of the compartment")
