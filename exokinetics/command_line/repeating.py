"""`sample`, `bootstrap`, `cross-validate`, `held-out`: what a fit leaves open, from its stored result or a new fit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from exokinetics.command_line.outcome import Outcome
from exokinetics.command_line.progress import progress_bar

if TYPE_CHECKING:
    from exokinetics.fitting import Fit


class Found(Protocol):
    """What can report and save itself."""

    def report(self) -> str: ...

    def save(self, folder: str | Path) -> list[Path]: ...


def sampling(
    name: str, rival: str | None, steps: int, walkers: int | None, seed: int, out: Path | None, *, progress: bool
) -> Outcome:
    """Sample the posterior, report, and write into the folder `out` if there is one."""
    from exokinetics.fitting import sample

    fitted, remarks = _fitted(name, rival, out)
    skipped = steps // 4
    with progress_bar("steps", steps + skipped, progress) as done:
        found = sample(fitted, steps=steps, burn=skipped, walkers=walkers, seed=seed, progress=done or False)
    told = {"verdict": found.verdict, "converged": found.converged, "parameters": _rows(found.summary)}
    return _outcome(name, rival, found, told, out, remarks)


def bootstrapping(
    name: str, rival: str | None, repeats: int, kind: str, seed: int, out: Path | None, *, progress: bool
) -> Outcome:
    """Fit again to data drawn anew, report, and write into the folder `out` if there is one."""
    from exokinetics.fitting import bootstrap

    fitted, remarks = _fitted(name, rival, out)
    with progress_bar("repeats", repeats, progress) as done:
        found = bootstrap(fitted, repeats=repeats, kind=kind, seed=seed, progress=done or False)
    told = {"verdict": found.verdict, "failures": len(found.failures), "parameters": _rows(found.summary)}
    return _outcome(name, rival, found, told, out, remarks)


def cross_validating(name: str, rival: str | None, starts: int, seed: int, out: Path | None) -> Outcome:
    """Leave out each condition, report, and write into the folder `out` if there is one."""
    from exokinetics.fitting import cross_validate

    fitted, remarks = _fitted(name, rival, out)
    found = cross_validate(fitted, starts=starts, seed=seed)
    told = {
        "verdict": found.verdict, "log_density": found.log_density, "groups": found.table.to_dict("records")
    }  # fmt: skip
    return _outcome(name, rival, found, told, out, remarks)


def predicting_held_out(name: str, rival: str | None, draws: int, seed: int, out: Path | None) -> Outcome:
    """Predict what is held out, report, and write into the folder `out` if there is one."""
    from exokinetics.fitting import predict_held_out

    fitted, remarks = _fitted(name, rival, out)
    found = predict_held_out(fitted, draws=draws, seed=seed)
    told = {
        "verdict": found.verdict, "coverage": found.coverage.to_dict("records"),
        "measurements": found.table.to_dict("records"),
    }  # fmt: skip
    return _outcome(name, rival, found, told, out, remarks)


def _fitted(name: str, rival: str | None, out: Path | None) -> tuple[Fit, list[str]]:
    """The fit of the stored result, or a new one with a remark that says so."""
    from exokinetics.command_line.estimating import chosen
    from exokinetics.fitting import fit, load_fit
    from exokinetics.fitting.stored import stored_fit
    from exokinetics.interchange.output_file import require_folder

    if out is not None:
        require_folder(out if out.exists() else out.parent, out)
    problem = chosen(load_fit(name), rival)
    found = stored_fit(problem)
    if found is not None:
        return found, []
    return fit(problem, progress=False), [f"{rival or name} has no stored result, so it was fitted first."]


def _rows(summary: Any) -> dict[str, Any]:
    return {str(name): row.to_dict() for name, row in summary.iterrows()}


def _outcome(
    name: str, rival: str | None, found: Found, told: dict[str, Any], out: Path | None, remarks: list[str]
) -> Outcome:
    if out is not None:
        found.save(out)
        remarks = [*remarks, f"{out}: the tables were written into this folder."]
    report = found.report()
    result = {"name": name, "rival": rival, **told, "report": report}
    return Outcome(result, lambda page: page.text(report), remarks)
