"""Standard output without what a library prints in one thread, while the others print as ever."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident
from typing import Any, TextIO, cast


class _Sieve:
    """Stands in for standard output and lets through what other threads than `silent` write."""

    def __init__(self, beneath: Any) -> None:
        self.beneath, self.silent = beneath, set[int]()

    def write(self, text: str) -> int:
        if self.beneath is None or get_ident() in self.silent:
            return len(text)
        return int(self.beneath.write(text))

    def flush(self) -> None:
        if self.beneath is not None:
            self.beneath.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.beneath, name)


_lock = Lock()


@contextmanager
def silence() -> Iterator[None]:
    """Nothing that this thread prints inside is seen."""
    thread = get_ident()
    with _lock:
        found: Any = sys.stdout
        sieve = found if isinstance(found, _Sieve) else _Sieve(found)
        sys.stdout = cast(TextIO, sieve)
        nested = thread in sieve.silent
        sieve.silent.add(thread)
    try:
        yield
    finally:
        with _lock:
            if not nested:
                sieve.silent.discard(thread)
            if not sieve.silent and cast(object, sys.stdout) is sieve:
                sys.stdout = sieve.beneath
