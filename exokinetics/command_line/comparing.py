"""`fit --rivals`: a fit and all of its rivals, and which of them the data can tell apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exokinetics.command_line.estimating import teller
from exokinetics.command_line.outcome import Outcome
from exokinetics.errors import WrongInput

if TYPE_CHECKING:
    from exokinetics.fitting import Fit, Problem


def comparing(
    name: str, starts: int, seed: int, out: Path | None, *, progress: bool, resume: bool = False,
    method: str = "scoring", threads: int | None = None,
) -> Outcome:  # fmt: skip
    """Fit all of them, compare them, and write each result into the folder `out` if there is one.

    The folder is laid out as that of a fit: the rivals below `rivals/NAME`, each with its own checkpoint.
    """
    from exokinetics.fitting import compare, load_fit
    from exokinetics.fitting.comparison import comparison_report
    from exokinetics.interchange.output_file import require_folder

    if out is not None:
        require_folder(out if out.exists() else out.parent, out)
    if resume and out is None:
        raise WrongInput("--resume needs --out DIR, the folder that keeps the checkpoints")
    problem = load_fit(name)
    if not problem.rivals:
        raise WrongInput(f"--rivals: {problem.name} has no rivals; docs/fit_files.md says how a fit names them")
    rivals, warnings = _comparable(problem)
    settings = {"starts": starts, "seed": seed, "method": method, "threads": threads}
    found = {problem.name: _fitted(problem, settings, out, progress, resume)}
    for rival in rivals.values():
        below = out / "rivals" / rival.rival if out is not None else None
        found[rival.rival] = _fitted(rival, settings, below, progress, resume)
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


def _fitted(problem: Problem, settings: Mapping[str, Any], out: Path | None, progress: bool, resume: bool) -> Fit:
    from exokinetics.command_line.progress import progress_bar
    from exokinetics.fitting import fit

    kept: dict[str, Any] = {}
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        kept = {"checkpoint": out / "checkpoint.sqlite", "resume": resume}
    with progress_bar(problem.rival or problem.name, settings["starts"], progress) as bar:
        found = fit(problem, progress=teller(bar), **settings, **kept)
    if out is not None:
        found.save(out)
    return found
