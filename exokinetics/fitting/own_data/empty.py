"""`begin_fit`: a fit folder without measurements, with comments that say what goes where."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from exokinetics.errors import WrongInput, raise_errors
from exokinetics.fitting.fit_file import read_fit_issues
from exokinetics.fitting.own_data.beginning import WrittenFit, chosen_ids, model_named
from exokinetics.fitting.own_data.choosing import bounds_of, candidates
from exokinetics.fitting.own_data.expressing import Expressed, expressed
from exokinetics.fitting.own_data.folder import require_new, written_folder
from exokinetics.fitting.own_data.measurements import Measurements, Sample, Series, Setting, column_name
from exokinetics.fitting.own_data.predicting import Nominal, nominal
from exokinetics.fitting.own_data.unit_words import Meaning
from exokinetics.fitting.own_data.writing import MISSING, Plan, data_text, fit_text, readme_text
from exokinetics.model.whole import Model

SAMPLES = 8  # times at which the model is looked at for the parameter that the example estimates
UNTIL = 72.0  # of the model's unit, where it reports no times


def begin_fit(model: str | Path | Model, folder: str | Path) -> WrittenFit:
    """Write a fit folder for a model with an observable as an example, and a data.csv that has a header only.

    All that keeps it from being a fit is that there is no measurement. Raises `WrongInput` if the folder is there.
    """
    place = Path(folder)
    require_new(place)
    name, whole, copies = model_named(model)
    table = _example(whole)
    names = candidates(whole, ())
    found = nominal(table, whole, names)
    item = _observable(table, whole, found)
    ids = chosen_ids(whole, found, [item])[0] or names[:1]
    if not ids:
        raise WrongInput(f"{whole.name} has no parameter with a range, so there is nothing that a fit could estimate")
    series = table.series[0]
    notes = (
        f"'{series.target}' stands as an example of what was measured; put what you measured in its place.",
        f"{ids[0]} is estimated because '{series.target}' moves most with it.",
    )
    conditions = (Setting("control", "control", {}), Setting("treated", "treated", {}, told=False))
    bounds = tuple(bounds_of(id, whole) for id in ids[:1])
    plan = Plan(place.name, name, conditions, (item,), bounds, notes, variant=whole.variant)
    header = data_text(Measurements(table.series, {}, (), (), whole.time_unit, (), ()), labelled=True)
    texts: dict[str, str | bytes] = {
        "fit.toml": fit_text(plan), "data.csv": header, "README.md": readme_text(plan, ""), **copies,
    }  # fmt: skip
    row = f"control,,1,{_number(found, series.column)}\n"
    written_folder(place, texts, lambda beside: _require_fit(beside, header, row))
    return WrittenFit(place, notes, ("measurements: rows of data.csv", *MISSING))


def _example(model: Model) -> Measurements:
    """The first observable (or species) of the model, as if it had been measured."""
    target = (*model.observables, *model.species)[0]
    until = max((time for time in model.report if time > 0.0), default=UNTIL)
    times = [f"{until * (number + 1) / SAMPLES:.6g}" for number in range(SAMPLES)]
    column = column_name(target, model, set())
    series = Series(column, target, Meaning("unit", model.unit(target)), target)
    samples = tuple(Sample("control", "", time, {column: "1"}) for time in times)
    return Measurements((series,), {}, samples, (Setting("control", "control", {}),), model.time_unit, (), ())


def _observable(table: Measurements, model: Model, found: Nominal) -> Expressed:
    (item,) = table.series
    predicted = found.predicted[item.column]
    return expressed(
        item, model.unit(item.target), np.abs(predicted) + 1.0, predicted, (*model.whole.kinds(), item.column)
    )


def _number(found: Nominal, column: str) -> str:
    return f"{abs(float(found.predicted[column][0])) or 1.0:.6g}"


def _require_fit(folder: Path, header: str, row: str) -> None:
    """The fit is sound but for its measurements: with a row it is one."""
    data = folder / "data.csv"
    data.write_text(header + row, "utf-8")
    raise_errors(read_fit_issues(folder)[1])
    data.write_text(header, "utf-8")
