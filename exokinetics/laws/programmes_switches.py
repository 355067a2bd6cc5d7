"""Cell states that hold themselves, over levels relative to rest: EMT, cancer-associated fibroblast, M2, stemness."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, call
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import law, parameter
from exokinetics.laws.relative import AT_REST, Exponent, Lowering, Raising, Span, Turnover, drive, saturation
from exokinetics.model.values import fixed

Threshold = Annotated[Node, parameter("dimensionless", "signal at half of the largest effect, 1 at rest without it")]
Steepness = Annotated[Node, parameter("dimensionless", "Hill exponent of the signal", "hill")]
Output = Annotated[Node, parameter("dimensionless", "what a switched cell gives off, as a multiple of another cell")]
Residue = Annotated[Node, parameter("dimensionless", "what a switched cell keeps of the marker of the first state")]
Repression = Annotated[Node, parameter("dimensionless", "Hill exponent of the mutual inhibition", "hill")]
WITHOUT_SWITCHED = fixed(1.0, "dimensionless", "", "derived", "the most that a cell makes of it, which none represses")


def repressed(by: Node, half: Node, exponent: Node) -> Node:
    """1 / (1 + (x/K)^n)."""
    return 1.0 - call("hill", by, half, exponent)


def mixed(share: Node, switched: Node) -> Node:
    """What a mixture of cells gives, relative to none switched: 1 + (m - 1) X."""
    return 1.0 + (switched - 1.0) * share


@law
def emt_switch(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    snail_turnover: Annotated[Node, parameter("1/hour", "turnover of Snail")],
    threshold: Threshold,
    steepness: Steepness,
    zeb_turnover: Annotated[Node, parameter("1/hour", "turnover of ZEB and of the state that it brings")],
    mir_200_turnover: Annotated[Node, parameter("1/hour", "turnover of miR-200")],
    mir_200_half: Annotated[Node, parameter("dimensionless", "miR-200 that halves ZEB, as a share of the most")],
    zeb_half: Annotated[Node, parameter("dimensionless", "ZEB that halves miR-200, as a share of the most", "logit")],
    repression_exponent: Repression,
    output: Output,
    e_cadherin_left: Residue,
) -> None:
    """Snail S drives ZEB Z, which with miR-200 M inhibits each other: dM/dt = r (1/(1 + (Z/K_Z)^m) - M).

    dS/dt = q (D - S), D the drive, 1 at rest;  dZ/dt = k (H(S) / (1 + (M/K_M)^m) - Z),  H(S) = S^n/(T^n + S^n).
    Dimensionless: S relative to rest, M and Z to the most a cell makes; Z is the `share` of the mesenchymal state.
    `level` = 1 + (m - 1) Z stands for vimentin, `e_cadherin` = 1 - (1 - e) Z. Assumption: the miR-34/Snail module, a
    monostable integrator, is one level; two states, no hybrid. Source: the miR-200/ZEB circuit behind miR-34/SNAIL of
    Lu et al. 2013, doi:10.1073/pnas.1318192110 (abstract seen), reduced to Hill repression on one level of each.
    """
    snail = draft.species("snail", "dimensionless", "Snail relative to the cell at rest", initial=AT_REST)
    mir_200 = draft.species("mir_200", "dimensionless", "miR-200 as a share of the most", initial=WITHOUT_SWITCHED)
    share = draft.species("share", "dimensionless", "mesenchymal state: ZEB as a share of the most")
    signal = drive(raised_by, lowered_by, exponent, span)
    draft.synthesis("snail_production", snail_turnover * signal, into=snail)
    draft.loss("snail_decay", snail_turnover * snail, snail)
    made = repressed(share, zeb_half, repression_exponent)
    draft.synthesis("mir_200_production", mir_200_turnover * made, into=mir_200)
    draft.loss("mir_200_decay", mir_200_turnover * mir_200, mir_200)
    driven = call("hill", snail, threshold, steepness) * repressed(mir_200, mir_200_half, repression_exponent)
    draft.synthesis("switching", zeb_turnover * driven, into=share)
    draft.loss("reversal", zeb_turnover * share, share)
    draft.observable("level", mixed(share, output), "vimentin, relative to none switched")
    draft.observable("e_cadherin", mixed(share, e_cadherin_left), "E-cadherin, relative to none switched")


@law
def fibroblast_switch(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    threshold: Threshold,
    steepness: Steepness,
    activation: Annotated[Node, parameter("1/hour", "activation of a fibroblast under the largest signal")],
    reversal: Annotated[Node, parameter("1/hour", "return of an activated fibroblast")],
    autocrine: Annotated[
        Node, parameter("dimensionless", "what the TGF-b of all activated adds to the signal, in multiples of it")
    ],
    tgf_beta_turnover: Annotated[Node, parameter("1/hour", "turnover of the TGF-b that the cells make")],
    output: Output,
    fap_output: Annotated[Node, parameter("dimensionless", "FAP of an activated cell, as a multiple of another")],
) -> None:
    """Activated fibroblasts X make the TGF-b F that activates fibroblasts: dX/dt = a H(D (1 + g F)) (1 - X) - d X.

    dF/dt = t (X - F), H(s) = s^n/(T^n + s^n), D the drive, 1 at rest. Dimensionless: X the `share` of cells that are
    activated, F relative to all activated. `level` = 1 + (m - 1) X stands for alpha-SMA, `fap` likewise. Assumption:
    the drive is how strongly a cell answers, to its own TGF-b as to that of others; daughters keep the state. Source:
    autocrine TGF-b makes and holds the state, Kojima et al. 2010, doi:10.1073/pnas.1013805107 (title seen); it has no
    equations, these are the simplest of a positive feedback.
    """
    share = draft.species("share", "dimensionless", "share of fibroblasts that are activated")
    tgf_beta = draft.species("tgf_beta", "dimensionless", "TGF-b of the activated cells, relative to all activated")
    draft.synthesis("tgf_beta_secretion", tgf_beta_turnover * share, into=tgf_beta)
    draft.loss("tgf_beta_loss", tgf_beta_turnover * tgf_beta, tgf_beta)
    signal = drive(raised_by, lowered_by, exponent, span) * (1.0 + autocrine * tgf_beta)
    draft.synthesis("switching", activation * saturation(signal, threshold, steepness) * (1.0 - share), into=share)
    draft.loss("reversal", reversal * share, share)
    draft.observable("level", mixed(share, output), "alpha-SMA, relative to none activated")
    draft.observable("fap", mixed(share, fap_output), "FAP, relative to none activated")


@law
def macrophage_switch(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    threshold: Threshold,
    steepness: Steepness,
    turnover: Turnover,
    m1_half: Annotated[Node, parameter("dimensionless", "M1 programme that halves the other, as a share of the most")],
    m2_half: Annotated[
        Node, parameter("dimensionless", "M2 programme that halves the other, as a share of the most", "logit")
    ],
    repression_exponent: Repression,
    output: Output,
) -> None:
    """The M1 programme A (STAT1, NF-kB) and the M2 programme B (STAT6) inhibit each other: dA/dt = r (R(B/K_B) - A).

    dB/dt = r (H(D) R(A/K_A) - B), R(x) = 1/(1 + x^m), H(D) = D^n/(T^n + D^n), D the drive towards M2, 1 at rest.
    Dimensionless: both relative to the most that a macrophage can have; B is the `share`, A is `m1`, and `level` =
    1 + (k - 1) B what M2 gives off, such as IL-10. Assumption: a constant signal towards M1; one time scale. Source:
    STAT1 and STAT6 with folds between states as in Nickaeen et al. 2019, doi:10.1038/s41598-019-48865-z (abstract
    seen); the form is the toggle of Gardner et al. 2000, doi:10.1038/35002131 (recalled).
    """
    share = draft.species("share", "dimensionless", "M2 programme as a share of the most")
    m1 = draft.species("m1", "dimensionless", "M1 programme as a share of the most", initial=WITHOUT_SWITCHED)
    draft.synthesis("m1_production", turnover * repressed(share, m2_half, repression_exponent), into=m1)
    draft.loss("m1_decay", turnover * m1, m1)
    signal = saturation(drive(raised_by, lowered_by, exponent, span), threshold, steepness)
    driven = signal * repressed(m1, m1_half, repression_exponent)
    draft.synthesis("switching", turnover * driven, into=share)
    draft.loss("reversal", turnover * share, share)
    draft.observable("level", mixed(share, output), "what M2 macrophages give off, relative to none")


@law
def stemness_switch(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    threshold: Threshold,
    steepness: Steepness,
    turnover: Turnover,
    activation: Annotated[Node, parameter("dimensionless", "what NANOG at its most adds to the signal, in multiples")],
    complex_half: Annotated[Node, parameter("dimensionless", "OCT4-SOX2 at which NANOG is half of its most", "logit")],
    output: Output,
) -> None:
    """OCT4-SOX2 C and NANOG N activate each other: dC/dt = r (H(D (1 + a N)) - C), dN/dt = r (C^n/(K^n + C^n) - N).

    H(s) = s^n/(T^n + s^n), D the drive, 1 at rest. Dimensionless: both relative to the most of a stem cell; N is the
    `share` of the stem-cell state and `level` = 1 + (m - 1) N what marks it. Assumption: OCT4 and SOX2 as one, their
    activation of themselves within the exponent; one time scale. Source: mutual activation of OCT4-SOX2 and NANOG as
    in Chickarmane et al. 2006, doi:10.1371/journal.pcbi.0020123 (abstract seen), reduced to two states.
    """
    share = draft.species("share", "dimensionless", "stem-cell state: NANOG as a share of the most")
    core = draft.species("oct4_sox2", "dimensionless", "OCT4-SOX2 as a share of the most")
    signal = drive(raised_by, lowered_by, exponent, span) * (1.0 + activation * share)
    draft.synthesis("oct4_sox2_production", turnover * saturation(signal, threshold, steepness), into=core)
    draft.loss("oct4_sox2_decay", turnover * core, core)
    draft.synthesis("switching", turnover * call("hill", core, complex_half, steepness), into=share)
    draft.loss("reversal", turnover * share, share)
    draft.observable("level", mixed(share, output), "what marks stem cells, relative to none")
