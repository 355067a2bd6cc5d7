"""The SBML ids of one model and the constants of 1 beside its species: everything a formula of its file may name."""

from __future__ import annotations

from dataclasses import dataclass, field

from exokinetics.errors import WrongInput
from exokinetics.expressions.dimensions import unit_of
from exokinetics.expressions.graph import Node, delayed, is_delayed, multiply, power, rebuild, symbol, topological
from exokinetics.model.equations import observables
from exokinetics.model.whole import Model
from exokinetics.sbml.identifiers import free_id, sbml_id
from exokinetics.sbml.layout import Place, extent_unit, place_of
from exokinetics.sbml.mathml import Dictionary
from exokinetics.sbml.unit_definitions import UnitTable, counted, readable
from exokinetics.units import DIMENSIONLESS, Unit, power_of, same_unit, unit, unit_text


@dataclass
class Naming:
    """Names, units and places of a model while it is written.

    Symbols of `words` that start with a colon stand for the constants of 1: `spaces` (compartments), `ones` and
    `conversions` (parameters), each by the SBML id.
    """

    model: Model
    table: UnitTable = field(default_factory=UnitTable)
    spaces: dict[str, Unit] = field(default_factory=dict)
    ones: dict[str, Unit] = field(default_factory=dict)
    conversions: dict[str, Unit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        whole = self.model.whole
        self.names = {name: sbml_id(name) for name in whole.kinds()}
        self.taken = set(self.names.values())
        self.places = {name: place_of(item.unit) for name, item in whole.species.items()}
        self.extent = extent_unit(self.model, self.places.values())
        self.written_out = observables(whole)
        texts = {name: item.unit for name, item in whole.species.items()} | {"time": self.model.time_unit}
        texts |= {name: item.unit for name, item in whole.parameters.items()}
        self._basic = {name: unit(text) for name, text in texts.items()}
        self.units = {name: self.unit_of(name) for name in whole.kinds()} | {"time": unit(self.model.time_unit)}
        self.stated = dict(self.units)
        self.reactions = {name: self._second_name("reaction", name) for name in whole.reactions}
        self.modulators = {name: self._second_name("modulator", name) for name in whole.modulators}
        self.events = {name: self._second_name("event", name) for name in whole.events}
        for name, written in self.modulators.items():
            self._add(f":modulator:{name}", written, DIMENSIONLESS)
        self.function = self._take("hill")
        numbers = {name: place.one for name, place in self.places.items() if place.one is not None}
        self._numbers = {name: self._number(name, value) for name, value in numbers.items()}
        self.words = Dictionary(self.names, self.units, self.table.id_of, {"hill": self.function})

    def unit_of(self, name: str) -> Unit:
        """The unit of an id; an observable of a model whose units do not fit counts as dimensionless."""
        stated = self.model.whole.observables[name].unit if name in self.model.whole.observables else ""
        if stated is not None:
            return unit(stated or self.model.unit(name))
        try:
            return unit_of(self.written_out[name], self._basic) or DIMENSIONLESS
        except WrongInput:
            return DIMENSIONLESS

    def _second_name(self, kind: str, name: str) -> str:
        """Reactions and modulators may bear the id of a species or parameter; in SBML they may not."""
        wanted = sbml_id(name)
        return self._take(wanted if wanted not in self.taken else sbml_id(f"{kind}.{name}"))

    def _take(self, wanted: str) -> str:
        name = free_id(wanted, self.taken)
        self.taken.add(name)
        return name

    def _add(self, key: str, written: str, value: Unit) -> None:
        self.names[key], self.units[key] = written, value

    def _constant(self, kind: str, value: Unit, shown: str, store: dict[str, Unit]) -> str:
        """The symbol of a constant of 1 in this unit, made at its first use."""
        key = f":{kind}:{unit_text(value)}"
        if key not in self.names:
            self._add(key, self._take(f"one_{shown}"), value)
            store[self.names[key]] = value
        return key

    def _number(self, name: str, value: Unit) -> Node:
        self.units[name] = DIMENSIONLESS
        return symbol(name) * self._one(value)

    def space(self, place: Place) -> str:
        """The SBML id of the compartment of a place."""
        value = place.space if place.space is not None else unit("litre")
        return self.names[self._constant("space", value, readable(value), self.spaces)]

    def conversion(self, place: Place) -> str:
        """The symbol of the conversion factor of a place; empty where the unit of reactions is that of the species."""
        substance = counted(place.substance)
        if same_unit(substance, self.extent):
            return ""
        shown = f"{readable(substance)}_per_{readable(self.extent)}"
        return self._constant("conversion", substance / self.extent, shown, self.conversions)

    def in_units(self, node: Node) -> Node:
        """The expression with constants of 1 beside every species written as a number and every fractional power.

        Unit checkers allow a root of a quantity only where its unit has one: sqrt(x) becomes sqrt(x/one)*root_of_one.
        """
        result: dict[Node, Node] = {}
        for part in topological([node]):
            args = [result[child] for child in part.args]
            new = self._numbers.get(str(part.payload), part) if part.kind == "symbol" else rebuild(part, args)
            if is_delayed(part):
                new = delayed(args[0], self._in_time(args[1]))
            result[part] = self._fractional(part, new) if _is_fractional(part) else new
        return result[node]

    def _in_time(self, by: Node) -> Node:
        """A delay that is a plain number is one in the unit of time."""
        time = unit(self.model.time_unit)
        return by * self._one(time) if by.kind == "number" and not same_unit(time, DIMENSIONLESS) else by

    def _fractional(self, node: Node, new: Node) -> Node:
        try:
            base = unit_of(node.args[0], self.stated)
        except WrongInput:
            return new
        if base is None or same_unit(counted(base), DIMENSIONLESS):
            return new
        exponent = float(node.args[1].payload) if node.kind == "power" else 0.5
        below, above = self._one(base), self._one(power_of(base, exponent))
        return rebuild(new, [new.args[0] / below, *new.args[1:]]) * above

    def _one(self, value: Unit) -> Node:
        return symbol(self._constant("one", value, readable(value), self.ones))

    def turnover(self, rate: Node, place: Place) -> Node:
        """The rate of change of a species of this place, as reaction turnover in the model-wide unit per time."""
        if place.one is not None:
            rate = multiply(rate, power(symbol(f":one:{unit_text(place.one)}"), -1.0))
        if place.space is not None:
            self.space(place)
            rate = multiply(rate, symbol(f":space:{unit_text(place.space)}"))
        conversion = self.conversion(place)
        return multiply(rate, power(symbol(conversion), -1.0)) if conversion else rate


def _is_fractional(node: Node) -> bool:
    if node.kind == "power" and node.args[1].kind == "number":
        return not float(node.args[1].payload).is_integer()
    return node.kind == "function" and node.payload == "sqrt"
