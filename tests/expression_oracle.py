"""An interpreter of expressions in 50 digits, and random expressions, for the tests."""

import mpmath
from hypothesis import strategies as st

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

DIGITS = 50
PLACES = {"x": 0.7310585786, "y": 1.9372413, "gene.mrna": 23.1871}  # no number below is near one of them

_PLAIN = {"abs": abs, "min": min, "max": max}


def exact(node: Node, values: dict[str, float]) -> mpmath.mpf:
    """The value in 50 digits; raises where it is not a finite real number."""
    with mpmath.workdps(DIGITS):
        found: dict[Node, object] = {}
        for part in topological([node]):
            found[part] = _exact(part, [found[child] for child in part.args], values)
        result = found[node]
        if not isinstance(result, mpmath.mpf) or not mpmath.isfinite(result):
            raise ArithmeticError("not a finite real number")
        return result


def _exact(node: Node, args: list, values: dict[str, float]):
    if node.kind == "number":
        return mpmath.mpf(float(node.payload))
    if node.kind == "symbol":
        return mpmath.mpf(values[str(node.payload)])
    if node.kind == "sum":
        return mpmath.fsum(args)
    if node.kind == "product":
        return mpmath.fprod(args)
    if node.kind == "power":
        return mpmath.power(*args)
    if node.kind == "piecewise":
        return args[0] if args[1] else args[2]
    if node.kind == "relation":
        left, right = args
        return {
            "<": left < right, "<=": left <= right, ">": left > right,
            ">=": left >= right, "==": left == right, "!=": left != right,
        }[str(node.payload)]  # fmt: skip
    if node.kind == "logic":
        return {"and": all, "or": any, "not": lambda given: not given[0]}[str(node.payload)](args)
    return exact_function(str(node.payload), *args)


def exact_function(name: str, *args):
    """A function of the table, from mpmath and from the definition of Hill."""
    if name == "hill":
        x, half, exponent = args
        return x**exponent / (half**exponent + x**exponent) if x > 0 else mpmath.mpf(0)
    if name == "log2":
        return mpmath.log(args[0], 2)
    return _PLAIN.get(name, getattr(mpmath, name, None))(*args)


numbers = st.sampled_from([0.1, 0.25, 1.0, 2.0, 3.5, 10.0])
names = st.sampled_from(sorted(PLACES))
positive_leaves = numbers.map(number) | names.map(symbol)
exponents = st.sampled_from([-2.0, -1.0, -0.5, 0.5, 1.5, 2.0, 3.0])
comparisons = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])


def _conditions(leaves):
    simple = st.builds(relation, comparisons, leaves, leaves)
    joined = st.builds(logic, st.sampled_from(["and", "or"]), simple, simple)
    return simple | joined | joined.map(lambda condition: logic("not", condition))


def _larger_positive(inner):
    condition = _conditions(positive_leaves)
    return st.one_of(
        st.builds(add, inner, inner),
        st.builds(multiply, inner, inner),
        st.builds(lambda a, b: a / b, inner, inner),
        st.builds(power, inner, exponents),
        st.builds(lambda name, a: call(name, a), st.sampled_from(["tanh", "sqrt", "asinh", "atan"]), inner),
        st.builds(lambda name, a, b: call(name, a, b), st.sampled_from(["min", "max"]), inner, inner),
        st.builds(lambda a, b, n: call("hill", a, b, n), inner, inner, st.sampled_from([1.0, 1.5, 2.0])),
        st.builds(piecewise, inner, condition, inner),
    )


# Sums, products and functions of positive values alone: nothing cancels, so rounding stays small.
positive_expressions = st.recursive(positive_leaves, _larger_positive, max_leaves=12)

signed_leaves = positive_leaves | numbers.map(lambda value: number(-value))


def _larger(inner):
    return st.one_of(
        _larger_positive(inner),
        st.builds(lambda a, b: a - b, inner, inner),
        inner.map(lambda a: -a),
        st.builds(lambda a, b: power(a, call("sin", b)), positive_leaves, inner),  # a tower of powers has no end
        st.builds(lambda name, a: call(name, a), st.sampled_from(["sin", "cos", "abs"]), inner),
        st.builds(piecewise, inner, _conditions(signed_leaves), inner),
    )


# Anything: differences cancel and powers may have no real value, so these are compared in 50 digits only.
expressions = st.recursive(signed_leaves, _larger, max_leaves=12)


def agree(first: mpmath.mpf, second: mpmath.mpf, digits: int) -> bool:
    """Whether two values agree to so many digits, absolutely where both are below 1."""
    with mpmath.workdps(DIGITS):
        return abs(first - second) <= mpmath.mpf(10) ** -digits * max(1, abs(first))
