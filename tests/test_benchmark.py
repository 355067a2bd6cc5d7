"""The benchmark's own logic: errors, tolerances, generated functions, turns; and one short run of the whole."""

import numpy as np
import pytest

from exokinetics.compiler import system_of
from scripts import benchmark
from scripts.benchmarking.generated import generated
from scripts.benchmarking.peer import all_peers
from scripts.benchmarking.peers.own import own
from scripts.benchmarking.precision import (
    Point,
    SlopeTruth,
    Truth,
    error_of,
    error_of_slopes,
    loosest,
    work_precision,
)
from scripts.benchmarking.problems import problem
from scripts.benchmarking.rows import Row
from scripts.benchmarking.slopes import chosen_parameters, slope_truth
from scripts.benchmarking.table import table
from scripts.benchmarking.timing import interleaved
from scripts.benchmarking.truth import truth_of

EXACT = Truth(np.array([[1.0, 0.0], [2.0, 1000.0]]), "by hand")


def test_an_error_is_relative_until_a_thousandth_of_the_largest_value():
    found = EXACT.states + np.array([[0.0, 0.0], [0.0, 0.0]])
    assert error_of(found, EXACT) == 0.0
    found[0, 1] = 1e-3  # beside a largest value of 1000: 1e-3 / (0 + 1)
    assert error_of(found, EXACT) == pytest.approx(1e-3)
    found[0, 0] = 1.0 + 1e-2
    assert error_of(found, EXACT) == pytest.approx(1e-2 / 1.002)


@pytest.mark.parametrize("found", [np.full((2, 2), np.nan), np.zeros((1, 2)), np.empty((0, 0))])
def test_a_failed_run_has_an_infinite_error(found):
    assert error_of(found, EXACT) == float("inf")


def test_an_error_of_slopes_is_relative_until_a_thousandth_of_the_largest_slope_of_the_species():
    exact = np.array([[[1.0, 0.0]], [[2.0, 1000.0]]])  # two times, one species, two parameters
    truth = SlopeTruth(("a", "b"), np.ones(2), exact, EXACT)
    assert error_of_slopes(exact, truth) == 0.0
    found = exact + np.array([[[0.0, 1e-3]], [[0.0, 0.0]]])
    assert error_of_slopes(found, truth) == pytest.approx(1e-3), "beside a largest slope of 1000: 1e-3 / (0 + 1)"
    assert error_of_slopes(found[:1], truth) == float("inf")


def euler(tolerance: float) -> Point:
    """dx/dt = -x to t = 1 in steps as long as the tolerance; at 1e-3 it is made to fail."""
    steps = round(1.0 / tolerance)
    found = np.array([[(1.0 - 1.0 / steps) ** steps]])
    error = float("inf") if tolerance == 1e-3 else error_of(found, Truth(np.array([[np.exp(-1.0)]]), "by hand"))
    return Point(tolerance, error, 0.0)


def test_the_loosest_tolerance_within_the_error_counts():
    points = work_precision(euler, [1e-2, 1e-3], tolerances=[1e-1, 1e-2, 1e-3, 1e-4, 1e-5])
    assert [point.tolerance for point in points] == [1e-1, 1e-2, 1e-3, 1e-4], "it stops within the tightest error"
    assert loosest(points, 1e-2).tolerance == 1e-2
    assert loosest(points, 1e-3).tolerance == 1e-4, "a failed run is passed over"
    assert loosest(points, 1e-9) is None


def test_generated_functions_are_the_equations(tmp_path):
    for name in ("heavy", "flagship"):
        made = problem(name, tmp_path)
        system, functions = system_of(made.model), generated(made)
        right, matrix = functions.plain
        state = made.start + 1.0
        values = dict(zip(made.inputs, made.values, strict=True))
        inputs = [values.get(name, 0.0) for name in system.inputs]
        np.testing.assert_allclose(right(0.0, state), system.rhs(0.0, state, inputs), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(matrix(0.0, state), system.jacobian(0.0, state, inputs), rtol=1e-9, atol=1e-12)


def test_calls_take_turns_within_their_budget():
    turns = []
    calls = {name: lambda name=name: turns.append(name) for name in "ab"}
    assert interleaved(calls, 2, shortest=0.0).keys() == {"a", "b"}
    assert "".join(turns) == "ab" * 3
    turns.clear()
    interleaved(calls, 2, budget=-1.0, shortest=0.0)
    assert "".join(turns) == "ab", "once each, and no round that the budget does not allow"


def test_the_table_says_how_many_times_as_long_a_tool_takes():
    rows = [Row("solve", "exokinetics, auto", 2e-4, 1e-6, 5e-7), Row("solve", "another", 3e-3, note="slow")]
    lines = table(rows, ["A third was left out: it is not installed."]).splitlines()
    assert lines[2] == "| solve | exokinetics, auto | 200 us | 1 | 1.0e-06 | 5.0e-07 |  |"
    assert lines[3] == "| solve | another | 3 ms | 15 |  |  | slow |"
    assert "left out" in lines[4]


def test_options_are_checked(capsys):
    for options, said in {"--peers nothing": "'nothing' is not one of roadrunner", "--figures": "needs --out"}.items():
        with pytest.raises(SystemExit):
            benchmark.main(options.split())
        assert said in capsys.readouterr().err
    assert len({peer.name for peer in all_peers()}) == len(all_peers())


@pytest.mark.slow
def test_the_slopes_of_the_benchmark_are_those_of_differences_and_of_exokinetics(tmp_path):
    made = problem("flagship", tmp_path)
    names = chosen_parameters(made)
    assert len(set(names)) == 25
    truth = slope_truth(made, truth_of(made), (names[1], names[-2]))
    # trajectories at 1e-12 over steps of 0.2 % leave 5e-10 of a species; the least slope that counts is 1e-6 of it
    assert truth.differences < 5e-4
    peer = own("auto")
    errors = [error_of_slopes(peer.slopes(made, truth, trial=True)(limit)(), truth) for limit in (1e-6, 1e-10)]
    assert errors[1] < errors[0] < 1e-2
    assert errors[1] < 1e-5, "the slopes follow the tolerance of the states"


@pytest.mark.slow
def test_a_quick_run_prints_the_table(capsys, tmp_path):
    tasks = "flagship,overhead"
    assert benchmark.main(["--quick", "--tasks", tasks, "--peers", "scipy-lsoda", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert printed.count("| scipy LSODA |") == 2
    assert "simulate() above them" in printed
    assert (tmp_path / "benchmarks.md").read_text("utf-8").strip() == printed.strip()
    assert len((tmp_path / "work_precision.csv").read_text("utf-8").splitlines()) > 10


@pytest.mark.slow
def test_quick_figures_are_written_with_their_numbers(tmp_path):
    asked = ["--quick", "--tasks", "overhead", "--peers", "scipy-lsoda", "--figures", "--out", str(tmp_path)]
    assert benchmark.main(asked) == 0
    for name in ("time_against_states", "time_against_draws"):
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
        assert "exokinetics, auto" in (tmp_path / f"{name}.csv").read_text("utf-8")
