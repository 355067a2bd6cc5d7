"""Finished starts kept in a file, so that a fit that was cut off goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import math
import os
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from exokinetics.errors import WrongInput
from exokinetics.expressions.text import to_text
from exokinetics.fitting.problem import Problem


class Checkpoint:
    """A file of one JSON line per finished start, behind a line that says which fit it belongs to."""

    def __init__(self, path: str | Path | None, problem: Problem, starts: int, seed: int, resume: bool) -> None:
        self.path = Path(path) if path is not None else None
        self._lock = threading.Lock()
        self._header = {"problem": _digest(problem), "starts": starts, "seed": seed}
        self._done: dict[int, dict[str, Any]] = {}
        if self.path is None:
            return
        if resume and self.path.exists():
            self._read(self.path)
        else:
            self._write([self._header])

    def finished(self) -> dict[int, dict[str, Any]]:
        """Start number to what it ended with."""
        return dict(self._done)

    def add(self, start: Any) -> None:
        """Keep one finished start; a file is complete after every call."""
        if self.path is None:
            return
        with self._lock:
            row = asdict(start)
            self._done[start.number] = row
            self._write([self._header, *(_plain(self._done[number]) for number in sorted(self._done))])

    def _read(self, path: Path) -> None:
        try:
            lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        except (OSError, ValueError) as error:
            raise WrongInput(f"checkpoint: {path} cannot be read: {error}; remove it to start afresh") from None
        if not lines or lines[0] != self._header:
            raise WrongInput(
                f"checkpoint: {path} belongs to another fit, data, seed or number of starts; choose another"
            )
        for row in lines[1:]:
            cost = math.nan if row["cost"] is None else row["cost"]
            self._done[row["number"]] = row | {"cost": cost, "search": tuple(row["search"])}

    def _write(self, rows: list[dict[str, Any]]) -> None:
        assert self.path is not None
        beside = self.path.with_name(self.path.name + ".part")
        try:
            beside.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
            os.replace(beside, self.path)
        except OSError as error:
            raise WrongInput(f"checkpoint: {self.path} cannot be written: {error.strerror}") from None


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"cost": None if math.isnan(row["cost"]) else row["cost"]}


def _digest(problem: Problem) -> str:
    """What the outcome of a start depends on, as one number."""
    text = json.dumps([
        problem.model.name, {name: repr(problem.model.value(name)) for name in problem.model.parameters},
        {name: repr(node) for name, node in problem.conditions.items()},
        {name: repr(item) for name, item in problem.quantities.items()},
        {
            name: [item.column, to_text(item.expression), item.noise, item.spread, item.conditions]
            for name, item in problem.measured.items()
        },
        {name: column.tolist() for name, column in problem.data.numbers.items()},
    ])  # fmt: skip
    return hashlib.sha256(text.encode()).hexdigest()
