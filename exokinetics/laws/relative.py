"""Levels relative to a cell at rest: what is known of a pathway in its direction only, without a number of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from exokinetics.expressions.graph import Node, call, multiply
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import ANY, law, links, parameter
from exokinetics.model.values import fixed

AT_REST = fixed(1.0, "dimensionless", "", "derived", "the level is counted relative to the cell at rest")

Raising = Annotated[tuple[Node, ...], links("dimensionless", "levels that raise it, each 1 at rest")]
Lowering = Annotated[tuple[Node, ...], links("dimensionless", "levels that lower it, each 1 at rest")]
Exponent = Annotated[Node, parameter("dimensionless", "steepness of an edge about rest", "hill")]
Span = Annotated[
    Node, parameter("dimensionless", "largest rise that one input brings; its inverse is the largest fall")
]
Turnover = Annotated[Node, parameter("1/hour", "rate at which the level follows what drives it")]


def drive(raised_by: Iterable[Node], lowered_by: Iterable[Node], exponent: Node, span: Node) -> Node:
    """The product of all edges, 1 where every input is at rest; an edge that lowers is one that raises, inverted."""
    half = span ** (1.0 / exponent)

    def edge(level: Node) -> Node:
        """(1 + g x^n) / (g + x^n), as a Hill function over its basal rate: defined also just below zero."""
        return 1.0 / span + (span - 1.0 / span) * call("hill", level, half, exponent)

    return multiply(*map(edge, raised_by), *(1.0 / edge(level) for level in lowered_by))


def saturation(driven: Node, threshold: Node, steepness: Node) -> Node:
    """D^n / (T^n + D^n) of a drive, which is never zero: so no case has to be made for what lies below."""
    return 1.0 / (1.0 + (threshold / driven) ** steepness)


@law
def relative_level(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    turnover: Turnover,
) -> None:
    """A level X of which only the direction is known: dX/dt = r (prod f(a) / prod f(b) - X).

    The levels a raise it and the levels b lower it, f(x) = (1 + g x^n) / (g + x^n): a Hill function over a basal rate,
    1 at rest, x^n near it, never above g or below 1/g. Dimensionless, 1 where all inputs are. So no threshold of one
    number has to fit the resting value of another. Assumption: inputs act independently, all with the same f; one
    time scale. Source: Hill functions normalized to a common scale as in Kraeutler et al. 2010,
    doi:10.1186/1752-0509-4-157 (recalled; there the scale is the maximum, here it is rest).
    """
    level = draft.species("level", "dimensionless", "level relative to the cell at rest", initial=AT_REST)
    draft.synthesis("production", turnover * drive(raised_by, lowered_by, exponent, span), into=level)
    draft.loss("decay", turnover * level, level)


@law
def relative_switch(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    threshold: Annotated[Node, parameter("dimensionless", "drive at half of the fastest switching, 1 at rest")],
    steepness: Annotated[Node, parameter("dimensionless", "Hill exponent of the drive", "hill")],
    basal: Annotated[Node, parameter("1/hour", "rate of switching without any drive")],
    fastest: Annotated[Node, parameter("1/hour", "rate of switching under the largest drive, beyond that")],
    feedback: Annotated[Node, parameter("1/hour", "rate of switching that cells already switched bring about")],
    feedback_half: Annotated[Node, parameter("dimensionless", "share of switched cells at half of that", "logit")],
    feedback_exponent: Annotated[Node, parameter("dimensionless", "Hill exponent of the feedback", "hill")],
    reversal: Annotated[Node, parameter("1/hour", "return to the first state")],
    output: Annotated[
        Node, parameter("dimensionless", "what a switched cell gives off, as a multiple of another cell")
    ],
) -> None:
    """The share X of cells that have switched: dX/dt = (b + u H(D) + v X^n/(K^n + X^n)) (1 - X) - d X, D the drive.

    The drive D is the product of the edges of `relative_level`, 1 at rest. With a steep feedback (n of 2 or more, v
    well above d) there are two stable states, and cells driven across stay there: fibroblast to CAF, epithelial to
    mesenchymal, M1 to M2. `level` is 1 + (m - 1) X, what all cells give off relative to none switched. Dimensionless.
    Assumption: daughter cells keep the state of their mother. Source: bistability by positive feedback as in Ferrell &
    Xiong 2001, doi:10.1063/1.1349894 (title seen, the Hill form recalled).
    """
    share = draft.species("share", "dimensionless", "share of cells that have switched")
    driven = saturation(drive(raised_by, lowered_by, exponent, span), threshold, steepness)
    rate = basal + fastest * driven + feedback * call("hill", share, feedback_half, feedback_exponent)
    draft.synthesis("switching", rate * (1.0 - share), into=share)
    draft.loss("reversal", reversal * share, share)
    draft.observable("level", 1.0 + (output - 1.0) * share, "what the cells give off, relative to none switched")


@law
def action(
    draft: Draft,
    *,
    input: Annotated[Node, parameter(ANY, "what acts: the id of a species or observable")],
    reference: Annotated[Node, parameter(ANY, "amount that doubles the level, in the unit of the input")],
) -> None:
    """What an amount x does, as a level for the edges of a relative pathway: L = 1 + x / R. No state.

    Dimensionless, 1 where there is none: copies delivered, RISC without a named target, bound receptors. Assumption:
    proportional; saturation is in the edges that L enters. Source: definition of the level; nothing is measured.
    """
    draft.observable("level", 1.0 + input / reference, "level relative to none of it")
