"""A fit of ours as the tables and the SBML file of PEtab 1, so that other tools search the same likelihood."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import exokinetics as exo
from exokinetics.expressions.graph import Node, symbol
from exokinetics.expressions.graph import substitute as replaced
from exokinetics.expressions.text import to_text
from scripts.benchmarking.peers.libroadrunner import written

TRANSFORMED = {"additive": ("lin", "normal"), "proportional": ("lin", "normal"), "log_normal": ("log", "normal"),
               "laplace": ("lin", "laplace")}  # fmt: skip


def unsuited(problem: Any) -> str:
    """Why a fit cannot be written as PEtab here, or nothing."""
    for condition in problem.conditions.values():
        if condition.doses or condition.ties or condition.before or "steady" in (condition.start,):
            return f"condition {condition.id} has doses, ties or a start from rest"
    if problem.model.start.steady:
        return "the model starts from rest"
    if any(item.tie is not None or item.per for item in problem.quantities.values()):
        return "parameters are tied or differ between conditions"
    if any(item.averaged or item.noise not in TRANSFORMED for item in problem.measured.values()):
        return "noise that PEtab has no name for"
    return "limits of quantification" if np.any(problem.predictor.sides) else ""


def table_id(problem: Any, name: str) -> str:
    """The id of a parameter in the tables: its own, unless a condition sets it in place of what is estimated.

    PEtab takes a column of conditions that maps a parameter of the model to itself for a number.
    """
    held = any(name in condition.values for condition in problem.conditions.values())
    return f"{written(name)}_of_the_fit" if held else written(name)


def write_petab(problem: Any, folder: Path) -> Path:
    """The YAML file that names SBML, conditions, observables, measurements and parameters."""
    folder.mkdir(parents=True, exist_ok=True)
    exo.export(problem.model, folder / "model.xml", verify=False)
    columns = {item.id: _columns(item, problem) for item in problem.measured.values()}
    _conditions(problem, folder / "conditions.tsv")
    _table(folder / "observables.tsv", [_observable(item, columns[item.id]) for item in problem.measured.values()])
    _table(folder / "measurements.tsv", _measurements(problem, columns))
    parameters = [_parameter(table_id(problem, name), item) for name, item in problem.quantities.items()]
    _table(folder / "parameters.tsv", parameters)
    path = folder / "problem.yaml"
    path.write_text(
        "format_version: 1\nparameter_file: parameters.tsv\nproblems:\n- condition_files: [conditions.tsv]\n"
        "  measurement_files: [measurements.tsv]\n  observable_files: [observables.tsv]\n  sbml_files: [model.xml]\n",
        "utf-8",
    )
    return path


def _columns(item: Any, problem: Any) -> list[str]:
    """The columns of the data that a prediction or its spread names."""
    return [name for name in problem.data.units if name in item.expression.symbols | item.spread.symbols]


def _text(node: Node) -> str:
    return to_text(node, written).replace("**", "^")


def _observable(item: Any, columns: Sequence[str]) -> dict[str, Any]:
    kind, density = TRANSFORMED[item.noise]
    seen = {name: symbol(f"observableParameter{place}_{item.id}") for place, name in enumerate(columns, 1)}
    noise = {name: symbol(f"noiseParameter{place}_{item.id}") for place, name in enumerate(columns, 1)}
    (formula,) = replaced([item.expression], seen)
    (spread,) = replaced([item.spread], noise | {"predicted": formula})
    text = _text(spread) if item.noise != "proportional" else f"({_text(spread)})*({_text(formula)})"
    return {
        "observableId": item.id, "observableFormula": _text(formula), "noiseFormula": text,
        "observableTransformation": kind, "noiseDistribution": density,
    }  # fmt: skip


def _measurements(problem: Any, columns: dict[str, list[str]]) -> list[dict[str, Any]]:
    rows = []
    for block in problem.predictor.blocks():
        named = columns[block.item.id]
        in_formula = [name for name in named if name in block.item.expression.symbols]
        in_noise = [name for name in named if name in block.item.spread.symbols]
        for row, (time, measured) in enumerate(zip(block.times, block.measured, strict=True)):
            numbers = [repr(float(block.cells.columns[name][row])) for name in named]
            rows.append(
                {
                    "observableId": block.item.id, "simulationConditionId": block.condition.id,
                    "measurement": repr(float(measured)), "time": repr(float(time)),
                    "observableParameters": ";".join(numbers) if in_formula else "",
                    "noiseParameters": ";".join(numbers) if in_noise else "",
                }
            )  # fmt: skip
    return rows


def _conditions(problem: Any, path: Path) -> None:
    """What a condition does not set is as in the model."""
    whole = problem.model.whole.parameters
    named = list(dict.fromkeys(name for each in problem.conditions.values() for name in each.values))
    species = list(dict.fromkeys(name for each in problem.conditions.values() for name in each.initial))
    rows = []
    for condition in problem.conditions.values():
        row: dict[str, Any] = {"conditionId": condition.id}
        for name in named:
            held = table_id(problem, name) if name in problem.quantities else repr(whole[name].value.value)
            row[written(name)] = repr(condition.values[name]) if name in condition.values else held
        row |= {written(name): condition.initial.get(name, "") for name in species}
        rows.append(row)
    _table(path, rows)


def _parameter(id: str, item: Any) -> dict[str, Any]:
    inside = item.estimate
    row: dict[str, Any] = {
        "parameterId": id, "parameterScale": item.scale.replace("linear", "lin"),
        "lowerBound": item.lower if inside else item.value, "upperBound": item.upper if inside else item.value,
        "nominalValue": repr(item.value), "estimate": int(inside),
    }  # fmt: skip
    if not inside:
        row["parameterScale"] = "lin"
    if item.prior and math.isfinite(item.prior[1]):
        row |= {
            "objectivePriorType": "parameterScaleNormal", "objectivePriorParameters": "{};{}".format(*item.prior),
        }  # fmt: skip
    return row


def _table(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, delimiter="\t", restval="")
        writer.writeheader()
        writer.writerows(rows)
