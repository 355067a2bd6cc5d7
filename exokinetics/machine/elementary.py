"""Elementary functions as straight LLVM IR, with the same steps in every lane: equal to the last bit at every width.

Each function takes and gives one double or a vector of doubles. There are no branches, tables, library calls (but in
`per_lane`) or fast-math flags. `fused` says whether the processor has a fused multiply-add; it may change the last bit.

The coefficients interpolate at Chebyshev nodes, computed with mpmath to 100 digits and rounded to double;
`tests/test_elementary.py` computes them anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from exokinetics.machine import ir
from exokinetics.machine.ir import bits_of
from exokinetics.machine.lanes import Lanes, Pair, intrinsic

__all__ = [
    "exp", "hill", "intrinsic", "largest", "log", "log2", "log10", "per_lane", "power", "quick_exp2", "quick_log2",
    "shared", "smallest",
]  # fmt: skip

# (exp(r) - 1 - r) / r^2 for |r| <= log(2)/2: relative error of exp(r) 2^-61.
EXPONENTIAL = (
    0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326141, 0.0013888888888883752,
    0.00019841269874800493, 2.4801587325533363e-05, 2.7557255425746435e-06, 2.7557273661348637e-07,
    2.510520637395701e-08, 2.0914679376583935e-09,
)  # fmt: skip
# (2 atanh(s)/s - 2) / s^2 as a polynomial in z = s^2, for (1+s)/(1-s) from sqrt(1/2) to sqrt(2): error of log 2^-57.
LOGARITHM = (
    0.666666666666667, 0.39999999999899505, 0.28571428625975487, 0.2222221113479508, 0.18182889125261723,
    0.15331721600556042, 0.14616449685043406,
)  # fmt: skip
# ((2 atanh(t/2)/t - 1) / t^2 - 1/12) / t^2 as a polynomial in t^2, with t = 2s: error of log 2^-66.
LONG_LOGARITHM = (
    0.0125, 0.002232142857142919, 0.0004340277777667233, 8.877840984040236e-05, 1.878002315783137e-05,
    4.069459301216231e-06, 8.931158859956654e-07, 2.2359945350833422e-07,
)  # fmt: skip

# (2^r - 1)/r for |r| <= 1/2: relative error of 2^r 2^-55.
POWER_OF_TWO = (
    0.6931471805599453, 0.24022650695910097, 0.0555041086648216, 0.009618129107606888, 0.0013333558146416936,
    0.0001540353044173605, 1.525273382983612e-05, 1.321544258792169e-06, 1.0178062445845774e-07,
    7.072585949269223e-09, 4.4549605981865186e-10,
)  # fmt: skip
# 2 atanh(s)/(s log(2)) as a polynomial in z = s^2, for the same s as above: relative error 2^-55.
BINARY_LOGARITHM = (
    2.8853900817779268, 0.9617966939259898, 0.5770780163455203, 0.4121985858409005, 0.32059853491395984,
    0.262334352504183, 0.2209130842311768, 0.2136589569431927,
)  # fmt: skip


class Constant(NamedTuple):
    """A real number in two doubles."""

    high: float
    low: float


TWELFTH = Constant(float.fromhex("0x1.5555555555555p-4"), float.fromhex("0x1.5555555555555p-58"))
ONE_BY_LOG_2 = Constant(float.fromhex("0x1.71547652b82fep+0"), float.fromhex("0x1.777d0ffda0d24p-56"))
ONE_BY_LOG_10 = Constant(float.fromhex("0x1.bcb7b1526e50ep-2"), float.fromhex("0x1.95355baaafad3p-57"))
# The high parts are multiples of 2^-42, so that their products with an exponent of two are exact.
LOG_2 = Constant(float.fromhex("0x1.62e42fefa3800p-1"), float.fromhex("0x1.ef35793c76730p-45"))
LOG_10_OF_2 = Constant(float.fromhex("0x1.34413509f8000p-2"), float.fromhex("-0x1.80433b83b532ap-44"))
ONE = Constant(1.0, 0.0)

INFINITE = math.inf
SMALLEST_NORMAL = 2.0**-1022
BITS_OF_ONE = bits_of(1.0)
BITS_OF_ROOT = bits_of(math.sqrt(0.5))
MANTISSA = 2**52 - 1
INTEGERS = 2.0**52  # from here on every double is an integer
ROUNDING = 1.5 * 2.0**52  # added to a small number, it leaves the nearest integer in the lowest bits
EXPONENT_BIAS = 1023.0
# exp overflows from 709.8 and vanishes below -745.2; the scale 2^n is made for a little more.
LOWEST, HIGHEST = -746.0, 710.0
# |log x| is at least 2^-53 where x is not 1, so that with a larger exponent the power is 0 or infinite as well.
LARGEST_EXPONENT = 2.0**64


def exp(builder: ir.Builder, x: ir.Value, *, fused: bool) -> ir.Value:
    """e^x, to 1 ulp."""
    return _exponential(Lanes(builder, x.type, fused=fused), x, None)


def log(builder: ir.Builder, x: ir.Value, *, fused: bool) -> ir.Value:
    """The natural logarithm, to 1 ulp: -infinity at 0, nan below."""
    lanes = Lanes(builder, x.type, fused=fused)
    exponent, mantissa = _parts(lanes, x)
    f = lanes.subtract(mantissa, lanes.number(1.0))
    s = builder.fdiv(f, lanes.add(mantissa, lanes.number(1.0)))
    z = lanes.multiply(s, s)
    # 2 atanh(s) = f - f^2/2 + s (f^2/2 + z P(z)): f is exact, and what is subtracted from it is small.
    square = lanes.multiply(lanes.multiply(f, lanes.number(0.5)), f)
    inner = lanes.multiply_add(z, lanes.polynomial(z, LOGARITHM), square)
    correction = lanes.multiply_add(s, inner, builder.fneg(square))
    high, low = lanes.sum(lanes.multiply(exponent, lanes.number(LOG_2.high)), f)
    low = lanes.multiply_add(exponent, lanes.number(LOG_2.low), low)
    return _logarithm_domain(lanes, x, lanes.add(high, lanes.add(low, correction)))


def log2(builder: ir.Builder, x: ir.Value, *, fused: bool) -> ir.Value:
    """The logarithm to base 2, to 1 ulp; exact for powers of two."""
    return _logarithm(Lanes(builder, x.type, fused=fused), x, ONE, ONE_BY_LOG_2)


def log10(builder: ir.Builder, x: ir.Value, *, fused: bool) -> ir.Value:
    """The logarithm to base 10, to 1 ulp; exact for powers of ten."""
    return _logarithm(Lanes(builder, x.type, fused=fused), x, LOG_10_OF_2, ONE_BY_LOG_10)


def quick_exp2(builder: ir.Builder, x: ir.Value, *, fused: bool) -> ir.Value:
    """2^x, to 2 ulp between 2^-1021 and 2^1023; beyond, 0 and infinity."""
    lanes = Lanes(builder, x.type, fused=fused)
    clamped = lanes.clamp(x, -EXPONENT_BIAS, EXPONENT_BIAS + 1.0)
    shifted = lanes.add(clamped, lanes.number(ROUNDING))
    r = lanes.subtract(clamped, lanes.subtract(shifted, lanes.number(ROUNDING)))
    value = lanes.multiply_add(r, lanes.polynomial(r, POWER_OF_TWO), lanes.number(1.0))
    return lanes.multiply(value, _power_of_two(lanes, lanes.bits(shifted)))


def quick_log2(builder: ir.Builder, x: ir.Value, *, fused: bool) -> ir.Value:
    """The logarithm to base 2 of a positive finite number, to 2^-52 of the larger of itself and 1.

    Of zero it is below -1074, of infinity 1024, and of anything else some number.
    """
    lanes = Lanes(builder, x.type, fused=fused)
    exponent, mantissa = _parts(lanes, x)
    one = lanes.number(1.0)
    s = builder.fdiv(lanes.subtract(mantissa, one), lanes.add(mantissa, one))
    series = lanes.polynomial(lanes.multiply(s, s), BINARY_LOGARITHM)
    return lanes.multiply_add(s, series, exponent)


def power(builder: ir.Builder, x: ir.Value, y: ir.Value, *, fused: bool) -> ir.Value:
    """x^y, to 2 ulp, with the special values of C99's `pow`."""
    lanes = Lanes(builder, x.type, fused=fused)
    value = _power_of_size(lanes, intrinsic(builder, "fabs", x), y)
    value = _with_sign(lanes, x, y, value)
    one = lanes.number(1.0)
    certain = builder.or_(lanes.ordered(x, "==", one), lanes.ordered(y, "==", lanes.number(0.0)))
    return lanes.select(certain, one, value)


