"""PTEN, PIP3 and AKT in the recipient cell."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, call
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import Cells, law, link, parameter


@law
def pip3_cycle(
    draft: Draft,
    *,
    cells: Cells,
    pten: Annotated[Node, link("copy/cell", "the PTEN protein")],
    total: Annotated[Node, parameter("copy/cell", "PIP2 and PIP3 of a cell that PI3K and PTEN can reach")],
    turnover: Annotated[Node, parameter("1/hour", "replacement of the lipid, the same for both forms")],
    phosphorylation: Annotated[Node, parameter("1/hour", "PIP2 to PIP3 by active PI3K")],
    pten_catalysis: Annotated[Node, parameter("1/hour", "PIP3 molecules that one PTEN turns over at saturation")],
    pten_half: Annotated[Node, parameter("copy/cell", "PIP3 at half of the speed of PTEN")],
    other_phosphatases: Annotated[Node, parameter("1/hour", "loss of PIP3 to phosphatases other than PTEN")],
) -> None:
    """PI3K makes PIP3 P from PIP2 S; PTEN and other phosphatases reverse it, both back to PIP2.

    dP/dt = k S - v PTEN P / (K + P) - o P - (t + mu) P;  dS/dt is its mirror plus (t + mu)(total - S).
    Units: copy/cell. Assumptions: constant PI3K activity; the products of other phosphatases are counted as PIP2.
    Source: saturable removal by PTEN as in Hatakeyama et al. 2003, doi:10.1042/BJ20021824.
    """
    pip2 = draft.species("pip2", "copy/cell", "PIP2 that can be phosphorylated", initial=total)
    pip3 = draft.species("pip3", "copy/cell", "PIP3")
    draft.synthesis("synthesis", (turnover + cells.division) * total, into=pip2)
    draft.conversion("phosphorylation", phosphorylation * pip2, of=(pip2,), into=(pip3,))
    draft.conversion("pten", pten_catalysis * pten * pip3 / (pten_half + pip3), of=(pip3,), into=(pip2,))
    draft.conversion("other_phosphatases", other_phosphatases * pip3, of=(pip3,), into=(pip2,))
    for form, name in ((pip2, "pip2"), (pip3, "pip3")):
        draft.loss(f"turnover_{name}", turnover * form, form)
    draft.dilution(cells.division, pip2, pip3)
    draft.observable("pip3_fraction", pip3 / total, "share of the lipid that is PIP3")


@law
def akt_cycle(
    draft: Draft,
    *,
    cells: Cells,
    pip3: Annotated[Node, link("copy/cell", "the PIP3 that recruits PDK1 and AKT")],
    total: Annotated[Node, parameter("copy/cell", "AKT of a cell in both forms")],
    decay: Annotated[Node, parameter("1/hour", "decay of AKT, the same for both forms")],
    phosphorylation: Annotated[Node, parameter("1/hour", "phosphorylation by PDK1 at saturating PIP3")],
    half_pip3: Annotated[Node, parameter("copy/cell", "PIP3 at half of the largest phosphorylation")],
    exponent: Annotated[Node, parameter("dimensionless", "Hill exponent of recruitment by PIP3", "hill")],
    dephosphorylation: Annotated[Node, parameter("1/hour", "dephosphorylation of AKT")],
) -> None:
    """PDK1, recruited with AKT by PIP3 P, phosphorylates AKT A to the active form B; phosphatases reverse it.

    dB/dt = k H(P) A - (d + a + mu) B with H(P) = P^n / (K^n + P^n);  A is made at (a + mu) total. Units: copy/cell.
    Assumption: both phosphorylations of AKT in one step. Source: PIP3-dependent activation of AKT as in Hatakeyama
    et al. 2003, doi:10.1042/BJ20021824, lumped.
    """
    inactive = draft.species("inactive", "copy/cell", "AKT that is not phosphorylated", initial=total)
    active = draft.species("active", "copy/cell", "phosphorylated AKT")
    recruited = call("hill", pip3, half_pip3, exponent)
    draft.synthesis("synthesis", (decay + cells.division) * total, into=inactive)
    draft.conversion("phosphorylation", phosphorylation * recruited * inactive, of=(inactive,), into=(active,))
    draft.conversion("dephosphorylation", dephosphorylation * active, of=(active,), into=(inactive,))
    for form, name in ((inactive, "inactive"), (active, "active")):
        draft.loss(f"decay_{name}", decay * form, form)
    draft.dilution(cells.division, inactive, active)
    draft.observable("active_fraction", active / total, "share of AKT that is phosphorylated")
