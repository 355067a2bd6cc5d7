"""Ensembles: draws from the stated ranges, the same numbers for the same seed, every draw a simulation of its own."""

import math

import numpy as np
import pandas
import pytest
from small_models import decay, small_model, small_part, turnover

from exokinetics import Parameter, Part, Value, WorkFailed, WrongInput, compose, ensemble, load, simulate
from exokinetics.model.values import fixed
from exokinetics.simulation.sampling import SAMPLERS, draw_table, draws_of, uncertain

SAME_FOR_EVER = {
    "sobol": [1.8877320329187435, 0.48385149564912877, 0.23985349968814937, 2.30064394785441],
    "lhs": [1.9829167613020722, 0.204559025895593, 0.06062866788995347, 0.09840809286795452],
    "random": [3.5129789019454147, 0.32094587290842097, 0.17213103231604934, 0.5489879271591388],
}  # the third of three draws of the model below with seed 7

every_sampler = pytest.mark.parametrize("sampler", SAMPLERS)


def ranged():
    """x falls at k, with one parameter of every distribution beside it."""
    records = {
        "log": Value(1.0, "dimensionless", 0.1, 20.0, "assumed", reason="test", range="stated"),
        "fraction": Value(
            0.3, "dimensionless", 0.1, 0.7, "assumed", reason="test", range="stated", distribution="logit"
        ),
        "exponent": Value(
            2.0, "dimensionless", 1.2, 5.0, "assumed", reason="test", range="stated", distribution="hill"
        ),
        "count": fixed(3.0, "dimensionless", "test"),
        "zero": fixed(0.0, "dimensionless", "test"),
    }
    extra = Part(parameters={id: Parameter(id, "dimensionless", record) for id, record in records.items()})
    part = small_part({"x": 2.0}, {"k": "0.5 1/hour"}, {"loss": ("k*x", {"x": -1})})
    return compose("ranged", [part, extra])


# --- draws ------------------------------------------------------------------------------------------------------------


def test_what_has_no_range_is_not_drawn():
    assert uncertain(ranged()) == ["exponent", "fraction", "k", "log"]


@every_sampler
def test_the_central_90_percent_of_the_draws_are_low_and_high(sampler):
    model, draws = ranged(), 2000
    table = draw_table(model, draws, sampler, 3, None)
    for name in table.columns:
        value = model.value(name)
        below, above = (table[name] < value.low).mean(), (table[name] > value.high).mean()
        # 5 % of 2000 random draws: a standard error of 0.5 %; four of them
        assert below == pytest.approx(0.05, abs=0.02)
        assert above == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize("sampler", ["sobol", "lhs"])
def test_stratified_samplers_fill_the_range_evenly(sampler):
    table = draw_table(ranged(), 256, sampler, 3, None)
    levels = (np.log(table["log"]) - np.log(math.sqrt(0.1 * 20.0))) / (np.log(20.0 / 0.1) / 2 / 1.6448536269514722)
    from scipy.stats import norm

    counts = np.histogram(norm.cdf(levels), bins=64, range=(0, 1))[0]
    assert counts.tolist() == [4] * 64  # of 256 points four fall into every 64th of the range: that is stratification


@every_sampler
def test_draws_are_independent_of_each_other(sampler):
    table = np.log(draw_table(ranged(), 1024, sampler, 3, None).to_numpy())
    correlations = np.corrcoef(table, rowvar=False) - np.eye(table.shape[1])
    assert np.abs(correlations).max() < 4 / math.sqrt(1024)  # four standard errors of a correlation of random draws


@every_sampler
def test_the_same_seed_gives_the_same_draws(sampler):
    first, again, other = (draw_table(ranged(), 50, sampler, seed, None) for seed in (7, 7, 8))
    pandas.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


@every_sampler
def test_draws_in_blocks_are_the_same_draws(sampler):
    draws = draws_of(ranged(), 300, sampler, 4, None)
    for size in (1, 7, 128, 1000):
        np.testing.assert_array_equal(np.concatenate(list(draws.blocks(size))), draws.table.to_numpy())


@pytest.mark.parametrize(("sampler", "wanted"), SAME_FOR_EVER.items())
def test_the_draws_of_a_seed_stay_what_they_are(sampler, wanted):
    table = draw_table(ranged(), 3, sampler, 7, None)
    # the last digits are those of the processor's functions
    np.testing.assert_allclose(table.to_numpy()[2], wanted, rtol=1e-13)


def test_more_sobol_draws_begin_with_the_fewer():
    few, many = (draw_table(ranged(), draws, "sobol", 1, None) for draws in (5, 64))
    np.testing.assert_array_equal(few.to_numpy(), many.to_numpy()[:5])


