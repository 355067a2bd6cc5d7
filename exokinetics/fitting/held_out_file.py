"""Conditions that a fit file holds out, and `held_out.csv`, what was measured in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from exokinetics.errors import Issue, did_you_mean
from exokinetics.fitting.data_table import DataTable
from exokinetics.fitting.observable_tables import check_noise, check_times
from exokinetics.fitting.problem import Problem
from exokinetics.fitting.reading import Reading
from exokinetics.fitting.specification import Condition

HELD_OUT = "held_out.csv"


def of_held_out(
    problem: Problem, held: Mapping[str, Condition], data: DataTable | None, reading: Reading
) -> Problem | None:
    """The conditions held out as a problem with data of its own, or None where there is none or the file is faulty.

    Faults are appended to those of `reading`.
    """
    if data is None:
        for name in held:
            reading.fault(f"condition.{name}.held_out", f"needs {HELD_OUT} beside this file, what was measured in it")
        return None
    if not held:
        message = f"{HELD_OUT} lies beside this file, but no condition says held_out = true"
        reading.issues.append(Issue(reading.file, "condition", message, "warning"))
        return None
    before, own = len(reading.issues), replace(reading, data=data)  # the list of issues is shared
    _check_columns(data, own, reading.data)
    _check_conditions(held, own)
    if len(reading.issues) > before:
        return None
    for id, item in problem.measured.items():
        check_noise(item, problem.quantities, f"observable.{id}", own)
    check_times(problem.measured, own)
    _check_apart(problem, held, own)
    if len(reading.issues) > before:
        return None
    return replace(problem, data=data, conditions=dict(held), scalars={}, warnings=())


def _check_columns(data: DataTable, own: Reading, fitted: DataTable) -> None:
    """The columns are those of data.csv in the same units, so that predictions and noise mean the same."""
    for name in fitted.units.keys() - data.units.keys():
        own.fault(HELD_OUT, f"has no column '{name} [{fitted.units[name]}]'; it needs those of data.csv")
    for name, text in data.units.items():
        if name not in fitted.units:
            own.fault(HELD_OUT, f"column '{name}' is not in data.csv{did_you_mean(name, fitted.units)}")
        elif text != fitted.units[name]:
            own.fault(HELD_OUT, f"column '{name}' is in [{text}], in data.csv in [{fitted.units[name]}]")


def _check_conditions(held: Mapping[str, Condition], own: Reading) -> None:
    data = own.data
    for name in sorted(set(data.conditions) - held.keys()):
        line = data.lines[data.conditions.index(name)]
        own.fault(f"{HELD_OUT}: line {line}", f"'{name}' is not a condition that is held out{did_you_mean(name, held)}")
    for name in sorted(held.keys() - set(data.conditions)):
        own.fault(f"condition.{name}.held_out", f"nothing was measured in it: it has no row in {HELD_OUT}")


def _check_apart(problem: Problem, held: Mapping[str, Condition], own: Reading) -> None:
    """Nothing is needed that only the measurements held out could tell, such as the scale of another blot."""
    groups: dict[str, set[str]] = {}
    per = {item.base: item.per for item in problem.quantities.values() if item.per}
    for item in problem.quantities.values():
        groups.setdefault(item.base, set()).add(item.group)
    for base, kind in per.items():
        if base in own.model.whole.parameters:
            for name, condition in held.items():
                if base not in condition.values and base not in condition.ties:
                    own.fault(f"condition.{name}", f"'{base}' differs between conditions; set it here, or tie it")
            continue
        for column in problem.measured.values():
            if base not in column.symbols:
                continue
            labels = own.data.conditions if kind == "condition" else own.data.replicates
            numbers = own.data.numbers[column.column]
            for name in sorted({label for label, number in zip(labels, numbers, strict=True) if number == number}):
                if name not in groups[base]:
                    own.fault(
                        HELD_OUT, f"'{column.id}' of {kind} '{name}' needs a '{base}' that no fitted measurement tells"
                    )
