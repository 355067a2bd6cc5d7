"""Finished starts and short searches in an SQLite file, so that a fit that was cut off goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from exokinetics.errors import WrongInput
from exokinetics.expressions.text import to_text
from exokinetics.fitting.problem import Problem

TABLES = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS start (number INTEGER PRIMARY KEY, content TEXT);
CREATE TABLE IF NOT EXISTS short (number INTEGER, place INTEGER, content TEXT, PRIMARY KEY (number, place));
"""

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
        identity = {"fit": problem.name, "digest": _digest(problem, method, initial), "seed": str(seed)}
        about = identity | {"starts": str(starts), "versions": json.dumps(versions)}
        try:
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


def _remove(path: Path) -> None:
    for ending in ("", "-journal", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _restored(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"cost": math.nan if row["cost"] is None else row["cost"], "search": tuple(row["search"])}


def _digest(problem: Problem, method: str, initial: Sequence[Any]) -> str:
    """What the outcome of a start depends on, as one number."""
    text = json.dumps([
        problem.model.name, {name: repr(problem.model.value(name)) for name in problem.model.parameters},
        {name: repr(node) for name, node in problem.conditions.items()},
        {name: repr(item) for name, item in problem.quantities.items()},
        {
            name: [item.column, to_text(item.expression), item.noise, to_text(item.spread), item.conditions]
            for name, item in problem.measured.items()
        },
        {name: column.tolist() for name, column in problem.data.numbers.items()},
        repr(problem.effort), method, [list(point) for point in initial],
    ])  # fmt: skip
    return hashlib.sha256(text.encode()).hexdigest()
