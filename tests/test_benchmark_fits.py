"""The test bed of the benchmark of fits: known values come back, and other tools get the same likelihood."""

import csv

import numpy as np
import pytest

import exokinetics as exo
from scripts.benchmarking import fits, petab_folder
from scripts.benchmarking.fit_problems import BEDS, Bed, folders, write_bed
from scripts.benchmarking.own_search import OwnSearch
from scripts.benchmarking.peers.own import own
from scripts.benchmarking.rows import Request

QUICK = "decay_chain"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("beds")


@pytest.mark.parametrize("bed", [
    bed if bed.name == QUICK else pytest.param(bed, marks=pytest.mark.slow) for bed in BEDS
], ids=lambda bed: bed.name)  # fmt: skip
def test_the_values_that_the_data_were_drawn_from_come_back(bed, place):
    problem = exo.load_fit(write_bed(bed, place))
    assert problem.lint() == []
    found = exo.fit(problem, starts=1, initial=[problem.nominal], threads=1, progress=False)
    assert found.cost < problem.cost(problem.nominal), "the optimum describes the noise better than the truth does"
    for name, true in problem.nominal.items():
        decades = abs(np.log10(found.values[name] / true))
        error = found.errors[name] / (found.values[name] * np.log(10))
        # four standard errors miss one of 16,000 at random; a spread of few numbers is skewed, which 0.2 decades hold
        assert decades < max(4 * error, 0.2 if name.startswith("sd_") else 0.0), name


