"""The other files that a composed model takes submodels from: those beside it, and nothing else."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePosixPath
from xml.parsers import expat

from exokinetics.errors import WrongInput

MAX_FILES = 50
MAX_BYTES = 20_000_000
_ELEMENT = "externalModelDefinition"


def sources(text: str) -> list[str]:
    """The `source` of every external model definition of a text; none if it is not XML, which its scan reports."""
    if _ELEMENT not in text:
        return []
    found: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rsplit(" ", 1)[-1] == _ELEMENT:
            found.extend(value for key, value in attributes.items() if key.rsplit(" ", 1)[-1] == "source")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    with suppress(expat.ExpatError):
        parser.Parse(text.encode("utf-8", "replace"), True)
    return found


def companions(text: str, folder: Path) -> dict[str, str]:
    """The texts of all files that a text takes models from, by name, and of those that they take models from.

    `WrongInput` for one that is not there, is too large, or is not named as a file in the folder.
    """
    found: dict[str, str] = {}
    pending = sources(text)
    while pending:
        source = pending.pop()
        if source in found:
            continue
        if len(found) == MAX_FILES:
            raise WrongInput(f"it takes models from more than {MAX_FILES} other files; put them into one")
        found[source] = _text(source, folder)
        pending += sources(found[source])
    return found


def _text(source: str, folder: Path) -> str:
    name = PurePosixPath(source)
    if ":" in source or "\\" in source or name.is_absolute() or ".." in name.parts or not source:
        raise WrongInput(f"a model is taken from '{source}'; only a file in the folder of this one is read")
    path = folder / name
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for without end
            raise WrongInput(f"'{source}', which a model is taken from, is not a regular file")
        if path.resolve().parent != (folder / name.parent).resolve() or path.stat().st_size > MAX_BYTES:
            raise WrongInput(f"'{source}', which a model is taken from, is a link or larger than {MAX_BYTES:,} bytes")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WrongInput(f"'{source}', which a model is taken from, is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise WrongInput(f"'{source}', which a model is taken from, cannot be read: {error.strerror}") from None
