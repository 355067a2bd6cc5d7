"""An expression as text that `parse` reads back."""

from __future__ import annotations

import math
from collections.abc import Callable

from exokinetics.expressions.graph import Node, topological

# binding strength, weakest first, as in Python's own grammar
_OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _UNARY, _POWER, _ATOM = range(9)


def number_text(value: float) -> str:
    """The shortest text that reads back to the same number."""
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def to_text(node: Node, rename: Callable[[str], str] | None = None) -> str:
    """The expression in the notation of model files; `rename` changes the names of its symbols."""
    written: dict[Node, tuple[str, int]] = {}
    for part in topological([node]):
        written[part] = _write(part, written, rename)
    return written[node][0]


def _write(node: Node, written: dict[Node, tuple[str, int]], rename: Callable[[str], str] | None) -> tuple[str, int]:
    def inside(child: Node, strength: int) -> str:
        text, own = written[child]
        return text if own >= strength else f"({text})"

    args = node.args
    if node.kind == "number":
        text = number_text(float(node.payload))
        return text, _UNARY if text.startswith("-") else _ATOM
    if node.kind == "symbol":
        name = str(node.payload)
        return (rename(name) if rename else name), _ATOM
    if node.kind == "sum":
        return _sum(node, inside), _SUM
    if node.kind == "product":
        return _product(node, inside)
    if node.kind == "power":
        if _is_number(args[1], 0.5):
            return f"sqrt({inside(args[0], 0)})", _ATOM
        if args[1].kind == "number" and float(args[1].payload) < 0:
            return _product(node, inside)
        return f"{inside(args[0], _ATOM)}**{inside(args[1], _ATOM)}", _POWER
    if node.kind == "relation":
        return f"{inside(args[0], _SUM)} {node.payload} {inside(args[1], _SUM)}", _COMPARISON
    if node.kind == "logic":
        if node.payload == "not":
            return f"not {inside(args[0], _COMPARISON)}", _NOT
        strength = _AND if node.payload == "and" else _OR
        return f" {node.payload} ".join(inside(child, strength + 1) for child in args), strength
    name = "piecewise" if node.kind == "piecewise" else str(node.payload)
    return f"{name}({', '.join(inside(child, 0) for child in args)})", _ATOM


def _sum(node: Node, inside: Callable[[Node, int], str]) -> str:
    pieces = [inside(term, _PRODUCT) for term in node.args]
    # a number stands first in the graph; people write it last, unless the sum would begin with a minus
    if node.args[0].kind == "number" and (pieces[0].startswith("-") or not pieces[1].startswith("-")):
        pieces.append(pieces.pop(0))
    text = ""
    for piece in pieces:
        if not text:
            text = piece
        elif piece.startswith("-"):
            text += f" - {piece[1:]}"
        else:
            text += f" + {piece}"
    return text


def _product(node: Node, inside: Callable[[Node, int], str]) -> tuple[str, int]:
    factors = node.args if node.kind == "product" else (node,)
    above, below, sign = [], [], ""
    for factor in factors:
        if _is_number(factor, -1.0) and len(factors) > 1:
            sign = "-"
        elif factor.kind == "power" and factor.args[1].kind == "number" and float(factor.args[1].payload) < 0:
            exponent = -float(factor.args[1].payload)
            base = inside(factor.args[0], _ATOM)
            if exponent == 0.5:
                below.append(f"sqrt({inside(factor.args[0], 0)})")
            else:
                below.append(base if exponent == 1.0 else f"{base}**{number_text(exponent)}")
        else:
            above.append(inside(factor, _UNARY))
    text = sign + ("*".join(above) or "1")
    if below:
        text += "/" + (below[0] if len(below) == 1 else f"({'*'.join(below)})")
    return text, _PRODUCT


def _is_number(node: Node, value: float) -> bool:
    return node.kind == "number" and node.payload == value
