"""The `Model`: one merged part with a name, a time unit and the way in which a simulation starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from exokinetics.errors import Issue, WrongInput, did_you_mean, raise_errors
from exokinetics.expressions.graph import Node, number, substitute
from exokinetics.expressions.parsing import parse
from exokinetics.expressions.text import to_text
from exokinetics.model.equations import initial_symbol, initials, odes
from exokinetics.model.parts import Observable, Parameter, Part, Species, id_fault
from exokinetics.model.validation import observable_units, validate
from exokinetics.model.values import Value, assumed, fixed
from exokinetics.units import factor_between, in_time_unit, magnitude, root, unit

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True)
class Start:
    """How a simulation starts: from the initial values, or from the steady state found with `values` put in."""

    steady: bool = False
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class Model:
    """An immutable, checked model. `whole` holds every species, parameter, reaction, modulator and observable.

    `report` are the times at which a run is to be compared with its start. `variants` are the readings that its file
    holds besides the default, with what each is about; `variant` is the one that this is, empty for the default.
    """

    name: str
    title: str
    time_unit: str
    whole: Part
    start: Start = Start()
    file: str = ""
    summary: str = ""
    citation: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)
    report: tuple[float, ...] = ()
    variant: str = ""
    variants: Mapping[str, str] = field(default_factory=dict)

    @property
    def species(self) -> tuple[str, ...]:
        """The ids of the states, in order."""
        return tuple(self.whole.species)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The ids of the constants, compartment sizes left out."""
        return tuple(name for name, item in self.whole.parameters.items() if not item.compartment)

    @property
    def observables(self) -> tuple[str, ...]:
        """The ids of the named expressions."""
        return tuple(self.whole.observables)

    def value(self, name: str) -> Value:
        """The value record of a parameter, or of the initial value of a species (`name` or `initial:name`)."""
        if name in self.whole.parameters:
            return self.whole.parameters[name].value
        species = self.whole.species.get(name.removeprefix("initial:"))
        if species is None:
            known = [*self.whole.parameters, *self.whole.species]
            raise WrongInput(f"'{name}' is not a parameter or species of {self.name}{did_you_mean(name, known)}")
        if isinstance(species.initial, Value):
            return species.initial
        source = f"computed at time 0 from {to_text(species.initial)}"
        return fixed(self.initial_number(species.id), species.unit, "", "derived", source)

    def initial_number(self, name: str) -> float:
        """The initial value of a species with every parameter at its value in the model."""
        numbers = {key: number(item.value.value) for key, item in self.whole.parameters.items()}
        for key, item in self.whole.species.items():
            if isinstance(item.initial, Value):
                numbers[initial_symbol(key)] = number(item.initial.value)
        (result,) = substitute([initials(self.whole)[name]], numbers)
        if result.kind != "number":
            raise WrongInput(f"the initial value of '{name}' is not a finite number: {to_text(result)}")
        return float(result.payload)

    def unit(self, name: str) -> str:
        """The unit text of a species, parameter or observable."""
        if name in self.whole.species:
            return self.whole.species[name].unit
        if name in self.whole.parameters:
            return self.whole.parameters[name].unit
        if name in self.whole.observables:
            return self._observable_units[name]
        raise WrongInput(f"'{name}' is not an id of {self.name}{did_you_mean(name, self.whole.kinds())}")

    def heading(self, name: str) -> str:
        """The title of a species, parameter or observable; empty if it has none."""
        whole = self.whole
        items: dict[str, Species | Parameter | Observable] = {**whole.species, **whole.parameters, **whole.observables}
        return items[name].title if name in items else ""

    @cached_property
    def _observable_units(self) -> dict[str, str]:
        return observable_units(self.whole, self.time_unit)

    @cached_property
    def unit_groups(self) -> tuple[tuple[int, ...], tuple[bool, ...]]:
        """For each species, the number of its kind of unit, and whether it is counted (copies, vesicles, cells)."""
        texts = [item.unit for item in self.whole.species.values()]
        bases = [root(unit(text))[1] for text in texts]
        distinct = list(dict.fromkeys(bases))
        counted = (any(name in text for name in ("copy", "vesicle", "cell", "item")) for text in texts)
        return tuple(distinct.index(base) for base in bases), tuple(counted)

    def __repr__(self) -> str:
        counts = f"{len(self.species)} species, {len(self.parameters)} parameters, {len(self.observables)} observables"
        name = f"{self.name}, variant {self.variant}" if self.variant else self.name
        return f"<Model {name}: {counts}, time in {self.time_unit}>"

    def equations(self) -> dict[str, sympy.Expr]:
        """d(species)/dt as sympy expressions over ids, one per species; of one with a constraint, what is zero."""
        from exokinetics.expressions.sympy_view import to_sympy

        return {name: to_sympy(node) for name, node in odes(self.whole).items()}

    def with_values(self, values: Mapping[str, Any]) -> Model:
        """The same model with other values of parameters or initial states (number, text with unit or Quantity)."""
        parameters, species = dict(self.whole.parameters), dict(self.whole.species)
        for name, given in values.items():
            new = _changed(self.value(name), given)
            if name in parameters:
                parameters[name] = replace(parameters[name], value=new)
            else:
                key = name.removeprefix("initial:")
                species[key] = replace(species[key], initial=new)
        return replace(self, whole=replace(self.whole, parameters=parameters, species=species))