def hill(builder: ir.Builder, x: ir.Value, half: ir.Value, exponent: ir.Value, *, fused: bool) -> ir.Value:
    """x^n / (K^n + x^n), 0 for x <= 0, nan where an operand is nan; in the ratio x/K, so that nothing overflows."""
    lanes = Lanes(builder, x.type, fused=fused)
    zero, one, nan = lanes.number(0.0), lanes.number(1.0), lanes.number(math.nan)
    ratio = builder.fdiv(x, half)
    above = lanes.ordered(ratio, ">", one)
    size = intrinsic(builder, "fabs", exponent)
    raised = power(builder, ratio, lanes.select(above, builder.fneg(size), size), fused=fused)
    # The larger of r^n and 1 is divided out; which of them it is turns with the sign of n.
    complement = builder.xor(above, lanes.ordered(exponent, "<", zero))
    value = builder.fdiv(lanes.select(complement, one, raised), lanes.add(one, raised))
    value = lanes.select(lanes.ordered(x, "<=", zero), zero, value)
    # power() forgives nan where the other operand decides.
    unknown = builder.or_(lanes.unordered(x, half), lanes.unordered(exponent, exponent))
    return lanes.select(unknown, nan, value)


def shared(builder: ir.Builder, function: Callable[..., ir.Value], *operands: ir.Value, fused: bool) -> ir.Value:
    """The value of `function(builder, *operands, fused=fused)`, by a call to a copy that is written once in a module.

    A call costs little beside a power or a Hill function, and compiling one of these in place takes milliseconds.
    """
    kind, module = operands[0].type, builder.module
    name = f"exokinetics.{function.__name__}.{kind.count}.{'fused' if fused else 'plain'}"
    if name not in module.globals:
        made = ir.Function(module, name, kind, [kind] * len(operands), inner=True, attributes="noinline nounwind")
        inner = ir.Builder(made)
        inner.tabulated = True
        inner.ret(function(inner, *made.args, fused=fused))
    return builder.call(module.function(name), operands)


