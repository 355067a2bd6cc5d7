"""Tables as people write them, each made from a known solution: what is assumed of them, and what a fit finds."""

from __future__ import annotations

import math
import os
import re
import sys
import tomllib
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit

import exokinetics as exo
from exokinetics import WrittenFit, write_fit
from exokinetics.fitting.own_data.layout import entries_of
from exokinetics.fitting.own_data.measurements import measurements_of
from exokinetics.fitting.own_data.sheet import sheet_of

MODEL = """
[part.medium]
law = "extracellular_decay"
volume = { value = "2 mL", quality = "measured", low = "1.9 mL", high = "2.1 mL", source = "test" }
decay = { value = "0.1 1/hour", quality = "assumed", reason = "test" }

[initial]
"medium.vesicles" = { value = "1000 vesicle", quality = "assumed", reason = "test" }
"""

DECAY = 0.17  # 1/hour: what every table below is made with; the model says 0.1
HOURS = (0.0, 1.0, 2.0, 4.0, 6.0, 9.0, 12.0, 18.0)
NOISE = np.random.default_rng(3).normal(0.0, 0.05, 64)  # of the logarithm; fixed numbers, the same in every run

Table = Callable[[Path], Any]


def vesicles(hours: float, number: int = 0) -> float:
    """The solution in closed form, with the scatter of one sample."""
    return 1000.0 * math.exp(-DECAY * hours + NOISE[number])


def lines(header: str, rows: Sequence[Sequence[object]], sign: str = ",") -> str:
    return "\n".join([header, *(sign.join(map(str, row)) for row in rows)]) + "\n"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "decay.toml"
    path.write_text(MODEL)
    return path


def in_file(name: str, text: str, encoding: str = "utf-8") -> Table:
    def table(folder: Path) -> Path:
        (folder / name).write_text(text, encoding)
        return folder / name

    return table


def minutes_in_parentheses() -> Table:
    rows = [(60 * t, f"{vesicles(t, n):.6g}") for n, t in enumerate(HOURS)]
    return in_file("wide.csv", lines("Time (min),medium.vesicles (vesicles)", rows))


def long() -> Table:
    rows = [(t, "vesicles in the compartment", f"{vesicles(t, n):.6g}", "particles", "r1") for n, t in enumerate(HOURS)]
    return in_file("long.tsv", lines("hours\tspecies\tvalue\tunit\trep", rows, "\t"))


def german() -> Table:
    rows = [(f"{t:.1f}".replace(".", ","), f"{vesicles(t, n):.4f}".replace(".", ",")) for n, t in enumerate(HOURS)]
    return in_file("deutsch.csv", lines("Zeit (Std);Vesicles [Vesicle]", rows, ";"), "cp1252")


def percent_of_control() -> Table:
    rows = [(t, f"{vesicles(t, n) / 10:.5g}") for n, t in enumerate(HOURS)]
    return in_file("percent.csv", lines("time [h],medium_vesicles (% of control)", rows))


def arbitrary() -> Table:
    rows = [(t, f"{37 * vesicles(t, n):.5g}") for n, t in enumerate(HOURS)]
    return in_file("arbitrary.csv", lines("time / h,medium density [a.u.]", rows))


def binary_logarithm() -> Table:
    rows = [(t, f"{math.log2(vesicles(t, n) / 1000):.5f}") for n, t in enumerate(HOURS)]
    return in_file("log.csv", lines("time_h,medium.vesicles log2FC", rows))


def numbered_columns() -> Table:
    rows = [(t, *(f"{vesicles(t, 3 * n + k):.6g}" for k in range(3))) for n, t in enumerate(HOURS)]
    header = "t (h),Medium vesicles 1 [vesicle],Medium vesicles 2 [vesicle],Medium vesicles rep3 [vesicle]"
    return in_file("numbered.csv", lines("Experiment of May\n" + header, rows))


def repeated_rows() -> Table:
    rows = [(t, f"{vesicles(t, 2 * n + k):.6g}") for n, t in enumerate(HOURS) for k in range(2)]
    return in_file("repeated.csv", lines("time [h],medium.vesicles [vesicle]", rows))


def with_errors() -> Table:
    rows = [(t, f"{vesicles(t, n):.6g}", f"{0.05 * vesicles(t):.3g}", 3) for n, t in enumerate(HOURS)]
    return in_file("errors.csv", lines("time [h],mean medium.vesicles [vesicle],SD,n", rows))


def below_a_limit() -> Table:
    """What is below 120 vesicles is not counted: the last two samples."""
    numbers = [(t, vesicles(t, n)) for n, t in enumerate(HOURS)]
    rows = [(t, f"{number:.6g}" if number > 120 else "< 120") for t, number in numbers]
    assert sum("<" in str(cell) for _, cell in rows) == 2
    return in_file("limits.csv", lines("time [h],medium.vesicles [vesicle]", rows))


def times_across() -> Table:
    rows = [("medium.vesicles", "vesicle", *(f"{vesicles(t, n):.6g}" for n, t in enumerate(HOURS)))]
    header = "sample,unit," + ",".join(f"{t:g} h" for t in HOURS)
    return in_file("across.csv", lines(header.replace("sample", "species"), rows))


