"""Random systems of delay equations, with events at random times, are as by scipy."""

import numpy as np
import pytest

pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

from delay_equations import Past, by_steps
from test_sbml_delayed_states import model, run
from test_sbml_events import event

END = 8.0
LAGS = (0.25, 0.5, 1.0, 7.0)
SEEDS = [*range(8), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(8, 80))]
LARGEST = 1e-7  # of the largest state; the solver is asked for 1e-9, and 160 systems were within 3e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_random_delays_are_as_by_scipy(seed: int) -> None:
    """x' = A x - c x^3 + sum of L_k x(t - lag_k) + d sin(t - lag_0), of which x jumps at some times."""
    random = np.random.default_rng(seed)
    size, count = (int(random.integers(1, 4)) for _ in range(2))
    now = np.round(random.normal(0.0, 1.0, (size, size)) - np.eye(size), 3)
    then = np.round(random.normal(0.0, 0.7, (count, size, size)), 3)
    lags = [
        float(lag) for lag in np.round(random.choice([*LAGS, *random.uniform(0.2, 3.0, 2)], count, replace=False), 3)
    ]
    start, bound = np.round(random.normal(1.0, 0.5, size), 3), float(np.round(random.uniform(0.1, 0.5), 3))
    drive = float(random.choice([0.0, 1.5]))
    jumps = [
        (
            float(np.round(random.uniform(0.5, 6.0), 3)),
            int(random.integers(size)),
            float(np.round(random.normal(2.0), 3)),
        )
        for _ in range(int(random.integers(0, 3)))
    ]

    def rates(t: float, x: np.ndarray, past: Past) -> np.ndarray:
        delayed = sum(matrix @ past(t - lag) for matrix, lag in zip(then, lags, strict=True))
        return np.asarray(now @ x - bound * x**3 + delayed + drive * np.sin(t - lags[0]))

    names = [f"x{index}" for index in range(size)]
    written = ["tau", *map(str, lags[1:])]
    formulas = {}
    for row, name in enumerate(names):
        terms = [f"({now[row, column]})*{other}" for column, other in enumerate(names)]
        terms += [
            f"({then[each, row, column]})*delay({other}, {written[each]})"
            for each in range(count) for column, other in enumerate(names)
        ]  # fmt: skip
        formulas[name] = f"{' + '.join(terms)} - {bound}*{name}^3 + {drive}*delay(u, tau)"
    events = [event(f"time >= {when}", name=f"E{n}", **{names[i]: str(to)}) for n, (when, i, to) in enumerate(jumps)]
    given = model(
        formulas, start=dict(zip(names, start, strict=True)), events=events, tau=lags[0],
        shown={"u": "sin(time)"} | {f"old{name}": f"delay({name}, {lags[-1]})" for name in names},
    )  # fmt: skip
    wanted_at = [*np.linspace(0.0, END, 41), *(when + more for when, _, _ in jumps for more in (0.0, lags[-1]))]
    times = np.unique([time for time in wanted_at if time <= END])
    result = run(given, times, rtol=1e-9)
    wanted, past = by_steps(rates, start.tolist(), lags, times, sorted(jumps))
    largest = float(np.abs(wanted).max())
    found = np.array([result[name] for name in names]).T
    np.testing.assert_allclose(found, wanted, atol=LARGEST * largest, rtol=0.0)
    old = np.array([result[f"old{name}"] for name in names]).T
    np.testing.assert_allclose(old, [past(t - lags[-1]) for t in times], atol=LARGEST * largest, rtol=0.0)
