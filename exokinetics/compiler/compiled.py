"""A system compiled to machine code for this processor, kept between processes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256

from exokinetics.compiler.hoisting import hoisted
from exokinetics.compiler.machine_code import Equations, by_column, kernel_names, module_text
from exokinetics.compiler.sparse import elimination
from exokinetics.expressions.derivative import jacobian
from exokinetics.expressions.graph import TIME, Node, topological
from exokinetics.machine.host import compiled, host, load
from exokinetics.machine.identity import digest_of
from exokinetics.machine.kernels import Kernels
from exokinetics.machine.store import kept

WRITTEN_BY = ("exokinetics.machine", "exokinetics.compiler", "exokinetics.expressions")


def kernels_of(
    states: Sequence[str], inputs: Sequence[str], rates: Sequence[Node], start: Sequence[Node],
    observables: Sequence[Node], switches: Sequence[Node], lanes: int,
) -> Kernels:  # fmt: skip
    """The functions of a system of expressions over `states`, `inputs` and time, for rows of `lanes` sets."""
    key = key_of(states, inputs, (rates, start, observables, switches), f"{lanes} lanes")
    stored = kept(key, lambda: _built(states, inputs, rates, start, observables, switches, lanes))
    head, code = stored.split(b"\n", 1)
    sizes = json.loads(head)
    names = kernel_names(lanes)
    loaded = load(code, [f"{name}_{lanes}" for name in names])
    addresses = {name: loaded.address(f"{name}_{lanes}") for name in names}
    return Kernels(
        lanes=lanes, states=len(states), inputs=len(inputs), rows=sizes["rows"], entries=sizes["entries"],
        work=sizes["work"], observables=len(observables), switches=len(switches), in_time=sizes["in_time"],
        alive=loaded,
        pattern=tuple((row, column) for row, column in sizes["pattern"]), **addresses,
    )  # fmt: skip


def _built(
    states: Sequence[str], inputs: Sequence[str], rates: Sequence[Node], start: Sequence[Node],
    observables: Sequence[Node], switches: Sequence[Node], lanes: int,
) -> bytes:  # fmt: skip
    slopes = jacobian(rates, states)
    in_time = {row: node for (row, _), node in jacobian(rates, [str(TIME.payload)]).items()}
    moving = [*rates, *slopes.values(), *in_time.values(), *observables]
    new, derived = hoisted(moving, inputs)
    first, second, third = len(rates), len(rates) + len(slopes), len(rates) + len(slopes) + len(in_time)
    equations = Equations(
        states, inputs, derived, new[:first], dict(zip(slopes, new[first:second], strict=True)),
        dict(zip(in_time, new[second:third], strict=True)), start, new[third:], switches,
    )  # fmt: skip
    plan = elimination(len(states), slopes)
    sizes = {
        "rows": len(inputs) + len(derived), "entries": plan.room, "work": plan.work, "in_time": any(_timed(rates)),
        "pattern": by_column(slopes),
    }  # fmt: skip
    text = module_text(equations, plan, lanes, fused=host().fused)
    return json.dumps(sizes).encode() + b"\n" + compiled(text)


def _timed(rates: Sequence[Node]) -> list[bool]:
    return [str(TIME.payload) in node.symbols for node in rates]


def key_of(
    states: Sequence[str], inputs: Sequence[str], groups: Sequence[Sequence[Node]], kind: str
) -> bytes:  # fmt: skip
    """Everything that the code depends on: names, expressions, its kind, versions and processor."""
    digest = sha256()
    order = topological([node for group in groups for node in group])
    place = {node: index for index, node in enumerate(order)}
    for node in order:
        number = node.payload.hex() if isinstance(node.payload, float) else node.payload
        digest.update(repr((node.kind, number, [place[child] for child in node.args])).encode())
    outputs = [[place[node] for node in group] for group in groups]
    digest.update(repr((digest_of(*WRITTEN_BY), tuple(states), tuple(inputs), outputs, kind, host().identity)).encode())
    return digest.digest()
