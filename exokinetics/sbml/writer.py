"""A model as SBML Level 3 Version 2: exact numbers, units on everything, and annotations that bring it back whole."""

from __future__ import annotations

import math
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from exokinetics.catalogue.molecules import molecules
from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.expressions.graph import Node, multiply, number, substitute, symbol
from exokinetics.model.parts import Parameter, Reaction, Species
from exokinetics.model.values import Value, fixed
from exokinetics.model.whole import Model
from exokinetics.sbml import ontology
from exokinetics.sbml.annotations import annotate, clean
from exokinetics.sbml.constraint_writing import constraint_elements, still_species
from exokinetics.sbml.event_writing import event_element
from exokinetics.sbml.functions import hill_definition
from exokinetics.sbml.identifiers import free_id
from exokinetics.sbml.layout import dimensions
from exokinetics.sbml.mathml import math_element
from exokinetics.sbml.naming import Naming
from exokinetics.sbml.signs import may_be_negative
from exokinetics.sbml.unit_definitions import factors
from exokinetics.units import DIMENSIONLESS, Unit, unit, unit_text

CORE = "http://www.sbml.org/sbml/level3/version2/core"


def sbml_text(model: Model, initial: Mapping[str, float]) -> str:
    """The model as an SBML Level 3 Version 2 document.

    `initial` is the number of every species at t = 0 in its unit, after the start and doses at t = 0. Raises
    `WrongInput` for a missing or infinite number and for formulas too large to be written.
    """
    _require_numbers(model, initial)
    return _Writer(model, initial).document()


def _require_numbers(model: Model, initial: Mapping[str, float]) -> None:
    for name in model.species:
        if name not in initial:
            raise WrongInput(f"the initial value of '{name}' is missing{did_you_mean(name, initial)}")
        if not math.isfinite(initial[name]):
            raise WrongInput(f"the initial value of '{name}' is {initial[name]}; it must be a finite number")


