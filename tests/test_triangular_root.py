"""The triangular root that searches reduce their rows to, against numpy's own of all rows at once."""

from __future__ import annotations

import numpy as np
import pytest

from exokinetics.fitting.inner import _regression
from exokinetics.fitting.trust_region import triangular


@pytest.mark.parametrize(("rows", "columns"), [(0, 3), (2, 5), (7, 7), (40, 3), (300, 38), (150, 80), (5000, 2)])
def test_it_is_the_root_of_all_rows_at_once(rows: int, columns: int) -> None:
    random = np.random.default_rng(rows)
    table = random.normal(size=(rows, columns)) * 10.0 ** random.uniform(-6, 6, columns)
    root = triangular(table)
    assert root.shape == (min(rows, columns), columns)
    assert (np.tril(root, -1) == 0.0).all()
    # each row of a triangular root has one of two signs; columns keep their own scale, to rounding
    wanted = np.linalg.qr(table, mode="r")
    np.testing.assert_allclose(np.abs(root), np.abs(wanted), atol=0, rtol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(root, axis=0), np.linalg.norm(table, axis=0), rtol=1e-13)


def test_what_is_not_finite_stays_so() -> None:
    table = np.ones((600, 30))
    table[70, 3] = np.nan
    assert not np.isfinite(triangular(table)).all()


@pytest.mark.parametrize("count", [20, 2500])
def test_a_regression_of_many_rows_is_that_of_numpy(count: int) -> None:
    random = np.random.default_rng(1)
    rows, target = random.normal(size=(count, 4)) * [1.0, 1e5, 1e-5, 3.0], random.normal(size=count)
    open_ends = np.array([[-np.inf] * 4, [np.inf] * 4])
    wanted = np.linalg.lstsq(rows / [1.0, 1e5, 1e-5, 3.0], target, rcond=None)[0] / [1.0, 1e5, 1e-5, 3.0]
    np.testing.assert_allclose(_regression(rows, target, open_ends), wanted, rtol=1e-10)  # rounding, well conditioned
    # a bound that cuts: the others adapt, as in the regression without the bounded one
    ends = np.array([[wanted[0] + 1.0, *[-np.inf] * 3], [wanted[0] + 2.0, *[np.inf] * 3]])
    rest = np.linalg.lstsq(rows[:, 1:] / [1e5, 1e-5, 3.0], target - rows[:, 0] * ends[0, 0], rcond=None)[0]
    found = _regression(rows, target, ends)
    np.testing.assert_allclose(found, [ends[0, 0], *(rest / [1e5, 1e-5, 3.0])], rtol=1e-8)
