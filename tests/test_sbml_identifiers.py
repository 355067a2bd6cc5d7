"""Ids as SBML ids and back, and units as SBML unit definitions."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exokinetics.errors import WrongInput
from exokinetics.sbml.identifiers import free_id, original_id, sbml_id
from exokinetics.sbml.unit_definitions import UnitTable, counted, factors
from exokinetics.sbml.unit_texts import text_of
from exokinetics.units import same_unit, unit

SID = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
TEXTS = st.text("abdnuSXx019_.", min_size=1, max_size=12)


@given(TEXTS)
def test_ids_come_back(text: str) -> None:
    written = sbml_id(text)
    assert SID.fullmatch(written)
    assert original_id(written) == text


@given(TEXTS, TEXTS)
def test_two_ids_never_meet(first: str, second: str) -> None:
    assert (sbml_id(first) == sbml_id(second)) == (first == second)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("gene.translation", "gene__translation"),
        ("a.b_c", "a__b_c"),
        ("a_b.c", "a_b__c"),
        ("a__b", "a___uu___b"),
        ("a_.b", "a___ud___b"),
        ("_x", "_x"),
        ("lambda", "___n___lambda"),
        ("Time", "___n___Time"),
        ("2nd", "___n___2nd"),
    ],
)
def test_ids_stay_readable(text: str, written: str) -> None:
    assert sbml_id(text) == written


@pytest.mark.parametrize("text", ["", "a b", "a-b", "µ", "initial:x"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(WrongInput):
        sbml_id(text)


@pytest.mark.parametrize("text", ["a___q___b", "___n___abc", "a___b", "a____b"])
def test_what_was_not_written_here_is_refused(text: str) -> None:
    with pytest.raises(WrongInput):
        original_id(text)


def test_a_free_id_avoids_those_taken() -> None:
    assert free_id("mir-21 model", set()) == "mir_21_model"
    assert free_id("hill", {"hill", "hill_2"}) == "hill_3"
    assert free_id("21", set()) == "_21"


@pytest.mark.parametrize(
    "text",
    ["1/hour", "nM", "1/(nM*hour)", "nmol/litre/second", "ug/mL", "um**2", "percent", "day", "1/week", "kg", "pA*s"],
)
def test_units_without_counts_come_back(text: str) -> None:
    found = [(part.kind, part.exponent, part.scale, part.multiplier) for part in factors(unit(text))]
    assert same_unit(unit(text_of(found)), unit(text))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("copy/cell/hour", "item/hour"),
        ("vesicle", "item"),
        ("cell", "dimensionless"),
        ("1/(copy*cell)", "1/item"),
        ("fL/cell", "fL"),
        ("nM", "nmol/litre"),
    ],
)
def test_counted_things_become_items(text: str, plain: str) -> None:
    assert same_unit(counted(unit(text)), unit(plain))


def test_equal_units_share_a_definition() -> None:
    table = UnitTable()
    names = [table.id_of(unit(text)) for text in ("copy/cell/hour", "copy/(cell*hour)", "vesicle", "cell", "1/hour")]
    assert names == ["copy_per_cell_per_hour", "copy_per_cell_per_hour", "item", "dimensionless", "per_hour"]
    assert set(table.definitions) == {"copy_per_cell_per_hour", "per_hour"}