def test_the_data_of_the_test_bed_depend_on_the_seed_alone(tmp_path):
    first, second = (folders(tmp_path / name, [QUICK])[QUICK] for name in ("one", "two"))
    for name in ("data.csv", "fit.toml"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_a_recorded_search_ends_where_the_search_ends(place):
    problem = exo.load_fit(folders(place, [QUICK])[QUICK])
    (point,) = fits.beginnings(problem, 1)
    points = OwnSearch(problem).given(point)
    usual = exo.fit(problem, starts=1, initial=[problem.natural(point)], threads=1, progress=False)
    assert min(cost for _, cost in points) == pytest.approx(usual.starts["cost"][0], abs=1e-9), "the same numbers"
    assert [seconds for seconds, _ in points] == sorted(seconds for seconds, _ in points)
    chosen = OwnSearch(problem).chosen(point)
    usual = exo.fit(problem, starts=1, seed=1, threads=1, progress=False)
    assert min(cost for _, cost in chosen) == pytest.approx(usual.starts["cost"][0], abs=1e-9), "the first of seed 1"


def test_a_start_is_near_from_its_first_evaluation_within_a_tenth():
    start = fits.Start(3.0, [(0.5, 20.0), (1.0, float("nan")), (1.5, 10.05), (2.0, 10.0)])
    assert start.lowest == 10.0
    assert start.near(10.0) == 1.5
    assert start.near(9.0) == float("inf")
    row = fits.row_of("task", "tool", [start, fits.Start(1.0, [(0.1, 50.0)])], 10.0)
    assert row.seconds == 4.0, "all that was spent, for each start that arrived"
    assert "1 of 2 starts" in row.note


def test_petab_tables_hold_every_number_and_parameter(tmp_path):
    problem = exo.load_fit(folders(tmp_path, ["crauste2017_t_cells"])["crauste2017_t_cells"])
    assert petab_folder.unsuited(problem) == ""
    petab_folder.write_petab(problem, tmp_path / "petab")
    tables = {}
    for name in ("measurements", "parameters", "observables", "conditions"):
        with (tmp_path / "petab" / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            tables[name] = list(csv.DictReader(file, delimiter="\t"))
    assert len(tables["measurements"]) == 21
    first = tables["measurements"][0]
    assert (float(first["measurement"]), float(first["noiseParameters"])) == (459.0, 290.0)
    assert {row["parameterId"] for row in tables["parameters"]} == set(problem.estimated)
    assert tables["observables"][0]["noiseFormula"] == "noiseParameter1_naive_cells"


def test_a_parameter_that_a_condition_sets_has_another_name_in_the_tables(tmp_path):
    problem = exo.load_fit(folders(tmp_path, ["pip3_pten"])["pip3_pten"])
    petab_folder.write_petab(problem, tmp_path / "petab")
    with (tmp_path / "petab" / "conditions.tsv").open(encoding="utf-8", newline="") as file:
        conditions = {row["conditionId"]: row for row in csv.DictReader(file, delimiter="\t")}
    assert {name: row["pten"] for name, row in conditions.items()} == {
        "wild_type": "pten_of_the_fit", "pten_lost": "0.0", "little_egf": "pten_of_the_fit",
    }  # fmt: skip
    with (tmp_path / "petab" / "parameters.tsv").open(encoding="utf-8", newline="") as file:
        ids = {row["parameterId"] for row in csv.DictReader(file, delimiter="\t")}
    assert "pten_of_the_fit" in ids and "pten" not in ids and "kinase" in ids


def test_another_likelihood_is_refused_and_a_failed_integration_is_not(tmp_path):
    problem = exo.load_fit(folders(tmp_path, [QUICK])[QUICK])
    fits.agreeing(problem, problem.search_cost)
    lost = fits.beginnings(problem, 1)[0]
    fits.agreeing(problem, lambda point: np.inf if np.array_equal(point, lost) else problem.search_cost(point))
    with pytest.raises(ValueError, match="differs by 1 where the fit begins"):
        fits.agreeing(problem, lambda point: problem.search_cost(point) + 1.0)
    begin = problem.search_vector()
    with pytest.raises(ValueError, match=r"elsewhere by a share of 0\.01"):
        fits.agreeing(problem, lambda x: problem.search_cost(x) * (1.0 if np.array_equal(x, begin) else 1.01))


def test_a_tool_that_has_spent_its_budget_begins_no_other_search(tmp_path):
    problem = exo.load_fit(folders(tmp_path, [QUICK])[QUICK])
    request = Request(own("auto"), [], tmp_path, starts=5, budget=1e-6)
    rows = fits.problem_rows(problem, QUICK, request, with_peers=False)
    assert len(rows) == 2 and all("of 1 starts" in row.note for row in rows)


def test_a_fit_with_doses_is_told_to_be_unsuited():
    assert "doses" in petab_folder.unsuited(exo.load_fit("kiselev_pip3_pten"))


@pytest.mark.slow
@pytest.mark.parametrize("name", [QUICK, "pip3_pten"])  # in the latter a condition sets what is estimated
def test_pypesto_finds_the_same_cost(tmp_path, name):
    pytest.importorskip("pypesto")
    pytest.importorskip("amici")
    from scripts.benchmarking import pypesto_search

    problem = exo.load_fit(folders(tmp_path, [name])[name])
    made = pypesto_search.opened(problem, tmp_path / "pypesto")
    order = pypesto_search.in_order(problem.estimated, made.names)
    for point in fits.beginnings(problem, 3):
        # both integrate at rtol 1e-8, and costs far from the optimum are large
        assert made.cost(point[order]) == pytest.approx(problem.search_cost(point), rel=1e-5, abs=1e-3)


def test_a_start_where_the_model_cannot_be_integrated_fails_alone(place):
    # 1/(1 - k t) is beyond all numbers at t = 1/k, within the times of the data unless k is small
    growth = {"grow": ("k*x**2", {"x": 1})}
    bed = Bed("explosion", {"x": 1.0}, {"k": 0.02}, growth, {"x": "x"}, (1.0, 2.0, 4.0, 8.0, 16.0), ("k",), spread=0.1)
    problem = exo.load_fit(write_bed(bed, place))
    lost = problem.nominal | {"k": 0.15}
    assert np.isnan(problem.cost(lost)), "the spread is solved for inside, where there is nothing to solve for"
    found = exo.fit(problem, starts=2, initial=[lost, problem.nominal], threads=1, progress=False)
    assert "could not be integrated" in found.starts["reason"][0]
    assert found.starts["reason"][1] == ""
    assert found.cost < problem.cost(problem.nominal)


def test_a_search_that_begins_on_a_plateau_leaves_it(tmp_path):
    """From three of these points no step changes the cost by a millionth, seventy units above the optimum."""
    problem = exo.load_fit(folders(tmp_path, ["michaelis_menten"])["michaelis_menten"])
    points = [problem.natural(point) for point in fits.beginnings(problem, 20)]
    costs = exo.fit(problem, starts=20, initial=points).starts["cost"]
    assert costs.max() < costs.min() + 0.1
