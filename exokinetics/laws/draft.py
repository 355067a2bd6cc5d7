"""The sheet on which a law writes its species and reactions; it becomes a frozen `Part`."""

from __future__ import annotations

from collections.abc import Mapping

from exokinetics.expressions.graph import Node, multiply, symbol
from exokinetics.model.parts import Flow, Modulator, Observable, Parameter, Part, Reaction, Species, part_of
from exokinetics.model.values import Value, fixed

_AVOGADRO_SOURCE = "BIPM, The International System of Units, 9th edition, 2019: 6.02214076e23 per mole, exact"
AVOGADRO = Parameter(
    "avogadro",
    "copy/nM/fL",
    fixed(0.602214076, "copy/nM/fL", "", "derived", _AVOGADRO_SOURCE),
    "copies in one femtolitre at one nM",
)


class Members:
    """The members of another part that a law links to: `medium.vesicles` is the symbol of that species."""

    def __init__(self, part: str, names: Mapping[str, str]) -> None:
        self._part, self._names = part, names

    def __getattr__(self, name: str) -> Node:
        if name.startswith("_") or name not in self._names:
            raise AttributeError(f"the law did not declare the member '{name}' of '{self._part}'")
        return symbol(f"{self._part}.{name}")


class Draft:
    """Collects the items of one part; every id written to it is put below the id of the part."""

    def __init__(self, id: str) -> None:
        self.id = id
        self._species: list[Species] = []
        self._parameters: list[Parameter] = []
        self._reactions: list[Reaction] = []
        self._modulators: list[Modulator] = []
        self._observables: list[Observable] = []

    def species(self, name: str, unit: str, title: str, initial: Value | Node | None = None) -> Node:
        """A state of this part; it starts at zero unless `initial` says otherwise."""
        start = (
            initial if initial is not None else fixed(0.0, unit, "none at the start unless the model says otherwise")
        )
        self._species.append(Species(f"{self.id}.{name}", unit, start, title))
        return symbol(f"{self.id}.{name}")

    def parameter(self, item: Parameter) -> Node:
        """A constant; its id is taken as it is, so that a shared one collapses."""
        self._parameters.append(item)
        return symbol(item.id)

    def copies_per_nanomolar(self, volume: Node) -> Node:
        """Copies per cell that make one nM in a cell of this volume."""
        return self.parameter(AVOGADRO) * volume

    def observable(self, name: str, expression: Node, title: str) -> Node:
        """A named expression of this part."""
        self._observables.append(Observable(f"{self.id}.{name}", expression, None, title))
        return symbol(f"{self.id}.{name}")

    def synthesis(self, name: str, rate: Node, into: Node) -> None:
        """Material that is made."""
        self._react(name, rate, {into: 1.0}, "synthesis")

    def loss(self, name: str, rate: Node, *of: Node) -> None:
        """Material that goes for good; of several species, one of each per event."""
        self._react(name, rate, dict.fromkeys(of, -1.0), "loss")

    def conversion(self, name: str, rate: Node, of: tuple[Node, ...], into: tuple[Node, ...]) -> None:
        """One of each species of `of` becomes one of each of `into`, in the same place."""
        self._react(name, rate, dict.fromkeys(of, -1.0) | dict.fromkeys(into, 1.0), "conversion")

    def export(self, name: str, rate: Node, cells: Node, of: Node, into: Node) -> None:
        """`rate` per cell leaves every one of `cells` cells; the compartment outside gains the total."""
        self._react(f"{name}_out", rate, {of: -1.0}, "transfer")
        self._react(f"{name}_in", multiply(cells, rate), {into: 1.0}, "transfer")

    def uptake(self, name: str, rate: Node, cells: Node, of: Node, into: Node) -> None:
        """Every one of `cells` cells gains `rate`; the compartment outside loses the total."""
        self._react(f"{name}_out", multiply(cells, rate), {of: -1.0}, "transfer")
        self._react(f"{name}_in", rate, {into: 1.0}, "transfer")

    def dilution(self, division: Node, *species: Node) -> None:
        """Growth of the population spreads what a cell holds; with its number held, dying cells take it along."""
        for node in species:
            self.loss(f"dilution_{str(node.payload).rsplit('.', 1)[-1]}", division * node, node)

    def modulate(self, reaction: str, factor: Node, title: str = "") -> None:
        """A factor on a reaction of another part."""
        self._modulators.append(Modulator(f"{self.id}.{reaction}", reaction, factor, title))

    def _react(self, name: str, rate: Node, changes: dict[Node, float], flow: Flow) -> None:
        pairs = tuple((str(node.payload), amount) for node, amount in changes.items())
        self._reactions.append(Reaction(f"{self.id}.{name}", rate, pairs, flow))

    def part(self) -> Part:
        """What was written, frozen."""
        return part_of(
            species=self._species, parameters=self._parameters, reactions=self._reactions,
            modulators=self._modulators, observables=self._observables,
        )  # fmt: skip
