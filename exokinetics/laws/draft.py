"""The sheet on which a law writes its species and reactions; it becomes a frozen `Part`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from exokinetics.errors import WrongInput
from exokinetics.expressions.graph import Node, multiply, piecewise, symbol
from exokinetics.model.parts import Flow, Mechanism, Modulator, Observable, Parameter, Part, Reaction, Species, part_of
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

    def __getitem__(self, name: str) -> str:
        """The id of a reaction or process of the part: `gene["mrna_decay"]`."""
        return f"{self._part}.{name}"


class Carrier(Protocol):
    """Vesicles and the cargo inside them, which move together."""

    @property
    def vesicles(self) -> Node: ...
    @property
    def cargo(self) -> Node: ...


class Carried(NamedTuple):
    """Vesicles and cargo of one pool; every rate per vesicle moves both."""

    vesicles: Node
    cargo: Node


class Draft:
    """Collects the items of one part; every id written to it is put below the id of the part."""

    def __init__(self, id: str) -> None:
        self.id = id
        self._species: list[Species] = []
        self._parameters: list[Parameter] = []
        self._reactions: list[Reaction] = []
        self._modulators: list[Modulator] = []
        self._observables: list[Observable] = []

    # --- what there is ---

    def species(self, name: str, unit: str, title: str, initial: Value | Node | None = None) -> Node:
        """A state of this part; it starts at zero unless `initial` says otherwise."""
        start = (
            initial if initial is not None else fixed(0.0, unit, "none at the start unless the model says otherwise")
        )
        self._species.append(Species(f"{self.id}.{name}", unit, start, title))
        return symbol(f"{self.id}.{name}")

    def carried(self, place: str, *, per_cell: bool, prefix: str = "") -> Carried:
        """Two states, vesicles and their cargo, in one place."""
        per = "/cell" if per_cell else ""
        return Carried(
            self.species(f"{prefix}vesicles", f"vesicle{per}", f"vesicles {place}"),
            self.species(f"{prefix}cargo", f"copy{per}", f"cargo copies in the vesicles {place}"),
        )

    def parameter(self, item: Parameter) -> Node:
        """A constant; its id is taken as it is, so that a shared one collapses."""
        self._parameters.append(item)
        return symbol(item.id)

    def copies_per_nanomolar(self, volume: Node) -> Node:
        """Copies per cell that make one nM in a cell of this volume."""
        return self.parameter(AVOGADRO) * volume

    def observable(self, name: str, expression: Node, title: str, process: str = "") -> Node:
        """A named expression of this part; the rate of a `process` follows what modulates it."""
        whole = f"{self.id}.{process}" if process else ""
        self._observables.append(Observable(f"{self.id}.{name}", expression, None, title, whole))
        return symbol(f"{self.id}.{name}")

    # --- what happens to one kind of thing ---

    # `process`: what the reaction is a part of, here or (by its id, with dots) in another part

    def synthesis(self, name: str, rate: Node, into: Node, process: str = "") -> None:
        """Material that is made."""
        self._react(name, rate, ((into, 1.0),), "synthesis", process)

    def loss(self, name: str, rate: Node, *of: Node, process: str = "") -> None:
        """Material that goes for good; of several species, one of each per event."""
        self._react(name, rate, [(node, -1.0) for node in of], "loss", process)

    def conversion(
        self, name: str, rate: Node, of: tuple[Node, ...], into: tuple[Node, ...], process: str = ""
    ) -> None:
        """One of each species of `of` becomes one of each of `into`, in the same place."""
        changes = [*((node, -1.0) for node in of), *((node, 1.0) for node in into)]
        self._react(name, rate, changes, "conversion", process)

    def dilution(self, division: Node, *species: Node) -> None:
        """Growth of the population spreads what a cell holds; with its number held, dying cells take it along."""
        for node in species:
            self.loss(f"dilution_{_name(node)}", division * node, node)

    def conserved(self, total: Node, decay: Node, division: Node, *forms: Node) -> None:
        """A pool whose total stays put for any division: made as its first form, every form lost and diluted alike."""
        self.synthesis("synthesis", (decay + division) * total, into=forms[0])
        for form in forms:
            self.loss(f"decay_{_name(form)}", decay * form, form)
        self.dilution(division, *forms)

    # --- what happens to vesicles and their cargo together; `along`: what else changes with each in its cell ---

    def lose_vesicles(self, name: str, per_vesicle: Node, of: Carrier) -> None:
        """Vesicles that go for good, with their cargo."""
        for kind, pool in _pairs(of):
            self._react(f"{name}_{kind}", per_vesicle * pool, ((pool, -1.0),), "loss", name)

    def move_vesicles(
        self, name: str, per_vesicle: Node, of: Carrier, into: Carrier, along: Mapping[Node, float] | None = None
    ) -> None:
        """Vesicles that pass from one compartment to another on the same scale, with their cargo."""
        for (kind, pool), (_, target) in zip(_pairs(of), _pairs(into), strict=True):
            changes = [(pool, -1.0), (target, 1.0), *_along(kind, along)]
            self._react(f"{name}_{kind}", per_vesicle * pool, changes, "conversion", name)

    def export_vesicles(
        self, name: str, per_vesicle: Node, cells: Node, of: Carrier, into: Carrier,
        along: Mapping[Node, float] | None = None,
    ) -> None:  # fmt: skip
        """Vesicles that leave every one of `cells` cells; the compartment outside gains the total."""
        for (kind, pool), (_, target) in zip(_pairs(of), _pairs(into), strict=True):
            rate = per_vesicle * pool
            self.export(f"{name}_{kind}", rate, cells, pool, target, name, dict(_along(kind, along)))

    def take_up_vesicles(
        self, name: str, per_vesicle: Node, cells: Node, of: Carrier, into: Carrier,
        along: Mapping[Node, float] | None = None,
    ) -> None:  # fmt: skip
        """Vesicles that every one of `cells` cells takes in; the compartment outside loses the total."""
        for (kind, pool), (_, target) in zip(_pairs(of), _pairs(into), strict=True):
            rate = per_vesicle * pool
            inside = [(target, 1.0), *_along(kind, along)]
            self._react(f"{name}_{kind}_out", multiply(cells, rate), ((pool, -1.0),), "transfer", name)
            self._react(f"{name}_{kind}_in", rate, inside, "transfer", name)

    def export(
        self, name: str, rate: Node, cells: Node, of: Node, into: Node, process: str = "",
        along: Mapping[Node, float] | None = None,
    ) -> None:  # fmt: skip
        """`rate` per cell leaves every one of `cells` cells; the compartment outside gains the total."""
        inside = [(of, -1.0), *(along or {}).items()]
        self._react(f"{name}_out", rate, inside, "transfer", process or name)
        self._react(f"{name}_in", multiply(cells, rate), ((into, 1.0),), "transfer", process or name)

    def take_up(self, name: str, rate: Node, cells: Node, of: Node, into: Node, process: str = "") -> None:
        """`rate` enters every one of `cells` cells; the compartment outside loses the total."""
        self._react(f"{name}_out", multiply(cells, rate), ((of, -1.0),), "transfer", process or name)
        self._react(f"{name}_in", rate, ((into, 1.0),), "transfer", process or name)

    # --- what happens to another part ---

    def modulate(self, reaction: str, factor: Node, title: str = "") -> None:
        """A factor on a reaction or process of another part, by its id."""
        self._modulators.append(Modulator(f"{self.id}.{reaction}", reaction, factor, title))

    def _react(
        self, name: str, rate: Node, changes: Iterable[tuple[Node, float]], flow: Flow, process: str = ""
    ) -> None:
        pairs = tuple((str(node.payload), amount) for node, amount in changes)
        twice = [id for index, (id, _) in enumerate(pairs) if id in dict(pairs[:index])]
        if twice:
            raise WrongInput(f"'{twice[0]}' would pass into itself; connect two roles of {self.id} to different things")
        whole = process if "." in process or not process else f"{self.id}.{process}"
        self._reactions.append(Reaction(f"{self.id}.{name}", rate, pairs, flow, process=whole))

    def part(self, law: str, links: Mapping[str, str]) -> Part:
        """What was written, frozen, with the law that wrote it."""
        return part_of(
            species=self._species, parameters=self._parameters, reactions=self._reactions,
            modulators=self._modulators, observables=self._observables,
            mechanisms=[Mechanism(self.id, law, dict(links))],
        )  # fmt: skip


def _name(node: Node) -> str:
    return str(node.payload).rsplit(".", 1)[-1]


def _pairs(carrier: Carrier) -> tuple[tuple[str, Node], tuple[str, Node]]:
    return ("vesicles", carrier.vesicles), ("cargo", carrier.cargo)


def _along(kind: str, along: Mapping[Node, float] | None) -> Iterable[tuple[Node, float]]:
    return along.items() if along and kind == "vesicles" else ()


def at_rest(made: Node, lost: Node) -> Node:
    """What production and first-order loss leave: nothing where nothing is made, also where nothing is lost."""
    return piecewise(made / lost, made > 0.0, 0.0)
