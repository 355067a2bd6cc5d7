"""From the records of a file to the species, parameters and observables of a model, by the rules of SBML."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from exokinetics.errors import Issue, WrongInput
from exokinetics.expressions.graph import ONE, ZERO, Node, number, symbol
from exokinetics.model.parts import Observable, Parameter, Reaction, Species
from exokinetics.model.values import Value, assumed, fixed
from exokinetics.sbml.annotations import About, restored_value
from exokinetics.sbml.contents import Contents, Occurrence, Quantity, Substance
from exokinetics.sbml.formulas import FormulaReader
from exokinetics.sbml.operators import as_condition
from exokinetics.sbml.symbols import DIMENSIONLESS, Symbols, UnitTexts


@dataclass
class Pieces:
    """The pieces of the model as they are found."""

    species: list[Species] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    observables: list[Observable] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(frozen=True)
class EventFormulas:
    """The formulas of an event."""

    trigger: Node
    delay: Node | None
    priority: Node | None
    assignments: dict[str, Node]

    def nodes(self) -> tuple[Node, ...]:
        return (
            self.trigger, *(node for node in (self.delay, self.priority) if node is not None),
            *self.assignments.values(),
        )  # fmt: skip


@dataclass
class Formulas:
    """The formulas of a file by the name they define."""

    assignments: dict[str, Node] = field(default_factory=dict)
    rates: dict[str, Node] = field(default_factory=dict)
    initials: dict[str, Node] = field(default_factory=dict)
    laws: dict[str, Node] = field(default_factory=dict)
    algebraic: dict[str, Node] = field(default_factory=dict)
    constraints: dict[str, Node] = field(default_factory=dict)  # by the variable, what is zero
    events: dict[str, EventFormulas] = field(default_factory=dict)
    rates_of: dict[str, str] = field(default_factory=dict)  # the symbol of a rate of change, and what changes
    delays: dict[str, tuple[Node, Node]] = field(default_factory=dict)  # that of a delayed value, what and by how much

    def named(self) -> Iterator[tuple[str, Node]]:
        """Every formula with the id of the element that it belongs to."""
        for group in (self.assignments, self.rates, self.initials, self.laws, self.algebraic, self.constraints):
            yield from group.items()
        for name, event in self.events.items():
            yield from ((name, node) for node in event.nodes())

    def nodes(self) -> Iterator[Node]:
        """Every formula."""
        yield from (node for _, node in self.named())


def read_formulas(contents: Contents, symbols: Symbols, file: str, issues: list[Issue]) -> Formulas:
    """Every formula of the file; a fault becomes an issue with the id of what the formula defines."""
    reader = FormulaReader(contents.functions, symbols.resolve, symbols.ids.values())
    found = Formulas()
    for trees, nodes in (
        (contents.assignments, found.assignments), (contents.rates, found.rates), (contents.initials, found.initials),
        (contents.algebraic, found.algebraic),
    ):  # fmt: skip
        for name, tree in trees.items():
            _attempt(reader, tree, {}, nodes, name, file, issues)
    for name, process in contents.reactions.items():
        local = {key: symbol(f"{name}.{key}") for key in process.local}
        if process.law is not None:
            _attempt(reader, process.law, local, found.laws, name, file, issues)
    for name, event in contents.events.items():
        try:
            found.events[name] = _event(reader, event)
        except WrongInput as error:
            issues.append(Issue(file, name, str(error)))
    found.delays = reader.delays
    delayed = (node for pair in reader.delays.values() for node in pair)
    used = frozenset().union(*(node.symbols for node in (*found.nodes(), *delayed)))
    found.rates_of = {name: own for name, own in reader.rates_of.items() if name in used}
    return found


def _event(reader: FormulaReader, event: Occurrence) -> EventFormulas:
    def read(tree: Any) -> Node | None:
        return None if tree is None else reader.read(tree)

    trigger = ZERO if event.trigger is None else reader.read(event.trigger)  # one without a formula is never true
    assignments = {name: reader.read(tree) for name, tree in event.assignments.items()}
    return EventFormulas(as_condition(trigger), read(event.delay), read(event.priority), assignments)


def _attempt(
    reader: FormulaReader, tree: object, local: Mapping[str, Node], nodes: dict[str, Node], name: str, file: str,
    issues: list[Issue],
) -> None:  # fmt: skip
    try:
        nodes[name] = reader.read(tree, local)
    except WrongInput as error:
        issues.append(Issue(file, name, str(error)))


class Builder:
    """Builds the quantities and species; what fails becomes an issue, units that are missing raise `WrongInput`."""

    def __init__(self, contents: Contents, symbols: Symbols, formulas: Formulas, units: UnitTexts, file: str) -> None:
        self.contents, self.symbols, self.formulas, self.units = contents, symbols, formulas, units
        self.file = file
        self.pieces, self.issues = Pieces(), list[Issue]()
        self._varying = self._all_varying()

    def build(self) -> None:
        """All quantities and species."""
        for item in self.contents.quantities.values():
            if self._wanted(item):
                self._quantity(item)
        for species in self.contents.species.values():
            self._species(species)

    def _wanted(self, item: Quantity) -> bool:
        name = item.id
        if self.symbols.nodes[name] is ONE or item.about.texts.get("kind") == "modulator":
            return False
        if item.kind == "reference":
            return self.refers(name)
        return item.value is not None or self._defined(name) or name in self.symbols.used

    def refers(self, name: str) -> bool:
        """Whether the stoichiometry with this id is computed or named in a formula."""
        return bool(name) and (name in self.symbols.used or self._defined(name))

    def _defined(self, name: str) -> bool:
        found = self.formulas
        groups = (found.assignments, found.rates, found.initials, found.constraints)
        ruled = any(name in group for group in groups)
        return ruled or name in self.contents.event_variables

    def varies(self, name: str) -> bool:
        """Whether the quantity or species changes in time or depends on what a simulation starts from."""
        return name in self._varying

    def _all_varying(self) -> set[str]:
        """States, rates of reactions and time, and whatever is computed from them."""
        written = {own: name for name, own in self.symbols.ids.items()}
        users: dict[str, list[str]] = {}
        for name, node in (self.formulas.initials | self.formulas.assignments).items():
            for other in node.symbols:
                users.setdefault(written.get(other, other), []).append(name)
        pending = ["time", *self.contents.reactions, *self.formulas.rates, *self.formulas.rates_of]
        pending += [*self.formulas.delays, *self.formulas.constraints]
        pending += self.contents.event_variables
        pending += [name for name in self.contents.species if name not in self.formulas.assignments]
        found: set[str] = set()
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending.extend(users.get(name, ()))
        return found

    def _quantity(self, item: Quantity) -> None:
        name, own = item.id, self.symbols.ids[item.id]
        text = self._unit(item)
        found = self.formulas
        if name in found.assignments:
            stated = item.about.texts.get("unit") if item.about.texts.get("kind") == "observable" else text
            stated = None if stated is None else text
            process = item.about.texts.get("process", "")
            self.pieces.observables.append(Observable(own, found.assignments[name], stated, item.title, process))
        elif name in found.rates:
            self._state(own, text, self._start_of(item, text), item.title, False)
            self._rate_rule(own, found.rates[name])
        elif name in self.contents.event_variables or name in found.constraints:
            self._state(own, text, self._start_of(item, text), item.title, False)
        elif name in found.initials and found.initials[name].kind != "number":
            if self.varies(name):
                self._state(own, text, found.initials[name], item.title, False)
            else:
                self.pieces.observables.append(Observable(own, found.initials[name], text, item.title))
        elif item.kind == "parameter" and (given := self._not_finite(item)) is not None:
            self.pieces.observables.append(Observable(own, number(given), text, item.title))
        else:
            start = self._start_of(item, text)
            compartment = item.kind == "compartment" or item.about.texts.get("compartment") == "true"
            if isinstance(start, Value):
                self.pieces.parameters.append(Parameter(own, text, start, item.title, compartment))

    def _not_finite(self, item: Quantity) -> float | None:
        """The value of a constant that the file gives as INF or NaN, which no record of a value can be."""
        given = self.formulas.initials.get(item.id)
        value = item.value if given is None else float(given.payload)
        return None if value is None or math.isfinite(value) else value

    def _unit(self, item: Quantity) -> str:
        if item.kind == "reference":
            return DIMENSIONLESS
        if item.about.texts.get("kind") == "observable" and "unit" not in item.about.texts:
            return DIMENSIONLESS  # not stated; it is inferred again
        if item.kind == "compartment":
            return self.units.size(item.id)
        return self.units.stated(item.about, item.unit, item.id)

    def _start_of(self, item: Quantity, text: str) -> Value | Node:
        given = self.formulas.initials.get(item.id)
        if given is not None and given.kind != "number":
            return given
        what = {"compartment": "size", "parameter": "value", "reference": "stoichiometry"}[item.kind]
        return self.value(item.id, what, item.value if given is None else float(given.payload), text, item.about)

    def value(self, name: str, what: str, amount: float | None, text: str, about: About | None = None) -> Value:
        """The record of a number of the file: restored from the annotation, else assumed with the file as reason."""
        if amount is None or not math.isfinite(amount):
            fault = "has no" if amount is None or math.isnan(amount) else "has an infinite"
            self.issues.append(Issue(self.file, name, f"{fault} {what}; give it a number"))
            amount = 0.0
        restored = restored_value(about.value, amount, text) if about is not None else None
        if restored is not None:
            return restored
        reason = f"as given in {self.file or 'the file'}"
        return assumed(amount, text, reason) if amount > 0.0 else fixed(amount, text, reason)

    def _state(self, own: str, text: str, start: Value | Node, title: str, nonnegative: bool) -> None:
        self.pieces.species.append(Species(own, text, start, title, nonnegative))

    def _rate_rule(self, own: str, rate: Node) -> None:
        self.pieces.reactions.append(Reaction(f"{own}.rate_rule", rate, ((own, 1.0),)))

    def volume(self, item: Substance) -> Node:
        """The size that turns the amount of a species into what its id means; 1 where that is the amount."""
        if item.only_substance:
            return ONE
        return self._size(item)

    def _size(self, item: Substance) -> Node:
        compartment = self.contents.quantities[item.compartment]
        point = compartment.dimensions == 0.0 and not self._wanted(compartment)  # older levels give it no size
        return ONE if point else self.symbols.nodes[item.compartment]

    def holds_amount(self, item: Substance) -> bool:
        """Whether the state is the amount behind a concentration: a size that a formula or event gives may jump."""
        assigned = item.compartment in self.formulas.assignments and self.varies(item.compartment)
        assigned = assigned or item.compartment in self.contents.event_variables
        found = self.formulas
        ruled = any(item.id in group for group in (found.assignments, found.rates, found.constraints))
        return assigned and not item.only_substance and not ruled

    def _species(self, item: Substance) -> None:
        own, found = self.symbols.ids[item.id], self.formulas
        text = self._species_unit(item)
        nonnegative = "unit" in item.about.texts and item.about.texts.get("nonnegative") != "false"
        if item.id in found.assignments:
            self.pieces.observables.append(Observable(own, found.assignments[item.id], text, item.title))
            return
        if self.holds_amount(item):
            self._hidden_amount(item, own, text)
            return
        start = self._species_start(item, text)
        self._state(own, text, start, item.title, nonnegative)
        if item.id in found.rates:
            self._rate_rule(own, found.rates[item.id])
        elif item.id in found.constraints:
            return
        elif not item.only_substance and item.compartment in found.rates:
            # the amount stays when the volume changes, so the concentration is diluted
            rate = symbol(own) * found.rates[item.compartment] / self._size(item)
            self.pieces.reactions.append(Reaction(f"{own}.dilution", rate, ((own, -1.0),)))

    def _hidden_amount(self, item: Substance, own: str, text: str) -> None:
        size, amount, substance = self._size(item), f"{own}.amount", self.units.substance(item.id)
        if item.given_amount and item.id not in self.formulas.initials:
            start: Value | Node = self.value(item.id, "initial amount or concentration", item.value, substance)
        else:
            start = self._species_start(item, text)
            if isinstance(start, Value):
                self.pieces.parameters.append(Parameter(f"{own}.initial_concentration", text, start))
                start = symbol(f"{own}.initial_concentration")
            start = start * size
        self._state(amount, substance, start, item.title, False)
        self.pieces.observables.append(Observable(own, symbol(amount) / size, text, item.title))

    def _species_unit(self, item: Substance) -> str:
        if "unit" in item.about.texts:
            return self.units.stated(item.about, item.unit, item.id)
        plain = item.only_substance or self._size(item) is ONE
        return self.units.substance(item.id) if plain else self.units.concentration(item.id)

    def _species_start(self, item: Substance, text: str) -> Value | Node:
        given = self.formulas.initials.get(item.id)
        if given is not None and given.kind != "number":
            return given
        amount = item.value if given is None else float(given.payload)
        in_amount = given is None and item.given_amount
        size = self._size(item)
        if given is not None or in_amount == item.only_substance or size is ONE:
            what = "initial amount or concentration"
            return self.value(item.id, what, amount, text, item.about)
        # the number stays what the file says; the size of the compartment turns it into the state
        own = self.symbols.ids[item.id]
        other = f"{own}.initial_amount" if in_amount else f"{own}.initial_concentration"
        unit = self.units.substance(item.id) if in_amount else self.units.concentration(item.id)
        value = self.value(item.id, "initial amount or concentration", amount, unit)
        self.pieces.parameters.append(Parameter(other, unit, value))
        return symbol(other) / size if in_amount else symbol(other) * size
