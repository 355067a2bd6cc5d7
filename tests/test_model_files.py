"""Model files: the shipped ones are sound, and every kind of bad file gives one sentence per fault, all at once."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
import rotation

from exokinetics import WrongInput, load, models, simulate
from exokinetics.catalogue.library import library_entries, library_tables
from exokinetics.catalogue.loading import read_model
from exokinetics.catalogue.value_records import read_value
from exokinetics.data_files import data_folder
from exokinetics.laws import LAWS
from exokinetics.model.validation import validate
from exokinetics.model.values import Value

every_model = pytest.mark.parametrize("name", rotation.every_model())

GOOD = """
title = "A small model"
summary = "Nothing in particular."
time_unit = "hour"
start = { steady = false, values = { "cells.division" = "0.02 1/hour" } }

[part.cells]
law = "population"
from = "cells.stellate"

[part.medium]
law = "extracellular_decay"
volume = { value = "2 mL", quality = "assumed", reason = "a well" }
decay = { value = "0.1 1/hour", low = "0.05 1/hour", high = "0.2 1/hour", quality = "measured", source = "a paper" }

[part.gene]
law = "gene_expression"
cells = "cells"
transcription = { value = "3 copy/cell/hour", quality = "assumed", reason = "a guess" }
mrna_decay = { value = "0.1 1/hour", quality = "fitted", source = "a fit" }
translation = { value = "7 1/hour", quality = "derived", source = "copies over mRNA" }
protein_decay = { value = "0.01 1/hour", quality = "assumed", reason = "a guess" }

[part.endosome]
law = "endosome"
from = ["vesicles.endosome"]
cells = "cells"
medium = "medium"
guide = "gene.mrna"
escape_fraction = { value = 0.05, quality = "assumed", reason = "a guess" }

[part.akt]
law = "akt_cycle"
from = "pathways.akt"
cells = "cells"
pip3 = "gene.protein"
exponent = { value = 2, quality = "assumed", reason = "a guess" }

[initial]
medium.vesicles = { value = "1e9 vesicle", quality = "assumed", reason = "a dose" }

