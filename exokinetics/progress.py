"""A progress bar on standard error, for work that lasts and for people who look."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

PATIENCE = 2.0  # seconds before a bar appears
WHOLE_RUN = 1e9  # seconds over which a speed is taken: one start of a fit may last longer than rich's thirty

Told = TypeVar("Told")


@contextmanager
def telling(
    progress: bool | Callable[[Told], None], what: str, total: int, shown: Callable[[Told], tuple[int, str]]
) -> Iterator[Callable[[Told], None]]:
    """What work tells of its progress: `progress` itself if it is a function, else a bar if it is true.

    `shown` is what the bar shows of what is told: how much of `total` is done, and a note.
    """
    if callable(progress):
        yield progress
        return
    with progress_bar(what, total, progress) as bar:
        yield lambda told: bar(*shown(told)) if bar is not None else None


def counted(done: int) -> tuple[int, str]:
    """What a bar shows of work that only counts."""
    return done, ""


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
    """Appears after a while, whether or not anything is done by then, and goes away when it is stopped."""

    def __init__(self, what: str, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.what = what
        self.shown = Progress(
            *columns, console=Console(stderr=True), transient=True, speed_estimate_period=WHOLE_RUN
        )  # fmt: skip
        self.task: Any = self.shown.add_task(what, total=total)
        self.shown.advance(self.task, 0)  # the speed counts from here, not from the first part that is done
        self._lock, self._over = threading.Lock(), False
        self._timer = threading.Timer(PATIENCE, self._appear)
        self._timer.daemon = True
        self._timer.start()

    def __call__(self, done: int, note: str = "") -> None:
        """Show how much is done, and a note beside what it is."""
        self.shown.update(self.task, completed=done, description=f"{self.what}, {note}" if note else self.what)

    def _appear(self) -> None:
        with self._lock:
            if not self._over:
                self.shown.start()

    def stop(self) -> None:
        """Take the bar away."""
        self._timer.cancel()
        with self._lock:
            self._over = True
            self.shown.stop()
