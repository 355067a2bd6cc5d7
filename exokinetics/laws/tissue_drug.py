"""A drug in tumour cells that pump it out, and what it kills, over levels relative to rest."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, call
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import law, parameter
from exokinetics.laws.relative import Exponent, Lowering, Raising, Span, drive
from exokinetics.laws.tissue import Independent, Loss, Room, edges, follow, grow, level_at_rest

Turnover = Annotated[Node, parameter("1/hour", "loss of the drug from the cell at rest, by pump and otherwise")]
PumpTurnover = Annotated[Node, parameter("1/hour", "turnover of the pump")]
Pumped = Annotated[Node, parameter("dimensionless", "share of that loss that is due to the pump", "logit")]
PumpHalf = Annotated[Node, parameter("dimensionless", "drug in the cell at half of the speed of the pump, 1 at rest")]
KillHalf = Annotated[Node, parameter("dimensionless", "drug in the cell at half of the largest kill, 1 at rest")]
Steepness = Annotated[Node, parameter("dimensionless", "Hill exponent of the kill", "hill")]


def _drug(
    draft: Draft, influx: Node | float, pump: Node, turnover: Node, pump_turnover: Node, pumped: Node, pump_half: Node,
    name: str = "drug",
) -> tuple[Node, Node]:  # fmt: skip
    """Drug X and pump P: dX/dt = k (I - (1 - q) X - q P X (K + 1)/(K + X)); what the pump takes per drug comes
    second."""
    drug = level_at_rest(draft, "drug in the cell relative to rest", name)
    pumps = level_at_rest(draft, "pump (P-gp, vesicle export) relative to rest", "pump")
    follow(draft, pumps, pump_turnover, pump)
    per_drug = pumps * (pump_half + 1.0) / (pump_half + drug)
    follow(draft, drug, turnover, influx, 1.0 - pumped + pumped * per_drug)
    return drug, per_drug


def _kill(drug: Node, kill_half: Node, steepness: Node) -> Node:
    """Kill relative to rest, a Hill function of the drug."""
    return call("hill", drug, kill_half, steepness) * (1.0 + kill_half**steepness)


@law
def drug_content(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    turnover: Turnover,
    pump_turnover: PumpTurnover,
    pumped: Pumped,
    pump_half: PumpHalf,
) -> None:
    """The drug X in a cell under constant drug outside: dX/dt = k (I - (1 - q) X - q P X (K + 1)/(K + X)).

    dP/dt = r (B - P): I, the product of the edges that raise it, is entry, B, that of those that lower it, the pump.
    Dimensionless, all 1 at rest, X the `level`, at most I/(1 - q). Assumption: leak of first order. Source: saturable
    efflux in proportion to P-gp as in Robertus et al. 2025, doi:10.3390/molecules30143014 (abstract seen).
    """
    _drug(
        draft, edges(raised_by, exponent, span), edges(lowered_by, exponent, span), turnover, pump_turnover, pumped,
        pump_half, "level",
    )  # fmt: skip


@law
def drug_efflux(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    turnover: Turnover,
    pump_turnover: PumpTurnover,
    pumped: Pumped,
    pump_half: PumpHalf,
) -> None:
    """What the pump P takes out of a cell: J = P X (K + 1)/(K + X), under constant entry of the drug X.

    dX/dt = k (1 - (1 - q) X - q J); dP/dt = r (D - P), D the drive. Dimensionless, all 1 at rest, J the `level`: no
    more than enters, 1/q, in the end. Assumption: leak of first order. Source: saturable efflux in proportion to P-gp
    as in Robertus et al. 2025, doi:10.3390/molecules30143014 (abstract seen).
    """
    pump = drive(raised_by, lowered_by, exponent, span)
    drug, per_drug = _drug(draft, 1.0, pump, turnover, pump_turnover, pumped, pump_half)
    draft.observable("level", per_drug * drug, "drug that the pump takes out, relative to rest")


@law
def drug_kill(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    turnover: Turnover,
    pump_turnover: PumpTurnover,
    pumped: Pumped,
    pump_half: PumpHalf,
    kill_half: KillHalf,
    steepness: Steepness,
) -> None:
    """Kill by a drug X that the pump P takes out: H(S X)/H(1), H(x) = x^h / (E^h + x^h), S the sensitivity.

    dX/dt = k (1 - (1 - q) X - q P X (K + 1)/(K + X)); dP/dt = r (B - P): S is the product of the edges that raise it, B
    that of those that lower it. Dimensionless, all 1 at rest, at most 1 + E^h. Assumption: constant drug outside.
    Source: sensitivity as a function of P-gp as in Robertus et al. 2025, doi:10.3390/molecules30143014 (abstract seen);
    the Hill form is recalled.
    """
    drug, _ = _drug(
        draft, 1.0, edges(lowered_by, exponent, span), turnover, pump_turnover, pumped, pump_half
    )  # fmt: skip
    acting = drug * edges(raised_by, exponent, span)
    draft.observable("level", _kill(acting, kill_half, steepness), "kill by the drug relative to rest")


@law
def drug_survivors(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    turnover: Turnover,
    pump_turnover: PumpTurnover,
    pumped: Pumped,
    pump_half: PumpHalf,
    kill_half: KillHalf,
    steepness: Steepness,
    room: Room,
    independent: Independent,
    loss: Loss,
) -> None:
    """Cells N that live under a drug X: dN/dt = l ((i + (1 - i) N)(1 + C - N)/C - N H(X)/H(1)), resistance as a
    number.

    dX/dt = k (1 - (1 - q) X - q P X (K + 1)/(K + X)); dP/dt = r (D - P); H(x) = x^h / (E^h + x^h), D the drive.
    Dimensionless, all 1 at rest, N the `level`. Assumption: what makes cells resistant counts as a pump, whatever it
    is. Source: saturable efflux in proportion to P-gp, sensitivity as its function, as in Robertus et al. 2025,
    doi:10.3390/molecules30143014 (abstract seen); growth is logistic.
    """
    pump = drive(raised_by, lowered_by, exponent, span)
    drug, _ = _drug(draft, 1.0, pump, turnover, pump_turnover, pumped, pump_half)
    cells = level_at_rest(draft, "cells alive under the drug relative to rest")
    grow(draft, cells, loss, room, independent, death=_kill(drug, kill_half, steepness))
