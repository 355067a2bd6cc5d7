"""What a fit can say of its data: ties, conditions, spreads, repeats and numbers of the literature, by closed forms."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import laplace, lognorm, norm

import exokinetics as exo
from exokinetics.fitting.problem import Likelihood

MODEL = """
[part.drug]
law = "supplied_compound"
input = { value = "10 nM", quality = "assumed", reason = "test" }
renewal = { value = "0.1 1/hour", quality = "assumed", reason = "test" }

[part.other]
law = "supplied_compound"
input = { value = "0 nM", quality = "assumed", reason = "test" }
renewal = { value = "0.3 1/hour", quality = "assumed", reason = "test" }

[initial]
"drug.concentration" = { value = "2 nM", quality = "assumed", reason = "test" }
"other.concentration" = { value = "5 nM", quality = "assumed", reason = "test" }
"""

RATE = '[parameter."drug.renewal"]\nlower = "1e-4 1/hour"\nupper = "10 1/hour"\n'
SD = '[parameter.sd]\nunit = "nM"\nlower = 1e-3\nupper = 1e3\n'
LEVEL = '[observable.level]\nexpression = "drug.concentration"\nnoise = "additive"\nspread = "sd"\n'
REPLICATES = "condition,replicate,time [hour],level [nM]"
TIMES = np.array([0.0, 1.0, 3.0, 8.0, 20.0])
SCATTER = np.array([0.1, -0.2, 0.15, 0.05, -0.1])


def relaxing(times: np.ndarray, *, first: float = 2.0, last: float = 10.0, rate: float = 0.1) -> np.ndarray:
    """What a supplied compound does: it goes from where it was to its supply."""
    return np.asarray(last + (first - last) * np.exp(-rate * times))


def rows(condition: str, *columns: np.ndarray) -> str:
    """Lines of a data file."""
    return "".join(f"{condition}," + ",".join(map(repr, map(float, row))) + "\n" for row in zip(*columns, strict=True))


def problem_of(folder: Path, fit: str, data: str, header: str = "condition,time [hour],level [nM]") -> exo.Problem:
    """A fit of two supplied compounds, in files as a user would write them."""
    (folder / "two.toml").write_text(MODEL)
    (folder / "fit.toml").write_text('title = "two"\nmodel = "two.toml"\n\n' + fit)
    (folder / "data.csv").write_text(f"{header}\n{data}")
    return exo.load_fit(folder)


def assert_exact_gradient(problem: exo.Problem, values: dict[str, float]) -> None:
    """The gradient by central differences of a cost that is good to 1e-7, and that of the least-squares vector."""
    gradient = problem.gradient(values)
    for name, value in values.items():
        ends = [problem.cost({**values, name: value * (1 + shift)}) for shift in (1e-4, -1e-4)]
        assert gradient[name] * value == pytest.approx((ends[0] - ends[1]) / 2e-4, rel=1e-3, abs=5e-3)
    found = Likelihood(problem, problem.search_vector(values), slopes=True)
    # the same slopes, to rounding
    assert found.vector() @ found.vector_slopes() == pytest.approx(found.gradient(), rel=1e-9, abs=1e-9)


def test_a_rate_that_differs_by_condition_is_fitted_in_each(tmp_path: Path) -> None:
    data = rows("cold", TIMES, relaxing(TIMES, rate=0.05)) + rows("warm", TIMES, relaxing(TIMES, rate=0.4))
    per = RATE + 'per = "condition"\n'
    problem = problem_of(tmp_path, f"[condition.cold]\n[condition.warm]\n{LEVEL}{per}{SD}", data)
    assert problem.estimated == ("drug.renewal:cold", "drug.renewal:warm", "sd")
    assert_exact_gradient(problem, {"drug.renewal:cold": 0.07, "drug.renewal:warm": 0.3, "sd": 0.5})
    found = exo.fit(problem, starts=3, seed=1)
    # the data are without scatter; the smallest spread that the bounds allow is 1e-3 of a level of 10
    assert found.values["drug.renewal:cold"] == pytest.approx(0.05, rel=1e-4)
    assert found.values["drug.renewal:warm"] == pytest.approx(0.4, rel=1e-4)


def test_a_parameter_of_the_fit_may_differ_by_replicate(tmp_path: Path) -> None:
    """Two blots with scales of their own, on the log the mean of the differences."""
    level = '[observable.level]\nexpression = "scale*drug.concentration"\nnoise = "log_normal"\nspread = "sd"\n'
    scale = '[parameter.scale]\nunit = "dimensionless"\nlower = 1e-3\nupper = 1e3\nper = "replicate"\n'
    sd = '[parameter.sd]\nunit = "dimensionless"\nlower = 1e-3\nupper = 10\n'
    data = "".join(
        f"only,{blot},{time},{factor * value * math.exp(noise)!r}\n"
        for blot, factor in (("a", 3.0), ("b", 0.2))
        for time, value, noise in zip(TIMES.tolist(), relaxing(TIMES).tolist(), SCATTER.tolist(), strict=True)
    )
    problem = problem_of(
        tmp_path, "[condition.only]\n" + level + scale + sd, data, "condition,replicate,time [hour],level [nM]"
    )
    assert problem.estimated == ("scale:a", "scale:b", "sd")
    assert_exact_gradient(problem, {"scale:a": 2.0, "scale:b": 0.3, "sd": 0.2})
    found = exo.fit(problem, starts=2, seed=1)
    # the integrator is good to 1e-7, the search to 1e-5
    assert found.values["scale:a"] == pytest.approx(3.0 * math.exp(SCATTER.mean()), rel=1e-4)
    assert found.values["scale:b"] == pytest.approx(0.2 * math.exp(SCATTER.mean()), rel=1e-4)
    assert found.values["sd"] == pytest.approx(SCATTER.std(), rel=1e-3)


def test_ties_compute_a_rate_and_a_start(tmp_path: Path) -> None:
    fit = f"""
