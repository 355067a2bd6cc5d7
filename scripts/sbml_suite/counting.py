"""The counts of a run of the suite: outcomes by group, reasons by sentence and by tag."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from scripts.sbml_suite.running import OUTCOMES, PASSED, REFUSED, SKIPPED, Verdict, sentence_of

GROUPS = ("plain", "composed", "delay", "algebraic", "fast")


def page(found: Sequence[Verdict]) -> str:
    """The counts as Markdown."""
    courses = [one for one in found if one.outcome != SKIPPED]
    lines = [f"{len(courses)} time courses; {len(found) - len(courses)} other cases (flux balances) are skipped.", ""]
    lines += _table("group", OUTCOMES, [(group, _of(courses, group)) for group in GROUPS] + [("all", courses)])
    lines += ["", *_reasons(courses)]
    lines += ["", *_by_tag(courses)]
    return "\n".join(lines) + "\n"


def _of(courses: Sequence[Verdict], group: str) -> list[Verdict]:
    return [one for one in courses if one.group == group]


def _table(what: str, outcomes: Sequence[str], rows: Sequence[tuple[str, Sequence[Verdict]]]) -> list[str]:
    lines = [f"| {what} | cases | " + " | ".join(outcomes) + " |", "|---" * (len(outcomes) + 2) + "|"]
    for name, members in rows:
        counts = Counter(one.outcome for one in members)
        cells = " | ".join(str(counts[outcome]) for outcome in outcomes)
        lines.append(f"| {name} | {len(members)} | {cells} |")
    return lines


def _reasons(courses: Sequence[Verdict]) -> list[str]:
    """Every sentence with its count and a few cases; of a wrong number or a crash all cases."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in courses:
        if one.outcome != PASSED:
            groups.setdefault((one.outcome, sentence_of(one.reason)), []).append(one.number)
    lines = ["| outcome | sentence | cases | such as |", "|---|---|---|---|"]
    for (outcome, sentence), numbers in sorted(groups.items(), key=lambda item: (item[0][0], -len(item[1]))):
        shown = ", ".join(numbers[:4] if outcome == REFUSED else numbers[:40])
        lines.append(f"| {outcome} | {sentence.replace('|', '/')} | {len(numbers)} | {shown} |")
    return lines


def _by_tag(courses: Sequence[Verdict]) -> list[str]:
    tags = Counter(tag for one in courses for tag in set(one.tags))
    rows = [(tag, [one for one in courses if tag in one.tags]) for tag, _ in sorted(tags.items())]
    return _table("tag", OUTCOMES, rows)


def write_cases(found: Sequence[Verdict], path: Path) -> None:
    """One row a case."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["case", "group", "outcome", "reason", "tags"])
        for one in sorted(found, key=lambda each: each.number):
            writer.writerow([one.number, one.group, one.outcome, one.reason.replace("\n", "; "), " ".join(one.tags)])
