"""What depends on inputs alone is worked out once for each parameter set, not at every step."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from exokinetics.expressions.graph import Node, add, call, multiply, node_of, piecewise, rebuild, symbol, topological


def derived_symbol(index: int) -> str:
    """The name of a derived input; no model id has a colon."""
    return f"derived:{index}"


def hoisted(outputs: Sequence[Node], inputs: Collection[str]) -> tuple[list[Node], list[Node]]:
    """The outputs over further symbols `derived:0`, `derived:1` ..., and the expressions that these stand for."""
    hoist = _Hoist(frozenset(inputs))
    for node in topological(outputs):
        hoist.visit(node)
    return [hoist.used(output) for output in outputs], list(hoist.places)


class _Hoist:
    """Rewrites expressions from the leaves up."""

    def __init__(self, inputs: frozenset[str]) -> None:
        self.inputs = inputs
        self.places: dict[Node, Node] = {}
        self._new: dict[Node, Node] = {}

    def visit(self, node: Node) -> None:
        """Rewrite a node whose children were visited."""
        if self._is_constant(node):
            return  # replaced where something that moves needs it
        if node.kind == "symbol":
            self._new[node] = node
        elif node.kind == "sum":
            self._new[node] = self._collected(node)
        elif node.kind == "product":
            if any(child.kind == "product" for child in node.args):  # very long, in parts: not by recursion
                self._new[node] = self._gathered(node)
        else:
            args = [self.used(child) for child in node.args]
            self._new[node] = self._hill(node, args) if node.payload == "hill" else rebuild(node, args)

    def used(self, node: Node) -> Node:
        """What stands for a node in others."""
        if not self._is_constant(node):
            if node not in self._new:  # a product, which may be collected in a sum and then does not stand alone
                self._new[node] = self._gathered(node)
            return self._new[node]
        if node.kind in ("number", "symbol", "relation", "logic"):
            return node
        return self.places.setdefault(node, symbol(derived_symbol(len(self.places))))

    def _is_constant(self, node: Node) -> bool:
        return node.symbols <= self.inputs

    def _gathered(self, node: Node) -> Node:
        """A product with its constant factors made one; a sign stays where it is."""
        sign = [child for child in node.args[:1] if child.payload == -1.0]
        constant = [child for child in node.args[len(sign) :] if self._is_constant(child)]
        moving = [self.used(child) for child in node.args if not self._is_constant(child)]
        held = [self.used(multiply(*constant))] if constant else []
        return multiply(*sign, *held, *moving)

    def _collected(self, node: Node) -> Node:
        """A sum with its constant terms made one, and those that are multiples of the same: a x - b x is (a - b) x."""
        constant = [child for child in node.args if self._is_constant(child)]
        multiples: dict[tuple[Node, ...], list[Node]] = {}
        for child in node.args:
            if not self._is_constant(child):
                multiples.setdefault(self._moving(child), []).append(child)
        held = [self.used(add(*constant))] if constant else []
        return add(*held, *(self._multiple(factors, terms) for factors, terms in multiples.items()))

    def _multiple(self, factors: Sequence[Node], terms: Sequence[Node]) -> Node:
        if len(terms) == 1:
            return self.used(terms[0])
        return multiply(self.used(add(*(multiply(*self._constant(term)) for term in terms))), *factors)

    def _moving(self, term: Node) -> tuple[Node, ...]:
        factors = term.args if term.kind == "product" else (term,)
        return tuple([self.used(factor) for factor in factors if not self._is_constant(factor)])

    def _constant(self, term: Node) -> list[Node]:
        return [factor for factor in term.args if self._is_constant(factor)] if term.kind == "product" else []

    def _hill(self, node: Node, args: Sequence[Node]) -> Node:
        """By one logarithm and one exponential, the logarithm of a constant K ahead of time; 0 for x <= 0.

        Where x is far below K this is off by rounding times log(K/x): nothing beside the error of any integrator.
        """
        x, half, exponent = args
        log_half = self.used(call("log2", node.args[1])) if self._is_constant(node.args[1]) else call("log2", half)
        raised = node_of("function", "quick_exp2", [exponent * (log_half - node_of("function", "quick_log2", [x]))])
        return piecewise(1.0 / (1.0 + raised), x > 0.0, 0.0)
