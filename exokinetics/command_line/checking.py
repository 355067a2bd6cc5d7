"""`check`: every fault of a file at once."""

from __future__ import annotations

from dataclasses import asdict

from exokinetics.command_line.outcome import Outcome
from exokinetics.command_line.page import Page


def checking(file: str) -> Outcome:
    """The issues of a file; with an error among them all go to standard error, and the exit code is 2."""
    from exokinetics.interchange import check
    from exokinetics.interchange.reading import place_of_name

    issues = check(place_of_name(file))
    wrong = any(issue.severity == "error" for issue in issues)
    lines = [f"{'warning: ' if issue.severity == 'warning' else ''}{issue}" for issue in issues]
    result = [asdict(issue) for issue in issues]
    if wrong:
        return Outcome(result, error="\n".join(lines), code=2)

    def show(page: Page) -> None:
        for line in lines:
            page.line(line, hanging=2)

    but = f", but {count(len(lines), 'warning')}" if lines else ""
    return Outcome(result, show, [f"{file} has no errors{but}."])


def count(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