class _Writer:
    """Fills the lists of one document; constants of 1 and unit definitions come last because all may add to them."""

    def __init__(self, model: Model, initial: Mapping[str, float]) -> None:
        self.model, self.whole = model, model.whole
        self.initial = {name: float(initial[name]) for name in model.species}
        self.naming = Naming(model)
        self.table = self.naming.table
        self.things = molecules(model)
        self.lists: dict[str, list[Element]] = {}
        self.modulators: dict[str, list[str]] = {}
        self.by_process: dict[str, list[str]] = {}
        self.still = still_species(self.whole)
        processes = self.whole.processes()
        for name, modulator in self.whole.modulators.items():
            self.by_process.setdefault(modulator.reaction, []).append(name)
            for reaction in processes[modulator.reaction]:
                self.modulators.setdefault(reaction, []).append(name)

    def document(self) -> str:
        root = Element("sbml", {"xmlns": CORE, "xmlns:sbml": CORE, "level": "3", "version": "2"})
        model = SubElement(root, "model", self._model_attributes())
        self._model_texts(model)
        for species in self.whole.species.values():
            self._species(species)
        for parameter in self.whole.parameters.values():
            self._parameter(parameter)
        self._observables()
        self._modulators()
        self.lists.setdefault("Rules", []).extend(constraint_elements(self.whole, self.naming))
        for reaction in self.whole.reactions.values():
            self._reaction(reaction)
        for event in self.whole.events.values():
            written = self.naming.events[event.id]
            self.lists.setdefault("Events", []).append(event_element(event, self.naming, written))
        self._constants()
        self._functions()
        self._unit_definitions()
        for kind in _ORDER:
            if self.lists.get(kind):
                SubElement(model, f"listOf{kind}").extend(self.lists[kind])
        indent(root)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"

    def _new(self, kind: str, tag: str, attributes: Mapping[str, str]) -> Element:
        element = Element(tag, {key: clean(text) for key, text in attributes.items() if text})
        self.lists.setdefault(kind, []).append(element)
        return element

    def _model_attributes(self) -> dict[str, str]:
        name = free_id(self.model.name, self.naming.taken)
        self.naming.taken.add(name)
        return {
            "id": name,
            "name": clean(self.model.title),
            "sboTerm": ontology.FRAMEWORK,
            "substanceUnits": self.table.id_of(self.naming.extent),
            "timeUnits": self.table.id_of(unit(self.model.time_unit)),
            "volumeUnits": "litre",
            "areaUnits": self.table.id_of(unit("metre**2")),
            "lengthUnits": "metre",
            "extentUnits": self.table.id_of(self.naming.extent),
        }

    def _model_texts(self, model: Element) -> None:
        texts = {
            "name": self.model.name, "time_unit": self.model.time_unit,
            "summary": self.model.summary, "citation": self.model.citation,
        }  # fmt: skip
        texts = {key: clean(text) for key, text in texts.items() if text}
        annotate(model, texts)
        if self.model.summary or self.model.citation:
            notes = Element("notes")
            model.insert(0, notes)
            body = SubElement(notes, "body", {"xmlns": "http://www.w3.org/1999/xhtml"})
            for key in ("summary", "citation"):
                if key in texts:
                    SubElement(body, "p").text = texts[key]

    def _about(self, name: str, written: str) -> dict[str, str]:
        return {"id": name} if name != written else {}

    def _species(self, item: Species) -> None:
        place, written = self.naming.places[item.id], self.naming.names[item.id]
        concentration = place.space is not None
        attributes = {
            "id": written, "name": item.title, "sboTerm": ontology.species_term(item, place),
            "compartment": self.naming.space(place),
            "initialConcentration" if concentration else "initialAmount": repr(self.initial[item.id]),
            "substanceUnits": self.table.id_of(place.substance),
            "hasOnlySubstanceUnits": "false" if concentration else "true",
            "boundaryCondition": "false", "constant": "true" if item.id in self.still else "false",
        }  # fmt: skip
        conversion = self.naming.conversion(place)
        if conversion:
            attributes["conversionFactor"] = self.naming.names[conversion]
        texts = self._about(item.id, written) | {"unit": item.unit}
        if not item.nonnegative:
            texts["nonnegative"] = "false"
        element = self._new("Species", "species", attributes)
        annotate(element, texts, self._initial_record(item), self.things.get(item.id))

    def _initial_record(self, item: Species) -> Value | None:
        now = self.initial[item.id]
        if isinstance(item.initial, Value):
            if item.initial.value == now:
                return item.initial
        elif self._initial_assignment(item, item.initial):
            return None
        source = f"the state of {self.model.name} at time 0, after its start and doses"
        return fixed(now, item.unit, "", "derived", source)

    def _initial_assignment(self, item: Species, given: Node) -> bool:
        """Write the formula of an initial value if it gives the number wanted; it replaces the number in SBML."""
        numbers = {name: number(value) for name, value in self.initial.items()}
        numbers |= {name: number(parameter.value.value) for name, parameter in self.whole.parameters.items()}
        (formula,) = substitute([given], self.naming.written_out)
        (result,) = substitute([formula], numbers | {"time": number(0.0)})
        if result.kind != "number" or not math.isclose(float(result.payload), self.initial[item.id], rel_tol=1e-12):
            return False
        place = self.naming.places[item.id]
        node = self.naming.in_units(given)
        if place.one is not None:
            node = node / symbol(f":one:{unit_text(place.one)}")
        element = self._new("InitialAssignments", "initialAssignment", {
            "symbol": self.naming.names[item.id], "sboTerm": ontology.EXPRESSION,
        })  # fmt: skip
        element.append(math_element(node, self.naming.words, self.naming.units[item.id]))
        return True

    def _parameter(self, item: Parameter) -> None:
        written, value = self.naming.names[item.id], item.value.value
        size = dimensions(unit(item.unit)) if item.compartment else None
        attributes = {"id": written, "name": item.title}
        if size is not None:
            attributes |= {"spatialDimensions": str(size), "size": repr(value)}
            attributes["sboTerm"] = ontology.PHYSICAL_COMPARTMENT
        else:
            attributes |= {"value": repr(value), "sboTerm": ontology.parameter_term(item, self.model.time_unit)}
        attributes |= {"units": self.table.id_of(unit(item.unit)), "constant": "true"}
        texts = self._about(item.id, written) | {"unit": item.unit}
        if item.compartment and size is None:
            texts["compartment"] = "true"
        kinds = ("Parameters", "parameter") if size is None else ("Compartments", "compartment")
        annotate(self._new(*kinds, attributes), texts, item.value, self.things.get(item.id))

    def _observables(self) -> None:
        for item in self.whole.observables.values():
            texts = {"kind": "observable"} | self._about(item.id, self.naming.names[item.id])
            if item.unit is not None:
                texts["unit"] = item.unit
            if item.process:
                texts["process"] = item.process
            factors = [symbol(f":modulator:{name}") for name in self.by_process.get(item.process, ())]
            expression = multiply(item.expression, *factors)
            self._assigned(self.naming.names[item.id], item.title, self.naming.unit_of(item.id), expression, texts)

    def _modulators(self) -> None:
        for item in self.whole.modulators.values():
            written = self.naming.modulators[item.id]
            texts = {"kind": "modulator", "reaction": item.reaction} | self._about(item.id, written)
            self._assigned(written, item.title, DIMENSIONLESS, item.factor, texts)

    def _assigned(self, written: str, title: str, value: Unit, node: Node, texts: Mapping[str, str]) -> None:
        attributes = {"id": written, "name": title, "units": self.table.id_of(value), "constant": "false"}
        annotate(self._new("Parameters", "parameter", attributes | {"sboTerm": ontology.QUANTITY}), texts)
        rule = self._new("Rules", "assignmentRule", {"variable": written, "sboTerm": ontology.EXPRESSION})
        rule.append(math_element(self.naming.in_units(node), self.naming.words, value))

    def _reaction(self, item: Reaction) -> None:
        if not item.changes:
            return  # it changes nothing, and SBML could not tell the unit of its rate
        written = self.naming.reactions[item.id]
        modulators = self.modulators.get(item.id, [])
        rate = multiply(item.rate, *(symbol(f":modulator:{name}") for name in modulators))
        law = self.naming.turnover(self.naming.in_units(rate), self.naming.places[item.changes[0][0]])
        factors = [self.whole.modulators[name].factor for name in modulators]
        reversible = may_be_negative([item.rate, *factors], self.model, self.naming.written_out)
        attributes = {"id": written, "name": item.title, "reversible": "true" if reversible else "false"}
        attributes["sboTerm"] = ontology.reaction_term(item.flow)
        element = self._new("Reactions", "reaction", attributes)
        order = _references(element, item, self.naming.names)
        self._modifiers(element, item, law)
        expected = self.naming.extent / unit(self.model.time_unit)
        SubElement(element, "kineticLaw", {"sboTerm": ontology.RATE_LAW}).append(
            math_element(law, self.naming.words, expected)
        )
        texts = self._about(item.id, written) | {"flow": item.flow}
        if item.process:
            texts["process"] = item.process
        annotate(element, texts | ({"order": order} if order else {}))

    def _modifiers(self, element: Element, item: Reaction, law: Node) -> None:
        changed = {name for name, _ in item.changes}
        names = sorted(name for name in law.symbols if name in self.whole.species and name not in changed)
        if names:
            modifiers = SubElement(element, "listOfModifiers")
            for name in names:
                attributes = {"species": self.naming.names[name], "sboTerm": ontology.MODIFIER}
                SubElement(modifiers, "modifierSpeciesReference", attributes)

    def _constants(self) -> None:
        for written, value in self.naming.spaces.items():
            size = {"spatialDimensions": str(dimensions(value)), "size": "1"}
            attributes = {"id": written, **size, "units": self.table.id_of(value), "constant": "true"}
            attributes["sboTerm"] = ontology.IMPLICIT_COMPARTMENT
            annotate(self._new("Compartments", "compartment", attributes), {"kind": "one"})
        for written, value in (self.naming.ones | self.naming.conversions).items():
            attributes = {"id": written, "value": "1", "units": self.table.id_of(value), "constant": "true"}
            attributes["sboTerm"] = ontology.QUANTITY
            annotate(self._new("Parameters", "parameter", attributes), {"kind": "one"})

    def _functions(self) -> None:
        if self.naming.words.used_functions:
            self.lists["FunctionDefinitions"] = [hill_definition(self.naming.function)]

    def _unit_definitions(self) -> None:
        for written, value in sorted(self.table.definitions.items()):
            definition = self._new("UnitDefinitions", "unitDefinition", {"id": written, "name": unit_text(value)})
            units = SubElement(definition, "listOfUnits")
            for factor in factors(value):
                exponent = int(factor.exponent) if factor.exponent.is_integer() else factor.exponent
                SubElement(units, "unit", {
                    "kind": factor.kind, "exponent": repr(exponent), "scale": str(factor.scale),
                    "multiplier": repr(factor.multiplier),
                })  # fmt: skip


_ORDER = (
    "FunctionDefinitions", "UnitDefinitions", "Compartments", "Species", "Parameters", "InitialAssignments", "Rules",
    "Reactions", "Events",
)  # fmt: skip


def _references(element: Element, item: Reaction, names: Mapping[str, str]) -> str:
    """Write reactants and products; the order of the changes as positions among them, if it is another."""
    reactants = [index for index, (_, amount) in enumerate(item.changes) if amount < 0]
    products = [index for index, (_, amount) in enumerate(item.changes) if amount >= 0]
    for tag, indices, term in (
        ("listOfReactants", reactants, ontology.REACTANT), ("listOfProducts", products, ontology.PRODUCT),
    ):  # fmt: skip
        if not indices:
            continue
        holder = SubElement(element, tag)
        for index in indices:
            name, amount = item.changes[index]
            attributes = {"species": names[name], "stoichiometry": repr(abs(float(amount))), "constant": "true"}
            attributes["sboTerm"] = term
            SubElement(holder, "speciesReference", attributes)
    written = [*reactants, *products]
    return "" if written == sorted(written) else " ".join(str(written.index(index)) for index in range(len(written)))
