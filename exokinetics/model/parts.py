"""The pieces of a model, and the frozen `Part` that holds them and merges with `|`.

Wherever a piece takes an expression, a text such as "k*x" may be given in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field, fields
from keyword import iskeyword
from typing import Literal, NoReturn, Protocol, TypeVar

from exokinetics.errors import WrongInput
from exokinetics.expressions.graph import Node
from exokinetics.expressions.parsing import parse
from exokinetics.model.values import Value

Flow = Literal["synthesis", "loss", "transfer", "conversion"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
MAX_ID_LENGTH = 120


def _parsed(item: object, name: str) -> None:
    """Let an expression be given as text: it is read, never run."""
    given = getattr(item, name)
    if isinstance(given, str):
        object.__setattr__(item, name, parse(given))


@dataclass(frozen=True)
class Species:
    """A state of the model; `initial` is a value record or an expression over parameters and other initial states."""

    id: str
    unit: str
    initial: Value | Node
    title: str = ""
    nonnegative: bool = True

    def __post_init__(self) -> None:
        _parsed(self, "initial")


@dataclass(frozen=True)
class Parameter:
    """A constant of a simulation; `compartment` marks a size that SBML counts apart from the parameters."""

    id: str
    unit: str
    value: Value
    title: str = ""
    compartment: bool = False


@dataclass(frozen=True)
class Reaction:
    """A rate and what it changes: `changes` pairs species with the amount that one unit of rate adds.

    `flow` says what becomes of the material: it is made (synthesis), it goes for good (loss), it stays (conversion),
    or it crosses between scales and is matched by another reaction (transfer). Reactions of one `process` happen
    together, such as both halves of a transfer, or a vesicle and its cargo.
    """

    id: str
    rate: Node
    changes: tuple[tuple[str, float], ...]
    flow: Flow = "conversion"
    title: str = ""
    process: str = ""

    def __post_init__(self) -> None:
        _parsed(self, "rate")
        if isinstance(self.changes, Mapping):
            object.__setattr__(self, "changes", tuple(self.changes.items()))


@dataclass(frozen=True)
class Modulator:
    """A dimensionless factor on a reaction, or on all reactions of a process, that another part owns."""

    id: str
    reaction: str
    factor: Node
    title: str = ""

    def __post_init__(self) -> None:
        _parsed(self, "factor")


@dataclass(frozen=True)
class Observable:
    """A named expression over the states, parameters, time and other observables; it is an output of every result.

    One that is the rate of a `process` carries the factors of its modulators, as the process does.
    """

    id: str
    expression: Node
    unit: str | None = None
    title: str = ""
    process: str = ""

    def __post_init__(self) -> None:
        _parsed(self, "expression")


@dataclass(frozen=True)
class Event:
    """What happens when a condition becomes true: `assignments` gives species new values, with the meaning of SBML.

    It fires when `trigger` goes from false to true; at the start only if it is true there and `initially_true` is not.
    It is carried out after `delay`, with the values of the moment at which it fired (`values_at_trigger`) or of its
    own; one that is not `persistent` is called off when its trigger becomes false before. Of several at one time, those
    of the highest `priority` go first, of equal ones by lot (the lots are the same in every run), and then those
    without one in the order of their ids.
    """

    id: str
    trigger: Node
    assignments: Mapping[str, Node]
    _: KW_ONLY
    delay: Node | None = None
    priority: Node | None = None
    persistent: bool = True
    initially_true: bool = True
    values_at_trigger: bool = True
    title: str = ""

    def __post_init__(self) -> None:
        for name in ("trigger", "delay", "priority"):
            _parsed(self, name)
        given = {name: parse(value) if isinstance(value, str) else value for name, value in self.assignments.items()}
        object.__setattr__(self, "assignments", Frozen(sorted(given.items())))

    def values(self) -> tuple[Node, ...]:
        """Every expression of it that is a number."""
        return (*(node for node in (self.delay, self.priority) if node is not None), *self.assignments.values())


@dataclass(frozen=True)
class Mechanism:
    """How a part came about: its law, and the id that fills each role which is not a value of the part itself."""

    id: str
    law: str
    links: Mapping[str, str] = field(default_factory=dict)


class _Item(Protocol):
    @property
    def id(self) -> str: ...


ItemT = TypeVar("ItemT", bound=_Item)
AnyT = TypeVar("AnyT")


class Frozen(dict[str, AnyT]):
    """A dict that does not change: a model is compiled once, so its parts must stay as they are."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise WrongInput("a part cannot be changed; build another, or use with_values()")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[object, ...]:
        return Frozen, (dict(self),)


