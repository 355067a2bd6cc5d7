"""`fit --rivals`: a fit and all of its rivals, and which of them the data can tell apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exokinetics.command_line.outcome import Outcome
from exokinetics.errors import WrongInput

if TYPE_CHECKING:
    from exokinetics.fitting import Fit, Problem


@dataclass(frozen=True)
class Search:
    """How each of the fits is searched for."""

    starts: int
    seed: int
    method: str
    threads: int | None
    resume: bool


def comparing(name: str, search: Search, out: Path | None, *, progress: bool) -> Outcome:
    """Fit all of them, compare them, and write each result into the folder `out` if there is one.

    The folder is laid out as that of a fit: the rivals below `rivals/NAME`, each with its own checkpoint.
    """
    from exokinetics.fitting import compare, load_fit
    from exokinetics.fitting.comparison import comparison_report
    from exokinetics.interchange.output_file import require_folder

    if out is not None:
        require_folder(out if out.exists() else out.parent, out)
    if search.resume and out is None:
        raise WrongInput("--resume needs --out DIR, the folder that keeps the checkpoints")
    problem = load_fit(name)
    if not problem.rivals:
        raise WrongInput(f"--rivals: {problem.name} has no rivals; docs/fit_files.md says how a fit names them")
    rivals, warnings = _comparable(problem)
    found = {problem.name: _fitted(problem, search, out, progress)}
    for rival in rivals.values():
        below = out / "rivals" / rival.rival if out is not None else None
        found[rival.rival] = _fitted(rival, search, below, progress)
    table = compare(*found.values())
    remarks = [] if out is None else [f"{out}: the results were written into this folder."]
    if out is not None:
        table.to_csv(out / "comparison.csv", index=False)
    report = f"{found[problem.name].report()}\n\n{comparison_report(table)}"
    result = {
        "name": name, "comparison": table.to_dict("records"), "report": report,
        "fits": {
            label: {"cost": each.cost, "values": each.values, "errors": each.errors, "intervals": each.intervals}
            for label, each in found.items()
        },
    }  # fmt: skip
    return Outcome(result, lambda page: page.text(report), remarks, warnings)


def _comparable(problem: Problem) -> tuple[Mapping[str, Problem], list[str]]:
    """The rivals that describe the same measurements, and why others are left out."""
    from exokinetics.fitting.comparison import require_same_data

    kept: dict[str, Problem] = {}
    left: list[str] = []
    for name, rival in problem.rivals.items():
        try:
            require_same_data(problem, rival)
            kept[name] = rival
        except WrongInput as error:
            left.append(f"{name} is left out: {error}")
    if not kept:
        raise WrongInput("\n".join(left))
    return kept, left


def _fitted(problem: Problem, search: Search, out: Path | None, progress: bool) -> Fit:
    from exokinetics.command_line.estimating import checkpoint_below
    from exokinetics.fitting import fit, predict_held_out

    found = fit(
        problem, starts=search.starts, seed=search.seed, method=search.method, threads=search.threads,
        checkpoint=checkpoint_below(out), resume=search.resume, progress=progress,
    )  # fmt: skip
    if out is not None:
        found.save(out)
        if problem.held_out is not None:
            predict_held_out(found).save(out)
    return found
