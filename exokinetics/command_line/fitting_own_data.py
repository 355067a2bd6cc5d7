"""`fit --model NAME --data FILE`: a fit folder from somebody's table, told in sentences, and then the fit."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from exokinetics.command_line.estimating import estimating
from exokinetics.command_line.outcome import Outcome
from exokinetics.command_line.page import Page
from exokinetics.errors import WorkFailed, WrongInput

if TYPE_CHECKING:
    from exokinetics.fitting.own_data import WrittenFit


@dataclass(frozen=True)
class OwnTable:
    """What the command line says of the table, as text."""

    model: str
    data: Path
    out: Path | None
    free: str
    columns: tuple[str, ...]
    sheet: str | None
    variant: str = ""


def fitting_own_data(
    table: OwnTable, starts: int, seed: int, *, run: bool, progress: bool, method: str, threads: int | None
) -> Outcome:
    """Write the folder and say what was assumed; then fit, unless `run` is false or it has to be edited first."""
    from exokinetics.catalogue import load
    from exokinetics.fitting.own_data import write_fit
    from exokinetics.fitting.search import require_search

    require_search(starts, seed, method, threads)  # before anything is written
    model = load(table.model, table.variant) if table.variant else table.model
    written = write_fit(
        model, table.data, folder=table.out, free=table.free, columns=_columns(table.columns), sheet=table.sheet
    )
    result = {
        "folder": str(written.folder), "assumptions": list(written.assumptions), "missing": list(written.missing),
        "obstacle": written.obstacle, "ran": False, "fit": None,
    }  # fmt: skip
    place = shlex.quote(str(written.folder))
    remarks = [
        f"{written.folder} was written; its README.md says what was assumed and what is missing.",
        f"Edit it and run: exokinetics fit {place} --out {place}",
    ]

    def show(page: Page) -> None:
        _tell(page, written)

    if not run:
        return Outcome(result, show, remarks, list(written.warnings))
    if written.obstacle:
        why = f"{written.folder} was written but not fitted: {written.obstacle}"
        return Outcome(result, show, remarks, list(written.warnings), why, 1)
    try:
        fitted = estimating(
            str(written.folder), None, starts, seed, written.folder, progress=progress, method=method, threads=threads
        )
    except WorkFailed as error:
        raise WorkFailed(f"{written.folder} was written but the fit failed: {error}") from None

    def show_all(page: Page) -> None:
        _tell(page, written)
        page.line("")
        if fitted.show is not None:
            fitted.show(page)

    return replace(
        fitted, result=result | {"ran": True, "fit": fitted.result}, show=show_all, remarks=remarks,
        warnings=[*written.warnings, *fitted.warnings],
    )  # fmt: skip


def _tell(page: Page, written: WrittenFit) -> None:
    page.line("What was assumed:")
    for sentence in written.assumptions:
        page.line(f"- {sentence}", hanging=2)


def _columns(given: Sequence[str]) -> dict[str, str]:
    """Headers and what they are; the last = parts them, since an id has none."""
    found: dict[str, str] = {}
    for text in given:
        header, sign, role = text.rpartition("=")
        if not sign or not header.strip() or not role.strip():
            raise WrongInput(f"--column '{text}' is not HEADER=ID, such as --column 'PTEN (WB)=pten.level'")
        found[header.strip()] = role.strip()
    return found
