"""The experiment behind the check of a row: the cargo raised to half of its direct effect, and taken away.

What is to happen comes from the columns of the catalogue, never from the model, which only has to name things as the
path does. In every draw from the ranges of the model the cargo is raised until it has half of its direct effect; then
the outcome must have moved as the path says. Where a receptor is bound or a drug acts, half of the receptors or of the
effect of the drug is the direct effect. A cause that no vesicle brings is raised by its own `input`, `secretion`,
`synthesis` or number of cells at the `start`; where nothing acts inside a cell, half of the change that is seen counts
as the direct effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas
from numpy.typing import NDArray

from exokinetics.errors import WrongInput
from exokinetics.integrators import Array
from exokinetics.model.parts import Mechanism
from exokinetics.model.whole import Model
from exokinetics.reports.catalogue_paths import Edge, outcomes_of, signs_of
from exokinetics.simulation import ensemble
from exokinetics.simulation.sampling import draw_table

DRAWS = 256
DURATION = 960.0  # hours: long enough for vesicles to accumulate and for cells to switch
LEAST = 0.05  # of the range of the outcome
HALF = 0.5
SPAN = 20.0  # of what has no edge of its own to say so
# Multiples of what the library gives, among them 1; the last is far beyond anything that can be delivered.
DOSES = np.concatenate([[0.0], 10.0 ** np.arange(-2.0, 10.1, 0.5)])
LIBRARY = int(np.flatnonzero(DOSES == 1.0)[0])
RELEASES = ("constitutive_release", "pool_release")
# Laws that say themselves how much of their largest effect is there, by the name of that share.
SHARES = {"ligand_binding": "occupancy", "endosomal_sensing": "occupancy", "drug_in_cell": "effect"}
Draws = NDArray[np.bool_]
Effect = Literal["repressed", "share", "acting", "seen"]


@dataclass(frozen=True)
class Moved:
    """What became of one outcome, one number a draw: its change in the expected direction, in shares of its range."""

    name: str
    expected: int
    raised: Array
    at_library_dose: Array
    knocked_out: Array


@dataclass(frozen=True)
class Experiment:
    """What was found, draw by draw.

    `reached`: half of the direct effect can be had at all; `dose`: the multiple of the library that it takes, else nan;
    `switched`: a switch of the path is where the cargo would bring it already without the cargo.
    """

    reached: Draws
    dose: Array
    switched: Draws
    outcomes: tuple[Moved, ...]

    @property
    def counted(self) -> Draws:
        """The draws that the check judges."""
        return self.reached & ~self.switched


def experiment(model: Model, edges: Sequence[Edge], cargo: str, *, draws: int = DRAWS, seed: int = 0) -> Experiment:
    """Raise the cargo in every draw; `WrongInput` if the model does not name what the path names."""
    outcomes, signs = outcomes_of(edges, cargo), signs_of(edges, cargo)
    quantities = {name: _quantity(model, name) for name in outcomes}
    switches = {f"{name}.share": sign for name, sign in signs.items() if f"{name}.share" in model.whole.kinds()}
    probes, seen_as = _direct_effect(model, edges, cargo)
    watched = list(dict.fromkeys([*probes, *quantities.values(), *switches]))
    knob = _knob(model, cargo)
    table = draw_table(model, draws, "sobol", seed, None)
    base = table[knob].to_numpy() if knob in table else np.full(draws, model.value(knob).value)

    def run(multiples: Array, **fixed: float) -> dict[str, Array]:
        """Values at the end, shape (draws, multiples)."""
        columns = multiples.shape[1]
        many = table.loc[np.repeat(np.arange(draws), columns)].reset_index(drop=True)
        many = many.assign(**{knob: (base[:, None] * multiples).ravel()}, **fixed)
        found = ensemble(model, [0.0, DURATION], draws=many, outputs=watched)
        return {name: found[name][:, -1].reshape(draws, columns) for name in found.outputs}

    curves = run(np.broadcast_to(DOSES, (draws, len(DOSES))))
    edge = _edge_of(model, edges, cargo, table)
    # of several targets, the one that takes most
    reached, dose = _dose_for(np.min([_effect(curves[probe], seen_as, edge) for probe in probes], axis=0))
    final = run(np.where(reached, dose, 0.0)[:, None])
    source = _source(model, cargo)
    gone = run(np.where(reached, dose, 0.0)[:, None], **{source: 0.0}) if source != knob else run(np.zeros((draws, 1)))
    moved = []
    for name, sign in outcomes.items():
        values, share = curves[quantities[name]], quantities[name].endswith(".share")
        rest, most = values[:, 0], values[:, -1]

        def change(now: Array, rest: Array = rest, most: Array = most, share: bool = share, sign: int = sign) -> Array:
            return _change(rest, most, now, share=share) * (sign or 1)

        moved.append(
            Moved(
                name, sign, change(final[quantities[name]][:, 0]), change(values[:, LIBRARY]),
                change(gone[quantities[name]][:, 0]),
            )
        )  # fmt: skip
    thrown = [sign * (curves[name][:, 0] - HALF) > 0.0 for name, sign in switches.items()]
    switched = np.any(thrown, axis=0) if thrown else np.zeros(draws, bool)
    return Experiment(reached, np.where(reached, dose, np.nan), np.asarray(switched), tuple(moved))


def _quantity(model: Model, name: str) -> str:
    """What stands for a node of a path: the share of cells that have switched, or a level relative to rest."""
    for member in ("share", "level"):
        if f"{name}.{member}" in model.whole.species or f"{name}.{member}" in model.whole.observables:
            return f"{name}.{member}"
    raise WrongInput(f"the model has neither '{name}.level' nor '{name}.share'")


def own_source(model: Model, cause: str) -> str:
    """What a cause that no vesicle brings is set by: its input, secretion, or cells at the start; else ""."""
    mechanism = model.whole.mechanisms.get(cause)
    if mechanism and mechanism.law in RELEASES:  # its `secretion` is of vesicles
        return ""
    names = (f"{cause}.{role}" for role in ("input", "secretion", "start"))
    return next((name for name in names if name in model.whole.parameters), "")


def _knob(model: Model, cargo: str) -> str:
    """What brings the cargo: its own source, the donors where it comes in vesicles, else its own synthesis."""
    own, release = own_source(model, cargo), _release(model)
    donors = f"{release.links['cells']}.number" if release else ""
    return own or (donors if donors in model.whole.parameters else _source(model, cargo))


def _source(model: Model, cargo: str) -> str:
    """What makes the cargo."""
    release = _release(model)
    for name in (own_source(model, cargo), f"{release.id}.synthesis" if release else "", f"{cargo}.synthesis"):
        if name in model.whole.parameters:
            return name
    raise WrongInput(f"the model releases no vesicles, and has no input, start or synthesis of '{cargo}'")


def _release(model: Model) -> Mechanism | None:
    """The part that releases vesicles, the first of them."""
    return next((item for item in model.whole.mechanisms.values() if item.law in RELEASES), None)


def _direct_effect(model: Model, edges: Sequence[Edge], cargo: str) -> tuple[list[str], Effect]:
    """Where the direct effect is seen: all repressed proteins, bound receptors, what acts, or the first level."""
    lowered = [edge.target for edge in edges if edge.source == cargo and edge.sign < 0]
    proteins = [f"{name}.protein" for name in lowered if f"{name}.protein" in model.whole.species]
    if not proteins and "lumped.protein" in model.whole.species:
        proteins = ["lumped.protein"]
    if proteins:
        return proteins, "repressed"
    shares = [f"{item.id}.{SHARES[item.law]}" for item in model.whole.mechanisms.values() if item.law in SHARES]
    if shares:
        return shares, "share"
    for name in ("action", cargo):
        if _has_level(model, name) and (name == cargo or not own_source(model, cargo)):
            return [f"{name}.level"], "acting"
    onward = [edge.target for edge in edges if edge.source == cargo] + list(outcomes_of(edges, cargo))
    return [_quantity(model, next((name for name in onward if _has_level(model, name)), onward[0]))], "seen"


def _has_level(model: Model, name: str) -> bool:
    return f"{name}.level" in model.whole.species or f"{name}.level" in model.whole.observables


def _edge_of(model: Model, edges: Sequence[Edge], cargo: str, table: pandas.DataFrame) -> Mapping[str, Array | float]:
    """Steepness and span of the first edge, draw by draw."""
    first = next((edge.target for edge in edges if edge.source == cargo), "")
    names = {role: f"{first}.{role}" for role in ("exponent", "span")}
    return {
        role: table[name].to_numpy()[:, None] if name in table else model.value(name).value
        for role, name in names.items() if name in model.whole.parameters
    }  # fmt: skip


def _effect(values: Array, seen_as: Effect, edge: Mapping[str, Array | float]) -> Array:
    """The direct effect at each dose, as a share of the largest possible; the first column is without cargo."""
    rest, most = values[:, :1], values[:, -1:]
    if seen_as == "repressed":
        return 1.0 - values / rest
    if seen_as == "share":
        return values
    if seen_as == "seen":  # the largest is what the cause can do, at most as much as an edge passes on
        return np.asarray((values - rest) / (np.clip(most, rest / SPAN, rest * SPAN) - rest))
    exponent, span = edge.get("exponent", 1.0), edge.get("span", SPAN)
    powers = values**exponent
    factor = (1.0 + span * powers) / (span + powers)
    return np.asarray((factor - factor[:, :1]) / (span - factor[:, :1]))


def _dose_for(effect: Array) -> tuple[Draws, Array]:
    """Whether half of the effect is reached, and the dose for it, interpolated in its logarithm."""
    reached: Draws = np.asarray((effect >= HALF).any(axis=1))
    after = np.clip((effect >= HALF).argmax(axis=1), 2, None)  # the first is no dose at all
    rows = np.arange(len(effect))
    below, above = effect[rows, after - 1], effect[rows, after]
    low, high = np.log10(DOSES[after - 1]), np.log10(DOSES[after])
    part = np.clip((HALF - below) / np.where(above > below, above - below, 1.0), 0.0, 1.0)
    return reached, np.asarray(10.0 ** (low + part * (high - low)))


def _change(rest: Array, most: Array, now: Array, *, share: bool) -> Array:
    """Change of an outcome as a share of its range: of all cells for a switch, else of the logarithm of its level.

    The range of a level is what the cargo can do at most, and at least a factor e, so that 5 % of it are 5 % of rest.
    """
    if share:
        return now - rest
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(now / rest) / np.maximum(1.0, np.abs(np.log(most / rest))))
