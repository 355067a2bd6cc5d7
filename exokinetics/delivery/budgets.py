"""`budget`: copies that a cell receives through vesicles, against the copies that it would take to matter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.compiler import system_of
from exokinetics.delivery.chains import Chain, chains
from exokinetics.delivery.sections import OUTCOME, SUPPLY, Section, crossing, supplied
from exokinetics.errors import WrongInput
from exokinetics.expressions.graph import symbol
from exokinetics.integrators import Array
from exokinetics.model.whole import Model
from exokinetics.simulation.requests import as_model, input_vector
from exokinetics.simulation.sampling import draw_table

if TYPE_CHECKING:
    import pandas

RECEIVED, NEEDED, VESICLES = "copies_per_cell_hour", "copies_per_cell_hour_for_half", "vesicles_per_cell_for_half"
QUANTITIES = (RECEIVED, NEEDED, VESICLES)


def budget(
    model: Model | str | Path, *, draws: Any = 1000, sampler: str = "sobol", seed: int = 0,
    values: Mapping[str, Any] | None = None,
) -> pandas.DataFrame:  # fmt: skip
    """What a cell receives through vesicles at steady state, and what half of an effect would take.

    One row per chain (`delivery`, the endosome that frees the `cargo`, and its `target`) and draw from the ranges:
    `copies_per_cell_hour`: copies that reach the cytosol of a recipient cell per hour, with donors and medium at rest;
    `copies_per_cell_hour_for_half`: copies per cell and hour that halve the protein of the target against rest without
    any delivery (for an edge: that bring its input to half of its effect, 0 where it rests there), infinite where no
    supply does;
    `vesicles_per_cell_for_half`: vesicles per recipient cell that, held in the medium with the load of the steady
    state, deliver as much (the load is unknown, and this nan, where nothing is released). `draws`, `sampler`, `seed`
    and `values` as in `ensemble`; a set without a steady state is nan. Raises `WrongInput` where the model delivers
    nothing that acts on anything.
    """
    import pandas

    model = as_model(model)
    found = chains(model)
    if not found:
        raise WrongInput(
            f"{model.name} has no budget: no endosome of it frees a cargo that acts through RISC, an edge or a switch"
        )
    drawn = draw_table(model, draws, sampler, seed, values)
    base = input_vector(model, system_of(model), values)
    columns = {name: np.full(len(drawn), base[place]) for name, place in system_of(model).position.items()}
    columns |= {name: drawn[name].to_numpy(float) for name in drawn.columns}
    tables = [
        pandas.DataFrame(
            {"delivery": chain.endosome, "cargo": chain.cargo, "target": chain.target, "draw": drawn.index}
            | _chain(model, chain, columns, values or {}, len(drawn))
        )
        for chain in found
    ]
    return pandas.concat(tables, ignore_index=True)


def _chain(
    model: Model, chain: Chain, columns: Mapping[str, Array], given: Mapping[str, Any], sets: int
) -> dict[str, Array]:
    delivery = _Delivery(model, chain, columns, sets)
    waiting = {name: np.full(sets, value) for name, value in model.start.values.items() if name not in given}
    needed = _needed(model, chain, {**columns, **waiting}, sets)
    return {RECEIVED: delivery.received, NEEDED: needed, VESICLES: delivery.vesicles_for(needed)}


class _Delivery:
    """The half of a chain that delivers, at rest, with donors as the model has them."""

    def __init__(self, model: Model, chain: Chain, values: Mapping[str, Array], sets: int) -> None:
        self.medium = [f"{chain.medium}.{name}" for name in ("vesicles", "cargo")]
        self.section = Section(model, model.whole, symbol(f"{chain.endosome}.delivered"), self.medium)
        self.inputs = self.section.inputs(values, sets)
        self.states = self.section.rest(self.inputs)
        self.received = self.section.number(OUTCOME, self.states, self.inputs)
        cells = self.section.number(f"{chain.recipient}.number", self.states, self.inputs)
        self.per_cell = self.section.number(self.medium[0], self.states, self.inputs) / cells

    def vesicles_for(self, needed: Array) -> Array:
        """Vesicles per cell in the medium that, held there with their load at rest, deliver what is needed."""
        places = [self.section.system.states.index(name) for name in self.medium]

        def above(factor: Array, which: NDArray[np.intp]) -> Array:
            inputs, start = self.inputs[:, which], self.states[:, which].copy()
            start[places] *= factor
            return self.section.number(OUTCOME, self.section.rest(inputs, start, self.medium), inputs) - needed[which]

        with np.errstate(invalid="ignore"):  # where nothing is released, the factor is infinite and the medium empty
            vesicles = crossing(above, len(needed)) * self.per_cell
        return np.where(self.per_cell > 0.0, vesicles, np.nan)


def _needed(model: Model, chain: Chain, values: Mapping[str, Array], sets: int) -> Array:
    """The supply, in place of the delivery, at which the outcome is halved or the input of an edge at half."""
    section = Section(model, supplied(model, chain.freed), chain.outcome)
    inputs = section.inputs(values, sets)
    rest = section.rest(inputs)
    without = section.number(OUTCOME, rest, inputs)
    place = section.system.position[SUPPLY]

    def above(supply: Array, which: NDArray[np.intp]) -> Array:
        given = inputs[:, which].copy()
        given[place] = supply
        found = section.number(OUTCOME, section.rest(given, rest[:, which]), given)
        return 0.5 - found / without[which] if chain.halved else found - 1.0

    return crossing(above, sets)


CHAIN = ["delivery", "cargo", "target"]


def budget_sentences(table: pandas.DataFrame, nominal: pandas.DataFrame) -> list[str]:
    """What a budget says, two plain sentences per chain: with the values themselves, and over their ranges."""
    found = []
    for (chain, rows), (_, own) in zip(
        table.groupby(CHAIN, sort=False), nominal.groupby(CHAIN, sort=False), strict=True
    ):
        _, cargo, target = chain
        received, needed, vesicles = (shown(float(own[name].iloc[0])) for name in QUANTITIES)
        factor = shown(float((own[NEEDED] / own[RECEIVED]).iloc[0]))
        ranges = [spread(rows[name].to_numpy(float)) for name in QUANTITIES]
        found.append(
            f"Budget of {cargo} for {target}: a recipient cell receives {received} copies per hour and needs {needed}"
            f" for half of the effect, {factor} times as many; that is {vesicles} vesicles per cell, held in the"
            f" medium. Over the ranges of the values ({len(rows)} draws, median and central 90 %):"
            f" {', '.join(ranges)}; {_share(rows)}."
        )
    return found


def _share(rows: pandas.DataFrame) -> str:
    """How often no supply is enough, and how often it could not be told."""
    endless, unknown = np.isinf(rows[NEEDED]).mean(), int(rows[NEEDED].isna().sum())
    told = f"in {100 * endless:.0f} % of the draws no supply is enough" if endless else "some supply is always enough"
    return told + (f", and in {unknown} of them no state of rest was found" if unknown else "")


def nominal_budget(model: Model | str | Path, values: Mapping[str, Any] | None = None) -> pandas.DataFrame:
    """The budget with the values of the model themselves."""
    model = as_model(model)
    name = next(name for name in model.parameters if name not in (values or {}))
    return budget(model, draws={name: [model.value(name).value]}, values=values)


def spread(numbers: Array) -> str:
    """Median and central 90 %; what no supply reaches counts, what could not be found does not."""
    low, middle, high = (shown(quantile(numbers, level)) for level in (0.05, 0.5, 0.95))
    return f"{middle} ({low} to {high})"


def quantile(numbers: Any, level: float) -> float:
    """A quantile that is one of the numbers, so that infinite ones do no harm; nan where there is none."""
    known = np.sort(np.asarray(numbers, float))
    known = known[~np.isnan(known)]
    return float(known[round(level * (known.size - 1))]) if known.size else float("nan")


def shown(number: float) -> str:
    """A quantity of a budget for people."""
    if np.isnan(number):
        return "unknown"
    if np.isinf(number):
        return "more than any"
    rounded = float(f"{number:.2g}")
    return f"{rounded:,g}" if 1e-3 <= rounded < 1e5 else f"{rounded:.2g}"
