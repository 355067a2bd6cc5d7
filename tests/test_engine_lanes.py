"""Lanes, threads and stored code change no bit of a result. Every comparison here is exact."""

import gc
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from rotation import models_in_turn
from small_models import small_model

from exokinetics import Dose, load, prepare
from exokinetics.integrators import batch

SETS = 45  # no multiple of 8: the last lanes run empty


def forced():
    """Rates that name time with switches, saturation, Hill, a power and an explosion for some values."""
    return small_model(
        {"x": 1.0, "y": 0.5, "z": 0.0},
        {
            "k": "1 1/hour",
            "v": "2 1/hour",
            "half": 0.3,
            "n": 2.0,
            "on": "2 hour",
            "off": "3 hour",
            "grow": "0.05 1/hour",
        },
        {
            "feed": ("piecewise(v, time > on and time < off, 0)", {"x": 1}),
            "use": ("k*x/(half + x)", {"x": -1, "y": 1}),
            "turn": ("v*hill(y, half, n)", {"y": -1, "z": 1}),
            "swing": ("k*(1 + sin(k*time))*z**1.5", {"z": -1}),
            "explode": ("grow*y**2", {"y": 1}),
        },
    )


FORCED_TIMES = np.linspace(0, 10, 21)
DOSES = [Dose(1.0, "x", 2.0, repeat=3, every=2.5), Dose(4.0, "y", 1.0, duration=1.5)]


def question(rtol=1e-6):
    return prepare(forced(), FORCED_TIMES, doses=DOSES, rtol=rtol, method="rodas5p")


def draws(prepared, count=SETS, decades=1.0, seed=2):
    random = np.random.default_rng(seed)
    usual = prepared.system.defaults
    vectors = usual * 10.0 ** random.uniform(-decades, decades, (count, len(usual)))
    for name in {"n"} & set(prepared.system.inputs):
        vectors[:, prepared.system.position[name]] = random.uniform(1, 4, count)
    return vectors


def many(prepared, vectors, threads=1):
    return prepared.engine.many(vectors, threads=threads)[0]


def same(first, second):
    """Every bit of two answers, what is not a number included."""
    for name in ("outputs", "last", "reached"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes(), name
    for name in ("status", "steps", "rejected", "filled"):
        assert getattr(first, name).tolist() == getattr(second, name).tolist(), name


def rows(answer, order):
    return [(answer.outputs[each].tobytes(), int(answer.status[each]), int(answer.steps[each])) for each in order]


@pytest.fixture(scope="module")
def prepared():
    return question()


@pytest.fixture(scope="module")
def vectors(prepared):
    return draws(prepared)


def test_a_set_alone_and_in_lanes(prepared, vectors):
    answer = many(prepared, vectors)
    assert len(set(answer.status.tolist())) > 1  # some explode
    for index, vector in enumerate(vectors):
        alone = prepared.engine.one(vector)
        assert alone.table.tobytes() == answer.outputs[index, : len(alone.table)].tobytes()
        assert (alone.steps, alone.rejected) == (answer.steps[index], answer.rejected[index])
        assert alone.reached == answer.reached[index] and bool(alone.failure) == bool(answer.status[index])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_the_sets(prepared, vectors, seed):
    order = np.random.default_rng(seed).permutation(len(vectors))
    assert rows(many(prepared, vectors), order) == rows(many(prepared, vectors[order]), range(len(order)))


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_number_of_threads(prepared, vectors, threads):
    many_vectors = np.tile(vectors, (5, 1))
    same(many(prepared, many_vectors), many(prepared, many_vectors, threads))


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 15, 16, 17])
def test_the_number_of_sets(prepared, vectors, count):
    assert rows(many(prepared, vectors[:count]), range(count)) == rows(many(prepared, vectors), range(count))


def wild(prepared, kind):
    """Neighbours that fail, never start, explode, or take very long."""
    vector, place = prepared.system.defaults.copy(), prepared.system.position
    if kind == "undefined":
        vector[:] = np.nan
    elif kind == "infinite":
        vector[:] = np.inf
    elif kind == "explosive":
        vector[place["grow"]] = 1e6
    elif kind == "undefined start":
        vector[place["initial:x"]] = np.nan
    elif kind == "negative":
        vector[:] *= -1.0
    elif kind == "huge":
        vector[:] *= 1e100
    return vector


@pytest.mark.parametrize("kind", ["undefined", "infinite", "explosive", "undefined start", "negative", "huge"])
def test_neighbours_that_go_wild(prepared, vectors, kind):
    mixed = np.repeat(vectors[:12], 2, axis=0)
    mixed[1::2] = wild(prepared, kind)
    alone, beside = many(prepared, vectors[:12]), many(prepared, mixed)
    assert rows(alone, range(12)) == rows(beside, range(0, 24, 2))