def smallest(builder: ir.Builder, left: ir.Value, right: ir.Value) -> ir.Value:
    """Python's min() of two numbers, and nan where either is nan."""
    return _chosen(builder, "<", left, right)


def largest(builder: ir.Builder, left: ir.Value, right: ir.Value) -> ir.Value:
    """Python's max() of two numbers, and nan where either is nan."""
    return _chosen(builder, ">", left, right)


def per_lane(builder: ir.Builder, module: ir.Module, name: str, arguments: Sequence[ir.Value]) -> ir.Value:
    """Call the C library's function `name` of doubles, once per lane."""
    function, kind = module.declared(name, ir.DOUBLE, len(arguments)), arguments[0].type
    if kind is ir.DOUBLE:
        return builder.call(function, arguments)
    result = ir.poison(kind)
    for lane in range(kind.count):
        value = builder.call(function, [builder.extract_element(each, lane) for each in arguments])
        result = builder.insert_element(result, value, lane)
    return result


def _chosen(builder: ir.Builder, relation: str, left: ir.Value, right: ir.Value) -> ir.Value:
    better = builder.fcmp(ir.ORDERED[relation], right, left)
    unknown = builder.fcmp("uno", right, right)
    return builder.select(builder.or_(better, unknown), right, left)


def _exponential(lanes: Lanes, high: ir.Value, low: ir.Value | None) -> ir.Value:
    """exp(high + low) = 2^n exp(r) with |r| <= log(2)/2; `low` is at most about 2^-32 of `high`."""
    builder = lanes.builder
    clamped = lanes.clamp(high, LOWEST, HIGHEST)
    rounded = lanes.multiply_add(clamped, lanes.number(ONE_BY_LOG_2.high), lanes.number(ROUNDING))
    n = lanes.subtract(rounded, lanes.number(ROUNDING))
    r_high = lanes.multiply_add(n, lanes.number(-LOG_2.high), clamped)  # exact, fused or not
    if low is None:
        r_low = lanes.multiply(n, lanes.number(-LOG_2.low))
    else:
        # Beyond the bounds the low part may be large, and does not count.
        low = lanes.select(lanes.ordered(clamped, "==", high), low, lanes.number(0.0))
        r_low = lanes.multiply_add(n, lanes.number(-LOG_2.low), low)
    r = lanes.add(r_high, r_low)
    # 1 + r_high is carried exactly, and all else is small: so little more than the last rounding is lost.
    whole, lost = lanes.sum(lanes.number(1.0), r_high)
    lost = lanes.add(lost, r_low)
    rest = lanes.multiply_add(lanes.multiply(r, r), lanes.polynomial(r, EXPONENTIAL), lost)
    # 2^n in two factors: neither leaves the range, the first product is exact, and the second rounds as it must.
    half = lanes.multiply_add(n, lanes.number(0.5), lanes.number(ROUNDING))
    first = _power_of_two(lanes, lanes.bits(half))
    second = _power_of_two(lanes, builder.sub(lanes.bits(rounded), lanes.bits(half)))
    return lanes.multiply(lanes.multiply_add(rest, first, lanes.multiply(whole, first)), second)


