"""A model file: TOML with [part.ID] tables over laws, read with every issue at once."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from exokinetics.catalogue.event_tables import read_events
from exokinetics.catalogue.library import library_entries
from exokinetics.catalogue.value_records import KEYS as VALUE_KEYS
from exokinetics.catalogue.value_records import flattened, read_settings, read_value
from exokinetics.catalogue.variants import as_read, no_variant, readings
from exokinetics.errors import Issue, WrongInput, did_you_mean, nearest
from exokinetics.expressions.parsing import parse
from exokinetics.laws import LAWS, use
from exokinetics.laws.registry import ANY, Role, is_id
from exokinetics.model.parts import Observable, Part, id_fault
from exokinetics.model.values import Value, fixed
from exokinetics.model.whole import Model, Start, assemble
from exokinetics.units import same_dimension, unit

KEYS = (
    "title", "summary", "citation", "time_unit", "start", "report", "part", "initial", "observable", "event", "variant",
)  # fmt: skip
PART_KEYS = ("law", "from")
OBSERVABLE_KEYS = ("expression", "unit", "title")


@dataclass
class _Reading:
    """What one file has given so far."""

    file: str
    issues: list[Issue] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)  # parts and observables with a fault of their own

    def in_broken(self, id: str) -> bool:
        """Whether an id belongs to a part that could not be made: that it is unknown is no second fault."""
        return any(id == broken or id.startswith(f"{broken}.") for broken in self.broken)

    def fault(self, key: str, message: str) -> None:
        self.issues.append(Issue(self.file, key, message))


def read_model_file(text: str, path: Path, variant: str = "") -> tuple[Model | None, list[Issue]]:
    """The model of a TOML text, or one of its variants, or None with its issues; nothing in the text is run."""
    file = str(path)
    try:
        content = tomllib.loads(text)
    except ValueError as error:  # also for a number of thousands of digits, which is no TOMLDecodeError
        return None, [Issue(file, "", f"is not valid TOML: {error}")]
    except RecursionError:
        return None, [Issue(file, "", "is nested too deeply")]
    known, issues = readings(content, file)
    if variant and variant not in known:
        return None, [*issues, Issue(file, "variant", no_variant(variant, known))]
    if variant and not issues:
        content = as_read(content, variant)
    model, own = _read_content(content, path, variant, known)
    issues += own
    return None if any(issue.severity == "error" for issue in issues) else model, issues


def check_model_file(text: str, path: Path) -> list[Issue]:
    """Every issue of a TOML text and of each of its variants."""
    _, issues = read_model_file(text, path)
    try:
        tables = tomllib.loads(text).get("variant", {})
    except (ValueError, RecursionError):
        return issues
    if any(issue.severity == "error" for issue in issues) or not isinstance(tables, dict):
        return issues  # what the default gets wrong, its variants would say again
    for name in tables:
        found = read_model_file(text, path, name)[1]
        issues += [replace(issue, key=f"variant.{name}.{issue.key}") for issue in found if issue not in issues]
    return issues


def _read_content(
    content: Mapping[str, Any], path: Path, variant: str, variants: Mapping[str, str]
) -> tuple[Model, list[Issue]]:  # fmt: skip
    reading = _Reading(str(path))
    for name in content.keys() - set(KEYS):
        reading.fault(name, f"is not a key of a model file{did_you_mean(name, KEYS)}")
    time_unit = _time_unit(content.get("time_unit", "hour"), reading)
    parts = _parts(content.get("part"), reading)
    observables = _observables(content.get("observable", {}), reading)
    initial = _initial(content.get("initial", {}), parts, reading)
    start = _start(content.get("start", {}), parts, reading)
    report = content.get("report", [])
    if not isinstance(report, list):
        reading.fault("report", 'must be a list of times such as ["24 hour", "72 hour"]')
        report = []
    events = read_events(content.get("event", {}), reading.file, reading.issues)
    texts = {name: _text(content, name, reading) for name in ("title", "summary", "citation")}
    model, issues = assemble(
        path.stem, [*parts, events], initial=initial, observables=observables, time_unit=time_unit, start=start,
        file=reading.file, origins=reading.origins, report=report, excused=reading.in_broken, **texts,
    )  # fmt: skip
    if parts:
        reading.issues += issues
    return replace(model, variant=variant, variants=dict(variants)), reading.issues


def _text(content: Mapping[str, Any], name: str, reading: _Reading) -> str:
    given = content.get(name, "")
    if not isinstance(given, str):
        reading.fault(name, "must be a text")
        return ""
    return " ".join(given.split())


def _time_unit(given: Any, reading: _Reading) -> str:
    try:
        if not isinstance(given, str) or not same_dimension(unit(given), unit("hour")):
            raise WrongInput(f"{given!r} is not a unit of time; use 'hour', 'minute' or 'second'")
    except WrongInput as error:
        reading.fault("time_unit", str(error))
        return "hour"
    return given


def _parts(tables: Any, reading: _Reading) -> list[Part]:
    if not isinstance(tables, dict) or not tables:
        reading.fault("part", "is missing; a model needs at least one table [part.ID]")
        return []
    found = []
    for id, table in tables.items():
        key = f"part.{id}"
        reading.broken.append(id)
        if not isinstance(table, dict):
            reading.fault(key, "must be a table with a law")
            continue
        fault = id_fault(id)
        kind = table.get("law")
        if fault:
            reading.fault(key, fault)
        elif kind is None:
            reading.fault(f"{key}.law", f"is missing; known are {', '.join(sorted(LAWS))}")
        elif not isinstance(kind, str) or kind not in LAWS:
            reading.fault(f"{key}.law", f"'{kind}' is not a mechanism{did_you_mean(str(kind), LAWS)}")
        else:
            part = _part(str(kind), id, table, tables.keys(), reading)
            if part is not None:
                found.append(part)
                reading.broken.remove(id)
    return found


def _part(kind: str, id: str, table: Mapping[str, Any], parts: Collection[str], reading: _Reading) -> Part | None:
    """The part, or None where it cannot be built; a fault in one of its values alone does not stop it."""
    key, law_roles = f"part.{id}", LAWS[kind].roles
    given = {name: (value, reading.file, f"{key}.{name}") for name, value in table.items() if name not in PART_KEYS}
    strange = sorted(given.keys() - law_roles.keys())
    for name in strange:
        reading.fault(f"{key}.{name}", f"is not a role of {kind}{did_you_mean(name, law_roles)}")
    known = len(reading.issues)
    inherited = _inherited(table.get("from", []), law_roles, key, reading)
    complete = len(reading.issues) == known  # what a table that cannot be found would hold is not missing besides
    roles: dict[str, Any] = {}
    for name, role in law_roles.items():
        source = given.get(name) or inherited.get(name)
        if source is None:
            if not role.required:
                continue
            if complete and not nearest(name, strange):
                where = f" in {role.unit}" if role.unit and role.unit != ANY else ""
                reading.fault(f"{key}.{name}", f"is missing: {role.title}{where}")
            value = None
        else:
            reading.origins[LAWS[kind].place(id, name)] = source[1]
            value = _role(role, *source, parts, reading)
        if value is None and role.kind == "parameter":
            text = "dimensionless" if role.unit == ANY else role.unit
            value = fixed(1.0, text, "stands in for a value with a fault, so that the rest can be checked")
        if value is None:
            return None
        roles[name] = value
    try:
        return use(kind, id, **roles)
    except WrongInput as error:
        for issue in error.issues or [Issue("", id, str(error))]:
            reading.fault(f"part.{issue.key}", issue.message)
        return None


def _inherited(names: Any, roles: Mapping[str, Role], key: str, reading: _Reading) -> dict[str, tuple[Any, str, str]]:
    """Roles from library tables, the first named table first; what a table holds beyond the roles is left."""
    found: dict[str, tuple[Any, str, str]] = {}
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        reading.fault(
            f"{key}.from", "must be the name of a library table such as 'cells.stellate', or a list of such names"
        )
        return found
    for name in names:
        try:
            entries = library_entries(name)
        except WrongInput as error:
            reading.fault(f"{key}.from", str(error))
            continue
        for role in roles.keys() & entries.keys():
            entry, file, table = entries[role]
            found.setdefault(role, (entry, file, f"{table}.{role}"))
    return found


def _role(role: Role, given: Any, file: str, key: str, parts: Collection[str], reading: _Reading) -> Any:
    if role.kind == "parameter" and isinstance(given, dict):
        return read_value(given, _unit_of(role, given), role.distribution, file, key, reading.issues)
    if role.kind == "links" and isinstance(given, list):
        return _ids(given, file, key, reading)
    if isinstance(given, str) and is_id(given):
        fault = id_fault(given)
        if fault:
            reading.issues.append(Issue(file, key, fault))
            return None
        if role.kind == "members" and not any(given == part or given.startswith(f"{part}.") for part in parts):
            reading.issues.append(
                Issue(file, key, f"'{given}' is not a part of this model{did_you_mean(given, parts)}")
            )
            return None
        return given
    wanted = _WANTED.get(role.kind, "a table { value, quality, source | reason }")
    reading.issues.append(Issue(file, key, f"{given!r} stands where {wanted} is needed"))
    return None


def _ids(given: list[Any], file: str, key: str, reading: _Reading) -> list[str] | None:
    """A list of ids; None where one of them is none."""
    faults = [fault for item in given if (fault := id_fault(item) if isinstance(item, str) else f"{item!r} is no id")]
    reading.issues += [Issue(file, key, fault) for fault in faults]
    return None if faults else given


_WANTED = {
    "members": "the id of a part", "process": "the id of a process", "link": "the id of a species",
    "links": 'a list of ids such as ["akt.level"]',
}  # fmt: skip


def _unit_of(role: Role, record: Mapping[str, Any]) -> str:
    """The unit of a value record; a text that cannot be read is reported where its number is read."""
    try:
        return role.unit_for(record.get("value"))
    except WrongInput:
        return "dimensionless"


def _observables(tables: Any, reading: _Reading) -> dict[str, Observable]:
    found: dict[str, Observable] = {}
    if not isinstance(tables, dict):
        reading.fault("observable", 'must be a table with lines id = "expression"')
        return found
    for id, given in flattened(tables, OBSERVABLE_KEYS):
        item = _observable(id, {"expression": given} if isinstance(given, str) else given, reading)
        if item is None:
            reading.broken.append(id)
        else:
            found[id] = item
    return found


def _observable(id: str, table: Mapping[str, Any], reading: _Reading) -> Observable | None:
    key, fault = f"observable.{id}", id_fault(id)
    if fault:
        reading.fault(key, fault)
        return None
    for name in sorted(table.keys() - set(OBSERVABLE_KEYS)):
        reading.fault(f"{key}.{name}", f"is not part of an observable{did_you_mean(name, OBSERVABLE_KEYS)}")
    wrong = [name for name in OBSERVABLE_KEYS if not isinstance(table.get(name, ""), str)]
    if wrong or "expression" not in table:
        reading.fault(f"{key}.{wrong[0]}" if wrong else key, "must be a text" if wrong else "needs an expression")
        return None
    try:
        return Observable(id, parse(table["expression"]), table.get("unit"), table.get("title", ""))
    except WrongInput as error:
        reading.fault(key, str(error))
        return None


def _initial(tables: Any, parts: list[Part], reading: _Reading) -> dict[str, Value]:
    species = {name: item for part in parts for name, item in part.species.items()}
    found: dict[str, Value] = {}
    if not isinstance(tables, dict):
        reading.fault("initial", "must be a table with lines id = { value, quality, source | reason }")
        return found
    for id, given in flattened(tables, VALUE_KEYS):
        key = f"initial.{id}"
        if id not in species and reading.in_broken(id):
            continue
        if id not in species:
            reading.fault(key, f"is not a species{did_you_mean(id, species)}")
        elif not isinstance(given, dict):
            reading.fault(key, "needs a table { value, quality, source | reason }")
        else:
            value = read_value(given, species[id].unit, "log", reading.file, key, reading.issues)
            if value is not None:
                found[id] = value
                reading.origins[f"initial:{id}"] = reading.file
    return found


def _start(table: Any, parts: list[Part], reading: _Reading) -> Start:
    if not isinstance(table, dict):
        reading.fault("start", "must be a table such as { steady = true, values = { } }")
        return Start()
    for name in table.keys() - {"steady", "values"}:
        reading.fault(f"start.{name}", f"is not known{did_you_mean(name, ('steady', 'values'))}")
    steady = table.get("steady", False)
    if not isinstance(steady, bool):
        reading.fault("start.steady", "must be true or false")
    parameters = {name: item for part in parts for name, item in part.parameters.items()}
    values = read_settings(table.get("values", {}), parameters, "start.values", reading.fault, reading.in_broken)
    return Start(bool(steady), values)
