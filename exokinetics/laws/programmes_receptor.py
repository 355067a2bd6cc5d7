"""Receptors under their drugs: ER and HER2 over a level relative to rest, and resistance that cells remember."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, call
from exokinetics.laws.draft import Draft
from exokinetics.laws.programmes_switches import Output, Steepness, Threshold, mixed
from exokinetics.laws.registry import law, parameter
from exokinetics.laws.relative import AT_REST, Exponent, Lowering, Raising, Span, Turnover, drive


@law
def receptor_under_drug(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    turnover: Turnover,
    ligand: Annotated[Node, parameter("dimensionless", "ligand in multiples of its dissociation constant")],
    drug: Annotated[Node, parameter("dimensionless", "drug in multiples of its inhibition constant")],
    signal_half: Annotated[
        Node,
        parameter("dimensionless", "receptor with ligand at half of the largest growth, as a share of all at rest"),
    ],
    adaptation: Annotated[Node, parameter("1/hour", "rate at which growth under the drug follows the signal")],
) -> None:
    """Growth under a drug that competes for the receptor R: S = R o, o = L / (1 + L + I), dG/dt = a (g(S)/g(o) - G).

    dR/dt = r (D - R), D the drive, 1 at rest; g(S) = S / (K + S); L and I are ligand and drug in multiples of their
    constants. Dimensionless; `level` is G, resistance: growth under the drug relative to that of the sensitive cell,
    at most (K + o)/o. `occupied` is R o. Assumption: what takes over for the receptor counts as receptor; binding at
    equilibrium. Source: competition of drug and ligand as in Cheng & Prusoff 1973, doi:10.1016/0006-2952(73)90196-2
    (recalled).
    """
    receptor = draft.species("receptor", "dimensionless", "receptor relative to the sensitive cell", initial=AT_REST)
    level = draft.species("level", "dimensionless", "growth under the drug relative to rest", initial=AT_REST)
    draft.synthesis("receptor_production", turnover * drive(raised_by, lowered_by, exponent, span), into=receptor)
    draft.loss("receptor_decay", turnover * receptor, receptor)
    occupied = ligand / (1.0 + ligand + drug)
    growth = receptor * (signal_half + occupied) / (signal_half + receptor * occupied)
    draft.synthesis("production", adaptation * growth, into=level)
    draft.loss("decay", adaptation * level, level)
    draft.observable("occupied", receptor * occupied, "receptor with ligand, as a share of all at rest")


@law
def resistance_switch(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    threshold: Threshold,
    steepness: Steepness,
    turnover: Turnover,
    memory: Annotated[Node, parameter("1/hour", "rate at which cells become resistant and sensitive again")],
    upkeep: Annotated[Node, parameter("dimensionless", "what resistant cells add to the signal, in multiples of it")],
    output: Output,
) -> None:
    """Signals B that do without the receptor make cells resistant, X, slowly: dX/dt = s (H(B (1 + u X)) - X).

    dB/dt = r (D - B), H(x) = x^n/(T^n + x^n), D the drive, 1 at rest; what resistant cells keep up makes the state hold
    after its cause. Dimensionless: X is the `share` of resistant cells, B relative to rest, `level` = 1 + (m - 1) X
    their growth under the drug. Assumption: resistance comes by switching, not by selection. Source: memory by positive
    feedback as in Ferrell & Xiong 2001, doi:10.1063/1.1349894 (title seen); the time is that of the co-culture.
    """
    share = draft.species("share", "dimensionless", "share of cells that are resistant")
    bypass = draft.species("bypass", "dimensionless", "signals that do without the receptor", initial=AT_REST)
    draft.synthesis("bypass_production", turnover * drive(raised_by, lowered_by, exponent, span), into=bypass)
    draft.loss("bypass_decay", turnover * bypass, bypass)
    driven = call("hill", bypass * (1.0 + upkeep * share), threshold, steepness)
    draft.synthesis("switching", memory * driven, into=share)
    draft.loss("reversal", memory * share, share)
    draft.observable("level", mixed(share, output), "growth under the drug, relative to none resistant")
