"""A bound on definitions that double each other: written out in one another they would fill the memory."""

from __future__ import annotations

from collections.abc import Mapping

from exokinetics.expressions.graph import Node, topological

MAX_TERMS = 200_000  # of one formula written out
MAX_TOTAL = 2_000_000  # of all formulas together
# a formula is compiled in one piece, in a time that grows faster than its length; the cost is about the instructions
COST_OF_FUNCTION = 20
WIDE = 20  # factors of a product, from which on the square is counted: its slope has a product for each of them
LONG, MAX_COST = 2_000, 100_000  # the cost from which on a formula is long, and of all long ones


def too_wide(definitions: Mapping[str, Node], uses: Mapping[str, int]) -> str:
    """The first definition that has too many terms once the others are written out in it; empty if none has.

    Sums of sums and products of products become one, so only those grow; everything else is shared. `uses` says how
    often a definition is copied, if not once.
    """
    widths: dict[str, int] = {}
    total = 0
    for name in _inner_first(definitions):
        widths[name] = _width(definitions[name], definitions, widths)
        total += widths[name] * uses.get(name, 1)
        if widths[name] > MAX_TERMS or total > MAX_TOTAL:
            return name
    return ""


def too_costly(definitions: Mapping[str, Node]) -> str:
    """The first definition with which the long ones would take more than some twenty seconds to compile, or nothing."""
    total = 0
    for name, node in definitions.items():
        cost = sum(map(_cost, topological([node])))
        total += cost if cost > LONG else 0
        if total > MAX_COST:
            return name
    return ""


def _cost(node: Node) -> int:
    width = len(node.args)
    if node.kind == "function":
        return COST_OF_FUNCTION
    if node.kind == "power":
        exponent = node.args[1]
        whole = exponent.kind == "number" and float(exponent.payload).is_integer()
        return 1 if whole else COST_OF_FUNCTION
    return width * width if node.kind == "product" and width > WIDE else max(width, 1)


def _inner_first(definitions: Mapping[str, Node]) -> list[str]:
    """The names, each behind those it uses; a circle is cut where it is met."""
    order: list[str] = []
    met: set[str] = set()
    for start in definitions:
        stack = [(start, False)]
        while stack:
            name, done = stack.pop()
            if done:
                order.append(name)
            elif name not in met:
                met.add(name)
                stack.append((name, True))
                stack.extend((other, False) for other in definitions[name].symbols & definitions.keys())
    return order


def _width(node: Node, definitions: Mapping[str, Node], widths: Mapping[str, int]) -> int:
    """The terms of the widest sum or product of the expression, its symbols written out."""
    if node.kind == "symbol":
        return widths.get(str(node.payload), 1)
    widest = 1
    for part in topological([node]):
        if part.kind in ("sum", "product"):
            names = [str(child.payload) if child.kind == "symbol" else "" for child in part.args]
            same = [name in widths and definitions[name].kind in (part.kind, "symbol") for name in names]
            widest = max(widest, sum(widths[name] if known else 1 for name, known in zip(names, same, strict=True)))
    return widest
