"""What goes wrong, as sentences: the exceptions, an issue of a file, and the nearest valid name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


class ExokineticsError(Exception):
    """Everything this package raises on purpose derives from this."""


class WrongInput(ExokineticsError, ValueError):
    """The request or a file is wrong; the message says where, what and what to do. `issues` lists the faults apart."""

    issues: tuple[Issue, ...] = ()


class WorkFailed(ExokineticsError):
    """The request was right but the work did not succeed, such as an integration that broke off."""


class MissingExtra(ExokineticsError, ImportError):
    """A feature needs a library that is not installed; the message holds the install command."""


@dataclass(frozen=True)
class Issue:
    """One fault of a file: where it stands, what is wrong, and whether it stops the work."""

    file: str
    key: str
    message: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        where = ": ".join(part for part in (self.file, self.key) if part)
        return f"{where}: {self.message}" if where else self.message


def raise_errors(issues: Iterable[Issue]) -> None:
    """Raise one `WrongInput` that lists every issue of severity error; do nothing if there is none."""
    errors = tuple(issue for issue in issues if issue.severity == "error")
    if errors:
        wrong = WrongInput("\n".join(map(str, errors)))
        wrong.issues = errors
        raise wrong


def did_you_mean(name: str, valid: Iterable[str]) -> str:
    """A half sentence that names the nearest valid name, or lists a few where none is near."""
    names, name = sorted(set(valid)), str(name)
    if not names:
        return ""
    lowered = {candidate.lower(): candidate for candidate in names}
    begun = [candidate for candidate in names if len(name) > 3 and candidate.lower().startswith(name.lower())]
    if begun:
        return f"; did you mean '{min(begun, key=len)}'?"
    near = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    if not near:
        tails = {candidate.rsplit(".", 1)[-1].lower(): candidate for candidate in names}
        near_tail = difflib.get_close_matches(name.rsplit(".", 1)[-1].lower(), list(tails), n=1, cutoff=0.8)
        if near_tail:
            return f"; did you mean '{tails[near_tail[0]]}'?"
        shown = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
        return f"; known are {shown}"
    return f"; did you mean '{lowered[near[0]]}'?"


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """The valid name that `name` looks like a misspelling of, if there is one."""
    found = difflib.get_close_matches(name, list(valid), n=1, cutoff=0.6)
    return found[0] if found else None


def extra(module: str, name: str) -> MissingExtra:
    """The error to raise when an optional library is missing, with the command that installs it."""
    return MissingExtra(f"this needs the library '{module}', which is not installed: pip install 'exokinetics[{name}]'")
