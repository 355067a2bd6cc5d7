"""A gene of a programme as a level relative to rest: MYC, cyclin D1, Snail, IL-6 and others that no microRNA binds."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.programmes_signals import damped
from exokinetics.laws.registry import law, parameter
from exokinetics.laws.relative import AT_REST, Exponent, Lowering, Raising, Span, drive


@law
def regulated_gene(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    mrna_turnover: Annotated[Node, parameter("1/hour", "turnover of the mRNA")],
    protein_turnover: Annotated[Node, parameter("1/hour", "turnover of the protein")],
    feedback: Annotated[Node, parameter("dimensionless", "hold of the protein over its own gene at rest")],
) -> None:
    """mRNA M and protein P of a gene that its pathways drive: dM/dt = m (D (1 + k)/(1 + k P) - M), dP/dt = p (M - P).

    D the drive, 1 at rest. Dimensionless, relative to rest; `level` is P, which rests where P (1 + k P) = D (1 + k),
    or at D without feedback. Assumption: translation in proportion to mRNA. Source: mass balance of expression;
    MYC represses its own gene, Penn et al. 1990, doi:10.1002/j.1460-2075.1990.tb08217.x (abstract seen), and so does
    Snail in the model of Lu et al. 2013, doi:10.1073/pnas.1318192110 (abstract seen, that part recalled).
    """
    mrna = draft.species("mrna", "dimensionless", "mRNA relative to rest", initial=AT_REST)
    level = draft.species("level", "dimensionless", "protein relative to rest", initial=AT_REST)
    made = drive(raised_by, lowered_by, exponent, span) * damped(level, feedback)
    draft.synthesis("transcription", mrna_turnover * made, into=mrna)
    draft.loss("mrna_decay", mrna_turnover * mrna, mrna)
    draft.synthesis("translation", protein_turnover * mrna, into=level)
    draft.loss("protein_decay", protein_turnover * level, level)
