"""The commands for a table of one's own, from a folder somewhere."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

import exokinetics as exo
from exokinetics.command_line import main

EPO = "epo_receptor_uptake"
FOLD = 3.0
# label at the surface and inside of cells, made with another rate of internalisation
TIMES = [1, 3, 6, 10, 20, 40, 80, 160]


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    made = exo.simulate(EPO, TIMES, values={"epo.internalisation": "0.2 1/minute"}, rtol=1e-9)
    rows = []
    for number, time in enumerate(TIMES):
        surface = made["epo.bound"][number] * math.exp(0.03 * (-1) ** number)
        inside = FOLD * made["label_inside"][number] * math.exp(0.02 * (-1) ** (number // 2))
        rows.append(f"{time},{surface:.5g},{inside:.5g}")
    path = tmp_path / "my data.csv"
    path.write_text("\n".join(["minutes,EPO bound [pM],label inside (RFU)", *rows]) + "\n")
    return path


def test_a_table_is_fitted_from_the_command_line(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["fit", "--model", EPO, "--data", "my data.csv", "--free", "epo.internalisation", "--starts", "3"]
    assert main([*command, "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    result = content["result"]
    assert content["ok"]
    assert result["ran"]
    assert result["folder"] == "my_data"
    assert any("is relative" in sentence for sentence in result["assumptions"])
    values = result["fit"]["values"]
    # scatter of 2 and 3 % at eight times leaves about one percent
    assert values["epo.internalisation"] == pytest.approx(0.2, rel=0.05)
    assert values["scale_measured_label_inside"] == pytest.approx(FOLD, rel=0.05)
    names = {path.name for path in Path("my_data").iterdir()}
    assert {"fit.toml", "data.csv", "README.md", "result.toml", "fit.png"} <= names
    assert "What is missing" in Path("my_data/README.md").read_text()
    assert main(["check", "my_data"]) == 0
    capsys.readouterr()
    # again: the folder of the first time is left as it is
    before = Path("my_data/fit.toml").read_text()
    assert main(command) == 2
    assert "is there already" in capsys.readouterr().err
    assert Path("my_data/fit.toml").read_text() == before
    assert main(["fit", "my_data", "--out", "my_data", "--starts", "3", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)["result"]["values"]
    assert again == values


def test_a_fit_is_written_and_not_run(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--model", EPO, "--data", table.name, "--out", "mine", "--no-run"]) == 0
    out = capsys.readouterr().out
    assert "- Column 'minutes' is the time, in minute." in out
    assert "exokinetics fit mine" in out
    assert sorted(path.name for path in Path("mine").iterdir()) == ["README.md", "data.csv", "fit.toml"]


def test_an_obstacle_is_told_and_the_folder_stays(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = table.read_text().splitlines()
    rows = [f"{line},{'drug' if number % 2 else 'control'}" for number, line in enumerate(text[1:])]
    table.write_text("\n".join([text[0] + ",treatment", *rows]))
    assert main(["fit", "--model", EPO, "--data", table.name, "--out", "mine", "--json"]) == 1
    content = json.loads(capsys.readouterr().out)
    assert not content["ok"]
    assert "the condition drug" in content["error"]
    assert content["result"]["ran"] is False
    assert exo.check("mine") == []


def test_a_column_is_what_the_user_says(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table.write_text(table.read_text().replace("EPO bound [pM]", "Kanal 3 = GFP [pM]"))
    command = ["fit", "--model", EPO, "--data", table.name, "--no-run", "--out", "mine"]
    assert main(command) == 2
    assert "'Kanal 3 = GFP' is no species or observable" in capsys.readouterr().err
    assert main([*command, "--column", "Kanal 3 = GFP=epo.bound", "--column", "label inside=ignore"]) == 0
    assert set(exo.load_fit("mine").measured) == {"epo_bound"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", EPO], "both --model NAME and --data FILE"),
        (["--data", "x.csv"], "both --model NAME and --data FILE"),
        (["becker2010_epo_uptake", "--model", EPO, "--data", "x.csv"], "not both"),
        (["becker2010_epo_uptake", "--no-run"], "go with --model NAME and --data FILE"),
        (["--model", EPO, "--data", "none.csv"], "there is no such file"),
        (["--model", "epo_receptor", "--data", "none.csv"], "did you mean 'epo_receptor_uptake'"),
        (["--model", EPO, "--data", "TABLE", "--free", "epo.recycle"], "did you mean 'epo.recycling'"),
        (["--model", EPO, "--data", "TABLE", "--column", "minutes"], "is not HEADER=ID"),
        (["--model", EPO, "--data", "TABLE", "--column", "minute=time"], "did you mean 'minutes'"),
        (["--model", EPO, "--data", "TABLE", "--column", "minutes=tine"], "did you mean 'time'"),
        (["--model", EPO, "--data", "TABLE", "--sheet", "one"], "is no workbook"),
        (["--model", EPO, "--data", "TABLE", "--out", "no/mine"], "there is no folder"),
        (["--model", EPO, "--data", "TABLE", "--method", "lbfgs"], "did you mean 'lbfgsb'"),
        (["--model", EPO, "--data", "TABLE", "--starts", "100001"], "from 1 to 100,000"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: list[str], words: str, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [table.name if each == "TABLE" else each for each in arguments]
    assert main(["fit", *given, "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert words in error
    assert len(error.splitlines()) == 1
    assert [path.name for path in table.parent.iterdir()] == [table.name]


@pytest.mark.parametrize("model", [EPO, "mir_21_pten_hcc_caf", "pip3_pten_egf"])
def test_a_new_fit_lacks_nothing_but_measurements(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "fit", "mine", "--model", model]) == 0
    assert "Fill in data.csv" in capsys.readouterr().out
    (issue,) = exo.check("mine")
    assert "needs a header and 1 to" in issue.message
    data = Path("mine/data.csv")
    rows = [f"{condition},1,{time},0.5\n" for condition in ("control", "treated") for time in (1, 8)]
    data.write_text(data.read_text() + "".join(rows))
    assert exo.check("mine") == []
    assert math.isfinite(exo.load_fit("mine").cost())
    assert main(["new", "fit", "mine", "--model", model]) == 2
