"""Terms and references in written files, as libSBML reads them, against the ontology and the texts of the sources."""

from __future__ import annotations

import pytest
from rotation import every_model

libsbml = pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

from exokinetics import load  # noqa: E402
from exokinetics.interchange.sbml_file import write_sbml  # noqa: E402
from exokinetics.model.parts import Parameter, Reaction, Species, part_of  # noqa: E402
from exokinetics.model.values import Value, assumed, fixed  # noqa: E402
from exokinetics.model.whole import compose  # noqa: E402
from exokinetics.sbml.consistency import consistency_messages  # noqa: E402
from exokinetics.sbml.identifiers import sbml_id  # noqa: E402
from exokinetics.sbml.reader import read_sbml  # noqa: E402
from exokinetics.sbml.references import references  # noqa: E402
from exokinetics.sbml.writer import sbml_text  # noqa: E402
from exokinetics.units import DIMENSIONLESS, same_unit, unit  # noqa: E402

PLACE = "https://identifiers.org/"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("Fujita et al. 2010, doi:10.1126/scisignal.2000810, of BIOMD0000000262",
         ["doi:10.1126/scisignal.2000810", "biomodels.db:BIOMD0000000262"]),
        ("measured (doi:10.1371/journal.pone.0243738). And more.", ["doi:10.1371/journal.pone.0243738"]),
        ("doi:10.1016/S0092-8674(03)00801-3, Fig. 2", ["doi:10.1016/S0092-8674(03)00801-3"]),
        ("10.1016/j.cell.2012.10.036: twice 10.1016/j.cell.2012.10.036", ["doi:10.1016/j.cell.2012.10.036"]),
        ("PMID 16930941, PMID:1234567", ["pubmed:16930941", "pubmed:1234567"]),
        ("a factor of 10.5 at 10.1/2 hours", []),
    ],
)  # fmt: skip
def test_the_references_of_a_text_are_found_without_the_sentence_around_them(text: str, found: list[str]) -> None:
    assert references(text) == [PLACE + each for each in found]


def small() -> libsbml.SBMLDocument:
    source = "Doe 2020, doi:10.1000/abc.1, from <figure 2> & doi:10.1000/def"
    part = part_of(
        species=[
            Species("gene.mrna", "copy/cell", fixed(1.0, "copy/cell", "", "measured", source)),
            Species("gene.protein", "copy/cell", fixed(0.0, "copy/cell", "none at first")),
            Species("medium.cargo", "copy", fixed(0.0, "copy", "none at first")),
            Species("akt.level", "dimensionless", fixed(1.0, "dimensionless", "at rest")),
        ],
        parameters=[
            Parameter("decay", "1/hour", Value(0.1, "1/hour", 0.05, 0.2, "measured", source, "", "stated")),
            Parameter("half", "copy/cell", assumed(10.0, "copy/cell", "a guess; doi:10.1000/no is another reaction")),
            Parameter("steep", "dimensionless", assumed(2.0, "dimensionless", "a guess", "hill")),
            Parameter("volume", "mL", assumed(1.0, "mL", "a dish"), compartment=True),
        ],
        reactions=[
            Reaction("make", "decay*half*hill(gene.mrna, half, steep)", (("gene.protein", 1.0),), "synthesis"),
            Reaction("lose", "decay*gene.mrna", (("gene.mrna", -1.0),), "loss"),
            Reaction("move", "decay*medium.cargo", (("medium.cargo", -1.0),), "transfer"),
            Reaction("change", "decay*akt.level", (("akt.level", -1.0),), "conversion"),
        ],
    )  # fmt: skip
    model = compose("small", [part], citation="The whole: doi:10.1000/whole", observables={"twice": "2*gene.mrna"})
    text = sbml_text(model, {name: model.initial_number(name) for name in model.species})
    assert consistency_messages(text) == []
    assert read_sbml(text).value("decay") == model.value("decay")
    return libsbml.readSBMLFromString(text)