@every_sampler
def test_one_draw_is_possible(sampler):
    assert len(draw_table(ranged(), 1, sampler, 0, None)) == 1


def test_draws_of_the_shipped_models_are_within_what_can_be():
    model = load("mir_21_pten_hcc_caf")
    table = draw_table(model, 256, "sobol", 0, None)
    assert (table > 0).all(axis=None)
    for name in table.columns:
        distribution = model.value(name).distribution
        if distribution == "logit":
            assert table[name].max() < 1, name
        if distribution == "hill":
            assert table[name].between(1, 8).all(), name
    assert not {"medium.volume", "hepatoma.number", "avogadro"} & set(table.columns)


# --- runs -------------------------------------------------------------------------------------------------------------


def test_every_draw_equals_its_own_simulation():
    model = load("mir_21_pten_hcc_caf")
    found = ensemble(model, [0.0, 12.0], draws=4, seed=5)
    for draw in range(4):
        values = {name: float(found.parameters[name][draw]) for name in found.parameters.columns}
        alone = simulate(model, [0.0, 12.0], values=values)
        for name in found.outputs:
            np.testing.assert_array_equal(found[name][draw], alone[name])  # the same steps: the same bits


def test_the_same_seed_gives_the_same_ensemble():
    first, again = (ensemble(turnover(), 3.0, draws=8, seed=2) for _ in range(2))
    np.testing.assert_array_equal(first["x"], again["x"])


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_number_of_threads_does_not_matter(threads):
    np.testing.assert_array_equal(
        ensemble(turnover(), 3.0, draws=12, threads=threads)["x"], ensemble(turnover(), 3.0, draws=12)["x"]
    )


def test_a_neighbour_does_not_matter():
    alone = ensemble(turnover(), 3.0, draws={"k": [0.5]})["x"][0]
    np.testing.assert_array_equal(ensemble(turnover(), 3.0, draws={"k": [1e4, 0.5, 1e-9]})["x"][1], alone)


@pytest.mark.parametrize("make", [dict, pandas.DataFrame, lambda table: pandas.DataFrame(table, index=[7, 3, 3])])
def test_a_table_of_draws_is_taken_as_it_is(make):
    rates = [0.25, 0.5, 1.0]
    found = ensemble(decay(), [0.0, 2.0], draws=make({"k": rates}), rtol=1e-9)
    np.testing.assert_allclose(found["x"][:, 1], 2 * np.exp(-2.0 * np.array(rates)), rtol=1e-7)  # a hundred times rtol
    assert found.parameters["k"].tolist() == rates


def test_values_of_the_request_are_not_drawn():
    found = ensemble(turnover(), [0.0, 1.0], draws=8, values={"k": 0.25})
    assert list(found.parameters.columns) == ["s"]
    one = simulate(turnover(), [0.0, 1.0], values={"k": 0.25, "s": float(found.parameters["s"][3])})
    np.testing.assert_array_equal(found["x"][3], one["x"])


def test_initial_doses_start_and_outputs_are_passed_on():
    model = turnover(observables={"double": "2*x"})
    found = ensemble(model, [0.0], draws={"k": [0.5, 1.0]}, start="steady", outputs=["double"])
    np.testing.assert_allclose(found["double"][:, 0], [12.0, 6.0], rtol=1e-9)  # Newton's last step
    assert ensemble(model, [0.0], draws={"k": [0.5]}, initial={"x": 7.0}, outputs="x")["x"][0, 0] == 7.0


def failing():
    """Blows up at t = 1/k when k is positive, decays when it is negative."""
    return small_model({"x": 1.0}, {"k": "1 1/hour"}, {"explode": ("k*x**2", {"x": 1})})


def test_a_failed_draw_is_nan_and_listed_and_the_others_go_on():
    found = ensemble(failing(), [0.0, 2.0], draws={"k": [-1.0, 1.0, -0.5]})
    assert found.failures["draw"].tolist() == [1]
    assert "'x'" in found.failures["reason"][0]
    assert np.isnan(found["x"][1]).all()
    np.testing.assert_allclose(found["x"][[0, 2], 1], [1 / 3, 1 / 2], rtol=1e-4)  # 1/(1 - k t); a hundred times rtol


def test_quantiles_leave_failed_draws_out():
    found = ensemble(failing(), [0.0, 2.0], draws={"k": [-1.0, 1.0, -0.5]})
    assert float(found.quantiles([0.5])["x"][0, 1]) == pytest.approx(
        (1 / 3 + 1 / 2) / 2, rel=1e-4
    )  # a hundred times rtol


