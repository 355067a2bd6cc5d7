"""Value records: ranges by quality, quantiles, faults, units."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exokinetics import Value, WrongInput
from exokinetics.model.values import QUALITIES, assumed, default_range, fixed

FACTORS = {"measured": 2.0, "fitted": 5.0, "derived": 5.0, "assumed": 30.0}  # the design, section 5

qualities = st.sampled_from(QUALITIES)
amounts = st.floats(1e-12, 1e12)
fractions = st.floats(1e-6, 1 - 1e-6)


def value_of(amount, quality="assumed", distribution="log", limits=None):
    low, high = limits or default_range(amount, quality, distribution)
    return Value(amount, "1/hour", low, high, quality, distribution=distribution)


def test_the_qualities_are_the_four_of_the_design():
    assert set(QUALITIES) == FACTORS.keys()


@given(amounts, qualities)
def test_the_default_range_reaches_the_factor_of_the_quality_on_either_side(amount, quality):
    low, high = default_range(amount, quality, "log")
    assert low == pytest.approx(amount / FACTORS[quality], rel=1e-15)
    assert high == pytest.approx(amount * FACTORS[quality], rel=1e-15)


@given(fractions, qualities)
def test_the_default_range_of_a_fraction_is_one_of_its_odds(amount, quality):
    low, high = default_range(amount, quality, "logit")
    assert 0 < low < amount < high < 1
    odds = amount / (1 - amount)
    # 1 - high loses digits near 1: six of the sixteen at a fraction of 1 - 1e-6
    assert low / (1 - low) == pytest.approx(odds / FACTORS[quality], rel=1e-8)
    assert high / (1 - high) == pytest.approx(odds * FACTORS[quality], rel=1e-8)


@given(st.floats(1, 8), qualities)
def test_the_default_range_of_a_hill_exponent_stays_between_1_and_8(amount, quality):
    low, high = default_range(amount, quality, "hill")
    assert 1 <= low <= amount <= high <= 8
    assert low in (1.0, pytest.approx(amount / FACTORS[quality]))


@pytest.mark.parametrize("distribution", ["log", "logit", "hill", "fixed"])
def test_a_zero_is_not_drawn(distribution):
    zero = Value(0.0, "1/hour", *default_range(0.0, "assumed", distribution), "assumed", distribution=distribution)
    assert (zero.low, zero.high) == (0.0, 0.0)
    assert [zero.quantile(p) for p in (0.01, 0.5, 0.99)] == [0.0] * 3


def test_a_fraction_of_one_is_not_drawn():
    assert default_range(1.0, "measured", "logit") == (1.0, 1.0)
    assert value_of(1.0, "measured", "logit").quantile(0.3) == 1.0


def test_a_fixed_value_is_not_drawn():
    assert [fixed(3.0, "cell", "chosen").quantile(p) for p in (0.01, 0.99)] == [3.0, 3.0]


@given(amounts, st.floats(1.01, 100), st.floats(1.01, 100))
def test_low_and_high_are_the_central_90_percent_of_a_log_normal(amount, below, above):
    value = value_of(amount, limits=(amount / below, amount * above))
    # exp and log of numbers up to 1e14: the relative error is that of the logarithm times 32
    assert value.quantile(0.05) == pytest.approx(value.low, rel=1e-13)
    assert value.quantile(0.95) == pytest.approx(value.high, rel=1e-13)
    assert value.quantile(0.5) == pytest.approx(math.sqrt(value.low * value.high), rel=1e-13)


@given(fractions, qualities)
def test_low_and_high_are_the_central_90_percent_of_a_logistic_normal(amount, quality):
    value = value_of(amount, quality, "logit")
    assert value.quantile(0.05) == pytest.approx(value.low, rel=1e-8)  # 1 - x loses digits near 1, as above
    assert value.quantile(0.95) == pytest.approx(value.high, rel=1e-8)


@given(st.floats(0.001, 0.999))
def test_a_drawn_fraction_is_a_fraction(probability):
    assert 0 < value_of(0.9, "assumed", "logit").quantile(probability) < 1
    assert 0 < value_of(1.0, "assumed", "logit", (0.5, 1.0)).quantile(probability) <= 1


def test_a_published_quantile_of_the_log_normal():
    # exp(z sigma) with sigma = ln 30 / 1.6449 and z(0.975) = 1.95996: 30 ** 1.19157
    assert value_of(1.0).quantile(0.975) == pytest.approx(30 ** (1.959963984540054 / 1.6448536269514722), rel=1e-12)


def test_a_hill_exponent_is_drawn_between_1_and_8():
    value = Value(2.0, "dimensionless", 1.0, 6.0, "assumed", distribution="hill")
    assert value.quantile(1e-6) == 1.0
    assert value.quantile(1 - 1e-6) == 8.0
    assert value.quantile(0.95) == pytest.approx(6.0, rel=1e-13)


@given(st.floats(1e-9, 1 - 1e-9), st.floats(1e-9, 1 - 1e-9), st.sampled_from(["log", "logit", "hill"]))
def test_quantiles_rise_with_the_probability(one, other, distribution):
    value = value_of(0.5 if distribution == "logit" else 2.0, "fitted", distribution)
    first, second = sorted((one, other))
    assert value.quantile(first) <= value.quantile(second)


@pytest.mark.parametrize(
    ("distribution", "numbers", "word"),
    [
        ("log", (1.0, 2.0, 3.0), "low <= value <= high"), ("log", (1.0, 0.5, 0.7), "low <= value <= high"),
        ("log", (1.0, 3.0, 0.5), "low <= value <= high"), ("log", (1.0, 0.0, 3.0), "above 0"),
        ("log", (1.0, -1.0, 3.0), "above 0"), ("log", (-1.0, -2.0, -0.5), "above 0"),
        ("logit", (0.5, 0.1, 1.1), "fraction"),
        ("logit", (1.5, 1.1, 2.0), "fraction"), ("logit", (0.1, -0.1, 0.5), "fraction"),
        ("hill", (0.5, 0.4, 0.6), "Hill"),
        ("hill", (9.0, 8.0, 10.0), "Hill"), ("log", (math.nan, 1.0, 2.0), "finite"),
        ("log", (1.0, 1.0, math.inf), "finite"),
    ],
)  # fmt: skip
def test_what_breaks_the_rules_is_named(distribution, numbers, word):
    amount, low, high = numbers
    faults = Value(amount, "1/hour", low, high, "assumed", distribution=distribution).faults()
    assert any(word in fault for fault in faults), faults


@given(amounts, qualities)
def test_a_default_range_has_no_fault(amount, quality):
    assert value_of(amount, quality).faults() == []
    assert value_of(min(amount, 1.0), quality, "logit").faults() == []
    assert value_of(min(max(amount, 1.0), 8.0), quality, "hill").faults() == []


def test_a_value_in_another_unit_takes_its_range_along():
    value = Value(2.0, "1/hour", 1.0, 4.0, "measured", source="a table").in_unit("1/minute")
    assert (value.unit, value.source) == ("1/minute", "a table")
    assert [60 * number for number in (value.low, value.value, value.high)] == pytest.approx([1, 2, 4], rel=1e-14)


def test_a_value_does_not_change_its_dimension():
    with pytest.raises(WrongInput, match="does not convert"):
        assumed(1.0, "1/hour", "test").in_unit("nM")


def test_an_assumed_value_carries_its_reason():
    value = assumed(3.0, "nM", "nobody measured it")
    assert (value.quality, value.reason, value.source, value.range) == ("assumed", "nobody measured it", "", "default")
    assert (value.low, value.high) == (pytest.approx(0.1), pytest.approx(90.0))
