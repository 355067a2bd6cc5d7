"""What a cell becomes and gives off: levels, switches, secreted factors, drugs in its medium."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, call
from exokinetics.laws.draft import Draft, Members
from exokinetics.laws.registry import ANY, law, members, parameter
from exokinetics.model.values import fixed

_WITHOUT_EDGES = fixed(1.0, "dimensionless", "", "derived", "the level is counted relative to that without any input")
Input = Annotated[Node, parameter(ANY, "what drives it: a level, or the id of a species, parameter or observable")]
Half = Annotated[Node, parameter(ANY, "input at half of the largest effect, in the unit of the input")]


@law
def activity(
    draft: Draft,
    *,
    turnover: Annotated[Node, parameter("1/hour", "rate at which the level follows what drives it")],
) -> None:
    """A level X of which only the direction is known: dX/dt = r (1 - X), with edges on the first r.

    Edges are `activation` and `inhibition` parts on its process `production`; several multiply. Dimensionless, 1
    without any edge, more where an edge acts at rest already. Assumption: one time scale, first order. Source:
    definition of a lumped node; nothing about it is measured.
    """
    level = draft.species("level", "dimensionless", "level relative to that without any input", initial=_WITHOUT_EDGES)
    draft.synthesis("production", turnover, into=level)
    draft.loss("decay", turnover * level, level)


@law
def bistable_switch(
    draft: Draft,
    *,
    input: Input,
    half: Half,
    exponent: Annotated[Node, parameter("dimensionless", "Hill exponent of the input", "hill")],
    basal: Annotated[Node, parameter("1/hour", "rate of switching without input")],
    drive: Annotated[Node, parameter("1/hour", "rate of switching at saturating input, beyond that")],
    feedback: Annotated[Node, parameter("1/hour", "rate of switching that cells already switched bring about")],
    feedback_half: Annotated[Node, parameter("dimensionless", "share of switched cells at half of that", "logit")],
    feedback_exponent: Annotated[Node, parameter("dimensionless", "Hill exponent of the feedback", "hill")],
    reversal: Annotated[Node, parameter("1/hour", "return to the first state")],
) -> None:
    """The share X of cells that have switched: dX/dt = (b + u H(x) + v X^n/(K^n + X^n)) (1 - X) - d X.

    With a steep feedback (n of 2 or more, v well above d) there are two stable states, and what was driven across stays
    there: fibroblast to CAF, epithelial to mesenchymal, M1 to M2. Dimensionless, between 0 and 1. Assumption: daughter
    cells keep the state of their mother. Source: bistability by positive feedback as in Ferrell & Xiong
    2001, doi:10.1063/1.1349894 (title seen, the Hill form recalled).
    """
    share = draft.species("share", "dimensionless", "share of cells that have switched")
    rate = (
        basal
        + drive * call("hill", input, half, exponent)
        + feedback * call("hill", share, feedback_half, feedback_exponent)
    )
    draft.synthesis("switching", rate * (1.0 - share), into=share)
    draft.loss("reversal", reversal * share, share)


@law
def secreted_factor(
    draft: Draft,
    *,
    cells: Annotated[Members, members("the cells that secrete it", number="cell")],
    volume: Annotated[Node, parameter("mL", "volume of the medium", "fixed")],
    secretion: Annotated[Node, parameter("copy/cell/hour", "copies that a cell secretes")],
    decay: Annotated[Node, parameter("1/hour", "loss from the medium")],
) -> None:
    """N cells secrete a factor F into their medium: dF/dt = N s - d F; its density F / Vol drives other cells.

    A total (copy). Edges are `activation` and `inhibition` parts on its process `secretion`. Assumption: well mixed.
    Source: mass balance of a secreted molecule.
    """
    amount = draft.species("amount", "copy", "copies in the medium")
    draft.synthesis("secretion", cells.number * secretion, into=amount)
    draft.loss("decay", decay * amount, amount)
    draft.observable("density", amount / volume, "copies per volume of medium")


@law
def dosed_compound(
    draft: Draft,
    *,
    decay: Annotated[Node, parameter("1/hour", "loss of the compound, by whatever route")],
) -> None:
    """A drug, inhibitor or stimulus of known concentration that is put in by doses: dD/dt = -k D.

    Unit: nM. Put it in with a `Dose` on `concentration`; its effects are `activation` and `inhibition` parts.
    Assumption: cells do not deplete it. Source: mass balance of a dosed compound.
    """
    concentration = draft.species("concentration", "nM", "concentration of the compound")
    draft.loss("decay", decay * concentration, concentration)


@law
def supplied_compound(
    draft: Draft,
    *,
    input: Annotated[Node, parameter("nM", "concentration that the supply keeps up")],
    renewal: Annotated[Node, parameter("1/hour", "loss of the compound, which the supply makes up for")],
) -> None:
    """A drug or inhibitor that is kept in the medium: dD/dt = k (D0 - D).

    Unit: nM. Its effects are `activation` and `inhibition` parts. Assumption: what is lost is renewed, as by a change
    of medium or an infusion; cells do not deplete it. Source: mass balance of a supplied compound.
    """
    concentration = draft.species("concentration", "nM", "concentration of the compound")
    draft.synthesis("supply", renewal * input, into=concentration)
    draft.loss("decay", renewal * concentration, concentration)
