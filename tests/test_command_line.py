"""The commands: what they print, write and return, wide and narrow, as text and as JSON."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rotation import every_model

from exokinetics import ensemble, fits, load, mechanisms, models, simulate
from exokinetics.command_line import main
from exokinetics.command_line.application import PLANNED, app
from exokinetics.command_line.outcome import plain
from exokinetics.command_line.page import Page

ROOT = Path(__file__).resolve().parents[1]
FLAGSHIP = "mir_21_pten_hcc_caf"
COMMANDS = {
    "bootstrap", "budget", "check", "coverage", "cross-validate", "export", "fit", "held-out", "import", "list", "new",
    "profile", "sample", "show", "simulate",
}  # fmt: skip
HEAVY = {"libsbml", "lmfit", "matplotlib", "numpy", "pandas", "pint", "scipy", "sympy", "xarray"}


@pytest.fixture(autouse=True)
def unlimited_width(monkeypatch):
    """As for a program that reads; some runners of tests set a width."""
    monkeypatch.delenv("COLUMNS", raising=False)


def run(*arguments, code: int = 0) -> None:
    assert main([str(each) for each in arguments]) == code


def text(capsys: pytest.CaptureFixture, *arguments, code: int = 0) -> str:
    run(*arguments, code=code)
    return capsys.readouterr().out


def result(capsys: pytest.CaptureFixture, *arguments) -> object:
    answer = json.loads(text(capsys, *arguments, "--json"), parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    assert answer.keys() == {"ok", "result"}
    assert answer["ok"] is True
    return answer["result"]


# help


def test_the_help_names_what_is_built_and_nothing_else(capsys):
    said = text(capsys, "--help")
    for name in COMMANDS:
        assert f" {name} " in said
    assert {each.name for each in app.registered_commands} == COMMANDS
    assert not COMMANDS & set(PLANNED)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself(command, capsys):
    said = text(capsys, command, "--help")
    for option in ("--json", "--quiet"):
        assert option in said


def test_without_a_command_the_help_is_shown(capsys):
    assert "Usage" in text(capsys)


def test_the_version(capsys):
    assert text(capsys, "--version").startswith("exokinetics ")


@pytest.mark.parametrize("arguments", ["['--help']", "['simulate', '--help']", "['list', 'models']", "['simulat']"])
def test_what_does_no_work_loads_no_heavy_library(arguments):
    program = f"import sys\nfrom exokinetics.command_line import main\nmain({arguments})\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert "typer" in loaded
    assert not loaded & HEAVY


# list, show, check


def test_list_names_everything(capsys):
    assert result(capsys, "list") == {"models": models(), "fits": fits(), "mechanisms": mechanisms()}
    said = text(capsys, "list")
    for name in (*models(), *fits(), *mechanisms()):
        assert f"\n{name} " in said


@pytest.mark.parametrize(("kind", "names"), [("models", models), ("fits", fits), ("mechanisms", mechanisms)])
def test_list_of_one_kind(kind, names, capsys):
    assert result(capsys, "list", kind) == names()
    assert [line.split()[0] for line in text(capsys, "list", kind).splitlines()[1:]] == names()


@pytest.mark.parametrize("name", every_model())
def test_show_gives_the_whole_model(name, capsys):
    model = load(name)
    said, found = text(capsys, "show", name), result(capsys, "show", name)
    for species in model.species:
        assert f"    d({species})/dt = " in said
    for parameter in model.parameters:
        record = model.value(parameter)
        assert f"\n{parameter} = {record.value:g}" in said
        assert record.source in said
        assert record.reason in said
    for observable in model.observables:
        assert f"\n    {observable} = " in said
    assert [row["id"] for row in found["parameters"]] == list(model.whole.parameters)
    assert [row["id"] for row in found["reactions"]] == list(model.whole.reactions)
    for row in found["parameters"]:
        record = model.value(row["id"])
        assert (row["value"], row["unit"], row["low"], row["high"]) == (
            record.value, record.unit, record.low, record.high,
        )  # fmt: skip
        assert row["file"].startswith("models/") == (row["id"] in model.origins)  # a constant of nature has no file


def test_the_equations_shown_are_those_of_the_model(capsys):
    import sympy

    model = load(FLAGSHIP)
    from exokinetics.expressions.parsing import parse
    from exokinetics.expressions.sympy_view import to_sympy

    wanted = model.equations()
    for row in result(capsys, "show", FLAGSHIP)["species"]:
        assert sympy.simplify(to_sympy(parse(row["equation"])) - wanted[row["id"]]) == 0


@pytest.mark.parametrize("name", mechanisms())
def test_show_gives_every_role_of_a_mechanism(name, capsys):
    from exokinetics.laws import LAWS

    said, found = text(capsys, "show", name), result(capsys, "show", name)
    assert set(found["roles"]) == set(LAWS[name].roles)
    for role in LAWS[name].roles:
        assert f"\n{role} " in said
    assert LAWS[name].documentation.split()[0] in said


@pytest.mark.parametrize("name", fits())
def test_show_gives_a_fit(name, capsys):
    from exokinetics import load_fit

    problem = load_fit(name)
    said, found = text(capsys, "show", name), result(capsys, "show", name)
    assert found["model"] == problem.model.name
    for parameter in problem.estimated:
        assert f"\n{parameter} " in said


@pytest.mark.parametrize("name", [*every_model(), *fits()])
def test_check_of_what_ships(name, capsys):
    assert result(capsys, "check", name) == []
    run("check", name, "--quiet")
    assert capsys.readouterr().out == ""


def test_check_shows_warnings_and_succeeds(monkeypatch, capsys):
    from exokinetics.errors import Issue

    warned = [Issue("a.toml", "x", "is odd", "warning")]
    monkeypatch.setattr("exokinetics.interchange.check", lambda path: warned)
    assert text(capsys, "check", "a.toml") == "warning: a.toml: x: is odd\na.toml has no errors, but 1 warning.\n"


# simulate


def test_simulate_prints_start_and_end(capsys):
    said = text(capsys, "simulate", FLAGSHIP, "--until", "72 hour", "--quiet")
    found = simulate(FLAGSHIP, "72 hour")
    table = said.split("\n\n")[1]
    rows = {line.split()[0]: line.split()[1:3] for line in table.splitlines()[1:]}
    assert list(rows) == list(found.outputs)
    for name, cells in rows.items():
        assert cells == [f"{found[name][0]:.4g}", f"{found[name][-1]:.4g}"]


def test_simulate_as_json(capsys):
    found = result(capsys, "simulate", FLAGSHIP, "--until", "10 hour", "--points", "11")
    wanted = simulate(FLAGSHIP, np.linspace(0, 10, 11))
    assert found["time"] == wanted.time.tolist()
    assert list(found["outputs"]) == list(wanted.outputs)
    for name in wanted.outputs:
        assert found["outputs"][name] == wanted[name].tolist()
        assert found["units"][name] == wanted.units[name]


def table_of(path: Path) -> dict[str, list[float]]:
    with path.open(newline="") as stream:
        headings, *rows = list(csv.reader(stream))
    return {
        name: [float(cell) for cell in column] for name, column in zip(headings, zip(*rows, strict=True), strict=True)
    }


def test_simulate_writes_a_table(tmp_path, capsys):
    path = tmp_path / "out.csv"
    arguments = ["--set", "pten.mrna_decay=0.1 1/hour", "--set", "medium.vesicles=1e9", "--until", "1 day"]
    said = text(capsys, "simulate", FLAGSHIP, *arguments, "--points", 25, "--out", path)
    assert said == f"{path}: 25 times of 46 outputs were written.\n"
    values, initial = {"pten.mrna_decay": 0.1}, {"medium.vesicles": 1e9}
    wanted = simulate(FLAGSHIP, np.linspace(0, 24, 25), values=values, initial=initial)
    found = table_of(path)
    assert list(found) == ["time", *wanted.outputs]
    assert found["time"] == wanted.time.tolist()
    for name in wanted.outputs:
        assert found[name] == wanted[name].tolist()
    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize(("ending", "start"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_simulate_draws_a_figure(ending, start, tmp_path, capsys):
    source, path = tmp_path / "medium.toml", tmp_path / f"out{ending}"
    source.write_text('[part.medium]\nlaw = "extracellular_decay"\nfrom = "vesicles.culture_medium"\n')
    run("simulate", source, "--out", path, "--quiet")
    assert capsys.readouterr().out == ""
    assert path.read_bytes().startswith(start)


def test_simulate_writes_parquet(tmp_path, capsys):
    pandas = pytest.importorskip("pandas")
    path = tmp_path / "out.parquet"
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        assert main(["simulate", FLAGSHIP, "--out", str(path)]) == 1
        assert "pip install pyarrow" in capsys.readouterr().err
        assert not path.exists()
        return
    run("simulate", FLAGSHIP, "--out", path, "--points", 5)
    assert list(pandas.read_parquet(path).columns[:1]) == ["time"]


def test_the_band_stands_beside_the_run(tmp_path, capsys):
    path = tmp_path / "out.csv"
    arguments = ["simulate", FLAGSHIP, "--draws", 4, "--seed", 3, "--until", "30", "--points", 4]
    run(*arguments, "--bands", "--out", path)
    times = np.linspace(0, 30, 4)
    alone = simulate(FLAGSHIP, times)
    wanted = ensemble(FLAGSHIP, times, draws=4, seed=3).quantiles([0.05, 0.5, 0.95])
    found = table_of(path)
    assert list(found)[: 1 + len(alone.outputs)] == ["time", *alone.outputs]
    capsys.readouterr()
    shown = result(capsys, *arguments)
    assert (shown["draws"], shown["failed"]) == (4, 0)
    for name in alone.outputs:
        assert found[name] == shown["outputs"][name] == alone[name].tolist()
        for row, level in enumerate(("low", "median", "high")):
            column = f"{name}:{('5%', '50%', '95%')[row]}"
            np.testing.assert_allclose(found[column], wanted[name].to_numpy()[row], rtol=1e-12)
            np.testing.assert_allclose(shown["bands"][name][level], wanted[name].to_numpy()[row], rtol=1e-12)


def test_the_page_shows_the_band_at_the_end_and_the_changes_at_the_reported_times(capsys):
    found = ensemble(FLAGSHIP, [0.0, 24.0, 72.0], draws=8)
    said = text(capsys, "simulate", FLAGSHIP, "--draws", 8, "--until", "72 hour", "--quiet")
    assert "\nMedian and central 90 % of 8 draws from the ranges of the values\nat 72 hour; changes" in said
    rows = {line.split()[0]: line.split() for line in said.split("at 72 hour; ")[1].splitlines()[3:] if line}
    assert list(rows) == list(found.outputs)
    for name, cells in rows.items():
        low, median, high = np.quantile(found[name][:, -1], [0.05, 0.5, 0.95])
        assert cells[1:4] == [f"{level:.4g}" for level in (median, low, high)]
    changes = 100 * (found["loaded"][:, 1:] / found["loaded"][:, :1] - 1)
    cells = " ".join(rows["loaded"][4:])
    for low, median, high in np.quantile(changes, [0.05, 0.5, 0.95], axis=0).T:
        # below a thousandth of a per cent the solver cannot tell
        low, median, high = (f"{level:+.2g}" if abs(level) >= 1e-3 else "0" for level in (low, median, high))
        assert f"{median} ({low} to {high})" in cells


def test_a_band_is_there_by_default_and_can_be_left_out(capsys):
    from exokinetics.command_line.bands import DEFAULT_DRAWS

    shown = result(capsys, "simulate", "epo_receptor_uptake", "--points", 2)
    assert shown["draws"] == DEFAULT_DRAWS
    assert set(shown["bands"]) == set(shown["outputs"])
    none = result(capsys, "simulate", "epo_receptor_uptake", "--points", 2, "--draws", 0)
    assert (none["draws"], none["bands"], none["no_band"]) == (0, {}, "")
    assert none["outputs"] == shown["outputs"]
    assert "Median" not in text(capsys, "simulate", "epo_receptor_uptake", "--draws", 0)


def test_what_is_set_is_not_drawn(capsys):
    model = load("epo_receptor_uptake")
    settings = [
        text
        for name in model.parameters
        for text in ("--set", f"{name}={model.value(name).value!r} {model.unit(name)}")
    ]
    shown = result(capsys, "simulate", model.name, "--points", 2, *settings[:-2])
    assert shown["draws"] > 0
    assert all(np.isfinite(level).all() for band in shown["bands"].values() for level in band.values())
    shown = result(capsys, "simulate", model.name, "--points", 2, *settings)
    assert (shown["draws"], shown["no_band"]) == (0, "No band: every value that has a range is set.")


def test_a_file_of_others_has_no_ranges_and_one_sentence_says_so(tmp_path, capsys):
    pytest.importorskip("libsbml", reason="needs python-libsbml")
    path = tmp_path / "decay.xml"
    path.write_text(SBML_OF_OTHERS)
    for more in ([], ["--method", "bdf"]):
        said = text(capsys, "simulate", path, "--until", 3, *more)
        assert said.count("No band: ") == 1
    picture = tmp_path / "decay.svg"
    assert "No band: " in text(capsys, "simulate", path, "--until", 3, "--out", picture)
    assert result(capsys, "simulate", path, "--until", 3, "--draws", 5)["draws"] == 5  # who asks gets the widest ranges


SBML_OF_OTHERS = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
<model id="decay">
<listOfCompartments><compartment id="c" size="1" constant="true" spatialDimensions="3"/></listOfCompartments>
<listOfSpecies><species id="x" compartment="c" initialAmount="2" hasOnlySubstanceUnits="true"
 boundaryCondition="false" constant="false"/></listOfSpecies>
<listOfParameters><parameter id="k" value="0.5" constant="true"/></listOfParameters>
<listOfReactions><reaction id="loss" reversible="false"><listOfReactants>
<speciesReference species="x" stoichiometry="1" constant="true"/></listOfReactants>
<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>k</ci><ci>x</ci></apply></math>
</kineticLaw></reaction></listOfReactions></model></sbml>"""


