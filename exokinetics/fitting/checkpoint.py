"""Finished starts and short searches in an SQLite file, so that a fit that was cut off goes on where it stopped."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from exokinetics.errors import WrongInput
from exokinetics.expressions.graph import Node
from exokinetics.expressions.text import to_text
from exokinetics.fitting.problem import Problem

# all of them or none, whenever it is cut off: a script is no transaction unless it says so
TABLES = """
BEGIN;
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS start (number INTEGER PRIMARY KEY, content TEXT);
CREATE TABLE IF NOT EXISTS short (number INTEGER, place INTEGER, content TEXT, PRIMARY KEY (number, place));
COMMIT;
"""

NAMES = {"about", "start", "short"}
FIRST = b"SQLite format 3\0"  # the first bytes of every SQLite file

End = tuple[float, tuple[float, ...], int]  # cost, point on the search scale, evaluations


class Checkpoint:
    """An SQLite file with a row per finished start and per short search within one, and which fit it belongs to.

    Without a path nothing is kept. What was written before a crash is there after it: SQLite's rollback journal.
    """

    def __init__(
        self, path: str | Path | None, problem: Problem, *, seed: int, method: str, initial: Sequence[Any],
        resume: bool, versions: dict[str, str], starts: int,
    ) -> None:  # fmt: skip
        self._lock = threading.Lock()
        self._base: sqlite3.Connection | None = None
        self.path = path
        if path is None:
            return
        identity = {"fit": problem.name, "digest": digest(problem, method, initial), "seed": str(seed)}
        about = identity | {"starts": str(starts), "versions": json.dumps(versions)}
        try:
            require_checkpoint(Path(path))
            if not resume:
                _remove(Path(path))
            self._base = sqlite3.connect(path, check_same_thread=False, timeout=60)
            with self._base:
                self._base.executescript(TABLES)
            known = dict(self._base.execute("SELECT key, value FROM about"))
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise WrongInput(
                f"checkpoint: {path} cannot be used: {error}; remove it to start afresh or choose another"
            ) from None
        wrong = [key for key, value in identity.items() if known and known.get(key) != value]
        if wrong:
            self.close()
            raise WrongInput(
                f"checkpoint: {path} belongs to another fit ({known.get('fit')}, seed {known.get('seed')}), data, seed "
                "or method; choose another"
            )
        self._write("INSERT OR REPLACE INTO about VALUES (?, ?)", list(about.items()))

    def finished(self, starts: int) -> dict[int, dict[str, Any]]:
        """Start number to what it ended with, for the first `starts`."""
        if self._base is None:
            return {}
        rows = self._base.execute("SELECT number, content FROM start WHERE number < ?", [starts])
        return {number: _restored(json.loads(content)) for number, content in rows}

    def add(self, start: Any) -> None:
        """Keep one finished start."""
        row = asdict(start)
        row["cost"] = None if math.isnan(row["cost"]) else row["cost"]
        self._write("INSERT OR REPLACE INTO start VALUES (?, ?)", [(start.number, json.dumps(row))])

    def short(self, number: int, place: int) -> End | None:
        """The end of a short search that was kept."""
        if self._base is None:
            return None
        with self._lock:
            row = self._base.execute(
                "SELECT content FROM short WHERE number = ? AND place = ?", [number, place]
            ).fetchone()
        if row is None:
            return None
        cost, point, evaluations = json.loads(row[0])
        return cost, tuple(point), evaluations

    def add_short(self, number: int, place: int, end: End) -> None:
        """Keep the end of a short search; json writes every digit of a double."""
        self._write("INSERT OR REPLACE INTO short VALUES (?, ?, ?)", [(number, place, json.dumps(end))])

    def close(self) -> None:
        """Let go of the file."""
        if self._base is not None:
            self._base.close()
            self._base = None

    def _write(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        if self._base is None:
            return
        try:
            with self._lock, self._base:
                self._base.executemany(statement, rows)
        except sqlite3.Error as error:
            raise WrongInput(f"checkpoint: {self.path} cannot be written: {error}; choose another") from None


def require_checkpoint(path: Path) -> None:
    """Refuse a file that is there but no checkpoint: neither written to nor replaced; `WrongInput`.

    An empty file and a database without tables pass: a search that was cut off as it began leaves one.
    """
    if not path.exists() or (path.is_file() and path.stat().st_size == 0):
        return
    tables: set[str] = set()
    if path.is_file():
        with path.open("rb") as stream:
            begins = stream.read(len(FIRST))
        if begins == FIRST:
            with contextlib.closing(sqlite3.connect(path, timeout=60)) as base:
                tables = {name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not tables:
                return
    if tables != NAMES:
        raise WrongInput(
            f"checkpoint: {path} is there but is no checkpoint of a fit; it is left as it is: name another file, or "
            "remove it to start afresh"
        )


def _remove(path: Path) -> None:
    for ending in ("", "-journal", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _restored(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"cost": math.nan if row["cost"] is None else row["cost"], "search": tuple(row["search"])}


def digest(problem: Problem, method: str, initial: Sequence[Any]) -> str:
    """What the outcome of a start depends on, as one number: the model, the fit and the data, title and all."""
    model = problem.model
    told = [
        model.name, model.whole, model.start, model.variant, problem.conditions, problem.quantities, problem.measured,
        problem.data, problem.scalars, problem.effort, method, [list(point) for point in initial],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(_plain(told)).encode()).hexdigest()


def _plain(thing: Any) -> Any:
    """Nested records as lists that json writes with every digit, whatever fields they have."""
    if isinstance(thing, Node):
        return to_text(thing)
    if isinstance(thing, np.ndarray):
        return thing.tolist()
    if is_dataclass(thing):
        return [type(thing).__name__, *(_plain(getattr(thing, item.name)) for item in fields(thing))]
    if isinstance(thing, Mapping):
        return [[key, _plain(item)] for key, item in thing.items()]
    if isinstance(thing, (set, frozenset)):
        return sorted(str(item) for item in thing)
    if isinstance(thing, (list, tuple)):
        return [_plain(item) for item in thing]
    return thing if thing is None or isinstance(thing, (str, int, float, bool)) else repr(thing)
