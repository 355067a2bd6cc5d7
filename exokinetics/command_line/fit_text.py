"""A fit: what was measured, under which conditions, and what is estimated within which bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from exokinetics.command_line.model_content import shown_path
from exokinetics.command_line.page import BOLD, Page
from exokinetics.expressions.text import to_text
from exokinetics.fitting import Problem
from exokinetics.fitting.specification import FitParameter


def fit_content(problem: Problem) -> dict[str, Any]:
    """A fitting problem as plain data."""
    return {
        "kind": "fit",
        "name": problem.name,
        "title": problem.title,
        "headline": headline(problem.folder / "README.md"),
        "model": problem.model.name,
        "variant": problem.model.variant,
        "folder": shown_path(problem.folder),
        "rows": len(problem.data),
        "conditions": _conditions(problem),
        "held_out": _conditions(problem.held_out) if problem.held_out is not None else [],
        "observables": [
            {
                "id": name, "title": item.title, "column": item.column, "unit": item.unit, "noise": item.noise,
                "spread": to_text(item.spread), "expression": to_text(item.expression),
                "degrees": None if item.degrees is None else to_text(item.degrees),
            }
            for name, item in problem.measured.items()
        ],
        "parameters": [_parameter(name, item) for name, item in problem.quantities.items()],
        "rivals": [
            {
                "id": name, "title": item.title, "model": item.model.name, "variant": item.model.variant,
                "estimated": len(item.estimated),
            }
            for name, item in problem.rivals.items()
        ],
    }  # fmt: skip


def _conditions(problem: Problem) -> list[dict[str, Any]]:
    return [
        {"id": name, "title": item.title, "values": dict(item.values), "start": item.start}
        for name, item in problem.conditions.items()
    ]


def _parameter(name: str, item: FitParameter) -> dict[str, Any]:
    bounds = (item.lower, item.upper) if item.estimate else (None, None)
    return {
        "id": name, "title": item.title, "unit": item.unit, "value": item.value, "estimated": item.estimate,
        "lower": bounds[0], "upper": bounds[1], "scale": item.scale, "reason": item.reason,
    }  # fmt: skip


def _model(content: Mapping[str, Any]) -> str:
    return f"{content['model']}, variant {content['variant']}" if content["variant"] else str(content["model"])


def headline(readme: Path) -> str:
    """The first heading of a README, or its first line; empty if there is none."""
    try:
        lines = [line.strip() for line in readme.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError):
        return ""
    return next((line.lstrip("# ") for line in lines if line.startswith("#")), lines[0] if lines else "")


def write_fit(content: Mapping[str, Any], page: Page) -> None:
    """Everything that `fit_content` holds."""
    page.line(content["title"], style=BOLD)
    if content["headline"] and content["headline"] != content["title"]:
        page.line(content["headline"])
    page.line(f"{content['name']}: model {_model(content)}, {content['rows']} rows of data in {content['folder']}")
    page.heading(f"Conditions ({len(content['conditions'])})")
    _write_conditions(content["conditions"], page)
    if content["held_out"]:
        page.heading(f"Conditions held out, to be predicted ({len(content['held_out'])})")
    _write_conditions(content["held_out"], page)
    page.heading(f"Observables ({len(content['observables'])})")
    for row in content["observables"]:
        title = f": {row['title']}" if row["title"] else ""
        page.line(f"{row['id']} [{row['unit']}]{title}", hanging=4, style=BOLD)
        page.line(f"column {row['column']} = {row['expression']}", indent=4, hanging=4)
        degrees = f", degrees of freedom {row['degrees']}" if row["degrees"] else ""
        page.line(f"{row['noise'].replace('_', '-')} noise of size {row['spread']}{degrees}", indent=4, hanging=4)
    free = [row for row in content["parameters"] if row["estimated"]]
    page.heading(f"Estimated parameters ({len(free)})")
    rows = [(row["id"], f"{row['lower']:g}", f"{row['upper']:g}", row["unit"], row["title"]) for row in free]
    page.table(("parameter", "lower", "upper", "unit", "title"), rows, numbers=(1, 2))
    held = [row for row in content["parameters"] if not row["estimated"]]
    if held:
        page.heading(f"Held parameters ({len(held)})")
    for row in held:
        page.line(f"{row['id']} = {row['value']:g} {row['unit']}", hanging=4)
        page.line(f"reason: {row['reason']}", indent=4, hanging=4)
    if content["rivals"]:
        page.heading(f"Rivals ({len(content['rivals'])})")
    for row in content["rivals"]:
        page.line(f"{row['id']}: {row['title']}; model {_model(row)}, {row['estimated']} estimated", hanging=4)


def _write_conditions(rows: Sequence[Mapping[str, Any]], page: Page) -> None:
    for row in rows:
        values = ", ".join(f"{name} = {value:g}" for name, value in row["values"].items())
        details = "; ".join(each for each in (row["title"], values) if each)
        page.line(f"{row['id']}{': ' if details else ''}{details}", hanging=4)