def other_density() -> Table:
    rows = [(t, f"{vesicles(t, n) / 2000:.6g}") for n, t in enumerate(HOURS)]
    return in_file("density.csv", lines("time [h],medium density [particles/uL]", rows))


def volumes() -> Table:
    """Two volumes, which a column sets; the density is what is measured."""
    rows = [
        (t, volume, f"{vesicles(t, 2 * n + k) / volume:.6g}")
        for n, t in enumerate(HOURS) for k, volume in enumerate((1, 5))
    ]  # fmt: skip
    return in_file("volumes.csv", lines("time [h],medium volume [mL],medium.density [vesicle/mL]", rows))


def tidy() -> Table:
    """Every unit and the kind of the error in columns of their own, and a measurement that the model does not have."""
    rows: list[tuple[object, ...]] = []
    for n, t in enumerate(HOURS):
        number, error = f"{vesicles(t, n):.6g}", f"{0.05 * vesicles(t):.3g}"
        rows.append((60 * t, "min after seeding", "NTA count", number, "particles", error, "SD of 4 dishes", 4))
    rows += [(60, "min after seeding", "pH", 7.4, "a.u.", "", "none", "not stated")]
    return in_file("tidy.csv", lines("time,time_unit,observable,value,value_unit,error,error_kind,number", rows))


def plus_or_minus() -> Table:
    rows = [(t, f"{vesicles(t, n):.6g} ± {0.05 * vesicles(t):.3g}") for n, t in enumerate(HOURS)]
    return in_file("plus.csv", lines("time [h],medium.vesicles [vesicle] (mean ± SEM)", rows))


def hinted_in_utf_16() -> Table:
    rows = [(t, f"{vesicles(t, n):.6g}") for n, t in enumerate(HOURS)]
    return in_file("hinted.csv", "sep=;\n" + lines("time [h];medium.vesicles [vesicle]", rows, ";"), "utf-16")


def units_below() -> Table:
    rows = [(t, f"{vesicles(t, n):.6g}") for n, t in enumerate(HOURS)]
    return in_file("below.csv", lines("Time,medium.vesicles\nh,vesicles", rows))


def initial_amounts() -> Table:
    """Dishes that begin with other numbers of vesicles than the model."""
    rows = [
        (t, start, f"{start / 1000 * vesicles(t, 2 * n + k):.6g}")
        for n, t in enumerate(HOURS) for k, start in enumerate((500, 4000))
    ]  # fmt: skip
    return in_file("initial.csv", lines("time [h],initial medium.vesicles [vesicle],medium.vesicles [vesicle]", rows))


def conditions_in_columns() -> Table:
    rows = [(t, f"{vesicles(t, 2 * n):.6g}", f"{vesicles(t, 2 * n + 1):.6g}") for n, t in enumerate(HOURS)]
    return in_file("columns.csv", lines("time [h],medium.vesicles ctrl [vesicle],mock medium.vesicles [vesicle]", rows))


def workbook() -> Table:
    def table(folder: Path) -> Path:
        openpyxl = pytest.importorskip("openpyxl")
        book = openpyxl.Workbook()
        book.active.title = "Notes"
        sheet = book.create_sheet("Uptake")
        sheet.append(["Vesicles in the dish", None, None])
        sheet.append([None, None, None])
        sheet.append(["Time [h]", "medium.vesicles [vesicle]", "remark"])
        for number, time in enumerate(HOURS):
            sheet.append([time, vesicles(time, number), "ok" if number else None])
        book.save(folder / "book.xlsx")
        return folder / "book.xlsx"

    return table


def frame() -> Table:
    def table(_: Path) -> pd.DataFrame:
        index = pd.Index(HOURS, name="time [h]")
        numbers = [vesicles(time, number) for number, time in enumerate(HOURS)]
        return pd.DataFrame({"medium.vesicles [vesicle]": numbers, "note": "x"}, index=index)

    return table


# what the user has to say of columns, where a table needs it
TOLD = {"tidy": {"NTA count": "medium.vesicles", "pH": "ignore", "number": "ignore"}}

