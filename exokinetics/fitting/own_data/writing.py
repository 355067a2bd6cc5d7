"""The texts of a fit folder to edit: fit.toml with comments, data.csv, README.md with what is missing."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from exokinetics.fitting.own_data.choosing import Bounds
from exokinetics.fitting.own_data.expressing import Expressed, Own
from exokinetics.fitting.own_data.measurements import Measurements, Setting
from exokinetics.units import same_unit, unit

MISSING = (
    "citation: who measured this, where it is described, and how the numbers came into the table",
    "licence: whether the numbers may be passed on",
    "what was measured: cells, dose, method, how many experiments a number stands for",
    "what this fit cannot show",
)


PARAMETERS = (
    "# Parameters of the model, each between bounds in its unit; `exokinetics show MODEL` lists them all. Take one",
    "# away, or add another, as you know better. One that is to stay at a value of yours is",
    '# [parameter."part.parameter"]',
    "# estimate = false",
    '# value = "1 1/hour"',
    '# reason = "why"',
    "",
)


@dataclass(frozen=True)
class Plan:
    """All that a fit folder says."""

    title: str
    model: str
    conditions: tuple[Setting, ...]
    observables: tuple[Expressed, ...]
    free: tuple[Bounds, ...]
    notes: tuple[str, ...]
    replicated: bool = False
    variant: str = ""


def fit_text(plan: Plan) -> str:
    """The fit.toml, with comments that say what to look at."""
    lines = [
        f"title = {quoted(plan.title)}",
        f"model = {quoted(plan.model)}",
        *([f"variant = {quoted(plan.variant)}"] if plan.variant else []),
        "",
        "# What was assumed about the table stands in README.md. docs/fit_files.md of exokinetics tells every key.",
        "",
    ]
    for condition in plan.conditions:
        lines += _condition(condition)
    for item in plan.observables:
        lines += _observable(item)
    lines += PARAMETERS
    for bounds in plan.free:
        lines += _free(bounds)
    lines += ["# Parameters of this fit alone.", ""]
    for item in plan.observables:
        for own in (*item.others, item.spread):
            lines += _own(own, own.id == item.scale, plan.replicated)
    return "\n".join(lines).rstrip("\n") + "\n"


def _condition(condition: Setting) -> list[str]:
    lines = [f"[condition.{key(condition.id)}]"]
    if condition.title and condition.title != condition.id:
        lines.append(f"title = {quoted(condition.title)}")
    for name, table in (("values", condition.values), ("initial", condition.initial)):
        if table:
            lines.append(f"{name} = {{ {', '.join(f'{key(id)} = {quoted(text)}' for id, text in table.items())} }}")
    if not condition.told:
        lines.append("# What differs from the model in this condition? Fill in one of:")
        lines.append('# values = { "part.parameter" = "1 1/hour" }')
        lines.append('# initial = { "part.species" = "5 nM" }')
        lines.append('# doses = [{ time = "0 hour", target = "part.species", amount = "5 nM" }]')
    return [*lines, ""]


def _observable(item: Expressed) -> list[str]:
    lines = [f"[observable.{key(item.series.column)}]", f"title = {quoted(item.series.header)}"]
    comment = "   # the scale is estimated; hold it if you know what 1 stands for" if item.scale else ""
    lines.append(f"expression = {quoted(item.expression)}{comment}")
    why = "every number is above 0" if item.logarithmic else "some numbers or predictions are 0 or below"
    why = "in the unit of the reported errors" if item.weight else why
    why = "it is a logarithm" if item.series.meaning.kind == "logarithm" else why
    lines.append(f"noise = {quoted(item.noise)}   # {why}; docs/fit_files.md has other kinds")
    return [*lines, f"spread = {quoted(item.size)}", ""]


def _free(bounds: Bounds) -> list[str]:
    lines = [f"[parameter.{key(bounds.id)}]" + (f"   # {clean(bounds.title)}" if bounds.title else "")]
    if bounds.scale != "log10":
        lines.append(f"scale = {quoted(bounds.scale)}")
    plain = same_unit(unit(bounds.unit), unit("dimensionless"))
    for name, number in (("lower", bounds.lower), ("upper", bounds.upper)):
        lines.append(f"{name} = {number!r}" if plain else f"{name} = {quoted(f'{number:g} {bounds.unit}')}")
    if bounds.reason:
        lines.append(f"reason = {quoted(bounds.reason)}")
    return [*lines, ""]


def _own(own: Own, is_scale: bool, replicated: bool) -> list[str]:
    lines = [f"[parameter.{own.id}]", f"title = {quoted(own.title)}", f"unit = {quoted(own.unit)}"]
    if own.value is not None and own.reason:
        return [*lines, "estimate = false", f"value = {own.value!r}", f"reason = {quoted(own.reason)}", ""]
    lines += [f"lower = {own.lower!r}", f"upper = {own.upper!r}"]
    if is_scale and own.value is not None:
        lines.append(f"value = {own.value!r}   # middle measurement over middle prediction of the model as it is")
        lines += ['# per = "replicate"   # if every replicate has a scale of its own'] if replicated else []
    return [*lines, ""]


def data_text(table: Measurements, labelled: bool = False) -> str:
    """The data.csv: the numbers as they were reported, with a unit in each header; replicates where there are any."""
    columns = {item.column: item.meaning.text for item in table.series} | table.extras
    labelled = labelled or any(row.replicate for row in table.samples)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head = ["condition", *(["replicate"] if labelled else []), f"time [{table.time_unit}]"]
    writer.writerow([*head, *(f"{name} [{text}]" for name, text in columns.items())])
    for row in table.samples:
        labels = [row.condition, *([row.replicate] if labelled else []), row.time]
        writer.writerow([*labels, *(row.cells.get(name, "") for name in columns)])
    return out.getvalue()


def readme_text(plan: Plan, source: str, missing: Sequence[str] = MISSING) -> str:
    """The README.md: what is missing, and what was assumed."""
    begun = f"Begun from `{clean(source)}` for" if source else "For"
    lines = [f"# {clean(plan.title)}", "", f"{begun} the model `{plan.model}`.", ""]
    lines += ["## What is missing here", "", *(f"- {text}" for text in missing), ""]
    lines += ["## What was assumed", "", *(f"- {clean(note)}" for note in plan.notes)]
    return "\n".join(lines) + "\n"


def clean(text: str) -> str:
    """One line without control characters, so that a text stays within its comment or list."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())


def key(text: str) -> str:
    """A key of TOML, in quotes where it needs them."""
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else quoted(text)


def quoted(text: str) -> str:
    """A TOML string of one line."""
    return json.dumps(clean(text), ensure_ascii=False)
