"""Units: known factors, refused texts, the round trip of every unit in use, and the units of expressions."""

import keyword
from pathlib import Path

import numpy as np
import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import constants

from exokinetics import WrongInput, load, models
from exokinetics import units as units_module
from exokinetics.expressions.dimensions import unit_of
from exokinetics.expressions.parsing import parse
from exokinetics.laws import LAWS
from exokinetics.laws.draft import AVOGADRO
from exokinetics.laws.registry import ANY
from exokinetics.units import (
    factor_between,
    in_time_unit,
    magnitude,
    power_of,
    root,
    same_dimension,
    same_unit,
    split_quantity,
    unit,
    unit_text,
)  # fmt: skip

FOREIGN = pint.UnitRegistry()
DEFINITIONS = Path(units_module.__file__).with_name("units.txt")
WITNESS = pint.UnitRegistry(DEFINITIONS, cache_folder=None)  # pint reads the same file


def refusal(run, *args):
    with pytest.raises(WrongInput) as caught:
        run(*args)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- conversion -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "target", "factor"),
    [
        ("uM", "nM", 1e3), ("M", "nM", 1e9), ("mol/L", "M", 1), ("nmol/mL", "uM", 1), ("pmol/uL", "uM", 1),
        ("mL", "fL", 1e12), ("L", "metre**3", 1e-3), ("um**3", "fL", 1), ("day", "hour", 24), ("week", "day", 7),
        ("hour", "second", 3600), ("1/minute", "1/hour", 60), ("copy/cell/second", "copy/cell/hour", 3600),
        ("percent", "dimensionless", 0.01), ("ug/mL", "gram/L", 1e-3), ("kDa", "Da", 1e3),
        ("1/(nM*hour)", "1/(uM*hour)", 1e3),
        ("vesicle/uL", "vesicle/mL", 1e3), ("J", "kilogram*m**2/s**2", 1), ("avogadro", "item", constants.N_A),
        ("Da", "gram", constants.atomic_mass * 1e3), ("min", "s", 60), ("mM", "uM", 1e3), ("GHz", "Hz", 1e9),
    ],
)  # fmt: skip
def test_factors_are_those_of_the_si_brochure(source, target, factor):
    assert factor_between(unit(source), unit(target)) == pytest.approx(factor, rel=1e-9)  # CODATA revises the dalton
    assert factor_between(unit(target), unit(source)) == pytest.approx(1 / factor, rel=1e-9)


def spellings():
    """Every spelling of a unit, alone and behind every spelling of a prefix."""
    rows = [line.split(" = ") for line in DEFINITIONS.read_text("utf-8").splitlines() if " = " in line]
    prefixes = [word.rstrip("-") for name, _, symbol in (row for row in rows if row[0].endswith("-"))
                for word in (name, symbol)]  # fmt: skip
    names = [word for name, _, *others in (row for row in rows if not row[0].endswith("-"))
             for word in (name, *others) if word != "_"]  # fmt: skip
    return names, [prefix + name for prefix in prefixes for name in names]


def test_every_name_of_a_unit_means_what_pint_reads_in_the_same_file():
    names, prefixed = spellings()
    assert len(names) > 80
    for name in (*names, *prefixed):
        if (name not in names and len(WITNESS.parse_unit_name(name)) != 1) or keyword.iskeyword(name):
            continue  # pint sees two meanings, such as a millisecond or metres; "as" is no name in an expression
        theirs = WITNESS.Quantity(1.0, name).to_base_units()
        factor, base = root(unit(name))
        assert factor == pytest.approx(theirs.magnitude, rel=1e-14), name  # rounding of a few products
        assert dict(base.powers) == {key: float(power) for key, power in theirs.unit_items()}, name


def test_decimal_factors_are_exact():
    assert magnitude("1 uM", "nM") == 1000.0
    assert magnitude("1 fL", "L") == 1e-15


def test_copies_in_a_femtolitre_follow_from_the_avogadro_constant():
    # 1 nM in 1 fL: 1e-9 mol/L times 1e-15 L
    assert AVOGADRO.value.value == pytest.approx(constants.N_A * 1e-24, rel=1e-15)


@pytest.mark.parametrize(("one", "other"),
    [("vesicle", "copy"), ("copy", "cell"), ("copy/cell", "copy"), ("item", "copy"),
                                            ("mol", "copy"), ("nM", "nmol"), ("1/hour", "hour"),
                                            ("vesicle", "dimensionless")])  # fmt: skip
def test_what_is_counted_apart_does_not_convert(one, other):
    assert not same_dimension(unit(one), unit(other))
    message = refusal(factor_between, unit(one), unit(other))
    assert f"'{unit_text(unit(one))}'" in message
    assert f"'{unit_text(unit(other))}'" in message


