"""Compare the speed of exokinetics with that of other simulators, at equal error and on the same models.

Runs from a checkout, installed or not: `python scripts/benchmark.py --help`. The tools to compare with are those of
the extra `peers`; the ones that are not installed are left out, and the table says so.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# the checkout, in place of this folder, whose files would stand in for modules of the same name
if Path(sys.path[0]).resolve() == ROOT / "scripts":
    sys.path[0] = str(ROOT)

from scripts.benchmarking.timing import on_one_core  # noqa: E402  # before numpy, which counts the cores

if __name__ == "__main__":
    on_one_core()

from scripts.benchmarking import cold, fits, overhead, profiling, published, sensitivities, sets, solving  # noqa: E402
from scripts.benchmarking.figures import figures  # noqa: E402
from scripts.benchmarking.peer import all_peers  # noqa: E402
from scripts.benchmarking.peers.own import own  # noqa: E402
from scripts.benchmarking.rows import Request, Row  # noqa: E402
from scripts.benchmarking.table import page  # noqa: E402

TASKS: dict[str, Callable[[Request], list[Row]]] = {
    "flagship": lambda request: solving.solving("flagship", request),
    "network": lambda request: solving.solving("network", request),
    "heavy": lambda request: solving.solving("heavy", request),
    "ensemble": sets.ensembles,
    "accuracy": sets.accuracy,
    "sensitivities": sensitivities.sensitivities,
    "fits": fits.fits,
    "profiles": profiling.profiles,
    "cold": cold.cold,
    "published": published.published,
    "overhead": overhead.overhead,
}
DOCS = ROOT / "docs" / "benchmarks.md"
SHOWN = {
    "time_against_states": "CPU time of one solve against the number of states",
    "time_against_draws": "CPU time of an ensemble against the number of draws",
}  # the figures of `--figures`, below docs/figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tasks, print the page and write what was asked for."""
    asked = parser().parse_args(arguments)
    if asked.figures and not (asked.out or asked.write_docs):
        parser().error("--figures needs --out, the folder that they are written to, or --write-docs")
    peers = [peer for peer in all_peers() if asked.peers is None or peer.name in asked.peers]
    missing = [sentence for peer in peers if (sentence := peer.missing())]
    with tempfile.TemporaryDirectory() as folder:
        request = requested(asked, [peer for peer in peers if not peer.missing()], asked.keep or Path(folder))
        for sentence in missing:
            solving.say(sentence)
        text = run(asked, request, missing)
    print(text)
    if asked.write_docs:
        DOCS.write_text(text + pictures(), "utf-8")
    return 0


def pictures() -> str:
    """The figures that the page of the documents shows: those that are there."""
    places = {name: Path("figures") / f"{name}.png" for name in SHOWN}
    return "".join(f"\n![{SHOWN[name]}]({place})\n" for name, place in places.items() if (DOCS.parent / place).exists())


def run(asked: argparse.Namespace, request: Request, missing: Sequence[str]) -> str:
    """The page of all tasks; files go to `--out`."""
    rows = list[Row]()
    for task in asked.tasks:
        solving.say(f"task {task}")
        try:
            rows += TASKS[task](request)
        except Exception as error:  # the tasks that are done are not lost
            rows.append(Row(task, "all", note=f"failed: {solving.first_line(error)}"))
    truths = [(request.problems[name].model.name, truth) for name, truth in request.truths.items()]
    text = page(rows, request, truths, missing)
    if asked.out:
        asked.out.mkdir(parents=True, exist_ok=True)
        (asked.out / "benchmarks.md").write_text(text, "utf-8")
        write_curves(request, asked.out / "work_precision.csv")
    if asked.figures:
        for path in figures(request, asked.out or DOCS.parent / "figures"):
            solving.say(f"written: {path}")
    return text


def write_curves(request: Request, path: Path) -> None:
    """Every run of the search for tolerances; its seconds are those of one run, not medians."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["problem", "tool", "tolerance", "error", "seconds"])
        for name, curves in request.curves.items():
            for title, points in curves.items():
                writer.writerows([name, title, point.tolerance, point.error, point.seconds] for point in points)


def requested(asked: argparse.Namespace, peers: list, folder: Path) -> Request:
    """The command line as a request; `--quick` is for a look, not for numbers to keep."""
    rounds = asked.rounds or (3 if asked.quick else 9)
    starts, budget = asked.starts or (3 if asked.quick else 20), asked.budget or (3.0 if asked.quick else 60.0)
    full = Request(
        own(asked.method), peers, folder, asked.method, rounds, starts=starts, budget=budget, models=asked.models
    )  # fmt: skip
    if not asked.quick:
        return full
    return Request(
        own(asked.method), peers, folder, asked.method, rounds, targets=(1e-4, 1e-6), recipients=3, draws=50, sample=4,
        starts=starts, budget=budget, quick=True, models=asked.models,
    )  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument(
        "--tasks", type=chosen(TASKS), default=list(TASKS), metavar="A,B", help=f"of {', '.join(TASKS)}; default all"
    )
    names = [peer.name for peer in all_peers()]
    made.add_argument("--peers", type=chosen(names), metavar="A,B", help=f"of {', '.join(names)}; default all")
    made.add_argument("--method", default="auto", help="the method of exokinetics for single solves; default auto")
    made.add_argument("--rounds", type=int, metavar="N", help="rounds in which the tools take turns; default 9")
    made.add_argument("--starts", type=int, metavar="N", help="searches of each tool at each fit; default 20")
    made.add_argument(
        "--budget", type=float, metavar="S", help="seconds after which a tool begins no other search; default 60"
    )
    made.add_argument("--keep", type=Path, metavar="DIR", help="where models compiled by other tools are kept")
    made.add_argument("--models", type=Path, metavar="DIR", help="SBML files of others, for the task published")
    made.add_argument("--quick", action="store_true", help="smaller problems, two errors, few draws: a look only")
    made.add_argument("--figures", action="store_true", help="also time against states and against draws; takes long")
    made.add_argument("--out", type=Path, metavar="DIR", help="a folder for the table, the curves and the figures")
    made.add_argument("--write-docs", action="store_true", help="write the table to docs/benchmarks.md")
    return made


def chosen(names: Sequence[str] | dict) -> Callable[[str], list[str]]:
    """A reader of names with commas between."""

    def read(text: str) -> list[str]:
        found = [name.strip() for name in text.split(",") if name.strip()]
        for name in found:
            if name not in names:
                raise argparse.ArgumentTypeError(f"'{name}' is not one of {', '.join(names)}")
        return found

    return read


if __name__ == "__main__":
    sys.exit(main())
