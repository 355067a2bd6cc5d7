"""What each column of a table is: the time, a label, a measurement, an error of one, a setting of the experiment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.expressions.parsing import shorten
from exokinetics.fitting.own_data.cells import is_missing, is_number
from exokinetics.fitting.own_data.headers import TIMES, Header, read_header
from exokinetics.fitting.own_data.matching import matches, setting_of
from exokinetics.fitting.own_data.sheet import Sheet
from exokinetics.fitting.own_data.unit_words import read_time_unit
from exokinetics.model.whole import Model

NAMED = ("time", "condition", "replicate", "variable", "value", "unit", "ignore")  # what --column may say besides ids

_CONDITION = frozenset(
    "condition conditions treatment treatments group arm genotype stimulus bedingung behandlung gruppe cellline".split()
)
_REPLICATE = frozenset(
    "replicate replicates rep repeat animal mouse donor patient experiment biologicalreplicate technicalreplicate"
    " wiederholung biorep techrep exp run".split()
)
_VARIABLE = frozenset(
    "variable species observable analyte marker target gene protein readout molecule quantity entity name"
    " parameter".split()
)
_VALUE = frozenset(
    "value values measurement measured level intensity result wert messwert signal amount reading".split()
)
_UNIT = frozenset("unit units einheit".split())


@dataclass
class Roles:
    """Places of the columns by what they are; `targets` are ids, `labels` conditions that the user gave by header."""

    headers: tuple[Header, ...]
    time: int | None = None
    condition: list[int] = field(default_factory=list)
    replicate: list[int] = field(default_factory=list)
    variable: int | None = None
    value: int | None = None
    unit: int | None = None
    settings: dict[int, str] = field(default_factory=dict)
    errors: list[int] = field(default_factory=list)
    measured: list[int] = field(default_factory=list)
    targets: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)


def roles_of(sheet: Sheet, model: Model, given: Mapping[str, str]) -> Roles:
    """The role of each column; `given` says by header what the user told, over what the header seems to say."""
    found = Roles(tuple(read_header(text) for text in sheet.headers))
    told = _told(sheet, found.headers, given, model)
    found.targets = {text: role for text, (role, _) in told.items() if role in (*model.species, *model.observables)}
    found.ignored = frozenset(text for text, (role, _) in told.items() if role == "ignore")
    found.labels = {text: label for text, (_, label) in told.items() if label}
    for place, header in enumerate(found.headers):
        role = told[header.text][0] if header.text in told else _role(header, sheet.column(place), model)
        _enter(found, place, role, header, model)
    _require_time(found, sheet)
    return found


def _told(
    sheet: Sheet, headers: tuple[Header, ...], given: Mapping[str, str], model: Model
) -> dict[str, tuple[str, str]]:
    """Role and condition by the text of a header or, in a long table, of a cell; what the user said is checked."""
    if not given:
        return {}
    cells = {cell.lower(): cell for row in sheet.rows for cell in row if cell and not is_number(cell)}
    ids = [*NAMED, *model.species, *model.observables, *model.parameters, *(f"initial:{id}" for id in model.species)]
    found: dict[str, tuple[str, str]] = {}
    for key, text in given.items():
        role, _, label = str(text).partition("@")
        if role.strip() not in ids:
            raise WrongInput(f"--column '{key}={text}': '{role}' is no id of {model.name}{did_you_mean(role, ids)}")
        low = " ".join(str(key).lower().split())
        meant = [header.text for header in headers if low == header.text.lower()]
        # a name stands for all of its replicates, but not for its errors
        meant = meant or [header.text for header in headers if low == header.name.lower() and not header.error]
        meant = meant or ([cells[low]] if low in cells else [])
        if not meant:
            near = did_you_mean(str(key), {header.text for header in headers})
            raise WrongInput(f"--column '{key}={text}': there is no column '{key}'{near}")
        found |= dict.fromkeys(meant, (role.strip(), label.strip()))
    return found


def _role(header: Header, cells: list[str], model: Model) -> str:
    """What the header seems to say; a name of the model wins over a common word such as `protein`."""
    word = "".join(header.words)
    filled = [cell for cell in cells if not is_missing(cell)]
    numbers = sum(map(is_number, filled))
    if not filled:
        return "empty"
    if header.error:
        return "error" if numbers else "text"
    if _is_time(header):
        return "time"
    ours = bool(matches(header.name, model))
    if word in _CONDITION and not ours:
        return "condition"
    if word in _REPLICATE and not ours:
        return "replicate"
    if word in _UNIT and not numbers:
        return "unit"
    if word in _VARIABLE and not numbers and not ours:
        return "variable"
    if word in _VALUE and numbers and not ours:
        return "value"
    return setting_of(header.name, model) or ("measured" if numbers else "text")


def _is_time(header: Header) -> bool:
    if header.words and header.words[0] in TIMES and (len(header.words) == 1 or header.words[1] in _AFTER):
        return True
    if header.words == ("time", "point") or header.words == ("hpi",):
        return True
    first = header.words[0] if header.words else ""
    return read_time_unit(first) is not None and (len(header.words) == 1 or header.words[1] in _AFTER)


_AFTER = frozenset("after post since p of from nach seit h hr hrs hour hours min mins minutes s sec d day days".split())


def _enter(found: Roles, place: int, role: str, header: Header, model: Model) -> None:
    shown = f"'{shorten(header.text)}'"
    if role in ("time", "variable", "value", "unit"):
        before = getattr(found, role)
        if before is not None:
            raise WrongInput(
                f"columns '{found.headers[before].text}' and {shown} both look like the {role}; "
                f"say which to leave out with --column 'HEADER=ignore'"
            )
        setattr(found, role, place)
    elif role == "condition":
        found.condition.append(place)
    elif role == "replicate":
        found.replicate.append(place)
    elif role in model.parameters or role.startswith("initial:"):
        found.settings[place] = role
    elif role == "error":
        found.errors.append(place)
    elif role == "ignore":
        found.notes.append(f"Column {shown} is left out, as you said.")
    elif role == "empty":
        found.notes.append(f"Column {shown} is empty and left out.")
    elif role == "text":
        found.notes.append(f"Column {shown} holds words, not numbers, and is left out.")
    else:
        found.measured.append(place)


def _require_time(found: Roles, sheet: Sheet) -> None:
    if found.time is None:
        listed = ", ".join(f"'{shorten(text, 30)}'" for text in sheet.headers[:8])
        raise WrongInput(
            f"{sheet.name}: has no column of times among {listed}; name one 'time [hour]', "
            "or say --column 'HEADER=time'"
        )
