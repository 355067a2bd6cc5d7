"""Text to expression, by a walk over a whitelisted syntax tree. Nothing of the text is ever run."""

from __future__ import annotations

import ast
import math

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.expressions.functions import FUNCTIONS
from exokinetics.expressions.graph import (
    Node,
    add,
    call,
    is_condition,
    logic,
    multiply,
    number,
    piecewise,
    power,
    relation,
    symbol,
    topological,
)  # fmt: skip

MAX_LENGTH = 6000
MAX_DEPTH = 100

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
_CONSTANTS = {"pi": math.pi}


def syntax_tree(text: str, what: str) -> ast.expr:
    """The syntax tree of a short ASCII text, or `WrongInput` that says why `what` cannot be read."""
    if not isinstance(text, str) or not text.strip():
        raise WrongInput(f"{what} is empty; write an expression")
    if len(text) > MAX_LENGTH:
        raise WrongInput(f"{what} has {len(text)} characters; at most {MAX_LENGTH} are read")
    if not text.isascii():
        strange = next(character for character in text if not character.isascii())
        raise WrongInput(f"{what} holds the character {strange!r}; only ASCII is read")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        detail = getattr(error, "msg", None) or "it is nested too deeply"
        raise WrongInput(f"{what} '{shorten(text)}' cannot be read: {detail}") from None


def shorten(text: str, limit: int = 60) -> str:
    """The text on one line, cut where it is long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 3] + "..."


def parse(text: str) -> Node:
    """The expression written in `text`: + - * / **, comparisons, and/or/not, functions, and ids with dots.

    Raises `WrongInput` for anything else, over-long or over-deep text, and numbers that are not finite.
    """
    tree = syntax_tree(text, "the expression")
    try:
        node = _read(tree, 0)
        if any(part.kind == "number" and not math.isfinite(float(part.payload)) for part in topological([node])):
            raise WrongInput("a number is too large to be represented")
    except WrongInput as error:
        raise WrongInput(f"{error} (in '{shorten(text)}')") from None
    return node


def _read(tree: ast.expr, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise WrongInput(f"the expression is nested more than {MAX_DEPTH} deep")
    if isinstance(tree, ast.Constant):
        return _constant(tree)
    if isinstance(tree, (ast.Name, ast.Attribute)):
        name = dotted(tree)
        return number(_CONSTANTS[name]) if name in _CONSTANTS else symbol(name)
    if isinstance(tree, ast.BinOp):
        return _arithmetic(tree, depth)
    if isinstance(tree, ast.UnaryOp):
        if isinstance(tree.op, ast.Not):
            return logic("not", _condition(tree.operand, depth + 1))
        operand = _value(tree.operand, depth + 1)
        if isinstance(tree.op, ast.USub):
            return -operand
        if isinstance(tree.op, ast.UAdd):
            return operand
    if isinstance(tree, ast.Compare):
        return _comparison(tree, depth)
    if isinstance(tree, ast.BoolOp):
        operator = "and" if isinstance(tree.op, ast.And) else "or"
        return logic(operator, *(_condition(value, depth + 1) for value in tree.values))
    if isinstance(tree, ast.Call):
        return _function(tree, depth)
    raise WrongInput(f"'{type(tree).__name__.lower()}' is not allowed in an expression")


def _value(tree: ast.expr, depth: int) -> Node:
    node = _read(tree, depth)
    if is_condition(node):
        raise WrongInput("a comparison stands where a number is needed; use piecewise(value, condition, otherwise)")
    return node


def _condition(tree: ast.expr, depth: int) -> Node:
    node = _read(tree, depth)
    if not is_condition(node):
        raise WrongInput("a number stands where a comparison such as x > 0 is needed")
    return node


def _constant(tree: ast.Constant) -> Node:
    if type(tree.value) not in (int, float):
        raise WrongInput(f"{shorten(repr(tree.value))} is not a number")
    try:
        value = float(tree.value)  # type: ignore[arg-type]  # the line above leaves int and float
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise WrongInput("a number is too large to be represented")
    return number(value)


def dotted(tree: ast.expr) -> str:
    """The id `a.b.c` of nested attributes of a plain name."""
    names: list[str] = []
    while isinstance(tree, ast.Attribute):
        names.append(tree.attr)
        tree = tree.value
    if not isinstance(tree, ast.Name):
        raise WrongInput("a dot may stand only between the names of an id")
    names.append(tree.id)
    if any(name.startswith("__") for name in names):
        raise WrongInput(f"'{'.'.join(reversed(names))}' is not an id")
    return ".".join(reversed(names))


def _arithmetic(tree: ast.BinOp, depth: int) -> Node:
    if isinstance(tree.op, ast.BitXor):
        raise WrongInput("'^' is not a power here; write **")
    # a long sum is a deep tree to the left; it is one node of the graph, so its depth does not count
    chain: list[tuple[ast.operator, ast.expr]] = []
    left: ast.expr = tree
    while isinstance(left, ast.BinOp) and isinstance(left.op, (ast.Add, ast.Sub, ast.Mult, ast.Div)):
        chain.append((left.op, left.right))
        left = left.left
    if chain:
        return _joined(_value(left, depth + 1), [(kind, _value(right, depth + 1)) for kind, right in reversed(chain)])
    if isinstance(tree.op, ast.Pow):
        return power(_value(tree.left, depth + 1), _value(tree.right, depth + 1))
    raise WrongInput(f"the operator '{type(tree.op).__name__.lower()}' is not allowed in an expression")


def _joined(first: Node, rest: list[tuple[ast.operator, Node]]) -> Node:
    """A chain of + - or * / from the left, its terms joined at once so that a long sum is one node."""
    parts, additive = [first], True
    for kind, node in rest:
        if isinstance(kind, (ast.Add, ast.Sub)) != additive:
            parts, additive = [add(*parts) if additive else multiply(*parts)], not additive
        if isinstance(kind, ast.Sub):
            node = -node
        elif isinstance(kind, ast.Div):
            node = power(node, -1.0)
        parts.append(node)
    return add(*parts) if additive else multiply(*parts)


def _comparison(tree: ast.Compare, depth: int) -> Node:
    operands = [_value(operand, depth + 1) for operand in (tree.left, *tree.comparators)]
    parts = []
    for operator, left, right in zip(tree.ops, operands, operands[1:], strict=False):
        if type(operator) not in _COMPARISONS:
            raise WrongInput(f"'{type(operator).__name__.lower()}' is not a comparison of numbers")
        parts.append(relation(_COMPARISONS[type(operator)], left, right))
    return parts[0] if len(parts) == 1 else logic("and", *parts)


def _function(tree: ast.Call, depth: int) -> Node:
    if not isinstance(tree.func, ast.Name) or tree.keywords or any(isinstance(arg, ast.Starred) for arg in tree.args):
        raise WrongInput("only the known functions may be called, with plain arguments")
    name = tree.func.id
    if name == "piecewise":
        return _piecewise(tree.args, depth)
    if name not in FUNCTIONS:
        raise WrongInput(f"'{name}' is not a known function{did_you_mean(name, [*FUNCTIONS, 'piecewise'])}")
    return call(name, *(_value(arg, depth + 1) for arg in tree.args))


def _piecewise(args: list[ast.expr], depth: int) -> Node:
    if len(args) < 3 or len(args) % 2 == 0:
        raise WrongInput("piecewise() takes value, condition, ..., otherwise")
    node = _value(args[-1], depth + 1)
    for index in range(len(args) - 3, -1, -2):
        node = piecewise(_value(args[index], depth + 1), _condition(args[index + 1], depth + 1), node)
    return node
