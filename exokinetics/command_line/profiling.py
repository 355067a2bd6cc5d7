"""`profile`: what the data say of each parameter of a fit, from its stored result or a new fit."""

from __future__ import annotations

from pathlib import Path

from exokinetics.command_line.outcome import Outcome


def profiling(
    name: str, rival: str | None, parameters: tuple[str, ...], out: Path | None, *, progress: bool
) -> Outcome:
    """Profile the parameters (all if there are none), report, and write into the folder `out` if there is one."""
    from exokinetics.command_line.estimating import chosen
    from exokinetics.fitting import fit, load_fit, profile
    from exokinetics.fitting.stored import stored_fit
    from exokinetics.interchange.output_file import require_folder

    if out is not None:
        require_folder(out if out.exists() else out.parent, out)
    problem = chosen(load_fit(name), rival)
    found = stored_fit(problem)
    remarks = [] if found else [f"{rival or name} has no stored result, so it was fitted first."]
    profiles = profile(found or fit(problem, progress=progress), parameters=parameters or None, progress=progress)
    if out is not None:
        profiles.save(out)
        remarks.append(f"{out}: the profiles were written into this folder.")
    report = profiles.report()
    result = {
        "name": name, "rival": rival, "cost": profiles.fit.cost, "intervals": profiles.intervals,
        "verdicts": profiles.verdicts,
        "better": profiles.better, "profiles": profiles.table.to_dict("records"), "report": report,
    }  # fmt: skip
    return Outcome(result, lambda page: page.text(report), remarks)