def _changed(record: Value, given: Any) -> Value:
    amount = magnitude(given, record.unit)
    reason = "set by the caller in place of the value of the model file"
    if record.distribution == "fixed":
        return fixed(amount, record.unit, reason)
    new = assumed(amount, record.unit, reason, record.distribution)
    raise_errors(Issue("", "values", fault) for fault in new.faults())
    return new


def compose(
    name: str,
    parts: Iterable[Part],
    *,
    initial: Mapping[str, Any] | None = None,
    observables: Mapping[str, str | Node | Observable] | None = None,
    title: str = "",
    time_unit: str = "hour",
    start: Start = Start(),
    file: str = "",
    summary: str = "",
    citation: str = "",
    origins: Mapping[str, str] | None = None,
    report: Iterable[Any] = (),
) -> Model:
    """Merge parts into a checked model.

    `initial`: species id to a number in its unit, a text with unit, a `Value` or an expression over ids.
    `observables`: id to an expression (text, node or `Observable`). `report`: times (numbers or texts with unit) at
    which a run is to be compared with its start. The order of the parts does not matter. Laws are
    written in hours; with another `time_unit` every unit and value is converted. Raises `WrongInput` with all issues.
    """
    model, issues = assemble(
        name, parts, initial=initial or {}, observables=observables or {}, title=title, time_unit=time_unit,
        start=start, file=file, summary=summary, citation=citation, origins=origins or {}, report=report,
    )  # fmt: skip
    raise_errors(issues)
    return model


def assemble(
    name: str,
    parts: Iterable[Part],
    *,
    initial: Mapping[str, Any],
    observables: Mapping[str, str | Node | Observable],
    title: str,
    time_unit: str,
    start: Start,
    file: str,
    summary: str,
    citation: str,
    origins: Mapping[str, str],
    report: Iterable[Any] = (),
    excused: Callable[[str], bool] = lambda name: False,
) -> tuple[Model, list[Issue]]:
    """The model as `compose` makes it, checked or not, and every issue; `excused` as in `validate`."""
    issues: list[Issue] = []
    extra = {key: _observable(key, given, file, issues) for key, given in observables.items()}
    named = Part(observables={key: item for key, item in sorted(extra.items()) if item is not None})
    whole = Part()
    for part in (*parts, named):
        try:
            whole = whole | part
        except WrongInput as error:
            issues.append(Issue(file, "", str(error)))
    start = Start(start.steady, _start_values(start, whole, time_unit))
    whole = _changing_as_species(_in_model_time(whole, time_unit))
    whole = replace(whole, species=_with_initials(whole.species, initial, file, issues))
    issues += validate(whole, time_unit, file=file, excused=excused)
    for key in start.values:
        if key not in whole.parameters:
            issues.append(Issue(file, f"start.{key}", f"is not a parameter{did_you_mean(key, whole.parameters)}"))
    times = _report(report, time_unit, file, issues)
    return Model(name, title or name, time_unit, whole, start, file, summary, citation, dict(origins), times), issues


