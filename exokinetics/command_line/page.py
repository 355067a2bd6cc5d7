"""Text on standard output: wrapped to the width of a terminal, one line for one thing where a program reads it."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence

NARROWEST = 40
LEAST_WORDS = 24
UNLIMITED = 100_000  # a reader that is no terminal gets lines as long as they are

BOLD, DIM = "1", "2"


class Page:
    """Standard output, with headings, wrapped lines and tables."""

    def __init__(self) -> None:
        self.terminal = sys.stdout.isatty()
        self.width = _width(self.terminal)
        self.colour = self.terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"

    def heading(self, text: str) -> None:
        """An empty line and a title in bold."""
        print()
        self.line(text, style=BOLD)

    def line(self, text: str, *, indent: int = 0, hanging: int = 0, style: str = "") -> None:
        """A paragraph; further lines stand `hanging` more to the right."""
        for line in self.wrapped(text, indent, hanging):
            print(self._styled(line, style))

    def text(self, text: str) -> None:
        """Text that is laid out already."""
        print(text.rstrip("\n"))

    def wrapped(self, text: str, indent: int, hanging: int) -> list[str]:
        """The lines of a paragraph."""
        first, later = " " * indent, " " * (indent + hanging)
        lines = textwrap.wrap(
            text, self.width, initial_indent=first, subsequent_indent=later,
            break_long_words=True, break_on_hyphens=False,
        )  # fmt: skip
        return [line.rstrip() for line in lines] or [""]

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if style and self.colour and text else text

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Iterable[int] = ()) -> None:
        """Columns as wide as their content; the last holds words. `numbers` are the columns set to the right.

        Where the width is too small the last column moves below the row, then each row becomes a small paragraph.
        """
        table = [tuple(map(str, row)) for row in rows]
        widths = [max(map(len, column)) for column in zip(headings, *table, strict=True)]
        right = set(numbers)
        fixed = sum(widths[:-1]) + 2 * (len(widths) - 1)
        if fixed + min(widths[-1], LEAST_WORDS) <= self.width:
            self._beside(headings, widths, right, fixed, BOLD)
            for row in table:
                self._beside(row, widths, right, fixed, "")
        elif fixed - 2 <= self.width:
            print(self._styled(_cells(headings[:-1], widths, right), BOLD))
            for row in table:
                print(self._styled(_cells(row[:-1], widths, right), ""))
                if row[-1]:
                    self.line(row[-1], indent=4)
        else:
            for row in table:
                self._paragraph(headings, row)

    def _beside(self, row: Sequence[str], widths: Sequence[int], right: set[int], fixed: int, style: str) -> None:
        start = _cells(row[:-1], widths, right).ljust(fixed - 2) + "  " if len(row) > 1 else ""
        words = textwrap.wrap(row[-1], max(self.width - fixed, 1), break_on_hyphens=False) or [""]
        for index, line in enumerate(words):
            print(self._styled(((" " * fixed if index else start) + line).rstrip(), style))

    def _paragraph(self, headings: Sequence[str], row: Sequence[str]) -> None:
        self.line(row[0], style=BOLD)
        facts = [f"{name} {text}" for name, text in zip(headings[1:-1], row[1:-1], strict=True) if text]
        for text in (", ".join(facts), row[-1]):
            if text:
                self.line(text, indent=2, hanging=2)


def _cells(row: Sequence[str], widths: Sequence[int], right: set[int]) -> str:
    cells = [
        text.rjust(width) if index in right else text.ljust(width)
        for index, (text, width) in enumerate(zip(row, widths, strict=False))
    ]
    return "  ".join(cells).rstrip()


def _width(terminal: bool) -> int:
    if not terminal and not os.environ.get("COLUMNS", "").isdigit():
        return UNLIMITED
    return max(shutil.get_terminal_size().columns, NARROWEST)


def number(value: float) -> str:
    """Four significant digits, as people read them."""
    return f"{value:.4g}"
