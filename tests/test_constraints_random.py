"""Random equations of index 1 in units far apart, against the ordinary equations that they mean, by scipy."""

import re

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import linear_sum_assignment
from test_constraints import constants, model, state

from exokinetics.model.parts import Reaction, part_of
from exokinetics.model.whole import Model
from exokinetics.simulation import simulate

TIMES = np.linspace(0.0, 2.0, 9)
DIFFERENTIAL = 3


class Equations:
    """x' = K y - x and 0 = A y + 0.05 y**3 + B x + c cos(t) with sparse A; y in `units`, constraints by `scales`."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.size = size = int(random.integers(1, 6))
        a = random.normal(size=(size, size)) * (random.random((size, size)) < 0.6)
        a[np.arange(size), random.permutation(size)] += 2.0 * random.choice([-1.0, 1.0], size)
        self.a, self.cubes = a, 0.05 * (a != 0.0)
        self.b = random.normal(size=(size, DIFFERENTIAL))
        self.k = 0.3 * random.normal(size=(DIFFERENTIAL, size))
        self.start, self.root = random.uniform(0.5, 1.5, DIFFERENTIAL), random.normal(size=size)
        self.c = -(a @ self.root + self.cubes @ self.root**3 + self.b @ self.start)  # which makes it a root
        self.units, self.scales = 10.0 ** random.uniform(-6.0, 6.0, size), 10.0 ** random.uniform(-6.0, 6.0, size)

    def speed(self, t: float, z: np.ndarray) -> np.ndarray:
        """Of x and y, of which the second follows from the derivative of the constraints."""
        x, y = z[:DIFFERENTIAL], z[DIFFERENTIAL:]
        moved = self.k @ y - x
        slopes = self.a + 3.0 * self.cubes * y**2
        return np.concatenate([moved, -np.linalg.solve(slopes, self.b @ moved - self.c * np.sin(t))])

    def model(self) -> Model:
        xs, ys = ([f"{name}{index}" for index in range(count)] for name, count in (("x", 3), ("y", self.size)))
        own = [f"({name}/{float(unit)!r})" for name, unit in zip(ys, self.units, strict=True)]
        rates = [
            f"k*(-{x} + " + " + ".join(f"({float(k)!r})*{y}" for k, y in zip(row, own, strict=True)) + ")"
            for x, row in zip(xs, self.k, strict=True)
        ]  # fmt: skip
        rows, columns = linear_sum_assignment(self.a == 0.0)
        constraints = {ys[column]: self._row(row, own, xs) for row, column in zip(rows, columns, strict=True)}
        part = part_of(
            species=[*(state(x, float(at)) for x, at in zip(xs, self.start, strict=True)),
                     *(state(y, float(1.1 * at)) for y, at in zip(ys, self.root * self.units, strict=True))],
            parameters=constants(k=1.0), constraints=constraints,
            reactions=[Reaction(f"of_{x}", rate, ((x, 1.0),)) for x, rate in zip(xs, rates, strict=True)],
        )  # fmt: skip
        return model(part)

    def _row(self, row: int, own: list[str], xs: list[str]) -> str:
        terms = [f"({float(a)!r})*{y} + ({float(cube)!r})*{y}**3"
                 for a, cube, y in zip(self.a[row], self.cubes[row], own, strict=True) if a]  # fmt: skip
        terms += [f"({float(b)!r})*{x}" for b, x in zip(self.b[row], xs, strict=True)]
        return f"{float(self.scales[row])!r}*({' + '.join(terms)} + ({float(self.c[row])!r})*cos(time*k))"


@pytest.mark.parametrize("seed", range(30))
def test_random_constraints_follow_the_ordinary_equations_that_they_mean(seed: int) -> None:
    equations = Equations(seed)
    start = np.concatenate([equations.start, equations.root])
    exact = solve_ivp(equations.speed, (0.0, 2.0), start, "DOP853", dense_output=True, rtol=1e-12, atol=1e-13)
    result = simulate(equations.model(), TIMES, rtol=1e-8)
    if not exact.success:  # a fold, at which both come to their end
        # a last step may end just behind the fold, from where slopes no longer lessen
        assert "determines it no longer" in result.reason or "the step became too small" in result.reason
        beyond = re.search("beyond t = ([0-9.]+) second", result.reason)
        assert beyond is not None
        # near a fold in t = T what is determined goes as sqrt(T - t), so that errors of 1e-8 move T by less
        assert float(beyond[1]) == pytest.approx(exact.t[-1], rel=1e-5)  # six digits are shown
        return
    assert result.success, result.reason
    found = [result[f"x{index}"] for index in range(DIFFERENTIAL)]
    found += [result[f"y{index}"] / unit for index, unit in enumerate(equations.units)]
    # of the largest; errors of steps, each at most 1e-8, add up: measured 1.4e-8 at most
    assert np.abs(np.array(found) - exact.sol(TIMES)).max() <= 1e-7 * np.abs(exact.y).max()
