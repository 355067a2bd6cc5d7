"""A section of a model: the equations that one expression depends on, cut out to be solved at rest for many sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.compiler import System
from exokinetics.expressions.graph import Node, substitute, symbol
from exokinetics.integrators import Array
from exokinetics.model.equations import observables, odes
from exokinetics.model.parts import Observable, Parameter, Part, Reaction
from exokinetics.model.values import fixed
from exokinetics.model.whole import Model
from exokinetics.simulation.steady_many import steady_states

SUPPLY = "budget.supply"
OUTCOME = "budget.outcome"
SMALLEST, LARGEST = 1e-12, 1e15  # copies per cell and hour, or multiples of the medium: beyond any cell
TRIED = 55  # numbers between these, two for each factor of ten


class Section:
    """The states that `outcome` depends on, over the inputs of the whole model."""

    def __init__(self, model: Model, whole: Part, outcome: Node, besides: Sequence[str] = ()) -> None:
        needed = _needed(whole, [outcome, *map(symbol, besides)])
        section = replace(
            whole,
            species={id: item for id, item in whole.species.items() if id in needed},
            reactions={
                id: replace(item, changes=tuple(pair for pair in item.changes if pair[0] in needed))
                for id, item in whole.reactions.items()
            },
            observables={**whole.observables, OUTCOME: Observable(OUTCOME, outcome)},
        )
        self.system = System(replace(model, whole=section))

    def inputs(self, values: Mapping[str, Array], sets: int) -> Array:
        """The inputs of every set, shape (inputs, sets): the model's own, with the columns that are given."""
        table = np.repeat(self.system.defaults[:, None], sets, axis=1)
        for name, column in values.items():
            if name in self.system.position:  # the start of a species outside of the section is none of its inputs
                table[self.system.position[name]] = column
        return table

    def rest(self, inputs: Array, start: Array | None = None, frozen: Sequence[str] = ()) -> Array:
        """The states at rest, shape (states, sets), from `start` or the initial values; `frozen` ones stay."""
        first = self.system.initial_states_of_many(inputs) if start is None else start
        return steady_states(self.system, inputs, first, [self.system.states.index(name) for name in frozen])

    def number(self, name: str, states: Array, inputs: Array) -> Array:
        """A species, parameter or observable, or the outcome, shape (sets,)."""
        if name in self.system.position:
            return np.asarray(inputs[self.system.position[name]])
        return np.asarray(self.system.outputs_of_many([name], states, inputs)[0])


def supplied(model: Model, freed: str) -> Part:
    """The whole with every delivery into `freed` cut, and a constant supply in its place."""
    unit = model.unit(freed)
    reactions = dict(model.whole.reactions)
    escapes = {f"{item.id}.escape" for item in model.whole.mechanisms.values() if item.law == "endosome"}
    for id, item in reactions.items():
        if item.process in escapes:
            reactions[id] = replace(item, changes=tuple(pair for pair in item.changes if pair[0] != freed))
    rate = f"{unit}/{model.time_unit}"
    supply = Parameter(SUPPLY, rate, fixed(0.0, rate, "none unless the budget asks what a supply would do"))
    reactions[SUPPLY] = Reaction(SUPPLY, symbol(SUPPLY), ((freed, 1.0),), "synthesis")
    return replace(model.whole, reactions=reactions, parameters={**model.whole.parameters, SUPPLY: supply})


def crossing(function: Callable[[Array, NDArray[np.intp]], Array], sets: int) -> Array:
    """For each set the number above 0 at which an increasing function passes zero; 0 where it is above from the start,
    infinite where it never gets there.

    The function is given numbers and the sets that they are for.
    """
    from scipy.optimize.elementwise import find_root

    def over_logarithm(logarithm: Array, which: NDArray[Any]) -> Array:
        return function(np.exp(logarithm), which.astype(np.intp))

    def within(ends: tuple[Array, Array], which: NDArray[Any]) -> Array:
        found = find_root(over_logarithm, ends, args=(which,), tolerances={"xatol": 1e-9, "xrtol": 0.0})
        return np.where(found.success, np.exp(found.x), np.nan)

    every = np.arange(sets)
    ends = np.full(sets, np.log(SMALLEST)), np.full(sets, np.log(LARGEST))
    with np.errstate(all="ignore"):
        crossed = within(ends, every)
        first, last = (over_logarithm(end, every) for end in ends)
        crossed[np.isnan(crossed) & (last < 0.0)] = np.inf
        crossed[np.isnan(crossed) & (first > 0.0)] = 0.0
        unknown = np.flatnonzero(np.isnan(crossed))
        if unknown.size:
            crossed[unknown] = within(_brackets(over_logarithm, unknown), unknown)
    return crossed


def _brackets(over_logarithm: Callable[[Array, NDArray[Any]], Array], which: NDArray[np.intp]) -> tuple[Array, Array]:
    """Numbers about the crossings of sets for which the function is not told everywhere, as where a rest was not found.

    They are nan where there is no number below or none above.
    """
    low, high = np.full(len(which), np.nan), np.full(len(which), np.nan)
    for logarithm in np.linspace(np.log(SMALLEST), np.log(LARGEST), TRIED):
        value = over_logarithm(np.full(len(which), logarithm), which)
        low = np.where((value < 0.0) & np.isnan(high), logarithm, low)
        high = np.where((value > 0.0) & np.isnan(high), logarithm, high)
    return low, high


def _needed(whole: Part, wanted: Sequence[Node]) -> set[str]:
    """The species that expressions depend on, at once or through the rates of others."""
    equations = odes(whole)
    needed: set[str] = set()
    ahead = {name for node in substitute(wanted, observables(whole)) for name in node.symbols} & equations.keys()
    while ahead:
        needed |= ahead
        ahead = {name for known in ahead for name in equations[known].symbols} & equations.keys() - needed
    return needed