def test_if_every_draw_fails_the_work_has_failed():
    model = small_model({"x": 0.0}, {"k": "1 1/hour"}, {"bad": ("k/x", {"x": 1})})
    with pytest.raises(WorkFailed, match="every one of the 2"):
        ensemble(model, [0.0, 2.0], draws={"k": [1.0, 2.0]})


# --- results ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spread():
    return ensemble(turnover(), [0.0, 1.0, 4.0], draws=16)


def test_quantiles_are_those_of_numpy(spread):
    found = spread.quantiles([0.05, 0.5, 0.95])
    assert found["x"].dims == ("quantile", "time")
    np.testing.assert_array_equal(found["x"], np.quantile(spread["x"], [0.05, 0.5, 0.95], axis=0))
    assert found["x"].attrs["units"] == "dimensionless"


def test_a_summary_keeps_the_quantiles_and_nothing_else(spread):
    kept = ensemble(turnover(), [0.0, 1.0, 4.0], draws=16, summary=[0.05, 0.95])
    np.testing.assert_array_equal(kept.quantiles([0.95, 0.05])["x"], spread.quantiles([0.95, 0.05])["x"])
    with pytest.raises(WrongInput, match="summary"):
        kept["x"]
    with pytest.raises(WrongInput, match=r"0\.5"):
        kept.quantiles([0.5])


def test_an_ensemble_becomes_a_dataset_with_the_parameters_as_coordinates(spread):
    dataset = spread.to_xarray()
    assert dict(dataset.sizes) == {"draw": 16, "time": 3}
    assert list(dataset.data_vars) == ["x"]
    assert set(dataset.coords) == {"draw", "time", "k", "s"}
    assert dataset["x"].dims == ("draw", "time")
    np.testing.assert_array_equal(dataset["x"], spread["x"])
    for name in spread.parameters:
        assert dataset[name].dims == ("draw",)
        np.testing.assert_array_equal(dataset[name], spread.parameters[name])


def test_a_parameter_that_bears_the_name_of_a_dimension_has_another_in_the_dataset():
    model = small_model({"x": 1.0}, {"draw": "1 1/hour"}, {"loss": ("draw*x", {"x": -1})})
    dataset = ensemble(model, 1.0, draws={"draw": [0.5, 1.0]}).to_xarray()
    assert dataset["draw"].values.tolist() == [0, 1]
    assert dataset["parameter:draw"].values.tolist() == [0.5, 1.0]


def test_the_shape_is_draw_by_time(spread):
    assert spread["x"].shape == (16, 3)
    assert spread.parameters.shape == (16, 2)
    assert spread.failures.empty
    assert list(spread.failures.columns) == ["draw", "reason"]


def test_a_plot_shows_the_median_and_is_saved(spread, tmp_path):
    figure = spread.plot(["x"])
    figure.savefig(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), np.median(spread["x"], axis=0))


# --- wrong requests ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"draws": 0}, ["draws"]), ({"draws": -1}, ["draws"]), ({"draws": 10**9}, ["draws"]),
        ({"draws": 2.5}, ["draws"]),
        ({"draws": True}, ["draws"]), ({"draws": None}, ["draws"]), ({"draws": "many"}, ["draws"]),
        ({"draws": {"kk": [1.0]}}, ["draws", "did you mean 'k'"]), ({"draws": {"k": []}}, ["draws"]),
        ({"draws": {"k": [np.nan]}}, ["draws"]),
        ({"draws": {"k": [1.0, 2.0], "s": [1.0]}}, ["draws"]), ({"draws": {"k": ["a"]}}, ["draws"]),
        ({"sampler": "sobl"}, ["sampler", "did you mean 'sobol'"]), ({"threads": 0}, ["threads"]),
        ({"threads": 1.5}, ["threads"]),
        ({"seed": -1}, ["seed"]), ({"seed": "a"}, ["seed"]), ({"summary": [2.0]}, ["summary"]),
        ({"summary": ["a"]}, ["summary"]),
        ({"values": {"kk": 1.0}}, ["values.kk"]), ({"client": object()}, ["client"]),
    ],
)  # fmt: skip
def test_a_wrong_request_is_one_sentence(request_, words):
    with pytest.raises(WrongInput) as caught:
        ensemble(turnover(), 1.0, **{"draws": 2} | request_)
    assert all(word in str(caught.value) for word in words), caught.value
    assert "\n" not in str(caught.value)


def test_wrong_questions_to_an_ensemble_are_one_sentence(spread):
    with pytest.raises(WrongInput, match="did you mean 'x'"):
        spread["xx"]
    with pytest.raises(WrongInput, match="did you mean 'x'"):
        spread.plot(["xx"])
    with pytest.raises(WrongInput, match="between 0 and 1"):
        spread.quantiles([1.5])
