"""A table as somebody has it, as cells of text, with limits on its size."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exokinetics.errors import WrongInput
from exokinetics.expressions.parsing import shorten

MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_CELL = 200  # characters
MAX_CELLS = 500_000


@dataclass(frozen=True)
class Sheet:
    """Headers and rows of text, each row as long as the headers.

    `lines` are the numbers of the rows in their source; `notes` say what was taken for granted.
    """

    name: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    notes: tuple[str, ...] = ()

    def column(self, place: int) -> list[str]:
        """The cells of one column."""
        return [row[place] for row in self.rows]


def sheet_of(name: str, rows: Iterable[Sequence[str]], notes: Iterable[str] = ()) -> Sheet:
    """A sheet from rows of text, the first with more than one cell being the header; `WrongInput` on what is not one.

    Empty rows and columns are left out, and so are lines of title or comment above the header.
    """
    said = list(notes)
    filled: list[tuple[int, list[str]]] = []
    for line, row in enumerate(rows, start=1):
        if line > MAX_ROWS:
            raise WrongInput(f"{name}: has more than {MAX_ROWS:,} rows; a table of measurements is shorter")
        cells = [" ".join(str(cell).split()) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        _require_small(name, line, cells)
        if cells:
            filled.append((line, cells))
    while filled and sum(map(bool, filled[0][1])) < 2:
        line, cells = filled.pop(0)
        said.append(f"Line {line} ('{shorten(' '.join(cells).strip())}') is taken as a title, not as a header.")
    if len(filled) < 2:
        raise WrongInput(f"{name}: holds no table; it needs a header with at least two columns, and rows below it")
    headers, body = filled[0][1], filled[1:]
    for line, cells in body:
        if len(cells) > len(headers):
            raise WrongInput(
                f"{name}: line {line} has {len(cells)} cells, but the header has {len(headers)}; where numbers have "
                "decimal commas, separate the columns by semicolons or tabs"
            )
    width = len(headers)
    if width * len(body) > MAX_CELLS:
        raise WrongInput(f"{name}: has {len(body):,} rows of {width} cells; at most {MAX_CELLS:,} cells are read")
    table = [cells + [""] * (width - len(cells)) for _, cells in body]
    kept = [place for place in range(width) if headers[place] or any(row[place] for row in table)]
    for place in kept:
        if not headers[place]:
            raise WrongInput(f"{name}: column {place + 1} has no header; name it, such as 'time [hour]'")
    return Sheet(
        name, tuple(headers[place] for place in kept), tuple(tuple(row[place] for place in kept) for row in table),
        tuple(line for line, _ in body), tuple(said),
    )  # fmt: skip


def _require_small(name: str, line: int, cells: Sequence[str]) -> None:
    if len(cells) > MAX_COLUMNS:
        raise WrongInput(f"{name}: line {line} has {len(cells)} columns; at most {MAX_COLUMNS} are read")
    for place, cell in enumerate(cells, start=1):
        if len(cell) > MAX_CELL:
            raise WrongInput(
                f"{name}: line {line}, column {place} holds {len(cell)} characters; at most {MAX_CELL} are read"
            )


def plain_text(cell: object) -> str:
    """A cell as text: nothing for what is missing, the shortest digits that read back for a number."""
    import pandas as pd

    if cell is None or cell is pd.NaT or cell is pd.NA:
        return ""
    if isinstance(cell, pd.Timedelta):
        return f"{cell.total_seconds():.15g} second"
    if hasattr(cell, "item"):
        cell = cell.item()
    if isinstance(cell, float):
        return "" if math.isnan(cell) else f"{cell:.15g}" if float(f"{cell:.15g}") == cell else repr(cell)
    return str(cell)
