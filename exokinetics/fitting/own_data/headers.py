"""What a header says: a name, a unit, a replicate, and whether the column holds an error or a count."""

from __future__ import annotations

import re
from dataclasses import dataclass

from exokinetics.errors import WrongInput
from exokinetics.expressions.parsing import shorten
from exokinetics.fitting.own_data.unit_words import Meaning, read_unit

_GROUPS = re.compile(r"[\[(]([^\[\]()]*(?:\([^()]*\)[^\[\]()]*)*)[\])]")
_TOKEN = re.compile(r"[^\W_]+(?:\+)?", re.UNICODE)
_REPLICATE = re.compile(
    r"(?:^|[\s_.,;-])(?:(?:(?:bio(?:logical)?|tech(?:nical)?)[\s_.-]*)?(?:rep(?:licate|l|eat)?|run|exp(?:eriment)?|mouse"
    r"|animal|donor|patient|wiederholung)[\s_.#-]*|r|#)([0-9]{1,3}|[A-Da-d])$", re.IGNORECASE,
)  # fmt: skip
_WHOLE_REPLICATE = re.compile(_REPLICATE.pattern.replace(r"(?:^|[\s_.,;-])", "^", 1), re.IGNORECASE)
_RATIO = re.compile(r"\bper\b|/|-1")
_NUMBER = re.compile(r"(.*\S?)[\s_.-]([0-9]{1,3})$")

_ERRORS = {
    "sd": "sd", "stdev": "sd", "std": "sd", "stddev": "sd", "stabw": "sd", "s.d": "sd", "standard deviation": "sd",
    "std dev": "sd", "sem": "sem", "se": "sem", "stderr": "sem", "s.e.m": "sem", "standard error": "sem",
    "std error": "sem", "std err": "sem", "standard error of the mean": "sem", "error": "error", "err": "error",
    "n": "n", "cv": "cv", "ci": "ci", "95 ci": "ci", "ci low": "ci", "ci high": "ci", "ci lower": "ci",
    "ci upper": "ci",
}  # fmt: skip
TIMES = frozenset({"time", "times", "t", "zeit", "timepoint", "timepoints", "zeitpunkt"})
_MEANS = {"mean", "avg", "average", "mittelwert", "median"}


@dataclass(frozen=True)
class Header:
    """A header taken apart: `name` without the rest, `words` of it in small letters.

    `error` is sd, sem, n, cv, ci or error (which is not told) where the column belongs to another one; `replicate` its
    label; `number` a bare number at the end of the name, which may be a replicate or belong to the name; `unit` what it
    is in, and `unread` a text in the place of a unit that is none; `condition` is filled in where columns are those.
    """

    text: str
    name: str
    words: tuple[str, ...]
    unit: Meaning | None = None
    error: str = ""
    replicate: str = ""
    number: str = ""
    unread: str = ""
    condition: str = ""


def read_header(text: str) -> Header:
    """Take a header apart, such as `PTEN (% of control)`, `pten_rep2 [nM]` or `SD of pten`."""
    try:
        return _read(text)
    except WrongInput as error:
        raise WrongInput(f"column '{shorten(text)}': {error}") from None


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name in small letters; dots, underscores and dashes part them."""
    return tuple(match.lower() for match in _TOKEN.findall(text))


def _read(text: str) -> Header:
    unit, error, replicate, unread = None, "", "", ""
    name = text
    for match in reversed(list(_GROUPS.finditer(text))):
        inside = match[1].strip()
        label = _WHOLE_REPLICATE.match(inside)
        kind = _error_kind(words_of(inside))
        if set(words_of(text[: match.start()])[:1]) & TIMES and unit is None and (found := read_unit(inside)):
            unit = found  # before the errors: in German "Std" are hours
        elif label:
            replicate = label[1]
        elif kind:
            error = kind
        elif set(words_of(inside) or ("",)) <= _MEANS or re.fullmatch(r"n ?= ?\d+", inside):
            pass
        elif unit is None and (found := read_unit(inside)) is not None:
            unit = found
        elif match.end() == len(text) or text[match.start()] == "[":
            unread = unread or inside
        else:
            continue
        name = name[: match.start()] + " " + name[match.end() :]
    name = name.strip(" ,;:-_")
    if not replicate:
        name, replicate = _without_replicate(name)
    if not error:
        name, error = _without_error(name)
    if unit is None:
        name, unit = _without_unit(name)
    if not replicate:
        name, replicate = _without_replicate(name)
    numbered = _NUMBER.fullmatch(name)
    return Header(text, name, words_of(name), unit, error, replicate, numbered[2] if numbered else "", unread)


def _error_kind(words: tuple[str, ...]) -> str:
    return _ERRORS.get(" ".join(words), "")


def _without_replicate(name: str) -> tuple[str, str]:
    match = _REPLICATE.search(name)
    if match is None or not name[: match.start()].strip(" _.-,;"):
        return name, ""
    return name[: match.start()].rstrip(" _.-,;"), match[1]


def _without_error(name: str) -> tuple[str, str]:
    """A word such as SD at the end or the beginning; `mean` goes, as it says nothing that the column does not."""
    parts = [part for part in re.split(r"[\s_,;]+", name) if part]
    for size in (3, 2, 1):
        for parted, rest in ((parts[-size:], parts[:-size]), (parts[:size], parts[size:])):
            kind = _error_kind(words_of(" ".join(parted)))
            if kind and len(parted) == size and (rest or kind != "n" or len(parts) == 1):
                rest = rest[1:] if rest and rest[0].lower() in ("of", "for", "von") else rest
                return " ".join(rest), kind
    if len(parts) > 1 and parts[-1].lower() in _MEANS:
        return " ".join(parts[:-1]), ""
    if len(parts) > 1 and parts[0].lower() in _MEANS:
        return " ".join(parts[2:] if parts[1].lower() in ("of", "von") else parts[1:]), ""
    return name, ""


def _without_unit(name: str) -> tuple[str, Meaning | None]:
    """A unit after a comma or a slash with spaces, or last words that can only be one."""
    for sign in (",", ";", ":", " / ", " in "):
        before, found, after = name.rpartition(sign)
        unit = read_unit(after) if found and before.strip() else None
        if unit is not None:
            return before.strip(" ,;:"), unit
    parts = re.split(r"([\s_]+)", name)
    for size in (7, 5, 3, 1):  # words and what parts them: four words at most
        if len(parts) > size + 1:
            after = " ".join(parts[-size:][::2])
            unit = read_unit(after) if len(after) > 1 else None
            proper = unit is not None and unit.kind == "unit"
            if (
                unit is not None
                and proper
                and (unit.text == "dimensionless" or (size > 1 and not _RATIO.search(after)))
            ):
                continue
            if unit is not None:
                return "".join(parts[: -size - 1]), unit
    return name, None
