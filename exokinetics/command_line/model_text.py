"""A model on a page: title, parts, equations, reactions, values, observables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exokinetics.command_line.page import BOLD, Page

Row = Mapping[str, Any]
INDENT = 4


def write_model(content: Row, page: Page) -> None:
    """Everything that `model_content` holds."""
    _head(content, page)
    _parts(content["parts"], page)
    _equations(content["species"], page)
    _reactions(content["reactions"], page)
    page.heading(f"Parameters ({len(content['parameters'])})")
    for row in content["parameters"]:
        _value(row, row["id"], page)
    _initials(content["initial"], page)
    if content["observables"]:
        page.heading(f"Observables ({len(content['observables'])})")
    for row in content["observables"]:
        page.line(_named(row), hanging=INDENT, style=BOLD)
        page.line(f"{row['id']} = {row['expression']}", indent=INDENT, hanging=INDENT)
    if content["events"]:
        page.heading(f"Events ({len(content['events'])})")
    for row in content["events"]:
        _event(row, page)
    _identifiers(content["identifiers"], page)


def _head(content: Row, page: Page) -> None:
    page.line(content["title"], style=BOLD)
    counts = ", ".join(f"{len(content[kind])} {kind}" for kind in ("species", "parameters", "observables"))
    page.line(f"{content['name']}: {counts}, time in {content['time_unit']}")
    for key in ("summary", "citation"):
        if content[key]:
            print()
            page.line(content[key] if key == "summary" else f"Citation: {content[key]}")
    if content["variants"]:
        print()
    for name, about in content["variants"].items():
        shown = "this is" if name == content["variant"] else "there is"
        page.line(f"{shown} variant {name}: {about}", hanging=INDENT)
    print()
    if content["file"]:
        page.line(f"File: {content['file']}")
    page.line(f"Start: {_start(content['start'])}.")


def _start(start: Row) -> str:
    if not start["steady"]:
        return "from the initial values"
    values = ", ".join(f"{name} = {value:g}" for name, value in start["values"].items())
    return f"from the steady state{f' with {values}' if values else ''}"


def _parts(parts: Sequence[Row], page: Page) -> None:
    if not parts:
        return
    page.heading(f"Parts ({len(parts)})")
    rows = []
    for part in parts:
        links = ", ".join(f"{name} = {id}" for name, id in part["links"].items())
        rows.append((part["id"], part["law"], links))
    page.table(("part", "mechanism", "connected to"), rows)


def _equations(species: Sequence[Row], page: Page) -> None:
    page.heading(f"Equations ({len(species)})")
    for row in species:
        page.line(_named(row), hanging=INDENT, style=BOLD)
        left = "0" if row.get("constraint") else f"d({row['id']})/dt"
        page.line(f"{left} = {row['equation']}", indent=INDENT, hanging=INDENT)


def _reactions(reactions: Sequence[Row], page: Page) -> None:
    page.heading(f"Reactions ({len(reactions)})")
    for row in reactions:
        title = f" {row['title']}" if row["title"] else ""
        page.line(f"{row['id']} ({row['flow']}): {row['text']}{title}", hanging=INDENT, style=BOLD)
        page.line(f"rate = {row['rate']}", indent=INDENT, hanging=INDENT)


def _initials(rows: Sequence[Row], page: Page) -> None:
    page.heading(f"Initial values ({len(rows)})")
    for row in rows:
        if "expression" in row:
            page.line(f"{row['id']} = {row['value']:g} {row['unit']}", hanging=INDENT, style=BOLD)
            page.line(f"from {row['expression']}", indent=INDENT, hanging=INDENT)
        else:
            _value(row, row["id"], page)


def _event(row: Row, page: Page) -> None:
    page.line(f"{row['id']}: {row['title']}" if row["title"] else row["id"], hanging=INDENT, style=BOLD)
    delayed = f", {row['delay']} later" if row["delay"] is not None else ""
    page.line(f"when {row['trigger']} becomes true{delayed}", indent=INDENT, hanging=INDENT)
    for name, value in row["assignments"].items():
        page.line(f"{name} := {value}", indent=INDENT, hanging=INDENT)
    notes = [f"priority {row['priority']}"] if row["priority"] is not None else []
    if row["delay"] is not None:
        notes += [] if row["persistent"] else ["called off when the trigger becomes false before"]
        notes += [] if row["values_at_trigger"] else ["with the values of its own time"]
    notes += [] if row["initially_true"] else ["also when the trigger is true at the start"]
    if notes:
        page.line("; ".join(notes), indent=INDENT, hanging=INDENT)


def _identifiers(rows: Sequence[Row], page: Page) -> None:
    """A line for each address, with what is that molecule or cell, is encoded by it or a property of it."""
    found: dict[str, list[str]] = {}
    for row in rows:
        for address in row["addresses"] if row["qualifier"] != "hasPart" else ():
            found.setdefault(address, []).append(row["id"])
    if found:
        page.heading(f"Public identifiers ({len(found)})")
    for address, names in found.items():
        page.line(f"{address}: {', '.join(names)}", hanging=INDENT)


def _value(row: Row, name: str, page: Page) -> None:
    unit = "" if row["unit"] == "dimensionless" else f" {row['unit']}"
    page.line(f"{name} = {row['value']:g}{unit}", hanging=INDENT, style=BOLD)
    if row.get("title"):
        page.line(row["title"], indent=INDENT, hanging=INDENT)
    page.line(f"{row['quality']}, {_range(row)}", indent=INDENT, hanging=INDENT)
    for key in ("source", "reason"):
        if row[key]:
            page.line(f"{key}: {row[key]}", indent=INDENT, hanging=INDENT)
    if row["file"]:
        page.line(f"from {row['file']}", indent=INDENT, hanging=INDENT)


def _range(row: Row) -> str:
    if row["distribution"] == "fixed":
        return "not drawn"
    return f"{row['low']:g} to {row['high']:g} ({row['range']} range)"


def _named(row: Row) -> str:
    return f"{row['id']} [{row['unit']}]{': ' if row['title'] else ''}{row['title']}"