def _power_of_two(lanes: Lanes, exponent: ir.Value) -> ir.Value:
    """2^n, where n is in the lowest twelve bits of an integer."""
    builder = lanes.builder
    return lanes.double(builder.add(builder.shl(exponent, ir.constant(lanes.whole, 52)), lanes.integer(BITS_OF_ONE)))


def _parts(lanes: Lanes, x: ir.Value) -> tuple[ir.Value, ir.Value]:
    """x = 2^k m with m from sqrt(1/2) to sqrt(2), for positive finite x: k, as a double, and m."""
    builder = lanes.builder
    small = lanes.ordered(x, "<", lanes.number(SMALLEST_NORMAL))
    x = lanes.select(small, lanes.multiply(x, lanes.number(2.0**54)), x)
    bias = INTEGERS + EXPONENT_BIAS
    bits = builder.add(lanes.bits(x), lanes.integer(BITS_OF_ONE - BITS_OF_ROOT))
    # An integer below 2^52 becomes a double by setting the exponent above it.
    biased = builder.or_(builder.lshr(bits, ir.constant(lanes.whole, 52)), lanes.integer(bits_of(INTEGERS)))
    bias_here = lanes.select(small, lanes.number(bias + 54.0), lanes.number(bias))
    mantissa = builder.add(builder.and_(bits, lanes.integer(MANTISSA)), lanes.integer(BITS_OF_ROOT))
    return lanes.subtract(lanes.double(biased), bias_here), lanes.double(mantissa)


def _logarithm_domain(lanes: Lanes, x: ir.Value, value: ir.Value) -> ir.Value:
    """`value` = log(x) for positive finite x, and what it is for any other."""
    value = lanes.select(lanes.ordered(x, "<", lanes.number(INFINITE)), value, x)  # infinity and nan stay
    value = lanes.select(lanes.ordered(x, "==", lanes.number(0.0)), lanes.number(-INFINITE), value)
    return lanes.select(lanes.ordered(x, "<", lanes.number(0.0)), lanes.number(math.nan), value)


def _long_logarithm(lanes: Lanes, mantissa: ir.Value) -> Pair:
    """log(m) for m from sqrt(1/2) to sqrt(2), with a relative error of about 2^-64."""
    builder = lanes.builder
    # t = 2 (m - 1)/(m + 1), and log(m) = t + t^3 (1/12 + t^2 Q(t^2)); only Q is content with one double.
    one = lanes.number(1.0)
    f = lanes.subtract(mantissa, one)
    numerator = lanes.add(f, f)
    divisor = lanes.sum(one, mantissa)
    inverse = builder.fdiv(one, divisor.high)
    t = lanes.multiply(numerator, inverse)
    rest = _remainder(lanes, numerator, t, divisor)
    series = Pair(t, lanes.multiply(rest, inverse))
    square = lanes.pair_product(series, series)
    tail = lanes.multiply(square.high, lanes.polynomial(square.high, LONG_LOGARITHM))
    factor = lanes.sum(lanes.number(TWELFTH.high), tail)
    factor = Pair(factor.high, lanes.add(factor.low, lanes.number(TWELFTH.low)))
    cubic = lanes.pair_product(series, lanes.pair_product(square, factor))
    high, lost = lanes.sum(series.high, cubic.high)
    return Pair(high, lanes.add(lost, lanes.add(series.low, cubic.low)))


