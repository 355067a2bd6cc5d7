"""`coverage`: which rows of the catalogue a shipped model covers, and whether that model holds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exokinetics.errors import ExokineticsError
from exokinetics.reports.catalogue_table import CatalogueRow, read_rows
from exokinetics.reports.row_checks import Check, digest_of_model, read_checks

if TYPE_CHECKING:
    import pandas as pd

    from exokinetics.model.whole import Model

OK = "ok"
NO_MODEL = "failed: no model yet"
AGAIN = "run python scripts/check_catalogue.py {}"


@dataclass(frozen=True)
class Examined:
    """What is known of one model: why it fails ("" if it does not), its species by name, how much in it is assumed."""

    fault: str
    names: frozenset[str] = frozenset()
    assumed: int = 0


def coverage() -> pd.DataFrame:
    """The rows of models/coverage.csv with the model of each, a row per system.

    Columns: `row`, `model` (its name, shipped or not), `kind` (axis, marker, process), `covered` (a model of that name
    ships), `check` ("ok", or "failed: " and a sentence), `assumed` (how many values of the model are assumed),
    `citation`. A model passes if it loads, has the cargo and targets of the row among its species, and passed the
    experiment of docs/coverage.md as it is now.
    """
    import pandas as pd

    from exokinetics.catalogue import models

    rows, shipped = read_rows(), set(models())
    asserted = {row.model for row in rows if row.asserted}
    checks = read_checks()
    examined = {
        name: examine(name, checks.get(name), asserted=name in asserted)
        for name in sorted({row.model for row in rows} & shipped)
    }
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


def examine(name: str, check: Check | None, *, asserted: bool) -> Examined:
    """Load a shipped model and compare it with what was found of it; `asserted`: a row of it states an outcome."""
    from exokinetics.catalogue import load

    try:
        model = load(name)
    except ExokineticsError as error:
        return Examined(f"the model does not load: {_one_line(error)}")
    if check is None:
        fault = f"the model was not examined yet; {AGAIN.format(name)}"
    elif check.digest != digest_of_model(model):
        fault = f"the model changed since it was examined; {AGAIN.format(name)}"
    else:
        fault = check.fault(asserted)
    return Examined(fault, names_in(model), assumed_in(model))


def names_in(model: Model) -> frozenset[str]:
    """Every name that the id of a species is made of: `pten` and `protein` of `pten.protein`."""
    return frozenset(name for id in model.species for name in id.split("."))


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
        return f"failed: the model has no species called {_listed(missing)}"
    return OK


def _listed(names: list[str]) -> str:
    quoted = [f"'{name}'" for name in names]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


def _one_line(error: Exception) -> str:
    return "; ".join(line.strip() for line in str(error).splitlines())
