"""`fit`: estimates from data, with a report."""

from __future__ import annotations

from pathlib import Path

from exokinetics.command_line.outcome import Outcome


def estimating(name: str, starts: int, seed: int, out: Path | None, *, progress: bool) -> Outcome:
    """Fit, report, and write the result into the folder `out` if there is one."""
    from exokinetics.command_line.progress import progress_bar
    from exokinetics.fitting import fit, load_fit
    from exokinetics.interchange.output_file import require_folder

    if out is not None:
        require_folder(out if out.exists() else out.parent, out)
    problem = load_fit(name)
    with progress_bar("starts", starts, progress) as done:
        found = fit(problem, starts=starts, seed=seed, progress=done or False)
    remarks = []
    if out is not None:
        found.save(out)
        remarks.append(f"{out}: the result was written into this folder.")
    report = found.report()
    result = {
        "name": name, "cost": found.cost, "values": found.values, "errors": found.errors,
        "intervals": found.intervals, "starts": found.starts.to_dict("records"), "report": report,
    }  # fmt: skip
    return Outcome(result, lambda page: page.text(report), remarks)
