"""A mechanism: what it says of itself, and what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exokinetics.command_line.page import BOLD, Page
from exokinetics.laws import AnyLaw

_KINDS = {
    "parameter": "value",
    "initial": "initial value",
    "link": "id",
    "links": "ids",
    "members": "id of a part",
    "process": "id of a process",
}


def mechanism_content(law: AnyLaw) -> dict[str, Any]:
    """The documentation and the roles of a law."""
    roles = {
        name: {
            "kind": role.kind, "unit": role.unit, "title": role.title, "required": role.required,
            "default": role.default, "members": dict(role.members),
        }
        for name, role in law.roles.items()
    }  # fmt: skip
    return {"kind": "mechanism", "name": law.name, "documentation": law.documentation, "roles": roles}


def write_mechanism(content: Mapping[str, Any], page: Page) -> None:
    """The docstring in its paragraphs, then one row a role."""
    page.line(content["name"], style=BOLD)
    for paragraph in content["documentation"].split("\n\n"):
        print()
        page.line(" ".join(paragraph.split()))
    page.heading(f"Roles ({len(content['roles'])})")
    page.table(("role", "takes", "unit", "what it is"), [_row(name, role) for name, role in content["roles"].items()])


def _row(name: str, role: Mapping[str, Any]) -> tuple[str, str, str, str]:
    title = role["title"]
    if role["members"]:
        title += f" ({', '.join(f'{member} in {unit}' for member, unit in role['members'].items())})"
    if role["default"] is not None:
        title += f" (if left out: {role['default']:g})"
    return name, _KINDS[role["kind"]], role["unit"], title
