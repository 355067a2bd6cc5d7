"""Rivals of a fit: other models of the same data, as tables `[rival.NAME]` laid over the rest of a fit file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from exokinetics.errors import Issue
from exokinetics.model.parts import id_fault

# what says a thing in two ways, of which a table takes one: a rival that takes the other does away with the first
WAYS = {
    "parameter": (("tie",), ("lower", "upper", "value", "estimate", "scale", "prior", "per")),
    "scalar": (("sd",), ("factor",)),
}


def split_rivals(content: Mapping[str, Any], file: str, issues: list[Issue]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The main fit, and by name of each rival the content that it reads as."""
    main = {key: table for key, table in content.items() if key != "rival"}
    given = content.get("rival", {})
    if not isinstance(given, dict):
        issues.append(Issue(file, "rival", "must be tables [rival.NAME], each laid over the rest of this file"))
        return main, {}
    rivals = {}
    for name, table in given.items():
        fault = id_fault(name) or (
            "" if isinstance(table, dict) else "must be a table, laid over the rest of this file"
        )
        if fault or "." in name:
            issues.append(Issue(file, f"rival.{name}", fault or "must have a name without dots: it names a folder"))
        else:
            titled = main | {"title": f"{main.get('title', '')} (rival {name})"}
            rivals[name] = laid_over(_without_other_ways(titled, table), table)
    return main, rivals


def laid_over(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables merged key by key, the upper one winning; `false` in place of a table or another value takes it away.

    Where there is true or false below, false is a value like any other.
    """
    merged = dict(under)
    for key, given in over.items():
        below = under.get(key)
        if given is False and key in under and not isinstance(below, bool):
            del merged[key]
        elif isinstance(given, dict) and isinstance(below, dict):
            merged[key] = laid_over(below, given)
        else:
            merged[key] = given
    return merged


def _without_other_ways(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """The lower tables without what the upper ones say in another way; the others are as they were."""
    # a variant is one of the model that it stands beside
    freed = {key: table for key, table in under.items() if key != "variant" or "model" not in over}
    for kind, ways in WAYS.items():
        below, above = under.get(kind), over.get(kind)
        if isinstance(below, dict) and isinstance(above, dict):
            freed[kind] = below | {
                id: {key: given for key, given in below[id].items() if key not in _given_up(table, ways)}
                for id, table in above.items()
                if isinstance(table, dict) and isinstance(below.get(id), dict)
            }
    return freed


def _given_up(table: Mapping[str, Any], ways: tuple[tuple[str, ...], tuple[str, ...]]) -> tuple[str, ...]:
    """The keys of the way that a table does not take; none where it takes both or neither, which is told elsewhere."""
    first, second = (any(key in table for key in way) for way in ways)
    return () if first == second else ways[1] if first else ways[0]


def faults_of_rival(name: str, found: list[Issue], known: list[Issue]) -> list[Issue]:
    """What is wrong with a rival alone: errors that the main fit does not have, told of the rival."""
    return [
        replace(issue, key=f"rival.{name}.{issue.key}" if issue.key else f"rival.{name}")
        for issue in found
        if issue.severity == "error" and issue not in known
    ]
