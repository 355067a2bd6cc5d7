"""A fit file: TOML with conditions, observables and parameters, read with every issue at once."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from exokinetics.catalogue import load
from exokinetics.errors import Issue, WrongInput, did_you_mean
from exokinetics.expressions.dimensions import unit_of
from exokinetics.expressions.graph import Node, substitute
from exokinetics.expressions.parsing import parse
from exokinetics.fitting.conditions import read_condition
from exokinetics.fitting.data_table import DataTable, read_data
from exokinetics.fitting.noise import NOISE
from exokinetics.fitting.problem import Problem
from exokinetics.fitting.rivals import faults_of_rival, split_rivals
from exokinetics.fitting.specification import DECADES, Condition, FitParameter, Measured, SearchEffort
from exokinetics.model.equations import observables
from exokinetics.model.parts import id_fault
from exokinetics.model.whole import Model
from exokinetics.units import magnitude, same_unit, unit, unit_text

KEYS = ("title", "model", "condition", "observable", "parameter", "search")
SEARCH_KEYS = ("batch", "tried")
OBSERVABLE_KEYS = ("title", "column", "expression", "noise", "spread", "degrees", "conditions")
PARAMETER_KEYS = ("title", "unit", "lower", "upper", "value", "estimate", "scale", "prior", "reason")
SCALES = ("log10", "linear")


@dataclass
class _Reading:
    file: str
    model: Model
    data: DataTable
    issues: list[Issue] = field(default_factory=list)

    def fault(self, key: str, message: str) -> None:
        self.issues.append(Issue(self.file, key, message))

    def unknown_keys(self, table: Mapping[str, Any], known: tuple[str, ...], key: str) -> None:
        for name in table.keys() - set(known):
            self.fault(f"{key}.{name}" if key else name, f"is not known here{did_you_mean(name, known)}")


def read_fit_issues(path: Path) -> tuple[Problem | None, list[Issue]]:
    """The problem of a folder or fit.toml and every issue found; None where an issue is an error."""
    path = Path(path)
    file = path / "fit.toml" if path.is_dir() else path
    try:
        content = tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return None, [Issue(str(file), "", "is missing; a fit is a folder with fit.toml and data.csv")]
    except (OSError, UnicodeDecodeError) as error:
        return None, [Issue(str(file), "", f"cannot be read: {error}")]
    except (ValueError, RecursionError) as error:
        return None, [Issue(str(file), "", f"is not valid TOML: {error}")]
    issues: list[Issue] = []
    content, laid_over_it = split_rivals(content, str(file), issues)
    data = read_data(file.with_name("data.csv"), issues)
    problem = _read(content, file, data, issues)
    rivals, found_before = {}, list(issues)
    for name, merged in laid_over_it.items():
        own: list[Issue] = []
        rivals[name] = _read(merged, file, data, own, name)
        issues += faults_of_rival(name, own, found_before)
    if problem is None or any(issue.severity == "error" for issue in issues):
        return None, issues
    return replace(problem, rivals={name: rival for name, rival in rivals.items() if rival is not None}), issues


def _read(
    content: Mapping[str, Any], file: Path, data: DataTable | None, issues: list[Issue], rival: str = ""
) -> Problem | None:
    """The main fit or a rival; None where the model or the data cannot be read. Every issue is appended."""
    model = _model(content.get("model"), file, issues)
    if model is None or data is None:
        return None
    return _problem(content, file.parent, rival, _Reading(str(file), model, data, issues))


def _model(name: Any, file: Path, issues: list[Issue]) -> Model | None:
    if not isinstance(name, str):
        issues.append(Issue(str(file), "model", "is missing; name a model or a model file beside this file"))
        return None
    beside = file.parent / name
    try:
        return load(beside if beside.is_file() else name)
    except WrongInput as error:
        issues += error.issues or [Issue(str(file), "model", str(error))]
        return None


def _problem(content: Mapping[str, Any], folder: Path, rival: str, reading: _Reading) -> Problem:
    reading.unknown_keys(content, KEYS, "")
    parameters = _tables(content, "parameter", reading)
    quantities = {id: _parameter(id, table, reading) for id, table in parameters.items()}
    conditions = {
        id: read_condition(id, table, reading.model, reading.fault)
        for id, table in _tables(content, "condition", reading).items()
    }
    measured = {
        id: _observable(id, table, conditions, quantities, reading)
        for id, table in _tables(content, "observable", reading).items()
    }
    _data_conditions(conditions, reading)
    if all(item is not None for item in measured.values()):
        _unused(measured, quantities, reading)
        _times(measured, reading)
    title = content.get("title", folder.name)
    # a rival may leave measurements out; what is odd in the file is told of the main fit alone
    warnings = () if rival else tuple(issue for issue in reading.issues if issue.severity == "warning")
    return Problem(
        f"{folder.name}:{rival}" if rival else folder.name, str(title), reading.model, reading.data, conditions,
        {id: item for id, item in measured.items() if item is not None},
        {id: item for id, item in quantities.items() if item is not None},
        folder, warnings, rival,
        effort=_effort(content.get("search", {}), reading),
    )  # fmt: skip


def _effort(given: Any, reading: _Reading) -> SearchEffort:
    """What one start of the search spends, where the file says so."""
    if not isinstance(given, dict):
        reading.fault("search", "must be a table with batch and tried")
        return SearchEffort()
    reading.unknown_keys(given, SEARCH_KEYS, "search")
    numbers = {name: given[name] for name in SEARCH_KEYS if name in given}
    for name, number in numbers.items():
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= 10_000:
            reading.fault(f"search.{name}", f"must be a whole number from 1 to 10,000, not {number!r}")
            return SearchEffort()
    effort = SearchEffort(**numbers)
    if effort.tried > effort.batch:
        reading.fault("search.tried", f"is more than the {effort.batch} points of a batch")
    return effort


def _tables(content: Mapping[str, Any], name: str, reading: _Reading) -> dict[str, Mapping[str, Any]]:
    given = content.get(name, {})
    if not isinstance(given, dict) or not given:
        reading.fault(name, f"is missing; a fit needs at least one table [{name}.ID]")
        return {}
    for id, table in given.items():
        if not isinstance(table, dict):
            reading.fault(f"{name}.{id}", 'must be a table; quote an id with dots, such as [parameter."a.b"]')
    return {id: table for id, table in given.items() if isinstance(table, dict)}


def _parameter(id: str, table: Mapping[str, Any], reading: _Reading) -> FitParameter | None:
    key, before = f"parameter.{id}", len(reading.issues)
    reading.unknown_keys(table, PARAMETER_KEYS, key)
    known = reading.model.whole.parameters.get(id)
    if known is None and (id_fault(id) or "." in id):
        hint = did_you_mean(id, reading.model.whole.parameters)
        reading.fault(key, f"is not a parameter of {reading.model.name}{hint}")
        return None
    if id in reading.data.units or (known is None and id in reading.model.whole.kinds()):
        reading.fault(key, f"'{id}' is also the name of a column or of something in the model; choose another")
    text = known.unit if known is not None else table.get("unit")
    if not isinstance(text, str):
        reading.fault(f"{key}.unit", "is missing: this is no parameter of the model, so it needs a unit")
        return None
    estimate, scale = table.get("estimate", True), table.get("scale", "log10")
    if scale not in SCALES:
        reading.fault(f"{key}.scale", f"{scale!r} is not known{did_you_mean(str(scale), SCALES)}")
    numbers = {name: _number(table, name, text, key, reading) for name in ("lower", "upper", "value") if name in table}
    if len(reading.issues) > before:
        return None
    return _bounded(id, text, table, numbers, bool(estimate), str(scale), reading)


def _bounded(
    id: str, text: str, table: Mapping[str, Any], numbers: Mapping[str, float], estimate: bool, scale: str,
    reading: _Reading,
) -> FitParameter | None:  # fmt: skip
    key, reason = f"parameter.{id}", str(table.get("reason", ""))
    known = reading.model.whole.parameters.get(id)
    value = numbers.get("value", known.value.value if known is not None else None)
    title = str(table.get("title", known.title if known is not None else ""))
    if not estimate:
        if value is None or not reason:
            reading.fault(key, "is held, so it needs a value and a reason")
            return None
        return FitParameter(id, text, value, estimate=False, scale=scale, reason=reason, title=title)
    if "lower" not in numbers or "upper" not in numbers:
        reading.fault(key, "needs lower and upper, the bounds of the search")
        return None
    lower, upper = numbers["lower"], numbers["upper"]
    if lower >= upper:
        reading.fault(key, f"lower {lower:g} is not below upper {upper:g}; the bounds are not swapped for you")
        return None
    if scale == "log10" and lower <= 0:
        reading.fault(f"{key}.lower", 'must be above 0 for a search in log10; use scale = "linear" otherwise')
        return None
    if scale == "log10" and math.log10(upper / lower) < DECADES - 1e-9 and not reason:
        reading.fault(key, f"the bounds span less than {DECADES:g} decades; widen them, or give the reason")
    middle = math.sqrt(lower * upper) if scale == "log10" else 0.5 * (lower + upper)
    start = middle if value is None else value
    if not lower <= start <= upper:
        reading.fault(key, f"the value {start:g} lies outside the bounds {lower:g} to {upper:g}")
    return FitParameter(
        id, text, start, lower, upper, True, scale, _prior(table.get("prior"), key, reading), reason, title
    )


def _number(table: Mapping[str, Any], name: str, text: str, key: str, reading: _Reading) -> float:
    given = table[name]
    try:
        if not isinstance(given, str) and "unit" not in table and not same_unit(unit(text), unit("dimensionless")):
            raise WrongInput(f"{given!r} has no unit; write '{given} {text}'")
        return magnitude(given, text)
    except WrongInput as error:
        reading.fault(f"{key}.{name}", str(error))
        return math.nan


def _prior(given: Any, key: str, reading: _Reading) -> tuple[float, float] | None:
    if given is None:
        return None
    if isinstance(given, dict) and given.keys() == {"mean", "sd"}:
        mean, sd = given["mean"], given["sd"]
        if isinstance(mean, (int, float)) and isinstance(sd, (int, float)) and sd > 0:
            return float(mean), float(sd)
    reading.fault(f"{key}.prior", "must be { mean, sd } of a normal on the scale of the search, sd above 0")
    return None


def _observable(
    id: str, table: Mapping[str, Any], conditions: Mapping[str, Condition],
    quantities: Mapping[str, FitParameter | None], reading: _Reading,
) -> Measured | None:  # fmt: skip
    key, before = f"observable.{id}", len(reading.issues)
    reading.unknown_keys(table, OBSERVABLE_KEYS, key)
    column = table.get("column", id)
    if column not in list(reading.data.units):  # a list can be asked for what cannot be hashed, too
        hint = did_you_mean(str(column), reading.data.units)
        reading.fault(f"{key}.column", f"'{column}' is not a column of data.csv{hint}")
    noise = table.get("noise")
    if noise not in list(NOISE):
        reading.fault(f"{key}.noise", f"{noise!r} is not a noise model{did_you_mean(str(noise), NOISE)}")
    spread = table.get("spread")
    if spread not in list(quantities):
        hint = did_you_mean(str(spread), quantities)
        reading.fault(f"{key}.spread", f"{spread!r} is not a [parameter] of this file: the standard deviation{hint}")
    degrees = table.get("degrees", math.inf)
    if (noise == "student_t") != ("degrees" in table):
        reading.fault(f"{key}.degrees", "is the degrees of freedom of student_t noise: give it with that noise alone")
    elif isinstance(degrees, bool) or not isinstance(degrees, (int, float)) or not degrees > 0:
        reading.fault(f"{key}.degrees", f"must be a number above 0, not {degrees!r}")
    wanted = table.get("conditions", [])
    if not isinstance(wanted, list):
        reading.fault(f"{key}.conditions", f"must be a list of conditions, not {wanted!r}")
        wanted = []
    for name in wanted:
        if name not in list(conditions):
            reading.fault(f"{key}.conditions", f"'{name}' is not a condition{did_you_mean(str(name), conditions)}")
    expression = _expression(table.get("expression"), f"{key}.expression", quantities, reading)
    if expression is None or len(reading.issues) > before:
        return None
    text = reading.data.units[column]
    _check_unit(expression, text, f"{key}.expression", quantities, reading)
    _check_noise(str(noise), str(column), text, quantities.get(str(spread)), key, reading)
    return Measured(
        id,
        str(column),
        expression,
        text,
        str(noise),
        str(spread),
        tuple(wanted),
        str(table.get("title", "")),
        float(degrees),
    )


def _expression(text: Any, key: str, quantities: Mapping[str, FitParameter | None], reading: _Reading) -> Node | None:
    try:
        node = parse(text)
    except WrongInput as error:
        reading.fault(key, str(error))
        return None
    known = [*reading.model.whole.kinds(), *quantities, *reading.data.units]
    for name in sorted(node.symbols - set(known) - {"time"}):
        reading.fault(key, f"'{name}' is not in the model, the parameters or the columns{did_you_mean(name, known)}")
    for name in sorted(node.symbols & reading.data.units.keys() & set(reading.model.whole.kinds())):
        reading.fault(key, f"'{name}' is a column of data.csv and also in the model; rename the column")
    for name in sorted(node.symbols & reading.data.sides.keys()):
        if reading.data.sides[name].any():
            reading.fault(key, f"'{name}' holds limits such as '<20', which have no value to compute with")
    return node


def _check_unit(
    node: Node, text: str, key: str, quantities: Mapping[str, FitParameter | None], reading: _Reading
) -> None:
    model = reading.model
    texts = {name: model.unit(name) for name in model.whole.kinds()} | reading.data.units | {"time": model.time_unit}
    texts |= {name: item.unit for name, item in quantities.items() if item is not None}
    if not node.symbols <= texts.keys():
        return
    try:
        found = unit_of(node, {name: unit(texts[name]) for name in node.symbols})
    except WrongInput as error:
        reading.fault(key, str(error))
        return
    if found is not None and not same_unit(found, unit(text)):
        reading.fault(key, f"is in '{unit_text(found)}', but the column in '{text}'")


def _check_noise(noise: str, column: str, text: str, spread: FitParameter | None, key: str, reading: _Reading) -> None:
    wanted = text if noise in ("additive", "laplace", "student_t") else "dimensionless"
    if spread is not None and not same_unit(unit(spread.unit), unit(wanted)):
        reading.fault(f"{key}.spread", f"'{spread.id}' is in '{spread.unit}', but {noise} noise needs '{wanted}'")
    numbers = reading.data.numbers[column]
    if noise == "log_normal" and (numbers <= 0).any():
        reading.fault(f"{key}.noise", f"log_normal noise needs values above 0, but column '{column}' has others")


def _data_conditions(conditions: Mapping[str, Condition], reading: _Reading) -> None:
    for name in sorted(set(reading.data.conditions) - set(conditions)):
        line = reading.data.lines[reading.data.conditions.index(name)]
        hint = did_you_mean(name, conditions)
        reading.fault("condition", f"'{name}' of data.csv, line {line}, is not a condition of this file{hint}")


def _times(measured: Mapping[str, Measured | None], reading: _Reading) -> None:
    """Every measurement that needs a simulation has a time that is not negative, and there is one at all."""
    data, states = reading.data, set(reading.model.species) | {"time"}
    written = observables(reading.model.whole)
    counted = 0
    for item in measured.values():
        if item is None:
            continue
        rows = np.flatnonzero(~np.isnan(data.numbers[item.column]))
        counted += len(rows)
        if not substitute([item.expression], written)[0].symbols & states:
            continue
        if "time" not in data.units:
            reading.fault("data.csv", f"has no column 'time [{reading.model.time_unit}]', which '{item.id}' needs")
            return
        for row in rows:
            if not data.numbers["time"][row] >= 0.0:
                where = f"line {data.lines[row]}"
                reading.fault(f"data.csv: {where}", f"'{item.column}' was measured, but the time is empty or negative")
                return
    if not counted and all(item is not None for item in measured.values()):
        reading.fault("data.csv", "holds no measurement: every cell of the measured columns is empty")


def _unused(
    measured: Mapping[str, Measured | None], quantities: Mapping[str, FitParameter | None], reading: _Reading
) -> None:
    used = {item.column for item in measured.values() if item is not None} | {"time"}
    named = {name for item in measured.values() if item is not None for name in item.expression.symbols}
    for name in reading.data.units.keys() - used - named:
        reading.issues.append(Issue(reading.file, "observable", f"column '{name}' is not used", "warning"))
    spreads = {item.spread for item in measured.values() if item is not None}
    for name, quantity in quantities.items():
        if quantity is not None and name not in named | spreads and name not in reading.model.whole.parameters:
            reading.fault(f"parameter.{name}", "is not used by any observable; remove it or name it in an expression")
