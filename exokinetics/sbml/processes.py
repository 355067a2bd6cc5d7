"""From the reactions of a file to reactions of ours: one for every factor between turnover and rate of change."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from exokinetics.errors import Issue
from exokinetics.expressions.graph import ONE, Node, multiply, power, symbol
from exokinetics.model.parts import Flow, Modulator, Observable, Parameter, Reaction
from exokinetics.sbml.building import Builder
from exokinetics.sbml.contents import Process, Quantity, Reference
from exokinetics.sbml.identifiers import free_id

Change = tuple[str, float]


class ProcessBuilder:
    """Adds reactions, modulators and local parameters to the pieces of a `Builder`."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.contents, self.symbols = builder.contents, builder.symbols
        self.modulators: list[Modulator] = []
        self._taken = {item.id for item in builder.pieces.reactions}
        held = [item for item in self.contents.species.values() if builder.holds_amount(item)]
        self._amounts = {self.symbols.ids[item.id]: builder.volume(item) for item in held}
        self._acting: dict[str, str] = {}  # modulator to the process that it acts on, "" where it is an observable

    def build(self) -> None:
        """All reactions of the file."""
        modulators = self._modulators()
        for process in self.contents.reactions.values():
            for item in process.local.values():
                self._local(process.id, item)
            law = self.builder.formulas.laws.get(process.id)
            if law is None:
                self._without_law(process)
                continue
            self._reaction(process, self._in_amounts(self._stripped(process, law, modulators)))
        for name, item in modulators.items():
            if name not in self._acting:
                self._restore(name, item, "")
        observables = self.builder.pieces.observables
        observables[:] = [self._without_factors(item) if item.process else item for item in observables]

    def _without_law(self, process: Process) -> None:
        if process.law is not None:
            return  # its formula is an issue already
        severe = process.id in self.symbols.used
        message = "has no kinetic law" + ("" if severe else "; it is left out") + "; give it a rate"
        issue = Issue(self.builder.file, process.id, message, "error" if severe else "warning")
        self.builder.issues.append(issue)

    def _local(self, reaction: str, item: Quantity) -> None:
        name = f"{reaction}.{item.id}"
        text = self.builder.units.stated(item.about, item.unit, name)
        value = self.builder.value(name, "value", item.value, text, item.about)
        self.builder.pieces.parameters.append(Parameter(name, text, value, item.title))

    def _in_amounts(self, law: Node) -> Node:
        """A law such as k*S*c with the amount for S*c where that is the state: S is the amount by c, which cancels."""
        factors = _factors(law)
        for own, size in self._amounts.items():
            if symbol(own) in factors and size in factors:
                factors[factors.index(symbol(own))] = symbol(f"{own}.amount")
                factors.remove(size)
        return multiply(*factors)

    def _modulators(self) -> dict[str, Quantity]:
        """The factors that the writer took from modulators, by the expression that names them in a law."""
        return {
            name: item
            for name, item in self.contents.quantities.items()
            if item.about.texts.get("kind") == "modulator" and name in self.builder.formulas.assignments
        }

    def _stripped(self, process: Process, law: Node, modulators: dict[str, Quantity]) -> Node:
        """The law without its modulators, which become modulators again; one that stands elsewhere is an observable."""
        factors = _factors(law)
        for name, item in modulators.items():
            target = item.about.texts.get("reaction", "")
            if target not in _names(process):
                continue
            node = self.symbols.nodes[name]
            mates = sum(target in _names(other) for other in self.contents.reactions.values())
            mates += sum(node in _factors(other.expression) for other in self._observed(target))
            whole = node in factors and self._uses(str(node.payload)) == mates
            if whole:
                factors.remove(node)
            if name not in self._acting:
                self._restore(name, item, target if whole else "")
        return multiply(*factors)

    def _observed(self, process: str) -> list[Observable]:
        """The observables that follow a process."""
        return [item for item in self.builder.pieces.observables if item.process == process]

    def _without_factors(self, item: Observable) -> Observable:
        """An observable without the modulators of its process, which act on it again."""
        acting = {self.symbols.nodes[name] for name in self._acting if self._acting[name] == item.process}
        kept = [node for node in _factors(item.expression) if node not in acting]
        return replace(item, expression=multiply(*kept))

    def _restore(self, name: str, item: Quantity, target: str) -> None:
        self._acting[name] = target
        factor = self.builder.formulas.assignments[name]
        if target:
            self.modulators.append(Modulator(item.about.texts.get("id", name), target, factor, item.title))
        else:
            own = self.symbols.ids[name]
            self.builder.pieces.observables.append(Observable(own, factor, "dimensionless", item.title))

    def _uses(self, name: str) -> int:
        return sum(name in node.symbols for node in self.builder.formulas.nodes())

    def _reaction(self, process: Process, law: Node) -> None:
        written_here = "flow" in process.about.texts
        if process.id in self.symbols.used or not written_here:
            unit = None if self.builder.units.trusted else "dimensionless"
            self.builder.pieces.observables.append(Observable(process.id, law, unit, process.title))
            law = symbol(process.id)
        groups: dict[Node, list[Change]] = {}
        for reference in self._ordered(process):
            change = self._change(process, reference)
            if change is not None:
                target, amount, factor = change
                groups.setdefault(factor, []).append((target, amount))
        own = process.about.texts.get("id", process.id)
        flow = process.about.texts.get("flow", "")
        for factor, changes in groups.items():
            name = own if len(groups) == 1 else f"{own}.{changes[0][0]}"
            kind: Flow = flow if flow in get_args(Flow) else "conversion"  # type: ignore[assignment]
            name = name if name not in self._taken else free_id(name, self._taken)
            self._taken.add(name)
            rate = multiply(law, factor)
            whole = process.about.texts.get("process", "")
            self.builder.pieces.reactions.append(Reaction(name, rate, tuple(changes), kind, process.title, whole))

    def _ordered(self, process: Process) -> list[Reference]:
        order = process.about.texts.get("order", "").split()
        count = len(process.references)
        if sorted(order) != sorted(str(index) for index in range(count)):
            return process.references
        return [process.references[int(index)] for index in order]

    def _change(self, process: Process, reference: Reference) -> tuple[str, float, Node] | None:
        """State, number and factor of a reference; None for a species that reactions leave alone."""
        found, species = self.builder.formulas, self.contents.species[reference.species]
        if species.boundary or species.constant or species.id in found.rates or species.id in found.assignments:
            return None
        own = self.symbols.ids[species.id]
        factor = ONE
        if self.builder.refers(reference.id):
            factor, amount = self.symbols.nodes[reference.id], reference.sign
        elif reference.stoichiometry is None:
            message = f"the stoichiometry of '{species.id}' is missing; give it a number"
            self.builder.issues.append(Issue(self.builder.file, process.id, message))
            return None
        else:
            amount = reference.sign * reference.stoichiometry
        if species.conversion:
            factor = factor * self.symbols.nodes[species.conversion]
        if self.builder.holds_amount(species):
            return f"{own}.amount", amount, factor
        return own, amount, factor * power(self.builder.volume(species), -1.0)


def _factors(node: Node) -> list[Node]:
    return list(node.args) if node.kind == "product" else [node]


def _names(process: Process) -> tuple[str, str]:
    """What a modulator may call a reaction: its id, or that of the process it belongs to."""
    texts = process.about.texts
    return texts.get("id", process.id), texts.get("process", process.id)
