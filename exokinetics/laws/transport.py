"""Between compartments: flow, plasma kinetics, barriers, homing."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, call
from exokinetics.laws.draft import Draft, Members
from exokinetics.laws.medium import CompartmentVolume, describe_contents
from exokinetics.laws.registry import ANY, law, members, parameter

_INSIDE = {"vesicles": "vesicle", "cargo": "copy", "volume": "mL"}
Source = Annotated[Members, members("the compartment that vesicles leave", **_INSIDE)]
Target = Annotated[Members, members("the compartment that they reach", **_INSIDE)]
Elsewhere = Annotated[Members, members("the compartment that takes the others", **_INSIDE)]


@law
def flow(
    draft: Draft,
    *,
    source: Source,
    target: Target,
    flow: Annotated[Node, parameter("mL/hour", "volume that flows from the one to the other")],
) -> None:
    """A flow q carries vesicles and cargo from one compartment to the next: dV1/dt = -q V1 / Vol1, dV2/dt the same up.

    Unit of q: mL/hour; V in vesicle. Assumptions: both compartments well mixed; what flows back is a second part.
    Source: mass balance of compartments in series.
    """
    draft.move_vesicles("flow", flow / source.volume, of=source, into=target)


@law
def biexponential_plasma(
    draft: Draft,
    *,
    volume: CompartmentVolume,
    fast: Annotated[Node, parameter("1/hour", "rate constant of the fast phase, ln 2 over its half-life")],
    slow: Annotated[Node, parameter("1/hour", "rate constant of the slow phase, ln 2 over its half-life")],
    fast_share: Annotated[Node, parameter("dimensionless", "share of the fast phase at the start", "logit")],
) -> None:
    """Plasma P exchanges with a tissue pool T, so that after a bolus P(t) = P0 (f exp(-a t) + (1 - f) exp(-b t)).

    dP/dt = -(k_el + k_out) P + k_in T;  dT/dt = k_out P - k_in T, with k_in = f b + (1 - f) a, k_el = a b / k_in and
    k_out = a + b - k_in - k_el, none of them negative. Totals (vesicle, copy). Assumption: loss from plasma alone, in
    which the two phases are as published for a bolus. Source: two-phase clearance of vesicles from the plasma of mice
    in one study of Table 1 of Kim et al. 2019, doi:10.3390/pharmaceutics11120649.
    """
    plasma = draft.carried("in plasma", per_cell=False)
    tissue = draft.carried("in tissue that exchanges with plasma", per_cell=False, prefix="tissue_")
    back = fast_share * slow + (1.0 - fast_share) * fast
    # (a - k_in)(k_in - b)/k_in, which is a + b - k_in - k_el without the rounding of a difference
    out = fast_share * (1.0 - fast_share) * (fast - slow) ** 2 / back
    draft.lose_vesicles("elimination", fast * slow / back, of=plasma)
    draft.move_vesicles("distribution", out, of=plasma, into=tissue)
    draft.move_vesicles("redistribution", back, of=tissue, into=plasma)
    describe_contents(draft, plasma, volume)


@law
def barrier(
    draft: Draft,
    *,
    source: Source,
    target: Target,
    closed: Annotated[Node, parameter("mL/hour", "permeability times surface of the tight barrier")],
    opened: Annotated[Node, parameter("mL/hour", "what a barrier without junctions lets through beyond that")],
    junction: Annotated[Node, parameter(ANY, "state of the junctions: a level, or the id of one")],
    half: Annotated[Node, parameter(ANY, "junctions at which half of the opening is left, in the unit of the level")],
    exponent: Annotated[Node, parameter("dimensionless", "Hill exponent of the opening", "hill")],
) -> None:
    """Vesicles cross a barrier both ways, down their gradient: flux = PS (V1 / Vol1 - V2 / Vol2).

    PS = PS_closed + PS_open (1 - H(J)) with H(J) = J^n / (K^n + J^n). Unit of PS: mL/hour. Assumption: passive, the
    same both ways, no flow of fluid. Source: the case without volume flow of Kedem & Katchalsky 1958,
    doi:10.1016/0006-3002(58)90330-5 (abstract seen; its full form has three coefficients).
    """
    through = closed + opened * (1.0 - call("hill", junction, half, exponent))
    draft.move_vesicles("there", through / source.volume, of=source, into=target)
    draft.move_vesicles("back", through / target.volume, of=target, into=source)


@law
def homing(
    draft: Draft,
    *,
    source: Source,
    target: Target,
    elsewhere: Elsewhere,
    exit: Annotated[Node, parameter("1/hour", "rate at which vesicles leave the circulation for organs")],
    fraction: Annotated[Node, parameter("dimensionless", "share that this organ gets without the ligand", "logit")],
    ligand: Annotated[Node, parameter("dimensionless", "level of the homing ligand on the vesicles")],
    preference: Annotated[Node, parameter("dimensionless", "rise of the odds of this organ per level of ligand")],
) -> None:
    """Vesicles leave the circulation at the rate x; a share p goes to one organ, the rest elsewhere.

    dV/dt = -x V;  the organ gains p x V, elsewhere (1 - p) x V, with the odds p/(1 - p) = f/(1 - f) (1 + g L), so that
    the shares sum to one for any ligand L. Unit of x: 1/hour. Assumption: the ligand changes where vesicles go, not how
    fast they leave. Source: integrins direct vesicles to organs, Hoshino et al. 2015, doi:10.1038/nature15756
    (abstract seen; the law is of this package).
    """
    favoured, others = fraction * (1.0 + preference * ligand), 1.0 - fraction
    draft.move_vesicles("here", exit * favoured / (favoured + others), of=source, into=target)
    # not as one minus the other share, which is rounding where nearly all go to the organ
    draft.move_vesicles("away", exit * others / (favoured + others), of=source, into=elsewhere)
