"""The search of a fit: the same digits however it is run, cut off or spread, and by every method."""

from __future__ import annotations

import contextlib
import math
import pickle
import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_fitting import decay_problem

import exokinetics as exo
from exokinetics.command_line import main
from exokinetics.fitting.checkpoint import digest
from exokinetics.fitting.climbing import climb
from exokinetics.fitting.inner import Inner
from exokinetics.fitting.minimising import COSTLY, METHODS, SEEDED, end_of, minimise, search_bounds
from exokinetics.fitting.problem import Likelihood
from exokinetics.fitting.scoring import Scoring
from exokinetics.fitting.search import Progress
from exokinetics.progress import Bar
from scripts.benchmarking.fit_problems import folders

TIMES = [0.0, 1.0, 2.0, 4.0, 8.0, 12.0, 16.0, 24.0]
SCATTER = [0.01, -0.12, 0.05, 0.08, -0.03, -0.09, 0.11, 0.02]
COUNTS = [1000 * math.exp(-0.1 * hour + noise) for hour, noise in zip(TIMES, SCATTER, strict=True)]


@pytest.fixture
def problem(tmp_path: Path) -> exo.Problem:
    """A decay with log-normal scatter, whose maximum likelihood is linear regression of the logarithm."""
    return decay_problem(tmp_path, "log_normal", COUNTS, TIMES)


def assert_same(first: exo.Fit, second: exo.Fit) -> None:
    """Every digit but the seconds that it took."""
    assert first.cost == second.cost
    assert first.values == second.values
    assert first.errors == second.errors
    assert first.starts.drop(columns="seconds").equals(second.starts.drop(columns="seconds"))


def test_the_number_of_threads_changes_no_digit(problem: exo.Problem) -> None:
    alone = exo.fit(problem, starts=6, seed=2, threads=1)
    assert_same(alone, exo.fit(problem, starts=6, seed=2, threads=5))
    assert_same(alone, exo.fit(problem, starts=6, seed=2))


