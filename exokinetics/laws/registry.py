"""Laws by name, their schema read off the signature, and `use`, which fills one in."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Annotated, Any, Literal, get_args, get_type_hints

from exokinetics.errors import Issue, WrongInput, did_you_mean, raise_errors
from exokinetics.expressions.graph import Node, symbol
from exokinetics.laws.draft import Draft, Members
from exokinetics.model.parts import Parameter, Part, id_fault
from exokinetics.model.values import Distribution, Value, assumed, fixed
from exokinetics.units import magnitude

Kind = Literal["parameter", "link", "members"]


@dataclass(frozen=True)
class Role:
    """What a law needs under one name: a value of its own, the id of something elsewhere, or a part's members."""

    kind: Kind
    unit: str
    title: str
    distribution: Distribution = "log"
    members: Mapping[str, str] = field(default_factory=dict)
    default: float | None = None

    @property
    def required(self) -> bool:
        return self.default is None


def parameter(unit: str, title: str, distribution: Distribution = "log") -> Role:
    """A constant that the part owns; or the id of another constant or state that stands in for it."""
    return Role("parameter", unit, title, distribution)


def link(unit: str, title: str) -> Role:
    """The id of a species, parameter or observable of another part."""
    return Role("link", unit, title)


def members(title: str, **units: str) -> Role:
    """The id of another part, with the members of it that the law uses and their units."""
    return Role("members", "", title, members=units)


# The cells in which a law takes place: every intracellular species is diluted as they divide.
Cells = Annotated[Members, members("the cells it happens in", division="1/hour", number="cell", volume="fL/cell")]
Medium = Annotated[
    Members, members("the compartment outside", vesicles="vesicle", cargo="copy", volume="mL")
]  # fmt: skip


@dataclass(frozen=True)
class Law:
    """A rate law: the function that writes it, and its roles by name."""

    name: str
    function: Callable[..., None]

    @cached_property
    def roles(self) -> dict[str, Role]:
        """The schema: what each keyword of the function stands for."""
        hints = get_type_hints(self.function, include_extras=True)
        defaults = inspect.signature(self.function).parameters
        found: dict[str, Role] = {}
        for name, hint in hints.items():
            roles = [extra for extra in get_args(hint)[1:] if isinstance(extra, Role)]
            if roles:
                default = defaults[name].default
                found[name] = roles[0] if default is inspect.Parameter.empty else replace(roles[0], default=default)
        return found

    @property
    def documentation(self) -> str:
        """The equation, units, assumption and citation, as written at the function."""
        return inspect.getdoc(self.function) or ""


LAWS: dict[str, Law] = {}


def law(function: Callable[..., None]) -> Callable[..., None]:
    """Enter a function into the registry under its own name."""
    LAWS[function.__name__] = Law(function.__name__, function)
    return function


def use(kind: str, id: str, **roles: Any) -> Part:
    """Fill in the law `kind` under the id `id`.

    A role takes, by its kind: a value (a `Value`, number in the law's unit, text with unit or Quantity; a bare number
    counts as assumed) or the id of something that stands in for it; the id of a species, parameter or observable; or
    the id of a part. Raises `WrongInput` that lists every misspelt, missing or unfitting role.
    """
    if kind not in LAWS:
        raise WrongInput(f"'{kind}' is not a mechanism{did_you_mean(kind, LAWS)}")
    found = LAWS[kind]
    issues = [Issue("", id, fault) for fault in [id_fault(id)] if fault]
    for name in roles.keys() - found.roles.keys():
        issues.append(Issue("", f"{id}.{name}", f"{kind} has no such role{did_you_mean(name, found.roles)}"))
    draft, filled = Draft(id), dict[str, Any]()
    for name, role in found.roles.items():
        given = roles.get(name, role.default)
        try:
            if given is None:
                raise WrongInput(f"is missing: {role.title}{f' in {role.unit}' if role.unit else ''}")
            filled[name] = _fill(draft, name, role, given)
        except WrongInput as error:
            issues.append(Issue("", f"{id}.{name}", str(error)))
    raise_errors(issues)
    found.function(draft, **filled)
    return draft.part()


def _fill(draft: Draft, name: str, role: Role, given: Any) -> Any:
    if role.kind == "members":
        _require_id(given)
        return Members(given, role.members)
    if isinstance(given, Node):
        return given
    if isinstance(given, str) and not given.lstrip("+-")[:1].isdigit() and not given.startswith("."):
        _require_id(given)
        return symbol(given)
    if role.kind == "link":
        raise WrongInput(f"{given!r} is not the id of a species or parameter: {role.title}")
    return draft.parameter(Parameter(f"{draft.id}.{name}", role.unit, as_value(given, role), role.title))


def _require_id(given: Any) -> None:
    fault = id_fault(given)
    if fault:
        raise WrongInput(fault)


def as_value(given: Any, role: Role) -> Value:
    """A value record in the unit of the role."""
    if isinstance(given, Value):
        value = given.in_unit(role.unit)
        faults = value.faults()
        if faults:
            raise WrongInput("; ".join(faults))
        return value
    amount = magnitude(given, role.unit)
    if role.default is not None and given == role.default:
        return fixed(amount, role.unit, "the default of the law: this route is closed unless a value is given")
    if amount == 0.0:
        return fixed(0.0, role.unit, "set to zero by the caller")
    value = assumed(amount, role.unit, "given by the caller without a source", role.distribution)
    faults = value.faults()
    if faults:
        raise WrongInput("; ".join(faults))
    return value
