"""The catalogue of systems: the rules of its table, and what is found of each row."""

import csv
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from exokinetics import coverage, load, models
from exokinetics.command_line import main
from exokinetics.errors import WrongInput
from exokinetics.model.parts import id_fault
from exokinetics.reports import catalogue_rows, catalogue_table
from exokinetics.reports.catalogue_paths import causes_of, edges_of
from exokinetics.reports.catalogue_table import KINDS, CatalogueRow, read_rows
from exokinetics.reports.row_checks import Check, checks_text, digest_of_model, read_checks

ROOT = Path(__file__).resolve().parents[1]
FLAGSHIP = "mir_21_pten_hcc_caf"
RECEPTOR = "epo_receptor_uptake"
COLUMNS = ["row", "model", "kind", "covered", "check", "assumed", "citation"]
ROWS = read_rows()
SOME = ROWS[0]
DIGEST = digest_of_model(load(RECEPTOR))


# the table


def test_the_numbers_of_rows():
    assert len(ROWS) == 312
    assert len({row.row for row in ROWS}) == 312
    assert Counter(row.kind for row in ROWS) == {"axis": 225, "marker": 36, "process": 51}
    assert Counter(row.sign for row in ROWS) == {"+": 207, "-": 45, "0": 50, "?": 10}
    names = {kind: {row.model for row in ROWS if row.kind == kind} for kind in KINDS}
    assert {kind: len(found) for kind, found in names.items()} == {"axis": 219, "marker": 31, "process": 38}
    # four processes are told of by rows of an axis as well, and share its model
    assert len(names["axis"] & names["process"]) == 4
    assert not names["marker"] & (names["axis"] | names["process"])


def test_every_row_has_a_model_name_that_can_be_a_file():
    for row in ROWS:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", row.model), row.row


def test_every_node_of_the_path_of_a_marker_or_process_is_in_its_model():
    for row in ROWS:
        if row.kind != "axis":
            whole = load(row.model).whole
            known = whole.mechanisms.keys() | {id.rpartition(".")[0] for id in whole.observables}
            nodes = {name for edge in edges_of(row.path) for name in (edge.source, edge.target)}
            assert nodes <= known, (row.row, nodes - known)


def test_what_a_row_asserts_is_told_by_its_sign_or_path():
    assert {row.asserted for row in ROWS if row.sign in ("+", "-")} == {True}
    assert {row.asserted for row in ROWS if row.sign == "?"} == {False}
    assert {row.asserted for row in ROWS if row.sign == "0" and row.kind == "axis"} == {False}
    assert {row.asserted for row in ROWS if row.sign == "0" and row.kind != "axis"} == {True}


def test_the_entities_are_ids_without_repetition():
    for row in ROWS:
        assert row.entities == "; ".join(row.entity_ids), row.row
        assert len(set(row.entity_ids)) == len(row.entity_ids), row.row
        for name in row.entity_ids:
            assert id_fault(name) == "", row.row
            assert re.fullmatch(r"[a-z][a-z0-9_]*", name), row.row


def test_the_entities_of_the_flagship():
    (row,) = [row for row in ROWS if row.model == FLAGSHIP]
    assert row.entity_ids == ("mir_21", "pten")


def test_every_row_cites_a_review_and_every_review_is_cited():
    with (ROOT / "models" / "reviews.csv").open(encoding="utf-8", newline="") as stream:
        reviews = list(csv.DictReader(stream))
    assert list(reviews[0]) == ["key", "authors", "title", "journal", "year", "doi", "doubts"]
    for row in ROWS:
        assert re.fullmatch(r"[^\[\]]+( \[\d+(, \d+)*\])?", row.citation), row.row
    assert {row.citation.partition(" [")[0] for row in ROWS} == {review["key"] for review in reviews}
    assert all(review["title"] and review["journal"] and review["doubts"] for review in reviews)


