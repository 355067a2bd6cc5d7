"""The law `receptor_cycling` against the published solution, and what its pools must keep."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

from exokinetics import Model, compose, simulate, use

# per minute: the estimates of Browning et al. 2022, doi:10.1098/rsif.2022.0019, table 1 of their repository
INTERNALISATION, RECYCLING, UNLOADED_SHARE = 0.0995, 0.045, 0.0682
FORMS = ["free", "inner", "bound", "inside"]


def cycling(**values: object) -> Model:
    """A cell with receptors that cycle; times in hours, rates per minute."""
    given: dict[str, object] = {
        "ligand": "10 nM", "receptors": "1 copy/cell", "affinity": "0 nM", "association": "10 1/(nM*minute)",
        "internalisation": f"{INTERNALISATION} 1/minute", "recycling": f"{RECYCLING} 1/minute",
        "unloading": f"{UNLOADED_SHARE * RECYCLING} 1/minute", "degradation": "0 1/hour", "turnover": "0 1/hour",
    }  # fmt: skip
    division = values.pop("division", 0.0)
    parts = [
        use("population", "cells", number=1.0, division=division, volume=1.0),
        use("receptor_cycling", "r", cells="cells", **{**given, **values}),
    ]
    return compose("cycling", parts)


def published(minutes: np.ndarray, binding: float) -> np.ndarray:
    """Antibody in all, and inside, by the matrix of their solve_alt_ode_model: T, free S, bound S, E, F."""
    e, r, u = INTERNALISATION, RECYCLING, UNLOADED_SHARE * RECYCLING
    matrix = np.array(
        [[-r, 0, 0, 0, 0], [r, -binding, 0, u, 0], [0, binding, -e, 0, 0], [0, 0, e, -u, 0], [0, 0, 0, u, 0]]
    )
    start = np.array([e / (e + r), r / (e + r), 0, 0, 0])
    states = np.array([expm(matrix * t) @ start for t in minutes])
    return np.column_stack([states[:, 2:].sum(1), states[:, 3:].sum(1)])


def test_an_excess_of_ligand_gives_the_published_curves() -> None:
    minutes = np.array([0.0, 5, 10, 20, 30, 60, 120, 180])
    run = simulate(cycling(), minutes / 60, rtol=1e-9)
    expected = published(minutes, 100.0)
    # a free receptor goes inside before it binds with odds of 0.1 to 100, which their matrix leaves out
    np.testing.assert_allclose(run["r.held"][1:], expected[1:, 0], rtol=2e-3)
    np.testing.assert_allclose(run["r.internal"][1:], expected[1:, 1], rtol=2e-3)


def test_any_constants_give_the_matrix_exponential() -> None:
    """With unbinding, degradation, division and turnover: the equations of the law written down once more."""
    k, kd, ligand, e, r, u, d, t, mu = 0.3, 4.0, 10.0, 6.0, 2.5, 0.4, 0.2, 0.05, 0.03
    given = {
        "ligand": f"{ligand} nM", "receptors": "1000 copy/cell", "affinity": f"{kd} nM",
        "association": f"{k} 1/(nM*hour)", "internalisation": f"{e} 1/hour", "recycling": f"{r} 1/hour",
        "unloading": f"{u} 1/hour", "degradation": f"{d} 1/hour", "turnover": f"{t} 1/hour", "division": mu,
    }  # fmt: skip
    lost, on, off = t + mu, k * ligand, k * kd
    # free, inner, bound, inside, left inside, and a last state that stays 1 and makes receptors
    matrix = np.array(
        [
            [-on - e - lost, r, off, u, 0, 1000 * lost],
            [e, -r - lost, 0, 0, 0, 0],
            [on, 0, -off - e - lost, 0, 0, 0],
            [0, 0, e, -u - lost, 0, 0],
            [0, 0, 0, u, -d - mu, 0],
            [0, 0, 0, 0, 0, 0],
        ]
    )
    start = np.array([1000 * (r + lost) / (e + r + lost), 1000 * e / (e + r + lost), 0, 0, 0, 1])
    hours = np.array([0.0, 0.05, 0.3, 1.0, 5.0, 40.0])
    run = simulate(cycling(**given), hours, rtol=1e-9)
    for place, time in enumerate(hours):
        found = [run[f"r.{name}"][place] for name in (*FORMS, "left_inside")]
        # the tolerance of the integrator, a hundredfold for what adds up over its steps
        np.testing.assert_allclose(found, (expm(matrix * time) @ start)[:5], rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("division", [0.0, 0.04])
def test_the_cycle_is_at_rest_without_ligand_and_keeps_its_receptors(division: float) -> None:
    still = simulate(cycling(ligand="0 nM", division=division, turnover="0.1 1/hour"), [0.0, 10.0, 100.0], rtol=1e-9)
    moved = simulate(cycling(division=division, turnover="0.1 1/hour"), [0.0, 10.0, 100.0], rtol=1e-9)
    for name in FORMS:
        # at rest no step changes anything but the last digits
        np.testing.assert_allclose(still[f"r.{name}"], still[f"r.{name}"][0], rtol=1e-9, atol=1e-12)
    # a linear sum of states, which every step keeps; receptors are replaced as they are lost
    np.testing.assert_allclose(sum(moved[f"r.{name}"] for name in FORMS), 1.0, rtol=1e-9)
    assert moved["r.inside"][-1] > 0.1
