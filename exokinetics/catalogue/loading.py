"""Names and paths to models: the shipped ones below models/, TOML files anywhere, and SBML."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from exokinetics.catalogue.remembered import read_again, written
from exokinetics.data_files import data_folder
from exokinetics.errors import Issue, WrongInput, did_you_mean, raise_errors
from exokinetics.expressions.parsing import shorten
from exokinetics.machine.identity import digest_of
from exokinetics.machine.store import kept
from exokinetics.model.whole import Model

READ_BY = tuple(
    f"exokinetics.{name}" for name in ("catalogue", "expressions", "laws", "model", "named_units", "sbml", "units")
)
MAX_FILE_SIZE = 20_000_000


def mechanisms() -> list[str]:
    """The names of the laws that `use` fills in, sorted."""
    from exokinetics.laws import LAWS

    return sorted(LAWS)


def model_files() -> dict[str, Path]:
    """Every shipped model by name."""
    folder = data_folder("models")
    found = {path.stem: path for path in folder.rglob("*.toml") if "library" not in path.relative_to(folder).parts[:-1]}
    return dict(sorted(found.items()))


def models() -> list[str]:
    """The names of the shipped models, sorted."""
    return list(model_files())


def load(name_or_path: str | Path, variant: str = "") -> Model:
    """A shipped model by name, or a model from a path to a .toml or SBML .xml file.

    `variant`: another reading that its file holds, where sources contradict each other; see `Model.variants`.
    Raises `WrongInput` that lists every issue of the file, or names the nearest model.
    """
    path = locate(name_or_path)
    return _load(path, variant, _stamp((path, *_beside.get(path, ()))), _library_stamp())


def locate(name_or_path: str | Path) -> Path:
    """The file meant by a name or path; `WrongInput` if there is none."""
    if not isinstance(name_or_path, (str, Path)) or "\0" in str(name_or_path):
        raise WrongInput(f"{name_or_path!r} is neither the name of a model nor a path")
    known = model_files()
    if isinstance(name_or_path, str) and name_or_path in known:
        return known[name_or_path]
    path, text = Path(name_or_path), str(name_or_path)
    try:
        if path.is_file():
            return path
        if text and path.is_dir():
            raise WrongInput(f"'{text}' is a folder; give the path of a model file in it")
        if text and path.exists():
            raise WrongInput(f"'{text}' is not a regular file")
    except OSError as error:  # such as a name that is too long
        raise WrongInput(f"'{shorten(text)}' cannot be read: {error.strerror}") from None
    if path.suffix or "/" in text or "\\" in text:
        if path.is_symlink():
            raise WrongInput(f"'{text}' is a link that leads to no file")
        near = difflib.get_close_matches(path.name, [item.name for item in _siblings(path)], n=1)
        hint = f"; did you mean '{path.parent / near[0]}'?" if near else ""
        raise WrongInput(f"there is no file '{text}'{hint}")
    raise WrongInput(f"'{text}' is not a shipped model{did_you_mean(text, known)}")


def _siblings(path: Path) -> list[Path]:
    try:
        return list(path.parent.iterdir())
    except OSError:
        return []


# the files that a composed SBML model took submodels from when it was last read
_beside: dict[Path, tuple[Path, ...]] = {}


def _stamp(paths: Iterable[Path]) -> tuple[tuple[str, int, int], ...]:
    """What tells that a file has changed or is gone."""
    known = ((path.name, path.stat() if path.exists() else None) for path in paths)
    return tuple((name, status.st_mtime_ns, status.st_size) if status else (name, -1, -1) for name, status in known)


def _library_stamp() -> tuple[tuple[str, int, int], ...]:
    return _stamp(sorted((data_folder("models") / "library").glob("*.toml")))


@lru_cache(maxsize=64)
def _load(path: Path, variant: str, _changed: object, _library: object) -> Model:
    found: list[Model] = []

    def build() -> bytes:
        model, issues = read_model(path, variant)
        raise_errors(issues)
        if model is None:  # every reader that gives no model gives an error
            raise WrongInput(f"{path}: cannot be read as a model")
        found.append(model)
        return written(model)

    text = kept(_key(path, variant), build)
    return found[0] if found else read_again(text)


def _key(path: Path, variant: str) -> bytes:
    """Everything that a model depends on: its file, the library tables, and the program that reads them."""
    digest = sha256(repr((str(path), variant, digest_of(*READ_BY))).encode())
    for file in (path, *_companions(path), *sorted((data_folder("models") / "library").glob("*.toml"))):
        try:
            digest.update(sha256(file.read_bytes()).digest())
        except OSError as error:
            digest.update(repr(error).encode())
    return digest.digest()


def _companions(path: Path) -> tuple[Path, ...]:
    """The files that a composed SBML file takes submodels from; none for any other file."""
    _beside.pop(path, None)
    try:
        data = path.read_bytes()
        if b"externalModelDefinition" not in data:
            return ()
        from exokinetics.sbml.companions import companions

        names = companions(data.decode("utf-8", "replace"), path.parent)
    except (OSError, WrongInput):
        return ()  # reading the model says what is wrong
    _beside[path] = tuple(path.parent / name for name in sorted(names))
    return _beside[path]


def read_model(path: Path, variant: str = "") -> tuple[Model | None, list[Issue]]:
    """The model of a file, or one of its variants, and every issue on the way; the format is told by content."""
    text, issues = read_text(path)
    if issues:
        return None, issues
    if text.lstrip().startswith("<"):
        from exokinetics.sbml.reader import read_sbml_issues

        if variant:
            return None, [Issue(str(path), "variant", f"'{variant}' is not there: an SBML file has no variants")]
        return read_sbml_issues(text, path.stem, str(path))
    from exokinetics.catalogue.model_file import read_model_file

    return read_model_file(text, path, variant)


def check_model(path: Path) -> list[Issue]:
    """Every issue of a model file, its variants included."""
    text, issues = read_text(path)
    if issues or text.lstrip().startswith("<"):
        return issues or read_model(path)[1]
    from exokinetics.catalogue.model_file import check_model_file

    return check_model_file(text, path)


def read_text(path: Path) -> tuple[str, list[Issue]]:
    """The text of a file, or the issue that says why it cannot be had."""
    try:
        if path.stat().st_size > MAX_FILE_SIZE:
            return "", [Issue(str(path), "", f"is larger than {MAX_FILE_SIZE // 1_000_000} MB")]
        return path.read_bytes().decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        return "", [Issue(str(path), "", f"is not UTF-8 text (byte {error.start}); save it as UTF-8")]
    except OSError as error:
        return "", [Issue(str(path), "", f"cannot be read: {error.strerror}")]
