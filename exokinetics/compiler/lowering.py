"""Expressions to machine code: every node once, in rows of any width."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from exokinetics.compiler.looking_up import look_up
from exokinetics.expressions.graph import EARLIER, Node, topological
from exokinetics.machine import elementary
from exokinetics.machine.code import Code, Mask, Number

LARGEST_POWER = 16  # whole exponents up to here are multiplied out
TOGETHER = 4
COSTLY = ("exp", "log", "log2", "log10", "hill", "quick_exp2", "quick_log2")
C_LIBRARY = ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh")


class Lowering:
    """Writes expressions into a function; `read` gives the value of a symbol."""

    def __init__(self, code: Code, width: int, read: Callable[[str], Number]) -> None:
        self.code, self.width, self.read = code, width, read
        self._numbers: dict[Node, Number] = {}
        self._masks: dict[Node, Mask] = {}
        self._uses: Counter[Node] = Counter()
        self._terms: set[Node] = set()

    def __call__(self, outputs: Sequence[Node]) -> list[Number]:
        """The values of the expressions."""
        order = topological(outputs)
        self._uses = Counter([child for node in order for child in node.args])
        self._uses.update(outputs)
        self._terms = {term for node in order if node.kind == "sum" for term in node.args if self._is_term(term)}
        # what calls need comes first: no register keeps a row of numbers through a call
        for costly, level in _levels(topological([node for node in order if _is_costly(node)])):
            self._together([node for node in costly if node not in self._numbers])
            self._write(level)
        self._write([node for node in order if not _is_costly(node)])
        return [self._value(node) for node in outputs]

    def _write(self, nodes: Sequence[Node]) -> None:
        for node in nodes:
            if node.kind in ("relation", "logic"):
                if node not in self._masks:
                    self._masks[node] = self._mask(node)
            elif node not in self._numbers and node not in self._terms and not self._is_divisor(node):
                self._numbers[node] = self._number(node)

    def _together(self, nodes: Sequence[Node]) -> None:
        """Calls of one function that wait for nothing: in one set alone, several side by side in one row."""
        by_name: dict[str, list[Node]] = {}
        for node in nodes:
            by_name.setdefault(_name(node), []).append(node)
        for name, group in by_name.items():
            side_by_side = TOGETHER if self.width == 1 and len(group) > 1 else 1
            for first in range(0, len(group), side_by_side):
                some = group[first : first + side_by_side]
                rows = [[self._value(child) for child in node.args] for node in some]
                if side_by_side == 1:
                    results = [self.code.elementary(name, *rows[0])]
                else:
                    columns = zip(*rows, strict=True)
                    joined = [self.code.joined(column, side_by_side) for column in columns]
                    results = self.code.elementary(name, *joined).lanes(len(some))
                self._numbers.update(zip(some, results, strict=True))

    def _is_divisor(self, node: Node) -> bool:
        """A reciprocal that stands in one product alone: that product divides."""
        return node.kind == "power" and node.args[1].payload == -1.0 and self._uses[node] == 1

    def _value(self, node: Node) -> Number:
        if node not in self._numbers:
            self._numbers[node] = 1.0 / self._numbers[node.args[0]]
        return self._numbers[node]

    def _number(self, node: Node) -> Number:
        if node.kind == "number":
            return self.code.number(float(node.payload), self.width)
        if node.kind == "symbol":
            return self.read(str(node.payload))
        if node.kind == "sum":
            return self._sum(node.args)
        if node.kind == "product":
            return self._product(node.args)
        if node.kind == "power":
            return self._power(*node.args)
        if node.kind == "piecewise":
            return self._masks[node.args[1]].choose(self._value(node.args[0]), self._value(node.args[2]))
        arguments = [self._value(child) for child in node.args]
        if node.payload in EARLIER:
            time, by, place, table = arguments
            return look_up(self.code, time, by, place, table, slope=node.payload == "history_slope")
        return self._call(str(node.payload), arguments)

    def _sum(self, terms: Sequence[Node]) -> Number:
        first, *rest = terms
        total = self._product(first.args) if first in self._terms else self._value(first)
        for term in rest:
            total = self._added(total, term)
        return total

    def _added(self, total: Number, term: Node) -> Number:
        """A sum and one more term; a product that stands here alone is rounded with it, once."""
        if term not in self._terms:
            return total + self._value(term)
        negative = term.args[0].payload == -1.0
        *others, last = [self._value(factor) for factor in term.args[negative:]]
        product = _multiplied(others)
        return self.code.multiply_add(-product if negative else product, last, total)

    def _is_term(self, node: Node) -> bool:
        """A product of two factors or more that stands in one sum alone and divides by nothing."""
        if node.kind != "product" or self._uses[node] != 1 or any(self._is_divisor(factor) for factor in node.args):
            return False
        return len(node.args) > 1 + (node.args[0].payload == -1.0)

    def _product(self, factors: Sequence[Node]) -> Number:
        below = [factor for factor in factors if factor not in self._numbers and self._is_divisor(factor)]
        above = [self._value(factor) for factor in factors if factor not in below]
        negative = bool(factors[0].payload == -1.0 and len(above) > 1)
        product = _multiplied(above[1:] if negative else above) if above else self.code.number(1.0, self.width)
        if below:
            product = product / _multiplied([self._numbers[factor.args[0]] for factor in below])
        return -product if negative else product

    def _power(self, base: Node, exponent: Node) -> Number:
        number, value = self._value(base), exponent.payload
        if _is_multiplied_out(exponent) and isinstance(value, float):
            if abs(value) == 0.5:
                root = self._intrinsic("sqrt", number)
                return root if value > 0 else 1.0 / root
            raised = _whole_power(number, int(abs(value)))
            return raised if value > 0 else 1.0 / raised
        raise AssertionError("powers by a function are worked out with those that wait for nothing")

    def _call(self, name: str, arguments: list[Number]) -> Number:
        if name in C_LIBRARY:
            values = [argument.value for argument in arguments]
            return Number(
                self.code, elementary.per_lane(self.code.builder, self.code.module, name, values), self.width
            )  # fmt: skip
        if name == "abs":
            return arguments[0].absolute()
        if name in ("sqrt", "floor", "ceil"):
            return self._intrinsic(name, arguments[0])
        if name in ("min", "max"):
            choose = elementary.smallest if name == "min" else elementary.largest
            return Number(self.code, choose(self.code.builder, *(item.value for item in arguments)), self.width)
        raise AssertionError(f"{name} is worked out with those that wait for nothing")

    def _intrinsic(self, name: str, argument: Number) -> Number:
        return Number(self.code, elementary.intrinsic(self.code.builder, name, argument.value), self.width)

    def _mask(self, node: Node) -> Mask:
        if node.kind == "relation":
            left, right = (self._value(child) for child in node.args)
            return left.compare(str(node.payload), right)
        masks = [self._masks[child] for child in node.args]
        if node.payload == "not":
            return ~masks[0]
        joined = masks[0]
        for mask in masks[1:]:
            joined = joined & mask if node.payload == "and" else joined | mask
        return joined


def _levels(order: Sequence[Node]) -> list[tuple[list[Node], list[Node]]]:
    """The costly functions and the other nodes, by how many costly functions stand one after another below them."""
    depth: dict[Node, int] = {}
    levels: list[tuple[list[Node], list[Node]]] = [([], [])]
    for node in order:
        below, costly = 0, _is_costly(node)
        for child in node.args:
            below = max(below, depth[child])
        depth[node] = below + costly
        if depth[node] == len(levels):
            levels.append(([], []))
        levels[depth[node]][not costly].append(node)
    return levels


def _is_costly(node: Node) -> bool:
    """Whether a function of ours is called."""
    if node.kind == "function":
        return node.payload in COSTLY
    return node.kind == "power" and not _is_multiplied_out(node.args[1])


def _is_multiplied_out(exponent: Node) -> bool:
    value = exponent.payload
    if exponent.kind != "number" or not isinstance(value, float):
        return False
    return abs(value) == 0.5 or (value.is_integer() and 0 < abs(value) <= LARGEST_POWER)


def _name(node: Node) -> str:
    return "power" if node.kind == "power" else str(node.payload)


def _multiplied(numbers: Sequence[Number]) -> Number:
    product = numbers[0]
    for number in numbers[1:]:
        product = product * number
    return product


def _whole_power(base: Number, exponent: int) -> Number:
    """By squaring: the same multiplications in every lane."""
    result: Number | None = None
    while True:
        if exponent & 1:
            result = base if result is None else result * base
        exponent >>= 1
        if not exponent:
            assert result is not None
            return result
        base = base * base