def test_a_draw_that_fails_is_counted_and_named(monkeypatch, capsys):
    from exokinetics.simulation import running

    many = running.many_runs

    def one_failing(plan, vectors, threads, into):
        tables, reasons = many(plan, vectors, threads, into)
        tables[1], reasons[1] = np.nan, "it could not be integrated"
        return tables, reasons

    monkeypatch.setattr("exokinetics.simulation.ensembles.many_runs", one_failing)
    run("simulate", "epo_receptor_uptake", "--draws", 4)
    assert "warning: 1 of 4 draws failed and are left out; draw 1: it could not" in capsys.readouterr().err
    found = result(capsys, "simulate", "epo_receptor_uptake", "--draws", 4)
    assert (found["failed"], found["failures"]) == (1, [{"draw": 1, "reason": "it could not be integrated"}])


def test_if_all_draws_fail_the_run_is_shown_unless_they_were_asked_for(monkeypatch, capsys):
    def failing(plan, vectors, threads, into):
        shape = (len(vectors), len(plan.times), len(plan.outputs))
        return np.full(shape, np.nan), ["it could not be integrated"] * len(vectors)

    monkeypatch.setattr("exokinetics.simulation.ensembles.many_runs", failing)
    run("simulate", "epo_receptor_uptake")
    assert "warning: no band: every one of the 256 draws failed" in capsys.readouterr().err
    run("simulate", "epo_receptor_uptake", "--draws", 4, code=1)


