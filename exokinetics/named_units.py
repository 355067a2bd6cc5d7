"""The names of units: what `units.txt` defines, every spelling of it, and the SI prefixes in front."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

_NUMBER = re.compile(r"([0-9.]+(?:e-?[0-9]+)?)? *\*? *(.*)")
_SHORTEST_PLURAL = 4  # "ms" is a millisecond, not two of anything


@dataclass(frozen=True)
class Definition:
    """One unit of `units.txt`: `factor` times the unit that `text` says; a base unit has no text."""

    name: str
    symbol: str
    factor: float
    text: str


@dataclass(frozen=True)
class Named:
    """A unit with its SI prefix, by full names: nM is nano and molar; `scale` is what the prefix stands for."""

    prefix: str
    definition: Definition
    scale: float
    symbol: str


@lru_cache(maxsize=4096)
def named(spelling: str) -> Named | None:
    """The unit of a name, symbol or plural with any prefix, such as `nM`, `nanomolar` or `hours`; None if unknown."""
    units, prefixes = _definitions()
    for candidate in (spelling, spelling[:-1] if len(spelling) > _SHORTEST_PLURAL and spelling[-1] == "s" else ""):
        for written, (prefix, symbol, scale) in prefixes.items():
            found = units.get(candidate[len(written) :]) if candidate.startswith(written) else None
            if found:
                return Named(prefix, found, scale, symbol + found.symbol)
    return None


@cache
def _definitions() -> tuple[dict[str, Definition], dict[str, tuple[str, str, float]]]:
    """Units by spelling, and full name, symbol and scale of prefixes by spelling; no prefix comes first."""
    units: dict[str, Definition] = {}
    prefixes = {"": ("", "", 1.0)}
    for line in Path(__file__).with_name("units.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, meaning, *spellings = line.split(" = ")
        if name.endswith("-"):
            symbol = spellings[0].rstrip("-")
            prefixes |= dict.fromkeys((name.rstrip("-"), symbol), (name.rstrip("-"), symbol, float(meaning)))
            continue
        symbol = spellings[0] if spellings and spellings[0] != "_" else name
        definition = _definition(name, symbol, meaning)
        units |= dict.fromkeys((name, symbol, *spellings[1:]), definition)
    return units, prefixes


def _definition(name: str, symbol: str, meaning: str) -> Definition:
    if meaning.startswith("["):
        return Definition(name, symbol, 1.0, "")
    match = _NUMBER.fullmatch(meaning)
    assert match  # every line of our own file is a number, a unit, or the product of both
    factor, text = match.groups()
    return Definition(name, symbol, float(factor or 1.0), f"1{text}" if text.startswith("/") else text or "1")
