"""A fit file: TOML with conditions, observables and parameters, read with every issue at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from exokinetics.catalogue import load
from exokinetics.catalogue.variants import no_variant
from exokinetics.errors import Issue, WrongInput, did_you_mean
from exokinetics.fitting.conditions import read_condition
from exokinetics.fitting.data_table import DataTable, read_data
from exokinetics.fitting.held_out_file import HELD_OUT, of_held_out
from exokinetics.fitting.observable_tables import check_times, check_use, read_observable, read_scalar
from exokinetics.fitting.parameter_tables import apart, read_parameters
from exokinetics.fitting.problem import Problem
from exokinetics.fitting.reading import Reading
from exokinetics.fitting.rivals import faults_of_rival, split_rivals
from exokinetics.fitting.specification import Condition, SearchEffort
from exokinetics.model.whole import Model

KEYS = ("title", "model", "variant", "condition", "observable", "scalar", "parameter", "search")
SEARCH_KEYS = ("batch", "tried")

Tables = tuple[DataTable | None, DataTable | None]  # what is fitted, and what is held out


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
    aside = read_data(file.with_name(HELD_OUT), issues) if file.with_name(HELD_OUT).exists() else None
    problem = _read(content, file, (data, aside), issues)
    rivals, found_before = {}, list(issues)
    for name, merged in laid_over_it.items():
        own: list[Issue] = []
        rivals[name] = _read(merged, file, (data, aside), own, name)
        issues += faults_of_rival(name, own, found_before)
    if problem is None or any(issue.severity == "error" for issue in issues):
        return None, issues
    return replace(problem, rivals={name: rival for name, rival in rivals.items() if rival is not None}), issues


def _read(content: Mapping[str, Any], file: Path, data: Tables, issues: list[Issue], rival: str = "") -> Problem | None:
    """The main fit or a rival; None where the model or the data cannot be read. Every issue is appended."""
    model = _model(content.get("model"), content.get("variant", ""), file, issues)
    if model is None or data[0] is None:
        return None
    return _problem(content, file.parent, rival, Reading(str(file), model, data[0], issues), data[1])


def _model(name: Any, variant: Any, file: Path, issues: list[Issue]) -> Model | None:
    """The model that the file names, or the reading of it that `variant` names."""
    if not isinstance(name, str):
        issues.append(Issue(str(file), "model", "is missing; name a model or a model file beside this file"))
        return None
    place = file.parent / name if (file.parent / name).is_file() else name
    try:
        model = load(place)
        if variant == "" or variant in list(model.variants):  # a list can be asked for what cannot be hashed, too
            return load(place, variant)
        issues.append(Issue(str(file), "variant", no_variant(str(variant), model.variants)))
        return None
    except WrongInput as error:
        issues += error.issues or [Issue(str(file), "model", str(error))]
        return None


def _problem(
    content: Mapping[str, Any], folder: Path, rival: str, reading: Reading, aside: DataTable | None
) -> Problem:
    reading.unknown_keys(content, KEYS, "")
    quantities = read_parameters(reading.tables(content, "parameter"), reading)
    conditions = {
        id: read_condition(id, table, quantities, reading) for id, table in reading.tables(content, "condition").items()
    }
    columns = {
        id: read_observable(id, table, conditions, quantities, reading)
        for id, table in reading.tables(content, "observable").items()
    }
    numbers = {
        id: read_scalar(id, table, quantities, reading)
        for id, table in reading.tables(content, "scalar", needed=False).items()
    }
    _data_conditions(conditions, reading)
    measured = {id: item for id, item in columns.items() if item is not None}
    scalars = {id: item for id, item in numbers.items() if item is not None}
    whole = {id: item for id, item in quantities.items() if item is not None}
    if len(measured) == len(columns) and len(scalars) == len(numbers):
        check_use(measured, scalars, conditions, quantities, reading)
        check_times(columns, reading)
    held = {id: condition for id, condition in conditions.items() if condition.held_out}
    conditions = {id: condition for id, condition in conditions.items() if id not in held}
    if set(reading.data.conditions) <= conditions.keys():
        whole, conditions = apart(whole, conditions, measured, reading)
    title = content.get("title", folder.name)
    # a rival may leave measurements out; what is odd in the file is told of the main fit alone
    warnings = () if rival else tuple(issue for issue in reading.issues if issue.severity == "warning")
    problem = Problem(
        f"{folder.name}:{rival}" if rival else folder.name, str(title), reading.model, reading.data, conditions,
        measured, whole, folder, scalars, warnings, rival,
        effort=_effort(content.get("search", {}), reading),
    )  # fmt: skip
    return replace(problem, held_out=of_held_out(problem, held, aside, reading))


def _effort(given: Any, reading: Reading) -> SearchEffort:
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


def _data_conditions(conditions: Mapping[str, Condition], reading: Reading) -> None:
    for name in sorted(set(reading.data.conditions)):
        line = reading.data.lines[reading.data.conditions.index(name)]
        if name not in conditions:
            hint = did_you_mean(name, conditions)
            reading.fault("condition", f"'{name}' of data.csv, line {line}, is not a condition of this file{hint}")
        elif conditions[name].held_out:
            reading.fault(
                f"condition.{name}.held_out",
                f"but line {line} of data.csv, which is fitted, is of this condition; move its rows to {HELD_OUT}",
            )