# each with the sentences (parts of them) that have to be said
TABLES: dict[str, tuple[Table, list[str]]] = {
    "minutes in parentheses": (minutes_in_parentheses(), ["in minute", "'medium.vesicles' of the model"]),
    "long": (long(), ["separated by tabs", "in hour"]),
    "German": (german(), ["decimal commas", "semicolons", "its name fits 'medium.vesicles' alone"]),
    "percent of control": (percent_of_control(), ["relative value in percent", "scale_medium_vesicles is estimated"]),
    "arbitrary units": (arbitrary(), ["is relative", "amounts cannot come out of it"]),
    "logarithm": (binary_logarithm(), ["logarithm to base 2", "by the same amount everywhere"]),
    "numbered columns": (numbered_columns(), ["are replicates", "taken as a title"]),
    "repeated rows": (repeated_rows(), ["are replicates, numbered in their order"]),
    "with errors": (
        with_errors(),
        ["standard deviations of", "numbers of samples", "medium_vesicles_sd/sqrt(medium_vesicles_n)"],
    ),
    "a limit": (below_a_limit(), ["enter with the probability of lying there"]),
    "times across": (times_across(), ["The columns are times in hour"]),
    "another unit": (other_density(), ["in vesicle/uL"]),
    "volumes": (volumes(), ["sets the parameter medium.volume", "2 conditions"]),
    "tidy": (tidy(), ["in minute", "holds standard deviations of 'value'", "'NTA count' is 'medium.vesicles'"]),
    "plus or minus": (plus_or_minus(), ["holds numbers with their SEM", "(medium_vesicles_sem)"]),
    "hinted, in UTF-16": (hinted_in_utf_16(), ["'medium.vesicles' of the model"]),
    "units below": (units_below(), ["Line 2 is taken as the units"]),
    "initial amounts": (initial_amounts(), ["sets the initial amount of medium.vesicles", "2 conditions"]),
    "conditions in columns": (conditions_in_columns(), ["(ctrl)", "(mock)", "are conditions"]),
    "workbook": (workbook(), ["sheet 'Uptake'", "'remark' holds words"]),
    "DataFrame": (frame(), ["'note' holds words"]),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_leads_to_a_fit_that_finds_what_it_was_made_with(name: str, tmp_path: Path, model: Path) -> None:
    table, sentences = TABLES[name]
    told = TOLD.get(name)
    written = write_fit(model, table(tmp_path), folder=tmp_path / "mine", free=["medium.decay"], columns=told)
    said = "\n".join(written.assumptions)
    for sentence in sentences:
        assert sentence in said
    assert written.obstacle == ""
    assert written.warnings == ()
    found = exo.fit(written.load(), starts=1, progress=False)
    error = found.errors["medium.decay"]
    # 5 % scatter over 18 hours fixes the rate to about 0.003; four standard errors hold for any sound fit
    assert error < 0.03 * DECAY
    assert abs(found.values["medium.decay"] - DECAY) < 4 * error


@pytest.mark.parametrize("name", TABLES)
def test_the_numbers_are_kept_as_they_were_reported(name: str, tmp_path: Path, model: Path) -> None:
    table = TABLES[name][0](tmp_path)
    written = write_fit(model, table, folder=tmp_path / "mine", free=["medium.decay"], columns=TOLD.get(name))
    problem = written.load()
    of_two = ("repeated rows", "volumes", "initial amounts", "conditions in columns")
    measured = len(HOURS) * (3 if name == "numbered columns" else 2 if name in of_two else 1)
    assert len(problem.observed) == measured
    written_otherwise = ("German", "times across", "plus or minus", "hinted, in UTF-16")
    if isinstance(table, Path) and table.suffix == ".csv" and name not in written_otherwise:
        cells = {cell for line in table.read_text().splitlines()[1:] for cell in line.split(",")}
        kept = {cell for line in (written.folder / "data.csv").read_text().splitlines()[1:] for cell in line.split(",")}
        assert {cell for cell in kept if "." in cell and cell[0].isdigit()} <= cells


@pytest.mark.parametrize("name", ["repeated rows", "with errors", "a limit", "numbered columns"])
def test_what_was_written_is_read_again_as_the_same_fit(name: str, tmp_path: Path, model: Path) -> None:
    free = ["medium.decay"]
    first = write_fit(model, TABLES[name][0](tmp_path), folder=tmp_path / "first", free=free).load()
    table = tmp_path / "first" / "data.csv"
    again = write_fit(model, table, folder=tmp_path / "again", free=free).load()
    assert again.cost() == first.cost()
    assert again.data.replicates == first.data.replicates


def test_parameters_are_chosen_by_what_the_columns_see(tmp_path: Path) -> None:
    """Of the nine constants of this model those that were changed are among the chosen, and are found."""
    times = [0.5, 1, 2, 4, 7, 10, 15, 20, 30, 45, 60, 90, 120]
    truth = {"epo.internalisation": 0.15, "epo.association": 2e-4}
    made = exo.simulate("epo_receptor_uptake", times, values=truth, rtol=1e-9)
    scatter = np.exp(np.random.default_rng(1).normal(0.0, 0.03, (2, len(times))))
    table = pd.DataFrame(
        {
            "time [min]": times,
            "EPO bound [pM]": made["epo.bound"] * scatter[0],
            "label in the medium [pM]": made["label_medium"] * scatter[1],
        }
    )
    written = write_fit("epo_receptor_uptake", table, folder=tmp_path / "epo")
    problem = written.load()
    free = [name for name in problem.estimated if name in problem.model.parameters]
    assert set(truth) <= set(free)
    assert len(free) <= 5
    assert any(sentence.startswith("Estimated: ") and free[0] in sentence for sentence in written.assumptions)
    found = exo.fit(problem, starts=3, progress=False)
    for name, value in truth.items():
        assert abs(found.values[name] - value) < 4 * found.errors[name]
        assert found.errors[name] < 0.1 * value


def test_bounds_are_the_ranges_of_the_model_widened_to_four_decades(tmp_path: Path) -> None:
    table = pd.DataFrame({"time [min]": [1, 5, 20, 60], "epo.bound [pM]": [100, 200, 150, 90]})
    free = ["epo.internalisation", "epo.dose"]
    problem = write_fit("epo_receptor_uptake", table, folder=tmp_path / "epo", free=free).load()
    assert [name for name in problem.estimated if name.startswith("epo.")] == free
    for name in free:
        item, value = problem.quantities[name], problem.model.value(name)
        assert item.lower <= value.low < value.high <= item.upper
        # two digits, rounded outwards, add at most a tenth on either side
        assert 4.0 <= math.log10(item.upper / item.lower) < 4.1


@pytest.mark.parametrize("kind", ["SD", "SEM", "SD and n"])
def test_reported_errors_weigh_as_in_scipys_weighted_least_squares(kind: str, tmp_path: Path, model: Path) -> None:
    """Estimates and, but for maximum likelihood dividing by all samples, errors are those of `curve_fit`."""
    hours, numbers = np.array(HOURS), np.array([vesicles(time, number) for number, time in enumerate(HOURS)])
    errors, counts = 5.0 + 0.1 * numbers[::-1], np.array([3, 4, 5, 3, 6, 3, 8, 3])
    table = pd.DataFrame({"time [h]": hours, "medium.vesicles [vesicle]": numbers})
    table["SEM" if kind == "SEM" else "SD"] = errors
    if kind == "SD and n":
        table["n"] = counts
    written = write_fit(model, table, folder=tmp_path / "mine", free=["medium.decay"])
    found = exo.fit(written.load(), starts=2, progress=False)
    sigma = errors / np.sqrt(counts) if kind == "SD and n" else errors
    (rate,), ((variance,),) = curve_fit(lambda t, rate: 1000.0 * np.exp(-rate * t), hours, numbers, [0.1], sigma=sigma)
    samples = len(hours)
    # the integrator's 1e-8 and the searches' leave five digits; the slopes of curve_fit are differences
    assert found.values["medium.decay"] == pytest.approx(rate, rel=1e-5)
    assert found.errors["medium.decay"] == pytest.approx(math.sqrt(variance * (samples - 1) / samples), rel=1e-3)
    residuals = (numbers - 1000.0 * np.exp(-rate * hours)) / sigma
    assert found.values["factor_medium_vesicles"] == pytest.approx(math.sqrt(np.mean(residuals**2)), rel=1e-4)


def test_errors_that_are_not_all_there_are_kept_and_not_used(tmp_path: Path, model: Path) -> None:
    text = with_errors()(tmp_path).read_text().splitlines()
    (tmp_path / "errors.csv").write_text("\n".join([*text[:-1], text[-1].rsplit(",", 2)[0] + ",,3"]))
    written = write_fit(model, tmp_path / "errors.csv", folder=tmp_path / "mine", free=["medium.decay"])
    assert "are kept but cannot be used" in " ".join(written.assumptions)
    problem = written.load()
    assert "sd_medium_vesicles" in problem.estimated
    assert problem.data.numbers["medium_vesicles_n"].tolist() == [3.0] * len(HOURS)
    assert problem.data.units["medium_vesicles_sd"] == "vesicle"


def test_conditions_that_only_have_names_are_to_be_filled_in_before_a_fit(tmp_path: Path, model: Path) -> None:
    rows = [(t, who, f"{vesicles(t):.5g}") for t in HOURS for who in ("control", "GW4869, 10 uM")]
    table = tmp_path / "named.csv"
    table.write_text(lines("time [h];treatment;medium.vesicles [vesicle]", rows, ";"))
    written = write_fit(model, table, folder=tmp_path / "mine")
    assert "GW4869_10_uM" in written.obstacle
    assert "control" not in written.obstacle
    text = (written.folder / "fit.toml").read_text()
    assert '# values = { "part.parameter"' in text
    assert exo.check(written.folder) == []
    # what was asked for filled in, the fit runs
    filled = text.replace('# values = { "part.parameter" = "1 1/hour" }', 'values = { "medium.volume" = "3 mL" }')
    (written.folder / "fit.toml").write_text(filled)
    assert exo.load_fit(written.folder).conditions["GW4869_10_uM"].values == {"medium.volume": 3.0}


LABELS: dict[str, tuple[list[str], list[int], list[str]]] = {
    "controls alone": (["untreated", "vehicle control"], [1, 1], []),
    "one name": (["HeLa", "HeLa"], [1, 1], []),
    "a control and a drug": (["siRNA control", "drug"], [1, 1], ["drug"]),
    "a wild type that something was given to": (["wt", "wt EGF"], [1, 1], ["wt_EGF"]),
    "names of what a column sets": (["low", "high"], [1, 5], []),
    "names besides what a column sets": (["low", "low drug", "high"], [1, 1, 5], ["low", "low_drug"]),
}


@pytest.mark.parametrize("name", LABELS)
def test_it_is_told_which_conditions_only_have_a_name(name: str, tmp_path: Path, model: Path) -> None:
    labels, volumes, silent = LABELS[name]
    rows = [
        (t, label, volume, f"{vesicles(t):.5g}") for label, volume in zip(labels, volumes, strict=True) for t in HOURS
    ]
    table = pd.DataFrame(rows, columns=["time [h]", "group", "medium volume [mL]", "medium.vesicles [a.u.]"])
    if len(set(volumes)) == 1:
        table = table.drop(columns="medium volume [mL]")
    written = write_fit(model, table, folder=tmp_path / "mine", free="medium.decay")
    said = re.search("the condition (.*?);", written.obstacle)
    listed = said[1].split(", ") if said else []
    assert len(listed) == len(silent)
    assert all(id.startswith(label) for id, label in zip(listed, silent, strict=True))


def test_what_the_user_says_of_a_column_goes_over_what_it_seems_to_be(tmp_path: Path, model: Path) -> None:
    table = pd.DataFrame({"day": [1, 1, 1], "t": ["1 h", "2 h", "4 h"], "NTA": [900.0, 800, 700], "OD600": [1, 2, 3]})
    columns = {"day": "replicate", "nta": "medium.vesicles", "OD600": "ignore"}
    with pytest.raises(exo.WrongInput, match="has no unit"):
        write_fit(model, table, folder=tmp_path / "mine", columns=columns)
    table = table.rename(columns={"NTA": "NTA [a.u.]"})
    written = write_fit(model, table, folder=tmp_path / "mine", columns=columns, free=["medium.decay"])
    problem = written.load()
    assert set(problem.data.replicates) == {"1"}
    assert problem.data.units["time"] == "hour"
    assert problem.measured["medium_vesicles"].title == "NTA [a.u.]"


EPO = "epo_receptor_uptake"
FLAGSHIP = "mir_21_pten_hcc_caf"
SAID: dict[str, tuple[str, pd.DataFrame, str, dict[str, str]]] = {
    "nothing at first": (
        EPO, pd.DataFrame({"time [min]": [0, 1, 5, 20, 60], "epo.bound [pM]": [0.5, 60, 150, 100, 70]}),
        "by the same amount everywhere", {"epo_bound": "additive"},
    ),
    "a duration for an index": (
        EPO, pd.DataFrame({"t": pd.to_timedelta([60, 300, 1200], "s"), "epo.bound [pM]": [6, 15, 10]}).set_index("t"),
        "'t' is the time, in second", {"epo_bound": "log_normal"},
    ),
    "percent of a level": (
        FLAGSHIP, pd.DataFrame({"day": [1, 2, 3, 5], "pten.level [%]": [100, 98, 99, 97]}),
        "(protein relative to that without repression), in percent", {"pten_level": "log_normal"},
    ),
    "a level and its logarithm": (
        FLAGSHIP,
        pd.DataFrame({"day": [1, 2, 3, 5], "pten.level": [1, 1, 0.9, 1], "PTEN protein [log2 FC]": [0, 0, 0, -0.2]}),
        "a logarithm to base 2", {"pten_level": "log_normal", "pten_protein": "additive"},
    ),
    "little to tell": (
        FLAGSHIP, pd.DataFrame({"day": [1, 2, 3, 5], "pAKT [a.u.]": [1, 2, 3, 4]}),
        "its name fits 'akt.active' alone", {"akt_active": "log_normal"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_is_said_of_other_tables(name: str, tmp_path: Path) -> None:
    model, table, sentence, noise = SAID[name]
    written = write_fit(model, table, folder=tmp_path / "mine")
    assert sentence in " ".join(written.assumptions)
    problem = written.load()
    assert {id: item.noise for id, item in problem.measured.items()} == noise
    assert math.isfinite(problem.cost())
    assert all(math.isfinite(slope) for slope in problem.gradient().values())


def test_a_model_of_sbml_takes_a_table_too(tmp_path: Path) -> None:
    exo.export(EPO, tmp_path / "foreign.xml")
    table = pd.DataFrame({"minutes": [1, 5, 20, 60], "epo.bound [pM]": [60, 150, 100, 70]})
    problem = write_fit(tmp_path / "foreign.xml", table, folder=tmp_path / "mine").load()
    again = write_fit(EPO, table, folder=tmp_path / "other").load()
    assert problem.estimated == again.estimated
    # both are integrated to 1e-8
    assert problem.cost() == pytest.approx(again.cost(), abs=1e-5)


def test_the_python_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    import runpy

    monkeypatch.chdir(tmp_path)
    page = Path(__file__).parent.parent / "docs" / "own_data.md"
    (example,) = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    script = tmp_path / "example.py"
    script.write_text(example)
    table = pd.DataFrame({"minutes": [1, 5, 20, 60], "epo.bound [pM]": [60, 150, 100, 70]})
    names = runpy.run_path(str(script), {"table": table})
    assert "epo.internalisation" in names["found"].values
    assert "is the time, in minute" in capsys.readouterr().out


def test_a_column_may_be_a_condition_of_an_id(tmp_path: Path, model: Path) -> None:
    table = pd.DataFrame({"time [h]": HOURS, "dish 1 [a.u.]": HOURS[::-1], "dish 2 [a.u.]": HOURS[::-1]})
    columns = {"dish 1 [a.u.]": "medium.vesicles@control", "dish 2": "medium.vesicles@GW4869"}
    written = write_fit(model, table, folder=tmp_path / "mine", columns=columns, free=["medium.decay"])
    assert "GW4869" in written.obstacle
    assert set(written.load().conditions) == {"control", "GW4869"}
    assert len(written.load().measured) == 1


def test_a_name_stands_for_its_replicates_and_not_for_its_errors(tmp_path: Path, model: Path) -> None:
    table = pd.DataFrame({"time [h]": HOURS, "NTA 1 [a.u.]": HOURS[::-1], "NTA rep2 [a.u.]": HOURS[::-1], "SD": 1.0})
    with pytest.raises(exo.WrongInput, match="there is no column 'NTA 2'"):
        write_fit(model, table, folder=tmp_path / "mine", columns={"NTA 2": "medium.vesicles"})
    table = table.rename(columns={"NTA 1 [a.u.]": "NTA rep1 [a.u.]", "SD": "NTA SD"})
    columns = {"NTA": "medium.vesicles"}
    problem = write_fit(model, table, folder=tmp_path / "mine", columns=columns, free="medium.decay").load()
    assert set(problem.data.replicates) == {"1", "2"}
    assert list(problem.measured) == ["medium_vesicles"]


def test_a_column_may_set_a_parameter_by_another_name(tmp_path: Path, model: Path) -> None:
    table = pd.DataFrame({"time [h]": HOURS, "V [uL]": 500.0, "medium.density [vesicle/mL]": HOURS[::-1]})
    written = write_fit(model, table, folder=tmp_path / "mine", columns={"V": "medium.volume"}, free=["medium.decay"])
    (condition,) = written.load().conditions.values()
    assert condition.values == {"medium.volume": 0.5}  # mL
    with pytest.raises(exo.WrongInput, match="is set by the column"):
        write_fit(model, table, folder=tmp_path / "other", columns={"V": "medium.volume"}, free=["medium.volume"])


FRAGMENTS = [
    "time [h]", "hours", "medium.vesicles [vesicle]", "medium.vesicles", "vesicles", "SD", "n", "species", "value",
    "unit", "condition", "medium volume [mL]", "medium.density [a.u.]", "medium.density 2 [a.u.]", "1 h", "4 h", "x",
    "initial medium.vesicles [vesicle]", "", "rep", "=1+1", "[", "\n",
]  # fmt: skip
CELLS = (
    "", "0", "1", "2.5", "3,5", "1,234", "<2", "NA", "n.d.", "drug", "control", "medium.vesicles", "h", "-1", "1e400",
)  # fmt: skip


@given(headers=st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=5), data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_becomes_measurements_or_a_sentence_for_each_fault(
    headers: list[str], data: st.DataObject, model: Path
) -> None:
    row = st.lists(st.sampled_from(CELLS), min_size=len(headers), max_size=len(headers))
    rows = data.draw(st.lists(row, min_size=1, max_size=4))
    whole = exo.load(model)
    try:
        read = measurements_of(entries_of(sheet_of("table", [headers, *rows]), whole, {}), whole)
    except exo.WrongInput as error:
        told = str(error).splitlines()
        assert len(told) == len(set(told)) == max(len(error.issues), 1)
    else:
        assert read.samples
        assert {item.target for item in read.series} <= {*whole.species, *whole.observables}


def test_every_fault_of_a_table_is_told_at_once(model: Path) -> None:
    rows = [["0", "abc", "1"], ["x", "3", "1"], ["2", "1e9x", "1"], ["4", "5", "2"]]
    headers = ["time [h]", "medium.vesicles [vesicle]", "medium.density [foo]"]
    with pytest.raises(exo.WrongInput) as caught:
        entries_of(sheet_of("table", [headers, *rows]), exo.load(model), {})
    told = [str(issue) for issue in caught.value.issues]
    assert len(told) == 4
    for words in ("'foo' is not a unit", "line 2, column", "line 3, column 'time [h]'", "'1e9x' is not a number"):
        assert sum(words in each for each in told) == 1
    many = [[f"-{hour}", "5", "1"] for hour in range(1, 91)]
    with pytest.raises(exo.WrongInput, match="71 more like these"):
        entries_of(sheet_of("table", [headers, *many]), exo.load(model), {})


def test_nothing_of_a_table_gets_out_of_its_place(tmp_path: Path, model: Path) -> None:
    """Texts that would be a formula, a comment's end or a key of TOML stay texts."""
    header = "medium.vesicles [a.u.]"
    table = pd.DataFrame(
        {
            "time [h]": [0, 1, 2, 4, 6, 9],
            "condition": ["=cmd|'/c calc'!A1", "@SUM(1)", "-2+3", 'x"\n[parameter.y]\nvalue = 1', "+1", "control"],
            header: [1000.0, 900, 800, 700, 600, 500],
        }
    )
    written = write_fit(model, table, folder=tmp_path / "mine", free=["medium.decay"])
    content = tomllib.loads((written.folder / "fit.toml").read_text())
    assert set(content["parameter"]) == {"medium.decay", "scale_medium_vesicles", "sd_medium_vesicles"}
    for line in (written.folder / "data.csv").read_text().splitlines():
        assert not any(cell.startswith(("=", "@", "+", "-")) for cell in line.split(","))


def test_a_folder_is_never_overwritten_and_nothing_half_stays(tmp_path: Path, model: Path) -> None:
    (tmp_path / "mine").mkdir()
    table = minutes_in_parentheses()(tmp_path)
    with pytest.raises(exo.WrongInput, match="is there already"):
        write_fit(model, table, folder=tmp_path / "mine")
    with pytest.raises(exo.WrongInput, match="there is no folder"):
        write_fit(model, table, folder=tmp_path / "none" / "mine")
    with pytest.raises(exo.WrongInput, match="is no parameter"):
        write_fit(model, table, folder=tmp_path / "other", free=["medium.decai"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["decay.toml", "mine", "wide.csv"]


def test_a_model_of_python_has_to_be_that_of_its_file(tmp_path: Path, model: Path) -> None:
    table = minutes_in_parentheses()(tmp_path)
    whole = exo.load(model)
    assert write_fit(whole, table, folder=tmp_path / "mine", free=["medium.decay"]).load().model.name == whole.name
    with pytest.raises(exo.WrongInput, match="differs from its file"):
        write_fit(whole.with_values({"medium.decay": 0.3}), table, folder=tmp_path / "other")


V = "medium.vesicles [vesicle]"
WRONG: dict[str, tuple[str, str]] = {
    "no times": (f"dose [nM],{V}\n1,2\n", "has no column of times"),
    "no unit of time": (f"time,{V}\n1,2\n", "'time' has no unit; write 'time \\[hour\\]'"),
    "another unit of time": (f"time [nM],{V}\n1,2\n", "'nM' is no unit of time"),
    "an unknown unit of time": (f"time [hoars],{V}\n1,2\n", "'hoars' is no unit of time"),
    "two times": (f"time [h],minutes,{V}\n1,60,2\n", "both look like the time"),
    "several units of time": (f"time,{V}\n1 h,2\n30 min,3\n", "several units"),
    "a negative time": (f"time [h],{V}\n-1,2\n0,3\n", "the time -1 is negative"),
    "no time in a row": (f"time [h],{V}\n,2\n0,3\n", "line 2: something was measured, but the time is ''"),
    "an unknown name": ("time [h],medium.vesikels [vesicle]\n1,2\n", "did you mean 'medium.vesicles'\\? \\("),
    "a name of two things": (
        "time [h],medium [a.u.]\n1,2\n",
        "may be .*medium.vesicles \\[vesicle\\], .*medium.density",
    ),
    "another kind of unit of two things": ("time [h],medium [nM]\n1,2\n", "to none of which nM converts"),
    "another kind of unit": ("time [h],medium.vesicles [nM]\n1,2\n", "in nM, which does not convert to vesicle"),
    "no unit": ("time [h],medium.vesicles\n1,2\n", "has no unit; write '\\[vesicle\\]'"),
    "an unknown unit": ("time [h],medium.vesicles [vesickle]\n1,2\n", "'vesickle' is not a unit that is known"),
    "cycles": ("time [h],medium.vesicles (Ct)\n1,2\n", "PCR cycles"),
    "a logarithm of any base": ("time [h],medium.vesicles (log FC)\n1,2\n", "write log2, log10 or ln"),
    "a limit without a number": (f"time [h],{V}\n1,<\n2,30\n", "line 2, column .*: '<' is not a number"),
    "not determined or not detected": (f"time [h],{V}\n1,n.d.\n2,30\n", "not determined .* or not detected"),
    "two numbers in a cell": (f"time [h],{V}\n1,2 (0.1)\n2,3\n", "is two numbers"),
    "an error beside a number": (f"time [h],{V}\n1,2 ± 0.1\n2,3\n", "say which in the header"),
    "a word in a cell": (f"time [h],{V}\n1,lost\n2,3\n", "line 2, column 'medium.vesicles \\[vesicle\\]': 'lost'"),
    "both decimal signs": (f'time [h],{V}\n1.5,"2,25"\n', "the same decimal sign"),
    "thousands or decimals": (f'time [h],{V}\n1,"2,250"\n', "may be 2.250 or 2250"),
    "an error of no kind": (f"time [h],{V},error\n1,2,3\n", "give SD or SEM"),
    "an error of nothing": (f"time [h],{V},bound SD\n1,2,3\n", "is of 'bound', which no measured column is"),
    "two errors": (f"time [h],{V},SD,std\n1,2,3,3\n", "leave one out"),
    "long without a name": ("time [h],value [vesicle]\n1,2\n", "does not say of what"),
    "long with two values": ("time [h],species,a,b\n1,medium.vesicles,2,3\n", "which column holds the value"),
    "a setting without a unit": (f"time [h],medium volume,{V}\n1,2,3\n", "sets medium.volume but has no unit"),
    "several units of time in a column": (f"time,time unit,{V}\n1,h,2\n2,min,3\n", "'time unit' says 'h', 'min'"),
    "several kinds of error": (f"time [h],{V},error,error kind\n1,2,1,SD\n2,3,1,SE\n", "'error kind' says 'SD', 'SE'"),
    "another kind of error": (f"time [h],{V},error,error kind\n1,2,1,range\n", "'range', which is neither SD nor SEM"),
    "no numbers": (f"time [h],{V}\n1,\n2,\n", "has no column of measurements"),
    "one column": ("time [h]\n1\n2\n", "one column only"),
    "no byte": ("", "is empty; a table needs"),
    "blank lines": ("\n \n", "is empty; a table needs"),
    "decimal commas between commas": (f"time [h],{V}\n1,2,5\n", "line 2 has 3 cells.* decimal commas"),
    "one line": (f"time [h],{V}\n", "holds no table"),
    "too many cells": (f"time [h],{V}\n1,2,3\n", "line 2 has 3 cells"),
    "a column without a header": (f"time [h],{V},,x\n1,2,3,4\n", "column 3 has no header"),
    "a cell that is too long": (f"time [h],{V}\n1," + "9" * 201, "holds 201 characters"),
    "too many columns": (",".join(["time [h]"] * 201) + "\n1,2\n", "at most 200"),
    "not text": ("time [h]\0,x\n1,2\n", "neither CSV text nor"),
    "an open quote": (f'time [h],{V}\n1,"2\n', "one column only|cannot be read as CSV"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_can_be_read_in_two_ways_is_one_sentence(name: str, tmp_path: Path, model: Path) -> None:
    text, sentence = WRONG[name]
    path = tmp_path / "table.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(exo.WrongInput, match=sentence) as caught:
        write_fit(model, path, folder=tmp_path / "mine")
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "mine").exists()


def test_workbooks_that_are_not_clear(tmp_path: Path, model: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("second")):
        sheet.append(["time [h]", V])
        sheet.append([1, 900])
        sheet.append([2, "=A2*450"])
    book.save(tmp_path / "book.xlsx")
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(64))
    (tmp_path / "archive.xlsx").write_bytes(b"PK\x03\x04 no archive")
    for file, sheet_name, sentence in (
        ("book.xlsx", None, "several sheets, 'Sheet', 'second'"),
        ("book.xlsx", "secund", "did you mean 'second'"),
        ("book.xlsx", "second", "line 3, column 2 is a formula without a stored value"),
        ("old.xls", None, "old kind"),
        ("archive.xlsx", None, "damaged archive"),
        ("none.csv", None, "there is no such file"),
    ):
        with pytest.raises(exo.WrongInput, match=sentence):
            write_fit(model, tmp_path / file, folder=tmp_path / "mine", sheet=sheet_name)


def test_a_workbook_without_its_library_names_the_command(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = workbook()(tmp_path)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(exo.MissingExtra, match=r"pip install 'exokinetics\[excel\]'"):
        write_fit(model, table, folder=tmp_path / "mine")


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"]
)
def test_a_damaged_workbook_is_one_sentence(part: str, tmp_path: Path, model: Path) -> None:
    """Each part of the archive in turn is cut in half; what is read nevertheless has to be a fit."""
    whole = workbook()(tmp_path)
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(tmp_path / "damaged.xlsx", "w") as damaged:
        for name in archive.namelist():
            content = archive.read(name)
            damaged.writestr(name, content[: len(content) // 2] if name == part else content)
    with pytest.raises(exo.WrongInput, match="cannot be read as an Excel workbook") as caught:
        write_fit(model, tmp_path / "damaged.xlsx", folder=tmp_path / "mine")
    assert len(str(caught.value).splitlines()) == 1


def test_a_small_archive_that_unpacks_to_a_large_one_is_not_unpacked(tmp_path: Path, model: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/sharedStrings.xml", bytes(101_000_000))
    assert (tmp_path / "bomb.xlsx").stat().st_size < 1_000_000
    with pytest.raises(exo.WrongInput, match="unpacks to more than 100 MB"):
        write_fit(model, tmp_path / "bomb.xlsx", folder=tmp_path / "mine")


def test_a_fit_that_was_written_can_be_moved(tmp_path: Path, model: Path) -> None:
    """The model file lies beside the fit file, so that the folder is whole."""
    written = write_fit(model, minutes_in_parentheses()(tmp_path), folder=tmp_path / "mine", free=["medium.decay"])
    assert isinstance(written, WrittenFit)
    model.unlink()
    os.rename(tmp_path / "mine", tmp_path / "moved")
    assert math.isfinite(exo.load_fit(tmp_path / "moved").cost())
