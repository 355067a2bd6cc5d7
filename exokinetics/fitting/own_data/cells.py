"""Numbers as people write them: decimal points or commas, empty cells, limits of quantification."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from exokinetics.errors import WrongInput
from exokinetics.expressions.parsing import shorten

MISSING = frozenset({"", "na", "n/a", "nan", "#n/a", "none", "null", "-", "\u2013", "\u2014", ".", "missing"})
UNCLEAR = frozenset({"nd", "n.d.", "n.d", "bdl", "bql", "blq", "lod", "<lod", "<lloq", "lloq", "udl", "bld"})

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_LIMIT = re.compile(r"\s*([<>\u2264\u2265])=?\s*(.*)")
_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d{1,3})?")
_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d{1,3})?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+")
_POINTED_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+,\d+")
_COMMA_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+\.\d+")


@dataclass(frozen=True)
class Cell:
    """A number as text that Python reads, or nothing (not measured); `limit` is `<` or `>` if it lies beyond it."""

    text: str = ""
    limit: str = ""

    @property
    def value(self) -> float:
        """The number; nan where nothing was measured."""
        return float(self.text) if self.text else math.nan


def decimal_sign(name: str, texts: Iterable[str]) -> str:
    """`,` or `.`: the decimal sign of all numbers of a table; `WrongInput` where both can be meant."""
    cells = [_LIMIT.sub(r"\2", text).strip() for text in texts]
    commas = [text for text in cells if _COMMA.fullmatch(text)]
    points = [text for text in cells if _POINT.fullmatch(text)]
    both = [_POINTED_THOUSANDS.fullmatch(text) is not None for text in cells if "," in text and "." in text]
    grouped = [text for text in commas if _THOUSANDS.fullmatch(text)]
    if any(both):
        return ","
    if not commas:
        return "."
    if points and len(grouped) < len(commas):
        raise WrongInput(f"{name}: holds '{commas[0]}' and '{points[0]}'; write all numbers with the same decimal sign")
    if points:
        return "."
    if len(grouped) == len(commas):
        raise WrongInput(
            f"{name}: '{grouped[0]}' may be {grouped[0].replace(',', '.')} or {grouped[0].replace(',', '')}; "
            "write it with a decimal point, or without a comma"
        )
    return ","


def is_number(text: str) -> bool:
    """Whether a cell holds a number or a limit, in either decimal sign."""
    bare = _LIMIT.sub(r"\2", text).strip()
    return any(
        pattern.fullmatch(bare) for pattern in (_NUMBER, _COMMA, _THOUSANDS, _POINTED_THOUSANDS, _COMMA_THOUSANDS)
    )


def is_missing(text: str) -> bool:
    """Whether a cell says that nothing was measured."""
    return text.strip().lower() in MISSING


def read_cell(text: str, decimal: str, where: str) -> Cell:
    """The number of a cell; `WrongInput` names the place of what is not one."""
    bare = text.strip().replace("\u2212", "-")
    if bare.lower() in MISSING:
        return Cell()
    if bare.lower().replace(" ", "") in UNCLEAR:
        raise WrongInput(
            f"{where}: '{shorten(bare)}' may be not determined (leave the cell empty) or not detected "
            "(write < and the limit of quantification)"
        )
    match = _LIMIT.fullmatch(bare)
    limit, number = ("", bare) if match is None else ("<" if match[1] in "<\u2264" else ">", match[2].strip())
    if decimal == ",":
        number = number.replace(".", "").replace(",", ".") if _POINTED_THOUSANDS.fullmatch(number) else number
        number = number.replace(",", ".")
    elif _THOUSANDS.fullmatch(number) or _COMMA_THOUSANDS.fullmatch(number):
        number = number.replace(",", "")
    if not _NUMBER.fullmatch(number):
        if "\u00b1" in number or "+/-" in number or re.fullmatch(r"\S+ *\(.*\)", number):
            raise WrongInput(f"{where}: '{shorten(bare)}' is two numbers; put the error into a column of its own")
        raise WrongInput(f"{where}: '{shorten(bare)}' is not a number; leave the cell empty if it was not measured")
    if not math.isfinite(float(number)):
        raise WrongInput(f"{where}: '{shorten(bare)}' is too large to be represented")
    return Cell(number, limit)
