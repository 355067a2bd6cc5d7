"""The derivatives that exact sensitivities need, as machine code: of the rates, and of what a step makes of them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from exokinetics.compiler.compiled import key_of
from exokinetics.compiler.hoisting import hoisted
from exokinetics.compiler.machine_code import Equations, Writer, direction_symbol, plan_for
from exokinetics.compiler.sparse import Elimination
from exokinetics.compiler.tables import solve_rows_by_table
from exokinetics.expressions.derivative import jacobian
from exokinetics.expressions.graph import TIME, ZERO, Node, add, multiply, symbol
from exokinetics.machine import ir
from exokinetics.machine.code import Code, Integers
from exokinetics.machine.host import compiled, host, load
from exokinetics.machine.kernels import Entries, TangentKernels
from exokinetics.machine.store import kept

VECTOR = 4  # slopes by inputs that are worked on together


def tangent_kernels(
    states: Sequence[str], inputs: Sequence[str], rates: Sequence[Node], columns: Sequence[str]
) -> TangentKernels:
    """For a system of `rates` over `states`, `inputs` and time: slopes by the inputs `columns`."""
    key = key_of(states, [*inputs, "by", *columns], (rates,), "tangent")
    stored = kept(key, lambda: _built(states, inputs, rates, columns))
    head, code = stored.split(b"\n", 1)
    about = json.loads(head)
    points = host().lanes
    names = [f"{name}_{points}" for name in ("start", "moved", "bent")]
    solving = {lanes: f"solve_rows_{lanes}" for lanes in sorted({1, points})}
    loaded = load(code, [*names, *solving.values()])
    start, moved, bent = (loaded.address(name) for name in names)
    solve = {lanes: loaded.address(name) for lanes, name in solving.items()}
    tables = {name: Entries(*(np.array(part, np.int64) for part in about[name])) for name in ("moved", "bent")}
    return TangentKernels(
        columns=len(columns), rows=about["rows"], points=points, derive=start, moved=moved, bent=bent, solve=solve,
        moved_entries=tables["moved"], bent_entries=tables["bent"], alive=loaded,
    )  # fmt: skip


def _built(states: Sequence[str], inputs: Sequence[str], rates: Sequence[Node], columns: Sequence[str]) -> bytes:
    by_state, by_input = jacobian(rates, states), jacobian(rates, columns)
    along = _along(len(states), by_state, jacobian(rates, [str(TIME.payload)]))
    bent_by_state, bent_by_input = jacobian(along, states), jacobian(along, columns)
    groups = (by_state, by_input, bent_by_state, bent_by_input)
    new, derived = hoisted([node for group in groups for node in group.values()], inputs)
    count = len(by_state) + len(by_input)
    points, fused = host().lanes, host().fused
    plans = {lanes: plan_for(len(states), by_state, lanes) for lanes in sorted({1, points})}
    writer = Writer(Equations.over(states, inputs, derived), plans[points], points, fused=fused)
    writer.start()
    writer.values("moved", new[:count])
    writer.values("bent", new[count:], along="txv")
    for lanes, plan in plans.items():
        _write_solve(writer.module, plan, lanes, fused=fused)
    about = {
        "rows": len(inputs) + len(derived), "moved": _tables(by_state, by_input),
        "bent": _tables(bent_by_state, bent_by_input),
    }  # fmt: skip
    return json.dumps(about).encode() + b"\n" + compiled(str(writer.module))


def _along(states: int, by_state: dict[tuple[int, int], Node], in_time: dict[tuple[int, int], Node]) -> list[Node]:
    """The derivative of each rate in a direction of states and time."""
    terms: list[list[Node]] = [[] for _ in range(states)]
    for (row, column), slope in by_state.items():
        terms[row].append(multiply(slope, symbol(direction_symbol(column))))
    for (row, _), slope in in_time.items():
        terms[row].append(multiply(slope, symbol(direction_symbol(states))))
    return [add(*row) if row else ZERO for row in terms]


def _tables(*groups: dict[tuple[int, int], Node]) -> list[list[int]]:
    """Rows and columns of the entries by states, then of those by inputs."""
    return [[place[side] for place in group] for group in groups for side in (0, 1)]


def _write_solve(module: ir.Module, plan: Elimination, lanes: int, *, fused: bool) -> None:
    """(lu, right, columns)."""
    code = Code(module, f"solve_rows_{lanes}", 3, fused=fused)
    columns = Integers(code, code.function.args[2])[0]
    solve_rows_by_table(code, plan, lanes, code.numbers(0, 1), code.numbers(1, VECTOR), columns)
    code.finish()
