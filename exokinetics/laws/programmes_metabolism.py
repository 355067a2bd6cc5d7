"""Fluxes of metabolism relative to rest: glycolysis with its glucose uptake, and oxidation in mitochondria."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.programmes_growth import saturating
from exokinetics.laws.programmes_signals import damped
from exokinetics.laws.registry import law, parameter
from exokinetics.laws.relative import AT_REST, Exponent, Lowering, Raising, Span, Turnover, drive


@law
def glycolysis(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    turnover: Turnover,
    glucose_turnover: Annotated[Node, parameter("1/hour", "turnover of the glucose inside at rest")],
    glucose_outside: Annotated[
        Node, parameter("dimensionless", "glucose outside, relative to inside at rest, minus 1")
    ],
    glucose_half: Annotated[
        Node, parameter("dimensionless", "glucose inside at half of the largest flux, relative to rest")
    ],
    atp_inhibition: Annotated[Node, parameter("dimensionless", "hold of ATP over phosphofructokinase at rest")],
    atp_turnover: Annotated[Node, parameter("1/hour", "turnover of ATP")],
) -> None:
    """The flux of glycolysis J = E (1 + K) G / (K + G) (1 + k)/(1 + k A), E its enzymes and carriers, G glucose, A ATP.

    dE/dt = r (D - E);  dG/dt = q (E ((1 + o) - G)/o - J);  dA/dt = a (J - A), D the drive, 1 at rest; o = glucose
    outside over that inside, minus 1. Dimensionless, relative to rest; `level` is J, `uptake` what GLUT1 lets in. All
    at rest are 1. Assumption: carriers, hexokinase and PKM rise together, as under HIF-1 and MYC; ATP is used in
    proportion to its amount. Source: ATP holding phosphofructokinase as in Mulukutla et al. 2014,
    doi:10.1371/journal.pone.0098756 (abstract seen), whose bistability by fructose bisphosphate is left out.
    """
    enzymes = draft.species("enzymes", "dimensionless", "carriers and enzymes relative to rest", initial=AT_REST)
    glucose = draft.species("glucose", "dimensionless", "glucose inside relative to rest", initial=AT_REST)
    atp = draft.species("atp", "dimensionless", "ATP relative to rest", initial=AT_REST)
    draft.synthesis("enzyme_production", turnover * drive(raised_by, lowered_by, exponent, span), into=enzymes)
    draft.loss("enzyme_decay", turnover * enzymes, enzymes)
    let_in, let_out = enzymes * (1.0 + glucose_outside) / glucose_outside, enzymes * glucose / glucose_outside
    flux = enzymes * saturating(glucose, glucose_half) * damped(atp, atp_inhibition)
    draft.synthesis("entry", glucose_turnover * let_in, into=glucose)
    draft.loss("exit", glucose_turnover * let_out, glucose)
    draft.loss("use", glucose_turnover * flux, glucose)
    draft.synthesis("atp_production", atp_turnover * flux, into=atp)
    draft.loss("atp_use", atp_turnover * atp, atp)
    draft.observable("level", flux, "flux of glycolysis relative to rest")
    draft.observable("uptake", let_in - let_out, "net uptake of glucose relative to rest")


@law
def mitochondrial_oxidation(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    turnover: Turnover,
    fuel_turnover: Annotated[Node, parameter("1/hour", "turnover of acetyl-CoA and NADH at rest")],
    fuel_half: Annotated[
        Node, parameter("dimensionless", "acetyl-CoA and NADH at half of the largest respiration, relative to rest")
    ],
    inhibition: Annotated[
        Node, parameter("dimensionless", "hold of acetyl-CoA and NADH over their production, at rest")
    ],
) -> None:
    """Fuel enters mitochondria through E (CPT1, dehydrogenases) as acetyl-CoA and NADH N and is respired: J.

    dE/dt = r (D - E);  dN/dt = q (E (1 + k)/(1 + k N) - J);  J = (1 + K) N / (K + N), D the drive, 1 at rest. At rest
    all are 1; `level` is J, never above 1 + K. Dimensionless, relative to rest. Assumption: fatty acids, pyruvate and
    glutamine alike; respiration is limited by fuel. Source: product inhibition of oxidation as in Randle et al. 1963,
    doi:10.1016/S0140-6736(63)91500-9 (recalled).
    """
    enzymes = draft.species("enzymes", "dimensionless", "entry of fuel relative to rest", initial=AT_REST)
    fuel = draft.species("fuel", "dimensionless", "acetyl-CoA and NADH relative to rest", initial=AT_REST)
    draft.synthesis("enzyme_production", turnover * drive(raised_by, lowered_by, exponent, span), into=enzymes)
    draft.loss("enzyme_decay", turnover * enzymes, enzymes)
    flux = saturating(fuel, fuel_half)
    draft.synthesis("entry", fuel_turnover * enzymes * damped(fuel, inhibition), into=fuel)
    draft.loss("respiration", fuel_turnover * flux, fuel)
    draft.observable("level", flux, "oxidation relative to rest")
