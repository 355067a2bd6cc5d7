"""The expression graph: equal expressions are one object, so common parts are found by identity.

A node is a number, a symbol, a sum, a product, a power, a function call, a piecewise choice, a relation or a
logical combination. Nodes are made by the functions below or by Python operators and never change.
"""

from __future__ import annotations

import math
import operator
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from exokinetics.errors import WrongInput
from exokinetics.expressions.functions import FUNCTIONS

Kind = Literal["number", "symbol", "sum", "product", "power", "function", "piecewise", "relation", "logic"]

RELATIONS = ("<", "<=", ">", ">=", "==", "!=")
CONNECTIVES = ("and", "or", "not")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
# Values of earlier times: delay(x, by) in models, and history(time, by, state, table) and its slope in machine code.
# They have no value of their own, so they stand in no table of functions; see `compiler.delays`.
EARLIER = ("delay", "history", "history_slope")
LONGEST_FLAT = 256  # a longer sum or product stays one term: flattening a = b + b, b = c + c, ... would fill the memory


class Node:
    """One vertex of the graph; `kind` says which, `payload` is its number, name or operator, `args` its children."""

    __slots__ = ("__weakref__", "args", "kind", "payload", "symbols")

    kind: Kind
    payload: float | str
    args: tuple[Node, ...]
    symbols: frozenset[str]

    def __add__(self, other: Operand) -> Node:
        return add(self, other)

    def __radd__(self, other: Operand) -> Node:
        return add(other, self)

    def __sub__(self, other: Operand) -> Node:
        return add(self, multiply(-1.0, other))

    def __rsub__(self, other: Operand) -> Node:
        return add(other, multiply(-1.0, self))

    def __mul__(self, other: Operand) -> Node:
        return multiply(self, other)

    def __rmul__(self, other: Operand) -> Node:
        return multiply(other, self)

    def __truediv__(self, other: Operand) -> Node:
        return multiply(self, power(other, -1.0))

    def __rtruediv__(self, other: Operand) -> Node:
        return multiply(other, power(self, -1.0))

    def __pow__(self, other: Operand) -> Node:
        return power(self, other)

    def __rpow__(self, other: Operand) -> Node:
        return power(other, self)

    def __neg__(self) -> Node:
        return multiply(-1.0, self)

    def __pos__(self) -> Node:
        return self

    def __lt__(self, other: Operand) -> Node:
        return relation("<", self, other)

    def __le__(self, other: Operand) -> Node:
        return relation("<=", self, other)

    def __gt__(self, other: Operand) -> Node:
        return relation(">", self, other)

    def __ge__(self, other: Operand) -> Node:
        return relation(">=", self, other)

    def __bool__(self) -> bool:
        raise WrongInput("an expression has no truth value; use piecewise(value, condition, otherwise)")

    def __repr__(self) -> str:
        return f"<{self.kind} {self.payload}>" if self.payload != "" else f"<{self.kind} of {len(self.args)}>"

    def __reduce__(self) -> tuple[object, ...]:
        # flat, so that a deep expression does not recurse
        order = topological([self])
        place = {node: index for index, node in enumerate(order)}
        return _from_rows, ([(node.kind, node.payload, [place[child] for child in node.args]) for node in order],)


Operand = Node | float | int

_table: weakref.WeakValueDictionary[tuple[object, ...], Node] = weakref.WeakValueDictionary()
_lock = threading.Lock()


def _make(kind: Kind, payload: float | str, args: tuple[Node, ...] = ()) -> Node:
    # -0.0 equals 0.0 but is another number, and nan equals nothing: the key holds the exact bits.
    key = (kind, payload.hex() if isinstance(payload, float) else payload, args)
    with _lock:
        found = _table.get(key)
        if found is None:
            found = object.__new__(Node)
            found.kind, found.payload, found.args = kind, payload, args
            if kind == "symbol":
                found.symbols = frozenset((str(payload),))
            elif len(args) == 1:
                found.symbols = args[0].symbols
            else:
                found.symbols = frozenset().union(*(arg.symbols for arg in args))
            _table[key] = found
        return found


def _from_rows(rows: Sequence[tuple[Kind, float | str, Sequence[int]]]) -> Node:
    made: list[Node] = []
    for kind, payload, children in rows:
        made.append(_make(kind, payload, tuple(made[child] for child in children)))
    return made[-1]


def node_of(kind: Kind, payload: float | str, children: Sequence[Node]) -> Node:
    """The node of exactly this content, without simplification: to build again what was a graph before."""
    return _make(kind, payload, tuple(children))


def number(value: float) -> Node:
    """A constant; its unit is dimensionless."""
    return _make("number", float(value))


def symbol(name: str) -> Node:
    """A named quantity such as `gene.mrna`; the model gives it a value and a unit."""
    return _make("symbol", name)


def as_node(value: Operand) -> Node:
    """The node itself, or a number made into one."""
    return value if isinstance(value, Node) else number(value)


ZERO, ONE, MINUS_ONE = number(0.0), number(1.0), number(-1.0)
TIME = symbol("time")


def add(*terms: Operand) -> Node:
    """The sum; nested sums are flattened and numbers gathered in front."""
    total, rest = 0.0, []
    for term in map(as_node, terms):
        for part in term.args if term.kind == "sum" and len(term.args) <= LONGEST_FLAT else (term,):
            if part.kind == "number":
                total += float(part.payload)
            else:
                rest.append(part)
    if total != 0.0 or not rest:
        rest.insert(0, number(total))
    return rest[0] if len(rest) == 1 else _make("sum", "", tuple(rest))


