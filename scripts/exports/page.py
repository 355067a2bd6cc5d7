"""The table of all models in the simulators of others, as a page of the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from exokinetics.interchange.agreement import LIMIT
from exokinetics.interchange.checked_span import RTOL
from exokinetics.interchange.witnesses import installed, protocol
from scripts.exports.examining import Examined

HEAD = """# Exports in other simulators

Written by `{command}`, commit {commit}, {date}. {models} models, and {variants} variants of them, were
written as SBML and simulated from the file by {witnesses}, over the last time that the model
reports or what is usual in its unit of time. The deviation is the largest |theirs - ours| of any species or observable
relative to the maximum of that one, at 102 times: 61 of equal ratios, from a millionth of the span on, and 40 of equal
distance. Ours is `simulate` at a relative tolerance of {rtol:g}; theirs is {theirs:g}, with absolute tolerances of
{smallest:g} of the early size of a species (of the smallest one in COPASI, which has one for all). The limit is
{limit:g}: `export` writes no file where a simulator that is installed is further away.

"""


def page(found: Sequence[Examined], command: str, commit: str) -> str:
    """The counts, what is above the limit, and a row for every model."""
    names = [witness.name for witness in installed()]
    witnesses = " and ".join(f"{witness.name} {witness.version()}" for witness in installed())
    variants = sum(", " in each.name for each in found)
    text = HEAD.format(
        command=command, commit=commit, date=date.today().isoformat(), witnesses=witnesses, rtol=RTOL,
        theirs=protocol.RTOL, smallest=protocol.SMALLEST, limit=LIMIT, models=len(found) - variants, variants=variants,
    )  # fmt: skip
    return text + "\n".join([*_counts(found, names), "", *_remarks(found), *_rows(found, names)]) + "\n"


def _counts(found: Sequence[Examined], names: Sequence[str]) -> list[str]:
    lines = [
        "| Simulator | Models | No answer | Above the limit | Median | Worst | Model |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for index, name in enumerate(names):
        asked = [each for each in found if not each.reason]
        given = [each for each in asked if each.testimonies[index].largest_deviation is not None]
        sizes = np.array([each.testimonies[index].largest_deviation for each in given])
        worst = given[int(np.argmax(sizes))]
        lines.append(
            f"| {name} | {len(asked)} | {len(asked) - len(given)} | {int((sizes > LIMIT).sum())} | "
            f"{np.median(sizes):.1e} | {sizes.max():.1e} | {worst.name} |"
        )
    return lines


def _remarks(found: Sequence[Examined]) -> list[str]:
    """A line for everything that is not as it should be."""
    lines = [f"- {each.name}: {each.reason}" for each in found if each.reason]
    for each in found:
        lines += [f"- {each.name}: no answer from {one.name}: {one.reason}" for one in each.testimonies if one.reason]
        lines += [f"- {each.name}: {note}" for note in (each.third, *each.notes) if note]
    return [*lines, ""] if lines else []


def _rows(found: Sequence[Examined], names: Sequence[str]) -> list[str]:
    lines = [
        "| Model | States | Parameters | Reactions | Events | Span |" + "".join(f" {name} | of |" for name in names)
    ]
    lines.append("|---|--:|--:|--:|--:|--:|" + "--:|---|" * len(names))
    for each in found:
        if not each.reason:
            cells = [each.name, *map(str, each.counts), each.span]
            for one in each.testimonies:
                cells += ["none", ""] if one.largest_deviation is None else [f"{one.largest_deviation:.1e}", one.output]
            lines.append("| " + " | ".join(cells) + " |")
    return lines