def test_plane_angles_are_plain_numbers_as_in_the_si():
    assert same_unit(unit("radian"), unit("dimensionless"))


def test_units_are_the_same_however_they_are_written():
    assert same_unit(unit("1/(nM*hour)"), unit("hour**-1/nM"))
    assert same_unit(unit("mL/cell/hour"), unit("(mL/hour)/cell"))
    assert same_unit(unit("copies/cells/h"), unit("copy/cell/hour"))
    assert not same_unit(unit("1/minute"), unit("1/hour"))


@pytest.mark.parametrize("text", ["", "1", "dimensionless", " 1 ", "cell/cell"])
def test_plain_numbers_have_a_unit_too(text):
    assert same_unit(unit(text), unit("dimensionless"))


# --- texts that are refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9", "m**9**9**9", "m**99999999999", "m**(9**9)", "m**-9**9", "2*m", "hour + hour", "m**x", "m**1.5",
        "m**0",
        "__import__('os').system('true')", "m.__class__", "(lambda: m)()", "[m for m in x]", "f'{m}'", "'m'", "m^2",
        "m,s",
        "m;s", "m m", "m/", "µL", "m" * 81, "(" * 70, "m if 1 else s", "(x:=m)", "1e9*m", "10", "m**True", "-m",
        "not m",
    ],
)  # fmt: skip
def test_a_text_that_is_no_unit_is_refused_at_once(text):
    assert len(refusal(unit, text)) < 250


@pytest.mark.parametrize("text", ["(((GHz**12)**12)**12)**12", "yg**12*ym**12", "1/(yg**12*ym**12)"])
def test_a_unit_beyond_the_range_of_floats_is_refused(text):
    refusal(lambda: factor_between(unit(text), unit("dimensionless")))


@pytest.mark.parametrize("given", [None, 3, b"m"])
def test_what_is_not_a_text_is_no_unit(given):
    refusal(unit, given)


@pytest.mark.parametrize(
    ("text", "near"),
    [("vesicl", "vesicle"), ("copy/cel", "cell"), ("1/huor", "hour"), ("minut", "minute"), ("nm/littre", "litre")],
)
def test_an_unknown_unit_names_the_nearest(text, near):
    assert f"did you mean '{near}'" in refusal(unit, text)


def test_the_caret_is_explained():
    assert "**" in refusal(unit, "m^2")


# --- quantities -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("0.035 1/hour", (0.035, "1/hour")), ("-2", (-2.0, "")), ("+1.5e3 nM", (1500.0, "nM")), (".5mL", (0.5, "mL")),
     ("1.e2 s", (100.0, "s")), (" 3  copy / cell ", (3.0, "copy / cell"))],
)  # fmt: skip
def test_a_quantity_is_a_number_and_a_unit(text, wanted):
    assert split_quantity(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hour",
        "nan hour",
        "inf hour",
        "1e999 hour",
        "1,5 hour",
        "one hour",
        "1" * 201,
        "--1 s",
        "0x10 s",
        "5 5 hour",
    ],
)
def test_what_is_no_quantity_is_refused(text):
    assert len(refusal(magnitude, text, "hour")) < 200


@pytest.mark.parametrize("given", [5, 5.0, np.float64(5), np.int32(5), np.array(5.0), "5", "5 hour", "300 minute",
                                   pytest.param(FOREIGN.Quantity(300, "minute"), id="foreign quantity")])  # fmt: skip
def test_a_magnitude_is_read_from_numbers_texts_and_quantities(given):
    assert magnitude(given, "hour") == pytest.approx(5.0, rel=1e-14)  # 15 digits of the factor


@pytest.mark.parametrize(
    ("amount", "name", "target", "wanted"),
    [
        (3, "ug/mL", "ng/mL", 3000), (3, "micrometer", "nm", 3000), (2, "nanomolar", "pM", 2000), (2, "mol/l", "M", 2),
        (5, "percent", "dimensionless", 0.05), (7, "dimensionless", "dimensionless", 7),
        (1, "1/hour/nM", "1/(nM*minute)", 1 / 60),
        (2, "mL/min**2", "mL/s**2", 2 / 3600),
    ],
)  # fmt: skip
def test_quantities_of_another_registry_are_understood(amount, name, target, wanted):
    assert magnitude(FOREIGN.Quantity(amount, name), target) == pytest.approx(wanted, rel=1e-14)  # 15 digits


@pytest.mark.parametrize("given",
    [None, True, "soon", "5 nM", "", [1.0], {}, 1 + 2j, float("nan"), float("inf"), np.array([1.0, 2.0]),
                                   pytest.param(FOREIGN.Quantity(np.array([1.0, 2.0]), "hour"), id="array quantity"),
                                   pytest.param(FOREIGN.Quantity(5, "degC"), id="temperature"),
                                   pytest.param(FOREIGN.Quantity(5, "nanomolar"), id="other dimension")])  # fmt: skip
