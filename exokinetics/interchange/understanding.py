"""What an SBML file became when it was read: counts, units, names, what is refused, and what will not work on it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from exokinetics.catalogue.loading import locate, read_text
from exokinetics.compiler import system_of
from exokinetics.errors import Issue, WrongInput
from exokinetics.interchange.conserved import changing_states, conserved_totals, total_text
from exokinetics.model.equations import odes
from exokinetics.model.values import Value
from exokinetics.model.whole import Model
from exokinetics.sbml.contents import Contents, contents_of
from exokinetics.sbml.documents import opened
from exokinetics.sbml.reader import read_sbml_issues
from exokinetics.sbml.scanning import elements_of
from exokinetics.sbml.symbols import Symbols
from exokinetics.simulation import prepare
from exokinetics.simulation.compiled import why_alone

# what is counted, with the name of its elements
COUNTED = {
    "compartments": "compartment", "species": "species", "parameters": "parameter",
    "local parameters": "localParameter", "reactions": "reaction", "assignment rules": "assignmentRule",
    "rate rules": "rateRule", "algebraic rules": "algebraicRule", "initial assignments": "initialAssignment",
    "events": "event", "events with a delay": "delay", "delayed values in formulas": "delayed",
    "functions": "functionDefinition", "unit definitions": "unitDefinition", "submodels": "submodel",
}  # fmt: skip

STATE, CONSTANT, COMPUTED, LEFT_OUT = "state", "parameter", "computed output", "left out"
REACTION, MODULATOR, ONE = "reaction", "modulator", "1, for its unit alone"  # of files that this package wrote


@dataclass(frozen=True)
class Became:
    """What an element of the file is here: its kind there, its id and role here; `beside`: the state behind it."""

    kind: str
    id: str
    role: str
    beside: str = ""


@dataclass(frozen=True)
class Size:
    """The size of the system: numbers of states, of those that change, of constants, outputs, entries of the Jacobian.

    `entries` counts the pairs of states of which one stands in the rate of the other.
    """

    states: int
    changing: int
    parameters: int
    outputs: int
    reactions: int
    events: int
    entries: int


@dataclass(frozen=True)
class Understanding:
    """Everything that `exokinetics import` tells of a file.

    `became` is by the id in the file; `renamed` holds those of another id here. `totals` are combinations of species
    that stay, as weights; None where they were not looked for. `model` is None where something is refused.
    """

    file: str
    level: str
    elements: Mapping[str, int]
    issues: tuple[Issue, ...]
    model: Model | None = None
    title: str = ""
    became: Mapping[str, Became] = field(default_factory=dict)
    size: Size | None = None
    totals: tuple[Mapping[str, float], ...] | None = ()
    limits: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()

    @property
    def refused(self) -> tuple[Issue, ...]:
        """What cannot be read, by the id of the element."""
        return tuple(issue for issue in self.issues if issue.severity == "error")

    @property
    def warnings(self) -> tuple[Issue, ...]:
        """What was read otherwise than it stands, but for units."""
        return tuple(issue for issue in self.issues if issue.severity == "warning" and issue.key != "units")

    @property
    def units(self) -> str:
        """Why the units were not understood; empty if they were."""
        return next((issue.message for issue in self.issues if issue.key == "units"), "")

    @property
    def renamed(self) -> dict[str, str]:
        """Ids of the file that are others here."""
        return {name: item.id for name, item in self.became.items() if item.id not in ("", name)}

    def content(self) -> dict[str, Any]:
        """The same as plain data."""
        model = self.model
        return {
            "file": self.file, "title": self.title, "level": self.level, "elements": dict(self.elements),
            "understood": model is not None, "name": model.name if model else "",
            "time_unit": model.time_unit if model else "", "units_understood": model is not None and not self.units,
            "units": self.units, "became": {name: asdict(item) for name, item in self.became.items()},
            "renamed": self.renamed, "warnings": [asdict(issue) for issue in self.warnings],
            "refused": [asdict(issue) for issue in self.refused], "size": asdict(self.size) if self.size else None,
            "conserved": None if self.totals is None else [total_text(total) for total in self.totals],
            "limits": list(self.limits), "commands": list(self.commands),
        }  # fmt: skip


def understand(path: str | Path) -> Understanding:
    """Read an SBML file and tell what became of it; what cannot be read is in `refused`.

    Raises `WrongInput` for a file that is not there or is not XML at all.
    """
    place, shown = locate(path), str(path)
    text, issues = read_text(place)
    if issues:
        raise WrongInput("\n".join(map(str, issues)))
    if not text.lstrip().startswith("<"):
        raise WrongInput(f"{shown}: is not SBML but a file of another kind; 'exokinetics check {_quoted(path)}' tells")
    model, issues = read_sbml_issues(text, place.stem, shown)
    found = elements_of(text)
    level = f"Level {found.level} Version {found.version}" if found.level else ""
    elements = {shown: found.counts[tag] for shown, tag in COUNTED.items() if found.counts.get(tag)}
    if model is None:
        return Understanding(shown, level, elements, tuple(issues), commands=(f"exokinetics check {_quoted(path)}",))
    document, _ = opened(text, shown)
    assert document is not None
    totals = conserved_totals(model)
    return Understanding(
        shown, level, elements, tuple(issues), model, model.title, _became(contents_of(document.getModel()), model),
        _size(model), None if totals is None else tuple(totals), tuple(_limits(model)), _commands(model, path),
    )  # fmt: skip


def _became(contents: Contents, model: Model) -> dict[str, Became]:
    ids = Symbols(contents, "").ids
    kinds = {name: item.kind for name, item in contents.quantities.items()} | dict.fromkeys(contents.species, "species")
    found = {name: _role(kind, ids[name], model) for name, kind in kinds.items()}
    for name, item in contents.quantities.items():
        found[name] = _written_here(found[name], item.about.texts, model)
    for process in contents.reactions.values():
        plain = _role("reaction", process.id, model)
        found[process.id] = _written_here(plain, {"id": process.id} | dict(process.about.texts), model)
        for name in process.local:
            found[f"{process.id}.{name}"] = _role("local parameter", f"{process.id}.{name}", model)
    return found


def _role(kind: str, own: str, model: Model) -> Became:
    kind = {"reference": "stoichiometry"}.get(kind, kind)
    if own in model.whole.species:
        return Became(kind, own, STATE)
    if own in model.whole.parameters:
        return Became(kind, own, CONSTANT)
    if own in model.whole.observables:
        amount = f"{own}.amount"
        return Became(kind, own, COMPUTED, amount if amount in model.whole.species else "")
    return Became(kind, "", LEFT_OUT)


def _written_here(plain: Became, texts: Mapping[str, str], model: Model) -> Became:
    """What only files of this package hold: reactions with ids of ours, modulators, and constants of 1."""
    if plain.role != LEFT_OUT:
        return plain
    own = texts.get("id", "")
    if plain.kind == "reaction" and own in model.whole.reactions:
        return Became(plain.kind, own, REACTION)
    if texts.get("kind") == "modulator":
        return Became(plain.kind, own, MODULATOR)
    return Became(plain.kind, "", ONE) if texts.get("kind") == "one" else plain


def _size(model: Model) -> Size:
    whole = model.whole
    entries = sum(len(rate.symbols & whole.species.keys()) for rate in odes(whole).values())
    return Size(
        len(whole.species), len(changing_states(model)), len(whole.parameters),
        len(whole.species) + len(whole.observables), len(whole.reactions), len(whole.events), entries,
    )  # fmt: skip


def _limits(model: Model) -> list[str]:
    """Sentences on what this model cannot be asked, or what is slower on it, and why."""
    found, system = [], system_of(model)
    if system.rounded:
        found.append(
            f"No sensitivities, and so no fits by exact slopes: a rate holds {system.rounded}() of species, which "
            "jumps again and again."
        )
    late = [name for name, event in model.whole.events.items() if event.delay is not None]
    if why_alone(system):
        found.append(f"The sets of an ensemble run one by one, not several in a register: {why_alone(system)}.")
    elif late:
        found.append(f"The sets of an ensemble run one by one where an event with a delay fires ({_some(late)}).")
    if system.jumps and not model.whole.events:
        found.append("Sensitivities stop the run wherever a rate jumps by what the states are, which takes longer.")
    if model.time_unit == "dimensionless":
        found.append("Times are plain numbers ('--until 10', not '10 hour'): there is no unit of time.")
    start = _start_fault(model)
    if start:
        found.append(f"It cannot be simulated as it is: {start}.")
    if not any(_drawn(item.value) for item in model.whole.parameters.values()):
        found.append("There is nothing to draw for an ensemble: no parameter has a value above 0.")
    return found


def _drawn(value: Value) -> bool:
    return value.distribution != "fixed" and value.low < value.high


def _start_fault(model: Model) -> str:
    try:
        prepared = prepare(model, [0.0])
        return prepared.start(prepared.vector())[2].rstrip(".")
    except WrongInput as error:
        return str(error).rstrip(".")


def _commands(model: Model, path: str | Path) -> tuple[str, ...]:
    place = _quoted(path)
    until = "10" if model.time_unit == "dimensionless" else f"'10 {model.time_unit}'"
    found = [f"exokinetics show {place}", f"exokinetics simulate {place} --until {until}"]
    constant = next((name for name in model.parameters if model.value(name).value > 0.0), "")
    if constant:
        setting = f"{constant}={2.0 * model.value(constant).value:.4g}"
        found.append(f"exokinetics simulate {place} --until {until} --set {_quoted(setting)} --out course.csv")
        found.append(f"exokinetics fit --model {place} --data MEASURED.csv --free {_quoted(constant)}")
    return tuple(found)


def _quoted(given: str | Path) -> str:
    return shlex.quote(str(given))


def _some(names: list[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