[observable]
both = "gene.mrna + gene.protein"
share = { expression = "gene.mrna/both", unit = "dimensionless", title = "a share" }
"""

DECAY = GOOD[GOOD.index("decay = {") : GOOD.index("\n\n[part.gene]")]
ESCAPE = GOOD[GOOD.index("escape_fraction = {") : GOOD.index("\n\n[part.akt]")]


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "written.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def faults(path):
    with pytest.raises(WrongInput) as caught:
        load(path)
    return str(caught.value).splitlines()


def changed(*pairs):
    text = GOOD
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


# --- what is sound ----------------------------------------------------------------------------------------------------


@every_model
def test_a_shipped_model_has_no_issue_and_simulates(name):
    model = load(name)
    assert validate(model.whole, model.time_unit) == []
    result = simulate(model, 24.0)
    assert result.success, result.reason
    assert np.isfinite(result.table).all()
    nonnegative = [id for id, item in model.whole.species.items() if item.nonnegative]
    assert min(result[id].min() / (result[id].max() or 1.0) for id in nonnegative) >= -1e-6  # the relative tolerance


@every_model
def test_every_value_of_a_shipped_model_says_where_it_came_from(name):
    model = load(name)
    records = {id: item.value for id, item in model.whole.parameters.items()}
    records |= {
        id: item.initial
        for id, item in model.whole.species.items()
        if isinstance(item.initial, Value) and item.initial.value
    }
    for id, value in records.items():
        assert bool(value.source) != bool(value.reason), id
        assert bool(value.reason) == (value.quality == "assumed"), id
        assert value.unit == model.unit(id), id
        assert value.faults() == [], id


@every_model
def test_a_shipped_model_tells_the_file_of_every_value(name):
    model = load(name)
    shared = ("avogadro", "one_copy_per_vesicle", "one_copy_per_cell")
    defaults = "the default of the law"
    owned = [id for id in model.whole.parameters if id not in shared and defaults not in model.value(id).reason]
    assert len(owned) > 0.8 * len(model.whole.parameters)
    assert all(model.origins[id].endswith(".toml") for id in owned)


@every_model
def test_a_shipped_model_has_a_title_a_summary_and_a_citation(name):
    model = load(name)
    assert model.title != model.name
    assert model.summary
    assert model.citation


def test_models_are_listed_in_order_and_library_tables_are_no_models():
    assert models() == sorted(models())
    assert "mir_21_pten_hcc_caf" in models()
    assert not {"cargo", "cells", "pathways", "targets", "vesicles"} & set(models())


def test_the_good_file_is_good(write):
    model = load(write(GOOD))
    assert model.value("medium.decay").range == "stated"
    assert model.value("medium.volume").range == "default"
    assert model.value("cells.division").source == "" != model.value("cells.volume").source
    assert model.value("initial:medium.vesicles").value == 1e9
    assert model.start.values == {"cells.division": 0.02}
    assert model.unit("both") == "copy/cell"


def test_a_value_of_the_file_goes_before_that_of_the_library(write):
    model = load(write(GOOD))
    assert model.value("endosome.escape_fraction").reason == "a guess"
    assert model.value("endosome.exit").source == library_tables()["vesicles.endosome"][0]["exit"]["source"]
    assert model.origins["endosome.exit"].endswith("vesicles.toml")


@pytest.mark.parametrize(("first", "affinity"), [("cargo.other_sites", 1.0), ("cargo.seed_site", 0.026)])
def test_of_two_library_tables_the_first_goes_before_the_second(first, affinity, write):
    second = {"cargo.other_sites": "cargo.seed_site", "cargo.seed_site": "cargo.other_sites"}[first]
    text = Path(load("mir_21_pten_hcc_caf").file).read_text("utf-8")
    assert text.count('from = "cargo.other_sites"') == 1
    model = load(write(text.replace('from = "cargo.other_sites"', f'from = ["{first}", "{second}"]')))
    assert model.value("competition.affinity").value == affinity


def test_a_path_may_be_a_text_or_a_path(write):
    path = write(GOOD)
    assert load(str(path)).whole == load(path).whole


def test_a_file_that_changed_is_read_anew(write):
    assert load(write(GOOD)).title == "A small model"
    assert load(write(GOOD.replace("A small model", "Another small model"))).title == "Another small model"


def test_a_byte_order_mark_is_left_out(write):
    assert load(write(b"\xef\xbb\xbf" + GOOD.encode())).title == "A small model"


def test_the_time_unit_of_a_file_converts_every_value(write):
    hours, minutes = load(write(GOOD)), load(write(changed(('"hour"', '"minute"'))))
    assert minutes.value("medium.decay").value == pytest.approx(0.1 / 60, rel=1e-14)
    assert minutes.start.values["cells.division"] == pytest.approx(0.02 / 60, rel=1e-14)
    slow, fast = simulate(hours, [1.0, 10.0], rtol=1e-9), simulate(minutes, [60.0, 600.0], rtol=1e-9)
    # a thousand times the tolerance of either run; where nothing should be, rounding
    np.testing.assert_allclose(fast.table, slow.table, rtol=1e-6, atol=1e-12)


# --- one fault, one sentence ------------------------------------------------------------------------------------------

FAULTS = {
    "misspelt law": ('"extracellular_decay"', '"extracelular_decay"', "part.medium.law",
        ["mean 'extracellular_decay'"]),
    "missing law": ('law = "extracellular_decay"\n', "", "part.medium.law", ["missing"]),
    "misspelt law of a part that others use": ('"population"', '"populaton"', "part.cells.law", ["mean 'population'"]),
    "misspelt role": ("transcription =", "transcripton =", "part.gene.transcripton", ["mean 'transcription'"]),
    "missing role": (DECAY, "", "part.medium.decay", ["missing", "1/hour"]),
    "misspelt library table": ('"cells.stellate"', '"cells.stelate"', "part.cells.from", ["mean 'cells.stellate'"]),
    "misspelt species": ('"gene.mrna"', '"gene.mrn"', "endosome", ["'gene.mrn'", "mean 'gene.mrna'"]),
    "misspelt species that is read": ('"gene.protein"', '"gene.protien"', "akt",
        ["'gene.protien'", "mean 'gene.protein'"]),
    "misspelt part": ('cells = "cells"', 'cells = "cels"', "part.gene.cells", ["'cels'", "mean 'cells'"]),
    "link to another unit": ('"gene.protein"', '"medium.volume"', "akt", ["medium.volume", "'mL'", "copy/cell"]),
    "an id that is none": ("[part.akt]", '[part."a b"]', "part.a b", ["not an id"]),
    "a reserved id": ("[part.akt]", "[part.lambda]", "part.lambda", ["reserved"]),
    "wrong unit": ('"7 1/hour"', '"7 nM"', "part.gene.translation.value", ["'nM'", "'1/hour'"]),
    "unknown unit": ('"7 1/hour"', '"7 1/huor"', "part.gene.translation.value", ["mean 'hour'"]),
    "missing unit": ('"7 1/hour"', '"7"', "part.gene.translation.value", ["no unit", "7 1/hour"]),
    "bare number": ('"7 1/hour"', "7", "part.gene.translation.value", ["no unit", "7 1/hour"]),
    "not a number": ('"7 1/hour"', '"seven 1/hour"', "part.gene.translation.value", ["seven"]),
    "not finite": ('"7 1/hour"', '"1e999 1/hour"', "part.gene.translation.value", ["too large"]),
    "missing value": ('value = "7 1/hour", ', "", "part.gene.translation.value", ["missing", "1/hour"]),
    "missing quality": (', quality = "derived"', "", "part.gene.translation.quality", ["missing", "measured"]),
    "unknown quality": ('"derived"', '"derivd"', "part.gene.translation.quality", ["mean 'derived'"]),
    "missing source": (', source = "a paper"', "", "part.medium.decay.source", ["missing", "measured"]),
    "empty source": ('source = "a paper"', 'source = " "', "part.medium.decay.source", ["missing"]),
    "missing reason": (', reason = "a well"', "", "part.medium.volume.reason", ["missing", "assumed"]),
    "source on assumed": ('"a well"', '"a well", source = "x"', "part.medium.volume.source", ["assumed", "reason"]),
    "misspelt key of a value": ('source = "a paper"', 'sorce = "a paper"', "part.medium.decay.sorce",
        ["mean 'source'"]),
    "low above high": ('low = "0.05 1/hour"', 'low = "0.3 1/hour"', "part.medium.decay", ["low <= value <= high"]),
    "low without high": ('high = "0.2 1/hour", ', "", "part.medium.decay.low", ["both"]),
    "negative low": ('low = "0.05 1/hour"', 'low = "-0.05 1/hour"', "part.medium.decay", ["above 0"]),
    "fraction above 1": ("value = 0.05", "value = 1.5", "part.endosome.escape_fraction", ["fraction"]),
    "Hill exponent above 8": ("value = 2,", "value = 9,", "part.akt.exponent", ["Hill", "8"]),
    "unknown key": ("title =", "tittle =", "tittle", ["mean 'title'"]),
    "unknown key of start": ("steady =", "stedy =", "start.stedy", ["mean 'steady'"]),
    "unknown time unit": ('"hour"', '"huor"', "time_unit", ["mean 'hour'"]),
    "time unit that is none": ('"hour"', '"nM"', "time_unit", ["time"]),
    "start of an unknown parameter": ('"cells.division"', '"cells.divison"', "start.values.cells.divison",
        ["mean 'cells.division'"]),
    "start that is negative": (
        '"0.02 1/hour"', '"-0.02 1/hour"', "start.values.cells.division", ["negative"],
    ),
    "start in a wrong unit": ('"0.02 1/hour"', '"0.02 nM"', "start.values.cells.division", ["'nM'"]),
    "initial of an unknown species": ("medium.vesicles =", "medium.vesicle =", "initial.medium.vesicle",
        ["mean 'medium.vesicles'"]),
    "initial in a wrong unit": ('"1e9 vesicle"', '"1e9 copy"', "initial.medium.vesicles", ["'copy'"]),
    "negative initial": ('"1e9 vesicle"', '"-1e9 vesicle"', "initial.medium.vesicles", ["above 0"]),
    "initial without a table": ('= { value = "1e9 vesicle", quality = "assumed", reason = "a dose" }',
        '= "1e9 vesicle"',
        "initial.medium.vesicles", ["table"]),
    "observable of an unknown id": ('"gene.mrna + gene.protein"', '"gene.mrna + gene.protien"', "both",
        ["mean 'gene.protein'"]),
    "observable of the wrong stated unit": ('unit = "dimensionless"', 'unit = "nM"', "share",
        ["'dimensionless'", "'nM'"]),
    "observable of an unknown unit": ('unit = "dimensionless"', 'unit = "vesicl"', "share", ["mean 'vesicle'"]),
    "observable of mixed units": ('"gene.mrna + gene.protein"', '"gene.mrna + medium.volume"', "both",
        ["'copy/cell'", "'mL'"]),
    "observable that is a comparison": ('"gene.mrna + gene.protein"', '"gene.mrna > gene.protein"', "both",
        ["comparison"]),
    "misspelt key of an observable": ("title = \"a share\"", "titel = \"a share\"", "observable.share.titel",
        ["mean 'title'"]),
    "observable without an expression": ('expression = "gene.mrna/both", ', "", "observable.share: ", ["expression"]),
    "cyclic observables": ('"gene.mrna + gene.protein"', '"gene.mrna*share"', "observable", ["both -> share -> both"]),
    "the same id twice": ("both =", 'gene.mrna = "1"\nboth =', "'gene.mrna'", ["species", "observable"]),
    "code in an expression": ('"gene.mrna + gene.protein"', "\"__import__('os').system('true')\"", "observable.both",
        ["only the known"]),
    "code in a unit": ('"7 1/hour"', "\"7 __import__('os')\"", "part.gene.translation.value", ["__import__", "unit"]),
    "a tower of powers in a unit": ('"7 1/hour"', '"7 hour**9**9**9"', "part.gene.translation.value", ["power"]),
    "TOML with a key given twice": ("title =", 'title = "x"\ntitle =', "", ["TOML", "line"]),
    "TOML with a table given twice": ("[initial]", "[part.akt]\n[initial]", "", ["TOML", "line"]),
    "TOML that is none": ("[initial]", "[initial", "", ["TOML", "line"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_one_fault_is_one_sentence_with_file_key_and_remedy(kind, write):
    old, new, key, words = FAULTS[kind]
    path = write(changed((old, new)))
    found = faults(path)
    assert len(found) == 1, found
    assert found[0].startswith(f"{path}: {key}")
    assert all(word in found[0] for word in words), found[0]


SIX = [
    "unknown key of start",
    "wrong unit",
    "missing source",
    "fraction above 1",
    "unknown key",
    "code in an expression",
]
SIX_MORE = [
    "Hill exponent above 8", "unknown key", "negative initial", "unknown key of start",  # of the file
    "misspelt species", "observable of the wrong stated unit",  # seen only when the parts are put together
]  # fmt: skip


@pytest.mark.parametrize("kinds", [SIX, SIX_MORE], ids=["of the file", "of the file and of the whole"])
def test_six_faults_are_listed_at_once(kinds, write):
    found = faults(write(changed(*(FAULTS[kind][:2] for kind in kinds))))
    assert len(found) == 6, found
    for kind in kinds:
        _, _, key, words = FAULTS[kind]
        assert any(f": {key}" in line and all(word in line for word in words) for line in found), kind


def test_issues_can_be_had_without_an_error(write):
    path = write(changed(*(FAULTS[kind][:2] for kind in SIX)))
    model, issues = read_model(path)
    assert model is None
    assert {issue.key for issue in issues} == {FAULTS[kind][2] for kind in SIX}
    assert all(issue.file == str(path) and issue.severity == "error" for issue in issues)


# --- files that are none ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "part"), (b"   \n", "part"), (b"# only a comment", "part"), (b"\xff\xfe\x00", "UTF-8"),
        (GOOD.encode("utf-16"), "UTF-8"),
        (b"title = \"\xe9\"", "UTF-8"), (b"\x00", "TOML"), (b"a = " + b"[" * 5000, "deep"), (b"<html></html>", ""),
        (b"part = 3", "part"),
        (b"[part]", "part"), (b"[[part]]", "part"),
    ],
)  # fmt: skip
def test_what_is_no_model_file_is_one_sentence(content, word, write):
    path = write(content)
    (line,) = faults(path)
    assert str(path) in line
    assert word in line


def test_a_folder_is_said_to_be_one(tmp_path):
    (line,) = faults(tmp_path)
    assert f"'{tmp_path}' is a folder" in line


def test_a_missing_file_names_the_nearest(write):
    path = write(GOOD)
    (line,) = faults(path.with_name("writen.toml"))
    assert f"did you mean '{path}'" in line


def test_a_misspelt_model_names_the_nearest():
    (line,) = faults("mir_21_pten_hcc_cuf")
    assert "did you mean 'mir_21_pten_hcc_caf'" in line


@pytest.mark.parametrize("name", ["", "nothing like it", "a/b/c.toml", "a\0b", "x" * 5000, "../../etc/passwd"])
def test_any_other_text_is_one_sentence(name):
    assert len(faults(name)) == 1


# --- wrong shapes -----------------------------------------------------------------------------------------------------


def places(table, path=()):
    for key, item in table.items():
        yield (*path, key)
        if isinstance(item, dict):
            yield from places(item, (*path, key))


def written_with(place, odd):
    """The good file as nested inline tables, with something odd in one place; TOML written by hand."""

    def text(item, path):
        if path == place:
            return odd
        if isinstance(item, dict):
            return "{" + ", ".join(f'"{key}" = {text(inner, (*path, key))}' for key, inner in item.items()) + "}"
        if isinstance(item, list):
            return f"[{', '.join(text(inner, (*path, index)) for index, inner in enumerate(item))}]"
        return str(item).lower() if isinstance(item, bool) else repr(item).replace("'", '"')

    return "\n".join(f'"{key}" = {text(item, (key,))}' for key, item in tomllib.loads(GOOD).items())


def outcome(text, write):
    try:
        load(write(text))
    except WrongInput:
        return "refused"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "read"


PLACES = sorted(places(tomllib.loads(GOOD)))


@pytest.mark.parametrize("odd", ["3", '""', "{}", "[3]", "[[]]", "1979-05-27", "{value = 3}", "{expression = 3}"])
def test_no_wrong_shape_raises_anything_but_wrong_input(odd, write):
    found = {".".join(place): outcome(written_with(place, odd), write) for place in PLACES}
    assert {place: what for place, what in found.items() if what not in ("read", "refused")} == {}


def test_a_list_is_refused_wherever_none_belongs(write):
    found = {".".join(place): outcome(written_with(place, "[3]"), write) for place in PLACES if place[-1] != "from"}
    assert {place: what for place, what in found.items() if what == "read"} == {}


def test_the_good_file_survives_being_written_with_inline_tables(write):
    again = load(write(written_with((), "")))
    assert again.whole == load(write(GOOD)).whole


@pytest.mark.parametrize("name", sorted(library_tables()))
def test_every_library_table_fits_a_mechanism_whole(name):
    entries = library_entries(name)
    records = {key: entry for key, (entry, _, _) in entries.items()}
    fitting = [kind for kind, law in LAWS.items() if records.keys() <= law.roles.keys()]
    assert fitting, "no mechanism has all of these roles"
    assert any(not record_faults(kind, records) for kind in fitting), [record_faults(kind, records) for kind in fitting]


def record_faults(kind, records):
    """What is wrong with value records as those of a mechanism."""
    issues = []
    for key, record in records.items():
        role = LAWS[kind].roles[key]
        read_value(record, role.unit_for(record["value"]), role.distribution, kind, key, issues)
    return issues


def records_of(table, place):
    """Every value record of a file with the key it stands under."""
    for key, entry in table.items():
        if isinstance(entry, dict) and "value" in entry:
            yield f"{place}.{key}", key, entry
        elif isinstance(entry, dict):
            yield from records_of(entry, f"{place}.{key}")


def test_no_value_is_written_twice():
    places = {}
    for path in sorted(data_folder("models").rglob("*.toml")):
        for place, key, entry in records_of(tomllib.loads(path.read_text("utf-8")), path.stem):
            known = (key, str(entry["value"]), entry.get("source", entry.get("reason")))
            places.setdefault(known, []).append(place)
    twice = {known: found for known, found in places.items() if len(found) > 1}
    assert not twice, "a number that two places share belongs into a library table"
