"""The markdown page: the machine, the tools, and one table."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.benchmarking.machine import machine
from scripts.benchmarking.peer import Peer
from scripts.benchmarking.precision import Truth
from scripts.benchmarking.rows import Request, Row, with_ratios

HEAD = "| task | tool | time | times exokinetics | tolerance | error | remark |\n|---|---|--:|--:|--:|--:|---|\n"
METHOD = """\
Written by `python scripts/benchmark.py --write-docs`, which compares `prepare()`, `simulate()` and `ensemble()` with
other tools on the same models. Every tool starts from the same state at time 0 and gives all species at all times;
tools that read SBML read our export of the model, the others get functions written from the same equations.

- **Error** is the largest |y - truth| / (|truth| + 1e-3 max |truth|) over species and times. Truth: {truth};
  for many parameter sets it is made at 1e-10.
- **Equal error**: each tool runs at relative tolerances half a decade apart, from 1e-2 to 1e-13; its loosest one within
  the error counts; for many parameter sets it is the median error of a sample of them. exokinetics uses its default
  absolute tolerances; the other tools get 1e-3 x the relative tolerance x the largest value of each species, or the
  smallest of these where a tool takes one number only.
- **Time** is CPU time on one pinned core, the median of {rounds} rounds in which all tools take turns; for cold starts
  it is wall time. Compiling and loading a model is in the cold starts alone.
- **times exokinetics** above 1 means that the tool takes longer.
"""


def page(rows: Sequence[Row], request: Request, truths: Sequence[tuple[str, Truth]], missing: Sequence[str]) -> str:
    """All of it."""
    made_by = truths[0][1].made_by if truths else "none was needed"
    apart = "".join(f"; {truth.check} is {truth.deviation:.0e} from it on {name}" for name, truth in truths)
    return "\n".join(
        [
            "# Benchmarks",
            "",
            METHOD.format(truth=made_by + apart, rounds=request.rounds),
            f"Machine: {machine()}.",
            "",
            *(f"- {tool_line(peer)}" for peer in request.tools),
            "",
            table(rows, missing),
        ]
    )


def tool_line(peer: Peer) -> str:
    """A tool with its versions and what was done for it."""
    return f"**{peer.title}** ({peer.versions}): {peer.note}."


def table(rows: Sequence[Row], missing: Sequence[str]) -> str:
    """The markdown table; tools that were left out come last."""
    lines = [line(row) for row in with_ratios(rows)]
    lines += [f"| all | | | | | | {sentence} |" for sentence in missing]
    return HEAD + "".join(f"{text}\n" for text in lines)


def line(row: Row) -> str:
    """One line of it."""
    cells = [
        row.task, row.tool, seconds_text(row.seconds), number(row.ratio, ".3g"), number(row.tolerance, ".1e"),
        number(row.error, ".1e"), remark(row),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def remark(row: Row) -> str:
    """The note, and whether the goal was reached."""
    if row.goal is None or row.ratio is None:
        return row.note
    verdict = f"goal {row.goal:g}: {'reached' if row.ratio >= row.goal else 'missed'}"
    return f"{row.note}; {verdict}" if row.note else verdict


def number(value: float | None, how: str) -> str:
    """A number, or nothing."""
    return "" if value is None else format(value, how)


def seconds_text(seconds: float | None) -> str:
    """A time with three digits, in the unit that suits it."""
    if seconds is None:
        return ""
    for factor, unit in ((1.0, "s"), (1e3, "ms")):
        if abs(seconds) * factor >= 1.0:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"
