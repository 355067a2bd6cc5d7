"""Vesicle release by donor cells."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import Cells, Medium, law, parameter


@law
def pool_release(
    draft: Draft,
    *,
    cells: Cells,
    medium: Medium,
    synthesis: Annotated[Node, parameter("copy/cell/hour", "production of the cargo by a donor cell")],
    cargo_decay: Annotated[Node, parameter("1/hour", "decay of the cargo in the cytosol of the donor")],
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
    vesicles = draft.species("vesicles", "vesicle/cell", "intraluminal vesicles of a donor cell")
    cargo = draft.species("cargo", "copy/cell", "cargo copies in the intraluminal vesicles of a donor cell")
    draft.synthesis("synthesis", synthesis, into=guide)
    draft.loss("cargo_decay", cargo_decay * guide, guide)
    draft.conversion("sorting", sorting * guide, of=(guide,), into=(cargo,))
    draft.synthesis("biogenesis", biogenesis, into=vesicles)
    for pool, outside in ((vesicles, medium.vesicles), (cargo, medium.cargo)):
        name = str(pool.payload).rsplit(".", 1)[-1]
        draft.export(f"release_{name}", release * pool, cells.number, of=pool, into=outside)
        draft.loss(f"degradation_{name}", degradation * pool, pool)
    draft.dilution(cells.division, guide, vesicles, cargo)