def test_every_row_is_written_in_the_same_way():
    for row in ROWS:
        for name, text in vars(row).items():
            assert text == " ".join(text.split()), (row.row, name)
        assert row.cargo and row.cancer and row.donor and row.recipient and row.path and row.effect and row.modules
        assert len(row.effect.split()) <= 10, row.row
        assert not row.conflict or row.conflict.endswith("."), row.row
        assert set(filter(None, row.target_effect.split("; "))) <= {"represses", "activates", "delivers"}, row.row


def test_every_path_is_a_chain_of_arrows():
    for row in ROWS:
        for branch in row.path.split("; "):
            nodes = re.split(r" (?:->|-\|) ", branch)
            assert all(nodes), row.row
            assert not re.search(r"->|-\||;", " ".join(nodes)), (row.row, branch)


def test_an_axis_has_one_cause_and_a_process_every_start_of_its_paths():
    row = replace(SOME, kind="process", cargo="b", path="a -> b -> c; d -| c")
    assert causes_of([row]) == ["a", "d"]
    assert causes_of([replace(row, kind="axis")]) == ["b"]


# what is found of the rows


def passed(**changes) -> Check:
    """What the experiment finds of a model that holds up."""
    good = Check(RECEPTOR, DIGEST, 256, counted=200, moved=1.0, still=1.0, reversed=0.0)
    return replace(good, **changes)


def made_up(monkeypatch, *rows: CatalogueRow, check: Check | None = None) -> dict[str, str]:
    """The checks of a made-up table, by row; the model was examined with success unless `check` says otherwise."""
    monkeypatch.setattr(catalogue_rows, "read_rows", lambda: list(rows))
    monkeypatch.setattr(catalogue_rows, "read_checks", lambda: {RECEPTOR: check or passed()})
    found = coverage()
    return dict(zip(found["row"], found["check"], strict=True))


def test_coverage_has_a_line_for_each_row():
    found = coverage()
    assert list(found.columns) == COLUMNS
    assert list(found["row"]) == [row.row for row in ROWS]
    assert list(found["kind"]) == [row.kind for row in ROWS]
    assert list(found["covered"]) == [row.model in models() for row in ROWS]
    assert found["covered"].all()
    assert all(check == "ok" or check.startswith("failed: ") for check in found["check"])


def test_the_flagship_is_covered_and_its_assumptions_are_counted():
    (line,) = coverage().query(f"model == '{FLAGSHIP}'").to_dict("records")
    model = load(FLAGSHIP)
    assert line["covered"]
    assert line["assumed"] == sum(item.value.quality == "assumed" for item in model.whole.parameters.values()) > 0


def test_a_model_that_knows_the_entities_passes(monkeypatch):
    names = {name for id in load(RECEPTOR).species for name in id.split(".")}
    row = replace(SOME, row="good", model=RECEPTOR, entities="; ".join(sorted(names)))
    assert made_up(monkeypatch, row) == {"good": "ok"}


def test_what_a_model_lacks_is_named(monkeypatch):
    rows = [
        replace(SOME, row="one", model=RECEPTOR, entities="epo; mir_21"),
        replace(SOME, row="two", model=RECEPTOR, entities="mir_21; pten"),
        replace(SOME, row="none", model=RECEPTOR, entities=""),
        replace(SOME, row="other", model="no_such_model"),
        replace(SOME, row="process", kind="process", model="", entities=""),
    ]
    lacks = "failed: the model has no species called"
    assert made_up(monkeypatch, *rows) == {
        "one": f"{lacks} 'mir_21'",
        "two": f"{lacks} 'mir_21' or 'pten'",
        "none": "ok",
        "other": "failed: no model yet",
        "process": "failed: no model yet",
    }


def test_a_part_of_a_name_is_not_the_name(monkeypatch):
    row = replace(SOME, row="part", model=RECEPTOR, entities="ep")
    assert made_up(monkeypatch, row)["part"].endswith("called 'ep'")


def test_a_model_of_several_rows_is_loaded_once(monkeypatch):
    calls = []

    def examine(name, check, *, asserted):
        calls.append((name, asserted))
        return catalogue_rows.Examined("is odd")

    monkeypatch.setattr(catalogue_rows, "examine", examine)
    rows = [replace(SOME, row=name, model=RECEPTOR) for name in ("first", "second")]
    assert made_up(monkeypatch, *rows) == {"first": "failed: is odd", "second": "failed: is odd"}
    assert calls == [(RECEPTOR, True)]


