"""Expressions to a Python function, through a syntax tree built node by node: no text is compiled."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from types import CodeType, FunctionType
from typing import Any

from exokinetics.expressions.functions import FUNCTIONS, hill_array
from exokinetics.expressions.graph import Node, topological

_COMPARISONS: dict[str, type[ast.cmpop]] = {
    "<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE, "==": ast.Eq, "!=": ast.NotEq,
}  # fmt: skip
# Python's compiler recurses over a statement, so its depth is kept small.
_LONGEST_INLINE = 12  # operations nested in one statement
_LONGEST_CHAIN = 64  # terms or factors joined in one expression
_LONGEST_ELSE = 12  # alternatives nested in each other


def build_function(
    outputs: Sequence[Node], arguments: Mapping[str, str | Sequence[str]], *, arrays: bool = False
) -> Callable[..., list[Any]]:
    """A function that returns the values of `outputs` as a list.

    `arguments` names its parameters in order: a symbol (passed as one number) or a sequence of symbols (passed as an
    indexable of numbers). With `arrays`, every number may be a numpy array and both branches of a piecewise are
    evaluated. Errors of float arithmetic (division by zero, overflow, domain) are raised, not turned into nan.
    """
    writer = _Writer(arguments, arrays)
    body = writer.statements(outputs)
    definition = ast.FunctionDef(
        name="evaluate",
        args=ast.arguments(
            posonlyargs=[], args=[ast.arg(arg=f"a{index}") for index in range(len(arguments))],
            kwonlyargs=[], kw_defaults=[], defaults=[],
        ),
        body=body,
        decorator_list=[],
    )  # fmt: skip
    if hasattr(definition, "type_params"):  # a required field since Python 3.12
        definition.type_params = []
    module = ast.fix_missing_locations(ast.Module(body=[definition], type_ignores=[]))
    code = compile(module, "<rate equations>", "exec")
    inner = next(constant for constant in code.co_consts if isinstance(constant, CodeType))
    function: Callable[..., list[Any]] = FunctionType(inner, _namespace(arrays))
    return function


def _namespace(arrays: bool) -> dict[str, Any]:
    if not arrays:
        return {f"f_{name}": function.scalar for name, function in FUNCTIONS.items()}
    import numpy as np

    names: dict[str, Any] = {
        f"f_{name}": hill_array if name == "hill" else getattr(np, function.array)
        for name, function in FUNCTIONS.items()
    }
    return names | {
        "where": np.where, "both": np.logical_and, "either": np.logical_or, "negate": np.logical_not,
    }  # fmt: skip


class _Writer:
    """Writes each node once: shared or large ones into a local variable, the others in place."""

    def __init__(self, arguments: Mapping[str, str | Sequence[str]], arrays: bool) -> None:
        self.arrays = arrays
        self.variables = 0
        self.places: dict[str, ast.expr] = {}
        for index, names in enumerate(arguments.values()):
            argument = _load(f"a{index}")
            if isinstance(names, str):
                self.places[names] = argument
            else:
                for position, name in enumerate(names):
                    self.places[name] = ast.Subscript(value=argument, slice=ast.Constant(position), ctx=ast.Load())

    def statements(self, outputs: Sequence[Node]) -> list[ast.stmt]:
        order = topological(outputs)
        self.order = {node: index for index, node in enumerate(order)}
        self.uses = Counter(child for node in order for child in node.args)
        self.uses.update(outputs)
        self.needs = _always_needed(order, both_branches=self.arrays)
        body, values = self._scope(outputs, {})
        return [*body, ast.Return(value=ast.List(elts=values, ctx=ast.Load()))]

    def _scope(self, outputs: Sequence[Node], known: Mapping[Node, ast.expr]) -> tuple[list[ast.stmt], list[ast.expr]]:
        """Statements that make every output available, and the expressions that then name them."""
        written, depth, body = dict(known), dict.fromkeys(known, 1), list[ast.stmt]()
        wanted = frozenset().union(*(self.needs[output] for output in outputs))
        for node in sorted(wanted - written.keys(), key=self.order.__getitem__):
            expression, before = self._expression(node, written)
            body.extend(before)
            depth[node] = 1 + max((depth.get(child, 1) for child in node.args), default=0)
            shared = self.uses[node] > 1 or depth[node] > _LONGEST_INLINE
            if shared and node.kind != "number":
                expression, depth[node] = self._store(expression, body), 1
            written[node] = expression
        return body, [written[output] for output in outputs]

    def _store(self, expression: ast.expr, body: list[ast.stmt]) -> ast.expr:
        self.variables += 1
        name = f"v{self.variables}"
        body.append(_assign(name, expression))
        return _load(name)

    def _choice(self, node: Node, written: dict[Node, ast.expr]) -> tuple[ast.expr, list[ast.stmt]]:
        """Evaluate only the chosen branch: the other may divide by zero."""
        pieces, last = _pieces(node)
        if len(pieces) > _LONGEST_ELSE:
            return self._many_choices(pieces, last, written)
        value, condition, otherwise = node.args
        body, (chosen,) = self._scope([value], written)
        rest, (other,) = self._scope([otherwise], written)
        if not body and not rest:
            return ast.IfExp(test=written[condition], body=chosen, orelse=other), []
        self.variables += 1
        target = f"v{self.variables}"
        body.append(_assign(target, chosen))
        rest.append(_assign(target, other))
        return _load(target), [ast.If(test=written[condition], body=body, orelse=rest)]

    def _many_choices(
        self, pieces: Sequence[tuple[Node, Node]], last: Node, written: dict[Node, ast.expr]
    ) -> tuple[ast.expr, list[ast.stmt]]:
        """One `if` after another behind a flag, where nesting them would be too deep."""
        self.variables += 2
        target, chosen = f"v{self.variables}", f"v{self.variables - 1}"
        found = _assign(chosen, ast.Constant(True))
        statements: list[ast.stmt] = [_assign(chosen, ast.Constant(False))]
        for value, condition in pieces:
            before, (test,) = self._scope([condition], written)
            body, (result,) = self._scope([value], written)
            inner = ast.If(test=test, body=[*body, _assign(target, result), found], orelse=[])
            statements.append(ast.If(test=_not(_load(chosen)), body=[*before, inner], orelse=[]))
        body, (result,) = self._scope([last], written)
        statements.append(ast.If(test=_not(_load(chosen)), body=[*body, _assign(target, result)], orelse=[]))
        return _load(target), statements

    def _expression(self, node: Node, written: dict[Node, ast.expr]) -> tuple[ast.expr, list[ast.stmt]]:
        if node.kind == "piecewise" and not self.arrays:
            return self._choice(node, written)
        return self._plain(node, written), []

    def _plain(self, node: Node, written: dict[Node, ast.expr]) -> ast.expr:
        args = [written[child] for child in node.args]
        if node.kind == "number":
            return ast.Constant(float(node.payload))
        if node.kind == "symbol":
            return self.places[str(node.payload)]
        if node.kind == "sum":
            return _sum(args)
        if node.kind == "product":
            return _product(node, written)
        if node.kind == "power":
            return _power(node, args)
        if node.kind == "function":
            return _call(f"f_{node.payload}", args)
        if node.kind == "piecewise":
            return _call("where", [args[1], args[0], args[2]])
        if node.kind == "relation":
            return ast.Compare(left=args[0], ops=[_COMPARISONS[str(node.payload)]()], comparators=[args[1]])
        return self._logic(str(node.payload), args)

    def _logic(self, operator: str, args: list[ast.expr]) -> ast.expr:
        if operator == "not":
            return _call("negate", args) if self.arrays else _not(args[0])
        if not self.arrays:
            return ast.BoolOp(op=ast.And() if operator == "and" else ast.Or(), values=args)
        joined = args[0]
        for arg in args[1:]:
            joined = _call("both" if operator == "and" else "either", [joined, arg])
        return joined


def _always_needed(order: Sequence[Node], *, both_branches: bool) -> dict[Node, frozenset[Node]]:
    """The nodes that evaluating a node always evaluates: of a piecewise, what both of its branches share."""
    needs: dict[Node, frozenset[Node]] = {}
    for node in order:
        if node.kind == "piecewise" and not both_branches:
            value, condition, otherwise = (needs[child] for child in node.args)
            inner = condition | (value & otherwise)
        else:
            inner = frozenset().union(*(needs[child] for child in node.args))
        needs[node] = inner | {node}
    return needs


def _pieces(node: Node) -> tuple[list[tuple[Node, Node]], Node]:
    """The (value, condition) pairs of a piecewise and of those that follow it, and the last alternative."""
    pieces = []
    while node.kind == "piecewise":
        pieces.append((node.args[0], node.args[1]))
        node = node.args[2]
    return pieces, node


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign(targets=[ast.Name(id=name, ctx=ast.Store())], value=value)


def _not(operand: ast.expr) -> ast.expr:
    return ast.UnaryOp(op=ast.Not(), operand=operand)


def _load(name: str) -> ast.expr:
    return ast.Name(id=name, ctx=ast.Load())


def _call(name: str, args: list[ast.expr]) -> ast.expr:
    return ast.Call(func=_load(name), args=args, keywords=[])


def _join(operator: ast.operator, left: ast.expr, right: ast.expr) -> ast.expr:
    return ast.BinOp(left=left, op=operator, right=right)


def _sum(args: list[ast.expr]) -> ast.expr:
    return _fold(_add, args)


def _add(left: ast.expr, right: ast.expr) -> ast.expr:
    if isinstance(right, ast.UnaryOp) and isinstance(right.op, ast.USub):
        return _join(ast.Sub(), left, right.operand)
    return _join(ast.Add(), left, right)


def _multiply(left: ast.expr, right: ast.expr) -> ast.expr:
    return _join(ast.Mult(), left, right)


def _fold(join: Callable[[ast.expr, ast.expr], ast.expr], parts: list[ast.expr]) -> ast.expr:
    """Join from the left; of very many parts, groups first, because Python's compiler recurses over a statement."""
    while len(parts) > _LONGEST_CHAIN:
        groups = range(0, len(parts), _LONGEST_CHAIN)
        parts = [reduce(join, parts[first : first + _LONGEST_CHAIN]) for first in groups]
    return reduce(join, parts)