def _remainder(lanes: Lanes, numerator: ir.Value, quotient: ir.Value, divisor: Pair) -> ir.Value:
    """numerator - quotient * divisor."""
    product = lanes.product(quotient, divisor.high)
    rest = lanes.subtract(lanes.subtract(numerator, product.high), product.low)
    return lanes.multiply_add(lanes.builder.fneg(quotient), divisor.low, rest)


def _with_exponent(lanes: Lanes, exponent: ir.Value, log_of_two: Constant, value: Pair) -> Pair:
    """The logarithm of 2^k m, from that of m."""
    high, low = lanes.sum(lanes.multiply(exponent, lanes.number(log_of_two.high)), value.high)
    return Pair(high, lanes.add(low, lanes.multiply_add(exponent, lanes.number(log_of_two.low), value.low)))


def _logarithm(lanes: Lanes, x: ir.Value, log_of_two: Constant, unit: Constant) -> ir.Value:
    """The logarithm to another base: `log_of_two` is log 2 to it, `unit` that of e."""
    exponent, mantissa = _parts(lanes, x)
    scale = Pair(lanes.number(unit.high), lanes.number(unit.low))
    value = lanes.pair_product(_long_logarithm(lanes, mantissa), scale)
    value = _with_exponent(lanes, exponent, log_of_two, value)
    return _logarithm_domain(lanes, x, lanes.add(value.high, value.low))


def _power_of_size(lanes: Lanes, size: ir.Value, y: ir.Value) -> ir.Value:
    """size^y, also for size 0, infinity and nan, but for 1^nan and what is 1 as y is 0."""
    exponent, mantissa = _parts(lanes, size)
    logarithm, low = _with_exponent(lanes, exponent, LOG_2, _long_logarithm(lanes, mantissa))
    infinity = lanes.number(INFINITE)
    logarithm = lanes.select(lanes.ordered(size, "<", infinity), logarithm, size)
    logarithm = lanes.select(lanes.ordered(size, "==", lanes.number(0.0)), lanes.number(-INFINITE), logarithm)
    y = lanes.clamp(y, -LARGEST_EXPONENT, LARGEST_EXPONENT)
    product = lanes.product(y, logarithm)
    return _exponential(lanes, product.high, lanes.multiply_add(y, low, product.low))


def _with_sign(lanes: Lanes, x: ir.Value, y: ir.Value, value: ir.Value) -> ir.Value:
    """`value` = |x|^y with the sign of an odd power, and nan for a broken power of a negative number."""
    builder = lanes.builder
    whole, parity = _parity(lanes, intrinsic(builder, "fabs", y))
    sign = builder.and_(lanes.bits(x), builder.shl(parity, lanes.integer(63)))
    signed = lanes.double(builder.or_(lanes.bits(value), sign))
    negative = builder.and_(lanes.ordered(x, "<", lanes.number(0.0)), lanes.ordered(x, ">", lanes.number(-INFINITE)))
    return lanes.select(whole, signed, lanes.select(negative, lanes.number(math.nan), value))


def _parity(lanes: Lanes, size: ir.Value) -> tuple[ir.Value, ir.Value]:
    """Whether a size is an integer; and, where it is, an integer whose lowest bit says whether it is odd."""
    threshold = lanes.number(INTEGERS)
    large = lanes.ordered(size, ">=", threshold)
    # From 2^52 to 2^53 the lowest bit is the parity: below, the sum moves it there, and above, all are even.
    shifted = lanes.add(size, threshold)
    whole = lanes.builder.or_(large, lanes.ordered(lanes.subtract(shifted, threshold), "==", size))
    return whole, lanes.bits(lanes.select(large, lanes.clamp(size, 0.0, 2.0**53), shifted))
