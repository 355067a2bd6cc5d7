"""Quantiles of draws that pass by in blocks, against numpy on the whole table."""

import numpy as np
import pytest
from small_models import turnover

from exokinetics import ensemble
from exokinetics.simulation import ensembles, quantiles
from exokinetics.simulation.quantiles import RANK_ERROR, streamed_quantiles

LEVELS = (0.05, 0.5, 0.95)


@pytest.fixture(autouse=True)
def few_draws_are_exact(monkeypatch):
    monkeypatch.setattr(quantiles, "EXACT_BYTES", 0)
    monkeypatch.setattr(quantiles, "LEAST_EXACT", 1000)


def streamed(table, levels=LEVELS, size=1024):
    passes = []

    def run():
        passes.append(size)
        for first in range(0, len(table), size):
            yield table[first : first + size]

    return streamed_quantiles(run, levels, len(table), table.shape[1:]), len(passes)


def rank_errors(table, levels, found):
    """How far the rank of each answer is from that asked for, as a share of the draws."""
    errors = []
    for cell, column in enumerate(table.reshape(len(table), -1).T):
        known = np.sort(column[~np.isnan(column)])
        for level, value in zip(levels, found.reshape(len(levels), -1)[:, cell], strict=True):
            rank = level * (len(known) - 1)
            below, upto = known.searchsorted(value), known.searchsorted(value, "right") - 1
            errors.append(max(below - 1 - rank, rank - upto - 1, 0.0) / len(known))
    return errors


def tables():
    generator = np.random.default_rng(3)
    normal = generator.standard_normal((20_000, 4, 5))
    holes = np.where(generator.random(normal.shape) < 0.1, np.nan, normal)
    infinite = normal.copy()
    infinite[normal > 2.5], infinite[normal < -2.5] = np.inf, -np.inf
    late = np.sort(generator.standard_cauchy((20_000, 4, 5)) ** 3, axis=0)
    late[:1500, 0] = np.nan
    return {
        "log-normal": np.exp(5 * normal), "two modes": np.where(normal > 0, normal + 50, normal), "holes": holes,
        "sorted": np.sort(np.exp(normal), axis=0), "heavy tails, sorted, the first unknown": late,
        "few values": np.round(normal), "one value": np.full_like(normal, 3.0), "zeros": np.maximum(normal, 0.0),
        "infinite": infinite,
    }  # fmt: skip


@pytest.mark.parametrize("name", tables())
@pytest.mark.parametrize("levels", [LEVELS, (0.0, 0.001, 0.5, 1.0), (0.3,)])
def test_the_rank_is_within_what_is_promised(name, levels):
    table = tables()[name]
    found, _ = streamed(table, levels)
    assert max(rank_errors(table, levels, found)) <= RANK_ERROR


@pytest.mark.parametrize("name", ["one value", "few values"])
def test_draws_that_are_equal_are_told_exactly(name):
    table = tables()[name]
    found, passes = streamed(table)
    np.testing.assert_array_equal(found, np.quantile(table, LEVELS, axis=0))
    assert passes == 1


def test_the_least_and_the_most_are_exact():
    table = tables()["log-normal"]
    np.testing.assert_array_equal(streamed(table, (0.0, 1.0))[0], [table.min(axis=0), table.max(axis=0)])


def test_the_error_is_small_beside_that_of_the_draws_themselves():
    table = np.random.default_rng(5).standard_normal((100_000, 2, 5))
    found, _ = streamed(table)
    assert np.sqrt(np.mean(np.square(rank_errors(table, LEVELS, found)))) < np.sqrt(0.05 * 0.95 / len(table))


@pytest.mark.parametrize("size", [1, 7, 999, 1001, 20_000])
def test_the_size_of_the_blocks_does_not_matter(size):
    table = tables()["heavy tails, sorted, the first unknown"][:5000, :1, :2]
    np.testing.assert_array_equal(streamed(table, size=size)[0], streamed(table)[0])


def test_few_draws_give_what_numpy_gives():
    table = tables()["holes"][:1000]
    found, passes = streamed(table)
    np.testing.assert_array_equal(found, np.nanquantile(table, LEVELS, axis=0))
    assert passes == 1


def test_a_cell_that_is_never_known_is_nan():
    table = tables()["holes"]
    table[:, 0, 0] = np.nan
    for draws in (500, 5000):
        found, _ = streamed(table[:draws])
        assert np.isnan(found[:, 0, 0]).all()
        assert not np.isnan(found[:, 1:]).any()


# --- of an ensemble ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", ["sobol", "lhs", "random"])
def test_a_summary_of_many_draws_is_that_of_the_whole_table(sampler):
    times, options = [0.0, 1.0, 4.0], {"draws": 5000, "seed": 2, "sampler": sampler}
    whole, kept = ensemble(turnover(), times, **options), ensemble(turnover(), times, summary=LEVELS, **options)
    found = kept.quantiles(LEVELS)["x"].to_numpy()[:, :, None]
    assert max(rank_errors(whole.table, LEVELS, found)) <= RANK_ERROR
    np.testing.assert_array_equal(kept.parameters, whole.parameters)


def test_a_summary_does_not_depend_on_how_many_run_at_once(monkeypatch):
    usual = ensemble(turnover(), [0.0, 4.0], draws=3000, summary=LEVELS).quantiles(LEVELS)["x"]
    monkeypatch.setattr(ensembles, "AT_ONCE", 77)
    np.testing.assert_array_equal(
        ensemble(turnover(), [0.0, 4.0], draws=3000, summary=LEVELS).quantiles(LEVELS)["x"], usual
    )


def test_the_memory_of_a_summary_does_not_grow_with_the_draws():
    import tracemalloc

    def peak(draws):
        tracemalloc.start()
        ensemble(turnover(), np.linspace(0.0, 4.0, 50), draws=draws, summary=LEVELS)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(100)  # what is loaded once
    assert peak(12_000) < 1.2 * peak(3000)


def test_a_table_that_is_too_large_names_the_summary():
    from exokinetics import WrongInput

    with pytest.raises(WrongInput, match="summary"):
        ensemble(turnover(), 1.0, draws=9_000_000)