def _product(node: Node, written: dict[Node, ast.expr]) -> ast.expr:
    negative = node.args[0].payload == -1.0 and len(node.args) > 1
    factors = node.args[1:] if negative else node.args
    above = [written[child] for child in factors if not _is_reciprocal(child)]
    below = [written[child.args[0]] for child in factors if _is_reciprocal(child)]
    joined = _fold(_multiply, above) if above else ast.Constant(1.0)
    if len(below) > _LONGEST_CHAIN:
        below = [_fold(_multiply, below)]
    for divisor in below:
        joined = _join(ast.Div(), joined, divisor)
    return ast.UnaryOp(op=ast.USub(), operand=joined) if negative else joined


def _power(node: Node, args: list[ast.expr]) -> ast.expr:
    if _is_reciprocal(node):
        return _join(ast.Div(), ast.Constant(1.0), args[0])
    exponent = node.args[1]
    if exponent.kind == "number" and exponent.payload == 2.0 and isinstance(args[0], ast.Name):
        return _join(ast.Mult(), args[0], args[0])
    if exponent.kind == "number" and exponent.payload == 0.5:
        return _call("f_sqrt", [args[0]])
    return _join(ast.Pow(), args[0], args[1])


def _is_reciprocal(node: Node) -> bool:
    return node.kind == "power" and node.args[1].kind == "number" and node.args[1].payload == -1.0
