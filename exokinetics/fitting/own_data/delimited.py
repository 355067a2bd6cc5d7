"""Rows of text from a CSV file as programs of several countries write it."""

from __future__ import annotations

import csv
import io
from collections import Counter

from exokinetics.errors import WrongInput

DELIMITERS = ("\t", ";", ",", "|")  # a comma last: it is the decimal sign where another one separates
LOOKED_AT = 200  # rows from which the delimiter is told

NAMES = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars"}


def delimited_rows(name: str, content: bytes) -> tuple[list[list[str]], list[str]]:
    """The rows, and what was taken for granted about encoding and delimiter."""
    notes: list[str] = []
    text = _decoded(name, content, notes)
    if not text.strip():
        raise WrongInput(f"{name}: is empty; a table needs a header with at least two columns, and rows below it")
    lines = text.splitlines()
    if lines and lines[0].lower().startswith("sep=") and len(lines[0]) == 5:  # Excel's own hint
        return _rows(name, "\n".join(["", *lines[1:]]), lines[0][4]), notes
    commented = sum(line.startswith("#") for line in lines)
    if commented:
        notes.append(f"{commented} lines that begin with # are left out as comments.")
        text = "\n".join("" if line.startswith("#") else line for line in lines)
    found = _delimiter(name, text)
    if found != ",":
        notes.append(f"The columns are separated by {NAMES[found]}.")
    return _rows(name, text, found), notes


def _decoded(name: str, content: bytes, notes: list[str]) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        if encoding == "cp1252":
            notes.append("The file is not UTF-8; it is read as Windows text (cp1252).")
        return text
    raise WrongInput(f"{name}: is neither CSV text nor an Excel workbook; save the table as .csv or .xlsx")


def _rows(name: str, text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise WrongInput(f"{name}: cannot be read as CSV text: {error}") from None


def _delimiter(name: str, text: str) -> str:
    """The delimiter that cuts the most rows into the same number of cells, more than one."""
    head = "".join(text.splitlines(keepends=True)[:LOOKED_AT])
    best, most = "", 0
    for delimiter in DELIMITERS:
        try:
            counts = Counter(
                len(row) for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter) if any(row)
            )
        except csv.Error:
            continue
        counts.pop(1, 0)
        agreeing = max(counts.values(), default=0)
        if agreeing > most:
            best, most = delimiter, agreeing
    if not best:
        raise WrongInput(f"{name}: has one column only; separate the columns by commas, semicolons or tabs")
    return best