[condition.only]
ties = {{ "drug.concentration" = "first", "other.renewal" = "2*drug.renewal" }}

[observable.level]
expression = "drug.concentration + other.concentration"
noise = "additive"
spread = "sd"

[parameter.first]
unit = "nM"
lower = 1e-2
upper = 1e3

{RATE}{SD}"""
    truth = relaxing(TIMES, first=4.0) + relaxing(TIMES, first=5.0, last=0.0, rate=0.2)
    problem = problem_of(tmp_path, fit, rows("only", TIMES, truth))
    point = {"first": 3.0, "drug.renewal": 0.2, "sd": 0.7}
    mean = relaxing(TIMES, first=3.0, rate=0.2) + relaxing(TIMES, first=5.0, last=0.0, rate=0.4)
    # the integrator is good to 1e-7 of ten, against a spread of 0.7
    assert problem.cost(point) == pytest.approx(-norm.logpdf(truth, mean, 0.7).sum(), abs=1e-5)
    assert_exact_gradient(problem, point)
    found = exo.fit(problem, starts=3, seed=1)
    assert found.values["first"] == pytest.approx(4.0, rel=1e-3)
    assert found.values["drug.renewal"] == pytest.approx(0.1, rel=1e-3)


def test_a_tie_of_the_whole_fit_holds_in_every_condition_that_does_not_set_it(tmp_path: Path) -> None:
    fit = f"""
[condition.tied]
[condition.set]
values = {{ "other.renewal" = "0.9 1/hour" }}

[observable.level]
expression = "other.concentration"
noise = "additive"
spread = "sd"

[parameter."other.renewal"]
tie = "3*drug.renewal"

