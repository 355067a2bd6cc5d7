"""Vesicle release by donor cells."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node, call, multiply, piecewise
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import Cells, Medium, law, parameter
from exokinetics.model.parts import Parameter
from exokinetics.model.values import fixed

# the unit in which a mean number of copies is the plain number that an exponential takes
ONE_COPY = Parameter(
    "one_copy_per_vesicle", "copy/vesicle", fixed(1.0, "copy/vesicle", "", "derived", "a unit: one copy in a vesicle"),
    "one copy in one vesicle",
)  # fmt: skip

Synthesis = Annotated[Node, parameter("copy/cell/hour", "production of the cargo by a donor cell")]
CargoDecay = Annotated[Node, parameter("1/hour", "decay of the cargo in the cytosol of the donor")]


@law
def constitutive_release(
    draft: Draft,
    *,
    cells: Cells,
    medium: Medium,
    synthesis: Synthesis,
    cargo_decay: CargoDecay,
    sorting: Annotated[Node, parameter("1/hour", "sorting of cytosolic cargo into the vesicles that are released")],
    secretion: Annotated[Node, parameter("vesicle/cell/hour", "vesicles that a donor cell releases")],
) -> None:
    """Each of N donor cells releases vesicles at a constant rate, with the cargo sorted into them.

    dG/dt = s - (d + k_sort + mu) G; the medium gains N b vesicles and N k_sort G copies per hour: sorting debits the
    donor's RNA. Units: G in copy/cell. Assumption: the pool inside the donor is short-lived beside the time simulated.
    Source: limit of fast release of the two-step scheme of Wang et al. 2017, doi:10.1016/j.jconrel.2017.10.020.
    """
    guide = draft.species("guide", "copy/cell", "cargo copies in the cytosol of a donor cell")
    draft.synthesis("synthesis", synthesis, into=guide)
    draft.loss("cargo_decay", cargo_decay * guide, guide)
    draft.synthesis("release_vesicles", multiply(cells.number, secretion), into=medium.vesicles, process="release")
    draft.export("release_cargo", sorting * guide, cells.number, of=guide, into=medium.cargo, process="release")
    draft.dilution(cells.division, guide)


@law
def pool_release(
    draft: Draft,
    *,
    cells: Cells,
    medium: Medium,
    synthesis: Synthesis,
    cargo_decay: CargoDecay,
    sorting: Annotated[Node, parameter("1/hour", "sorting of cytosolic cargo into multivesicular bodies")],
    biogenesis: Annotated[Node, parameter("vesicle/cell/hour", "budding of intraluminal vesicles")],
    release: Annotated[Node, parameter("1/hour", "fusion of multivesicular bodies with the plasma membrane")],
    degradation: Annotated[Node, parameter("1/hour", "lysosomal loss of multivesicular bodies")],
) -> None:
    """Cytosolic cargo G is sorted into a pool of vesicles M with cargo L, which is released or degraded.

    dG/dt = s - (d + k_sort + mu) G;  dM/dt = b - (k_rel + k_lys + mu) M;  dL/dt = k_sort G - (k_rel + k_lys + mu) L;
    the medium gains N k_rel M and N k_rel L. Per donor cell (copy/cell, vesicle/cell). Sorting debits the donor's RNA.
    Assumption: vesicles and cargo of the pool leave at the same rate per vesicle. Source: two-step sorting and release
    as in Wang et al. 2017, doi:10.1016/j.jconrel.2017.10.020 (abstract and legend of Table 3 seen, the
    full equations not).
    """
    guide = draft.species("guide", "copy/cell", "cargo copies in the cytosol of a donor cell")
    pool = draft.carried("in the multivesicular bodies of a donor cell", per_cell=True)
    draft.synthesis("synthesis", synthesis, into=guide)
    draft.loss("cargo_decay", cargo_decay * guide, guide)
    draft.conversion("sorting", sorting * guide, of=(guide,), into=(pool.cargo,))
    draft.synthesis("biogenesis", biogenesis, into=pool.vesicles)
    draft.export_vesicles("release", release, cells.number, of=pool, into=medium)
    draft.lose_vesicles("degradation", degradation, of=pool)
    draft.dilution(cells.division, guide, *pool)


@law
def loaded_subpopulation(
    draft: Draft,
    *,
    medium: Medium,
    loaded_fraction: Annotated[Node, parameter("dimensionless", "share of vesicles that carry this cargo", "logit")],
) -> None:
    """Cargo sits in a share f of the vesicles, Poisson among them: what a mean of 0.01 copies per vesicle looks like.

    With C/V copies per vesicle on average, a vesicle of the loaded share has lambda = C / (f V) on average, and holds
    at least one with probability f (1 - exp(-lambda)). Observables only: means and rates are as without.
    Dimensionless but for lambda (copy/vesicle). Assumption: zero-inflated Poisson. Source: fewer than
    one copy per vesicle, Chevillet et al. 2014, doi:10.1073/pnas.1408301111 (abstract seen); the reading of it is ours.
    """
    loaded = loaded_fraction * medium.vesicles
    copies = draft.observable(
        "copies_per_loaded_vesicle",
        piecewise(medium.cargo / loaded, loaded > 0.0, 0.0),
        "mean cargo copies in a vesicle of the share that carries it",
    )
    occupied = loaded_fraction * (1.0 - call("exp", -copies / draft.parameter(ONE_COPY)))
    draft.observable("occupied_fraction", occupied, "share of all vesicles that hold at least one copy")
