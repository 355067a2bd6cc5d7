"""Names of molecules and cells: the table against its collections, what of a model has them, and the written file."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from dataclasses import replace

import pytest
from rotation import every_model

from exokinetics import load, models
from exokinetics.catalogue.identifiers import KINDS, RESOLVER, identifiers
from exokinetics.catalogue.library import library_tables
from exokinetics.catalogue.loading import model_files
from exokinetics.catalogue.molecules import Named, molecules
from exokinetics.command_line import main
from exokinetics.data_files import data_folder
from exokinetics.model.parts import Mechanism
from exokinetics.model.whole import compose

# the patterns of identifiers.org, of UniProt that of its help page "accession_numbers"
PATTERNS = {
    "uniprot": r"[OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9]([A-Z][A-Z0-9]{2}[0-9]){1,2}",
    "hgnc": r"\d{1,5}",
    "mirbase": r"MI\d{7}",
    "mirbase.mature": r"MIMAT\d{7}",
    "CHEBI": r"\d+",
    "CL": r"\d{7}",
}
KEYS = {
    "protein": {"symbol", "hgnc", "uniprot"},
    "rna": {"symbol", "hgnc"},
    "compound": {"name", "chebi"},
    "cell": {"name", "cl"},
}


def rows() -> dict[str, dict[str, dict[str, object]]]:
    path = data_folder("models") / "library" / "identifiers.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def addresses(*names: str) -> tuple[str, ...]:
    return tuple(RESOLVER + name for name in names)


def named(name: str) -> dict[str, Named]:
    return molecules(load(name))


def test_every_identifier_has_the_pattern_of_its_collection() -> None:
    found = Counter()
    for entry in identifiers().entries.values():
        assert entry.itself or entry.genes, entry.name
        for address in (*entry.itself, *entry.genes):
            collection, _, number = address.removeprefix(RESOLVER).partition(":")
            assert re.fullmatch(PATTERNS[collection], number), address
            found[collection] += 1
    assert set(found) == set(PATTERNS)


def test_every_row_has_the_keys_of_its_kind_and_no_name_stands_twice() -> None:
    table = rows()
    assert set(table) == {"rule", *KINDS}
    names = [name for kind in KINDS for name in table[kind]]
    assert len(names) == len(set(names)) == len(identifiers().entries)
    for kind, keys in KEYS.items():
        assert {name: set(row) for name, row in table[kind].items() if set(row) != keys} == {}
    for name, row in table["microrna"].items():
        assert set(row) in ({"name", "mature"}, {"name", "hairpins"})
        assert "hsa-" + name.replace("_", "-").replace("mir", "miR", 1) == row["name"]


def test_one_identifier_belongs_to_one_molecule() -> None:
    """The same accession under two names is the same symbol: cav_1 and caveolin_1."""
    symbols = [(row["uniprot"], row["symbol"], row["hgnc"]) for row in rows()["protein"].values()]
    for place in range(3):
        assert len({each[place] for each in symbols}) == len(set(symbols))


def test_numbers_that_a_reader_knows_stand_in_the_table() -> None:
    known = identifiers().entries
    assert known["pten"].itself == addresses("uniprot:P60484") and known["pten"].genes == addresses("hgnc:9588")
    assert known["vegfa"].itself == addresses("uniprot:P15692") and known["her2"].itself == addresses("uniprot:P04626")
    assert known["mir_21_5p"].itself == addresses("mirbase.mature:MIMAT0000076")
    assert known["mir_21"].itself == () and known["mir_21"].genes == addresses("mirbase:MI0000077")
    assert known["doxorubicin_in_lung"].itself == addresses("CHEBI:28748")
    assert known["paclitaxel"].itself == addresses("CHEBI:45863")
    assert known["macrophage"].itself == addresses("CL:0000235")


def test_a_name_is_the_whole_of_a_part_or_stands_behind_a_word_for_a_cell() -> None:
    table = identifiers()
    known = ["pten", "fibroblast_pten", "t_cell_pd_l1", "tumour_mir_21_5p", "tumour", "macrophage"]
    names = [entry.name for part in known if (entry := table.named(part)) is not None]
    assert names == ["pten", "pten", "pd_l1", "mir_21_5p", "tumour", "macrophage"]
    strangers = [
        "pten_mir_23a", "pten.silencing", "ptenx", "kidney_pten", "tumour_macrophage", "tumour_burden", "tumour_",
        "mir_2", "mir_21_vesicles", "akt", "fibroblast_akt", "vegf", "wnt", "nf_kb", "pi3k_akt", "hippo", "tgf_beta",
    ]  # fmt: skip
    assert [part for part in strangers if table.named(part) is not None] == []


def test_the_table_gives_no_mechanism_a_value() -> None:
    assert [name for name in library_tables() if name.startswith("identifiers")] == []


def test_of_the_flagship_every_molecule_is_what_the_review_calls_it() -> None:
    found = named("mir_21_pten_hcc_caf")
    ago2, gene, hairpin = addresses("uniprot:Q9UKV8"), addresses("hgnc:9588"), addresses("mirbase:MI0000077")
    assert found == {
        "ago2.free": Named("is", ago2),
        "pten.mrna": Named("isEncodedBy", gene),
        "pten.protein": Named("is", addresses("uniprot:P60484")),
        "mir_21.guide": Named("isEncodedBy", hairpin),
        "donor.guide": Named("isEncodedBy", hairpin),
        "medium.cargo": Named("isEncodedBy", hairpin),
        "endosome.cargo": Named("isEncodedBy", hairpin),
        "mir_21.risc": Named("hasPart", ago2),
        "other_guides.risc": Named("hasPart", ago2),
        "silencing.complex": Named("hasPart", ago2),
        "competition.occupied": Named("hasPart", ago2),
        "mmp2.level": Named("isPropertyOf", addresses("uniprot:P08253")),
        "mmp9.level": Named("isPropertyOf", addresses("uniprot:P14780")),
        "hepatoma.number": Named("isPropertyOf", addresses("CL:0001064")),
        "stellate.number": Named("isPropertyOf", addresses("CL:0000632")),
    }  # bfgf, vegf, tgf_beta and akt are families or no names of one gene


def test_a_named_arm_is_the_mature_microrna_and_part_of_what_holds_it() -> None:
    found = named("mir_27a_3p_bc_macrophage_magi2_pdl1")
    mature = addresses("mirbase.mature:MIMAT0000084")
    for id in ("mir_27a_3p.guide", "delivery.release.guide", "delivery.endosome.cargo", "medium.cargo"):
        assert found[id] == Named("is", mature), id
    for id in ("mir_27a_3p.risc", "mir_27a_3p.competition.occupied", "magi2.silencing.complex"):
        assert found[id] == Named("hasPart", addresses("uniprot:Q9UKV8") + mature), id


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("engineered_sirna_her2_irgd_bc", "her2.guide"),  # an siRNA against HER2
        ("engineered_crispr_her2_irgd_bc", "her2.amount"),  # what is delivered against HER2
        ("mir_223_3p_tam_bc_cbx5", "cbx5.protein"),  # of 4T1, cells of a mouse
        ("dex_vaccine_bc", "muc1.free"),  # the receptor that knows MUC1
        ("bc_exosome_fak_src", "fak.level"),  # the level is that of Src
        ("epo_stat5a_stat5b", "stat5a.active"),  # cells of another species
    ],
)
def test_what_only_looks_like_a_molecule_has_no_identifier(name: str, id: str) -> None:
    assert id in load(name).species
    assert id not in named(name)


def test_a_mouse_takes_the_same_drug_and_has_the_same_kinds_of_cells() -> None:
    assert named("dox_4t1_exosome_lung")["doxorubicin_in_lung.amount"] == Named("is", addresses("CHEBI:28748"))
    hepatocyte = Named("isPropertyOf", addresses("CL:0000182"))
    assert named("fxi_silencing_mouse") == {"hepatocyte.number": hepatocyte}


def test_a_second_cargo_or_a_second_giver_leaves_it_open_what_a_medium_holds() -> None:
    model = load("mir_21_pten_hcc_caf")
    for law, links in (("endosome", {"guide": "pten.protein"}), ("constitutive_release", {})):
        other = Mechanism("other", law, {"medium": "medium", **links})
        whole = replace(model.whole, mechanisms={**model.whole.mechanisms, "other": other})
        lost = molecules(model).keys() - molecules(replace(model, whole=whole)).keys()
        assert lost == {"medium.cargo", "donor.guide"}, law


def test_what_passes_from_one_medium_to_another_is_the_same_cargo() -> None:
    found, drug = named("dox_4t1_exosome_lung"), Named("is", addresses("CHEBI:28748"))
    media = ("vesicles", "lung", "elsewhere")  # a homing from the first to the two others; the endosome is of the lung
    assert {id: found[id] for id in ("delivery.guide", *(f"{medium}.cargo" for medium in media))} == dict.fromkeys(
        ("delivery.guide", *(f"{medium}.cargo" for medium in media)), drug
    )
    marker = named("marker_mir_1246_bc")
    mature = Named("is", addresses("mirbase.mature:MIMAT0005898"))
    assert marker["plasma.cargo"] == marker["plasma.tissue_cargo"] == mature


def test_a_model_of_someone_else_is_not_named(tmp_path) -> None:
    shipped = load("mir_21_pten_hcc_caf")
    assert molecules(shipped.with_values({"mmp2.span": 3.0})) == molecules(shipped)
    own = tmp_path / "mir_21_pten_hcc_caf.toml"
    own.write_bytes(model_files()["mir_21_pten_hcc_caf"].read_bytes())
    assert load(own).whole == shipped.whole
    assert molecules(load(own)) == {}
    assert molecules(compose("composed", [shipped.whole])) == {}


def test_show_lists_each_address_with_what_it_names(capsys, monkeypatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)  # a width would wrap the lines
    assert main(["show", "mir_27a_3p_bc_macrophage_magi2_pdl1"]) == 0
    said = capsys.readouterr().out
    head, _, listed = said.partition("Public identifiers (6)\n")
    assert "identifiers.org" not in head
    lines = dict(line.split(": ", 1) for line in listed.splitlines())
    assert lines[f"{RESOLVER}hgnc:18957"] == "magi2.mrna"
    assert sorted(lines[f"{RESOLVER}mirbase.mature:MIMAT0000084"].split(", ")) == [
        "delivery.endosome.cargo", "delivery.release.guide", "medium.cargo", "mir_27a_3p.guide",
    ]  # fmt: skip
    assert main(["show", "mir_27a_3p_bc_macrophage_magi2_pdl1", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["result"]["identifiers"]
    risc = {"id": "mir_27a_3p.risc", "qualifier": "hasPart"}
    assert risc | {"addresses": [*addresses("uniprot:Q9UKV8", "mirbase.mature:MIMAT0000084")]} in rows
    assert main(["show", "alteromonas_vesicle_release"]) == 0
    assert "Public identifiers" not in capsys.readouterr().out


def test_over_the_whole_catalogue_so_many_have_an_identifier() -> None:
    """A change of these numbers is a match to look at: print it, then count anew (molecules of every model)."""
    collections, of_models, species = Counter(), Counter(), 0
    parts = set()
    for name in models():
        model = load(name)
        found = molecules(model)
        assert set(found) <= set(model.species) | set(model.parameters)
        parts |= {part for part in model.whole.mechanisms if any(id.startswith(f"{part}.") for id in found)}
        species += sum(id in model.whole.species for id in found)
        of_models.update(["any"] if found else [])
        pairs = [
            {address.removeprefix(RESOLVER).partition(":")[0] for address in each.addresses} for each in found.values()
        ]
        collections.update(collection for pair in pairs for collection in pair)
        of_models.update({collection for pair in pairs for collection in pair})
    table = identifiers()
    assert set(table.elsewhere) <= set(models())
    used = {entry.name for part in parts if (entry := table.named(part)) is not None}
    assert used == set(table.entries)  # no row for nothing
    assert (species, dict(collections), dict(of_models)) == COUNTED


COUNTED = (
    2428,
    {"uniprot": 1448, "mirbase.mature": 514, "mirbase": 442, "hgnc": 198, "CL": 43, "CHEBI": 24},
    {"any": 236, "uniprot": 202, "hgnc": 116, "mirbase": 89, "mirbase.mature": 61, "CL": 27, "CHEBI": 6},
)  # elements by collection, and models; an element may have two of one collection, and counts once


@pytest.mark.parametrize("name", every_model())
def test_a_written_model_names_its_molecules_and_is_otherwise_what_it_was(name: str, monkeypatch) -> None:
    libsbml = pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")
    from exokinetics.sbml import writer
    from exokinetics.sbml.consistency import consistency_messages
    from exokinetics.sbml.identifiers import sbml_id
    from exokinetics.sbml.reader import read_sbml

    kinds = {
        "is": libsbml.BQB_IS, "hasPart": libsbml.BQB_HAS_PART, "isEncodedBy": libsbml.BQB_IS_ENCODED_BY,
        "isPropertyOf": libsbml.BQB_IS_PROPERTY_OF,
    }  # fmt: skip
    model = load(name)
    initial = {id: model.initial_number(id) for id in model.species}
    text = writer.sbml_text(model, initial)
    assert consistency_messages(text) == []
    written, wanted = libsbml.readSBMLFromString(text).getModel(), molecules(model)
    for id in (*model.species, *model.parameters):
        item = written.getElementBySId(sbml_id(id))
        terms = [item.getCVTerm(index) for index in range(item.getNumCVTerms())]
        found = {
            term.getBiologicalQualifierType(): tuple(
                term.getResourceURI(index) for index in range(term.getNumResources())
            )
            for term in terms
            if term.getBiologicalQualifierType() != libsbml.BQB_IS_DESCRIBED_BY
        }
        assert found == ({kinds[wanted[id].qualifier]: wanted[id].addresses} if id in wanted else {}), id
    monkeypatch.setattr(writer, "molecules", lambda _: {})
    plain = writer.sbml_text(model, initial)
    assert (plain == text) == (not wanted)
    with_names, without = (read_sbml(each, name=model.name) for each in (text, plain))
    assert with_names.whole == without.whole
