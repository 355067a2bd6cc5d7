"""Factors on what other parts do: triggers, stimuli, drugs, blockers, and the edges of a lumped pathway."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, call
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import ANY, law, parameter, process

Process = Annotated[str, process("the reaction or process of another part that changes, such as 'donor.release'")]
Input = Annotated[Node, parameter(ANY, "what acts: a level, or the id of a species, parameter or observable")]
Half = Annotated[Node, parameter(ANY, "input at half of the largest effect, in the unit of the input")]
Exponent = Annotated[Node, parameter("dimensionless", "Hill exponent", "hill")]


@law
def activation(
    draft: Draft,
    *,
    process: Process,
    input: Input,
    half: Half,
    exponent: Exponent,
    gain: Annotated[Node, parameter("dimensionless", "largest rise of the rate, as a multiple of the rate without")],
) -> None:
    """The input x speeds up a process: its rate is multiplied by 1 + g H(x), H(x) = x^n / (K^n + x^n).

    A trigger of release (hypoxia, acid, ER stress, RAS, heparanase, a drug), a stimulus, an edge that raises. Several
    on one process multiply. Dimensionless factor. Assumption: the input is not used up. Source: the saturating
    response of Hill 1910, in the form of Goutelle et al. 2008, doi:10.1111/j.1472-8206.2008.00633.x (recalled).
    """
    draft.modulate(process, 1.0 + gain * call("hill", input, half, exponent), "speeds up")


@law
def inhibition(
    draft: Draft,
    *,
    process: Process,
    input: Input,
    half: Half,
    exponent: Exponent,
    effect: Annotated[Node, parameter("dimensionless", "largest fall of the rate, as a share of it", "logit")],
) -> None:
    """The input x slows a process down: its rate is multiplied by 1 - e H(x), H(x) = x^n / (K^n + x^n).

    A blocker of release or uptake, a drug (K is its IC50), an edge that lowers. Several on one process multiply.
    Dimensionless factor. Assumption: the input is not used up; effect 1 is a full block. Source: the saturating
    response of Hill 1910, in the form of Goutelle et al. 2008, doi:10.1111/j.1472-8206.2008.00633.x (recalled).
    """
    draft.modulate(process, 1.0 - effect * call("hill", input, half, exponent), "slows down")
