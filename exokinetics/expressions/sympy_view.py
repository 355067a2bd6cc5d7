"""sympy as the public view of an expression: out for reading, in for expressions that a user built."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from exokinetics.errors import WrongInput
from exokinetics.expressions.functions import FUNCTIONS
from exokinetics.expressions.graph import (
    Node,
    add,
    call,
    logic,
    multiply,
    number,
    piecewise,
    power,
    relation,
    symbol,
    topological,
)  # fmt: skip

if TYPE_CHECKING:
    import sympy

_SYMPY_NAMES = {"abs": "Abs", "ceil": "ceiling", "min": "Min", "max": "Max"}
_RELATIONS = {
    "StrictLessThan": "<", "LessThan": "<=", "StrictGreaterThan": ">", "GreaterThan": ">=",
    "Equality": "==", "Unequality": "!=",
}  # fmt: skip


def to_sympy(node: Node) -> sympy.Expr:
    """The same expression in sympy; ids become symbols of the same name, hill() is written out."""
    import sympy

    made: dict[Node, Any] = {}
    for part in topological([node]):
        made[part] = _to_sympy(part, [made[child] for child in part.args], sympy)
    result: sympy.Expr = made[node]
    return result


def _to_sympy(node: Node, args: list[Any], sympy: Any) -> Any:
    if node.kind == "number":
        value = float(node.payload)
        return sympy.Integer(int(value)) if value.is_integer() and abs(value) < 1e15 else sympy.Float(value)
    if node.kind == "symbol":
        return sympy.Symbol(str(node.payload))
    if node.kind == "sum":
        return sympy.Add(*args)
    if node.kind == "product":
        return sympy.Mul(*args)
    if node.kind == "power":
        return sympy.Pow(*args)
    if node.kind == "piecewise":
        return sympy.Piecewise((args[0], args[1]), (args[2], True))
    if node.kind == "relation":
        return sympy.Rel(args[0], args[1], str(node.payload))
    if node.kind == "logic":
        return {"and": sympy.And, "or": sympy.Or, "not": sympy.Not}[str(node.payload)](*args)
    name = str(node.payload)
    if name == "hill":
        x, half, exponent = args
        return sympy.Piecewise((x**exponent / (half**exponent + x**exponent), x > 0), (sympy.Integer(0), True))
    if name == "delay":
        return sympy.Function("delay")(*args)
    if name in ("log10", "log2"):
        return sympy.log(args[0]) / sympy.log(int(name[3:]))
    return getattr(sympy, _SYMPY_NAMES.get(name, name))(*args)


def from_sympy(expression: sympy.Basic) -> Node:
    """An expression that was built in sympy (objects only; text is not read)."""
    import sympy

    if not isinstance(expression, sympy.Basic):
        raise WrongInput(
            f"from_sympy() takes a sympy expression, not {type(expression).__name__}; use parse() for text"
        )
    made: dict[Any, Node] = {}
    for part in sympy.postorder_traversal(expression):
        if part not in made and not isinstance(part, sympy.functions.elementary.piecewise.ExprCondPair):
            made[part] = _from_sympy(part, made, sympy)
    return made[expression]


def _from_sympy(part: Any, made: dict[Any, Node], sympy: Any) -> Node:
    if part.is_Symbol:
        return symbol(part.name)
    if isinstance(part, sympy.Piecewise):
        return _piecewise(part, made, sympy)
    if part in (sympy.true, sympy.false):
        return relation("==" if part == sympy.true else "!=", 0.0, 0.0)
    if part.is_number and not part.args:
        value = float(part) if part.is_extended_real else math.nan  # zoo and I are no floats
        if not math.isfinite(value):
            raise WrongInput(f"{part} is not a finite real number")
        return number(value)
    args = [made[child] for child in part.args]
    name = type(part).__name__
    if part.is_Add:
        return add(*args)
    if part.is_Mul:
        return multiply(*args)
    if part.is_Pow:
        return power(*args)
    if name == "exp":
        return call("exp", *args)
    if name in _RELATIONS:
        return relation(_RELATIONS[name], *args)
    if name in ("And", "Or", "Not"):
        return logic(name.lower(), *args)
    if name == "ITE":  # what sympy makes of a choice inside a condition
        condition, yes, no = args
        return logic("or", logic("and", condition, yes), logic("and", logic("not", condition), no))
    ours = {theirs: own for own, theirs in _SYMPY_NAMES.items()}.get(name, name)
    if ours in ("min", "max"):
        joined = args[0]
        for arg in args[1:]:
            joined = call(ours, joined, arg)
        return joined
    if ours in FUNCTIONS:
        return call(ours, *args)
    raise WrongInput(f"the sympy function '{name}' has no counterpart here")


def _piecewise(part: Any, made: dict[Any, Node], sympy: Any) -> Node:
    pairs = [(made[value], condition) for value, condition in part.args]
    if pairs[-1][1] != sympy.true:
        raise WrongInput("a sympy Piecewise needs a last branch that always holds")
    node = pairs[-1][0]
    for value, condition in reversed(pairs[:-1]):
        node = piecewise(value, made[condition], node)
    return node