{RATE}{SD}"""
    data = rows("tied", TIMES, TIMES) + rows("set", TIMES, TIMES)
    problem = problem_of(tmp_path, fit, data)
    assert problem.estimated == ("drug.renewal", "sd")
    point = {"drug.renewal": 0.2, "sd": 0.7}
    means = [relaxing(TIMES, first=5.0, last=0.0, rate=rate) for rate in (0.6, 0.9)]
    # as above
    assert problem.cost(point) == pytest.approx(-sum(norm.logpdf(TIMES, mean, 0.7).sum() for mean in means), abs=1e-4)
    assert_exact_gradient(problem, point)


def test_a_condition_may_come_to_rest_under_other_values_than_it_runs_with(tmp_path: Path) -> None:
    condition = '[condition.only]\nstart = "steady"\nbefore = { "drug.input" = "1 nM" }\n'
    supply = '[parameter."drug.input"]\nlower = "1e-2 nM"\nupper = "1e3 nM"\n'
    truth = relaxing(TIMES, first=1.0, last=8.0, rate=0.2)
    problem = problem_of(tmp_path, condition + LEVEL + supply + RATE + SD, rows("only", TIMES, truth))
    point = {"drug.input": 6.0, "drug.renewal": 0.15, "sd": 0.5}
    mean = relaxing(TIMES, first=1.0, last=6.0, rate=0.15)
    assert problem.cost(point) == pytest.approx(-norm.logpdf(truth, mean, 0.5).sum(), abs=1e-4)
    assert_exact_gradient(problem, point)


# noise, spread, the parameters of the fit alone that it names, and scipy's density of data, means and standard errors
NOISES = {
    "constant and relative": (
        "additive", "sqrt(sd**2 + (share*predicted)**2)", ("sd", "share"),
        lambda data, mean, sem: norm.logpdf(data, mean, np.sqrt(0.4**2 + (0.2 * mean) ** 2)),
    ),
    "reported with a number": (
        "additive", "sd_reported/sqrt(n)", (), lambda data, mean, sem: norm.logpdf(data, mean, sem)
    ),
    "reported and more": (
        "laplace", "sd + sd_reported", ("sd",), lambda data, mean, sem: laplace.logpdf(data, mean, 0.4 + 2 * sem)
    ),
    "relative Laplace": (
        "laplace", "share*predicted", ("share",), lambda data, mean, sem: laplace.logpdf(data, mean, 0.2 * mean)
    ),
    "log-normal that grows": (
        "log_normal", "share + sd_reported/predicted", ("share",),
        lambda data, mean, sem: lognorm.logpdf(data, 0.2 + 2 * sem / mean, scale=mean),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NOISES)
def test_a_spread_may_be_reported_or_computed(tmp_path: Path, name: str) -> None:
    noise, spread, own, density = NOISES[name]
    level = LEVEL.replace('"additive"', f'"{noise}"').replace('spread = "sd"', f'spread = "{spread}"')
    tables = {"sd": SD, "share": '[parameter.share]\nunit = "dimensionless"\nlower = 1e-3\nupper = 10\n'}
    point = {"drug.renewal": 0.15} | {id: {"sd": 0.4, "share": 0.2}[id] for id in own}
    sem = np.array([0.3, 0.2, 0.4, 0.3, 0.5])
    measured = relaxing(TIMES) + SCATTER
    data = rows("only", TIMES, measured, 2 * sem, np.full(5, 4.0))
    header = "condition,time [hour],level [nM],sd_reported [nM],n [dimensionless]"
    fit = "[condition.only]\n" + level + RATE + "".join(tables[id] for id in own)
    problem = problem_of(tmp_path, fit, data, header)
    truth = -float(density(measured, relaxing(TIMES, rate=0.15), sem).sum())
    assert problem.cost(point) == pytest.approx(truth, abs=1e-4)  # the integrator's 1e-7 of ten, over spreads of 0.1
    assert_exact_gradient(problem, point)
    assert len(problem.residuals(point)) == 5


def test_technical_repeats_are_averaged_into_one_value_of_their_sample(tmp_path: Path) -> None:
    level = LEVEL.replace('spread = "sd"', 'spread = "sd/sqrt(repeats)"\nrepeats = "average"')
    data = "".join(
        f"only,{sample},{time},{value}\n"
        for sample, time, value in (
            ("a", 0, 2.2),
            ("a", 0, 2.4),
            ("b", 0, 1.9),
            ("a", 8, 6.0),
            ("a", 8, 6.3),
            ("a", 8, 6.6),
        )
    )
    problem = problem_of(tmp_path, "[condition.only]\n" + level + RATE + SD, data, REPLICATES)
    assert problem.observed == pytest.approx([2.3, 1.9, 6.3])  # means of short decimals, to rounding
    mean = relaxing(np.array([0.0, 0.0, 8.0]))
    truth = norm.logpdf([2.3, 1.9, 6.3], mean, 0.5 / np.sqrt([2.0, 1.0, 3.0])).sum()
    assert problem.cost({"drug.renewal": 0.1, "sd": 0.5}) == pytest.approx(-truth, abs=1e-5)


@pytest.mark.parametrize("error", ['sd = "1 hour"', "factor = 1.2"])
def test_a_number_of_the_literature_is_one_more_measurement(tmp_path: Path, error: str) -> None:
    scalar = f'[scalar.half_life]\nexpression = "log(2)/drug.renewal"\nvalue = "5 hour"\n{error}\nsource = "a test"\n'
    measured = relaxing(TIMES) + SCATTER
    problem = problem_of(tmp_path, "[condition.only]\n" + LEVEL + RATE + SD + scalar, rows("only", TIMES, measured))
    point = {"drug.renewal": 0.12, "sd": 0.5}
    mean = math.log(2) / 0.12
    more = norm.logpdf(5, mean, 1) if "sd" in error else lognorm.logpdf(5, math.log(1.2), scale=mean)
    truth = -norm.logpdf(measured, relaxing(TIMES, rate=0.12), 0.5).sum() - more
    assert problem.cost(point) == pytest.approx(truth, abs=1e-5)
    assert_exact_gradient(problem, point)
    assert "half_life" in exo.fit(problem, starts=1).report()


ONLY = "[condition.only]"


def with_ties(lines: str) -> tuple[str, str]:
    """The edit that gives the condition these lines."""
    return ONLY, f"{ONLY}\n{lines}"


def with_scalar(lines: str) -> tuple[str, str]:
    """The edit that adds a number of the literature."""
    return ONLY, f"{ONLY}\n[scalar.half]\n{lines}"


FAULTS = {
    "keep one of the two": with_ties('values = { "drug.renewal" = "1 1/hour" }\nties = { "drug.renewal" = "rate" }'),
    "is not a parameter or species": with_ties('ties = { "drug.renewl" = "rate" }'),
    "but 'drug.renewal' in '1/hour'": with_ties('ties = { "drug.renewal" = "sd" }'),
    "that a tie may name": with_ties('ties = { "drug.renewal" = "time" }'),
    "it needs start = 'steady'": with_ties('before = { "drug.input" = "1 nM" }'),
    "only a parameter of the model is tied": ('unit = "1/hour"\nlower', 'unit = "1/hour"\ntie = "sd"\nlower'),
    "use 'condition' or 'replicate'": ('unit = "1/hour"', 'unit = "1/hour"\nper = "day"'),
    "differs by condition": ('upper = "10 1/hour"', 'upper = "10 1/hour"\nper = "replicate"'),
    "has no place beside a tie": ('upper = "10 1/hour"', 'upper = "10 1/hour"\ntie = "2*rate"'),
    "use 'average'": ('spread = "sd"', 'spread = "sd"\nrepeats = "median"'),
    "is empty or not above 0": ('spread = "sd"', 'spread = "sd*n"'),
    "say where the number was published": with_scalar('expression = "1/rate"\nvalue = "5 hour"\nsd = "1 hour"'),
    "needs sd, its standard error": with_scalar('expression = "1/rate"\nvalue = "5 hour"\nsource = "x"'),
    "depends on the state": with_scalar('expression = "drug.concentration"\nvalue = "5 nM"\nsd = "1 nM"\nsource = "x"'),
}


@pytest.mark.parametrize("sentence", FAULTS)
def test_each_fault_is_one_sentence(tmp_path: Path, sentence: str) -> None:
    own = '[parameter.rate]\nunit = "1/hour"\nlower = 1e-4\nupper = 10\n'
    level = LEVEL.replace('"drug.concentration"', '"drug.concentration + 0*rate*time*sd"')
    before = f"{ONLY}\n" + level + RATE + SD + own
    old, new = FAULTS[sentence]
    assert old in before
    data = "only,1,2,\nonly,2,3,4\n"
    with pytest.raises(exo.WrongInput, match=sentence):
        problem_of(tmp_path, before.replace(old, new, 1), data, "condition,time [hour],level [nM],n [dimensionless]")


def test_lint_names_a_parameter_that_nothing_sees_and_a_start_on_a_bound(tmp_path: Path) -> None:
    blind = '[parameter."other.input"]\nlower = "1e-2 nM"\nupper = "1e3 nM"\nvalue = "1e3 nM"\n'
    fit = "[condition.only]\n[condition.empty]\n" + LEVEL + RATE + SD + blind
    problem = problem_of(tmp_path, fit, rows("only", TIMES, relaxing(TIMES)))
    said = "\n".join(str(issue) for issue in problem.lint())
    assert "parameter.other.input: nothing measured depends on it" in said
    assert "begins on a bound" in said
    assert "condition.empty: nothing was measured in it" in said
    assert "drug.renewal" not in said
