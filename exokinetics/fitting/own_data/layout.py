"""From columns with roles to measurements: wide or long, replicates in rows or columns, conditions, errors."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from exokinetics.errors import Issue, WrongInput, raise_errors
from exokinetics.expressions.parsing import shorten
from exokinetics.fitting.own_data.cells import Cell, decimal_sign, is_missing, read_cell
from exokinetics.fitting.own_data.headers import Header, read_header, words_of
from exokinetics.fitting.own_data.matching import matches, stems, target_of
from exokinetics.fitting.own_data.roles import Roles, roles_of
from exokinetics.fitting.own_data.sheet import Sheet
from exokinetics.fitting.own_data.turning import turned_to_rows, with_errors_apart, with_told_columns, with_units_row
from exokinetics.fitting.own_data.unit_words import Meaning, read_time_unit, read_unit
from exokinetics.model.whole import Model

_TIMED = re.compile(r"([0-9]+(?:[.,][0-9]+)?) *([A-Za-z]+\.?)")
MOST_FAULTS = 20
ERROR_WORDS = {"sd": "standard deviations", "sem": "standard errors of the mean", "n": "numbers of samples"}


@dataclass(frozen=True)
class Entry:
    """One measured number with what its row and column say of it; `extras` are its error and count, by kind."""

    line: int
    header: Header
    meaning: Meaning | None
    condition: str
    settings: tuple[tuple[str, str], ...]
    replicate: str
    time: str
    cell: Cell
    extras: tuple[tuple[str, str], ...] = ()


@dataclass
class Entries:
    """All measured numbers of a table, the unit of their times, and what was assumed."""

    found: list[Entry]
    time_unit: str
    targets: Mapping[str, str]
    notes: list[str] = field(default_factory=list)


def entries_of(sheet: Sheet, model: Model, given: Mapping[str, str]) -> Entries:
    """Every measured number of a table; `WrongInput` where a column, a number or a unit is not clear."""
    apart = with_errors_apart(with_told_columns(with_units_row(sheet), {key.lower() for key in given}))
    turned = turned_to_rows(apart)
    roles = roles_of(turned, model, given)
    notes = [*turned.notes, *roles.notes]
    numbers = [*roles.measured, *roles.errors, *roles.settings, roles.time, roles.value]
    texts = [row[place] for row in turned.rows for place in numbers if place is not None]
    decimal = decimal_sign(sheet.name, (_number_part(text) for text in texts))
    if decimal == ",":
        example = next(text for text in texts if "," in text)
        notes.append(f"Numbers have decimal commas: '{example}' is read as {read_cell(example, ',', '').text}.")
    reading = _Reading(turned, roles, model, decimal, notes)
    long = roles.variable is not None or roles.value is not None
    found = list(reading.long_entries() if long else reading.wide_entries())
    reading.tell_faults()
    if not found:
        raise WrongInput(f"{sheet.name}: holds no measurement; every cell of the measured columns is empty")
    return Entries(found, reading.time_unit, roles.targets, notes)


def _number_part(text: str) -> str:
    match = _TIMED.fullmatch(text)
    return match[1] if match else text


class _Reading:
    """The rows of one table, read with the roles of its columns."""

    def __init__(self, sheet: Sheet, roles: Roles, model: Model, decimal: str, notes: list[str]) -> None:
        self.sheet, self.roles, self.model, self.decimal, self.notes = sheet, roles, model, decimal, notes
        self._faults: dict[str, None] = {}  # each once, in the order of the table
        self.time_unit = self._or_fault(self._time_unit, "")
        self.settings = {
            place: self._or_fault(partial(self._setting_unit, place, id), "") for place, id in roles.settings.items()
        }
        if roles.condition:
            names = " and ".join(f"'{sheet.headers[place]}'" for place in roles.condition)
            notes.append(f"Column {names} names the conditions.")

    def tell_faults(self) -> None:
        """Raise what was found wrong, all at once."""
        told = [Issue("", "", fault) for fault in self._faults][:MOST_FAULTS]
        if len(self._faults) > MOST_FAULTS:
            told.append(Issue("", "", f"{self.sheet.name}: {len(self._faults) - MOST_FAULTS} more like these"))
        raise_errors(told)

    def _or_fault(self, read: Callable[[], str], otherwise: str) -> str:
        """What is read, or a fault and something else to go on with."""
        try:
            return read()
        except WrongInput as error:
            self._faults[str(error)] = None
            return otherwise

    def wide_entries(self) -> Iterator[Entry]:
        """One entry per row and measured column."""
        columns = self._measured_columns()
        errors = self._errors_of([place for place, _ in columns])
        for row, line in zip(self.sheet.rows, self.sheet.lines, strict=True):
            for place, header in columns:
                cell = self._cell(row[place], line, place)
                if cell.text:
                    extras = self._extras(row, line, errors.get(place, {}))
                    yield self._entry(row, line, header, header.unit, cell, extras)

    def long_entries(self) -> Iterator[Entry]:
        """One entry per row: what was measured stands in the column `variable`, the number in `value`."""
        roles, sheet = self.roles, self.sheet
        value = self._value_column()
        headers: dict[str, Header] = {}
        errors = self._errors_of([value])
        whole = roles.headers[value]
        for row, line in zip(sheet.rows, sheet.lines, strict=True):
            cell = self._cell(row[value], line, value)
            text = row[roles.variable] if roles.variable is not None else whole.text
            if not cell.text or text in roles.ignored:
                continue
            if is_missing(text):
                raise WrongInput(f"{sheet.name}: line {line} has a number but does not say what was measured")
            if text not in headers:
                header = whole if roles.variable is None else read_header(text)
                headers[text] = replace(header, condition=roles.labels.get(text, ""))
            header = headers[text]
            meaning = self._unit_of_row(row, line) or header.unit or whole.unit
            yield self._entry(row, line, header, meaning, cell, self._extras(row, line, errors.get(value, {})))

    def _value_column(self) -> int:
        roles, name = self.roles, self.sheet.name
        if roles.value is not None and not roles.measured:
            if roles.variable is None and self.roles.headers[roles.value].text not in roles.targets:
                text = roles.headers[roles.value].text
                raise WrongInput(
                    f"{name}: column '{text}' does not say of what; rename it to an id of {self.model.name}, "
                    f"or say --column '{text}=ID'"
                )
            return roles.value
        if roles.value is None and len(roles.measured) == 1:
            return roles.measured[0]
        texts = ", ".join(f"'{roles.headers[place].text}'" for place in roles.measured)
        raise WrongInput(
            f"{name}: looks long (one measurement a row), but it is not clear which column holds the value: {texts}; "
            "say --column 'HEADER=value', and HEADER=ignore for the others"
        )

    def _unit_of_row(self, row: tuple[str, ...], line: int) -> Meaning | None:
        place = self.roles.unit
        if place is None or not row[place]:
            return None
        found = read_unit(row[place])
        if found is None:
            raise WrongInput(
                f"{self.sheet.name}: line {line}: '{shorten(row[place])}' is not a unit that is known; write one "
                "such as nM, copy/cell, % of control or a.u."
            )
        return found

    def _measured_columns(self) -> list[tuple[int, Header]]:
        """Measured columns; a number at the end of a name that the model does not have is that of a replicate."""
        headers, found = self.roles.headers, []
        repeated = Counter(headers[place].text for place in self.roles.measured)
        seen: Counter[str] = Counter()
        for place in self.roles.measured:
            header = headers[place]
            if header.unread and header.text not in self.roles.targets:
                text = shorten(header.unread)
                self._faults[f"column '{shorten(header.text)}': '{text}' is not a unit that is known"] = None
            if repeated[header.text] > 1:
                seen[header.text] += 1
                header = replace(header, replicate=str(seen[header.text]))
            elif header.number and not header.replicate and not self._known(header):
                stem = re.sub(r"[\s_.-]+[0-9]+$", "", header.name)
                if matches(stem, self.model):
                    header = replace(header, name=stem, words=words_of(stem), replicate=header.number)
            found.append((place, replace(header, condition=self.roles.labels.get(header.text, ""))))
        if not found:
            name = self.model.name
            raise WrongInput(f"{self.sheet.name}: has no column of measurements; name one by an id of {name}")
        labelled = [header.text for _, header in found if header.replicate]
        if labelled:
            self.notes.append(f"Columns {_listed(labelled)} are replicates.")
        return self._with_conditions(found)

    def _known(self, header: Header) -> bool:
        return header.text in self.roles.targets or bool(matches(header.name, self.model))

    def _with_conditions(self, columns: list[tuple[int, Header]]) -> list[tuple[int, Header]]:
        """Several columns that share a name of the model and differ by words, such as `pten drug`, are conditions."""
        ways = {
            place: stems(header.name, header.unit, self.model) for place, header in columns if not self._known(header)
        }
        counted = Counter(stem for way in ways.values() for stem in {stem for stem, _ in way})
        found, told = [], []
        for place, header in columns:
            shared = [(stem, label) for stem, label in ways.get(place, ()) if counted[stem] > 1]
            if shared:
                stem, label = max(shared, key=lambda way: len(way[0]))
                header = replace(header, name=stem, words=words_of(stem), condition=label)
                told.append(f"'{shorten(header.text, 40)}' ({label})")
            found.append((place, header))
        if told:
            self.notes.append(f"Columns that differ by a word are conditions: {', '.join(told[:6])}.")
        return found

    def _errors_of(self, measured: list[int]) -> dict[int, dict[str, int]]:
        """For each measured column the columns of its errors: by name, or the column before it where it has none."""
        headers = self.roles.headers
        found: dict[int, dict[str, int]] = {}
        for place in self.roles.errors:
            header = headers[place]
            if header.error in ("error", "ci", "cv"):
                choice = "SD or SEM" if header.error == "error" else "SD, SEM or n"
                raise WrongInput(
                    f"column '{header.text}' holds an error that cannot be used; give {choice} and say so in the "
                    f"header, or say --column '{header.text}=ignore'"
                )
            named = [
                each for each in measured if header.words and headers[each].words[: len(header.words)] == header.words
            ]
            if not named:
                within = [each for each in measured if set(header.words) <= set(headers[each].words)]
                named = within if len(within) == 1 and header.words else []
            before = [each for each in measured if each < place]
            if header.words and not named:
                known = ", ".join(f"'{headers[each].text}'" for each in measured)
                raise WrongInput(
                    f"column '{header.text}' is of '{header.name}', which no measured column is; those are {known}, so "
                    f"name it after one of them, or say --column '{header.text}=ignore'"
                )
            owner = named[0] if named else (before or measured)[-1]
            if len(named) > 1:
                same = [each for each in named if headers[each].replicate == header.replicate]
                owner = same[0] if same else owner
            kinds = found.setdefault(owner, {})
            if header.error in kinds:
                raise WrongInput(
                    f"columns '{headers[kinds[header.error]].text}' and '{header.text}' are both "
                    f"{ERROR_WORDS[header.error]} of '{headers[owner].text}'; leave one out"
                )
            kinds[header.error] = place
            told = f"Column '{header.text}' holds {ERROR_WORDS[header.error]} of '{headers[owner].text}'"
            self.notes.append(told + (", which stands before it." if not named and len(measured) > 1 else "."))
        return found

    def _extras(self, row: tuple[str, ...], line: int, places: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
        cells = ((kind, self._cell(row[place], line, place)) for kind, place in places.items())
        return tuple((kind, cell.text) for kind, cell in cells if cell.text)

    def _entry(
        self, row: tuple[str, ...], line: int, header: Header, meaning: Meaning | None, cell: Cell,
        extras: tuple[tuple[str, str], ...],
    ) -> Entry:  # fmt: skip
        roles = self.roles
        labels = [row[place] for place in roles.condition if not is_missing(row[place])]
        labels += [header.condition] if header.condition else []
        settings = []
        for place, unit in self.settings.items():
            number = self._cell(row[place], line, place)
            if number.text:
                settings.append((roles.settings[place], f"{number.text} {unit}"))
        repeats = [row[place] for place in roles.replicate if row[place]] + (
            [header.replicate] if header.replicate else []
        )
        return Entry(
            line, header, meaning, ", ".join(labels), tuple(settings), "-".join(repeats), self._time(row, line), cell,
            extras,
        )  # fmt: skip

    def _cell(self, text: str, line: int, place: int) -> Cell:
        where = f"{self.sheet.name}: line {line}, column '{self.sheet.headers[place]}'"
        try:
            return read_cell(text, self.decimal, where)
        except WrongInput as error:
            self._faults[str(error)] = None
            return Cell()

    def _time(self, row: tuple[str, ...], line: int) -> str:
        return self._or_fault(lambda: self._time_of(row, line), "0")

    def _time_of(self, row: tuple[str, ...], line: int) -> str:
        place = self.roles.time
        assert place is not None  # `roles_of` saw to it
        where = f"{self.sheet.name}: line {line}"
        cell = read_cell(_number_part(row[place]), self.decimal, f"{where}, column '{self.sheet.headers[place]}'")
        if not cell.text or cell.limit:
            raise WrongInput(f"{where}: something was measured, but the time is '{row[place]}'")
        if cell.value < 0:
            raise WrongInput(
                f"{where}: the time {cell.text} is negative; a simulation starts at 0, so count from there"
            )
        return cell.text

    def _time_unit(self) -> str:
        place = self.roles.time
        assert place is not None
        header = self.roles.headers[place]
        units = {match[2] for row in self.sheet.rows if (match := _TIMED.fullmatch(row[place]))}
        unread = read_time_unit(header.unread)
        inside = next((each for each in header.words if read_time_unit(each)), "")
        word = unread or (header.unit.text if header.unit else inside)
        # a bare t is the symbol of time, not the unit tonne; a word such as h or days is both name and unit
        unit = read_time_unit(word) if word else None
        if header.unit is not None and unit is None:
            raise WrongInput(f"column '{header.text}': '{header.unit.text}' is no unit of time")
        if header.unread and not unread:
            raise WrongInput(
                f"column '{header.text}': '{header.unread}' is no unit of time; write 'time [hour]' or the like"
            )
        cells = {read_time_unit(each) for each in units}
        if unit is None and len(cells) == 1 and None not in cells:
            unit = str(cells.pop())
        elif cells - {unit}:
            raise WrongInput(
                f"column '{header.text}': its times have several units; give all in one unit, in the header"
            )
        return self._told_time(header, unit)

    def _told_time(self, header: Header, unit: str | None) -> str:
        """The unit of time; none goes with a model that states none, such as an SBML file without units."""
        if self.model.time_unit == "dimensionless":
            if unit is not None:
                raise WrongInput(
                    f"column '{header.text}' is in {unit}, but the model states no unit of time; give the time in the "
                    "numbers of the model, under 'time'"
                )
            self.notes.append(f"Column '{header.text}' is the time, as the model counts it, which states no unit.")
            return "dimensionless"
        if unit is None:
            raise WrongInput(
                f"column '{header.text}' has no unit; write '{header.name} [hour]', '[minute]', '[second]' or '[day]'"
            )
        self.notes.append(f"Column '{header.text}' is the time, in {unit}.")
        return unit

    def _setting_unit(self, place: int, id: str) -> str:
        header, own = self.roles.headers[place], self.model.unit(id.removeprefix("initial:"))
        if header.unread or (header.unit is not None and header.unit.kind != "unit"):
            raise WrongInput(f"column '{header.text}' sets {id}, which needs a unit that converts to {own}")
        if header.unit is None and own != "dimensionless":
            raise WrongInput(f"column '{header.text}' sets {id} but has no unit; write '{header.name} [{own}]'")
        what = f"the initial amount of {id[8:]}" if id.startswith("initial:") else f"the parameter {id} of the model"
        self.notes.append(f"Column '{header.text}' sets {what} in each condition.")
        return header.unit.text if header.unit else own


def _listed(texts: list[str]) -> str:
    shown = ", ".join(f"'{shorten(text, 40)}'" for text in texts[:6])
    return shown + (f" and {len(texts) - 6} more" if len(texts) > 6 else "")


def target_by_header(entry: Entry, entries: Entries, model: Model) -> tuple[str, bool]:
    """The id that an entry is of, and whether the table or the user says exactly that."""
    given = entries.targets.get(entry.header.text)
    if given is not None:
        return given, True
    found = target_of(entry.header, entry.meaning, model)
    return found.id, found.exact
