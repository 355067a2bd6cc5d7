"""`write_fit`: from a model and somebody's table to a fit folder to edit, with every assumption in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from exokinetics.catalogue import load, models
from exokinetics.errors import WrongInput, raise_errors
from exokinetics.fitting.fit_file import read_fit_issues
from exokinetics.fitting.folders import load_fit
from exokinetics.fitting.own_data.choosing import bounds_of, candidates, checked_free, chosen, scaled_slopes, width_of
from exokinetics.fitting.own_data.expressing import (
    Expressed,
    expressed,
    reported_spread,
    said_of_errors,
    said_of_limits,
)
from exokinetics.fitting.own_data.folder import require_new, written_folder
from exokinetics.fitting.own_data.layout import entries_of
from exokinetics.fitting.own_data.measurements import Measurements, measurements_of
from exokinetics.fitting.own_data.predicting import Nominal, nominal
from exokinetics.fitting.own_data.table_reading import read_sheet
from exokinetics.fitting.own_data.writing import MISSING, Plan, data_text, fit_text, readme_text
from exokinetics.fitting.problem import Problem
from exokinetics.model.whole import Model

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class WrittenFit:
    """A fit folder that was written, what was assumed, what is missing in it, and why it should not be run as it is.

    `obstacle` is empty if it can be run. `warnings` is what a check of the folder finds odd.
    """

    folder: Path
    assumptions: tuple[str, ...]
    missing: tuple[str, ...]
    obstacle: str = ""
    warnings: tuple[str, ...] = ()

    def load(self) -> Problem:
        """The fit, as `load_fit` reads it from the folder."""
        return load_fit(self.folder)


def write_fit(
    model: str | Path | Model,
    table: str | Path | pandas.DataFrame,
    *,
    folder: str | Path | None = None,
    free: str | Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
) -> WrittenFit:
    """Write a fit folder for a model and a table of measurements: .csv, .xlsx or a DataFrame, wide or long.

    `folder`: what to write, named as the table in the working directory if left out; never overwritten. `free`: the
    parameters to estimate, chosen by exact slopes if left out. `columns`: by header what a column is, an id of the
    model or time, condition, replicate, variable, value, unit, ignore. `sheet`: of a workbook. Raises `WrongInput` in
    one sentence where the table can be read in two ways.
    """
    place = _place(folder, table)
    require_new(place)
    name, whole, copies = model_named(model)
    given = read_sheet(table, sheet)
    read = measurements_of(entries_of(given, whole, columns or {}), whole)
    plan = _planned(place.name, name, whole, read, free)
    texts: dict[str, str | bytes] = {
        "fit.toml": fit_text(plan), "data.csv": data_text(read), "README.md": readme_text(plan, given.name), **copies,
    }  # fmt: skip
    written_folder(place, texts, lambda beside: raise_errors(read_fit_issues(beside)[1]))
    problem = load_fit(place)
    odd = tuple(
        str(issue) for issue in problem.lint() if not any(f"'{column}'" in issue.message for column in read.extras)
    )
    return WrittenFit(place, plan.notes, MISSING, _obstacle(read, problem), odd)


def _place(folder: str | Path | None, table: object) -> Path:
    if folder is not None:
        return Path(folder)
    if not isinstance(table, (str, Path)):
        raise WrongInput("folder: is needed where the table is no file; name the folder to write")
    stem = re.sub(r"[^A-Za-z0-9_]+", "_", Path(table).stem).strip("_")
    return Path(stem or "fit")


def model_named(model: str | Path | Model) -> tuple[str, Model, dict[str, str | bytes]]:
    """What a fit file calls the model, the model, and the files to lay beside the fit file."""
    variant = ""
    if isinstance(model, Model):
        _require_as_filed(model)
        variant, model = model.variant, model.name if model.name in models() else Path(model.file)
    whole = load(model, variant)
    if isinstance(model, str) and model in models():
        return model, whole, {}
    path = Path(model)
    name = f"model{path.suffix}" if path.name in ("fit.toml", "data.csv", "README.md", "result.toml") else path.name
    return name, whole, {name: path.read_bytes()}


def _require_as_filed(model: Model) -> None:
    """A fit file names the file of a model, so the model must be what its file says."""
    way_out = "write it to a model file and give its path"
    if not model.file or not Path(model.file).is_file():
        raise WrongInput(f"the model '{model.name}' has no file, which a fit folder needs; {way_out}")
    if load(model.file, model.variant).whole != model.whole:
        raise WrongInput(
            f"the model '{model.name}' differs from its file {model.file}, which the fit would use; {way_out}"
        )


def _planned(title: str, name: str, model: Model, table: Measurements, free: str | Sequence[str]) -> Plan:
    held = {id: id for condition in table.conditions for id in condition.values}
    wanted = checked_free(free, model, held)
    looked_at = wanted or candidates(model, list(held))
    found = nominal(table, model, looked_at)
    observables = _observables(table, model, found)
    notes = [*table.notes, *said_of_limits(table), *_said(observables, table)]
    if wanted:
        ids = wanted
        notes.append(f"Estimated, as you said: {', '.join(ids)}.")
    else:
        ids, enough = chosen_ids(model, found, observables)
        if not ids:
            raise WrongInput(
                "no parameter with a range moves these columns at the values of the model; name what to estimate "
                "with --free ID,ID"
            )
        notes.append(
            f"Estimated: {', '.join(ids)}, chosen by the slopes of the columns over the ranges of the model file "
            f"({len(looked_at)} parameters were looked at; --free ID,ID names others)."
        )
        if not enough:
            notes.append(
                f"At the values of the model no parameter moves the columns by as much as they scatter; {ids[0]} moves "
                "them most."
            )
    notes.append("Bounds are the ranges of the model file, widened to four decades.")
    return Plan(
        title, name, table.conditions, tuple(observables), tuple(bounds_of(id, model) for id in ids),
        tuple(notes), any(row.replicate for row in table.samples), model.variant,
    )  # fmt: skip


def _observables(table: Measurements, model: Model, found: Nominal) -> list[Expressed]:
    taken = [*model.whole.kinds(), *(item.column for item in table.series), *table.extras]
    return [
        expressed(
            item, model.unit(item.target), found.measured[item.column], found.predicted[item.column], taken,
            reported_spread(item, table),
        )
        for item in table.series
    ]  # fmt: skip


def chosen_ids(model: Model, found: Nominal, observables: Iterable[Expressed]) -> tuple[list[str], bool]:
    """The parameters that the columns tell most of, and whether they tell enough; see `chosen`."""
    widths = np.array([width_of(model.value(id)) for id in found.names])
    blocks, factors, shares = [], [], []
    for item in observables:
        column = item.series.column
        predicted, measured = found.predicted[column], found.measured[column]
        factor = _natural_scale(item)
        logarithmic = item.logarithmic or item.series.meaning.kind == "logarithm"
        slopes = factor * found.slopes[column] * widths
        blocks.append(scaled_slopes(slopes, factor * predicted, measured, logarithmic))
        factors.append(bool(item.scale))
        shares.append(np.ones(len(measured)) if logarithmic else factor * predicted)
    rows = sum(len(block) for block in blocks)
    nuisance = np.zeros((rows, sum(factors)))
    first = column_place = 0
    for block, has_scale, share in zip(blocks, factors, shares, strict=True):
        if has_scale:
            nuisance[first : first + len(block), column_place] = share
            column_place += 1
        first += len(block)
    return chosen(found.names, np.vstack(blocks), nuisance)


def _natural_scale(item: Expressed) -> float:
    """The factor between the model and the column, from the values of the parameters of the fit."""
    value = 1.0
    for own in item.others:
        value *= own.value if own.value is not None else 1.0
    return value


def _said(observables: Iterable[Expressed], table: Measurements) -> list[str]:
    notes = []
    for item in observables:
        if item.scale:
            notes.append(
                f"'{item.series.header}' is relative, so it is compared with {item.expression}, in which the scale "
                f"{item.scale} is estimated; amounts cannot come out of it."
            )
        notes.append(said_of_errors(item, table))
    return notes


def _obstacle(table: Measurements, problem: Problem) -> str:
    """Why a fit of the folder as it is would mislead or fail; empty if it would not."""
    silent = [item.id for item in table.conditions if not item.told]
    if silent:
        listed = ", ".join(silent)
        return (
            f"the table does not say how the model differs in the condition {listed}; "
            "fill in values, initial or doses in fit.toml"
        )
    if len(problem.observed) <= len(problem.estimated):
        return (
            f"the number of measurements is {len(problem.observed)}, that of estimated parameters "
            f"{len(problem.estimated)}; hold some of them in fit.toml"
        )
    return "" if np.isfinite(problem.cost()) else "the likelihood at the values of the model is not finite"
