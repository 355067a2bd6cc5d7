"""The modules of models/library/tissues.toml, each alone: rest, signs, dose response, closed forms."""

import numpy as np
import pytest
from scipy.optimize import brentq
from tissue_models import MODULES, drawn, module_alone, table_of, values_of

from exokinetics import simulate, steady_state
from exokinetics.laws import LAWS, Law

REST = 1e-9  # far above what rounding leaves of sums of a few numbers near 1
CLOSE = 1e-6  # of a steady state, which is found to about 1e-9 of each rate
ENOUGH = 0.95  # of the draws
MONTH = 960.0  # hours: the forty days of the experiment behind the checks of the catalogue
LONG = 20000.0  # hours: many times the slowest rate
DOSES = 10.0 ** np.linspace(-3, 3, 25)
every_module = pytest.mark.parametrize("module", MODULES)
either_way = pytest.mark.parametrize("dose", [0.2, 0.5, 2.0, 8.0])


def rest_of(model, name="own.level", **values):
    return float(steady_state(model, values=values)[name][0])


def number(module, name):
    return values_of(module)[name].value


def drive(module, level):
    """What a level that raises the module makes of its drive, with the values of the library."""
    n, g = number(module, "exponent"), number(module, "span")
    return (1.0 + g * level**n) / (g + level**n)


# --- all of them ------------------------------------------------------------------------------------------------------


def test_every_law_of_a_tissue_is_walked():
    found = {name for name, law in LAWS.items() if isinstance(law, Law) and ".tissue_" in law.function.__module__}
    assert found == set(MODULES.values())


@every_module
def test_a_table_fills_every_role_of_its_law(module):
    roles = {name for name, role in LAWS[MODULES[module]].roles.items() if role.kind == "parameter"}
    assert values_of(module).keys() == roles
    assert 2 <= len(module_alone(module).species) <= 4


@every_module
def test_a_module_is_one_at_rest_and_stays_there_in_every_draw(module):
    model = module_alone(module)
    np.testing.assert_allclose(simulate(model, [0.0, LONG], start="initial")["own.level"], 1.0, rtol=REST)
    np.testing.assert_allclose(drawn(model, LONG)["own.level"], 1.0, rtol=REST)


@every_module
def test_the_answer_to_a_doubled_or_halved_input_is_near_proportional(module):
    model = module_alone(module)
    for more, less in ({"up": 2.0}, {"up": 0.5}), ({"down": 0.5}, {"down": 2.0}):
        assert 1.4 < rest_of(model, **more) < 2.5
        assert 1.4 < 1.0 / rest_of(model, **less) < 2.5


@every_module
def test_in_nearly_every_draw_a_doubled_or_halved_input_is_seen_within_forty_days(module):
    model = module_alone(module)
    for inputs in {"up": 2.0}, {"down": 0.5}:
        assert (drawn(model, MONTH, **inputs)["own.level"] > 1.2).mean() >= ENOUGH
    for inputs in {"up": 0.5}, {"down": 2.0}:
        assert (drawn(model, MONTH, **inputs)["own.level"] < 1.0 / 1.2).mean() >= ENOUGH


@every_module
def test_the_dose_response_is_monotone_and_bounded(module):
    model = module_alone(module)
    rising = np.array([rest_of(model, up=dose) for dose in DOSES])
    falling = np.array([rest_of(model, down=dose) for dose in DOSES])
    assert (np.diff(rising) > 0.0).all()
    assert (np.diff(falling) < 0.0).all()
    assert falling[-1] > 0.0
    # a drug that enters faster than its pump can take it out is the one level that may exceed the range of the drive
    assert rising[-1] < number(module, "span") * (3.0 if module == "drug_content" else 1.0)
    assert rest_of(model, up=1e9) == pytest.approx(rest_of(model, up=1e12), rel=1e-3)  # bounded, not slowly growing


# --- closed forms: steady states by hand, of the equations in the docstrings ------------------------------------------


def grown(module, growth, seeding=1.0, death=1.0):
    """The root of g (i s + (1 - i) X)(C - X) = m X (C - 1), a quadratic in X."""
    i, c = number(module, "independent"), 1.0 + number(module, "room")
    a, b, rest = -(1.0 - i), (1.0 - i) * c - i * seeding - death * (c - 1.0) / growth, i * seeding * c
    return (-b - np.sqrt(b * b - 4.0 * a * rest)) / (2.0 * a)


@either_way
def test_growth_in_a_limited_space(dose):
    d = {module: drive(module, dose) for module in ("vessels", "priming", "colonies", "tumour")}
    half = number("vessels", "half")
    receptor = d["vessels"] * (1.0 + half) / (half + d["vessels"])
    assert rest_of(module_alone("vessels"), up=dose) == pytest.approx(grown("vessels", receptor), rel=CLOSE)
    assert rest_of(module_alone("priming"), up=dose) == pytest.approx(grown("priming", d["priming"]), rel=CLOSE)
    seeded = grown("colonies", 1.0, seeding=d["colonies"])
    assert rest_of(module_alone("colonies"), up=dose) == pytest.approx(seeded, rel=CLOSE)
    killed = grown("tumour", 1.0, death=d["tumour"])
    assert rest_of(module_alone("tumour"), down=dose) == pytest.approx(killed, rel=CLOSE)


