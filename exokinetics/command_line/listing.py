"""`list`: what ships, by name and title."""

from __future__ import annotations

import tomllib
from pathlib import Path

from exokinetics.command_line.outcome import Outcome
from exokinetics.command_line.page import Page
from exokinetics.errors import WrongInput, did_you_mean


def listing(what: str | None) -> Outcome:
    """The names and titles of one kind, or of all three."""
    if what is not None and what not in _TITLES:
        raise WrongInput(f"list: '{what}' is not listed{did_you_mean(what, _TITLES)}")
    kinds = [what] if what else list(_TITLES)
    found = {kind: _TITLES[kind]() for kind in kinds}

    def show(page: Page) -> None:
        for kind, titles in found.items():
            if what is None:
                page.heading(f"{kind} ({len(titles)})")
            if titles:
                page.table(("name", "title"), titles.items())

    names = {kind: list(titles) for kind, titles in found.items()}
    remarks = [f"There are no {kind} yet." for kind, titles in found.items() if not titles]
    return Outcome(names[what] if what else names, show, remarks)


def _models() -> dict[str, str]:
    from exokinetics.catalogue.loading import model_files

    return {name: title_of(path) for name, path in model_files().items()}


def _fits() -> dict[str, str]:
    # as `fits()` finds them, without the libraries of fitting, which take seconds to load
    from exokinetics.data_files import data_folder

    return {path.parent.name: title_of(path) for path in sorted(data_folder("fits").glob("*/fit.toml"))}


def _mechanisms() -> dict[str, str]:
    from exokinetics.laws import LAWS

    return {name: LAWS[name].documentation.partition("\n")[0] for name in sorted(LAWS)}


def title_of(path: Path) -> str:
    """The title that a file states, read without making a model of it; empty if there is none."""
    try:
        title = tomllib.loads(path.read_text("utf-8-sig")).get("title", "")
    except (OSError, ValueError, RecursionError):
        return ""
    return " ".join(title.split()) if isinstance(title, str) else ""


_TITLES = {"models": _models, "fits": _fits, "mechanisms": _mechanisms}
