"""The table models/library/identifiers.toml: from names of parts to identifiers of public collections."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from exokinetics.catalogue.library import IDENTIFIERS
from exokinetics.data_files import data_folder

RESOLVER = "https://identifiers.org/"
KINDS = ("protein", "rna", "microrna", "compound", "cell")
# how a collection writes its numbers behind the resolver
_PREFIXES = {
    "uniprot": "uniprot:", "hgnc": "hgnc:", "mature": "mirbase.mature:", "hairpins": "mirbase:", "chebi": "CHEBI:",
    "cl": "CL:",
}  # fmt: skip
_OF_THE_THING = ("uniprot", "mature", "chebi", "cl")
_OF_ITS_GENE = ("hgnc", "hairpins")


@dataclass(frozen=True)
class Entry:
    """What a name stands for: its kind, and the addresses of the thing itself and of the genes that encode it."""

    name: str
    kind: str
    itself: tuple[str, ...] = ()
    genes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identifiers:
    """The whole table: entries by name, words for cells that may stand before a name, models that it is not for."""

    entries: Mapping[str, Entry]
    cell_words: tuple[str, ...]
    elsewhere: tuple[str, ...]

    def named(self, part: str) -> Entry | None:
        """The entry of a part id, whole or behind a word for a cell; that of a cell by the whole id only."""
        if part in self.entries:
            return self.entries[part]
        behind = (part.removeprefix(f"{word}_") for word in self.cell_words if part.startswith(f"{word}_"))
        found = (self.entries.get(name) for name in behind)
        return next((entry for entry in found if entry is not None and entry.kind != "cell"), None)


def identifiers() -> Identifiers:
    """The table as it stands in the models that ship."""
    path = data_folder("models") / "library" / f"{IDENTIFIERS}.toml"
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> Identifiers:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    entries = {name: _entry(name, kind, row) for kind in KINDS for name, row in content[kind].items()}
    rule = content["rule"]
    return Identifiers(entries, tuple(rule["cell_words"]), tuple(rule["elsewhere"]))


def _entry(name: str, kind: str, row: Mapping[str, Any]) -> Entry:
    return Entry(name, kind, _addresses(row, _OF_THE_THING), _addresses(row, _OF_ITS_GENE))


def _addresses(row: Mapping[str, Any], keys: tuple[str, ...]) -> tuple[str, ...]:
    found: list[str] = []
    for key in keys:
        given = row.get(key, [])
        numbers = [given] if isinstance(given, str) else given
        found += [f"{RESOLVER}{_PREFIXES[key]}{each}" for each in numbers]
    return tuple(found)
