"""A drug that vesicles bring into a cell and that the cell pumps out again."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, call
from exokinetics.laws.draft import Draft
from exokinetics.laws.medium import CompartmentVolume
from exokinetics.laws.registry import Cells, law, parameter


@law
def drug_in_cell(
    draft: Draft,
    *,
    cells: Cells,
    volume: CompartmentVolume,
    leak: Annotated[Node, parameter("1/hour", "passive loss of the drug from the cell")],
    pump: Annotated[Node, parameter("copy/cell/hour", "largest efflux by P-gp")],
    pump_half: Annotated[Node, parameter("copy/cell", "drug in the cell at half of that efflux")],
    inactivation: Annotated[Node, parameter("1/hour", "inactivation of the drug in the cell")],
    entry: Annotated[Node, parameter("mL/cell/hour", "volume of medium that a cell clears of free drug")],
    loss_outside: Annotated[Node, parameter("1/hour", "loss of free drug from the medium")],
    effect_half: Annotated[Node, parameter("copy/cell", "drug in the cell at half of its effect")],
    steepness: Annotated[Node, parameter("dimensionless", "Hill exponent of the effect", "hill")],
    reference: Annotated[Node, parameter("dimensionless", "share of the effect that doubles the level", "logit")],
) -> None:
    """Drug A that escapes from vesicles leaks and is pumped out; free drug X in the medium can enter again.

    dA/dt = escape + e X/Vol - (l + i + mu) A - V A/(K + A); dX/dt = N (l A + V A/(K + A) - e X/Vol) - d X. Units: A in
    copy/cell, X in copy; `effect` = A^h/(E^h + A^h), `level` = 1 + effect/r. Assumption: one well-mixed drug in the
    cell. Source: saturable efflux in proportion to P-gp as in Robertus et al. 2025, doi:10.3390/molecules30143014
    (abstract seen); the Hill form of the effect is recalled.
    """
    inside = draft.species("amount", "copy/cell", "drug in the cell, free of vesicles")
    outside = draft.species("outside", "copy", "free drug in the medium")
    draft.export("leak", leak * inside, cells.number, inside, outside)
    draft.export("efflux", pump * inside / (pump_half + inside), cells.number, inside, outside)
    draft.take_up("entry", entry / volume * outside, cells.number, outside, inside)
    draft.loss("inactivation", inactivation * inside, inside)
    draft.loss("loss_outside", loss_outside * outside, outside)
    draft.dilution(cells.division, inside)
    effect = call("hill", inside, effect_half, steepness)
    draft.observable("effect", effect, "effect of the drug as a share of its largest")
    draft.observable("level", 1.0 + effect / reference, "effect of the drug as a level, 1 without it")
