"""A progress bar on standard error, for work that lasts and for people who look."""

from __future__ import annotations

import sys
import time as clock
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE = 2.0  # seconds before a bar appears


@contextmanager
def progress_bar(what: str, total: int, wanted: bool) -> Iterator[Bar | None]:
    """A bar to be told how much of `total` is done; None where nobody looks."""
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    bar = Bar(what, total)
    try:
        yield bar
    finally:
        bar.stop()


class Bar:
    """Appears after a while and goes away when it is stopped."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.began = what, total, clock.perf_counter()
        self.shown: Any = None

    def __call__(self, done: int, note: str = "") -> None:
        """Show how much is done, and a note beside what it is."""
        if self.shown is None:
            if clock.perf_counter() - self.began < PATIENCE:
                return
            self._start()
        self.shown.update(self.task, completed=done, description=f"{self.what}, {note}" if note else self.what)

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.shown = Progress(*columns, console=Console(stderr=True), transient=True)
        self.task = self.shown.add_task(self.what, total=self.total)
        self.shown.start()

    def stop(self) -> None:
        """Take the bar away."""
        if self.shown is not None:
            self.shown.stop()
