"""The models that all tools solve: the flagship, a network of recipient cell types, and a network with heavy fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

import exokinetics as exo
from exokinetics.expressions.derivative import jacobian
from exokinetics.expressions.graph import Node
from exokinetics.model.equations import odes

FLAGSHIP = "mir_21_pten_hcc_caf"
HOURS = np.linspace(0.0, 72.0, 73)
SEED = 7
REASON = "set by the benchmark"


@dataclass(frozen=True)
class Problem:
    """A model from a fixed state at time 0 over a grid of times; every tool gives all species at all times."""

    name: str
    title: str
    model: exo.Model
    times: np.ndarray
    initial: Mapping[str, float]
    sbml: Path

    @property
    def states(self) -> tuple[str, ...]:
        """The species in the order of every trajectory."""
        return self.model.species

    @cached_property
    def start(self) -> np.ndarray:
        """The state at time 0."""
        return np.array([self.initial[name] for name in self.states])

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """All constants of the model, compartment sizes included."""
        return tuple(self.model.whole.parameters)

    @cached_property
    def values(self) -> np.ndarray:
        """The constants in the order of `inputs`."""
        return np.array([item.value.value for item in self.model.whole.parameters.values()], float)

    @cached_property
    def rates(self) -> list[Node]:
        """The right-hand side, one expression per species."""
        return list(odes(self.model.whole).values())

    @cached_property
    def slopes(self) -> dict[tuple[int, int], Node]:
        """The entries of the Jacobian that are not identically zero, column by column as sparse solvers want them."""
        found = jacobian(self.rates, self.states)
        return {key: found[key] for key in sorted(found, key=lambda key: (key[1], key[0]))}


def problem(name: str, folder: Path, *, recipients: int = 20) -> Problem:
    """One of the problems by name, with its SBML written to the folder."""
    makers = {"flagship": flagship, "network": lambda: network(recipients), "heavy": heavy}
    model, title, times = makers[name]()
    state = exo.simulate(model, [0.0])
    path = folder / f"{model.name}.xml"
    exo.export(model, path, verify=False)
    initial = {species: float(state[species][0]) for species in model.species}
    return Problem(name, title, model, times, initial, path)


def flagship() -> tuple[exo.Model, str, np.ndarray]:
    """The model of the catalogue that all examples use, after its donors are added."""
    model = exo.load(FLAGSHIP)
    return model, f"{FLAGSHIP}, {len(model.species)} states", HOURS


def network(recipients: int) -> tuple[exo.Model, str, np.ndarray]:
    """One donor and one medium with many recipient cell types, each with the whole chain from uptake to its target."""
    source = exo.load(FLAGSHIP)
    parts = [
        exo.use("population", "donors", **values_of(source, "hepatoma")),
        exo.use("extracellular_decay", "medium", **values_of(source, "medium")),
        exo.use("constitutive_release", "release", cells="donors", medium="medium", **values_of(source, "donor")),
    ]
    generator = np.random.default_rng(SEED)
    for index in range(recipients):
        parts += recipient(f"cell{index + 1}", source, generator)
    model = exo.compose(
        f"recipients_{recipients}", parts, start=exo.Start(steady=True, values={"donors.number": 0.0})
    )  # fmt: skip
    return model, f"{recipients} recipient cell types, {len(model.species)} states, sparse", HOURS


def recipient(id: str, source: exo.Model, generator: np.random.Generator) -> list[exo.Part]:
    """A population with endosome, AGO2, microRNA and target; its values lie within a factor of 2 of the flagship's."""

    def own(name: str) -> dict[str, str]:
        return values_of(source, name, generator)

    cells = f"{id}.cells"
    shared = {"cells": cells, "medium": "medium"}
    in_cell = {"cells": cells, "ago2": f"{id}.ago2"}
    guides = {"guide_decay": f"{id}.others.guide_decay", "loading": f"{id}.others.loading"}
    number = {"number": f"{source.value('stellate.number').value / 20} cell"}
    silencing = {"loading": f"{id}.mir", "gene": f"{id}.gene"}
    return [
        exo.use("population", cells, **own("stellate") | number),
        exo.use("linear_uptake", f"{id}.uptake", endosome=f"{id}.endosome", **shared, **own("uptake")),
        exo.use("endosome", f"{id}.endosome", guide=f"{id}.mir.guide", **shared, **own("endosome")),
        exo.use("ago2_pool", f"{id}.ago2", cells=cells, **own("ago2")),
        exo.use("guide_loading", f"{id}.others", **in_cell, **own("other_guides")),
        exo.use("guide_loading", f"{id}.mir", **in_cell, **own("mir_21") | guides),
        exo.use("gene_expression", f"{id}.gene", cells=cells, **own("pten")),
        exo.use("target_binding", f"{id}.silencing", **in_cell, **silencing, **own("silencing")),
        exo.use("competing_sites", f"{id}.competition", loading=f"{id}.mir", **in_cell, **own("competition")),
    ]


def values_of(source: exo.Model, part: str, generator: np.random.Generator | None = None) -> dict[str, str]:
    """The values of a part by role, as texts with unit; with a generator they vary by up to a factor of 2."""
    found = {}
    for name in source.parameters:
        owner, _, role = name.rpartition(".")
        if owner == part:
            found[role] = _text(source.value(name), generator)
    for name, item in source.whole.parameters.items():
        if item.compartment and name.rpartition(".")[0] == part:
            found[name.rpartition(".")[2]] = _text(source.value(name), None)
    return found


def _text(value: exo.Value, generator: np.random.Generator | None) -> str:
    factor = 1.0
    if generator is not None and value.distribution == "log":
        factor = 2.0 ** generator.uniform(-1.0, 1.0)
    return f"{value.value * factor!r} {value.unit}"


def heavy(states: int = 50, reactions: int = 150) -> tuple[exo.Model, str, np.ndarray]:
    """Random mass action A + B -> C + D over few species: its Jacobian fills in almost completely."""
    generator = np.random.default_rng(SEED)
    names = [f"s{index}" for index in range(states)]
    species, constants, steps = {}, {}, {}
    for name in names:
        species[name] = exo.Species(name, "item", amount(generator.uniform(0.1, 2.0), "item"))
    for index in range(reactions):
        first, second, third, fourth = (names[place] for place in generator.choice(states, 4, replace=False))
        key = f"k{index}"
        rate = 10.0 ** generator.uniform(-2.0, 2.0)
        constants[key] = exo.Parameter(key, "1/(item*hour)", amount(rate, "1/(item*hour)"))
        changes = ((first, -1.0), (second, -1.0), (third, 1.0), (fourth, 1.0))
        steps[f"r{index}"] = exo.Reaction(f"r{index}", f"{key}*{first}*{second}", changes)
    model = exo.compose("heavy_fill", [exo.Part(species, constants, steps)])
    return model, f"random mass action, {states} states, heavy fill", np.linspace(0.0, 10.0, 51)


def amount(value: float, unit: str) -> exo.Value:
    """A number that the benchmark chose."""
    return exo.Value(value=value, unit=unit, low=value, high=value, quality="assumed", reason=REASON)


def varied(value: exo.Value) -> bool:
    """Whether a value has a range."""
    return value.distribution != "fixed" and value.value != 0.0 and value.low < value.high