@either_way
@pytest.mark.parametrize(
    ("module", "share"), [("t_cells", "exhaustion"), ("myeloid", "recruited"), ("dendritic_cells", "maturing")]
)
def test_what_is_drawn_from_a_pool_is_limited_by_its_filling(module, share, dose):
    q, d = number(module, share), drive(module, dose)
    assert rest_of(module_alone(module), up=dose) == pytest.approx(d * (1.0 + q) / (1.0 + q * d), rel=CLOSE)


@either_way
def test_killing_by_t_cells_under_a_brake(dose):
    q, w, b = number("killing", "exhaustion"), number("killing", "inhibited"), drive("killing", dose)
    wanted = (1.0 + q) / (1.0 + q * b) / (1.0 - w + w * b)
    assert rest_of(module_alone("killing"), down=dose) == pytest.approx(wanted, rel=CLOSE)


@either_way
def test_junctions_and_what_passes_them(dose):
    f, s = number("junctions", "assembled"), drive("junctions", dose)
    closed = s / (1.0 - f + f * s)
    assert rest_of(module_alone("junctions"), up=dose) == pytest.approx(closed, rel=CLOSE)
    f, k, n, c = (number("permeability", name) for name in ("assembled", "half", "steepness", "closed_share"))
    s = drive("permeability", dose)
    closed = s / (1.0 - f + f * s)

    def passing(junctions):
        return c + k**n / (k**n + junctions**n)

    wanted = passing(closed) / passing(1.0)  # of junctions that are closed by what lowers the passage
    assert rest_of(module_alone("permeability"), down=dose) == pytest.approx(wanted, rel=CLOSE)


@either_way
def test_sites_of_a_niche(dose):
    f, d = number("niche", "prepared"), drive("niche", dose)
    assert rest_of(module_alone("niche"), up=dose) == pytest.approx(d / (1.0 - f + f * d), rel=CLOSE)


@either_way
def test_protease_and_matrix(dose):
    q, t = number("protease", "inhibited"), drive("protease", dose)
    assert rest_of(module_alone("protease"), down=dose) == pytest.approx(1.0 / (1.0 - q + q * t), rel=CLOSE)
    w, e, p = number("matrix", "degraded_new"), number("matrix", "degraded"), drive("matrix", dose)
    wanted = 1.0 / ((1.0 - w + w * p) * (1.0 - e + e * p))
    assert rest_of(module_alone("matrix"), down=dose) == pytest.approx(wanted, rel=CLOSE)


@either_way
def test_resorbed_bone_solves_a_quadratic(dose):
    c, d = number("resorption", "coupling"), drive("resorption", dose)
    wanted = (np.sqrt((1.0 - c) ** 2 + 4.0 * c * d) - (1.0 - c)) / (2.0 * c)
    assert rest_of(module_alone("resorption"), up=dose) == pytest.approx(wanted, rel=CLOSE)


@either_way
def test_osteoclasts_balance_tgf_beta_and_opg(dose):
    s, k, o = (number("osteoclasts", name) for name in ("basal", "half", "opg"))
    d = drive("osteoclasts", dose)

    def balance(cells):
        active = (cells + s) / (1.0 + s) * (1.0 + k) / (cells + k)
        return d / (1.0 - o + o * active) - active * cells  # B = R/T = T

    wanted = brentq(balance, 1e-6, 1e3, xtol=1e-12)
    assert rest_of(module_alone("osteoclasts"), up=dose) == pytest.approx(wanted, rel=CLOSE)


def pumped(module, pump):
    """Drug in the cell: (1 - q) X + q P X (K + 1)/(K + X) = 1 as a quadratic."""
    q, k = number(module, "pumped"), number(module, "pump_half")
    a, b = 1.0 - q, (1.0 - q) * k + q * pump * (k + 1.0) - 1.0
    return (-b + np.sqrt(b * b + 4.0 * a * k)) / (2.0 * a)


@either_way
def test_drug_pumped_out_by_michaelis_menten(dose):
    assert table_of("drug_content") == "drug_content"
    drug = pumped("drug_content", drive("drug_content", dose))
    assert rest_of(module_alone("drug_content"), down=dose) == pytest.approx(drug, rel=CLOSE)
    q = number("drug_efflux", "pumped")
    taken = (1.0 - (1.0 - q) * pumped("drug_efflux", drive("drug_efflux", dose))) / q  # what does not leak is pumped
    assert rest_of(module_alone("drug_efflux"), up=dose) == pytest.approx(taken, rel=CLOSE)
    e, h = number("drug_kill", "kill_half"), number("drug_kill", "steepness")
    left = pumped("drug_kill", drive("drug_kill", dose))
    kill = left**h / (e**h + left**h) * (1.0 + e**h)
    assert rest_of(module_alone("drug_kill"), down=dose) == pytest.approx(kill, rel=CLOSE)
    assert rest_of(module_alone("drug_survivors"), up=dose) == pytest.approx(
        grown("drug_survivors", 1.0, death=kill), rel=CLOSE
    )
