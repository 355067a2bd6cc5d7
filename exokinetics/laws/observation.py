"""What instruments show of a state: particle counts, quantitative PCR, blots and dyes. Observables only."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, call
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import ANY, Medium, law, link, parameter

Observed = Annotated[Node, parameter(ANY, "what is measured: the id of a species or observable")]


@law
def particle_count(
    draft: Draft,
    *,
    medium: Medium,
    recovery: Annotated[Node, parameter("dimensionless", "share of the vesicles that the preparation keeps", "logit")],
    background: Annotated[Node, parameter("vesicle/mL", "particles that are no vesicles, counted all the same")],
) -> None:
    """Nanoparticle tracking counts y = r V / Vol + b particles per volume: vesicles that were kept, and background.

    Unit: vesicle/mL. Assumption: neither depends on the count. Source: definition of the reading; that it counts what
    is no vesicle is said by MISEV2018, Thery et al. 2018, doi:10.1080/20013078.2018.1535750 (a table after it seen).
    """
    counted = recovery * medium.vesicles / medium.volume + background
    draft.observable("count", counted, "particles per volume as an instrument counts them")


@law
def qpcr(
    draft: Draft,
    *,
    input: Annotated[Node, link("copy", "the RNA in the sample")],
    reference: Annotated[Node, parameter("copy", "copies at which the reference cycle is reached", "fixed")],
    reference_cycle: Annotated[Node, parameter("dimensionless", "cycle at which that many copies are seen", "fixed")],
    efficiency: Annotated[Node, parameter("dimensionless", "gain per cycle, 1 for a perfect doubling", "logit")],
    background: Annotated[Node, parameter("copy", "copies that a sample without RNA seems to hold")],
    last_cycle: Annotated[Node, parameter("dimensionless", "cycle after which nothing is called detected", "fixed")],
) -> None:
    """The cycle of quantitative PCR: Ct = min(C_last, C_ref - ln((max(x, 0) + b)/x_ref) / ln(1 + e)).

    Dimensionless (cycles). Assumption: the efficiency is the same at every cycle. Source: definition of exponential
    amplification; measured efficiencies as in Pfaffl 2001, doi:10.1093/nar/29.9.e45 (abstract seen).
    """
    cycles = call("log", (call("max", input, 0.0) + background) / reference) / call("log", 1.0 + efficiency)
    draft.observable("cycle", call("min", reference_cycle - cycles, last_cycle), "cycle at which the RNA is seen")


@law
def blot(
    draft: Draft,
    *,
    input: Observed,
    one_unit: Annotated[Node, parameter(ANY, "amount that adds one to the signal, in the unit of what is measured")],
    offset: Annotated[Node, parameter("dimensionless", "signal without any of it: background of a blot, or of a dye")],
) -> None:
    """A signal in arbitrary units, of a Western blot or a dye in flow cytometry: y = o + x / c.

    Dimensionless. Assumption: within the linear range; free dye counts as offset. Source: definition of scale and
    offset.
    """
    draft.observable("signal", offset + input / one_unit, "signal in arbitrary units")
