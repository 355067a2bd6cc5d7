"""Whether a reaction may run backwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exokinetics.expressions.graph import Node, substitute, topological
from exokinetics.model.whole import Model

_ALWAYS = ("exp", "hill", "abs", "sqrt", "cosh")
_LIKE_ARGUMENTS = ("min", "max", "floor", "ceil", "sinh", "tanh", "asinh", "atan")


def may_be_negative(factors: Sequence[Node], model: Model, observables: Mapping[str, Node]) -> bool:
    """Whether a product could be below zero while every species is at or above it.

    `observables` are the observables of the model over species, parameters and time.
    """
    written_out = substitute(factors, observables)
    known: dict[Node, bool] = {}
    for part in topological(written_out):
        known[part] = _safe(part, known, model)
    return not all(known[node] for node in written_out)


def _safe(node: Node, known: Mapping[Node, bool], model: Model) -> bool:
    if node.kind == "number":
        return float(node.payload) >= 0.0
    if node.kind == "symbol":
        return _safe_symbol(str(node.payload), model)
    if node.kind in ("sum", "product"):
        return all(known[child] for child in node.args)
    if node.kind == "power":
        return known[node.args[0]]
    if node.kind == "piecewise":
        return known[node.args[0]] and known[node.args[2]]
    if node.kind == "function":
        name = str(node.payload)
        return name in _ALWAYS or (name in _LIKE_ARGUMENTS and all(known[child] for child in node.args))
    return True


def _safe_symbol(name: str, model: Model) -> bool:
    if name in model.whole.species:
        return model.whole.species[name].nonnegative
    if name in model.whole.parameters:
        return model.whole.parameters[name].value.value >= 0.0
    return name == "time"
