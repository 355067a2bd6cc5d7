"""Degrees of freedom of Student's noise as a parameter: against mpmath and scipy, and from a large sample."""

from __future__ import annotations

from pathlib import Path

import mpmath
import numpy as np
import pytest
from scipy import stats
from test_fitting import decay_problem

import exokinetics as exo
from exokinetics.fitting.degrees import constant, constant_slope, degrees_information, half_slope, log_below_slope
from exokinetics.fitting.density import student_t
from exokinetics.fitting.information import covariance_of
from exokinetics.fitting.problem import Likelihood

DEGREES = [0.3, 1.0, 4.0, 30.0, 1000.0]
DEVIATIONS = [-1e5, -300.0, -3.0, -1.0, -0.3, 1e-9, 0.5, 2.0, 50.0]
TIMES = [0.0, 2.0, 5.0, 9.0, 14.0, 20.0]
CELLS = ["1100", "800", ">500", "455", "<230", "<100"]
FREE = '\n[parameter.nu]\nunit = "dimensionless"\nlower = 0.5\nupper = 1e4\n'


def below(z: float, degrees: mpmath.mpf) -> mpmath.mpf:
    """The distribution function by the incomplete beta function, of as many digits as are asked for."""
    tail = mpmath.betainc(degrees / 2, mpmath.mpf(1) / 2, 0, degrees / (degrees + mpmath.mpf(z) ** 2), regularized=True)
    return tail / 2 if z < 0 else 1 - tail / 2


def log_density(z: float, degrees: mpmath.mpf) -> mpmath.mpf:
    """The log of the density from its formula."""
    top, half = (degrees + 1) / 2, degrees / 2
    normed = mpmath.loggamma(top) - mpmath.loggamma(half) - mpmath.log(degrees * mpmath.pi) / 2
    return normed - top * mpmath.log1p(mpmath.mpf(z) ** 2 / degrees)


@pytest.mark.parametrize("degrees", DEGREES)
def test_slopes_by_the_degrees_are_those_of_mpmath(degrees: float) -> None:
    with mpmath.workdps(40):
        for z in DEVIATIONS:
            wanted = float(-mpmath.diff(lambda nu, z=z: log_density(z, nu), degrees))
            found = constant_slope(degrees) + half_slope(np.array([z]), np.zeros(1), degrees)[0]
            # both parts round at 1e-16 of the digamma function, which is 3 for a thousand degrees
            assert found == pytest.approx(wanted, rel=1e-12, abs=2e-15)
            chance = below(z, mpmath.mpf(degrees))
            if chance < 1e-290:  # below this scipy's distribution function is 0
                continue
            wanted = float(mpmath.diff(lambda nu, z=z: mpmath.log(below(z, nu)), degrees))
            # the same rounding, of a slope that is 1e-7 for a thousand degrees
            assert log_below_slope(np.array([z]), degrees)[0] == pytest.approx(wanted, rel=2e-9, abs=1e-24)


@pytest.mark.parametrize("degrees", [*DEGREES, 1e6])
def test_the_density_is_that_of_scipy(degrees: float) -> None:
    z = np.array(DEVIATIONS)
    # scipy's log density of a million degrees is itself rounded at 1e-10
    np.testing.assert_allclose(student_t(degrees).log_density(z), stats.t.logpdf(z, degrees), rtol=1e-9, atol=1e-9)
    assert constant(degrees) == pytest.approx(-float(stats.t.logpdf(0.0, degrees)), abs=1e-9)


@pytest.mark.parametrize("degrees", [0.7, 4.0, 150.0, 250.0, 3000.0])
def test_the_information_is_that_of_its_integral(degrees: float) -> None:
    """Of the score by the degrees, what is left beside that by the log of the spread, by quadrature at 40 digits."""
    with mpmath.workdps(40):
        nu = mpmath.mpf(degrees)
        slope = (mpmath.digamma((nu + 1) / 2) - mpmath.digamma(nu / 2) - 1 / nu) / 2

        def both(z: mpmath.mpf) -> tuple[mpmath.mpf, mpmath.mpf, mpmath.mpf]:
            share = z**2 / nu
            by_degrees = slope - (mpmath.log1p(share) - share * (1 + 1 / nu) / (1 + share)) / 2
            by_spread = -1 + (nu + 1) * z**2 / (nu + z**2)
            return 2 * mpmath.exp(log_density(z, nu)), by_degrees, by_spread

        def mean(first: int, second: int) -> mpmath.mpf:
            ends = [0, 1, 3, 8, 20, 100, mpmath.inf]
            return mpmath.quad(lambda z: (told := both(z))[0] * told[first] * told[second], ends)

        spread, cross, alone = mean(2, 2), mean(1, 2), mean(1, 1)
        share, rest = degrees_information(degrees)
        assert share == pytest.approx(float(cross / spread), rel=1e-9)
        # above 200 degrees an expansion to the third term, below it the difference of numbers a thousand times larger
        assert rest == pytest.approx(float(alone - cross**2 / spread), rel=1e-6)


