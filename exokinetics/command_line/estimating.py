"""`fit`: estimates from data, with a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from exokinetics.command_line.outcome import Outcome
from exokinetics.errors import WrongInput, did_you_mean

if TYPE_CHECKING:
    from exokinetics.fitting import Problem


def estimating(
    name: str, rival: str | None, starts: int, seed: int, out: Path | None, *, progress: bool, resume: bool = False,
    method: str = "least_squares", threads: int | None = None,
) -> Outcome:  # fmt: skip
    """Fit (or a rival of it), report, and write the result into the folder `out` if there is one.

    The folder keeps the checkpoint of the search, with which `resume` goes on.
    """
    from exokinetics.fitting import fit, load_fit, predict_held_out
    from exokinetics.interchange.output_file import require_folder

    if out is not None:
        require_folder(out if out.exists() else out.parent, out)
    problem = chosen(load_fit(name), rival)
    if resume and out is None:
        raise WrongInput("--resume needs --out DIR, the folder that keeps the checkpoint")
    book, remarks = checkpoint_below(out), []
    if resume and book is not None and not book.exists():
        remarks.append(f"{book}: there is no such checkpoint yet, so the search began afresh.")
    found = fit(
        problem, starts=starts, seed=seed, method=method, threads=threads, checkpoint=book, resume=resume,
        progress=progress,
    )  # fmt: skip
    predicted = predict_held_out(found) if problem.held_out is not None else None
    if out is not None:
        found.save(out)
        if predicted is not None:
            predicted.save(out)
        remarks.append(f"{out}: the result was written into this folder.")
    if rival is None and problem.rivals:
        names = ", ".join(problem.rivals)
        remarks.append(f"Rivals: {names}; --rivals fits them too and says which the data can tell apart.")
    report = "\n\n".join([found.report(), *([predicted.verdict] if predicted is not None else [])])
    result = {
        "name": name, "rival": rival, "cost": found.cost, "values": found.values, "errors": found.errors,
        "intervals": found.intervals, "held_out": predicted.record() if predicted is not None else None,
        "starts": found.starts.to_dict("records"), "report": report,
    }  # fmt: skip
    return Outcome(result, lambda page: page.text(report), remarks)


def checkpoint_below(out: Path | None) -> Path | None:
    """Where a folder keeps the checkpoint of its search; the folder is made."""
    if out is None:
        return None
    out.mkdir(parents=True, exist_ok=True)
    return out / "checkpoint.sqlite"


def chosen(problem: Problem, rival: str | None) -> Problem:
    """The fit, or the rival of it that --rival names."""
    if rival is None:
        return problem
    if not problem.rivals:
        raise WrongInput(f"--rival: {problem.name} has no rivals")
    if rival not in problem.rivals:
        raise WrongInput(f"--rival: '{rival}' is no rival of {problem.name}{did_you_mean(rival, problem.rivals)}")
    return problem.rivals[rival]
