"""The shared tables of values below models/library: `cells.stellate` is the table [stellate] of cells.toml."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from exokinetics.data_files import data_folder
from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.machine.store import kept

MOST_TABLES = 100
IDENTIFIERS = "identifiers"  # of names, in public collections: no mechanism takes a value from it


def library_entries(name: str) -> dict[str, tuple[Any, str, str]]:
    """What the table `file.table` says, by key: the entry, the file and the table it stands in.

    A table may take entries `from` others, which its own and those of the tables named first go before. `WrongInput`
    names the nearest table, or the circle.
    """
    tables, found = library_tables(), dict[str, tuple[Any, str, str]]()
    ahead, seen = [name], list[str]()
    while ahead:
        name = ahead.pop(0)
        if name not in tables:
            where = f"'{name}', which '{seen[-1]}' builds on," if seen else f"'{name}'"
            raise WrongInput(f"{where} is not a table of the library{did_you_mean(name, tables)}")
        if len(seen) > MOST_TABLES:
            raise WrongInput(f"'{seen[0]}' builds on more than {MOST_TABLES} tables, or on itself")
        seen.append(name)
        table, file = tables[name]
        for key, entry in table.items():
            if key != "from":
                found.setdefault(key, (entry, file, name))
        more = table.get("from", [])
        ahead = [more, *ahead] if isinstance(more, str) else [*map(str, more), *ahead]
    return found


def library_tables() -> dict[str, tuple[Mapping[str, Any], str]]:
    """Every library table by name, with its file."""
    folder = data_folder("models") / "library"
    found: dict[str, tuple[Mapping[str, Any], str]] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.stem == IDENTIFIERS:
            continue
        for name, table in _tables(path, path.stat().st_mtime_ns).items():
            found[f"{path.stem}.{name}"] = (table, f"models/library/{path.name}")
    return found


@lru_cache(maxsize=64)
def _tables(path: Path, _changed: int) -> dict[str, Mapping[str, Any]]:
    """The tables of a file; kept as JSON, which is read in a tenth of the time."""
    raw = path.read_bytes()

    def build() -> bytes:
        try:
            content = tomllib.loads(raw.decode("utf-8"))
        except ValueError as error:  # also for a number of thousands of digits, which is no TOMLDecodeError
            raise WrongInput(f"{path}: is not valid TOML: {error}") from None
        return json.dumps(
            {name: table for name, table in content.items() if isinstance(table, dict)}, default=str
        ).encode()

    tables: dict[str, Mapping[str, Any]] = json.loads(kept(sha256(b"library tables " + raw).digest(), build))
    return tables