def free_problem(folder: Path, cells: list[str], times: list[float], degrees: str = "nu") -> exo.Problem:
    """A decay with Student's noise whose degrees are estimated."""
    decay_problem(folder, "additive", [1.0] * len(times), times)
    text = (folder / "fit.toml").read_text().replace('"additive"', f'"student_t"\ndegrees = "{degrees}"')
    (folder / "fit.toml").write_text(text + FREE)
    rows = "".join(f"only,{time},{cell}\n" for time, cell in zip(times, cells, strict=True))
    (folder / "data.csv").write_text("condition,time [hour],count [vesicle]\n" + rows)
    return exo.load_fit(folder)


@pytest.mark.parametrize("expression", ["nu", "1 + 2*nu"])
def test_cost_is_that_of_scipy_and_its_gradient_exact(tmp_path: Path, expression: str) -> None:
    """With values beyond limits on either side."""
    problem = free_problem(tmp_path, CELLS, TIMES, expression)
    assert problem.lint() == []
    point = {"medium.decay": 0.09, "factor": 1.05, "sd": 60.0, "nu": 3.3}
    degrees = 3.3 if expression == "nu" else 7.6
    frozen = stats.t(degrees, 1050 * np.exp(-0.09 * np.array(TIMES)), 60.0)
    numbers = np.array([float(cell.lstrip("<>")) for cell in CELLS])
    terms = np.select(
        [np.array([cell[0] == sign for cell in CELLS]) for sign in "<>"],
        [frozen.logcdf(numbers), frozen.logsf(numbers)], frozen.logpdf(numbers),
    )  # fmt: skip
    # the integrator is good to about 1e-7 of each prediction
    assert problem.cost(point) == pytest.approx(-terms.sum(), abs=1e-4)
    gradient = problem.gradient(point)
    for name, value in point.items():
        step = 1e-4 * value
        ends = [problem.cost({**point, name: value + shift}) for shift in (step, -step)]
        # differences over 1e-4 of a cost good to 1e-7; the degrees move no simulation, so that theirs are far better
        limit = {"rel": 1e-6, "abs": 1e-7} if name == "nu" else {"rel": 1e-3, "abs": 5e-3}
        assert gradient[name] * value == pytest.approx((ends[0] - ends[1]) / 2e-4, **limit)
    found = Likelihood(problem, problem.search_vector(point), slopes=True)
    # the least-squares vector has the same slope, to rounding
    assert found.vector() @ found.vector_slopes() == pytest.approx(found.gradient(), rel=1e-9, abs=1e-9)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> exo.Problem:
    """Two thousand measurements about a decay, with four degrees of freedom and a scale of 20."""
    random = np.random.default_rng(12)
    times = np.repeat(np.linspace(0.0, 24.0, 20), 100)
    counts = 1000 * np.exp(-0.1 * times) + 20.0 * random.standard_t(4.0, len(times))
    return free_problem(tmp_path_factory.mktemp("large"), [f"{count:.6f}" for count in counts], times.tolist())


def test_the_degrees_of_a_large_sample_are_found_with_their_error(large: exo.Problem) -> None:
    found = exo.fit(large, starts=2, seed=1, progress=False)
    low, high = found.intervals["nu"]
    assert low < 4.0 < high
    assert found.errors["nu"] / found.values["nu"] < 0.15  # two thousand measurements know it to a tenth
    # the closed form of their information, of spread and degrees alone: the mean is known apart from both
    _, rest = degrees_information(found.values["nu"])
    assert found.errors["nu"] == pytest.approx(1.0 / np.sqrt(2000 * rest), rel=1e-6)
    # scipy's own maximum likelihood of the deviations about the same curve
    curve = found.values["factor"] * 1000 * np.exp(-found.values["medium.decay"] * large.data.numbers["time"])
    degrees, _, scale = stats.t.fit(large.observed - curve, floc=0.0)
    # its simplex stops at four digits
    assert found.values["nu"] == pytest.approx(degrees, rel=1e-3)
    assert found.values["sd"] == pytest.approx(scale, rel=1e-3)


