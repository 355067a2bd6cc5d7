"""The measurements of a fit: a CSV file as reported, each column with its unit in the header."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import Issue, WrongInput
from exokinetics.units import unit

LABELS = ("condition", "replicate")
MAX_ROWS = 1_000_000
SIDES = {"<": -1.0, ">": 1.0}  # of a cell that names a limit of quantification

_HEADER = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*(?:\[([^\]]*)\])?\s*")


@dataclass(frozen=True)
class DataTable:
    """Rows of measurements. `numbers` holds nan where a cell is empty: not measured.

    `sides` says of each cell whether its number is a limit that the value lies below (-1) or above (1). `file` is the
    name that faults tell.
    """

    conditions: tuple[str, ...]
    replicates: tuple[str, ...]
    lines: tuple[int, ...]
    units: dict[str, str]
    numbers: dict[str, NDArray[np.float64]]
    sides: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    file: str = "data.csv"

    def __len__(self) -> int:
        return len(self.conditions)


def read_data(path: Path, issues: list[Issue]) -> DataTable | None:
    """The table of a CSV file, or None with every fault of the file appended to `issues`."""
    before, file = len(issues), str(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream, strict=True))
    except FileNotFoundError:
        issues.append(Issue(file, "", "is missing; the measurements of a fit stand beside its fit.toml"))
        return None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        issues.append(Issue(file, "", f"cannot be read as CSV text: {error}"))
        return None
    if len(rows) < 2 or len(rows) > MAX_ROWS:
        issues.append(Issue(file, "", f"needs a header and 1 to {MAX_ROWS:,} rows, not {max(len(rows) - 1, 0)}"))
        return None
    units = _header(rows[0], file, issues)
    names = list(units) if units is not None else []
    labels: dict[str, list[str]] = {name: [] for name in LABELS}
    numbers: dict[str, list[float]] = {name: [] for name in names if name not in LABELS}
    sides: dict[str, list[float]] = {name: [] for name in numbers}
    lines: list[int] = []
    for line, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(names) and units is not None:
            issues.append(Issue(file, f"line {line}", f"has {len(row)} cells, the header {len(names)}"))
            continue
        lines.append(line)
        for name, cell in zip(names, row, strict=False):
            if name in LABELS:
                labels[name].append(cell.strip())
            else:
                side = 0.0 if name == "time" else SIDES.get(cell.strip()[:1], 0.0)
                sides[name].append(side)
                cell = cell.strip()[1:].strip() or "no limit" if side else cell
                numbers[name].append(_number(cell, f"line {line}, column {name}", file, issues))
    if len(issues) > before or units is None:
        return None
    blank = [""] * len(lines)
    return DataTable(
        tuple(labels["condition"] or blank), tuple(labels["replicate"] or blank), tuple(lines),
        {name: text for name, text in units.items() if name not in LABELS},
        {name: np.array(column) for name, column in numbers.items()},
        {name: np.array(column) for name, column in sides.items()}, path.name,
    )  # fmt: skip


def _header(cells: Iterable[str], file: str, issues: list[Issue]) -> dict[str, str] | None:
    units: dict[str, str] = {}
    before = len(issues)
    for cell in cells:
        match = _HEADER.fullmatch(cell)
        if not match:
            issues.append(Issue(file, "line 1", f"'{cell}' is not a column name with its unit, such as 'time [hour]'"))
            continue
        name, text = match.group(1), match.group(2)
        if name in units:
            issues.append(Issue(file, "line 1", f"the column '{name}' stands twice"))
        elif name in LABELS:
            text = ""
        elif text is None:
            issues.append(
                Issue(file, "line 1", f"the column '{name}' names no unit; write '{name} [hour]' or the like")
            )
            text = ""
        else:
            try:
                unit(text)
            except WrongInput as error:
                issues.append(Issue(file, f"line 1, column {name}", str(error)))
        units[name] = text
    return units if len(issues) == before else None


def _number(cell: str, where: str, file: str, issues: list[Issue]) -> float:
    text = cell.strip()
    if not text:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        issues.append(Issue(file, where, f"'{text}' is not a number; leave the cell empty if it was not measured"))
        return math.nan
    if not math.isfinite(value):
        issues.append(Issue(file, where, f"'{text}' is not finite; leave the cell empty if it was not measured"))
    return value
