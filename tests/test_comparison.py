"""What counts as the same data, and the command that fits rivals and compares them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from straight_line import FREE, KNOWN, line_problem, responses
from test_fitting_noise import problem_of

import exokinetics as exo
from exokinetics.command_line import main
from exokinetics.fitting.comparison import cells_described, require_same_data

FLAT = '\n[rival.flat]\nparameter.slope = { estimate = false, value = 0, reason = "a claim" }\n'


def with_rivals(folder: Path, text: str) -> exo.Problem:
    line_problem(folder, responses(3), FREE)
    path = folder / "fit.toml"
    path.write_text(path.read_text() + text)
    return exo.load_fit(folder)


def test_the_same_numbers_at_other_doses_are_other_data(tmp_path: Path) -> None:
    """Sorted they are equal: only where each was measured differs."""
    values = responses(3)
    first, other = line_problem(tmp_path / "a", values), line_problem(tmp_path / "b", values[::-1])
    assert np.array_equal(np.sort(first.observed), np.sort(other.observed))
    require_same_data(first, line_problem(tmp_path / "c", values))
    with pytest.raises(exo.WrongInput, match=r"only a has signal of only at dose 0, .* and 9 more; give"):
        require_same_data(first, other)


def test_a_value_and_a_limit_of_the_same_number_are_other_data(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, _ = problem_of(tmp_path / "a", "log_normal")
    problem_of(tmp_path / "b", "log_normal")
    path = tmp_path / "b" / "data.csv"
    path.write_text(path.read_text().replace("<230", "230"))
    with pytest.raises(exo.WrongInput, match=r"only a has count of only at time 14, <230; give"):
        require_same_data(first, exo.load_fit(tmp_path / "b"))
    path.write_text(path.read_text().replace("only,14.0,230", "only,15.0,<230"))
    with pytest.raises(exo.WrongInput, match="different data"):
        require_same_data(first, exo.load_fit(tmp_path / "b"))


def test_a_rival_that_leaves_measurements_out_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    problem_of(tmp_path / "a", "log_normal")
    text = '\n[rival.twice]\n[rival.twice.observable.again]\ncolumn = "count"\nexpression = "medium.vesicles"\n'
    path = tmp_path / "a" / "fit.toml"
    path.write_text(path.read_text() + text + 'noise = "log_normal"\nspread = "sd"\n')
    problem = exo.load_fit(tmp_path / "a")
    assert cells_described(problem).total() == 6
    with pytest.raises(exo.WrongInput, match=r"a and twice describe different data.*only twice has count.* 5 more"):
        require_same_data(problem, problem.rivals["twice"])


def test_the_command_fits_rivals_and_says_which_the_data_tell_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = with_rivals(tmp_path / "line", FLAT)
    out = tmp_path / "out"
    code = main(["fit", str(tmp_path / "line"), "--rivals", "--starts", "2", "--out", str(out), "--json"])
    assert code == 0
    result = json.loads(capsys.readouterr().out)["result"]
    assert [row["fit"] for row in result["comparison"]] == [problem.name, "flat"]
    assert result["comparison"][1]["verdict"] == "the data rule it out against the best"
    assert set(result["fits"]) == {problem.name, "flat"}
    assert (out / "result.toml").exists()
    assert (out / "rivals" / "flat" / "result.toml").exists()
    assert (out / "comparison.csv").exists()
    assert main(["fit", str(tmp_path / "line"), "--rivals", "--starts", "2", "--out", str(out), "--resume"]) == 0
    assert "flat: the data rule it out against the best; against line p = " in capsys.readouterr().out
    assert main(["fit", str(tmp_path / "line"), "--starts", "1"]) == 0
    assert "--rivals fits them too" in capsys.readouterr().out


def test_the_command_leaves_out_rivals_of_other_data_and_refuses_where_there_are_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line_problem(tmp_path / "line", responses(3), KNOWN)
    assert main(["fit", str(tmp_path / "line"), "--rivals"]) == 2
    assert "has no rivals" in capsys.readouterr().err
    more = '\n[rival.twice.observable.again]\ncolumn = "signal"\nexpression = "slope*dose"\nnoise = "additive"\n'
    with_rivals(tmp_path / "line", FLAT + more + 'spread = "sd"\n')
    assert main(["fit", str(tmp_path / "line"), "--rivals", "--starts", "1"]) == 0
    assert "twice is left out: compare:" in capsys.readouterr().err
    assert main(["fit", str(tmp_path / "line"), "--rivals", "--rival", "flat"]) == 2
    assert "not both" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "key"),
    [(["bootstrap", "--repeats", "20"], "failures"), (["profile", "--parameter", "level"], "verdicts"),
     (["sample", "--steps", "60"], "converged")],
)  # fmt: skip
def test_a_command_takes_a_rival_and_answers_in_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str], key: str
) -> None:
    if command[0] == "sample":
        pytest.importorskip("emcee")
        pytest.importorskip("arviz")
    with_rivals(tmp_path / "line", FLAT)
    name, *options = command
    out = tmp_path / "out"
    code = main([name, str(tmp_path / "line"), "--rival", "flat", *options, "--json", "--out", str(out)])
    answer = json.loads(capsys.readouterr().out)
    assert code == 0
    assert answer["ok"]
    assert answer["result"]["rival"] == "flat"
    assert key in answer["result"]
    assert any(path.suffix == ".png" for path in out.iterdir())


def test_the_command_cross_validates_or_says_why_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from test_cross_validation import three_conditions

    three_conditions(tmp_path / "three", responses(3))
    assert main(["cross-validate", str(tmp_path / "three"), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["result"]["groups"]) == 3
    line_problem(tmp_path / "line", responses(3))
    assert main(["cross-validate", str(tmp_path / "line")]) == 2
    assert "a single condition" in capsys.readouterr().err
