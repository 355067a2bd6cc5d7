"""Populations of cells: held at a number, or growing and dying."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, call
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import law, parameter

Volume = Annotated[Node, parameter("fL/cell", "volume in which the molecules of a cell mix")]


@law
def population(
    draft: Draft,
    *,
    number: Annotated[Node, parameter("cell", "number of cells", "fixed")],
    division: Annotated[Node, parameter("1/hour", "rate at which a cell divides")],
    volume: Volume,
) -> None:
    """A population of constant number N that divides at the rate mu and loses as many cells as it gains.

    dN/dt = (mu - death) N = 0, so death = mu: what dying cells hold leaves with them. Other laws take mu from here for
    the dilution of everything inside a cell. Assumption: confluent or passaged culture over the time simulated.
    Source: mass balance; dilution as in Bartlett & Davis 2006, doi:10.1093/nar/gkj439.
    """  # fmt: skip


@law
def growing_population(
    draft: Draft,
    *,
    start: Annotated[Node, parameter("cell", "number of cells at the start", "fixed")],
    growth: Annotated[Node, parameter("1/hour", "rate at which a cell divides where there is room")],
    death: Annotated[Node, parameter("1/hour", "rate at which a cell dies")],
    capacity: Annotated[Node, parameter("cell", "number of cells at which division stops")],
    volume: Volume,
) -> None:
    """A population that divides logistically and dies: dN/dt = (mu - d) N with mu = g max(0, 1 - N/C).

    Other laws dilute by mu, not by the net rate: cells that die take along what they hold, d N per hour of it. Unit:
    cell. Assumption: crowding slows division alone. Source: logistic growth, Verhulst 1838; dilution as in Bartlett &
    Davis 2006, doi:10.1093/nar/gkj439.
    """
    number = draft.species("number", "cell", "number of cells", initial=start)
    division = growth * call("max", 1.0 - number / capacity, 0.0)
    draft.synthesis("growth", division * number, into=number)
    # what makes cells divide faster dilutes them faster
    draft.observable("division", division, "rate at which a cell divides", process="growth")
    draft.loss("death", death * number, number)
