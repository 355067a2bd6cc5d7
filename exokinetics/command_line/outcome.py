"""What a command found, and how it reaches the user: as text or as one JSON object, with an exit code."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from exokinetics.command_line.page import Page

INTERRUPTED = 130  # what shells expect after Ctrl-C


@dataclass(frozen=True)
class Outcome:
    """The outcome of one command.

    `result` goes out with --json; else `show` writes it on a page. `remarks` (standard output) and `warnings`
    (standard error) are sentences that --quiet leaves out. With an `error` the exit code is `code`.
    """

    result: Any
    show: Callable[[Page], None] | None = None
    remarks: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    error: str = ""
    code: int = 0


def deliver(outcome: Outcome, as_json: bool, quiet: bool) -> int:
    """Print an outcome and return its exit code."""
    if as_json:
        content = {"ok": not outcome.error, "result": outcome.result}
        print_json(content | ({"error": outcome.error} if outcome.error else {}))
    else:
        from exokinetics.command_line.page import Page

        page = Page()
        if outcome.show is not None:
            outcome.show(page)
        for remark in [] if quiet else outcome.remarks:
            page.line(remark)
    sys.stdout.flush()
    for warning in [] if quiet else outcome.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if outcome.error:
        complain(outcome.error)
    return outcome.code


def refuse(message: str, code: int, as_json: bool) -> int:
    """Say why nothing was done and return the exit code."""
    if as_json:
        print_json({"ok": False, "error": message})
        sys.stdout.flush()
    complain(message)
    return code


def complain(message: str) -> None:
    """One message on standard error; each issue of several on a line of its own."""
    lines = message.splitlines() or [""]
    if len(lines) == 1:
        print(f"error: {lines[0]}", file=sys.stderr)
    else:
        print(f"error: {len(lines)} things are wrong", *(f"  {line}" for line in lines), sep="\n", file=sys.stderr)


def print_json(content: Any) -> None:
    """One JSON object on standard output; what JSON cannot say (nan, infinity) is null."""
    print(json.dumps(plain(content), allow_nan=False))


def plain(content: Any) -> Any:
    """The same content in the types of JSON; arrays become lists, paths and other things their text."""
    if content is None or isinstance(content, (bool, int, str)):
        return content
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    if isinstance(content, Mapping):
        return {str(name): plain(each) for name, each in content.items()}
    if hasattr(content, "tolist"):
        return plain(content.tolist())
    if isinstance(content, (list, tuple, set, frozenset)):
        return [plain(each) for each in content]
    return str(content)
