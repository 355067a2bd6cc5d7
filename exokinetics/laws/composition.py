"""Compositions: several laws wired into one mechanism, so that a model file says in one line what goes together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from exokinetics.errors import Issue, WrongInput, raise_errors
from exokinetics.laws.registry import LAWS, Role, use
from exokinetics.model.parts import Part


@dataclass(frozen=True)
class Step:
    """One law of a composition. `wiring` fills its roles: ".name" is inside, "." is the composition itself.

    Another name is a role of the composition; a role that is not wired keeps its own name.
    """

    law: str
    wiring: Mapping[str, str]


def step(law: str, **wiring: str) -> Step:
    """A law of a composition, with how its roles are filled."""
    return Step(law, wiring)


@dataclass(frozen=True)
class Composition:
    """Laws by the name of their part; the name "" stands for the part that has the id of the composition itself."""

    name: str
    text: str
    steps: Mapping[str, Step]
    titles: Mapping[str, str]

    @property
    def documentation(self) -> str:
        """What it is for, and the laws it is made of."""
        made_of = ", ".join(f"{item.law} ({name or 'itself'})" for name, item in self.steps.items())
        return f"{self.text}\n\nComposed of the laws {made_of}; each says its own equation, units and source."

    @cached_property
    def roles(self) -> dict[str, Role]:
        """The roles of all its laws that are not wired inside."""
        found: dict[str, Role] = {}
        for item in self.steps.values():
            for name, role in LAWS[item.law].roles.items():
                outer = item.wiring.get(name, name)
                if outer.startswith("."):
                    continue
                known = found.get(outer)
                if known is not None and (known.kind, known.unit) != (role.kind, role.unit):
                    raise TypeError(
                        f"{self.name}: two of its laws mean different things by '{outer}'; wire one of them"
                    )
                if known is not None and role.kind == "parameter":
                    raise TypeError(f"{self.name}: two of its laws have a value '{outer}'; wire one of them")
                merged = {**(known.members if known else {}), **role.members}
                found[outer] = replace(role, title=self.titles.get(outer, role.title), members=merged)
        return found

    def place(self, id: str, role: str) -> str:
        """A value becomes a parameter of the law that has the role."""
        for name, item in self.steps.items():
            for inner in LAWS[item.law].roles:
                if item.wiring.get(inner, inner) == role:
                    return LAWS[item.law].place(_below(id, name), inner)
        return f"{id}.{role}"

    def build(self, id: str, given: Mapping[str, Any]) -> Part:
        """The parts of all its laws, merged."""
        whole, issues = Part(), []
        for name, item in self.steps.items():
            inner_roles = LAWS[item.law].roles
            outer = {inner: item.wiring.get(inner, inner) for inner in inner_roles}
            filled = {inner: _below(id, role[1:]) for inner, role in outer.items() if role.startswith(".")}
            filled |= {inner: given[role] for inner, role in outer.items() if role in given}
            try:
                whole = whole | use(item.law, _below(id, name), **filled)
            except WrongInput as error:
                issues += [_outside(issue, id, _below(id, name), outer) for issue in error.issues]
        raise_errors(issues)
        return whole


def composition(name: str, text: str, steps: Mapping[str, Step], **titles: str) -> Composition:
    """Enter a composition into the registry; `titles` say what its own roles are."""
    made = Composition(name, " ".join(text.split()), steps, titles)
    LAWS[name] = made
    return made


def _below(id: str, name: str) -> str:
    return f"{id}.{name}" if name else id


def _outside(issue: Issue, id: str, inner_id: str, outer: Mapping[str, str]) -> Issue:
    """The issue of a role of one of the laws, told of the role of the composition."""
    role = issue.key.removeprefix(f"{inner_id}.")
    return replace(issue, key=f"{id}.{outer.get(role, role)}")