def test_a_model_that_does_not_load_is_a_sentence(monkeypatch, tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("colour = 1\n")
    monkeypatch.setattr("exokinetics.catalogue.loading.model_files", lambda: {"broken": path})
    check = made_up(monkeypatch, replace(SOME, row="bad", model="broken"))["bad"]
    assert check.startswith("failed: the model does not load: ")
    assert "colour" in check
    assert "part: is missing" in check
    assert "\n" not in check


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"digest": "0"}, "the model changed since it was examined; run python scripts/check_catalogue.py"),
        ({"counted": 5}, "only 5 of 256 draws can be judged"),
        ({"moved": 0.5}, "the outcome moves as the review says in 50% of the draws"),
        ({"still": 0.9}, "the outcome moves without the cargo in 10% of the draws"),
        ({"reversed": 1.0}, "although an edge is reversed"),
    ],
)
def test_what_the_experiment_found_is_told(changes, words, monkeypatch):
    row = replace(SOME, row="it", model=RECEPTOR, entities="")
    assert words in made_up(monkeypatch, row, check=passed(**changes))["it"]


def test_a_row_without_a_direction_asserts_nothing(monkeypatch):
    row = replace(SOME, row="it", model=RECEPTOR, entities="", sign="?")
    assert made_up(monkeypatch, row, check=passed(moved=0.0)) == {"it": "ok"}


def test_a_model_that_was_not_examined_says_so(monkeypatch):
    monkeypatch.setattr(catalogue_rows, "read_rows", lambda: [replace(SOME, row="it", model=RECEPTOR, entities="")])
    monkeypatch.setattr(catalogue_rows, "read_checks", dict)
    assert "was not examined yet" in coverage()["check"][0]


def test_a_check_is_read_as_it_is_written():
    found = read_checks()
    assert checks_text(found.values()) == checks_text(read_checks().values())
    assert all(name == check.model for name, check in found.items())


def test_a_table_with_other_columns_is_refused(monkeypatch, tmp_path):
    (tmp_path / "coverage.csv").write_text("row,kind\na,axis\n")
    monkeypatch.setattr(catalogue_table, "data_folder", lambda name: tmp_path)
    with pytest.raises(WrongInput, match="columns must be row, kind, model"):
        read_rows()


# the command


def test_the_command_gives_every_row_as_json(capsys):
    assert main(["coverage", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is True
    assert answer["result"] == coverage().to_dict("records")
    assert list(answer["result"][0]) == COLUMNS


def test_the_command_counts_and_lists_what_is_covered(monkeypatch, capsys):
    monkeypatch.delenv("COLUMNS", raising=False)
    rows = [
        replace(SOME, row="good", model=RECEPTOR, entities="epo", citation="Nobody 2025 [1]"),
        replace(SOME, row="bad", model=RECEPTOR, entities="mir_21"),
        replace(SOME, row="later", kind="marker", model=""),
    ]
    monkeypatch.setattr(catalogue_rows, "read_rows", lambda: rows)
    monkeypatch.setattr(catalogue_rows, "read_checks", lambda: {RECEPTOR: passed()})
    assert main(["coverage"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "2 of 3 rows covered, 1 with a check that is ok",
        "    2 of 2 axis rows covered, 1 with a check that is ok",
        "    0 of 1 marker rows covered",
        "    0 of 0 process rows covered",
    ]
    assert [line.split()[0] for line in lines[6:9]] == ["row", "good", "bad"]
    assert lines[7].split() == ["good", RECEPTOR, "0", "Nobody", "2025", "[1]", "ok"]
    assert "later" not in "".join(lines)


@pytest.mark.parametrize("width", [40, 80])
def test_the_command_keeps_to_the_width(width, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(width))
    assert main(["coverage", "--quiet"]) == 0
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= width
    assert "are described in" not in said


def test_the_kinds_are_those_of_the_table():
    assert {row.kind for row in ROWS} == set(KINDS)