def test_a_dask_client_changes_no_digit(problem: exo.Problem) -> None:
    distributed = pytest.importorskip("distributed", reason="needs the extra distributed")
    with (
        distributed.LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        spread = exo.fit(problem, starts=4, seed=2, client=client)
    assert_same(exo.fit(problem, starts=4, seed=2), spread)


def test_something_else_than_a_client_is_refused(problem: exo.Problem) -> None:
    pytest.importorskip("distributed", reason="needs the extra distributed")
    with pytest.raises(exo.WrongInput, match="must be a dask"):
        exo.fit(problem, starts=1, client="tcp://host")


@pytest.mark.parametrize("method", [name for name in METHODS if name not in SEEDED] + ["differential_evolution"])
def test_a_fit_and_its_problem_pickle(problem: exo.Problem, method: str) -> None:
    found = exo.fit(problem, starts=1, method=method)
    again = pickle.loads(pickle.dumps(found))
    assert_same(found, again)
    assert again.problem.cost(found.values) == found.problem.cost(found.values)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_the_linear_regression(problem: exo.Problem, method: str) -> None:
    found = exo.fit(problem, starts=1 if method in SEEDED else 2, seed=3, method=method)
    design = np.column_stack([np.ones(len(TIMES)), -np.array(TIMES)])
    (log_factor, rate), *_ = np.linalg.lstsq(design, np.log(np.array(COUNTS) / 1000.0), rcond=None)
    # the integrator's 1e-8 and the search's end leave five digits; the end is polished by least squares
    assert found.values["medium.decay"] == pytest.approx(rate, rel=1e-5)
    assert found.values["factor"] == pytest.approx(math.exp(log_factor), rel=1e-5)
    # each method's own end, before the polish, is where a tenth of a log-likelihood unit cannot be told
    assert found.starts["cost"].min() == pytest.approx(found.cost, abs=0.01)
    assert (found.starts["stopped"] != "").all()
    assert (found.starts["evaluations"] > 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_every_method_keeps_to_the_bounds_and_to_its_budget(problem: exo.Problem, tmp_path: Path, method: str) -> None:
    """The best rate, 0.1, lies beyond a bound of 0.05: then the bound is the best."""
    text = (
        (tmp_path / "fit.toml")
        .read_text()
        .replace('upper = "10 1/hour"', 'upper = "5e-2 1/hour"\nvalue = "1e-2 1/hour"\nreason = "test"')
    )
    (tmp_path / "fit.toml").write_text(text)
    bounded = exo.load_fit(tmp_path)
    lower, upper = search_bounds(bounded)
    begin = bounded.search_vector({"medium.decay": 1e-3, "factor": 0.5, "sd": 1.0})
    result = minimise(bounded, begin, 40, method=method, seed=(1, 2))
    end = end_of(result)
    assert (end >= lower).all()
    assert (end <= upper).all()
    assert bounded.natural(end)["medium.decay"] > 0.0499
    short = minimise(bounded, begin, 3, method=method, seed=(1, 2))
    assert short.nfev <= 3 * COSTLY.get(method, 1) + 1
    assert bounded.search_cost(end_of(short)) <= bounded.search_cost(begin)


@pytest.mark.parametrize("method", SEEDED)
def test_what_is_drawn_depends_on_the_seed_alone(
    problem: exo.Problem, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = problem.search_vector({"medium.decay": 1e-3, "factor": 0.5, "sd": 1.0})
    visited: list[tuple[float, ...]] = []
    at = Inner.at

    def noted(inner: Inner, search: np.ndarray, *, slopes: bool = False) -> Likelihood:
        visited.append(tuple(search))
        return at(inner, search, slopes=slopes)

    monkeypatch.setattr(Inner, "at", noted)
    ends, ways = [], []
    for seed in ((1, 0), (1, 0), (1, 1)):
        # basin hopping draws nothing before its first descent, of some 60 evaluations without slopes, has ended
        ends.append(end_of(minimise(problem, begin, 12, method=method, seed=seed)))
        ways.append(visited.copy())
        visited.clear()
    assert np.array_equal(ends[0], ends[1])
    assert ways[0] == ways[1]
    assert ways[0] != ways[2]  # the best point of both may be the same one, near which each of them has been


def test_a_search_that_begins_where_nothing_can_be_computed_ends_at_once_and_says_so(problem: exo.Problem) -> None:
    """A rate that is no number stands for any that the integrator gives up on: the same way through the code."""
    lower, upper = search_bounds(problem)
    reached = climb(Scoring(problem, lower, upper), np.full(len(lower), np.nan), evaluations=9, promise=1e-7)
    assert (reached.cost, reached.evaluations, reached.converged) == (np.inf, 1, False)
    assert reached.message


def test_lmfit_reports_the_errors_of_its_result(problem: exo.Problem) -> None:
    lmfit = pytest.importorskip("lmfit")
    text = lmfit.fit_report(exo.fit(problem, starts=1).lmfit)
    assert "fitting method   = least_squares" in text
    assert "could not be estimated" not in text


def test_an_unknown_method_is_told_the_nearest(problem: exo.Problem) -> None:
    with pytest.raises(exo.WrongInput, match="did you mean 'least_squares'"):
        exo.fit(problem, method="least_square")


def test_more_starts_may_be_asked_for_on_resume(problem: exo.Problem, tmp_path: Path) -> None:
    book = tmp_path / "book.sqlite"
    exo.fit(problem, starts=2, seed=4, checkpoint=book)
    told: list[Progress] = []
    more = exo.fit(problem, starts=5, seed=4, checkpoint=book, resume=True, progress=told.append)
    assert [(each.done, each.starts) for each in told] == [(3, 5), (4, 5), (5, 5)]
    assert told[0].best >= told[-1].best == more.starts["cost"].min()
    assert told[0].seconds_left > 0 == told[-1].seconds_left
    assert_same(exo.fit(problem, starts=5, seed=4), more)
    with contextlib.closing(sqlite3.connect(book)) as base:
        about = dict(base.execute("SELECT key, value FROM about"))
    assert (about["fit"], about["seed"], about["starts"]) == (problem.name, "4", "5")
    assert "numpy" in about["versions"]


def _another_database(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE measurements (number INTEGER)")


def _older_checkpoint(path: Path) -> None:
    """A line of JSON per start, as checkpoints were before they were SQLite files."""
    path.write_text('{"fit": "decay", "seed": 4}\n{"number": 0, "cost": 12.5, "search": [-1.0, 0.0, 1.2]}\n')


FOREIGN = {"text": lambda path: path.write_text("notes"), "older": _older_checkpoint, "database": _another_database}


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("kind", FOREIGN)
def test_a_file_that_is_no_checkpoint_is_refused_and_left(
    problem: exo.Problem, tmp_path: Path, kind: str, resume: bool
) -> None:
    book = tmp_path / "book.sqlite"
    FOREIGN[kind](book)
    before = book.read_bytes()
    with pytest.raises(exo.WrongInput, match=r"is no checkpoint of a fit; .* remove it to start afresh") as caught:
        exo.fit(problem, starts=1, checkpoint=book, resume=resume)
    assert len(str(caught.value).splitlines()) == 1
    assert book.read_bytes() == before


@pytest.mark.parametrize("place", ["missing/book.sqlite", "."])
def test_a_checkpoint_where_no_file_can_be_is_one_sentence(problem: exo.Problem, tmp_path: Path, place: str) -> None:
    with pytest.raises(exo.WrongInput, match="checkpoint: ") as caught:
        exo.fit(problem, starts=1, checkpoint=tmp_path / place)
    assert len(str(caught.value).splitlines()) == 1


def test_a_checkpoint_is_replaced_by_one_of_another_fit_unless_resumed(problem: exo.Problem, tmp_path: Path) -> None:
    book = tmp_path / "book.sqlite"
    book.touch()  # what a search leaves that was cut off as it began
    exo.fit(problem, starts=3, seed=4, checkpoint=book)
    exo.fit(problem, starts=1, seed=5, checkpoint=book)
    with contextlib.closing(sqlite3.connect(book)) as base:
        assert base.execute("SELECT number FROM start").fetchall() == [(0,)]
    with pytest.raises(exo.WrongInput, match="seed 5"):
        exo.fit(problem, starts=1, seed=4, checkpoint=book, resume=True)


CUT_OFF = """
import os, sqlite3, sys
from exokinetics.fitting.checkpoint import TABLES
base = sqlite3.connect(sys.argv[1])
base.set_trace_callback(lambda statement: os._exit(9) if sys.argv[2] in statement else None)
base.executescript(TABLES)
"""


@pytest.mark.parametrize("moment", ["CREATE TABLE IF NOT EXISTS short", "COMMIT"])
def test_a_checkpoint_that_is_cut_off_as_it_is_made_is_begun_again(
    problem: exo.Problem, tmp_path: Path, moment: str
) -> None:
    book = tmp_path / "book.sqlite"
    cut_off = subprocess.run([sys.executable, "-c", CUT_OFF, str(book), moment])
    assert cut_off.returncode == 9
    assert_same(exo.fit(problem, starts=1, seed=4, checkpoint=book, resume=True), exo.fit(problem, starts=1, seed=4))


def test_a_database_without_tables_may_become_a_checkpoint(problem: exo.Problem, tmp_path: Path) -> None:
    """What is left of a first table whose writing was cut off and taken back."""
    book = tmp_path / "book.sqlite"
    _another_database(book)
    with contextlib.closing(sqlite3.connect(book)) as base, base:
        base.execute("DROP TABLE measurements")
    assert book.stat().st_size > 0
    exo.fit(problem, starts=1, seed=4, checkpoint=book, resume=True)
    with contextlib.closing(sqlite3.connect(book)) as base:
        assert base.execute("SELECT number FROM start").fetchall() == [(0,)]


def test_a_checkpoint_knows_degrees_limits_conditions_and_equations(problem: exo.Problem, tmp_path: Path) -> None:
    """Whatever the outcome of a start depends on may not differ: each change alone makes another digest."""
    data, count = problem.data, problem.measured["count"]
    limits = np.zeros(len(data))
    limits[-1] = -1.0
    whole = problem.model.whole
    reactions = {name: replace(item, rate=item.rate * 2) for name, item in whole.reactions.items()}
    changed = [
        problem,
        replace(problem, measured={"count": replace(count, degrees=4.0)}),
        replace(problem, data=replace(data, sides={**data.sides, "count": limits})),
        replace(problem, data=replace(data, conditions=("other", *data.conditions[1:]))),
        replace(problem, model=replace(problem.model, whole=replace(whole, reactions=reactions))),
        replace(problem, effort=replace(problem.effort, batch=7)),
    ]
    assert len({digest(each, "least_squares", ()) for each in changed}) == len(changed)
    assert digest(exo.load_fit(tmp_path), "least_squares", ()) == digest(problem, "least_squares", ())


def test_the_report_advises_more_starts_until_some_agree(problem: exo.Problem) -> None:
    assert "more starts are advised" in exo.fit(problem, starts=1).report()
    assert "more are not needed" in exo.fit(problem, starts=8).report()


def test_the_waterfall_shows_every_start(problem: exo.Problem) -> None:
    (axis,) = exo.fit(problem, starts=4).waterfall().axes
    assert len(axis.lines[0].get_ydata()) == 4


def folder_of(problem: exo.Problem) -> str:
    return str(problem.folder)


def test_the_command_goes_on_where_it_was_killed(problem: exo.Problem, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    arguments = ["fit", folder_of(problem), "--starts", "20", "--seed", "6", "--threads", "1"]
    assert main([*arguments, "--out", str(whole), "--quiet"]) == 0
    child = subprocess.Popen([sys.executable, "-m", "exokinetics", *arguments, "--out", str(cut), "--quiet"])
    while _finished(cut / "checkpoint.sqlite") < 2 and child.poll() is None:
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    assert not (cut / "result.toml").exists()
    assert main([*arguments, "--out", str(cut), "--resume", "--quiet"]) == 0
    assert (cut / "result.toml").read_text() == (whole / "result.toml").read_text()


def _finished(book: Path) -> int:
    """How many starts a checkpoint keeps, from beside the process that writes it."""
    if not book.exists():
        return 0
    try:
        with contextlib.closing(sqlite3.connect(f"file:{book}?mode=ro", uri=True)) as base:
            return int(base.execute("SELECT count(*) FROM start").fetchone()[0])
    except sqlite3.OperationalError:  # not a table yet, or locked for a moment
        return 0


def test_the_command_says_when_there_is_nothing_to_resume(
    problem: exo.Problem, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["fit", folder_of(problem), "--starts", "1", "--out", str(tmp_path / "kept"), "--resume"]
    assert main(arguments) == 0
    assert "no such checkpoint yet, so the search began afresh" in capsys.readouterr().out
    assert main(arguments) == 0
    assert "afresh" not in capsys.readouterr().out
    assert main([*arguments, "--seed", "2"]) == 2
    assert "belongs to another fit" in capsys.readouterr().err
    assert main(["fit", folder_of(problem), "--resume"]) == 2
    assert "--resume needs --out DIR" in capsys.readouterr().err


def test_the_command_takes_threads_and_methods(problem: exo.Problem, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_of(problem)
    assert main(["fit", folder, "--starts", "2", "--threads", "0"]) == 2
    assert "--threads" in capsys.readouterr().err
    assert main(["fit", folder, "--starts", "1", "--method", "lbfgs"]) == 2
    assert "did you mean 'lbfgsb'" in capsys.readouterr().err
    assert main(["fit", folder, "--starts", "2", "--threads", "1", "--method", "lbfgsb", "--json"]) == 0


def test_the_bar_shows_the_best_cost(problem: exo.Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exokinetics.progress.PATIENCE", 0.0)
    bar = Bar("starts", 5)
    bar(2, "best cost 1.2346")
    try:
        (task,) = bar.shown.tasks
        assert (task.description, task.completed, task.total) == ("starts, best cost 1.2346", 2, 5)
    finally:
        bar.stop()


CHILD = """
import sys, exokinetics as exo
problem = exo.load_fit(sys.argv[1])
problem.cost()
print("ready", flush=True)
exo.fit(problem, starts=int(sys.argv[3]), seed=6, checkpoint=sys.argv[2], resume=True)
"""


@pytest.mark.slow
def test_a_fit_killed_at_twenty_random_moments_ends_at_the_same_digits(problem: exo.Problem, tmp_path: Path) -> None:
    kill_and_resume(problem, str(tmp_path), tmp_path / "book.sqlite", starts=40, kills=20)


@pytest.mark.slow
def test_a_shipped_fit_killed_at_five_random_moments_ends_at_the_same_digits(tmp_path: Path) -> None:
    name = "becker2010_epo_uptake"
    kill_and_resume(exo.load_fit(name), name, tmp_path / "book.sqlite", starts=8, kills=5)


def kill_and_resume(problem: exo.Problem, name: str, book: Path, *, starts: int, kills: int) -> None:
    """Kill a fit again and again, at moments that are two thirds of the whole together; then let it end."""
    began = time.perf_counter()
    undisturbed = exo.fit(problem, starts=starts, seed=6)
    lasted = time.perf_counter() - began
    moments = random.Random(1)
    killed = 0
    for _ in range(kills):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, name, str(book), str(starts)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(moments.uniform(0.0, lasted * 4 / (3 * kills)))
        child.send_signal(signal.SIGKILL)
        killed += child.wait() == -signal.SIGKILL
        child.stdout.close()
        if book.exists():
            with contextlib.closing(sqlite3.connect(book)) as base:
                assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert killed >= 3 * kills / 4  # else the moments were not within the search
    assert_same(undisturbed, exo.fit(problem, starts=starts, seed=6, checkpoint=book, resume=True))


def test_a_search_that_gains_next_to_nothing_ends_where_its_model_promises_little(problem: exo.Problem) -> None:
    scoring = Scoring(problem, *search_bounds(problem))
    begin = search_bounds(problem)[0] + 0.3
    best = climb(scoring, begin, evaluations=200, promise=1e-12)
    stalled = climb(scoring, begin, evaluations=200, promise=1e-12, patience=0)
    assert best.converged and not stalled.converged
    assert stalled.message == "stopped: 0 evaluations lowered the cost by less than 0.1"
    # it does not give up where the model still promises 1: that is about what is left to gain near the optimum
    assert best.cost < stalled.cost < best.cost + 1.5
    assert stalled.evaluations < best.evaluations


# values of the predators and prey of the benchmark for which the engine breaks off, or is given up; Radau went on for
# 17 to 49 s at such points, and found no states at all times either
WILD = [
    {"birth": 35.1, "eaten": 0.114, "growth": 11.8, "death": 1.21},
    {"birth": 92.3, "eaten": 0.225, "growth": 0.603, "death": 2.73},
    {"birth": 158.0, "eaten": 0.0477, "growth": 9.47, "death": 5.17},
]


@pytest.mark.parametrize("values", WILD)
def test_a_fit_leaves_what_the_engine_cannot_integrate(values: dict[str, float], tmp_path: Path) -> None:
    wild = exo.load_fit(folders(tmp_path, ["predator_prey"])["predator_prey"])
    wild.cost()  # compiled
    began = time.process_time()
    assert not math.isfinite(wild.cost(values))
    assert not all(math.isfinite(slope) for slope in wild.gradient(values).values())
    # 10,000 steps take some ten milliseconds, and there are four runs at most, on a machine that does other work too
    assert time.process_time() - began < 2.0
