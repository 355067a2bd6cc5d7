"""Files of an outcome, written into a folder all at once: each appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from exokinetics.errors import WrongInput


def save_whole(folder: str | Path, files: Mapping[str, Callable[[Path], object]]) -> list[Path]:
    """Write each file by its function; nothing that was there is touched before everything new is written.

    Raises `WrongInput` where the folder cannot be written to.
    """
    place = Path(folder)
    beside = {name: place / f"part.{name}" for name in files}
    try:
        place.mkdir(parents=True, exist_ok=True)
        for name, write in files.items():
            write(beside[name])
        for name, written in beside.items():
            os.replace(written, place / name)
    except OSError as error:
        raise WrongInput(f"'{folder}' cannot be written to: {error.strerror}; choose another folder") from None
    finally:
        for written in beside.values():
            with contextlib.suppress(OSError):
                written.unlink()
    return [place / name for name in files]
