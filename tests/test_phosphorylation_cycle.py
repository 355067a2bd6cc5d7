"""The law `phosphorylation_cycle` against closed forms: one cycle, and one that drives another."""

from __future__ import annotations

import math

import numpy as np
import pytest

from exokinetics import Part, compose, simulate, use

CELLS = use("population", "cells", number=1.0, division=0.02, volume=1.0)


def cycle(id: str, kinase: object, **values: object) -> Part:
    """A protein of 1000 copies that turns over with the cells alone."""
    given: dict[str, object] = {
        "kinase": kinase, "half_kinase": "1 copy/cell", "total": "1000 copy/cell", "decay": "0 1/hour",
        "phosphorylation": "3 1/hour", "exponent": 1.0, "dephosphorylation": "0.5 1/hour",
    }  # fmt: skip
    return use("phosphorylation_cycle", id, cells="cells", **{**given, **values})


@pytest.mark.parametrize("exponent", [1.0, 2.5])
def test_a_constant_kinase_gives_an_exponential(exponent: float) -> None:
    kinase, half, k, d, a, mu = 4.0, 7.0, 3.0, 0.5, 0.1, 0.02
    parts = [
        CELLS,
        cycle("p", f"{kinase} copy/cell", half_kinase=f"{half} copy/cell", exponent=exponent, decay="0.1 1/hour"),
    ]
    hours = np.array([0.0, 0.1, 0.5, 2.0, 10.0])
    run = simulate(compose("one", parts), hours, rtol=1e-9)
    made = k * kinase**exponent / (half**exponent + kinase**exponent)
    rate = made + d + a + mu
    expected = 1000 * made / rate * (1 - np.exp(-rate * hours))
    # the tolerance of the integrator, a hundredfold for what adds up over its steps
    np.testing.assert_allclose(run["p.active"], expected, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(run["p.active"] + run["p.inactive"], 1000, rtol=1e-9)


def test_a_cascade_far_from_saturation_is_two_decays_in_a_row() -> None:
    """Kinase of 1 copy against a half of 1e9: both steps are linear, and the second lags as B(t) of a chain does."""
    first, second = 0.5 + 0.02, 0.2 + 0.02
    faint = {"half_kinase": "1e9 copy/cell"}
    parts = [
        CELLS,
        cycle("p", "1 copy/cell", **faint),
        cycle("q", "p.active", half_kinase="1e9 copy/cell", dephosphorylation="0.2 1/hour"),
    ]
    hours = np.array([1.0, 3.0, 8.0])
    run = simulate(compose("two", parts), hours, rtol=1e-9, atol=1e-24)
    made = 3e-9 * 1000
    expected = (
        made
        / first
        * 3e-9
        * 1000
        * np.array(
            [
                (1 - math.exp(-second * t)) / second - (math.exp(-first * t) - math.exp(-second * t)) / (second - first)
                for t in hours
            ]
        )
    )
    # what is left out is of the order of the kinase over its half, and the integrator's tolerance
    np.testing.assert_allclose(run["q.active"], expected, rtol=1e-6)
