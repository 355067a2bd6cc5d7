"""The names of a file while it is read: our ids, what a formula means by them, and their units."""

from __future__ import annotations

from exokinetics.errors import Issue, WrongInput
from exokinetics.expressions.graph import ONE, Node, symbol
from exokinetics.model.parts import id_fault
from exokinetics.sbml.annotations import About
from exokinetics.sbml.contents import Contents
from exokinetics.sbml.identifiers import free_id, sbml_id
from exokinetics.sbml.unit_texts import kind_text, text_of
from exokinetics.units import power_of, unit, unit_text

DIMENSIONLESS = "dimensionless"


class Symbols:
    """Our id and expression of every name; `used` collects the names that formulas refer to."""

    def __init__(self, contents: Contents, file: str) -> None:
        self.contents = contents
        self.used: set[str] = set()
        self.issues: list[Issue] = []
        self.ids: dict[str, str] = {}
        self._taken: set[str] = set()
        self.nodes: dict[str, Node] = {}
        abouts = {name: item.about for name, item in contents.quantities.items()}
        abouts |= {name: item.about for name, item in contents.species.items()}
        for name, about in abouts.items():
            own = self._own_id(name, about, file)
            self.ids[name] = own
            self.nodes[name] = ONE if self._is_one(name) else symbol(own)
        for name in contents.reactions:
            self.nodes.setdefault(name, symbol(name))

    def _own_id(self, name: str, about: About, file: str) -> str:
        own = about.texts.get("id", name)
        if own != name and (own in self._taken or (id_fault(own) and not _is_written(own, name))):
            own = name
        if own == "time":
            own = free_id("time", {"time", *self._taken, *self.contents.quantities, *self.contents.species})
            message = f"the id 'time' means the time of the simulation here; it is read as '{own}'"
            self.issues.append(Issue(file, name, message, "warning"))
        self._taken.add(own)
        return own

    def _is_one(self, name: str) -> bool:
        """Whether this is one of the writer's constants of 1, which stand only for a unit."""
        item = self.contents.quantities.get(name)
        if item is None or item.about.texts.get("kind") != "one":
            return False
        return item.value == 1.0 and item.constant and name not in self.contents.initials

    def resolve(self, name: str) -> Node:
        """The expression that a name of a formula stands for."""
        if name not in self.nodes:
            raise WrongInput(f"'{name}' is not defined in the file")
        self.used.add(name)
        return self.nodes[name]


class UnitTexts:
    """The units of a file as texts of ours; all dimensionless once `trusted` is false."""

    def __init__(self, contents: Contents, trusted: bool) -> None:
        self.contents, self.trusted = contents, trusted

    def time(self) -> str:
        """The unit of time; dimensionless where the file names none that this package has."""
        try:
            return self._named(self.contents.model_units["time"], "time")
        except WrongInput:
            return DIMENSIONLESS

    def stated(self, about: About, written: str, what: str) -> str:
        """The unit text of an annotation if it means what the file says, else that of the SBML unit."""
        if not self.trusted:
            return DIMENSIONLESS
        text = about.texts.get("unit")
        return text if text is not None and _readable(text) else self._named(written, what)

    def substance(self, name: str) -> str:
        """The unit of the amount of a species."""
        if not self.trusted:
            return DIMENSIONLESS
        return self._named(self.contents.species[name].unit or self.contents.model_units["substance"], name)

    def size(self, name: str) -> str:
        """The unit of a compartment."""
        item = self.contents.quantities[name]
        default = self.contents.model_units.get(f"{item.dimensions:g}", "")
        return self.stated(item.about, item.unit or default, name)

    def concentration(self, name: str) -> str:
        """The unit of the concentration of a species."""
        if not self.trusted:
            return DIMENSIONLESS
        size = unit(self.size(self.contents.species[name].compartment))
        return unit_text(unit(self.substance(name)) * power_of(size, -1.0))

    def _named(self, written: str, what: str) -> str:
        if not written:
            raise WrongInput(f"'{what}' has no unit")
        if written in self.contents.units:
            return text_of(self.contents.units[written])
        kind = kind_text(written)
        if kind is None:
            raise WrongInput(f"'{what}' has the unit '{written}', which is not defined")
        return kind


def _is_written(own: str, name: str) -> bool:
    """Whether the writer gives this id that SBML id; ids of other tools need not follow our rules for ids."""
    try:
        return sbml_id(own) == name
    except WrongInput:
        return False


def _readable(text: str) -> bool:
    try:
        unit(text)
    except WrongInput:
        return False
    return True