def resources(item: libsbml.SBase) -> list[str]:
    """What describes an element; what it is stands in test_identifiers.py."""
    terms = [item.getCVTerm(index) for index in range(item.getNumCVTerms())]
    terms = [
        term
        for term in terms
        if term.getQualifierType() == libsbml.MODEL_QUALIFIER
        or term.getBiologicalQualifierType() == libsbml.BQB_IS_DESCRIBED_BY
    ]
    return [term.getResourceURI(index) for term in terms for index in range(term.getNumResources())]


def test_every_kind_of_element_has_the_term_of_the_ontology() -> None:
    document = small()
    model = document.getModel()
    found = {
        model.getElementBySId(name).getIdAttribute(): model.getElementBySId(name).getSBOTerm()
        for name in (
            "gene__mrna", "gene__protein", "medium__cargo", "akt__level", "decay", "half", "steep", "volume", "make",
            "lose", "move", "change", "twice",
        )
    }  # fmt: skip
    assert found == {
        "gene__mrna": 250, "gene__protein": 245, "medium__cargo": 240, "akt__level": -1, "decay": 9, "half": 2,
        "steep": 190, "volume": 290, "make": 393, "lose": 179, "move": 185, "change": 182, "twice": 2,
    }  # fmt: skip
    assert model.getSBOTerm() == 293
    make = model.getReaction("make")
    assert (make.getKineticLaw().getSBOTerm(), make.getProduct(0).getSBOTerm(), make.getModifier(0).getSBOTerm()) == (
        1, 11, 19,
    )  # fmt: skip
    assert model.getReaction("lose").getReactant(0).getSBOTerm() == 10
    assert model.getRule(0).getSBOTerm() == 64


def test_the_publications_of_sources_are_named_and_those_of_guesses_are_not() -> None:
    document = small()
    model = document.getModel()
    wanted = [f"{PLACE}doi:10.1000/abc.1", f"{PLACE}doi:10.1000/def"]
    for name in ("decay", "gene__mrna"):
        item = model.getElementBySId(name)
        assert resources(item) == wanted
        assert item.getCVTerm(0).getQualifierType() == libsbml.BIOLOGICAL_QUALIFIER
        assert item.getCVTerm(0).getBiologicalQualifierType() == libsbml.BQB_IS_DESCRIBED_BY
    assert resources(model) == [f"{PLACE}doi:10.1000/whole"]
    assert model.getCVTerm(0).getModelQualifierType() == libsbml.BQM_IS_DESCRIBED_BY
    assert resources(model.getParameter("half")) == []


@pytest.mark.parametrize("name", every_model())
def test_a_model_is_written_whole(name: str, tmp_path) -> None:
    """Units, terms, quality, range and publications of everything, without a complaint of libSBML."""
    model = load(name)
    write_sbml(model, tmp_path / "model.xml")
    text = (tmp_path / "model.xml").read_text(encoding="utf-8")
    assert consistency_messages(text) == []
    document = libsbml.readSBMLFromString(text)
    written = document.getModel()
    for kind in ("Parameters", "Compartments", "Reactions", "Rules"):
        for index in range(getattr(written, f"getListOf{kind}")().size()):
            item = getattr(written, f"getListOf{kind}")().get(index)
            assert item.isSetSBOTerm(), item.getId()
            assert kind in ("Reactions", "Rules") or item.isSetUnits(), item.getId()
    for id in model.species:
        item = written.getSpecies(sbml_id(id))
        assert item.isSetSubstanceUnits()
        # a level is no amount of anything
        assert item.isSetSBOTerm() != same_unit(unit(model.unit(id)), DIMENSIONLESS), id
    copy = read_sbml(text, name=model.name)
    for id in model.whole.parameters:
        assert copy.value(id) == model.value(id)
        assert resources(written.getElementBySId(sbml_id(id))) == references(model.value(id).source), id
