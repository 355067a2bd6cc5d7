"""Markers in a body fluid: further cargo of the same vesicles, what an assay reads, and the call made from it."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, call
from exokinetics.laws.draft import Draft, Members
from exokinetics.laws.registry import Cells, law, link, members, parameter
from exokinetics.laws.relative import Exponent, Lowering, Raising, Span, drive
from exokinetics.laws.release import CargoDecay, Synthesis

Fluid = Annotated[Members, members("the compartment whose vesicles carry it", decay="1/hour")]
Content = Annotated[Node, link("copy", "the cargo from diseased cells in the fluid")]
Volume = Annotated[Node, parameter("mL", "volume of the fluid", "fixed")]
Healthy = Annotated[Node, parameter("copy/mL", "the same cargo in the fluid of a healthy person")]
Spread = Annotated[Node, parameter("dimensionless", "upper end of the healthy range, as a multiple of its middle")]


@law
def further_cargo(
    draft: Draft,
    *,
    cells: Cells,
    medium: Fluid,
    synthesis: Synthesis,
    cargo_decay: CargoDecay,
    sorting: Annotated[Node, parameter("1/hour", "sorting of it into the vesicles that are released")],
) -> None:
    """One more cargo of the vesicles that N donor cells release: dG/dt = s - (d + k + mu) G;  dC/dt = N k G - k_dec C.

    G in copy/cell in the donor, C the copies in the fluid, lost at the rate of the vesicles there, whose number is left
    as it is. Assumption: it sits on the same vesicles, not on others. Source: mass balance, as of the first cargo.
    """
    guide = draft.species("guide", "copy/cell", "cargo copies in a donor cell")
    outside = draft.species("cargo", "copy", "cargo copies in the vesicles of the fluid")
    draft.synthesis("synthesis", synthesis, into=guide)
    draft.loss("cargo_decay", cargo_decay * guide, guide)
    draft.export("release_cargo", sorting * guide, cells.number, of=guide, into=outside, process="release")
    draft.dilution(cells.division, guide)
    draft.loss("decay", medium.decay * outside, outside)


@law
def marker_assay(
    draft: Draft,
    *,
    input: Content,
    volume: Volume,
    healthy: Healthy,
    recovery: Annotated[Node, parameter("dimensionless", "share of the cargo that reaches the assay", "logit")],
    blank: Annotated[Node, parameter("copy/mL", "what the assay reads in a sample without any")],
    limit: Annotated[Node, parameter("copy/mL", "detection limit of the assay", "fixed")],
    spread: Spread,
) -> None:
    """What an assay reads of a marker: y = r (C/Vol + h) + b, with C of diseased cells and h of the healthy body.

    Unit of y, h, b: copy/mL. `level` = y / (r h + b) is 1 in health; `detectable` = y / max(L, s (r h + b)) is above 1
    where the signal exceeds both the detection limit L and the healthy range. Assumption: the body's own vesicles stay
    as they are. Source: definition of a reading with background and detection limit; that a marker must rise above
    what healthy tissue sheds as in Hori & Gambhir 2011, doi:10.1126/scitranslmed.3003110 (recalled).
    """
    rest = recovery * healthy + blank
    measured = recovery * (input / volume + healthy) + blank
    draft.observable("measured", measured, "content per volume as the assay reads it")
    draft.observable("level", measured / rest, "content relative to a healthy person")
    draft.observable("detectable", measured / call("max", limit, spread * rest), "signal over what counts as detected")


@law
def marker_per_vesicle(
    draft: Draft,
    *,
    medium: Annotated[Members, members("the fluid", vesicles="vesicle", cargo="copy", volume="mL")],
    healthy: Healthy,
    healthy_vesicles: Annotated[Node, parameter("vesicle/mL", "vesicles in the fluid of a healthy person")],
    spread: Spread,
) -> None:
    """Mean content of a vesicle of the fluid, of diseased and healthy cells: y = (C/Vol + h) / (V/Vol + v).

    Unit: copy/vesicle. `level` = y v / h is 1 in health and falls where diseased cells release vesicles without it;
    `detectable` = max(level, 1/level) / s is above 1 outside of the healthy range. Assumption: the body's own vesicles
    stay as they are. Source: definition of a mean content.
    """
    density = medium.vesicles / medium.volume + healthy_vesicles
    measured = (medium.cargo / medium.volume + healthy) / density
    relative = measured * healthy_vesicles / healthy
    level = draft.observable("level", relative, "content of a vesicle relative to a healthy person")
    draft.observable("measured", measured, "mean content of a vesicle")
    draft.observable("detectable", call("max", level, 1.0 / level) / spread, "change over what counts as detected")


@law
def marker_call(
    draft: Draft,
    *,
    raised_by: Raising,
    lowered_by: Lowering,
    exponent: Exponent,
    span: Span,
    healthy_calls: Annotated[Node, parameter("dimensionless", "share of healthy people who are called", "logit")],
) -> None:
    """A call made from markers (diagnosis, prognosis, response): odds O = prod f(a) / prod f(b), 1 in health.

    f(x) = (1 + g x^n) / (g + x^n) as in `relative_level`. `level` is O; `probability` = p O / (1 - p + p O) with p the
    share of false calls. Dimensionless, no state. Assumption: markers are read independently. Source: definition of
    the odds of a test; the form of f is of this package.
    """
    odds = draft.observable("level", drive(raised_by, lowered_by, exponent, span), "odds of the call, 1 in health")
    called = healthy_calls * odds
    draft.observable("probability", called / (1.0 - healthy_calls + called), "probability of the call")
