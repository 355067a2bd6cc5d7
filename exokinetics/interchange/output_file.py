"""Output that appears whole or not at all: written beside its place under another name, then moved there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exokinetics.errors import WrongInput


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write in place of `path`, with the same ending; it takes the place when the block ends well.

    That the place can be written is found out at once, before the block runs. `WrongInput` says why it cannot.
    """
    target = path.resolve()
    _require_place(path, target)
    temporary = target.with_name(f".{target.stem}.{secrets.token_hex(4)}.part{target.suffix}")
    try:
        try:
            temporary.open("xb").close()
            yield temporary
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise WrongInput(f"{path}: cannot be written: {error.strerror or error}") from None


def _require_place(path: Path, target: Path) -> None:
    if target.is_dir():
        raise WrongInput(f"{path}: is a folder; give the name of a file in it")
    if target.exists() and not target.is_file():
        raise WrongInput(f"{path}: is not a regular file, so it cannot be replaced")
    require_folder(path.parent, path)


def require_folder(folder: Path, wanted: Path) -> None:
    """`WrongInput` unless `folder`, into which `wanted` is to be written, is there."""
    if not folder.exists():
        blocked = next((each for each in folder.parents if each.exists() and not each.is_dir()), None)
        if blocked is not None:
            raise WrongInput(f"{wanted}: cannot be written, because '{blocked}' is a file and not a folder")
        raise WrongInput(f"{wanted}: there is no folder '{folder}' to write it into; make the folder first")
    if not folder.is_dir():
        raise WrongInput(f"{wanted}: cannot be written, because '{folder}' is a file and not a folder")
