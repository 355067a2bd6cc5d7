"""Levels relative to rest: against the closed forms of their edges, and the switch with its two thresholds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exokinetics import compose, continuation, load, simulate, steady_state, use
from exokinetics.model.parts import Parameter, part_of
from exokinetics.model.values import assumed

EDGE = {"exponent": 1.3, "span": 15.0}
SWITCH = EDGE | {
    "threshold": 3.0, "steepness": 4.0, "basal": 1e-4, "fastest": 0.03, "feedback": 0.04, "feedback_half": 0.5,
    "feedback_exponent": 4.0, "reversal": 0.01, "output": 5.0,
}  # fmt: skip


def given_levels(**levels):
    """Constants that stand for the levels of other parts."""
    return part_of(
        parameters=[
            Parameter(name, "dimensionless", assumed(value, "dimensionless", "set by the test"))
            for name, value in levels.items()
        ]
    )


def level(kind="relative_level", roles=None, *, raised=(), lowered=(), **levels):
    """A part of one law over constants."""
    roles = EDGE | {"turnover": 0.1} if roles is None else roles
    part = use(kind, "own", raised_by=list(raised), lowered_by=list(lowered), **roles)
    return compose("alone", [part, given_levels(**levels)])


def factor(x, n=EDGE["exponent"], g=EDGE["span"]):
    return (1.0 + g * x**n) / (g + x**n)


@given(st.floats(0.01, 100.0), st.floats(0.01, 100.0))
def test_a_level_rests_at_the_product_of_its_edges(a, b):
    found = steady_state(level(raised=["a"], lowered=["b"], a=a, b=b))["own.level"]
    assert found == pytest.approx(factor(a) / factor(b), rel=1e-9)  # the steady state is polished to 1e-10


@given(st.floats(1.0, 8.0), st.floats(2.0, 1000.0))
def test_a_cell_at_rest_has_the_level_one_whatever_the_values(n, g):
    model = level(roles={"exponent": n, "span": g, "turnover": 0.3}, raised=["a"], lowered=["b", "c"], a=1, b=1, c=1)
    # but for rounding: a root of the span is raised again, which magnifies the last bit n-fold
    np.testing.assert_allclose(simulate(model, [0.0, 100.0])["own.level"], [1.0, 1.0], rtol=1e-14)


def test_an_edge_stays_within_its_span_and_is_proportional_to_a_power_near_rest():
    assert steady_state(level(raised=["a"], a=1e9))["own.level"] == pytest.approx(EDGE["span"], rel=1e-3)
    assert steady_state(level(lowered=["a"], a=1e9))["own.level"] == pytest.approx(1 / EDGE["span"], rel=1e-3)
    slope = np.log(steady_state(level(raised=["a"], a=1.001))["own.level"]) / np.log(1.001)
    n, g = EDGE["exponent"], EDGE["span"]
    assert slope == pytest.approx(n * (g - 1) / (g + 1), rel=1e-3)  # a difference over 0.1 % of the level


def test_without_any_edge_a_level_is_one():
    assert steady_state(level())["own.level"] == 1.0


def test_a_level_follows_its_drive_exponentially():
    t = np.linspace(0.0, 50.0, 11)
    found = simulate(level(raised=["a"], a=3.0), t, rtol=1e-9)["own.level"]
    end = factor(3.0)
    np.testing.assert_allclose(found, end + (1 - end) * np.exp(-0.1 * t), rtol=1e-7)  # a hundred times rtol


def test_a_switch_has_two_thresholds_and_returns_only_below_the_lower_one():
    model = level("relative_switch", SWITCH, raised=["a"], a=1.0)
    table = continuation(model, "a", low=0.1, high=20.0, outputs=["own.share"])
    folds = sorted(table.loc[table["kind"] == "fold", "a"])
    assert len(folds) >= 1  # the other may lie below the smallest drive: cells that have switched stay so
    up = folds[-1]
    assert steady_state(model, values={"a": 0.98 * up})["own.share"] < 0.5
    assert steady_state(model, values={"a": 1.02 * up})["own.share"] > 0.5
    kept = simulate(model, 5000.0, values={"a": 0.98 * up}, initial={"own.share": 0.9})
    assert kept["own.share"][-1] > 0.5


def test_what_a_switched_cell_gives_off():
    model = level("relative_switch", SWITCH, raised=["a"], a=20.0)
    found = steady_state(model)
    assert found["own.level"] == pytest.approx(1.0 + 4.0 * found["own.share"], rel=1e-12)


def test_action_counts_copies_by_what_doubles_the_level():
    part = use("action", "own", input="a", reference="30 copy/cell")
    source = part_of(parameters=[Parameter("a", "copy/cell", assumed(60.0, "copy/cell", "set by the test"))])
    driven = use("relative_level", "next", raised_by=["own.level"], lowered_by=[], turnover=0.1, **EDGE)
    assert steady_state(compose("action", [part, source, driven]))["next.level"] == pytest.approx(factor(3.0), rel=1e-9)


def test_a_gene_without_repression_has_the_level_one():
    model = load("mir_222_bc_pdlim2_nfkb")
    without = {"mir_222.synthesis": 0.0, "donor.number": 0.0}
    assert steady_state(model, values=without)["pdlim2.level"] == pytest.approx(1.0, rel=1e-9)
