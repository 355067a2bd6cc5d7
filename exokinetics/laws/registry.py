"""Laws by name, their schema read off the signature, and `use`, which fills one in."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Annotated, Any, Literal, Protocol, get_args, get_type_hints

from exokinetics.errors import Issue, WrongInput, did_you_mean, raise_errors
from exokinetics.expressions.graph import Node, symbol
from exokinetics.laws.draft import Draft, Members
from exokinetics.model.parts import Parameter, Part, id_fault
from exokinetics.model.values import Distribution, Value, assumed, fixed
from exokinetics.units import magnitude, split_quantity

Kind = Literal["parameter", "link", "links", "members", "process"]
ANY = "any"  # the unit of a role that takes whatever unit is given; the units of the whole are checked all the same


@dataclass(frozen=True)
class Role:
    """What a law needs under one name: a value of its own, ids of things elsewhere, or a part's members."""

    kind: Kind
    unit: str
    title: str
    distribution: Distribution = "log"
    members: Mapping[str, str] = field(default_factory=dict)
    default: float | None = None

    @property
    def required(self) -> bool:
        return self.default is None and self.kind != "links"

    def unit_for(self, given: Any) -> str:
        """The unit that the value is kept in: that of the role, or the value's own where the role takes any."""
        if self.unit != ANY:
            return self.unit
        if isinstance(given, Value):
            return given.unit
        if isinstance(given, str):
            return split_quantity(given)[1] or "dimensionless"
        return f"{given.units:C}" if hasattr(given, "units") else "dimensionless"


def parameter(unit: str, title: str, distribution: Distribution = "log", *, default: float | None = None) -> Role:
    """A constant that the part owns; or the id of another constant or state that stands in for it."""
    return Role("parameter", unit, title, distribution, default=default)


def link(unit: str, title: str) -> Role:
    """The id of a species, parameter or observable of another part."""
    return Role("link", unit, title)


def links(unit: str, title: str) -> Role:
    """The ids of any number of species, parameters or observables of other parts, none of them too."""
    return Role("links", unit, title)


def process(title: str) -> Role:
    """The id of a reaction or process of another part, on which a factor acts."""
    return Role("process", "", title)


def members(title: str, **units: str) -> Role:
    """The id of another part, with the members of it that the law uses and their units."""
    return Role("members", "", title, members=units)


# The cells in which a law takes place: every intracellular species is diluted as they divide.
Cells = Annotated[Members, members("the cells it happens in", division="1/hour", number="cell", volume="fL/cell")]
Medium = Annotated[
    Members, members("the compartment outside", vesicles="vesicle", cargo="copy", volume="mL")
]  # fmt: skip


class AnyLaw(Protocol):
    """What `use` fills in: a law, or a composition of laws."""

    @property
    def name(self) -> str: ...
    @property
    def roles(self) -> Mapping[str, Role]: ...
    @property
    def documentation(self) -> str: ...
    def place(self, id: str, role: str) -> str:
        """The id of the parameter that a value given for the role becomes."""

    def build(self, id: str, given: Mapping[str, Any]) -> Part:
        """The part; raises `WrongInput` with every issue."""


@dataclass(frozen=True)
class Law:
    """A rate law: the function that writes it, and its roles by name."""

    name: str
    function: Callable[..., None]

    @cached_property
    def roles(self) -> dict[str, Role]:
        """The schema: what each keyword of the function stands for."""
        hints = get_type_hints(self.function, include_extras=True)
        roles = ((name, extra) for name, hint in hints.items() for extra in get_args(hint)[1:])
        return {name: role for name, role in roles if isinstance(role, Role)}

    @property
    def documentation(self) -> str:
        """The equation, units, assumption and citation, as written at the function."""
        return inspect.getdoc(self.function) or ""

    def place(self, id: str, role: str) -> str:
        """A value becomes a parameter of the part, under the name of its role."""
        return f"{id}.{role}"

    def build(self, id: str, given: Mapping[str, Any]) -> Part:
        """Fill in every role and let the function write."""
        draft, filled, issues = Draft(id), dict[str, Any](), []
        for name, role in self.roles.items():
            try:
                filled[name] = _fill(draft, name, role, given.get(name, role.default))
            except WrongInput as error:
                issues.append(Issue("", f"{id}.{name}", str(error)))
        raise_errors(issues)
        self.function(draft, **filled)
        return draft.part(self.name, {name: text for name in self.roles if (text := _linked(given.get(name)))})


