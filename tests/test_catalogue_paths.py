"""Paths of the catalogue: how they are read, and that every path agrees with the sign of its row."""

import pytest

from exokinetics.reports.catalogue_paths import Edge, cargo_of, edges_of, id_of, merged, outcomes_of, signs_of
from exokinetics.reports.catalogue_table import read_rows

ROWS = [row for row in read_rows() if row.kind == "axis"]

# Outcomes of which more is worse for the tumour, among them cells that fight it, its death, what it loses in order to
# spread, and a drug that arrives. More of any other outcome is better for it.
AGAINST_THE_TUMOUR = frozenset(
    """
    antitumour_immunity apoptosis brain cancer_cell_death chemosensitivity cxcr4 dendritic_cell_maturation drug_kill
    e_cadherin immune_cells immune_surveillance infiltrating_immune_cells junctions m1_state osteoblast smad4
    t_cell_activation t_cell_cytotoxicity t_cell_priming therapy tumour_cell_death zo_1
    """.split()
)


@pytest.mark.parametrize(
    ("words", "id"),
    [("NF-kB", "nf_kb"), ("YAP (inferred)", "yap"), ("Wnt/beta-catenin", "wnt_beta_catenin")],
)  # fmt: skip
def test_the_id_of_what_a_path_names(words, id):
    assert id_of(words) == id


def test_a_path_is_read_edge_by_edge():
    assert edges_of("miR-9 -| PTEN -| AKT, NF-kB -> EMT; miR-9 -> growth") == [
        Edge("mir_9", -1, "pten"), Edge("pten", -1, "akt"), Edge("pten", -1, "nf_kb"), Edge("akt", 1, "emt"),
        Edge("nf_kb", 1, "emt"), Edge("mir_9", 1, "growth"),
    ]  # fmt: skip


def test_what_is_not_said_is_no_node():
    assert edges_of("vesicles -> Hippo, sign not stated -> growth") == [
        Edge("vesicles", 1, "hippo"), Edge("hippo", 1, "growth"),
    ]  # fmt: skip
    assert edges_of("miR-301a -> not stated") == []


@pytest.mark.parametrize(
    ("path", "signs"),
    [
        ("a -> b -> c", {"c": 1}), ("a -| b -| c", {"c": 1}), ("a -| b -> c", {"c": -1}),
        ("a -> b -> c; a -| b", {"c": 0}), ("a -> b -> d; a -| c -| d", {"d": 1}), ("a -> b; c -| b", {"b": 1}),
        ("a -> b -> c -> a", {"c": 1}), ("a -> b -> c -> b -> d", {"d": 1}),
    ],
)  # fmt: skip
def test_signs_multiply_along_a_path(path, signs):
    assert outcomes_of(edges_of(path), "a") == signs


def test_signs_of_all_that_a_path_leads_to():
    assert signs_of(edges_of("x -> a -| b -> c"), "a") == {"b": -1, "c": -1}


def test_the_cargo_stands_behind_its_trigger():
    (row,) = [row for row in ROWS if row.row == "mir-23a-lung-ec-phd-zo1"]
    assert row.path.startswith("hypoxia -> ")
    assert cargo_of(row) == "mir_23a"


@pytest.mark.parametrize("row", [row for row in ROWS if row.asserted], ids=lambda row: row.row)
def test_a_path_agrees_with_the_sign_of_its_row(row):
    """Two columns that were filled in apart: where the path leads, and whether that is good for the tumour."""
    edges = edges_of(row.path)
    for outcome, sign in outcomes_of(edges, cargo_of(row)).items():
        good = -sign if outcome in AGAINST_THE_TUMOUR else sign
        assert good == {"+": 1, "-": -1}[row.sign], outcome


def test_every_row_with_an_effect_has_an_outcome():
    without = {row.row for row in ROWS if not outcomes_of(edges_of(row.path), cargo_of(row))}
    assert not {row.row for row in ROWS if row.asserted} & without


def test_rows_that_share_a_model_have_one_cargo():
    for model in {row.model for row in ROWS}:
        rows = [row for row in ROWS if row.model == model]
        assert len({cargo_of(row) for row in rows}) == 1, model
        assert merged(rows)[: len(edges_of(rows[0].path))] == edges_of(rows[0].path)