def test_a_run_that_breaks_off_is_a_failure(tmp_path, monkeypatch, capsys):
    from exokinetics import WorkFailed

    def broken(*_arguments, **_options):
        raise WorkFailed("it could not be integrated beyond t = 3 hour")

    monkeypatch.setattr("exokinetics.simulation.simulate", broken)
    path = tmp_path / "out.csv"
    run("simulate", FLAGSHIP, "--out", path, code=1)
    assert capsys.readouterr().err == "error: it could not be integrated beyond t = 3 hour\n"
    assert list(tmp_path.iterdir()) == []
    run("simulate", FLAGSHIP, "--json", code=1)
    assert json.loads(capsys.readouterr().out) == {
        "ok": False, "error": "it could not be integrated beyond t = 3 hour",
    }  # fmt: skip


def test_an_interrupt_is_quiet(tmp_path, monkeypatch, capsys):
    def interrupted(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("exokinetics.simulation.simulate", interrupted)
    run("simulate", FLAGSHIP, "--out", tmp_path / "out.csv", code=130)
    answer = capsys.readouterr()
    assert answer.out == ""
    assert answer.err == "interrupted\n"
    assert list(tmp_path.iterdir()) == []


# fit, export


def test_fit_reports_and_saves(tmp_path, capsys):
    name = "becker2010_epo_uptake"  # one of the quick ones
    said = text(capsys, "fit", name, "--starts", 1, "--out", tmp_path / "out")
    assert "negative log-likelihood" in said
    assert (tmp_path / "out" / "result.toml").is_file()
    found = result(capsys, "fit", name, "--starts", 1)
    assert set(found["values"]) == set(found["errors"]) == set(found["intervals"])
    assert len(found["starts"]) == 1
    # the reported cost is computed once more, at the values as they are reported
    assert found["cost"] == pytest.approx(found["starts"][0]["cost"], rel=1e-9)


def test_export_of_one(tmp_path, capsys):
    pytest.importorskip("libsbml", reason="needs python-libsbml")
    said = text(capsys, "export", FLAGSHIP, "--format", "sbml", "--out", tmp_path / "one")
    assert "read back without a complaint" in said


@pytest.mark.slow
def test_export_of_all(tmp_path, capsys):
    pytest.importorskip("libsbml", reason="needs python-libsbml")
    found = result(capsys, "export", "--all", "--out", tmp_path / "all")
    assert [Path(each["path"]).name for each in found] == [f"{name}.xml" for name in models()]
    assert all(each["verified"] for each in found)
    assert sorted(each.stem for each in (tmp_path / "all").iterdir()) == models()


# pages


@pytest.mark.parametrize("width", [40, 61, 80, 140])
@pytest.mark.parametrize(
    "arguments", [["list"], ["show", FLAGSHIP], ["show", "target_binding"], ["show", fits()[0]], ["simulate", FLAGSHIP]]
)
def test_no_line_is_wider_than_the_terminal(arguments, width, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(width))
    lines = text(capsys, *arguments).splitlines()
    assert max(map(len, lines)) <= width
    assert all(line == line.rstrip() for line in lines)


def test_what_a_program_reads_is_not_wrapped(capsys):
    lines = text(capsys, "show", FLAGSHIP).splitlines()
    assert sum(line.startswith("    d(") for line in lines) == len(load(FLAGSHIP).species)
    assert "\x1b" not in "".join(lines)


def test_a_terminal_gets_bold_unless_it_says_no(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    Page().heading("Parts")
    assert capsys.readouterr().out == "\n\x1b[1mParts\x1b[0m\n"
    monkeypatch.setenv("NO_COLOR", "1")
    Page().heading("Parts")
    assert capsys.readouterr().out == "\nParts\n"


def test_json_has_no_nan():
    given = {"a": np.array([1.0, np.nan]), "b": float("inf"), "c": (np.int64(3), np.float64(2)), 5: Path("x")}
    assert plain(given) == {"a": [1.0, None], "b": None, "c": [3, 2.0], "5": "x"}


# processes


@pytest.mark.parametrize("name", ["simulate", "fit", "export"])
def test_a_script_runs_from_anywhere(name, tmp_path):
    script = ROOT / "scripts" / f"{name}.py"
    done = subprocess.run([sys.executable, str(script), "--help"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == ""
    assert f"{name}.py [OPTIONS]" in done.stdout.replace("\n", " ")
    wrong = subprocess.run([sys.executable, str(script), "--nothing"], capture_output=True, text=True, cwd=tmp_path)
    assert wrong.returncode == 2
    assert "no option '--nothing'" in wrong.stderr


@pytest.mark.skipif(os.name == "nt", reason="pipes break differently there")
def test_a_reader_that_goes_away_is_no_error():
    command = [sys.executable, "-m", "exokinetics", "show", FLAGSHIP]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 1
