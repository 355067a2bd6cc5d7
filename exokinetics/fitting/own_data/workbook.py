"""Rows of text from an Excel workbook; formulas are never computed, only what the workbook stores of them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from exokinetics.errors import WrongInput, did_you_mean, extra
from exokinetics.fitting.own_data.sheet import MAX_COLUMNS, MAX_ROWS, plain_text

MAX_UNPACKED = 100_000_000  # bytes: a small archive can unpack to anything


def workbook_rows(path: Path, content: bytes, tab: str | None) -> tuple[list[list[str]], list[str]]:
    """The rows of the one sheet that holds anything, or of the sheet `tab`, and what was taken for granted."""
    try:
        import openpyxl
    except ImportError:
        raise extra("openpyxl", "excel") from None
    _require_workbook(path, content)
    try:
        values = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheets = {sheet.title: _cells(path, sheet) for sheet in values.worksheets}
        filled = {title: rows for title, rows in sheets.items() if rows}
        title = _chosen(path, filled, tab)
        written = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        _require_values(path, title, filled[title], _cells(path, written[title]))
    except WrongInput:
        raise
    except Exception as error:  # the library raises whatever a damaged part of the archive makes it stumble on
        raise WrongInput(f"{path}: cannot be read as an Excel workbook: {' '.join(str(error).split())}") from None
    notes = [f"The sheet '{title}' of the workbook is read."] if len(sheets) > 1 else []
    return [[plain_text(cell) for cell in row] for row in filled[title]], notes


def _require_workbook(path: Path, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names, size = set(archive.namelist()), sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile:
        raise WrongInput(f"{path}: is a damaged archive; save the workbook again") from None
    if "xl/workbook.xml" not in names:
        raise WrongInput(f"{path}: is an archive but no Excel workbook; save the table as .xlsx or .csv")
    if size > MAX_UNPACKED:
        raise WrongInput(f"{path}: unpacks to more than {MAX_UNPACKED // 1_000_000} MB; save the table alone")


def _cells(path: Path, sheet: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for line, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        if line > MAX_ROWS:
            raise WrongInput(f"{path}: sheet '{sheet.title}' has more than {MAX_ROWS:,} rows")
        cells = list(row)
        while cells and cells[-1] is None:
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            raise WrongInput(f"{path}: sheet '{sheet.title}' has more than {MAX_COLUMNS} columns")
        rows.append(tuple(cells))
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _chosen(path: Path, filled: dict[str, Any], tab: str | None) -> str:
    if not filled:
        raise WrongInput(f"{path}: every sheet is empty")
    if tab is not None:
        if tab not in filled:
            raise WrongInput(f"--sheet: '{tab}' is no sheet of {path} that holds anything{did_you_mean(tab, filled)}")
        return tab
    if len(filled) > 1:
        names = ", ".join(f"'{title}'" for title in filled)
        raise WrongInput(f"{path}: has several sheets, {names}; say which one with --sheet")
    return next(iter(filled))


def _require_values(path: Path, title: str, values: list[tuple[Any, ...]], written: list[tuple[Any, ...]]) -> None:
    """A formula without a stored value would look like an empty cell."""
    for line, row in enumerate(written, start=1):
        known = values[line - 1] if line <= len(values) else ()
        for place, cell in enumerate(row):
            formula = isinstance(cell, str) and cell.startswith("=")
            if formula and (place >= len(known) or known[place] is None):
                raise WrongInput(
                    f"{path}: sheet '{title}', line {line}, column {place + 1} is a formula without a stored value; "
                    "open and save the file in Excel, or put the value in its place"
                )