def test_a_batch_forgets_what_it_ran_before(prepared, vectors):
    first = many(prepared, vectors)
    for kind in ("undefined", "huge", "explosive"):
        many(prepared, np.tile(wild(prepared, kind), (9, 1)))
        prepared.engine.one(wild(prepared, kind))
    same(first, many(prepared, vectors))
    same(first, many(question(), vectors))


def test_code_outlives_the_cache_that_two_threads_fill_at_once(vectors, monkeypatch):
    """The second thread to load the same code takes the place of the first in the cache, which must not be freed."""
    monkeypatch.setattr(batch, "_loaded", cache(batch._loaded.__wrapped__))
    monkeypatch.setattr(batch, "_driver", cache(batch._driver.__wrapped__))
    early = question()
    expected = early.engine.one(vectors[0])
    batch._loaded.cache_clear()  # what the second thread does to the first
    gc.collect()
    assert np.array_equal(early.engine.one(vectors[0]).table, expected.table)


def test_switch_times_of_each_draw():
    """The pulse lies elsewhere in each draw and is narrow; x gains v (off - on) in each."""
    model = small_model(
        {"x": 1.0},
        {"v": "2 1/hour", "on": "2 hour", "off": "3 hour"},
        {"feed": ("piecewise(v, time > on and time < off, 0)", {"x": 1})},
    )
    asked = prepare(model, np.array([0.0, 100.0]), method="rodas5p")
    random, vectors = np.random.default_rng(4), np.tile(asked.system.defaults, (100, 1))
    on, width = random.uniform(0, 99, 100), 10.0 ** random.uniform(-5, 0, 100)
    vectors[:, asked.system.position["on"]], vectors[:, asked.system.position["off"]] = on, on + width
    answer = many(asked, vectors)
    assert not answer.status.any()
    # times are rounded to 100 * 2^-53 = 1e-14 and rates asked 1e-13 inside: 2e-11 of v beside a start of 1
    np.testing.assert_allclose(answer.outputs[:, 1, 0], 1 + 2 * width, rtol=3e-11)
    for index, vector in enumerate(vectors[:10]):
        assert asked.engine.one(vector).table.tobytes() == answer.outputs[index].tobytes()


def test_starts_and_tolerances_of_their_own(vectors):
    """With a steady start each set brings its state and tolerances."""
    model = small_model(
        {"x": 1.0, "y": 0.0},
        {"s": "3 1/hour", "k": "0.5 1/hour"},
        {"made": ("s", {"x": 1}), "turned": ("k*x", {"x": -1, "y": 1}), "lost": ("k*y", {"y": -1})},
    )
    asked = prepare(model, np.linspace(0, 5, 6), start="steady", doses=[Dose(1.0, "x", 5.0)], method="rodas5p")
    given = draws(asked, 19)
    answer = many(asked, given)
    for index, vector in enumerate(given):
        assert asked.engine.one(vector).table.tobytes() == answer.outputs[index].tobytes()


@pytest.mark.parametrize("name", ["mir_21_pten_hcc_caf", "pip3_pten_egf"])
def test_a_shipped_model_alone_and_in_lanes(name):
    check_shipped(name, 10)


@pytest.mark.slow
@pytest.mark.parametrize("name", models_in_turn())
def test_every_shipped_model_alone_and_in_lanes(name):
    check_shipped(name, 50)


def check_shipped(name, count):
    asked = prepare(load(name), 20.0, start="initial", method="rodas5p")
    given = draws(asked, count, decades=2.0)
    answer = many(asked, given, threads=2)
    for index, vector in enumerate(given):
        alone = asked.engine.one(vector)
        assert alone.table.tobytes() == answer.outputs[index, : len(alone.table)].tobytes()


PROGRAM = """
import hashlib, sys
sys.path.insert(0, {tests!r})
from test_engine_lanes import draws, many, question
asked = question()
answer = many(asked, draws(asked), 2)
print(hashlib.sha256(answer.outputs.tobytes()).hexdigest(), int(answer.steps.sum()))
"""


def in_a_process(cache):
    program = PROGRAM.format(tests=str(Path(__file__).parent))
    environment = {**os.environ, "EXOKINETICS_CACHE": cache}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.slow
def test_code_that_was_stored(tmp_path, prepared, vectors):
    """Without a store, with an empty one, and with what the one before left there."""
    folder = str(tmp_path / "code")
    first, second, third = (in_a_process(cache) for cache in ("off", folder, folder))
    assert list(Path(folder).iterdir())
    assert first == second == third
    assert int(first[1]) == int(many(prepared, vectors).steps.sum())
