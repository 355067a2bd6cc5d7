"""What becomes of a vesicle inside the recipient cell."""

from __future__ import annotations

from typing import Annotated

from exokinetics.expressions.graph import Node
from exokinetics.laws.draft import Draft
from exokinetics.laws.registry import Cells, Medium, law, link, parameter


@law
def endosome(
    draft: Draft,
    *,
    cells: Cells,
    medium: Medium,
    guide: Annotated[Node, link("copy/cell", "the free cargo in the cytosol of the recipient")],
    exit: Annotated[Node, parameter("1/hour", "rate at which a vesicle leaves the endosome, by whatever route")],
    escape_fraction: Annotated[Node, parameter("dimensionless", "share that frees its cargo to the cytosol", "logit")],
    recycling_fraction: Annotated[
        Node, parameter("dimensionless", "share of the others that returns to the medium", "logit")
    ],
) -> None:
    """Vesicles E with cargo L leave the endosome at the rate x: escape f, recycling (1 - f) r, lysis (1 - f)(1 - r).

    dE/dt = uptake - (x + mu) E, and the same for L; the cytosol gains x f L, the medium N x (1 - f) r of both. The
    three shares sum to one by construction. Per cell (vesicle, copy). Assumption: one well-mixed endosome. Source:
    structure of escape against lysosomal loss as in Mihaila et al. 2017, doi:10.1016/j.omtn.2017.04.003.
    """
    pool = draft.carried("in the endosomes of a recipient cell", per_cell=True)
    draft.loss("fusion", exit * escape_fraction * pool.vesicles, pool.vesicles, process="escape")
    draft.conversion(
        "escape_cargo", exit * escape_fraction * pool.cargo, of=(pool.cargo,), into=(guide,), process="escape"
    )
    recycling = exit * (1.0 - escape_fraction) * recycling_fraction
    draft.export_vesicles("recycling", recycling, cells.number, of=pool, into=medium)
    draft.lose_vesicles("lysis", exit * (1.0 - escape_fraction) * (1.0 - recycling_fraction), of=pool)
    draft.dilution(cells.division, *pool)
    draft.observable(
        "delivered", exit * escape_fraction * pool.cargo, "cargo copies that reach the cytosol per hour", "escape"
    )
