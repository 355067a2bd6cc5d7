"""`read` and `check`: what a file holds is told by its content, and every fault of it is reported at once."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from exokinetics.catalogue.loading import check_model, load, locate, model_files, read_text
from exokinetics.errors import Issue, WrongInput, did_you_mean, raise_errors
from exokinetics.model.whole import Model

if TYPE_CHECKING:
    from exokinetics.fitting import Problem

Kind = Literal["model", "fit", "sbml"]

FIT_FILE = "fit.toml"
_PLANNED = {
    ".ant": "Antimony", ".omex": "a COMBINE archive (OMEX)", ".yaml": "PEtab", ".yml": "PEtab",
}  # fmt: skip
_ARCHIVE = b"PK\x03\x04"


def read(path: str | Path) -> Model | Problem:
    """The model or the fit that a file holds, told by its content; a folder with a fit.toml is a fit.

    Raises `WrongInput` that lists every issue of the file.
    """
    kind, place, issues = _sort(Path(path))
    raise_errors(issues)
    if kind != "fit":
        return load(place)
    from exokinetics.fitting import load_fit

    return load_fit(place)


def check(path: str | Path) -> list[Issue]:
    """Every issue of a model file, a fit (its folder or fit.toml) or an SBML file; empty if all is well.

    Never raises for a bad file: that it is missing, binary or something else altogether is an issue, too.
    """
    try:
        kind, place, issues = _sort(Path(path))
        if issues:
            return issues
        return _fit_issues(place) if kind == "fit" else check_model(place)
    except WrongInput as error:
        return [Issue(str(path), "", line.removeprefix(f"{path}: ")) for line in str(error).splitlines()]
    except Exception as error:  # a reader that stumbles is at fault itself, but the file is no good either
        text = f"cannot be read, and exokinetics cannot tell why ({type(error).__name__}: {error}); please report this"
        return [Issue(str(path), "", " ".join(text.split()))]


def _fit_issues(place: Path) -> list[Issue]:
    from exokinetics.fitting.fit_file import read_fit_issues

    problem, issues = read_fit_issues(place)
    return [*issues, *problem.lint()[len(problem.warnings) :]] if problem is not None else issues


def _sort(path: Path) -> tuple[Kind, Path, list[Issue]]:
    """What the file holds and where it is, or the issue that says why that cannot be told."""
    place, issues = _place(path)
    if issues:
        return "model", path, issues
    shown = str(path)
    if place.suffix.lower() in _PLANNED or _starts_as_archive(place):
        what = _PLANNED.get(place.suffix.lower(), "an archive")
        return "model", place, [Issue(shown, "", f"is {what}, which cannot be read yet; TOML and SBML can")]
    text, issues = read_text(place)
    if issues:
        return "model", place, issues
    if text.lstrip().startswith("<"):
        return "sbml", place, []
    return _sort_toml(text, place)


def _place(path: Path) -> tuple[Path, list[Issue]]:
    try:
        if path.is_dir():
            inside = path / FIT_FILE
            if inside.is_file():
                return inside, []
            return path, [Issue(str(path), "", f"is a folder without a {FIT_FILE}; give the path of a file")]
        if path.exists() and not path.is_file():
            return path, [Issue(str(path), "", "is not a regular file")]
        return locate(path), []
    except WrongInput as error:
        return path, [Issue("", "", str(error))]
    except (OSError, ValueError) as error:
        return path, [Issue(str(path), "", f"cannot be read: {getattr(error, 'strerror', None) or error}")]


def _starts_as_archive(place: Path) -> bool:
    try:
        with place.open("rb") as file:
            return file.read(4) == _ARCHIVE
    except OSError:
        return False


def _sort_toml(text: str, place: Path) -> tuple[Kind, Path, list[Issue]]:
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError):
        # the reader of either kind says what is wrong with it
        return ("fit" if place.name == FIT_FILE else "model"), place, []
    kind = _kind(content, place)
    if kind is None:
        hint = "a model has tables [part.ID], a fit names its model"
        return "model", place, [Issue(str(place), "", f"is neither a model nor a fit: {hint}")]
    return kind, place, []


def _kind(content: dict[str, Any], place: Path) -> Kind | None:
    if "part" in content:
        return "model"
    if place.name == FIT_FILE or isinstance(content.get("model"), str):
        return "fit"
    return "model" if content.keys() & {"time_unit", "start", "initial"} else None


def place_of_name(name: str) -> Path:
    """The file of a shipped model or fit by name, or else the name as a path."""
    known = model_files()
    if name in known:
        return known[name]
    if Path(name).exists() or Path(name).suffix or "/" in name:
        return Path(name)
    from exokinetics.data_files import data_folder
    from exokinetics.fitting import fits

    if name in fits():
        return data_folder("fits") / name
    raise WrongInput(f"'{name}' is neither a file nor a shipped model or fit{did_you_mean(name, [*known, *fits()])}")
