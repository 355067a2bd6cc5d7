"""The rules of a model, checked all at once: every fault becomes an issue with the id it concerns."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from exokinetics.errors import Issue, WrongInput, did_you_mean
from exokinetics.expressions.dimensions import unit_of
from exokinetics.expressions.graph import Node, is_condition
from exokinetics.model.constraint_faults import constraint_faults, constraint_unit_faults
from exokinetics.model.equations import initials, observables
from exokinetics.model.event_faults import event_faults, event_unit_faults
from exokinetics.model.parts import Part
from exokinetics.model.unit_comparison import compare
from exokinetics.model.values import Value
from exokinetics.units import DIMENSIONLESS, Unit, same_unit, unit, unit_text


def validate(
    part: Part,
    time_unit: str,
    *,
    file: str = "",
    check_units: bool = True,
    excused: Callable[[str], bool] = lambda name: False,
) -> list[Issue]:
    """Every issue of the whole of a model; an empty list means that it can be compiled.

    `excused` tells whether the absence of an id is reported elsewhere, as that of a part with a fault of its own.
    """
    return [Issue(file, key, message) for key, message in _faults(part, time_unit, check_units, excused)]


def _faults(part: Part, time_unit: str, check_units: bool, excused: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    units, broken = _symbol_units(part, time_unit)
    yield from broken
    if not part.species and not part.observables:
        yield "", "the model has no species; add a part"
    yield from _duplicates(part)
    yield from _unknown(part, excused)
    yield from _references(part, excused)
    yield from event_faults(part)
    yield from _circles(part)
    yield from constraint_faults(part)
    yield from _values(part)
    if check_units and not broken:
        yield from _unit_faults(part, units, time_unit)


def _symbol_units(part: Part, time_unit: str) -> tuple[dict[str, Unit], list[tuple[str, str]]]:
    units: dict[str, Unit] = {}
    broken = []
    texts = {name: item.unit for name, item in part.species.items()}
    texts |= {name: item.unit for name, item in part.parameters.items()} | {"time": time_unit}
    for name, text in texts.items():
        try:
            units[name] = unit(text)
        except WrongInput as error:
            broken.append((name, str(error)))
    for name, observable in part.observables.items():
        try:
            unit(observable.unit or "dimensionless")
        except WrongInput as error:
            broken.append((name, str(error)))
    return units, broken


def _duplicates(part: Part) -> Iterator[tuple[str, str]]:
    seen: dict[str, str] = {}
    for kind, items in (
        ("a species", part.species), ("a parameter", part.parameters), ("an observable", part.observables),
    ):  # fmt: skip
        for name in items:
            if name in seen:
                yield name, f"'{name}' is the id of {seen[name]} and of {kind}; rename one"
            seen[name] = kind


def _expressions(part: Part) -> Iterator[tuple[str, Node]]:
    for reaction in part.reactions.values():
        yield reaction.id, reaction.rate
    for modulator in part.modulators.values():
        yield modulator.id, modulator.factor
    for observable in part.observables.values():
        yield observable.id, observable.expression
    for species in part.species.values():
        if not isinstance(species.initial, Value):
            yield species.id, species.initial
    for event in part.events.values():
        yield from ((event.id, node) for node in event.values())
    yield from part.constraints.items()


def _unknown(part: Part, excused: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """Names that stand for nothing, each once for a part or observable, and conditions where a number is needed."""
    known = part.kinds()
    given = frozenset(known) | {"time"}
    seen: set[tuple[str, str]] = set()
    changed = [(item.id, {name for name, _ in item.changes}) for item in part.reactions.values()]
    for event in part.events.values():
        changed.append((event.id, {*event.trigger.symbols, *event.assignments}))
    for key, names in (*((key, node.symbols) for key, node in _expressions(part)), *changed):
        for name in sorted(names - given):
            place = (key.split(".")[0], name)
            if place not in seen and not excused(name):
                yield key, f"'{name}' is not a species, parameter or observable{did_you_mean(name, known)}"
            seen.add(place)
    for key, node in _expressions(part):
        if is_condition(node):
            yield key, "this is a comparison, not a number; use piecewise(value, condition, otherwise)"


def _references(part: Part, excused: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    for reaction in part.reactions.values():
        for name, _ in reaction.changes:
            if name not in part.species and name in part.kinds():
                yield (
                    reaction.id,
                    f"'{name}' is {part.kinds()[name]}, not a species{did_you_mean(name, part.species)}",
                )
    processes = part.processes()
    for modulator in part.modulators.values():
        wanted = modulator.reaction
        key = modulator.id.removesuffix(f".{wanted}")  # the part that acts
        if wanted in part.reactions and wanted not in processes:
            whole = part.reactions[wanted].process
            yield key, f"'{wanted}' is one of the reactions of '{whole}', which go together; act on '{whole}'"
        elif wanted not in processes and not excused(wanted):
            yield key, f"'{wanted}' is not a reaction or process{did_you_mean(wanted, processes)}"


def _circles(part: Part) -> Iterator[tuple[str, str]]:
    for resolve, key in ((observables, "observable"), (initials, "initial")):
        try:
            resolve(part)
        except WrongInput as error:
            yield key, str(error)
            return


def _values(part: Part) -> Iterator[tuple[str, str]]:
    for parameter in part.parameters.values():
        yield from ((parameter.id, fault) for fault in parameter.value.faults())
    for species in part.species.values():
        if isinstance(species.initial, Value):
            yield from ((species.id, fault) for fault in species.initial.faults())
            if species.nonnegative and species.initial.value < 0:
                yield species.id, f"its initial value {species.initial.value:g} is negative"


def _unit_faults(part: Part, units: dict[str, Unit], time_unit: str) -> Iterator[tuple[str, str]]:
    inferred = dict(units)
    pending = {name: item for name, item in part.observables.items() if not is_condition(item.expression)}
    while ready := [name for name, item in pending.items() if item.expression.symbols <= inferred.keys()]:
        for name in ready:
            item = pending.pop(name)
            try:
                found = unit_of(item.expression, inferred) or unit(item.unit or "dimensionless")
                stated = unit(item.unit) if item.unit is not None else found
            except WrongInput as error:
                yield name, str(error)
                continue  # what builds on it has no unit either, which is no second fault
            if not same_unit(found, stated):
                yield name, f"the expression is in '{unit_text(found)}', not in the stated '{unit_text(stated)}'"
            inferred[name] = stated
    yield from _rate_units(part, inferred, time_unit)


def _rate_units(part: Part, units: dict[str, Unit], time_unit: str) -> Iterator[tuple[str, str]]:
    plain = DIMENSIONLESS
    for modulator in part.modulators.values():
        yield from compare(modulator.id, modulator.factor, units, plain, "a factor")
    for reaction in part.reactions.values():
        for name, _ in reaction.changes:
            if name in part.species:
                wanted = units[name] / unit(time_unit)
                found = list(compare(reaction.id, reaction.rate, units, wanted, f"the rate of change of '{name}'"))
                yield from found
                if found:  # one sentence for one rate
                    break
    for species in part.species.values():
        if not isinstance(species.initial, Value):
            yield from compare(species.id, species.initial, units, units[species.id], "the initial value")
    yield from event_unit_faults(part, units, time_unit)
    yield from constraint_unit_faults(part, units)


def observable_units(part: Part, time_unit: str) -> dict[str, str]:
    """The unit text of every observable of a valid model: as stated, else inferred."""
    units, _ = _symbol_units(part, time_unit)
    pending = dict(part.observables)
    texts: dict[str, str] = {}
    while pending:
        before = len(pending)
        for name, item in list(pending.items()):
            if item.expression.symbols <= units.keys():
                found = unit(item.unit) if item.unit is not None else unit_of(item.expression, units)
                units[name] = found if found is not None else DIMENSIONLESS
                texts[name] = unit_text(units[name])
                del pending[name]
        if len(pending) == before:
            name, item = next(iter(pending.items()))
            unknown = sorted(item.expression.symbols - units.keys() - pending.keys())
            raise WrongInput(f"observable.{name}: has no unit, for '{(unknown or [name])[0]}' has none")
    return texts
