"""Derivatives by inputs where values of earlier times count: further states, which look back as those they belong to.

With x' = f(x, x(t - by), p) the slope s = dx/dp has s' = f_x s + f_past (s(t - by) - x'(t - by) d(by)/dp) + f_p: delay
equations as well, so that one run finds all. That holds while x is continuous, or jumps at times that no input moves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from copy import copy

import numpy as np

from exokinetics.compiler.delays import HISTORY
from exokinetics.compiler.events import Events
from exokinetics.compiler.system import System
from exokinetics.errors import WrongInput
from exokinetics.expressions.derivative import jacobian
from exokinetics.expressions.graph import TIME, ZERO, Node, add, call, number, rebuild, substitute, symbol, topological
from exokinetics.expressions.text import to_text

_TIME = str(TIME.payload)
_WORKED_OUT = (
    "_rhs",
    "_state_jacobian",
    "_slopes",
    "_start",
    "_threshold_nodes",
    "_observe",
    "units",
    "titles",
    "jumps",
)


def slope_symbol(state: str, name: str) -> str:
    """The id of the slope of a state by an input; no id of a model has a colon."""
    return f"slope:{state}:{name}"


def slope_states(states: Sequence[str], inputs: Sequence[str]) -> list[str]:
    """The slopes as states: those of all states by the first input, then by the next."""
    return [slope_symbol(state, name) for name in inputs for state in states]


def slopes_of(
    nodes: Sequence[Node], states: Sequence[str], inputs: Sequence[str], speed: Callable[[Node], Node]
) -> list[list[Node]]:  # fmt: skip
    """d(node)/d(input) by node and input, over states, their slopes, inputs, time and history.

    `speed` writes how fast a state moved at an earlier time, which is known better than from an interpolation.
    """
    looked = {node: f"past:{index}" for index, node in enumerate(filter(_is_looked_up, topological(nodes)))}
    hidden = _replaced(nodes, {node: symbol(name) for node, name in looked.items()})
    shown = {name: node for node, name in looked.items()}
    direct, by_state, by_past = (
        _by_row(jacobian(group, names)) for group, names in ((nodes, inputs), (nodes, states), (hidden, list(shown)))
    )  # fmt: skip
    found = []
    for row in range(len(nodes)):
        past = [(shown[f"past:{index}"], substitute([slope], shown)[0]) for index, slope in by_past[row].items()]
        found.append([
            add(
                direct[row].get(column, ZERO),
                *(slope * symbol(slope_symbol(states[index], name)) for index, slope in by_state[row].items()),
                *(slope * _earlier(node, len(states), column) for node, slope in past),
            )
            for column, name in enumerate(inputs)
        ])  # fmt: skip
    return [_with_speeds(row, speed) for row in found]


def _with_speeds(nodes: Sequence[Node], speed: Callable[[Node], Node]) -> list[Node]:
    moved = [node for node in topological(nodes) if node.kind == "function" and node.payload == "history_slope"]
    return _replaced(nodes, {node: speed(node) for node in moved})


def with_slopes(system: System, inputs: tuple[str, ...]) -> System:
    """The system with the slopes of its states behind them, and those of its observables behind these; made once."""
    if inputs not in system.sloped:
        system.sloped[inputs] = _made(system, inputs)
    return system.sloped[inputs]


def _made(system: System, inputs: tuple[str, ...]) -> System:
    other, past, count, columns = copy(system), system.past.copied(), len(system.states), len(inputs)
    for name in _WORKED_OUT:
        other.__dict__.pop(name, None)

    def speed(node: Node) -> Node:
        place = int(float(node.args[2].payload))
        return past.speed(system.rates[place], node.args[1], place)

    inner, shown = (slopes_of(nodes, system.states, inputs, speed) for nodes in (system.rates, system.observables))
    names = system.outputs[count:]
    other.states = (*system.states, *slope_states(system.states, inputs))
    other.outputs = (*other.states, *names, *slope_states(names, inputs))
    other.rates = [*system.rates, *(rows[column] for column in range(columns) for rows in inner)]
    other.observables = [*system.observables, *(rows[column] for column in range(columns) for rows in shown)]
    other.initials = [*system.initials, *[ZERO] * (count * columns)]
    other.lags = list(dict.fromkeys(node.args[1] for node in filter(_is_looked_up, topological(other.rates))))
    other.past = past.with_slopes(columns)
    other.events = Events(system.part, other.states, system.inputs)
    group, counted = system.unit_groups
    other.unit_groups = np.tile(group, columns + 1), np.tile(counted, columns + 1)
    other.nonnegative = np.append(system.nonnegative, np.zeros(count * columns, bool))
    other.forget()
    return other


def require_slopes(system: System, inputs: Sequence[str]) -> None:
    """Raise `WrongInput`, which shows what is meant, where states or slopes may jump at times that inputs move."""
    moving, wanted = {*system.states, HISTORY}, frozenset(inputs)
    for node in topological(system.rates):
        rounds = node.kind == "function" and node.payload in ("floor", "ceil") and node.symbols & {*moving, _TIME}
        timed = node.symbols & moving or (_TIME in node.symbols and node.symbols & wanted)
        if rounds or (node.kind == "relation" and timed and node not in system.past.seams):
            raise WrongInput(
                "sensitivities: values of earlier times count, and a rate that jumps where inputs decide when is not "
                f"supported with them yet ('{to_text(node, _plain)}'); write a smooth rate, or take differences of runs"
            )
    for node in filter(_is_looked_up, topological([*system.rates, *system.observables])):
        if HISTORY in node.args[1].symbols:
            raise WrongInput("sensitivities: a delay that is a delayed value is not supported yet; make it constant")


def _plain(name: str) -> str:
    return "history" if name == HISTORY else name


def _is_looked_up(node: Node) -> bool:
    return node.kind == "function" and node.payload == "history"


def _earlier(node: Node, states: int, column: int) -> Node:
    """The slope that belongs to the value of an earlier time."""
    time, by, place, table = node.args
    return call("history", time, by, number(states * (column + 1) + float(place.payload)), table)


def _by_row(entries: Mapping[tuple[int, int], Node]) -> dict[int, dict[int, Node]]:
    found: dict[int, dict[int, Node]] = defaultdict(dict)
    for (row, column), node in entries.items():
        found[row][column] = node
    return found


def _replaced(nodes: Sequence[Node], by: Mapping[Node, Node]) -> list[Node]:
    new: dict[Node, Node] = {}
    for node in topological(nodes):
        args = tuple(new[child] for child in node.args)
        new[node] = by[node] if node in by else node if args == node.args else rebuild(node, args)
    return [new[node] for node in nodes]
