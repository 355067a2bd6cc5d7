"""A system compiled to machine code for this processor, kept between processes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256

from exokinetics.compiler.hoisting import hoisted
from exokinetics.compiler.machine_code import Equations, by_column, kernel_names, module_text, plan_for
from exokinetics.expressions.derivative import jacobian
from exokinetics.expressions.graph import TIME, ZERO, Node, call, piecewise, topological
from exokinetics.machine.host import compiled, host, load
from exokinetics.machine.identity import digest_of
from exokinetics.machine.kernels import Kernels
from exokinetics.machine.store import kept

STEEP = ("sqrt", "log", "log2", "log10", "asin", "acos", "acosh", "atanh")  # slopes that are infinite at some place
STEEPEST = 1e300
WRITTEN_BY = ("exokinetics.machine", "exokinetics.compiler", "exokinetics.expressions")


def kernels_of(
    states: Sequence[str], inputs: Sequence[str], rates: Sequence[Node], start: Sequence[Node],
    observables: Sequence[Node], switches: Sequence[Node], lanes: int, *, quick: bool = False,
    algebraic: tuple[int, ...] = (),
) -> Kernels:  # fmt: skip
    """The functions of a system of expressions over `states`, `inputs` and time, for rows of `lanes` sets.

    `switches` are times at which rates jump, each with its period behind it, 0 for once. The rates of `algebraic`
    states are what constraints make zero.

    With `quick`, they take a third of the time to compile and a quarter more to run; not a bit of a result changes.
    """
    level = 0 if quick else 2
    kind = f"{lanes} lanes, level {level}" + (f", constraints {algebraic}" if algebraic else "")
    key = key_of(states, inputs, (rates, start, observables, switches), kind)
    stored = kept(key, lambda: _built(states, inputs, rates, start, observables, switches, lanes, level, algebraic))
    head, code = stored.split(b"\n", 1)
    sizes = json.loads(head)
    names = kernel_names(lanes)
    loaded = load(code, [f"{name}_{lanes}" for name in names])
    addresses = {name: loaded.address(f"{name}_{lanes}") for name in names}
    return Kernels(
        lanes=lanes, states=len(states), inputs=len(inputs), rows=sizes["rows"], entries=sizes["entries"],
        observables=len(observables), switches=len(switches) // 2, in_time=sizes["in_time"], alive=loaded,
        pattern=tuple((row, column) for row, column in sizes["pattern"]), algebraic=algebraic, **addresses,
    )  # fmt: skip


def _built(
    states: Sequence[str], inputs: Sequence[str], rates: Sequence[Node], start: Sequence[Node],
    observables: Sequence[Node], switches: Sequence[Node], lanes: int, level: int, algebraic: tuple[int, ...],
) -> bytes:  # fmt: skip
    slopes = {place: _bounded(node) for place, node in jacobian(rates, states).items()}
    in_time = {row: _bounded(node) for (row, _), node in jacobian(rates, [str(TIME.payload)]).items()}
    moving = [*rates, *slopes.values(), *in_time.values(), *observables]
    new, derived = hoisted(moving, inputs)
    first, second, third = len(rates), len(rates) + len(slopes), len(rates) + len(slopes) + len(in_time)
    equations = Equations(
        states, inputs, derived, new[:first], dict(zip(slopes, new[first:second], strict=True)),
        dict(zip(in_time, new[second:third], strict=True)), start, new[third:], switches,
    )  # fmt: skip
    plan = plan_for(len(states), slopes, lanes, algebraic)
    sizes = {
        "rows": len(inputs) + len(derived), "entries": plan.memory, "in_time": any(_timed(rates)),
        "pattern": by_column(slopes),
    }  # fmt: skip
    text = module_text(equations, plan, lanes, fused=host().fused)
    return json.dumps(sizes).encode() + b"\n" + compiled(text, level=level)


def _bounded(slope: Node) -> Node:
    """A slope with 0 where it is infinite, as that of a root is at zero: else the state would never leave that place.

    The method is consistent with any slope, and its estimate of the error sees what a wrong one does.
    """
    if any(_is_steep(node) for node in topological([slope])):
        return piecewise(slope, call("abs", slope) < STEEPEST, ZERO)
    return slope


def _is_steep(node: Node) -> bool:
    """A root, a logarithm or a power with an exponent that is not whole."""
    if node.kind == "power":
        exponent = node.args[1].payload
        return not (isinstance(exponent, float) and exponent.is_integer())
    return node.kind == "function" and node.payload in STEEP


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
