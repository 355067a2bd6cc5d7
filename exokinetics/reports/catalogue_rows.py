"""`coverage`: which rows of the catalogue a shipped model covers, and whether that model holds up."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from exokinetics.errors import ExokineticsError
from exokinetics.reports.catalogue_table import CatalogueRow, read_rows

if TYPE_CHECKING:
    import pandas as pd

    from exokinetics.model.whole import Model

OK = "ok"
NO_MODEL = "failed: no model yet"
DURATION = "72 hour"


@dataclass(frozen=True)
class Examined:
    """What is known of one model: why it fails ("" if it does not), what its ids name, how much in it is assumed."""

    fault: str
    names: frozenset[str] = frozenset()
    assumed: int = 0


def coverage() -> pd.DataFrame:
    """The rows of models/coverage.csv with the model of each, a row per system.

    Columns: `row`, `model` (its name, shipped or not; "" if none is planned), `kind` (axis, marker, process), `covered`
    (a model of that name ships), `check` ("ok", or "failed: " and a sentence), `assumed` (how many values of the model
    are assumed), `citation`. A model passes if it loads, has the ids of the cargo and targets of the row, and can be
    simulated for 72 hours from its own start.
    """
    import pandas as pd

    from exokinetics.catalogue import models

    rows, shipped = read_rows(), set(models())
    examined = {name: examine(name) for name in sorted({row.model for row in rows} & shipped)}
    return pd.DataFrame(
        {
            "row": [row.row for row in rows],
            "model": [row.model for row in rows],
            "kind": [row.kind for row in rows],
            "covered": [row.model in examined for row in rows],
            "check": [_verdict(row, examined.get(row.model)) for row in rows],
            "assumed": [examined[row.model].assumed if row.model in examined else 0 for row in rows],
            "citation": [row.citation for row in rows],
        }
    )


def examine(name: str) -> Examined:
    """Load a shipped model and simulate it once."""
    from exokinetics.catalogue import load
    from exokinetics.simulation import simulate

    try:
        model = load(name)
    except ExokineticsError as error:
        return Examined(f"the model does not load: {_one_line(error)}")
    try:
        fault = simulate(model, DURATION).reason
    except ExokineticsError as error:
        fault = _one_line(error)
    return Examined(f"the model cannot be simulated: {fault}" if fault else "", names_in(model), assumed_in(model))


def names_in(model: Model) -> frozenset[str]:
    """Every name that an id of the model is made of: `pten` and `protein` of `pten.protein`."""
    whole = model.whole
    ids = chain(whole.species, whole.parameters, whole.observables, whole.reactions, whole.modulators)
    return frozenset(name for id in ids for name in id.split("."))


def assumed_in(model: Model) -> int:
    """The number of assumed values: parameters, and initial values other than zero."""
    from exokinetics.model.values import Value

    records = [item.value for item in model.whole.parameters.values()]
    starts = [item.initial for item in model.whole.species.values()]
    records += [start for start in starts if isinstance(start, Value) and start.value != 0.0]
    return sum(record.quality == "assumed" for record in records)


def _verdict(row: CatalogueRow, model: Examined | None) -> str:
    if model is None:
        return NO_MODEL
    if model.fault:
        return f"failed: {model.fault}"
    missing = [name for name in row.entity_ids if name not in model.names]
    if missing:
        return f"failed: the model has no part, species, parameter or observable called {_listed(missing)}"
    return OK


def _listed(names: list[str]) -> str:
    quoted = [f"'{name}'" for name in names]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


def _one_line(error: Exception) -> str:
    return "; ".join(line.strip() for line in str(error).splitlines())