@dataclass(frozen=True)
class Part:
    """A mechanism with its names filled in. Equal items of two parts collapse; the same id otherwise is an error.

    `constraints` gives, by the id of a species without reactions, an expression that is zero at every time and so
    determines it: an equation of index 1, whose slope by that species does not vanish. The initial value of the species
    is where the root is looked for.
    """

    species: Mapping[str, Species] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    reactions: Mapping[str, Reaction] = field(default_factory=dict)
    modulators: Mapping[str, Modulator] = field(default_factory=dict)
    observables: Mapping[str, Observable] = field(default_factory=dict)
    mechanisms: Mapping[str, Mechanism] = field(default_factory=dict)
    events: Mapping[str, Event] = field(default_factory=dict)
    constraints: Mapping[str, Node] = field(default_factory=dict)

    def __post_init__(self) -> None:
        given = {name: parse(value) if isinstance(value, str) else value for name, value in self.constraints.items()}
        object.__setattr__(self, "constraints", Frozen(sorted(given.items())))
        for item in fields(self):
            given = getattr(self, item.name)
            if not isinstance(given, Frozen):
                object.__setattr__(self, item.name, Frozen(given))

    def __or__(self, other: Part) -> Part:
        if not isinstance(other, Part):
            return NotImplemented
        merged = Part(
            _merge(self.species, other.species),
            _merge(self.parameters, other.parameters),
            _merge(self.reactions, other.reactions),
            _merge(self.modulators, other.modulators),
            _merge(self.observables, other.observables),
            _merge(self.mechanisms, other.mechanisms),
            _merge(self.events, other.events),
            _agreed(self.constraints, other.constraints),
        )
        mine, theirs = self.kinds(), other.kinds()
        for name in sorted(mine.keys() & theirs.keys()):
            if mine[name] != theirs[name]:
                raise WrongInput(f"'{name}' is the id of {mine[name]} and of {theirs[name]}; rename one")
        return merged

    def processes(self) -> dict[str, tuple[str, ...]]:
        """What a modulator may act on: each reaction that stands alone, and each process with all its reactions."""
        found: dict[str, tuple[str, ...]] = {}
        for name, reaction in self.reactions.items():
            process = reaction.process or name
            found[process] = (*found.get(process, ()), name)
        return found

    def kinds(self) -> dict[str, str]:
        """What each id that a rate may name stands for."""
        return (
            dict.fromkeys(self.species, "a species")
            | dict.fromkeys(self.parameters, "a parameter")
            | dict.fromkeys(self.observables, "an observable")
        )


def part_of(
    *,
    species: Iterable[Species] = (),
    parameters: Iterable[Parameter] = (),
    reactions: Iterable[Reaction] = (),
    modulators: Iterable[Modulator] = (),
    observables: Iterable[Observable] = (),
    mechanisms: Iterable[Mechanism] = (),
    events: Iterable[Event] = (),
    constraints: Mapping[str, Node] | None = None,
) -> Part:
    """A `Part` from its items, in the order of their ids."""
    return Part(
        _by_id(species), _by_id(parameters), _by_id(reactions), _by_id(modulators), _by_id(observables),
        _by_id(mechanisms), _by_id(events), constraints or {},
    )  # fmt: skip


def _by_id(items: Iterable[ItemT]) -> Mapping[str, ItemT]:
    found: dict[str, ItemT] = {}
    for item in items:
        if found.setdefault(item.id, item) != item:
            raise WrongInput(f"'{item.id}' is defined twice with different content; rename one")
    return dict(sorted(found.items()))


def _merge(first: Mapping[str, ItemT], second: Mapping[str, ItemT]) -> Mapping[str, ItemT]:
    return _by_id([*first.values(), *second.values()])


def _agreed(first: Mapping[str, Node], second: Mapping[str, Node]) -> Mapping[str, Node]:
    for name in sorted(first.keys() & second.keys()):
        if first[name] != second[name]:
            raise WrongInput(f"two parts constrain '{name}' in different ways; keep one of them")
    return {**first, **second}


def id_fault(text: object) -> str:
    """Why the text cannot be an id (names joined by dots), or an empty text if it can."""
    if not isinstance(text, str) or not text:
        return f"{text!r} is not an id; write a name such as 'stellate'"
    if len(text) > MAX_ID_LENGTH:
        return f"an id has at most {MAX_ID_LENGTH} characters"
    for name in text.split("."):
        if not _NAME.fullmatch(name):
            return f"'{text}' is not an id; use letters, digits and _ after a first letter, joined by dots"
        if iskeyword(name) or name in ("time", "pi"):
            return f"'{name}' in the id '{text}' is a reserved word; choose another name"
    return ""
