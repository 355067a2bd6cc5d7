"""The matrix between cells and the proteases that degrade it, over levels relative to rest."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import law, parameter
from exokinetics.laws.relative import Exponent, Lowering, Raising, Span
from exokinetics.laws.tissue import edges, follow, level_at_rest


@law
def matrix_protease(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    activation: Annotated[Node, parameter("1/hour", "activation and loss of the latent protease")],
    loss: Annotated[Node, parameter("1/hour", "loss of the active protease at rest, by inhibitors and otherwise")],
    inhibited: Annotated[Node, parameter("dimensionless", "share of that loss at rest that is due to TIMP", "logit")],
) -> None:
    """A secreted latent MMP Z is activated to A, which TIMP T inhibits: dA/dt = l (Z - (1 - q + q T) A).

    dZ/dt = a (S - Z), S the product of the edges that raise it, T that of the edges that lower it. Dimensionless, all 1
    at rest, A the `level`, at most S/(1 - q). Assumptions: TIMP in excess; inhibition does not return. Source:
    secretion, activation and inhibition of MMP2 as in Karagiannis & Popel 2004, doi:10.1074/jbc.M404627200 (abstract
    seen), lumped.
    """
    latent = level_at_rest(draft, "latent protease relative to rest", "latent")
    active = level_at_rest(draft, "active protease relative to rest")
    follow(draft, latent, activation, edges(raised_by, exponent, span))
    follow(draft, active, loss, latent, 1.0 - inhibited + inhibited * edges(lowered_by, exponent, span))


@law
def matrix_density(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    maturation: Annotated[Node, parameter("1/hour", "cross-linking and loss of new matrix at rest")],
    degradation: Annotated[Node, parameter("1/hour", "loss of cross-linked matrix at rest")],
    degraded_new: Annotated[
        Node, parameter("dimensionless", "share of new matrix that proteases degrade at rest", "logit")
    ],
    degraded: Annotated[
        Node, parameter("dimensionless", "share of the loss of cross-linked matrix due to proteases", "logit")
    ],
) -> None:
    """Cells deposit new matrix N, which becomes cross-linked matrix M; proteases E degrade both.

    dN/dt = x (S - (1 - w + w E) N);  dM/dt = d (N - (1 - e + e E) M), S the product of the edges that raise it, E that
    of those that lower it. Dimensionless, all 1 at rest, M the `level`. Assumption: degradation is of first order in
    matrix, far from saturation. Source: mass balance of a tissue between deposition and degradation.
    """
    new = level_at_rest(draft, "new matrix relative to rest", "new")
    matrix = level_at_rest(draft, "cross-linked matrix relative to rest")
    proteases = edges(lowered_by, exponent, span)
    follow(draft, new, maturation, edges(raised_by, exponent, span), 1.0 - degraded_new + degraded_new * proteases)
    follow(draft, matrix, degradation, new, 1.0 - degraded + degraded * proteases)
