"""A fit folder that appears whole or not at all, and never in place of another."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from exokinetics.errors import WrongInput


def require_new(folder: Path) -> None:
    """`WrongInput` if there is something in the place of the folder, or no place for it."""
    if folder.exists() or folder.is_symlink():
        raise WrongInput(
            f"'{folder}' is there already, and is not overwritten; remove it, or name another folder with --out"
        )
    parent = folder.resolve().parent
    if not parent.is_dir():
        raise WrongInput(f"'{folder}' cannot be made, because there is no folder '{parent}'; make that first")


def written_folder(folder: Path, texts: Mapping[str, str | bytes], check: Callable[[Path], None]) -> Path:
    """Write the files beside the place under another name, `check` them there, then rename; returns the folder."""
    require_new(folder)
    target = folder.resolve()
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        beside.mkdir()
        try:
            for name, text in texts.items():
                (beside / name).write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
            check(beside)
            require_new(folder)
            os.rename(beside, target)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise WrongInput(f"'{folder}' cannot be written: {error.strerror or error}") from None
    return folder
