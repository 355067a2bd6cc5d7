"""A model compiled: its right-hand side, derivatives, initial state and outputs as functions of plain arrays."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.compiler.callables import Bound, looking_back
from exokinetics.compiler.compiled import kernels_of
from exokinetics.compiler.delays import HISTORY, Delays, delays_in
from exokinetics.compiler.events import Events
from exokinetics.compiler.jumps import decided, jumps, whole_of_states
from exokinetics.compiler.matrices import Entries, Tangent
from exokinetics.compiler.tangents import tangent_kernels
from exokinetics.compiler.thresholds import returning, thresholds
from exokinetics.expressions.code import build_function
from exokinetics.expressions.derivative import jacobian
from exokinetics.expressions.graph import ZERO, Node, symbol
from exokinetics.machine.kernels import Kernels, TangentKernels
from exokinetics.model.equations import initial_symbol, initials, observables, odes
from exokinetics.model.values import Value
from exokinetics.model.whole import Model

Array = NDArray[np.float64]
Slopes = dict[tuple[int, int], Node]  # by row and column
MANY_REQUESTS = 1000  # for quick code, after which compiling again pays


class System:
    """The equations of a model over a state `x`, inputs `p` and time `t`; float arithmetic that fails gives nan.

    `states`: species ids; those in `algebraic` have as their rate what a constraint makes zero. `inputs`: the
    parameters of the model, then compartment sizes, then `initial:<species>` of every species whose initial value is a
    number. `outputs`: species, then observables, with `units` and `titles`.

    Where values of earlier times count, the last input is the address of a history. Those delayed by one of `plain` are
    taken as they are now.
    """

    def __init__(self, model: Model, plain: Collection[Node] = ()) -> None:
        whole = model.whole
        rates, written = odes(whole), observables(whole)
        self.delays = delays_in(whole, (*rates.values(), *written.values()))
        self.states: tuple[str, ...] = model.species
        self.outputs: tuple[str, ...] = model.species + model.observables
        sizes = tuple(name for name, item in whole.parameters.items() if item.compartment)
        starts = tuple(name for name, item in whole.species.items() if isinstance(item.initial, Value))
        known = (*model.parameters, *sizes, *map(initial_symbol, starts))
        self.inputs: tuple[str, ...] = (*known, HISTORY) if self.delays else known
        self.past = Delays(whole, known, self.delays, plain)
        self._of = weakref.ref(model)
        self.parameters = len(model.parameters)
        self.position = {name: index for index, name in enumerate(self.inputs)}
        self.defaults: Array = np.array(
            [0.0 if name == HISTORY else model.value(name).value for name in self.inputs], float
        )
        self.nonnegative = np.array([item.nonnegative for item in whole.species.values()], bool)
        group, counted = model.unit_groups
        self.unit_groups = np.array(group, np.int64), np.array(counted, bool)
        self.state_units = tuple(item.unit for item in whole.species.values())
        self.algebraic = tuple(index for index, name in enumerate(self.states) if name in whole.constraints)
        self.rates = self.past.resolved(rates.values())
        self.initials = list(initials(whole).values())
        # with a history there is always something to look after between two steps
        # and where doses and jumps of rates move what constraints determine
        watched = whole.events or self.delays or whole.constraints
        self.events = Events(whole, self.states, self.inputs, past=self.past) if watched else None
        self.lags = self.past.lags  # those of rates and events; what is only shown is looked up when all is known
        self.observables = self.past.resolved((written[name] for name in model.observables), afterwards=True)
        self.part = whole
        self.forget()

    def forget(self) -> None:
        """Begin anew with what is worked out for states, inputs and expressions when it is asked for."""
        self._tangent_kernels: dict[tuple[str, ...], TangentKernels] = {}
        self._kernels: dict[tuple[int, tuple[int, ...], bool], Kernels] = {}
        self._quick_requests = 0
        self._asked: dict[tuple[tuple[Node, ...], tuple[str, ...]], Entries] = {}
        self._tangents: dict[tuple[str, ...], Tangent] = {}
        self._over_sets: dict[tuple[Node, ...], Callable[..., list[Any]]] = {}
        self._moved: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[Slopes, Slopes]] = {}
        self._without: dict[frozenset[Node], System] = {}
        self.sloped: dict[tuple[str, ...], System] = {}
        self._decided: dict[frozenset[tuple[Node, bool]], Callable[..., list[Any]]] = {}
        self._layout = {"t": "time", "x": self.states, "p": self.inputs}

    @cached_property
    def units(self) -> dict[str, str]:
        """The unit texts of the outputs."""
        return {name: self._model.unit(name) for name in self.outputs}

    @property
    def time_unit(self) -> str:
        """The unit text of time."""
        return self._model.time_unit

    @cached_property
    def titles(self) -> dict[str, str]:
        """The titles of the outputs."""
        return {name: self._model.heading(name) for name in self.outputs}

    @property
    def _model(self) -> Model:
        model = self._of()
        assert model is not None, "a system is kept by its model, or by a plan that also keeps the model"
        return model

    def _function(self, nodes: Sequence[Node]) -> Callable[..., list[float]]:
        return build_function(nodes, self._layout)

    @cached_property
    def _rhs(self) -> Callable[..., list[float]]:
        return self._function(self.rates)

    def without(self, plain: Collection[Node]) -> System:
        """The same, with what is delayed by some of `delays` taken as it is now."""
        key = frozenset(plain)
        if not key:
            return self
        if key not in self._without:
            self._without[key] = System(self._model, key)
        return self._without[key]

    def values_of(
        self, nodes: Sequence[Node], p: Sequence[float], x: Array | tuple[()] = ()
    ) -> list[float]:  # fmt: skip
        """The values of expressions over inputs, and over states `x` (states, 1) where they are given."""
        found: list[float] = []
        return found if not nodes else self._rows_of_many(nodes, x, np.asarray(p, float)[:, None])[:, 0].tolist()

    def rhs(self, t: float, x: Array, p: Sequence[float]) -> Array:
        """dx/dt, shape (states,)."""
        if self.delays:
            return looking_back(self.kernels(1, quick=True), self.past.places, x, p).rates(t, x)
        try:
            return np.array(self._rhs(t, x.tolist(), p), float)
        except (ArithmeticError, ValueError, TypeError):
            return np.full(len(self.states), np.nan)

    @cached_property
    def _state_jacobian(self) -> Entries:
        return Entries(self._function, self.rates, self.states)

    def jacobian(self, t: float, x: Array, p: Sequence[float]) -> Array:
        """d(dx/dt)/dx, shape (states, states)."""
        if self.delays:
            return looking_back(self.kernels(1, quick=True), self.past.places, x, p).jacobian(t, x)
        return self._state_jacobian(t, x, p)

    def input_jacobian(self, inputs: tuple[str, ...]) -> Entries:
        """A function (t, x, p) for d(dx/dt)/dp over some inputs, shape (states, inputs)."""
        return self._entries(self.rates, inputs)

    def tangent(self, inputs: tuple[str, ...]) -> Tangent:
        """A function (t, x, p) for dx/dt, d(dx/dt)/dx and d(dx/dt)/dp over some inputs, in one go."""
        if inputs not in self._tangents:
            self._tangents[inputs] = Tangent(self._function, self.rates, self.states, inputs)
        return self._tangents[inputs]

    def _rows_of_many(self, nodes: Sequence[Node], x: Array | tuple[()], p: Array) -> Array:
        """Expressions at time 0 over many sets, shape (expressions, sets); compiled once per question."""
        key = tuple(nodes)
        if key not in self._over_sets:
            self._over_sets[key] = build_function(nodes, self._layout, arrays=True)
        with np.errstate(all="ignore"):
            rows = self._over_sets[key](0.0, x, p)
        found = np.empty((len(nodes), *p.shape[1:]))
        for index, row in enumerate(rows):
            found[index] = row  # constants are numbers, alike for every set
        return found

    @cached_property
    def _slopes(self) -> dict[tuple[int, int], Node]:
        return jacobian(self.rates, self.states)

    def rates_of_many(self, x: Array, p: Array) -> Array:
        """dx/dt at time 0 of many sets, shape (states, sets); states and inputs likewise."""
        return self._rows_of_many(self.rates, x, p)

    def jacobians_of_many(self, x: Array, p: Array) -> Array:
        """d(dx/dt)/dx at time 0 of many sets, shape (states, states, sets)."""
        matrix = np.zeros((len(self.states), *x.shape))
        if self._slopes:
            rows, columns = zip(*self._slopes, strict=True)
            matrix[rows, columns] = self._rows_of_many(list(self._slopes.values()), x, p)
        return matrix

    def initial_states_of_many(self, p: Array) -> Array:
        """The state at time 0 of many sets, shape (states, sets)."""
        return self._rows_of_many(self.initials, (), p)

    def outputs_of_many(self, outputs: Sequence[str], x: Array, p: Array) -> Array:
        """Some outputs at time 0 of many sets, shape (outputs, sets)."""
        return self._rows_of_many(self.output_nodes(outputs), x, p)

    @cached_property
    def _start(self) -> Callable[..., list[float]]:
        return self._function(self.initials)

    def initial_state(self, p: Sequence[float]) -> Array:
        """The state at time 0 before any dose, shape (states,)."""
        try:
            return np.array(self._start(0.0, (), p), float)
        except (ArithmeticError, ValueError, TypeError):
            return np.full(len(self.states), np.nan)

    def initial_jacobian(self, inputs: tuple[str, ...]) -> Entries:
        """A function (t, x, p) for d(initial state)/dp over some inputs, shape (states, inputs)."""
        return self._entries(self.initials, inputs)

    def initial_jacobians_of_many(self, inputs: tuple[str, ...], p: Array) -> Array:
        """The same for many sets, shape (sets, states, inputs); inputs (all inputs, sets)."""
        entries = jacobian(self.initials, inputs)
        found = np.zeros((p.shape[1], len(self.states), len(inputs)))
        for (row, column), values in zip(entries, self._rows_of_many(list(entries.values()), (), p), strict=True):
            found[:, row, column] = values
        return found

    @cached_property
    def _threshold_nodes(self) -> list[Node]:
        """The times at which a rate jumps or bends by itself, each with its period, 0 for once."""
        return [node for family in thresholds(self.rates, self.inputs) for node in family]

    def kernels(self, lanes: int, frozen: tuple[int, ...] = (), *, quick: bool = False) -> Kernels:
        """The system as machine code for rows of that many parameter sets; compiled once, and kept on disk.

        `frozen` are states that do not move. With `quick`, code that is made quickly for a single run; who asks for it
        often gets the better code in the end.
        """
        self._quick_requests += quick
        full = (lanes, frozen, False)
        key = full if full in self._kernels or self._quick_requests > MANY_REQUESTS else (lanes, frozen, quick)
        if key not in self._kernels:
            rates = [ZERO if index in frozen else rate for index, rate in enumerate(self.rates)]
            # of one set, runs with events stop by themselves where time may set one off
            stops = self._threshold_nodes + (self.events.times if self.events is not None and lanes > 1 else [])
            self._kernels[key] = kernels_of(
                self.states, self.inputs, rates, self.initials, self.observables, stops, lanes,
                quick=key[2], algebraic=self.algebraic,
            )  # fmt: skip
        return self._kernels[key]

    def tangent_kernels(self, inputs: tuple[str, ...]) -> TangentKernels:
        """The derivatives of the rates by states and some inputs as machine code."""
        if inputs not in self._tangent_kernels:
            made = tangent_kernels(self.states, self.inputs, self.rates, inputs)
            self._tangent_kernels[inputs] = replace(made, places=tuple(self.position[name] for name in inputs))
        return self._tangent_kernels[inputs]

    @cached_property
    def jumps(self) -> list[Node]:
        """The comparisons over states at which rates jump; amounts that begin at nothing do not pass through it."""
        amounts = {name for name, kept in zip(self.states, self.nonnegative, strict=True) if kept}
        return [
            node for node in jumps(self.rates, self.states)
            if not (node.args[1] is ZERO and node.args[0].kind == "symbol" and node.args[0].symbols <= amounts)
        ]  # fmt: skip

    @property
    def rounded(self) -> str:
        """The function by which a rate rounds a state to a whole number, if there is any."""
        return whole_of_states(self.rates, self.states)

    @cached_property
    def watching(self) -> System:
        """The same, if rates jump by what states are, with events that do nothing where they do."""
        if self.delays or not self.jumps:  # of delayed values slopes are followed otherwise
            return self
        other = copy(self)
        other.events = Events(self.part, self.states, self.inputs, self.jumps)
        return other

    def rates_where(self, truths: frozenset[tuple[Node, bool]]) -> Callable[[float, Array, Sequence[float]], Array]:
        """dx/dt at (t, x, p) with some comparisons taken as true or false."""
        if truths not in self._decided:
            self._decided[truths] = build_function(decided(self.rates, dict(truths)), self._layout)
        function = self._decided[truths]
        return lambda t, x, p: np.array(function(t, x.tolist(), p), float)

    def bound(self, values: Array) -> Bound:
        """The rates and their slopes as machine code for these inputs, for a solver that calls functions."""
        return Bound(self.kernels(1, quick=True), values)

    def switches(self, p: Sequence[float], end: float) -> list[float]:
        """Times up to `end` at which a rate jumps or bends by itself, so that no step passes over a pulse."""
        return self._times_of(self._threshold_nodes, p, end)

    def event_times(self, p: Sequence[float], end: float) -> list[float]:
        """Times up to `end` at which time alone may set off an event."""
        return self._times_of(self.events.times, p, end) if self.events else []

    @cached_property
    def _moved_thresholds(self) -> list[Node]:
        """Those times that depend on states that nothing but events changes, such as that of the last event."""
        if self.events is None:
            return []
        changed = {place for action in self.events.actions for place in action.targets}
        held = [name for index, name in enumerate(self.states) if index in changed and self.rates[index] is ZERO]
        found = thresholds(self.rates, [*self.inputs, *held]) if held else []
        return [node for family in found if (family[0].symbols | family[1].symbols) & set(held) for node in family]

    @property
    def moves_switches(self) -> bool:
        """Whether events change the times at which rates jump."""
        return bool(self._moved_thresholds)

    def moved_switches(self, x: Array, p: Sequence[float], end: float) -> list[float]:
        """Times up to `end` at which a rate jumps by what the states `x` are now, in order."""
        return sorted(self._times_of(self._moved_thresholds, p, end, x[:, None]))

    def _times_of(
        self, families: list[Node], p: Sequence[float], end: float, x: Array | tuple[()] = ()
    ) -> list[float]:  # fmt: skip
        values = self.values_of(families, p, x)
        pairs = zip(values[::2], values[1::2], strict=True)
        return [time for first, period in pairs for time in returning(first, abs(period), end)]

    def derivatives(self, nodes: Sequence[Node], names: tuple[str, ...]) -> Entries:
        """A function (t, x, p) for the derivatives of some expressions by names, shape (expressions, names)."""
        return self._entries(nodes, names)

    @cached_property
    def _observe(self) -> Callable[..., list[Any]]:
        return build_function(self.observables, self._layout, arrays=True)

    def observe(self, times: Array, states: Array, p: Sequence[float]) -> Array:
        """Every output over time: states (time, states) in, (time, outputs) out."""
        table = np.empty((len(times), len(self.outputs)))
        table[:, : len(self.states)] = states
        if self.delays and self.observables:
            bound = self.bound(np.asarray(p, float))
            for row, (time, state) in enumerate(zip(times.tolist(), states, strict=True)):
                table[row, len(self.states) :] = bound.observed(time, state)
        elif self.observables:
            try:
                with np.errstate(all="ignore"):
                    columns = self._observe(times, states.T, np.asarray(p, float))
            except (ArithmeticError, ValueError):  # a constant that is no number, such as 1/0
                columns = [np.nan] * len(self.observables)
            for index, column in enumerate(columns, start=len(self.states)):
                table[:, index] = column
        return table

    def output_nodes(self, outputs: Sequence[str]) -> list[Node]:
        """The expressions of some outputs over states, inputs and time."""
        known = dict(zip(self.outputs[len(self.states) :], self.observables, strict=True))
        return [known.get(name, symbol(name)) for name in outputs]

    def output_slopes(
        self, outputs: Sequence[str], inputs: Sequence[str], times: Array, states: Array, p: Array, slopes: Array
    ) -> Array:
        """d(outputs)/d(inputs) (time, outputs, inputs) by the chain rule.

        `states` (time, states); `slopes` (time, states, inputs) are their derivatives by the inputs. `p` are all
        inputs, or (all inputs, time) where they differ.
        """
        places = {name: index for index, name in enumerate(self.states)}
        if all(name in places for name in outputs):
            return slopes[:, [places[name] for name in outputs]]
        found = np.zeros((len(times), len(outputs), len(inputs)))
        for row, name in enumerate(outputs):
            if name in places:
                found[:, row] = slopes[:, places[name]]
        inner = [row for row, name in enumerate(outputs) if name not in places]
        by_state, by_input = self._output_slopes(tuple(outputs[row] for row in inner), tuple(inputs))
        values = self._over_times([*by_state.values(), *by_input.values()], times, states, p)
        for (row, state), value in zip(by_state, values, strict=False):
            found[:, inner[row]] += value[:, None] * slopes[:, state]
        for (row, column), value in zip(by_input, values[len(by_state) :], strict=True):
            found[:, inner[row], column] += value
        return found

    def _output_slopes(self, outputs: tuple[str, ...], inputs: tuple[str, ...]) -> tuple[Slopes, Slopes]:
        """The derivatives of observables by states and by inputs; differentiated once per question."""
        if (outputs, inputs) not in self._moved:
            nodes = self.output_nodes(outputs)
            self._moved[outputs, inputs] = jacobian(nodes, self.states), jacobian(nodes, inputs)
        return self._moved[outputs, inputs]

    def _over_times(self, nodes: Sequence[Node], times: Array, states: Array, p: Array) -> Array:
        key = tuple(nodes)
        if key not in self._over_sets:
            self._over_sets[key] = build_function(nodes, self._layout, arrays=True)
        with np.errstate(all="ignore"):
            rows = self._over_sets[key](times, states.T, p)
        return np.array([np.broadcast_to(row, times.shape) for row in rows], float).reshape(len(rows), len(times))

    def _entries(self, nodes: Sequence[Node], names: Sequence[str]) -> Entries:
        """Compiled once per question: a fit asks the same one at every step of its search."""
        key = (tuple(nodes), tuple(names))
        if key not in self._asked:
            self._asked[key] = Entries(self._function, nodes, names)
        return self._asked[key]