def test_a_magnitude_of_anything_else_is_refused(given):
    refusal(magnitude, given, "hour")


# --- round trip -------------------------------------------------------------------------------------------------------


def units_in_use():
    for law in LAWS.values():
        for role in law.roles.values():
            yield from (*({role.unit} - {ANY}), *role.members.values())
    for name in models():
        model = load(name)
        yield from (model.unit(id) for id in (*model.species, *model.whole.parameters, *model.observables))


@pytest.mark.parametrize("text", sorted(set(units_in_use())))
def test_every_unit_in_use_is_written_as_it_is_read(text):
    assert same_unit(unit(unit_text(unit(text))), unit(text))
    assert unit_text(unit(unit_text(unit(text)))) == unit_text(unit(text))
    minutes = in_time_unit(text, "minute")
    assert same_dimension(unit(minutes), unit(text))
    assert "hour" not in minutes


@given(
    st.dictionaries(
        st.sampled_from(["nM", "copy", "cell", "hour", "fL", "vesicle", "ug", "metre", "kilogram"]), st.integers(-4, 4)
    )
)
def test_any_product_of_units_is_written_as_it_is_read(powers):
    text = "*".join(f"{name}**{power}" for name, power in powers.items() if power) or "1"
    assert same_unit(unit(unit_text(unit(text))), unit(text))


@pytest.mark.parametrize(("text", "wanted"), [("copy/cell/hour", "copy/cell/minute"), ("1/(nM*hour)", "1/nM/minute"),
                                              ("hour**2", "minute**2"), ("mL", "mL"),
                                              ("1/second", "1/second")])  # fmt: skip
def test_hours_become_the_time_unit_of_the_model(text, wanted):
    assert same_unit(unit(in_time_unit(text, "minute")), unit(wanted))
    assert in_time_unit(text, "hour") == text


def test_a_square_root_of_a_square_is_the_unit():
    assert same_unit(power_of(unit("nM**2"), 0.5), unit("nM"))


# --- units of expressions ---------------------------------------------------------------------------------------------

SYMBOLS = {
    "x": "nM",
    "K": "nM",
    "k": "1/hour",
    "n": "dimensionless",
    "V": "fL",
    "m": "copy/cell",
    "u": "uM",
    "time": "hour",
}


def unit_of_text(text):
    return unit_of(parse(text), {name: unit(given) for name, given in SYMBOLS.items()})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("k*x", "nM/hour"), ("x + K", "nM"), ("x/K", "dimensionless"), ("x**2", "nM**2"), ("1/x", "1/nM"),
        ("sqrt(x*K)", "nM"),
        ("(x*K)**0.5", "nM"), ("x**1.5/sqrt(K)", "nM"), ("(x/K)**n", "dimensionless"),
        ("hill(x, K, n)", "dimensionless"),
        ("exp(-k*time)", "dimensionless"), ("x*exp(x/K)", "nM"), ("min(x, K)", "nM"), ("abs(x)", "nM"), ("x - 0", "nM"),
        ("piecewise(x, k*time > 3, K)", "nM"), ("piecewise(x, x > 0, 0)", "nM"), ("max(x, 0)", "nM"),
        ("n + 1", "dimensionless"),
        ("V*x/m", "fL*nM*cell/copy"), ("piecewise(0, x > K, 1)", "dimensionless"),
    ],
)  # fmt: skip
def test_the_unit_of_an_expression(text, wanted):
    assert same_unit(unit_of_text(text), unit(wanted))


def test_zero_has_any_unit():
    assert unit_of_text("0") is None
    assert unit_of_text("0*x") is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("x + k", ["'x' in 'nM'", "'k' in '1/hour'", "added"]), ("x + 1", ["nM", "dimensionless"]),
        ("x + u", ["nM", "uM"]),
        ("x**n", ["power"]), ("n**x", ["exponent", "'x'"]), ("hill(x, k, n)", ["compared", "1/hour"]),
        ("hill(x, K, x)", ["hill", "dimensionless"]), ("exp(x)", ["exp()", "nM", "dimensionless"]),
        ("log(k)", ["log()", "1/hour"]), ("sin(time)", ["sin()", "hour"]), ("min(x, k)", ["compared"]),
        ("piecewise(x, time > 0, k)", ["alternatives"]), ("piecewise(1, x > k, 2)", ["compared"]),
        ("piecewise(1, x > 1, 2)", ["compared"]),
    ],
)  # fmt: skip
def test_units_that_do_not_fit_are_named(text, named):
    message = refusal(unit_of_text, text)
    assert all(word in message for word in named), message
