"""Tables laid out in other ways, as plain ones: units in a row or columns of their own, times across."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from exokinetics.errors import WrongInput
from exokinetics.expressions.parsing import shorten
from exokinetics.fitting.own_data.cells import is_number
from exokinetics.fitting.own_data.headers import read_header, words_of
from exokinetics.fitting.own_data.sheet import Sheet
from exokinetics.fitting.own_data.unit_words import read_time_unit, read_unit

_TIMED_HEADER = re.compile(
    r"(?:t ?=? ?|time )?([0-9]+(?:[.,][0-9]+)?)[ _]*([A-Za-z]+\.?)|([A-Za-z]+)[ _]*([0-9]+)", re.I
)


def with_units_row(sheet: Sheet) -> Sheet:
    """A sheet whose first row holds units, such as `h`, `nM`, with those in its headers; else the sheet."""
    first = sheet.rows[0]
    filled = [cell for cell in first if cell]
    if len(sheet.rows) < 2 or any(map(is_number, filled)) or not 2 * len(filled) > len(first):
        return sheet
    if not all(_is_unit(cell.strip("[]() ")) for cell in filled):
        return sheet
    headers = tuple(
        f"{text} [{cell.strip('[]() ')}]" if cell else text for text, cell in zip(sheet.headers, first, strict=True)
    )
    notes = (*sheet.notes, f"Line {sheet.lines[0]} is taken as the units of the columns.")
    return Sheet(sheet.name, headers, sheet.rows[1:], sheet.lines[1:], notes)


def _is_unit(text: str) -> bool:
    try:
        return read_unit(text) is not None
    except WrongInput:
        return True  # a measure that cannot be used is told of where its column is read


def with_told_columns(sheet: Sheet, given: Collection[str]) -> Sheet:
    """Columns that tell of another one, `time unit`, `value unit` and `error kind`, put into the header of that one.

    What the user said of a column (`given`, headers in small letters) stays as it is.
    """
    named = {words_of(text): place for place, text in enumerate(sheet.headers)}
    time_unit = next((named[words] for words in (("time", "unit"), ("time", "units")) if words in named), None)
    kind = next((named[words] for words in (("error", "kind"), ("error", "type")) if words in named), None)
    if time_unit is not None and ("time",) in named:
        sheet = _told_of(sheet, named["time",], f"time [{_only(sheet, time_unit, sheet.column(time_unit))}]")
    if kind is not None and "error" in given:
        kind = None
    if kind is not None and ("error",) in named:
        error = named["error",]
        kinds = [text for text, number in zip(sheet.column(kind), sheet.column(error), strict=True) if number]
        if kinds:
            sheet = _told_of(sheet, error, _only(sheet, kind, [_error_kind(text, sheet, kind) for text in kinds]))
    dropped = {place for place in (time_unit, kind) if place is not None}
    renamed = ["unit" if words_of(text) in _UNITS_OF_VALUES else text for text in sheet.headers]
    kept = [place for place in range(len(renamed)) if place not in dropped]
    return replace(
        sheet, headers=tuple(renamed[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in sheet.rows),
    )  # fmt: skip


_UNITS_OF_VALUES = {(word, unit) for word in ("value", "measurement", "y") for unit in ("unit", "units")}


def _told_of(sheet: Sheet, place: int, header: str) -> Sheet:
    return replace(sheet, headers=(*sheet.headers[:place], header, *sheet.headers[place + 1 :]))


def _only(sheet: Sheet, place: int, cells: Iterable[str]) -> str:
    """The one text that a column holds; `WrongInput` where it holds several."""
    distinct = list(dict.fromkeys(text for text in cells if text))
    if len(distinct) != 1:
        listed = ", ".join(f"'{shorten(text, 30)}'" for text in distinct[:4]) or "nothing"
        raise WrongInput(f"column '{sheet.headers[place]}' says {listed}; it has to be the same in every row")
    return distinct[0]


def _error_kind(text: str, sheet: Sheet, place: int) -> str:
    """The kind of an error from a text such as `SD over 3 dishes`."""
    words = words_of(text)
    if words[:1] and words[0] in ("sd", "se", "sem"):
        return words[0].upper()
    raise WrongInput(
        f"column '{sheet.headers[place]}' says '{shorten(text, 40)}', which is neither SD nor SEM; correct it, "
        "or say --column 'error=ignore'"
    )


def with_errors_apart(sheet: Sheet) -> Sheet:
    """Cells such as `1.2 \u00b1 0.3` as two columns, the second with the error that the header names."""
    headers, columns, notes = [], [], list(sheet.notes)
    for place, text in enumerate(sheet.headers):
        cells = sheet.column(place)
        if not any(_BOTH.fullmatch(cell) for cell in cells):
            headers.append(text)
            columns.append(cells)
            continue
        kinds = [kind for word in words_of(text) if (kind := read_header(word).error) in ("sd", "sem")]
        if not kinds:
            raise WrongInput(
                f"column '{shorten(text)}' holds errors as well; say which in the header, such as '\u00b1 SD'"
            )
        plain = " ".join(_SIGNED.sub(" ", text).replace("( )", "").replace("()", "").split())
        parted = [(match[1], match[2]) if (match := _BOTH.fullmatch(cell)) else (cell, "") for cell in cells]
        headers += [plain, f"{read_header(plain).name} {kinds[0].upper()}"]
        columns += [[first for first, _ in parted], [second for _, second in parted]]
        notes.append(f"Column '{text}' holds numbers with their {kinds[0].upper()}.")
    rows = tuple(zip(*columns, strict=True))
    return replace(sheet, headers=tuple(headers), rows=rows, notes=tuple(notes))


_BOTH = re.compile(r"(\S+) *(?:\u00b1|\+/-|\+-) *(\S+)")
_SIGNED = re.compile(r"(?:mean )?(?:\u00b1|\+/-|\+-) *(?:s\.?d\.?|s\.?e\.?m\.?|stdev|se)", re.IGNORECASE)


def turned_to_rows(sheet: Sheet) -> Sheet:
    """A table whose columns are times, such as `0 h`, `24 h`, with a row per time in their place; else the sheet."""
    timed = {place: found for place, text in enumerate(sheet.headers) if (found := _timed_header(text)) is not None}
    rest = [place for place in range(len(sheet.headers)) if place not in timed]
    units = {unit for _, unit in timed.values()}
    if len(timed) < 2 or not rest or any(read_header(sheet.headers[place]).words[:1] == ("time",) for place in rest):
        return sheet
    if len(units) > 1:
        raise WrongInput(f"{sheet.name}: the columns are times in {' and '.join(sorted(units))}; give all in one unit")
    headers = [sheet.headers[place] for place in rest]
    words = [place for place in rest if not any(is_number(row[place]) for row in sheet.rows)]
    if len(words) == 1:  # the only words are what the rows are of
        headers[rest.index(words[0])] = "variable"
    (unit,) = units
    rows, lines = [], []
    for row, line in zip(sheet.rows, sheet.lines, strict=True):
        for place, (time, _) in timed.items():
            rows.append((*(row[each] for each in rest), time, row[place]))
            lines.append(line)
    note = f"The columns are times in {unit}, and each row is a time course."
    return Sheet(sheet.name, (*headers, f"time [{unit}]", "value"), tuple(rows), tuple(lines), (*sheet.notes, note))


def _timed_header(text: str) -> tuple[str, str] | None:
    match = _TIMED_HEADER.fullmatch(text.strip())
    if match is None:
        return None
    number, word = (match[1], match[2]) if match[1] else (match[4], match[3])
    unit = read_time_unit(word)
    return (number.replace(",", "."), unit) if unit else None
