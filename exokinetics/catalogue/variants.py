"""Other readings in a model file: where sources contradict each other, both stand in it and `variant` says which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exokinetics.errors import Issue, did_you_mean

REPLACED = ("title", "start")
MERGED = ("part", "initial", "observable", "event")
KEYS = ("about", "without", *REPLACED, *MERGED)


def readings(content: Mapping[str, Any], file: str) -> tuple[dict[str, str], list[Issue]]:
    """The variants of a file with what each is about, and every fault of their tables."""
    tables = content.get("variant", {})
    if not isinstance(tables, dict):
        return {}, [Issue(file, "variant", "must be tables [variant.NAME]")]
    issues: list[Issue] = []
    for name, table in tables.items():
        issues += [Issue(file, f"variant.{name}{key}", message) for key, message in _faults(table, content)]
    sound = {name: table for name, table in tables.items() if isinstance(table, dict)}
    return {name: " ".join(str(table.get("about", "")).split()) for name, table in sound.items()}, issues


def _faults(table: Any, content: Mapping[str, Any]) -> list[tuple[str, str]]:
    if not isinstance(table, dict):
        return [("", "must be a table with what differs from the default")]
    found = [(f".{key}", f"is not a key of a variant{did_you_mean(key, KEYS)}") for key in table.keys() - set(KEYS)]
    if not isinstance(table.get("about"), str) or not table["about"].strip():
        found.append((".about", "is missing: what this reading says, where, and why the default differs"))
    parts, without = content.get("part", {}), table.get("without", [])
    if not isinstance(without, list) or not all(isinstance(id, str) for id in without):
        return [*found, (".without", 'must be a list of ids of parts such as ["pten"]')]
    if isinstance(parts, dict):
        unknown = [id for id in without if id not in parts]
        found += [(".without", f"'{id}' is not a part of this model{did_you_mean(id, parts)}") for id in unknown]
    wrong = [key for key in MERGED if not isinstance(table.get(key, {}), dict)]
    return [*found, *((f".{key}", "must be a table as in the model itself") for key in wrong)]


def as_read(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The content of the file with one of its variants put in; its tables have to be sound."""
    table = content["variant"][name]
    changed = {**content, **{key: table[key] for key in REPLACED if key in table}}
    parts = {id: part for id, part in content.get("part", {}).items() if id not in table.get("without", [])}
    changed["part"] = parts
    for key in MERGED:
        if key in table:
            changed[key] = {**changed.get(key, {}), **table[key]}
    return changed


def no_variant(name: str, known: Mapping[str, str]) -> str:
    """The sentence on a variant that a file does not have."""
    if not known:
        return f"'{name}' is not there: the model has no variants"
    return f"'{name}' is not a variant of this model, which has {', '.join(known)}{did_you_mean(name, known)}"
