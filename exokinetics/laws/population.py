"""Populations of cells whose number is held."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import law, parameter


@law
def population(
    draft: Draft,
    *,
    number: Annotated[Node, parameter("cell", "number of cells", "fixed")],
    division: Annotated[Node, parameter("1/hour", "rate at which a cell divides")],
    volume: Annotated[Node, parameter("fL/cell", "volume in which the molecules of a cell mix")],
) -> None:
    """A population of constant number N that divides at the rate mu and loses as many cells as it gains.

    dN/dt = (mu - death) N = 0, so death = mu: what dying cells hold leaves with them. Other laws take mu from here for
    the dilution of everything inside a cell. Assumption: confluent or passaged culture over the time simulated.
    Source: mass balance; dilution as in Bartlett & Davis 2006, doi:10.1093/nar/gkj439.
    """  # fmt: skip
