"""The contents of a document as plain records, still with the ids, units and formulas of the file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from exokinetics.sbml.annotations import About, read_annotation
from exokinetics.sbml.unit_texts import Factor, factors_of

Kind = Literal["compartment", "parameter", "reference"]


@dataclass(frozen=True)
class Quantity:
    """A compartment, a parameter or the stoichiometry of a species reference; `unit` is an SBML id or empty."""

    id: str
    kind: Kind
    value: float | None
    constant: bool
    unit: str = ""
    title: str = ""
    about: About = field(default_factory=About)
    dimensions: float = 3.0


@dataclass(frozen=True)
class Substance:
    """A species; `value` is its initial amount if `given_amount`, else its initial concentration."""

    id: str
    compartment: str
    value: float | None
    given_amount: bool
    only_substance: bool
    boundary: bool
    constant: bool
    conversion: str
    unit: str
    title: str
    about: About


@dataclass(frozen=True)
class Reference:
    """A reactant (sign -1) or product (sign 1) of a reaction."""

    id: str
    species: str
    sign: float
    stoichiometry: float | None
    constant: bool = True


@dataclass(frozen=True)
class Process:
    """A reaction; `law` is the formula of its kinetic law or None, `local` the parameters inside it."""

    id: str
    title: str
    about: About
    law: Any
    local: dict[str, Quantity]
    references: list[Reference]


@dataclass(frozen=True)
class Occurrence:
    """An event; `trigger`, `delay` and `priority` are formulas or None, `assignments` those of its variables."""

    id: str
    title: str
    trigger: Any
    delay: Any
    priority: Any
    assignments: dict[str, Any]
    persistent: bool
    initially_true: bool
    values_at_trigger: bool


@dataclass
class Contents:
    """Everything of a document that decides its solution."""

    id: str = ""
    title: str = ""
    about: About = field(default_factory=About)
    quantities: dict[str, Quantity] = field(default_factory=dict)
    species: dict[str, Substance] = field(default_factory=dict)
    reactions: dict[str, Process] = field(default_factory=dict)
    functions: dict[str, Any] = field(default_factory=dict)
    assignments: dict[str, Any] = field(default_factory=dict)
    rates: dict[str, Any] = field(default_factory=dict)
    initials: dict[str, Any] = field(default_factory=dict)
    algebraic: dict[str, Any] = field(default_factory=dict)  # by the id of the rule
    determined: dict[str, str] = field(default_factory=dict)  # by that of a rule of ours, its variable
    events: dict[str, Occurrence] = field(default_factory=dict)
    units: dict[str, list[Factor]] = field(default_factory=dict)
    model_units: dict[str, str] = field(default_factory=dict)

    @cached_property
    def event_variables(self) -> frozenset[str]:
        """Everything that events assign."""
        return frozenset(name for event in self.events.values() for name in event.assignments)


def contents_of(model: Any) -> Contents:
    """The records of a Level 3 model."""
    found = Contents(model.getIdAttribute(), model.getName(), _about(model))
    found.model_units = {
        "substance": model.getSubstanceUnits(), "time": model.getTimeUnits(), "extent": model.getExtentUnits(),
        "3": model.getVolumeUnits(), "2": model.getAreaUnits(), "1": model.getLengthUnits(),
    }  # fmt: skip
    found.units = {item.getIdAttribute(): factors_of(item) for item in _each(model, "UnitDefinition")}
    found.functions = {item.getIdAttribute(): item for item in _each(model, "FunctionDefinition")}
    for item in (*map(_compartment, _each(model, "Compartment")), *map(_parameter, _each(model, "Parameter"))):
        found.quantities[item.id] = item
    default = model.getConversionFactor()
    found.species = {item.getIdAttribute(): _species(item, default) for item in _each(model, "Species")}
    for index, rule in enumerate(_each(model, "Rule")):
        if rule.isSetMath() and rule.isAlgebraic():
            name = rule.getIdAttribute() or rule.getMetaId() or f"algebraic rule {index + 1}"
            found.algebraic[name] = rule.getMath()
            texts = _about(rule).texts
            if texts.get("kind") == "constraint":
                found.determined[name] = texts.get("variable", "")
        elif rule.isSetMath():
            (found.assignments if rule.isAssignment() else found.rates)[rule.getVariable()] = rule.getMath()
    for item in _each(model, "InitialAssignment"):
        if item.isSetMath():
            found.initials[item.getSymbol()] = item.getMath()
    for index, item in enumerate(_each(model, "Event")):
        event = _event(item, item.getIdAttribute() or f"event_{index + 1}")
        found.events[event.id] = event
    for item in _each(model, "Reaction"):
        process = _process(item)
        found.reactions[process.id] = process
        for reference in process.references:
            if reference.id:
                found.quantities[reference.id] = Quantity(
                    reference.id, "reference", reference.stoichiometry, reference.constant
                )
    return found


def _each(holder: Any, kind: str) -> Iterator[Any]:
    get = getattr(holder, f"get{kind}")
    plural = kind if kind == "Species" else f"{kind}s"
    return (get(index) for index in range(getattr(holder, f"getNum{plural}")()))


def _about(item: Any) -> About:
    return read_annotation(item.getAnnotationString()) if item.isSetAnnotation() else About()


def _compartment(item: Any) -> Quantity:
    size = item.getSize() if item.isSetSize() else None
    dimensions = item.getSpatialDimensionsAsDouble() if item.isSetSpatialDimensions() else 3.0
    name, unit = item.getIdAttribute(), item.getUnits()
    return Quantity(name, "compartment", size, item.getConstant(), unit, item.getName(), _about(item), dimensions)


def _parameter(item: Any) -> Quantity:
    value = item.getValue() if item.isSetValue() else None
    constant = item.getConstant()
    return Quantity(item.getIdAttribute(), "parameter", value, constant, item.getUnits(), item.getName(), _about(item))


def _species(item: Any, default_conversion: str) -> Substance:
    amount, concentration = item.isSetInitialAmount(), item.isSetInitialConcentration()
    return Substance(
        item.getIdAttribute(), item.getCompartment(),
        item.getInitialAmount() if amount else item.getInitialConcentration() if concentration else None,
        amount, item.getHasOnlySubstanceUnits(), item.getBoundaryCondition(), item.getConstant(),
        item.getConversionFactor() or default_conversion, item.getSubstanceUnits(), item.getName(), _about(item),
    )  # fmt: skip


def _process(item: Any) -> Process:
    law = item.getKineticLaw() if item.isSetKineticLaw() else None
    math = law.getMath() if law is not None and law.isSetMath() else None
    local = {}
    if law is not None:
        for index in range(law.getNumLocalParameters()):
            found = _parameter(law.getLocalParameter(index))
            local[found.id] = found
    references = [_reference(one, -1.0) for one in _each(item, "Reactant")]
    references += [_reference(one, 1.0) for one in _each(item, "Product")]
    return Process(item.getIdAttribute(), item.getName(), _about(item), math, local, references)


def _event(item: Any, name: str) -> Occurrence:
    trigger = item.getTrigger()
    assignments = {one.getVariable(): one.getMath() for one in _each(item, "EventAssignment") if one.isSetMath()}
    return Occurrence(
        name, item.getName(), _formula(trigger), _formula(item.getDelay()), _formula(item.getPriority()), assignments,
        trigger is None or trigger.getPersistent(), trigger is None or trigger.getInitialValue(),
        item.getUseValuesFromTriggerTime(),
    )  # fmt: skip


def _formula(holder: Any) -> Any:
    return holder.getMath() if holder is not None and holder.isSetMath() else None


def _reference(item: Any, sign: float) -> Reference:
    value = item.getStoichiometry() if item.isSetStoichiometry() else None
    if value is not None and math.isnan(value):
        value = None
    return Reference(item.getIdAttribute(), item.getSpecies(), sign, value, item.getConstant())


def undefined(contents: Contents) -> Iterator[tuple[str, str]]:
    """Id and sentence of every element that names a species, compartment or variable that is not in the file."""
    known = contents.quantities.keys() | contents.species.keys()
    sizes = {name for name, item in contents.quantities.items() if item.kind == "compartment"}
    for species in contents.species.values():
        if species.compartment not in sizes:
            yield species.id, f"its compartment '{species.compartment}' is not in the file"
        if species.conversion and species.conversion not in contents.quantities:
            yield species.id, f"its conversion factor '{species.conversion}' is not in the file"
    for process in contents.reactions.values():
        for reference in process.references:
            if reference.species not in contents.species:
                yield process.id, f"its species '{reference.species}' is not in the file"
    for event in contents.events.values():
        for name in sorted(event.assignments.keys() - known):
            yield event.id, f"it changes '{name}', which is not in the file"
    for found in (contents.assignments, contents.rates, contents.initials):
        for name in found:
            if name not in known:
                yield name, "a formula defines it, but it is not in the file"
