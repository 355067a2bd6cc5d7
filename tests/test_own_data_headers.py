"""Headers taken apart: what people write, and every mixture of its pieces."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from exokinetics import WrongInput, load
from exokinetics.fitting.own_data.cells import decimal_sign, read_cell
from exokinetics.fitting.own_data.headers import Header, read_header, words_of
from exokinetics.fitting.own_data.matching import matches
from exokinetics.fitting.own_data.unit_words import read_unit

FLAGSHIP = "mir_21_pten_hcc_caf"

# header: name, unit as a fit file writes it, kind of error, replicate
HEADERS = {
    "time [h]": ("time", "hour", "", ""),
    "Time (min)": ("Time", "minute", "", ""),
    "time / h": ("time", "hour", "", ""),
    "Zeit [Std]": ("Zeit", "hour", "", ""),
    "pten_rep2": ("pten", None, "", "2"),
    "PTEN rep A nM": ("PTEN", "nM", "", "A"),
    "PTEN (rep 2) (nM)": ("PTEN", "nM", "", "2"),
    "PTEN (% of control)": ("PTEN", "percent", "", ""),
    "PTEN SD": ("PTEN", None, "sd", ""),
    "SD of pten": ("pten", None, "sd", ""),
    "pten_sem [nM]": ("pten", "nM", "sem", ""),
    "n": ("", None, "n", ""),
    "95% CI": ("", None, "ci", ""),
    "Mean PTEN (nM)": ("PTEN", "nM", "", ""),
    "pten (copies per cell)": ("pten", "copy/cell", "", ""),
    "vesicles (particles mL-1)": ("vesicles", "vesicle/mL", "", ""),
    "x (ng ml^-1)": ("x", "ng/mL", "", ""),
    "PTEN µM": ("PTEN", "uM", "", ""),
    "uptake (n=3) [%]": ("uptake", "percent", "", ""),
    "PTEN, fold change": ("PTEN", "dimensionless", "", ""),
    "PTEN protein, relative to GAPDH": ("PTEN protein", "dimensionless", "", ""),
    "pten log2FC": ("pten", "dimensionless", "", ""),
    "IL-6 [pg/mL]": ("IL-6", "pg/mL", "", ""),
    "AKT (S473) [a.u.]": ("AKT (S473)", "dimensionless", "", ""),
}  # fmt: skip


@pytest.mark.parametrize("text", HEADERS)
def test_a_header_is_taken_apart(text: str) -> None:
    header = read_header(text)
    assert (header.name, header.unit.text if header.unit else None, header.error, header.replicate) == HEADERS[text]


@pytest.mark.parametrize(
    ("text", "kind", "base"),
    [
        ("fold change", "relative", 0), ("x-fold", "relative", 0), ("% of control", "relative", 0),
        ("a.u.", "relative", 0), ("fraction_of_total_cpm", "relative", 0), ("RFU", "relative", 0),
        ("normalized to actin", "relative", 0),
        ("log2 FC", "logarithm", 2), ("log2(fold change)", "logarithm", 2), ("log10", "logarithm", 10),
        ("lfc", "logarithm", 2), ("ln", "logarithm", 0), ("nM", "unit", 0), ("%", "unit", 0), ("1/h", "unit", 0),
    ],
)  # fmt: skip
def test_what_is_a_unit_and_what_only_a_share(text: str, kind: str, base: int) -> None:
    meaning = read_unit(text)
    assert meaning is not None
    assert (meaning.kind, meaning.base) == (kind, base)


@pytest.mark.parametrize(
    "text", ["NM x", "foo", "", "   ", "__import__('os')", "nM; nM", "1e9", "10^6 cells", "% change", "% inhibition"]
)
def test_what_is_no_unit(text: str) -> None:
    assert read_unit(text) is None


def test_the_case_of_a_symbol_is_kept() -> None:
    """A nanometre is no nanomolar."""
    nanometre, nanomolar = read_unit("nm"), read_unit("nM")
    assert nanometre != nanomolar


NAMES = st.lists(
    st.text("abcdefghijkloquvwxyz", min_size=4, max_size=9).filter(lambda word: read_unit(word) is None),
    min_size=1, max_size=3,
).map(" ".join)  # fmt: skip
UNITS = {"nM": "nM", "copies per cell": "copy/cell", "% of control": "percent", "a.u.": "dimensionless", "h": "hour"}
ERRORS = {"": "", "SD": "sd", "sem": "sem"}
REPLICATES = {"": "", "rep2": "2", "replicate 3": "3", "#4": "4", "r1": "1"}


@given(NAMES, st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(ERRORS)), st.sampled_from(sorted(REPLICATES)),
       st.sampled_from("[("), st.sampled_from(" _"))  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_every_mixture_of_name_unit_error_and_replicate_comes_apart(
    name: str, unit: str, error: str, replicate: str, bracket: str, sign: str
) -> None:
    assume(not set(words_of(name)) & {"time", "mean", "average", "median", "donor", "patient"})
    text = sign.join(part for part in (name, error, replicate) if part)
    header = read_header(f"{text} {bracket}{unit}{']' if bracket == '[' else ')'}")
    assert words_of(header.name) == words_of(name)
    assert header.unit is not None
    assert header.unit.text == UNITS[unit]
    assert (header.error, header.replicate) == (ERRORS[error], REPLICATES[replicate])


@given(st.text(max_size=200))
@example("(((((((((((((((((((((((((((((((((((((((((((((((((")
@example("[" * 100 + "]" * 100)
@example("rep " * 50)
@example("log2 fold change of the " + "a " * 80)
@settings(max_examples=500, deadline=1000)
def test_any_text_is_a_header_or_one_sentence(text: str) -> None:
    try:
        header = read_header(text)
    except WrongInput as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert isinstance(header, Header)
        assert len(header.name) <= len(text)


@given(st.sampled_from([*load(FLAGSHIP).species, *load(FLAGSHIP).observables]), st.sampled_from(["_", " ", "-", "."]),
       st.booleans())  # fmt: skip
def test_every_id_is_found_whatever_its_case_and_separators(id: str, sign: str, upper: bool) -> None:
    model = load(FLAGSHIP)
    name = id.replace(".", sign).replace("_", sign)
    found = matches(name.upper() if upper else name, model)
    assert [match.id for match in found] == [id]
    assert found[0].exact


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("p-AKT", ["akt.active"]), ("pAKT", ["akt.active"]), ("phospho-AKT", ["akt.active"]),
        ("miR-21", ["mir_21.guide", "mir_21.risc"]), ("PTEN", ["pten.mrna", "pten.protein", "pten.level", "rest.pten"]),
        ("phosphorylated AKT", ["akt.active"]),
        ("vesicles in the endosomes of a recipient cell", ["endosome.vesicles"]),
        ("nothing of the kind", []), ("pten.proteine", []),
    ],
)  # fmt: skip
def test_common_names_are_matched_by_all_of_their_words(name: str, ids: list[str]) -> None:
    assert {match.id for match in matches(name, load(FLAGSHIP))} == set(ids)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(".,"))
def test_a_number_comes_back_from_either_decimal_sign(number: float, sign: str) -> None:
    text = repr(number).replace(".", sign)
    assert read_cell(text, sign, "here").value == number


@pytest.mark.parametrize(
    ("text", "sign", "value"),
    [
        ("1.234,5", ",", 1234.5), ("1,234.5", ".", 1234.5), ("2,5E-3", ",", 0.0025), ("\u22123", ".", -3.0),
        ("12,345", ".", 12345.0), (".5", ".", 0.5), ("NA", ".", math.nan), ("\u2013", ".", math.nan),
    ],
)  # fmt: skip
def test_numbers_as_they_are_written(text: str, sign: str, value: float) -> None:
    assert read_cell(text, sign, "here").value == pytest.approx(value, rel=1e-15, nan_ok=True)


@pytest.mark.parametrize(
    ("texts", "sign"),
    [
        (["1", "2"], "."), (["0,5", "1"], ","), (["0.5", "1,234"], "."), (["1.234,5", "2.000"], ","),
        (["<0,5"], ","), (["0,123"], ","), ([], "."),
    ],
)  # fmt: skip
def test_the_decimal_sign_is_told_by_all_numbers_of_a_table(texts: list[str], sign: str) -> None:
    assert decimal_sign("here", texts) == sign
