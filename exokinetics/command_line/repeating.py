"""`profile`, `sample`, `bootstrap`, `cross-validate`, `held-out`: what a fit leaves open; fits first where need be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from exokinetics.command_line.outcome import Outcome

if TYPE_CHECKING:
    from exokinetics.fitting import Fit


@dataclass(frozen=True)
class Asked:
    """The fit or the rival that is meant, the folder to write into if there is one, and whether a bar is wanted."""

    name: str
    rival: str | None
    out: Path | None
    progress: bool


class Found(Protocol):
    """What can report and save itself."""

    def report(self) -> str: ...

    def save(self, folder: str | Path) -> list[Path]: ...


def profiling(asked: Asked, parameters: tuple[str, ...]) -> Outcome:
    """Profile the parameters, all if there are none."""
    from exokinetics.fitting import profile

    fitted, remarks = _fitted(asked)
    found = profile(fitted, parameters=parameters or None, progress=asked.progress)
    told = {
        "cost": fitted.cost, "intervals": found.intervals, "verdicts": found.verdicts, "better": found.better,
        "profiles": found.table.to_dict("records"),
    }  # fmt: skip
    return _outcome(asked, found, told, remarks)


def sampling(asked: Asked, steps: int, walkers: int | None, seed: int) -> Outcome:
    """Sample the posterior."""
    from exokinetics.fitting import sample

    fitted, remarks = _fitted(asked)
    found = sample(fitted, steps=steps, walkers=walkers, seed=seed, progress=asked.progress)
    told = {"verdict": found.verdict, "converged": found.converged, "parameters": _rows(found.summary)}
    return _outcome(asked, found, told, remarks)


def bootstrapping(asked: Asked, repeats: int, kind: str, seed: int) -> Outcome:
    """Fit again to data drawn anew."""
    from exokinetics.fitting import bootstrap

    fitted, remarks = _fitted(asked)
    found = bootstrap(fitted, repeats=repeats, kind=kind, seed=seed, progress=asked.progress)
    told = {"verdict": found.verdict, "failures": len(found.failures), "parameters": _rows(found.summary)}
    return _outcome(asked, found, told, remarks)


def cross_validating(asked: Asked, starts: int, seed: int) -> Outcome:
    """Leave out each condition."""
    from exokinetics.fitting import cross_validate

    fitted, remarks = _fitted(asked)
    found = cross_validate(fitted, starts=starts, seed=seed, progress=asked.progress)
    told = {"verdict": found.verdict, "log_density": found.log_density, "groups": found.table.to_dict("records")}
    return _outcome(asked, found, told, remarks)


def predicting_held_out(asked: Asked, draws: int, seed: int) -> Outcome:
    """Predict what is held out."""
    from exokinetics.fitting import predict_held_out

    fitted, remarks = _fitted(asked)
    found = predict_held_out(fitted, draws=draws, seed=seed)
    told = {
        "verdict": found.verdict, "coverage": found.coverage.to_dict("records"),
        "measurements": found.table.to_dict("records"),
    }  # fmt: skip
    return _outcome(asked, found, told, remarks)


def _fitted(asked: Asked) -> tuple[Fit, list[str]]:
    """The fit of the stored result, or a new one with a remark that says so."""
    from exokinetics.command_line.estimating import chosen
    from exokinetics.fitting import fit, load_fit
    from exokinetics.fitting.stored import stored_fit
    from exokinetics.interchange.output_file import require_folder

    if asked.out is not None:
        require_folder(asked.out if asked.out.exists() else asked.out.parent, asked.out)
    problem = chosen(load_fit(asked.name), asked.rival)
    found = stored_fit(problem)
    if found is not None:
        return found, []
    remark = f"{asked.rival or asked.name} has no stored result, so it was fitted first."
    return fit(problem, progress=asked.progress), [remark]


def _rows(summary: Any) -> dict[str, Any]:
    return {str(name): row.to_dict() for name, row in summary.iterrows()}


def _outcome(asked: Asked, found: Found, told: dict[str, Any], remarks: list[str]) -> Outcome:
    """The report and what --json tells, after writing into the folder if there is one."""
    if asked.out is not None:
        found.save(asked.out)
        remarks = [*remarks, f"{asked.out}: the tables were written into this folder."]
    report = found.report()
    result = {"name": asked.name, "rival": asked.rival, **told, "report": report}
    return Outcome(result, lambda page: page.text(report), remarks)
