"""PTEN, the phosphoinositides and AKT in the recipient cell, and what kinases act on."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, call
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import ANY, Cells, law, link, parameter


@law
def phosphoinositides(
    draft: Draft,
    *,
    cells: Cells,
    pten: Annotated[Node, link("copy/cell", "the PTEN protein")],
    total: Annotated[Node, parameter("copy/cell", "lipid of a cell that PI3K and the phosphatases can reach")],
    turnover: Annotated[Node, parameter("1/hour", "replacement of the lipid, the same for all its forms")],
    phosphorylation: Annotated[Node, parameter("1/hour", "PI(4,5)P2 to PIP3 by active PI3K")],
    pten_catalysis: Annotated[Node, parameter("1/hour", "lipids that one PTEN turns over at saturation")],
    pten_half: Annotated[Node, parameter("copy/cell", "PIP3 at half of the speed of PTEN")],
    pten_half_pi34p2: Annotated[Node, parameter("copy/cell", "PI(3,4)P2 at half of the speed of PTEN")],
    ship2: Annotated[Node, parameter("1/hour", "PIP3 to PI(3,4)P2 by SHIP2 and other 5-phosphatases")],
    inpp4: Annotated[Node, parameter("1/hour", "loss of PI(3,4)P2 to INPP4 and phosphatases other than PTEN")],
    other_phosphatases: Annotated[Node, parameter("1/hour", "PIP3 back to PI(4,5)P2 by phosphatases other than PTEN")],
) -> None:
    """PI3K makes PIP3 P from PI(4,5)P2 S; SHIP2 turns it into PI(3,4)P2 Q; PTEN removes the 3-phosphate of both.

    dP/dt = k S - v E (P/K)/D - (s + o + t + mu) P;  dQ/dt = s P - v E (Q/L)/D - (i + t + mu) Q, with PTEN E shared by
    its two substrates, D = 1 + P/K + Q/L. What leaves P and Q counts as S, whose pool (total) stays put. Unit:
    copy/cell. Assumptions: constant PI3K unless something modulates it; PI(3)P and PI(4)P, the products of Q, are
    resynthesised. Source: PTEN as phosphatase of both lipids as in Malek et al. 2017,
    doi:10.1016/j.molcel.2017.09.024 (abstract seen); saturable removal as in Hatakeyama et al. 2003,
    doi:10.1042/BJ20021824.
    """
    pip2 = draft.species("pip2", "copy/cell", "PI(4,5)P2 that can be phosphorylated", initial=total)
    pip3 = draft.species("pip3", "copy/cell", "PIP3")
    pi34p2 = draft.species("pi34p2", "copy/cell", "PI(3,4)P2")
    occupancy = 1.0 + pip3 / pten_half + pi34p2 / pten_half_pi34p2
    speed = pten_catalysis * pten / occupancy
    draft.conversion("phosphorylation", phosphorylation * pip2, of=(pip2,), into=(pip3,))
    draft.conversion("pten", speed * pip3 / pten_half, of=(pip3,), into=(pip2,))
    draft.conversion("pten_pi34p2", speed * pi34p2 / pten_half_pi34p2, of=(pi34p2,), into=(pip2,))
    draft.conversion("ship2", ship2 * pip3, of=(pip3,), into=(pi34p2,))
    draft.conversion("inpp4", inpp4 * pi34p2, of=(pi34p2,), into=(pip2,))
    draft.conversion("other_phosphatases", other_phosphatases * pip3, of=(pip3,), into=(pip2,))
    draft.conserved(total, turnover, cells.division, pip2, pip3, pi34p2)
    draft.observable("pip3_fraction", pip3 / total, "share of the lipid that is PIP3")
    draft.observable("recruiting", pip3 + pi34p2, "lipids that recruit AKT: PIP3 and PI(3,4)P2")


@law
def akt_cycle(
    draft: Draft,
    *,
    cells: Cells,
    pip3: Annotated[Node, link("copy/cell", "the lipid that recruits PDK1 and AKT: PIP3, or PIP3 and PI(3,4)P2")],
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
    draft.conversion("phosphorylation", phosphorylation * recruited * inactive, of=(inactive,), into=(active,))
    draft.conversion("dephosphorylation", dephosphorylation * active, of=(active,), into=(inactive,))
    draft.conserved(total, decay, cells.division, inactive, active)
    draft.observable("active_fraction", active / total, "share of AKT that is phosphorylated")


@law
def phosphorylation_cycle(
    draft: Draft,
    *,
    cells: Cells,
    kinase: Annotated[Node, parameter(ANY, "the active kinase: the id of a species or observable, or a level")],
    half_kinase: Annotated[Node, parameter(ANY, "kinase at half of the largest phosphorylation, in its unit")],
    total: Annotated[Node, parameter("copy/cell", "the protein in both forms")],
    decay: Annotated[Node, parameter("1/hour", "decay of the protein, the same for both forms")],
    phosphorylation: Annotated[Node, parameter("1/hour", "phosphorylation by saturating kinase")],
    exponent: Annotated[Node, parameter("dimensionless", "Hill exponent of the kinase", "hill")],
    dephosphorylation: Annotated[Node, parameter("1/hour", "dephosphorylation")],
) -> None:
    """A kinase K phosphorylates a protein A to B, and phosphatases reverse it: dB/dt = k H(K) A - (d + a + mu) B.

    H(K) = K^n / (h^n + K^n); A is made at (a + mu) total. Units: copy/cell. Several of them in a row are a cascade.
    Assumptions: the kinase is not used up by what it acts on; all sites in one step, or as steeply as n. Source: the
    cascade of Fujita et al. 2010, doi:10.1126/scisignal.2000810 (model in a benchmark collection seen), without its
    complexes.
    """
    inactive = draft.species("inactive", "copy/cell", "protein that is not phosphorylated", initial=total)
    active = draft.species("active", "copy/cell", "phosphorylated protein")
    driven = call("hill", kinase, half_kinase, exponent)
    draft.conversion("phosphorylation", phosphorylation * driven * inactive, of=(inactive,), into=(active,))
    draft.conversion("dephosphorylation", dephosphorylation * active, of=(active,), into=(inactive,))
    draft.conserved(total, decay, cells.division, inactive, active)
    draft.observable("active_fraction", active / total, "share of the protein that is phosphorylated")
