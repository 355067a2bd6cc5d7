"""The cases of the SBML Test Suite: what each asks for, which features it is about, and the published result."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TIME_COURSE = "TimeCourse"
# what a case may need beyond plain differential equations, rules and events, by the tags that say so
BEYOND = {
    "delay": {"CSymbolDelay"}, "algebraic": {"AlgebraicRule"}, "fast": {"FastReaction", "MultipleFastReactions"},
}  # fmt: skip
_FIELD = r"^[ \t]*{}:[ \t]*(.*?)(?=^[ \t]*\w+:|\n[ \t]*\n)"
_SETTING = re.compile(r"^\s*(\w+)\s*:(.*)$", re.MULTILINE)
_MODEL_FILE = re.compile(r"-sbml-l(\d)v(\d)\.xml$")


@dataclass(frozen=True)
class Case:
    """One case; `tags` are its component and test tags, `times` and `expected` (variable to array) its result.

    `amounts` and `concentrations` are the species whose result is to be given as one or the other.
    """

    number: str
    model: Path
    kind: str
    tags: tuple[str, ...]
    times: np.ndarray
    expected: dict[str, np.ndarray]
    amounts: frozenset[str]
    concentrations: frozenset[str]
    absolute: float
    relative: float

    @property
    def group(self) -> str:
        """`plain` for differential equations, rules and events; else the first feature beyond them."""
        for name, tags in BEYOND.items():
            if tags & set(self.tags):
                return name
        return "composed" if any(tag.startswith("comp") for tag in self.tags) else "plain"


def numbers_of(folder: Path, wanted: list[str] | None = None) -> list[str]:
    """The numbers of all cases below the folder, or of those wanted (one or ranges such as 00001-00100)."""
    known = sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name.isdigit())
    if not wanted:
        return known
    spans = [(part.split("-")[0].zfill(5), part.split("-")[-1].zfill(5)) for part in wanted]
    return [name for name in known if any(low <= name <= high for low, high in spans)]


def case_of(folder: Path, number: str) -> Case:
    """The case with this number, with the model in its newest level and version."""
    place = folder / number
    about = (place / f"{number}-model.m").read_text("utf-8", "replace")
    tags = (*_listed(about, "componentTags"), *_listed(about, "testTags"))
    kind = (_listed(about, "testType") or [TIME_COURSE])[0]
    settings = dict(_SETTING.findall((place / f"{number}-settings.txt").read_text("utf-8")))
    listed = {key: frozenset(_names(settings.get(key, ""))) for key in ("amount", "concentration")}
    times, expected = _result(place / f"{number}-results.csv") if kind == TIME_COURSE else (np.empty(0), {})
    return Case(
        number, newest(place), kind, tags, times, {name: expected[name] for name in _names(settings["variables"])}
        if kind == TIME_COURSE else {}, listed["amount"], listed["concentration"],
        float(settings["absolute"] or 0.0), float(settings["relative"] or 0.0),
    )  # fmt: skip


def newest(place: Path) -> Path:
    """The model file of a case in the newest level and version that it has."""
    found = {match.groups(): path for path in place.iterdir() if (match := _MODEL_FILE.search(path.name))}
    return found[max(found)]


def _listed(about: str, key: str) -> list[str]:
    found = re.search(_FIELD.format(key), about, re.MULTILINE | re.DOTALL)
    return _names(found.group(1)) if found else []


def _names(text: str) -> list[str]:
    return [name for part in text.replace("\n", ",").split(",") if (name := part.strip())]


def _result(path: Path) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Times and columns; numbers are INF, -INF and NaN as well."""
    head, *lines = [line for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
    rows = np.array([[float(cell) for cell in line.split(",")] for line in lines])
    names = [name.strip().strip('"') for name in head.split(",")]
    return rows[:, 0], {name: rows[:, index] for index, name in enumerate(names) if index}
