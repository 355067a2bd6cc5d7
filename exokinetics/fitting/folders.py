"""Names and paths to fits: the shipped folders below fits/, and folders or fit.toml files anywhere."""

from __future__ import annotations

from pathlib import Path

from exokinetics.data_files import data_folder
from exokinetics.errors import WrongInput, did_you_mean, raise_errors
from exokinetics.fitting.fit_file import read_fit_issues
from exokinetics.fitting.problem import Problem


def fit_folders() -> dict[str, Path]:
    """Every shipped fit by name."""
    return {path.parent.name: path.parent for path in sorted(data_folder("fits").glob("*/fit.toml"))}


def fits() -> list[str]:
    """The names of the shipped fits, sorted."""
    return sorted(fit_folders())


def load_fit(name_or_path: str | Path) -> Problem:
    """A shipped fit by name, or the fit of a folder or fit.toml; raises `WrongInput` that lists every issue."""
    if not isinstance(name_or_path, (str, Path)):
        raise WrongInput(f"{name_or_path!r} is neither the name of a fit nor a path")
    known = fit_folders()
    if isinstance(name_or_path, str) and name_or_path in known:
        path = known[name_or_path]
    else:
        path = Path(name_or_path)
        if not path.exists():
            raise WrongInput(f"'{name_or_path}' is neither a shipped fit nor a path{did_you_mean(str(path), known)}")
    problem, issues = read_fit_issues(path)
    raise_errors(issues)
    if problem is None:  # every reader that gives no problem gives an error
        raise WrongInput(f"{path}: cannot be read as a fit")
    return problem
