"""The derivatives that exact sensitivities need, as machine code: of the rates, and of what a step makes of them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from exokinetics.compiler.compiled import key_of
from exokinetics.compiler.hoisting import hoisted
from exokinetics.compiler.machine_code import Equations, Writer, direction_symbol, plan_for
from exokinetics.compiler.tangent_stages import Stage
from exokinetics.expressions.derivative import jacobian
from exokinetics.expressions.graph import TIME, ZERO, Node, add, multiply, symbol
from exokinetics.machine.host import compiled, host, load
from exokinetics.machine.kernels import TangentKernels
from exokinetics.machine.store import kept


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
    advancing = {lanes: f"advance_{lanes}" for lanes in (1, points)}
    loaded = load(code, [*names, *advancing.values()])
    start, moved, bent = (loaded.address(name) for name in names)
    return TangentKernels(
        columns=len(columns), rows=about["rows"], points=points, width=about["width"], derive=start, moved=moved,
        moved_by_state=about["moved"], bent_by_state=about["bent"], by_input=np.array(about["by_input"], np.int64),
        bent=bent, advance={lanes: loaded.address(name) for lanes, name in advancing.items()}, alive=loaded,
    )  # fmt: skip


def _built(states: Sequence[str], inputs: Sequence[str], rates: Sequence[Node], columns: Sequence[str]) -> bytes:
    moved, moved_by_input = jacobian(rates, states), jacobian(rates, columns)
    along = _along(len(states), moved, jacobian(rates, [str(TIME.payload)]))
    bent, bent_by_input = jacobian(along, states), jacobian(along, columns)
    by_input = list(moved_by_input | bent_by_input)  # all places in both, so that one value after the other is taken
    direct = [group.get(place, ZERO) for group in (moved_by_input, bent_by_input) for place in by_input]
    first, second = direct[: len(by_input)], direct[len(by_input) :]
    new, derived = hoisted([*moved.values(), *first, *bent.values(), *second], inputs)
    count, points, fused = len(moved) + len(by_input), host().lanes, host().fused
    stage = Stage(list(moved), list(bent), {lanes: plan_for(len(states), moved, lanes) for lanes in (1, points)})
    writer = Writer(Equations.over(states, inputs, derived), stage.plans[points], points, fused=fused)
    writer.start()
    writer.values("moved", new[:count])
    writer.values("bent", new[count:], along="txv")
    stage.write(writer.module, points, len(columns), fused=fused)
    width = stage.width(len(columns))
    about = {
        "rows": len(inputs) + len(derived), "width": width, "moved": len(moved), "bent": len(bent),
        "by_input": [(c // width * len(states) + row) * width + c % width for row, c in by_input],
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
