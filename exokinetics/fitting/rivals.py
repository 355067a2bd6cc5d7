"""Rivals of a fit: other models of the same data, as tables `[rival.NAME]` laid over the rest of a fit file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from exokinetics.errors import Issue
from exokinetics.model.parts import id_fault


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
            rivals[name] = laid_over(titled, table)
    return main, rivals


def laid_over(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables merged key by key, the upper one winning; `false` in place of a table takes that table away."""
    merged = dict(under)
    for key, given in over.items():
        below = under.get(key)
        if given is False and isinstance(below, dict):
            del merged[key]
        elif isinstance(given, dict) and isinstance(below, dict):
            merged[key] = laid_over(below, given)
        else:
            merged[key] = given
    return merged


def faults_of_rival(name: str, found: list[Issue], known: list[Issue]) -> list[Issue]:
    """What is wrong with a rival alone: errors that the main fit does not have, told of the rival."""
    return [
        replace(issue, key=f"rival.{name}.{issue.key}" if issue.key else f"rival.{name}")
        for issue in found
        if issue.severity == "error" and issue not in known
    ]
