"""The shared tables of values below models/library: `cells.stellate` is the table [stellate] of cells.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from exokinetics.data_files import data_folder
from exokinetics.errors import WrongInput, did_you_mean


def library_table(name: str) -> tuple[Mapping[str, Any], str]:
    """The table of that name (`file.table`) and the file it stands in; `WrongInput` names the nearest."""
    tables = library_tables()
    if name not in tables:
        raise WrongInput(f"'{name}' is not a table of the library{did_you_mean(name, tables)}")
    return tables[name]


def library_tables() -> dict[str, tuple[Mapping[str, Any], str]]:
    """Every library table by name, with its file."""
    folder = data_folder("models") / "library"
    found: dict[str, tuple[Mapping[str, Any], str]] = {}
    for path in sorted(folder.glob("*.toml")):
        for name, table in _tables(path, path.stat().st_mtime_ns).items():
            found[f"{path.stem}.{name}"] = (table, f"models/library/{path.name}")
    return found


@lru_cache(maxsize=64)
def _tables(path: Path, _changed: int) -> dict[str, Mapping[str, Any]]:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except ValueError as error:  # also for a number of thousands of digits, which is no TOMLDecodeError
        raise WrongInput(f"{path}: is not valid TOML: {error}") from None
    return {name: table for name, table in content.items() if isinstance(table, dict)}