def test_the_information_is_the_mean_curvature_of_the_cost(large: exo.Problem) -> None:
    """By differences of the gradient at the optimum: two thousand measurements are near their mean."""
    found = exo.fit(large, starts=1, seed=1, initial=[{"nu": 4.0, "sd": 20.0, "factor": 1.0}], progress=False)
    best = large.search_vector(found.values)
    size, step = len(best), 1e-4
    curvature = np.empty((size, size))
    for place in range(size):
        ends = [Likelihood(large, best + sign * step * np.eye(size)[place], slopes=True) for sign in (1, -1)]
        curvature[place] = (ends[0].gradient() - ends[1].gradient()) / (2 * step)
    information = Likelihood(large, best, slopes=True).information()
    observed, expected = (np.sqrt(np.diag(covariance_of(each))) for each in (curvature, information))
    # the curvature of two thousand measurements scatters by some hundredths about its mean, that of the tails by more
    np.testing.assert_allclose(observed, expected, rtol=0.1)


@pytest.mark.parametrize("method", ["least_squares", "trf", "lbfgsb"])
def test_every_kind_of_search_ends_at_the_same_degrees(large: exo.Problem, method: str) -> None:
    found = exo.fit(large, starts=1, seed=2, method=method, progress=False)
    assert found.values["nu"] == pytest.approx(exo.fit(large, starts=1, progress=False).values["nu"], rel=1e-4)


def test_each_replicate_may_have_degrees_of_its_own(tmp_path: Path) -> None:
    free_problem(tmp_path, ["1100", "800", "560", "455"], [0.0, 2.0, 5.0, 9.0])
    text = (tmp_path / "fit.toml").read_text().replace("[parameter.nu]", '[parameter.nu]\nper = "replicate"')
    (tmp_path / "fit.toml").write_text(text)
    rows = "only,a,0,1100\nonly,a,2,800\nonly,b,5,560\nonly,b,9,455\n"
    (tmp_path / "data.csv").write_text("condition,replicate,time [hour],count [vesicle]\n" + rows)
    problem = exo.load_fit(tmp_path)
    point = {"medium.decay": 0.09, "factor": 1.05, "sd": 60.0, "nu:a": 2.0, "nu:b": 20.0}
    predicted = 1050 * np.exp(-0.09 * np.array([0.0, 2.0, 5.0, 9.0]))
    wanted = -stats.t.logpdf([1100, 800, 560, 455], [2, 2, 20, 20], predicted, 60.0).sum()
    # the integrator is good to about 1e-7 of each prediction
    assert problem.cost(point) == pytest.approx(wanted, abs=1e-4)


FAULTS = {
    "must be a number above 0 or the name of a": ('degrees = "nu"', "degrees = true"),
    "'mu' is not in the .parameter. tables of this fit alone; known are factor, nu, sd": (
        'degrees = "nu"',
        'degrees = "mu"',
    ),
    "'count' is not in the .parameter. tables": ('degrees = "nu"', 'degrees = "count"'),
    "degrees of freedom are 'dimensionless'": ('degrees = "nu"', 'degrees = "sd"'),
    "'nu' may be -1, but degrees of freedom are above 0": ("lower = 0.5", 'scale = "linear"\nlower = -1'),
    "give it with that noise alone": ('"student_t"', '"additive"'),
    "parameter.nu: is not used by any observable": ('degrees = "nu"', "degrees = 4"),
}


@pytest.mark.parametrize("sentence", FAULTS)
def test_each_fault_of_degrees_is_one_sentence(tmp_path: Path, sentence: str) -> None:
    free_problem(tmp_path, CELLS, TIMES)
    text, (old, new) = (tmp_path / "fit.toml").read_text(), FAULTS[sentence]
    assert old in text
    (tmp_path / "fit.toml").write_text(text.replace(old, new))
    with pytest.raises(exo.WrongInput, match=sentence):
        exo.load_fit(tmp_path)