def multiply(*factors: Operand) -> Node:
    """The product; nested products are flattened, numbers gathered in front, and zero times anything is zero."""
    coefficient, rest = 1.0, []
    for factor in map(as_node, factors):
        for part in factor.args if factor.kind == "product" and len(factor.args) <= LONGEST_FLAT else (factor,):
            if part.kind == "number":
                coefficient *= float(part.payload)
            else:
                rest.append(part)
    if coefficient == 0.0:
        return ZERO
    if coefficient != 1.0 or not rest:
        rest.insert(0, number(coefficient))
    return rest[0] if len(rest) == 1 else _make("product", "", tuple(rest))


def power(base: Operand, exponent: Operand) -> Node:
    """The power; numbers are folded where the result is a finite real number."""
    base, exponent = as_node(base), as_node(exponent)
    if exponent is ONE or base is ONE:
        return base
    if exponent is ZERO:
        return ONE
    if base.kind == exponent.kind == "number":
        folded = _fold(lambda: float(base.payload) ** float(exponent.payload))
        if folded is not None:
            return number(folded)
    if base.kind == "power" and exponent.kind == "number" and base.args[1].kind == "number":
        inner, outer = float(base.args[1].payload), float(exponent.payload)
        if inner.is_integer() and outer.is_integer():  # (x^a)^b is x^(ab) for every x only then
            return power(base.args[0], inner * outer)
    return _make("power", "", (base, exponent))


def call(name: str, *args: Operand) -> Node:
    """A function of the table in `functions`, by name; calls on numbers are folded."""
    nodes = tuple(map(as_node, args))
    if name in EARLIER:
        if name == "delay" and nodes[1] is ZERO:
            return nodes[0]
        return _make("function", name, nodes)
    function = FUNCTIONS[name]
    if len(nodes) != function.arity:
        raise WrongInput(f"{name}() takes {function.arity} argument(s), not {len(nodes)}")
    if all(node.kind == "number" for node in nodes):
        folded = _fold(lambda: function.scalar(*(float(node.payload) for node in nodes)))
        if folded is not None:
            return number(folded)
    return _make("function", name, nodes)


def delayed(what: Operand, by: Operand) -> Node:
    """The value that an expression had so long ago."""
    return call("delay", what, by)


def is_delayed(node: Node) -> bool:
    """Whether the node is the value that an expression had some time ago."""
    return node.kind == "function" and node.payload == "delay"


def relation(operator: str, left: Operand, right: Operand) -> Node:
    """A comparison; `operator` is one of < <= > >= == !=."""
    if operator not in RELATIONS:
        raise WrongInput(f"'{operator}' is no comparison; use one of {' '.join(RELATIONS)}")
    return _make("relation", operator, (as_node(left), as_node(right)))


def logic(operator: str, *args: Node) -> Node:
    """`and`, `or` or `not` of conditions."""
    if operator not in CONNECTIVES or (operator == "not" and len(args) != 1) or not args:
        raise WrongInput(f"'{operator}' of {len(args)} condition(s) is not a logical expression")
    return _make("logic", operator, args)


def piecewise(value: Operand, condition: Node, otherwise: Operand) -> Node:
    """`value` where the condition holds, else `otherwise`; only the chosen branch is evaluated."""
    if not is_condition(condition):
        raise WrongInput("the second argument of piecewise() must be a comparison such as x > 0")
    value, otherwise = as_node(value), as_node(otherwise)
    if condition.kind == "relation" and all(node.kind == "number" for node in condition.args):
        left, right = (float(node.payload) for node in condition.args)
        return value if _COMPARE[str(condition.payload)](left, right) else otherwise
    return value if value is otherwise else _make("piecewise", "", (value, condition, otherwise))


def is_condition(node: Node) -> bool:
    """Whether the node is true or false rather than a number."""
    return node.kind in ("relation", "logic")


def _fold(compute: Callable[[], float | complex]) -> float | None:
    try:
        result = compute()
    except (ArithmeticError, ValueError):
        return None
    return float(result) if isinstance(result, float) and math.isfinite(result) else None


def topological(outputs: Iterable[Node]) -> list[Node]:
    """Every node that the outputs need, once, children before parents; no recursion, so depth does not matter."""
    order: list[Node] = []
    seen: set[Node] = set()
    stack: list[tuple[Node, bool]] = [(output, False) for output in reversed(list(outputs))]
    while stack:
        node, children_done = stack.pop()
        if children_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            if node.args:
                stack.append((node, True))
                stack.extend([(child, False) for child in reversed(node.args)])
            else:
                order.append(node)
    return order


def rebuild(node: Node, args: Sequence[Node]) -> Node:
    """The same kind of node over other children, simplified anew."""
    if node.kind == "sum":
        return add(*args)
    if node.kind == "product":
        return multiply(*args)
    if node.kind == "power":
        return power(*args)
    if node.kind == "function":
        return call(str(node.payload), *args)
    if node.kind == "piecewise":
        return piecewise(*args)
    if node.kind == "relation":
        return relation(str(node.payload), *args)
    if node.kind == "logic":
        return logic(str(node.payload), *args)
    return node


def substitute(outputs: Sequence[Node], replacements: Mapping[str, Node]) -> list[Node]:
    """The outputs with symbols replaced by expressions, all at once (replacements are not replaced again)."""
    names = frozenset(replacements)
    new: dict[Node, Node] = {}
    for node in topological(outputs):
        if not node.symbols & names:
            new[node] = node
        elif node.kind == "symbol":
            new[node] = replacements[str(node.payload)]
        else:
            new[node] = rebuild(node, [new[child] for child in node.args])
    return [new[output] for output in outputs]
