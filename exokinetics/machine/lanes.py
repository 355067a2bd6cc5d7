"""Arithmetic on values of LLVM IR that are one double or a vector of doubles, in the same steps for every width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from exokinetics.machine import ir

_VELTKAMP = 2.0**27 + 1.0  # splits a double into two halves of 26 bits


class Pair(NamedTuple):
    """An unevaluated sum of two doubles: `low` is what `high` lost in rounding."""

    high: ir.Value
    low: ir.Value


def intrinsic(builder: ir.Builder, name: str, *arguments: ir.Value) -> ir.Value:
    """Call `llvm.<name>` on doubles or vectors of doubles, for instance "floor", "ceil", "sqrt", "fabs" or "fma"."""
    kind = arguments[0].type
    return builder.call(builder.module.declared(f"llvm.{name}.{kind.suffix}", kind, len(arguments)), arguments)


class Lanes:
    """The arithmetic of one operand type: `kind` is double or a vector of doubles.

    With `fused`, the processor has a fused multiply-add, and a product that is added is rounded once, with the sum.
    """

    def __init__(self, builder: ir.Builder, kind: ir.Type, *, fused: bool) -> None:
        self.builder = builder
        self.kind = kind
        self.fused = fused
        self.whole = ir.row(ir.INTEGER, kind.count)

    def number(self, value: float) -> ir.Value:
        return self.builder.constant(self.kind, float(value))

    def integer(self, value: int) -> ir.Value:
        return self.builder.constant(self.whole, value)

    def bits(self, value: ir.Value) -> ir.Value:
        return self.builder.bitcast(value, self.whole)

    def double(self, bits: ir.Value) -> ir.Value:
        return self.builder.bitcast(bits, self.kind)

    def add(self, left: ir.Value, right: ir.Value) -> ir.Value:
        return self.builder.fadd(left, right)

    def subtract(self, left: ir.Value, right: ir.Value) -> ir.Value:
        return self.builder.fsub(left, right)

    def multiply(self, left: ir.Value, right: ir.Value) -> ir.Value:
        return self.builder.fmul(left, right)

    def multiply_add(self, left: ir.Value, right: ir.Value, addend: ir.Value) -> ir.Value:
        """left * right + addend, rounded once or twice: only for sums that bear either."""
        if self.fused:
            return intrinsic(self.builder, "fma", left, right, addend)
        return self.add(self.multiply(left, right), addend)

    def ordered(self, left: ir.Value, relation: str, right: ir.Value) -> ir.Value:
        """A comparison that is false where either side is nan."""
        return self.builder.fcmp(ir.ORDERED[relation], left, right)

    def unordered(self, left: ir.Value, right: ir.Value) -> ir.Value:
        """Whether either side is nan."""
        return self.builder.fcmp("uno", left, right)

    def select(self, condition: ir.Value, chosen: ir.Value, otherwise: ir.Value) -> ir.Value:
        return self.builder.select(condition, chosen, otherwise)

    def clamp(self, value: ir.Value, lowest: float, highest: float) -> ir.Value:
        """Within bounds; nan stays nan. In this form each bound is one minimum or maximum instruction."""
        low, high = self.number(lowest), self.number(highest)
        value = self.select(self.ordered(low, ">", value), low, value)
        return self.select(self.ordered(high, "<", value), high, value)

    def sum(self, larger: ir.Value, smaller: ir.Value) -> Pair:
        """The exact sum, provided that the exponent of `larger` is no less, or that `larger` is zero."""
        high = self.add(larger, smaller)
        return Pair(high, self.subtract(smaller, self.subtract(high, larger)))

    def product(self, left: ir.Value, right: ir.Value) -> Pair:
        """The exact product, by Dekker's splitting without fused multiply-add: then no factor may be above 2^996."""
        high = self.multiply(left, right)
        if self.fused:
            return Pair(high, self.multiply_add(left, right, self.builder.fneg(high)))
        a, b = self._halves(left), self._halves(right)
        rest = self.subtract(self.multiply(a.high, b.high), high)
        rest = self.add(rest, self.multiply(a.high, b.low))
        rest = self.add(rest, self.multiply(a.low, b.high))
        return Pair(high, self.add(rest, self.multiply(a.low, b.low)))

    def pair_product(self, left: Pair, right: Pair) -> Pair:
        """The product of two sums, but for the product of the low parts."""
        high, low = self.product(left.high, right.high)
        low = self.multiply_add(left.high, right.low, low)
        return Pair(high, self.multiply_add(left.low, right.high, low))

    def polynomial(self, argument: ir.Value, coefficients: Sequence[float]) -> ir.Value:
        """The polynomial with the constant coefficient first, in pairs of pairs (Estrin): a short chain of steps."""
        terms: list[ir.Value] = [self.number(each) for each in coefficients]
        power = argument
        while True:
            pairs = [self.multiply_add(terms[i + 1], power, terms[i]) for i in range(0, len(terms) - 1, 2)]
            terms = pairs + terms[2 * len(pairs) :]
            if len(terms) == 1:
                return terms[0]
            power = self.multiply(power, power)

    def _halves(self, value: ir.Value) -> Pair:
        scaled = self.multiply(value, self.number(_VELTKAMP))
        high = self.subtract(scaled, self.subtract(scaled, value))
        return Pair(high, self.subtract(value, high))
