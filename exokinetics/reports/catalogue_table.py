"""The table models/coverage.csv: the signalling systems that five reviews describe, one row each."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields

from exokinetics.data_files import data_folder
from exokinetics.errors import WrongInput

TABLE = "coverage.csv"
KINDS = ("axis", "marker", "process")


@dataclass(frozen=True)
class CatalogueRow:
    """One system of one review; every field is the text of the column with its name.

    `model` is the name of the model of the row, `entities` what it must have among its species, joined by semicolons.
    docs/coverage.md explains the others.
    """

    row: str
    kind: str
    model: str
    cargo: str
    cargo_kind: str
    cancer: str
    donor: str
    recipient: str
    targets: str
    target_effect: str
    path: str
    effect: str
    sign: str
    trigger: str
    modules: str
    entities: str
    citation: str
    conflict: str

    @property
    def entity_ids(self) -> tuple[str, ...]:
        """The names that a model of this row must have in the ids of its species."""
        return tuple(name.strip() for name in self.entities.split(";") if name.strip())

    @property
    def asserted(self) -> bool:
        """Whether the row says which way the outcome moves, an axis by its sign, a marker or process by its path.

        A row of which the review leaves the sign open asserts nothing.
        """
        return self.sign in ("+", "-") or (self.sign == "0" and self.kind != "axis")


def read_rows() -> list[CatalogueRow]:
    """Every row of the table, in its order."""
    path = data_folder("models") / TABLE
    columns = [field.name for field in fields(CatalogueRow)]
    with path.open(encoding="utf-8", newline="") as stream:
        table = csv.DictReader(stream)
        if table.fieldnames != columns:
            raise WrongInput(f"{path}: the columns must be {', '.join(columns)}")
        return [CatalogueRow(**record) for record in table]
