"""The measurements of a table as a fit has them: columns of data.csv with their units, samples, conditions."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from exokinetics.errors import WrongInput
from exokinetics.fitting.own_data.layout import Entries, Entry, target_by_header
from exokinetics.fitting.own_data.unit_words import Meaning
from exokinetics.model.whole import Model
from exokinetics.units import same_dimension, unit

CONTROLS = frozenset(
    "control ctrl ctl untreated vehicle mock wt wildtype dmso pbs none baseline scrambled kontrolle unbehandelt".split()
)
BESIDE_CONTROLS = frozenset("group cell cells sirna shrna sample condition treated only the".split())
SHOWN = 8
MAX_CONDITIONS = 500
ONLY = "only"  # the condition of a table that names none


@dataclass(frozen=True)
class Series:
    """A measured column: its name in data.csv, what of the model it is, what its numbers mean, its header."""

    column: str
    target: str
    meaning: Meaning
    header: str


@dataclass(frozen=True)
class Sample:
    """A row of data.csv: numbers as text by column."""

    condition: str
    replicate: str
    time: str
    cells: dict[str, str]


@dataclass(frozen=True)
class Setting:
    """A condition: what the table calls it, and the parameters and initial amounts that its columns set.

    `told` is whether the table says how the model differs in it.
    """

    id: str
    title: str
    values: dict[str, str]
    initial: dict[str, str] = field(default_factory=dict)
    told: bool = True


@dataclass(frozen=True)
class Measurements:
    """All that a table says, in the order of the table."""

    series: tuple[Series, ...]
    extras: dict[str, str]  # columns of errors and counts, with their units
    samples: tuple[Sample, ...]
    conditions: tuple[Setting, ...]
    time_unit: str
    notes: tuple[str, ...]
    limits: tuple[str, ...]  # cells beyond a limit of quantification, as places


def measurements_of(entries: Entries, model: Model) -> Measurements:
    """Match every column with the model and put the numbers into samples."""
    notes = list(entries.notes)
    series = _series(entries, model, notes)
    conditions = _conditions(entries.found, notes)
    extras: dict[str, str] = {}
    samples: dict[tuple[str, str, str, int], Sample] = {}
    counted: Counter[tuple[str, str, str, str]] = Counter()
    limits: list[str] = []
    for entry in entries.found:
        item, place = series[_key(entry)], conditions[_condition_key(entry)]
        label = _safe(entry.replicate)
        counted[place.id, label, entry.time, item.column] += 1
        number = counted[place.id, label, entry.time, item.column]
        row = samples.setdefault((place.id, label, entry.time, number), Sample(place.id, label, entry.time, {}))
        row.cells[item.column] = entry.cell.limit + entry.cell.text
        if entry.cell.limit:
            limits.append(f"line {entry.line}, '{entry.header.text}': {entry.cell.limit}{entry.cell.text}")
        for kind, text in entry.extras:
            name = f"{item.column}_{kind}"
            extras[name] = "dimensionless" if kind == "n" else _column_unit(item)
            row.cells[name] = text
    return Measurements(
        tuple({item.column: item for item in series.values()}.values()), extras, _numbered(samples, notes),
        tuple({item.id: item for item in conditions.values()}.values()), entries.time_unit, tuple(notes), tuple(limits),
    )  # fmt: skip


def _column_unit(item: Series) -> str:
    return item.meaning.text


def _key(entry: Entry) -> tuple[str, Meaning | None]:
    return " ".join(entry.header.words), entry.meaning


def _series(entries: Entries, model: Model, notes: list[str]) -> dict[tuple[str, Meaning | None], Series]:
    found: dict[tuple[str, Meaning | None], Series] = {}
    columns: dict[tuple[str, Meaning], Series] = {}
    for entry in entries.found:
        if _key(entry) in found:
            continue
        target, exact = target_by_header(entry, entries, model)
        meaning = _checked(entry, target, model, notes)
        item = columns.get((target, meaning))
        if item is None:
            item = Series(
                column_name(target, model, {each.column for each in columns.values()}),
                target,
                meaning,
                entry.header.text,
            )
            columns[target, meaning] = item
        elif entry.header.words != tuple(item.header.lower().split()):
            notes.append(f"'{entry.header.text}' and '{item.header}' are both of '{target}', as replicates.")
        found[_key(entry)] = item
        title = model.heading(target)
        likeness = "" if exact else f"; its name fits '{target}' alone"
        notes.append(
            f"'{entry.header.text}' is '{target}' of the model" + (f" ({title})" if title else "")
            + f", {meaning.words}{likeness}."
        )  # fmt: skip
    return found


def _checked(entry: Entry, target: str, model: Model, notes: list[str]) -> Meaning:
    """What the numbers mean, which must suit what the model has."""
    own, meaning = model.unit(target), entry.meaning
    if meaning is None:
        if own != "dimensionless":
            raise WrongInput(
                f"column '{entry.header.text}' has no unit; write '[{own}]', which '{target}' is in, "
                "or '[fold]', '[% of control]' or '[a.u.]', which the fit scales"
            )
        notes.append(f"'{entry.header.text}' has no unit, and '{target}' needs none.")
        return Meaning("unit")
    if meaning.kind == "unit" and not same_dimension(unit(meaning.text), unit(own)):
        raise WrongInput(
            f"column '{entry.header.text}' is in {meaning.text}, which does not convert to {own}, the unit of "
            f"'{target}'; convert it, or write '[a.u.]' for the fit to find the scale"
        )
    return meaning


def column_name(target: str, model: Model, taken: set[str]) -> str:
    """A name that neither the model nor another column has."""
    name = re.sub(r"\W", "_", target)
    reserved = {*model.whole.kinds(), *taken, "time", "condition", "replicate"}
    if name in reserved:
        name = f"measured_{name}"
    number = 2
    while (candidate := name if name not in reserved else f"{name}_{number}") in reserved:
        number += 1
    return candidate


def _condition_key(entry: Entry) -> tuple[str, tuple[tuple[str, str], ...]]:
    return entry.condition, entry.settings


def _conditions(entries: list[Entry], notes: list[str]) -> dict[tuple[str, tuple[tuple[str, str], ...]], Setting]:
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Setting] = {}
    taken: set[str] = set()
    for entry in entries:
        key = _condition_key(entry)
        if key in found:
            continue
        texts = [entry.condition, *(f"{name} {value}" for name, value in entry.settings)]
        title = ", ".join(text for text in texts if text)
        id = base = _safe(title) or ONLY
        number = 2
        while id in taken:
            id, number = f"{base}_{number}", number + 1
        taken.add(id)
        values = {name: text for name, text in entry.settings if not name.startswith("initial:")}
        initial = {name.removeprefix("initial:"): text for name, text in entry.settings if name not in values}
        found[key] = Setting(id, title, values, initial)
    alike = Counter(settings for _, settings in found)
    for (label, settings), item in found.items():
        if alike[settings] > 1 and not _is_control(label):
            found[label, settings] = replace(item, told=False)
        elif label and not settings:
            notes.append(f"Condition '{item.id}' is taken for the model as it is.")
    if len(found) > 1:
        shown = ", ".join(item.id for item in list(found.values())[:SHOWN]) + ", ..." * (len(found) > SHOWN)
        notes.append(f"There are {len(found)} conditions: {shown}.")
    if len(found) > MAX_CONDITIONS:
        raise WrongInput(f"the table has {len(found):,} conditions; at most {MAX_CONDITIONS:,} are read")
    return found


def _is_control(label: str) -> bool:
    words = {word for word in re.split(r"[\W_]+", label.lower()) if word}
    return not words or bool(words & CONTROLS and words <= CONTROLS | BESIDE_CONTROLS) or words == {ONLY}


def _safe(label: str) -> str:
    """A label that a spreadsheet takes for nothing but a label."""
    return re.sub(r"[^A-Za-z0-9.]+", "_", label).strip("_.")[:60]


def _numbered(samples: dict[tuple[str, str, str, int], Sample], notes: list[str]) -> tuple[Sample, ...]:
    """Samples of the same time become replicates, numbered as they come."""
    repeated = any(number > 1 for *_, number in samples)
    if not repeated:
        return tuple(samples.values())
    notes.append("Rows of the same time and condition are replicates, numbered in their order.")
    return tuple(
        Sample(row.condition, "-".join(part for part in (row.replicate, str(number)) if part), row.time, row.cells)
        for (*_, number), row in samples.items()
    )
