"""MathML, as libSBML's trees, to expressions; function definitions are written out where they are called."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from functools import cache
from itertools import pairwise
from typing import Any

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.expressions.graph import (
    ONE,
    TIME,
    ZERO,
    Node,
    add,
    call,
    is_condition,
    logic,
    multiply,
    number,
    piecewise,
    relation,
    substitute,
    symbol,
    topological,
)  # fmt: skip
from exokinetics.sbml.binding import libsbml
from exokinetics.sbml.functions import ARGUMENTS, hill_body
from exokinetics.sbml.operators import CALLS, COMPOSED, RELATIONS, as_condition, as_number

MAX_CALL = 20_000  # vertices made by writing out one call of a function
MAX_WORK = 2_000_000  # by all calls of one document
DELAYED = "delayed.d"  # the names of delayed values, with a number behind


@cache
def _types() -> dict[int, str]:
    library = libsbml()
    return {
        getattr(library, name): name.removeprefix("AST_").removeprefix("FUNCTION_")
        for name in dir(library)
        if name.startswith("AST_") and isinstance(getattr(library, name), int)
    } | {library.AST_FUNCTION: "USER", library.AST_FUNCTION_POWER: "POWER"}


class FormulaReader:
    """Reads formulas of one document.

    `functions` holds the function definitions by id; `resolve` gives the expression of a `<ci>` name outside them.
    `rates_of` collects the symbols that stand for a rate of change, each with the id of what changes, and `delays`
    those that stand for a delayed value, each with what is delayed and by how much; their names are none of `taken`.
    Every fault is a `WrongInput` that says which operator or name is meant.
    """

    def __init__(
        self, functions: Mapping[str, Any], resolve: Callable[[str], Node], taken: Collection[str] = ()
    ) -> None:  # fmt: skip
        self._definitions = functions
        self._bodies: dict[str, tuple[list[str], Node]] = {}
        self._open: list[str] = []
        self._work = 0
        self._resolve, self._taken = [resolve], frozenset(taken)
        self.rates_of: dict[str, str] = {}
        self.delays: dict[str, tuple[Node, Node]] = {}

    def read(self, tree: Any, local: Mapping[str, Node] | None = None) -> Node:
        """The expression of a formula; `local` names come before those of the model."""
        outer = self._resolve[-1]
        if local:
            self._resolve.append(lambda name: local[name] if name in local else outer(name))
        try:
            return as_number(self._node(tree))
        except RecursionError:
            raise WrongInput("the formula is nested too deeply; simplify it") from None
        finally:
            if local:
                self._resolve.pop()

    def _node(self, tree: Any) -> Node:
        kind = _types().get(tree.getType(), "UNKNOWN")
        if kind in ("PLUS", "TIMES"):
            return self._chain(tree, kind)
        if kind in _LEAVES:
            return _LEAVES[kind](tree)
        if kind == "NAME":
            return self._resolve[-1](tree.getName())
        if kind in ("USER", "CSYMBOL_FUNCTION"):
            return self._call(tree)
        if kind == "RATE_OF":
            return self._rate_of(tree)
        if kind == "DELAY":
            return self._delay(tree)
        args = [self._node(tree.getChild(index)) for index in range(tree.getNumChildren())]
        return _apply(kind, args)

    def _chain(self, tree: Any, kind: str) -> Node:
        """A long sum or product, which libSBML nests to the left."""
        operands = []
        while _types().get(tree.getType()) == kind and tree.getNumChildren() == 2:
            operands.append(tree.getChild(1))
            tree = tree.getChild(0)
        if _types().get(tree.getType()) == kind:
            operands.extend(tree.getChild(index) for index in reversed(range(tree.getNumChildren())))
        else:
            operands.append(tree)
        nodes = [as_number(self._node(operand)) for operand in reversed(operands)]
        return add(*nodes) if kind == "PLUS" else multiply(*nodes)

    def _delay(self, tree: Any) -> Node:
        """A symbol for a delayed value, which is known once all rules are read."""
        if tree.getNumChildren() != 2:
            raise WrongInput(f"'delay' takes a formula and a time, not {tree.getNumChildren()} arguments")
        if self._open:
            raise WrongInput("'delay' stands in a function, where SBML does not allow it; put it into the call")
        value, by = (as_number(self._node(tree.getChild(index))) for index in range(2))
        number = len(self.delays) + 1
        while (name := f"{DELAYED}{number}") in self._taken or name in self.delays:
            number += 1
        self.delays[name] = value, by
        return symbol(name)

    def _rate_of(self, tree: Any) -> Node:
        """A symbol for the rate of change of a name, which is known once all reactions and rules are read."""
        if tree.getNumChildren() != 1:
            raise WrongInput(f"'rateOf' takes one name, not {tree.getNumChildren()} arguments")
        of = self._node(tree.getChild(0))
        if self._open:
            raise WrongInput("'rateOf' stands in a function, where SBML does not allow it; put it into the call")
        if of.kind != "symbol" or of is TIME:
            raise WrongInput("'rateOf' of anything but the name of a species, compartment or parameter is not defined")
        name = f"{of.payload}.rate_of"
        self.rates_of[name] = str(of.payload)
        return symbol(name)

    def _call(self, tree: Any) -> Node:
        name = tree.getName()
        if name not in self._definitions:
            hint = did_you_mean(name, self._definitions) if self._definitions else ""
            raise WrongInput(f"'{name}' is not a function of the file{hint}")
        arguments, body = self._body(name)
        given = [as_number(self._node(tree.getChild(index))) for index in range(tree.getNumChildren())]
        if len(given) != len(arguments):
            raise WrongInput(f"the function '{name}' takes {len(arguments)} argument(s), not {len(given)}")
        if body is _hill_over(arguments):
            return call("hill", *given)
        work = _work(body, given)
        self._work += work
        if work > MAX_CALL or self._work > MAX_WORK:
            raise WrongInput(f"the function '{name}' is too large to be written out wherever it is called; simplify it")
        return substitute([body], dict(zip(arguments, given, strict=True)))[0]

    def _body(self, name: str) -> tuple[list[str], Node]:
        """The arguments, as symbols that no model has, and the expression over them."""
        if name in self._bodies:
            return self._bodies[name]
        if name in self._open:
            circle = " -> ".join([*self._open, name])
            raise WrongInput(f"the function '{name}' calls itself ({circle}); break the circle")
        definition = self._definitions[name]
        if definition.getBody() is None:
            raise WrongInput(f"the function '{name}' has no formula")
        count = definition.getNumArguments()
        local = {definition.getArgument(index).getName(): symbol(f":{index}") for index in range(count)}

        def resolve(argument: str) -> Node:
            if argument not in local:
                raise WrongInput(f"the function '{name}' names '{argument}', which is none of its arguments")
            return local[argument]

        self._open.append(name)
        self._resolve.append(resolve)
        try:
            body = self._node(definition.getBody())
        finally:
            self._resolve.pop()
            self._open.pop()
        self._bodies[name] = [f":{index}" for index in range(count)], body
        return self._bodies[name]


def _hill_over(arguments: list[str]) -> Node | None:
    if len(arguments) != len(ARGUMENTS):
        return None
    return substitute([hill_body()], {name: symbol(own) for name, own in zip(ARGUMENTS, arguments, strict=True)})[0]


def _work(body: Node, given: list[Node]) -> int:
    """What writing out costs: functions that double their argument, called in each other, would go on without end."""
    parts = topological([body])
    widest = max(1, max(len(part.args) for part in parts))
    return len(parts) + widest * max([1, *(len(part.args) for part in given)])


def _apply(kind: str, args: list[Node]) -> Node:
    if kind in RELATIONS:
        return _relation(RELATIONS[kind], [as_number(arg) for arg in args])
    if kind.startswith("LOGICAL_"):
        return _logic(kind.removeprefix("LOGICAL_"), [as_condition(arg) for arg in args])
    if kind == "PIECEWISE":
        return _piecewise(args)
    numbers = [as_number(arg) for arg in args]
    if kind in CALLS and len(numbers) == 1:
        return call(CALLS[kind], numbers[0])
    if kind in COMPOSED:
        shown, counts, build = COMPOSED[kind]
        if len(numbers) not in counts:
            raise WrongInput(f"'{shown}' does not take {len(numbers)} argument(s)")
        return build(*numbers)
    shown = {"RATE_OF": "rateOf"}.get(kind, kind.lower().replace("_", " "))
    raise WrongInput(f"'{shown}' in a formula is not supported yet")


def _relation(operator: str, args: list[Node]) -> Node:
    if len(args) < 2:
        raise WrongInput(f"a comparison '{operator}' needs two operands")
    pairs = [relation(operator, left, right) for left, right in pairwise(args)]
    return pairs[0] if len(pairs) == 1 else logic("and", *pairs)


def _logic(operator: str, args: list[Node]) -> Node:
    if operator == "NOT" and len(args) == 1:
        return logic("not", args[0])
    if operator in ("AND", "OR"):
        if not args:
            return as_condition(ONE if operator == "AND" else ZERO)
        return args[0] if len(args) == 1 else logic(operator.lower(), *args)
    if operator == "XOR":
        result = args[0] if args else as_condition(ZERO)
        for arg in args[1:]:
            result = logic("or", logic("and", result, logic("not", arg)), logic("and", logic("not", result), arg))
        return result
    if operator == "IMPLIES" and len(args) == 2:
        return logic("or", logic("not", args[0]), args[1])
    raise WrongInput(f"'{operator.lower()}' of {len(args)} condition(s) is not a logical expression")


def _piecewise(args: list[Node]) -> Node:
    if len(args) % 2 == 0:  # without an <otherwise> it has no value where no condition holds
        if args and is_condition(args[0]):
            raise WrongInput(
                "a piecewise of conditions has no <otherwise>, so it may be neither true nor false; add one"
            )
        args = [*args, number(math.nan)]
    result = args[-1]
    wanted_logic = all(is_condition(arg) for arg in [*args[:-1:2], result])
    for index in range(len(args) - 3, -1, -2):
        result = piecewise(as_number(args[index]), as_condition(args[index + 1]), as_number(result))
    return as_condition(result) if wanted_logic else as_number(result)


def _decimal(tree: Any) -> Node:
    """Mantissa and exponent joined as text: their product would lose a digit."""
    return number(float(f"{tree.getMantissa()!r}e{tree.getExponent()}"))


def _ratio(tree: Any) -> Node:
    if tree.getDenominator() == 0:
        raise WrongInput("a rational number has the denominator 0")
    return number(tree.getNumerator() / tree.getDenominator())


_LEAVES: dict[str, Callable[[Any], Node]] = {
    "INTEGER": lambda tree: number(float(tree.getInteger())),
    "REAL": lambda tree: number(tree.getReal()),
    "REAL_E": _decimal,
    "RATIONAL": _ratio,
    "NAME_TIME": lambda tree: TIME,
    "NAME_AVOGADRO": lambda tree: number(tree.getReal()),
    "CONSTANT_E": lambda tree: number(math.e),
    "CONSTANT_PI": lambda tree: number(math.pi),
    "CONSTANT_TRUE": lambda tree: as_condition(ONE),
    "CONSTANT_FALSE": lambda tree: as_condition(ZERO),
}
