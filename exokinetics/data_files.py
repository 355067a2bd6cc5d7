"""Where the shipped models and fits lie: inside the installed package, or at the top of a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from exokinetics.errors import ExokineticsError


@cache
def data_folder(name: str) -> Path:
    """The folder `models` or `fits`, from a wheel, an editable install or a checkout."""
    package = Path(__file__).parent
    for candidate in (package / "data" / name, package.parent / name):
        if candidate.is_dir():
            return candidate
    raise ExokineticsError(f"the folder '{name}' that ships with exokinetics is missing; install the package anew")
