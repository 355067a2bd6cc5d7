"""Exported files: libSBML has no complaint, another simulator agrees, and what is wrong never takes its place."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

from exokinetics import (
    Manifest,
    Model,
    WorkFailed,
    WrongInput,
    check,
    compose,
    export,
    load,
    read,
    simulate,
    use,
)
from exokinetics.interchange.output_file import replacing
from exokinetics.sbml import writer
from exokinetics.sbml.consistency import consistency_messages
from exokinetics.sbml.identifiers import sbml_id

libsbml = pytest.importorskip("libsbml", reason="needs python-libsbml")

FLAGSHIP = "mir_21_pten_hcc_caf"
TIMES = np.linspace(0.0, 240.0, 241)


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> tuple[Path, Manifest]:
    path = tmp_path_factory.mktemp("export") / "flagship.xml"
    return path, export(FLAGSHIP, path)


@pytest.fixture(scope="module")
def flagship() -> Model:
    return load(FLAGSHIP)


def test_the_manifest_says_what_was_found(exported):
    path, manifest = exported
    assert manifest.path == path
    assert manifest.files == (path,)
    assert manifest.format == "sbml"
    assert manifest.verified
    assert manifest.messages == ()
    assert manifest.largest_deviation < 1e-7
    assert manifest.seconds > 0
    assert str(manifest).startswith(f"{path}: written as sbml, read back without a complaint")
    assert "240 hour" in str(manifest)  # the last time that the model reports
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert manifest.sha256 == {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}


def test_libsbml_has_no_complaint(exported):
    text = exported[0].read_text("utf-8")
    assert consistency_messages(text) == []
    # the oracle itself, without the function that the export uses
    document = libsbml.readSBMLFromString(text)
    for category in range(libsbml.LIBSBML_CAT_SBML, libsbml.LIBSBML_CAT_MODELING_PRACTICE + 1):
        document.setConsistencyChecks(category, True)
    document.checkConsistency()
    assert [document.getError(index).getMessage() for index in range(document.getNumErrors())] == []


def road_runner(path: Path, model: Model) -> dict[str, np.ndarray]:
    """The outputs of the model over TIMES as libRoadRunner computes them from the file."""
    roadrunner = pytest.importorskip("roadrunner", reason="needs libroadrunner")
    runner = roadrunner.RoadRunner(str(path))
    runner.integrator.relative_tolerance = 1e-10
    # where there are 1e11 copies an error of 1e-12 of one is lost in rounding, and CVODE would not start
    sizes = np.abs(simulate(model, TIMES, outputs=model.species).table).max(axis=0)
    places = {sbml_id(name): size for name, size in zip(model.species, sizes, strict=True)}
    tolerances = [1e-12 * max(places.get(id, 1.0), 1.0) for id in runner.model.getFloatingSpeciesIds()]
    runner.integrator.absolute_tolerance = tolerances
    document = libsbml.readSBMLFromFile(str(path))  # its parts live no longer than this
    written = document.getModel().getListOfSpecies()
    amounts = {species.getId(): species.getHasOnlySubstanceUnits() for species in written}
    ids = {name: sbml_id(name) for name in (*model.species, *model.observables)}
    # road runner's plain id of a species is its amount, the one in brackets its concentration
    selections = [name if amounts.get(name, True) else f"[{name}]" for name in ids.values()]
    runner.timeCourseSelections = ["time", *selections]
    table = np.asarray(runner.simulate(TIMES[0], TIMES[-1], len(TIMES)))
    np.testing.assert_allclose(table[:, 0], TIMES, rtol=1e-12)
    return {name: table[:, column] for column, name in enumerate(ids, start=1)}


def test_road_runner_agrees(exported, flagship):
    found = road_runner(exported[0], flagship)
    wanted = simulate(flagship, TIMES, rtol=1e-9)
    assert wanted.success
    for name in wanted.outputs:
        # 1e-5 of the maximum: both solve to 1e-9 or better, and errors add up over 240 hours
        largest = np.max(np.abs(wanted[name]))
        np.testing.assert_allclose(found[name], wanted[name], rtol=0, atol=1e-5 * largest, err_msg=name)


def test_what_was_written_reads_back(exported, flagship):
    copy = load(exported[0])
    assert isinstance(read(exported[0]), Model)
    assert check(exported[0]) == []
    for kind in ("species", "parameters", "observables"):
        assert set(getattr(copy, kind)) == set(getattr(flagship, kind))
    wanted, found = simulate(flagship, TIMES), simulate(copy, TIMES)
    for name in wanted.outputs:
        # 1e-8: the same equations and start, so that only the order of sums could differ
        largest = np.max(np.abs(wanted[name]))
        np.testing.assert_allclose(found[name], wanted[name], rtol=0, atol=1e-8 * largest, err_msg=name)
        assert found.units[name] == wanted.units[name]
    for name in flagship.parameters:
        assert copy.value(name) == flagship.value(name)


def test_the_copy_of_a_copy_is_the_same(exported, flagship, tmp_path):
    again = tmp_path / "again.sbml"
    assert export(exported[0], again).verified
    assert set(load(again).species) == set(flagship.species)


def changed_writer(monkeypatch, change):
    """A writer whose text is changed on the way out."""
    honest = writer.sbml_text

    def dishonest(*arguments, **options):
        text = honest(*arguments, **options)
        wrong = change(text)
        assert wrong != text
        return wrong

    monkeypatch.setattr(writer, "sbml_text", dishonest)


CORRUPTIONS = {
    "a parameter": (lambda text: text.replace('value="0.0583"', 'value="0.0584"'), "pten.mrna_decay"),
    "a parameter in the last digit": (
        lambda text: text.replace('value="0.0583"', 'value="0.0583000000000001"'),
        "pten",
    ),
    "an initial amount": (
        lambda text: re.sub(r'(id="akt__active"[^>]*initialAmount=")\d', r"\g<1>9", text),
        "deviates",
    ),
    "a stoichiometry": (lambda text: text.replace('stoichiometry="1.0"', 'stoichiometry="2.0"', 1), "deviates"),
    "a sign": (lambda text: text.replace("<times />", "<divide />", 1), "did not pass its check"),
    "a missing species": (lambda text: text.replace('id="pip3__pip2"', 'id="pip3__pip9"'), "did not pass its check"),
    "the end of the file": (lambda text: text[: len(text) // 2], "did not pass its check"),
    "nothing": (lambda _text: "", "did not pass its check"),
}


@pytest.mark.parametrize("fault", CORRUPTIONS)
def test_a_corrupted_file_never_takes_its_place(fault, monkeypatch, tmp_path):
    change, wanted = CORRUPTIONS[fault]
    changed_writer(monkeypatch, change)
    path = tmp_path / "flagship.xml"
    with pytest.raises(WorkFailed, match="was not written") as raised:
        export(FLAGSHIP, path)
    assert wanted in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


IDLE = """
[part.medium]
law = "extracellular_decay"
from = "vesicles.culture_medium"
"""


def test_a_fault_in_what_is_idle_is_found(monkeypatch, tmp_path):
    source = tmp_path / "idle.toml"
    source.write_text(IDLE)
    path = tmp_path / "idle.xml"
    assert export(source, path).verified
    path.unlink()
    changed_writer(monkeypatch, CORRUPTIONS["a stoichiometry"][0])
    with pytest.raises(WorkFailed, match="away from the simulated path"):
        export(source, path)
    assert not path.exists()


def test_an_older_file_survives_a_failed_export(monkeypatch, tmp_path):
    path = tmp_path / "flagship.xml"
    path.write_text("older")
    changed_writer(monkeypatch, CORRUPTIONS["a parameter"][0])
    with pytest.raises(WorkFailed):
        export(FLAGSHIP, path)
    assert path.read_text() == "older"
    assert [each.name for each in tmp_path.iterdir()] == ["flagship.xml"]


def test_an_existing_file_is_replaced(tmp_path, flagship):
    path = tmp_path / "flagship.xml"
    path.write_text("older")
    export(flagship, path, verify=False)
    assert path.read_text("utf-8").startswith("<?xml")


def test_without_verification(monkeypatch, tmp_path):
    changed_writer(monkeypatch, CORRUPTIONS["a parameter"][0])
    manifest = export(FLAGSHIP, tmp_path / "model.dat", format="SBML", verify=False)
    assert not manifest.verified
    assert manifest.largest_deviation is None
    assert "not verified" in str(manifest)


@pytest.mark.parametrize(
    ("path", "format", "wanted"),
    [
        ("m.ant", None, "'antimony' is not built yet; 'sbml' is"),
        ("m.xml", "petab", "'petab' is not built yet; 'sbml' is"),
        ("m", None, "a name without an ending does not tell the format"),
        ("m.txt", None, "the ending '.txt' does not tell the format"),
        ("m.xml", "smbl", "'smbl' is not a format of export; did you mean 'sbml'"),
        ("m.xml", "pteab", "'pteab' is not a format of export; 'petab' is near to it and not built yet, 'sbml' is"),
        ("m.xml", "zzz", "'zzz' is not a format of export; known are sbml"),
    ],
)
def test_other_formats_are_refused(path, format, wanted, tmp_path):
    with pytest.raises(WrongInput, match=wanted):
        export(FLAGSHIP, tmp_path / path, format=format)
    assert list(tmp_path.iterdir()) == []


def test_only_models_are_exported(tmp_path):
    with pytest.raises(WrongInput, match="takes a model"):
        export(3, tmp_path / "m.xml")
    assert list(tmp_path.iterdir()) == []


def test_a_file_replaces_another_only_when_it_is_whole(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("older")
    with pytest.raises(KeyboardInterrupt), replacing(path) as temporary:
        temporary.write_text("half")
        assert temporary.suffix == ".csv"
        raise KeyboardInterrupt
    assert path.read_text() == "older"
    with replacing(path) as temporary:
        temporary.write_text("whole")
    assert path.read_text() == "whole"
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]


def test_what_modulates_a_process_and_its_observable_comes_back(tmp_path):
    parts = [
        use("growing_population", "n", start=1e4, growth=0.05, death=0.02, capacity=1e6, volume=1600.0),
        use("delivered_cargo", "x", cells="n", synthesis=3.0, cargo_decay=0.1),
        use("activation", "faster", process="n.growth", input="x.amount", half="20 copy/cell", exponent=2.0, gain=2.0),
        use("inhibition", "slower", process="n.growth", input=1.0, half=3.0, exponent=1.0, effect=0.5),
    ]
    model = compose("modulated", parts, initial={"x.amount": 5.0})
    path = tmp_path / "modulated.xml"
    export(model, path)  # reads it back and simulates it again before it is kept
    again = simulate(path, 72.0, rtol=1e-8)
    wanted = simulate(model, 72.0, rtol=1e-8)
    for name in ("n.number", "x.amount", "n.division"):
        np.testing.assert_allclose(again[name], wanted[name], rtol=1e-6)  # a hundred times rtol