def _report(times: Iterable[Any], time_unit: str, file: str, issues: list[Issue]) -> tuple[float, ...]:
    found = set()
    if isinstance(times, str) or not isinstance(times, Iterable):
        issues.append(Issue(file, "report", f'give a list of times such as ["24 hour"], not {times!r}'))
        times = ()
    for given in times:
        try:
            found.add(magnitude(given, time_unit))
            if min(found) <= 0:
                raise WrongInput(f"{given!r} is not above 0, where a run starts")
        except WrongInput as error:
            issues.append(Issue(file, "report", str(error)))
    return tuple(sorted(found))


def _start_values(start: Start, whole: Part, time_unit: str) -> dict[str, float]:
    """Values of the parts' own units, which are in hours, in those of the model."""
    texts = {name: whole.parameters[name].unit for name in start.values if name in whole.parameters}
    return {
        name: value * factor_between(unit(texts[name]), unit(in_time_unit(texts[name], time_unit)))
        if name in texts
        else value
        for name, value in start.values.items()
    }


def _observable(key: str, given: str | Node | Observable, file: str, issues: list[Issue]) -> Observable | None:
    fault = id_fault(key)
    if fault:
        issues.append(Issue(file, f"observable.{key}", fault))
        return None
    if isinstance(given, Observable):
        return given
    try:
        return Observable(key, given if isinstance(given, Node) else parse(given))
    except WrongInput as error:
        issues.append(Issue(file, f"observable.{key}", str(error)))
        return None


def _with_initials(
    species: Mapping[str, Species], initial: Mapping[str, Any], file: str, issues: list[Issue]
) -> dict[str, Species]:
    result = dict(species)
    for name, given in initial.items():
        if name not in result:
            issues.append(Issue(file, f"initial.{name}", f"is not a species{did_you_mean(name, species)}"))
            continue
        item = result[name]
        try:
            result[name] = replace(item, initial=_initial(given, item))
        except WrongInput as error:
            issues.append(Issue(file, f"initial.{name}", str(error)))
    return result


def _initial(given: Any, item: Species) -> Value | Node:
    if isinstance(given, Value):
        return given.in_unit(item.unit)
    if isinstance(given, Node):
        return given
    if isinstance(given, str):
        try:
            return assumed(magnitude(given, item.unit), item.unit, "given to compose()")
        except WrongInput:
            if given.lstrip("+-. ")[:1].isdigit() and not set(given) & set("*/()"):
                raise  # a number with a unit that does not fit, rather than an expression
            return parse(given)
    amount = magnitude(given, item.unit)
    reason = "given to compose()"
    return fixed(0.0, item.unit, reason) if amount == 0 else assumed(amount, item.unit, reason)


def _changing_as_species(part: Part) -> Part:
    """Parameters that events change as species that nothing else changes: an input is a constant of a simulation."""
    changed = {name for event in part.events.values() for name in event.assignments}
    moved = {name: item for name, item in part.parameters.items() if name in changed and not item.compartment}
    if not moved:
        return part
    new = {name: Species(name, item.unit, item.value, item.title, nonnegative=False) for name, item in moved.items()}
    kept = {name: item for name, item in part.parameters.items() if name not in moved}
    return replace(part, species=dict(sorted({**part.species, **new}.items())), parameters=kept)


def _in_model_time(part: Part, time_unit: str) -> Part:
    def parameter(item: Parameter) -> Parameter:
        text = in_time_unit(item.unit, time_unit)
        value = item.value if item.value.unit == text else item.value.in_unit(text)
        return item if (text, value) == (item.unit, item.value) else replace(item, unit=text, value=value)

    parameters = {key: parameter(item) for key, item in part.parameters.items()}
    return replace(part, parameters=parameters)