LAWS: dict[str, AnyLaw] = {}


def law(function: Callable[..., None]) -> Callable[..., None]:
    """Enter a function into the registry under its own name."""
    LAWS[function.__name__] = Law(function.__name__, function)
    return function


def use(kind: str, id: str, **roles: Any) -> Part:
    """Fill in the law `kind` under the id `id`.

    A role takes, by its kind: a value (a `Value`, number in the law's unit, text with unit or Quantity; a bare number
    counts as assumed) or the id of something that stands in for it; the id of a species, parameter or observable, or a
    list of such ids; the id of a part; or the id of a reaction or process. Raises `WrongInput` that lists every
    misspelt, missing or unfitting role.
    """
    if kind not in LAWS:
        raise WrongInput(f"'{kind}' is not a mechanism{did_you_mean(kind, LAWS)}")
    found = LAWS[kind]
    raise_errors(Issue("", str(id), fault) for fault in [id_fault(id)] if fault)
    issues = []
    for name in roles.keys() - found.roles.keys():
        issues.append(Issue("", f"{id}.{name}", f"{kind} has no such role{did_you_mean(name, found.roles)}"))
    for name, role in found.roles.items():
        if role.required and roles.get(name) is None:
            in_unit = f" in {role.unit}" if role.unit and role.unit != ANY else ""
            issues.append(Issue("", f"{id}.{name}", f"is missing: {role.title}{in_unit}"))
    known = {name: given for name, given in roles.items() if name in found.roles and given is not None}
    missing = {name for name, role in found.roles.items() if role.required and name not in known}
    try:
        part = found.build(id, known)
    except WrongInput as error:
        found_inside = error.issues or (Issue("", id, str(error)),)
        issues += [issue for issue in found_inside if issue.key.removeprefix(f"{id}.") not in missing]
    raise_errors(issues)
    return part


def is_id(given: str) -> bool:
    """Whether a text names something rather than being a number with a unit."""
    return not given.lstrip("+-")[:1].isdigit() and not given.startswith(".")


def _linked(given: Any) -> str:
    """The id, or the ids with commas between them, that a role links to; empty for a value."""
    if isinstance(given, (list, tuple)):
        return ", ".join(map(str, given))
    return given if isinstance(given, str) and is_id(given) else ""


def _fill(draft: Draft, name: str, role: Role, given: Any) -> Any:
    if role.kind == "links":
        return _several(given, role)
    if role.kind in ("members", "process"):
        _require_id(given)
        return Members(given, role.members) if role.kind == "members" else given
    if isinstance(given, Node):
        return given
    if isinstance(given, str) and is_id(given):
        _require_id(given)
        return symbol(given)
    if role.kind == "link":
        raise WrongInput(f"{given!r} is not the id of a species or parameter: {role.title}")
    value = as_value(given, role)
    return draft.parameter(Parameter(f"{draft.id}.{name}", value.unit, value, role.title))


def _several(given: Any, role: Role) -> tuple[Node, ...]:
    ids = [given] if isinstance(given, str) else list(given or [])
    for id in ids:
        if not isinstance(id, str) or not is_id(id):
            raise WrongInput(f"{id!r} is not the id of a species or parameter: {role.title}")
        _require_id(id)
    if len(set(ids)) < len(ids):
        raise WrongInput("the same id stands there twice")
    return tuple(symbol(id) for id in ids)


def _require_id(given: Any) -> None:
    fault = id_fault(given)
    if fault:
        raise WrongInput(fault)


def as_value(given: Any, role: Role) -> Value:
    """A value record in the unit of the role."""
    text = role.unit_for(given)
    if isinstance(given, Value):
        value = given.in_unit(text)
    else:
        value = _from_number(magnitude(given, text), text, given, role)
    faults = value.faults()
    if faults:
        raise WrongInput("; ".join(faults))
    return value


def _from_number(amount: float, text: str, given: Any, role: Role) -> Value:
    if role.default is not None and given == role.default:
        known = fixed(amount, text, "the default of the law, with which this route is closed")
        # not drawn, and yet a fraction: another number that is given for it has to be one
        return replace(known, distribution=role.distribution) if amount else known
    if amount == 0.0:
        return fixed(0.0, text, "set to zero by the caller")
    return assumed(amount, text, "given by the caller without a source", role.distribution)
