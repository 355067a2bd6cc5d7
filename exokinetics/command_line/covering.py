"""`coverage`: the rows of the catalogue, and which of them a shipped model covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exokinetics.command_line.outcome import Outcome
from exokinetics.command_line.page import Page

Row = Mapping[str, Any]


def covering() -> Outcome:
    """Every row as data; on a page the counts by kind and the rows that are covered."""
    from exokinetics.reports import coverage

    rows: list[Row] = [{str(name): value for name, value in row.items()} for row in coverage().to_dict("records")]

    def show(page: Page) -> None:
        _summary(rows, page)
        covered = [row for row in rows if row["covered"]]
        page.heading(f"Covered rows ({len(covered)})")
        # the verdict stands last, because it may be a sentence and the last column is wrapped
        cells = [(row["row"], row["model"], row["assumed"], row["citation"], row["check"]) for row in covered]
        if cells:
            page.table(("row", "model", "assumed", "citation", "check"), cells, numbers=[2])

    return Outcome(rows, show, [f"{len(rows)} rows are described in models/coverage.csv."])


def _summary(rows: Sequence[Row], page: Page) -> None:
    from exokinetics.reports.catalogue_table import KINDS

    page.line(_counted(rows, "rows"))
    for kind in KINDS:
        page.line(_counted([row for row in rows if row["kind"] == kind], f"{kind} rows"), indent=4, hanging=4)


def _counted(rows: Sequence[Row], noun: str) -> str:
    covered = [row for row in rows if row["covered"]]
    passed = sum(row["check"] == "ok" for row in covered)
    checks = f", {passed} with a check that is ok" if covered else ""
    return f"{len(covered)} of {len(rows)} {noun} covered{checks}"
