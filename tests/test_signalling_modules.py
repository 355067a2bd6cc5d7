"""Pathway modules relative to rest: against the closed forms of their steady states and against published numbers."""

import numpy as np
import pandas
import pytest
from scipy.optimize import brentq

from exokinetics import compose, simulate, steady_state, use
from exokinetics.catalogue.library import library_entries, library_tables
from exokinetics.compiler import system_of
from exokinetics.data_files import data_folder
from exokinetics.laws import LAWS
from exokinetics.model.parts import Parameter, part_of
from exokinetics.model.values import assumed

LAW_OF = {
    "pi3k_akt": "pi3k_akt", "mtorc1": "mtorc1", "raf_erk": "raf_erk", "stat3": "stat_socs", "nf_kb": "nf_kb",
    "tgf_beta": "tgf_beta_smad", "wnt_beta_catenin": "wnt_beta_catenin", "hif": "hif_phd", "fak_src": "fak_src",
    "rhoa": "rhoa_cycle", "hippo_yap": "hippo_yap",
}  # fmt: skip
# What makes the negative feedback, as the role that takes it away at zero.
FEEDBACK = {
    "pi3k_akt": "feedback", "mtorc1": "feedback", "raf_erk": "feedback", "stat3": "feedback", "nf_kb": "induced",
    "tgf_beta": "feedback", "wnt_beta_catenin": "induced", "hif": "induced", "rhoa": "feedback",
    "hippo_yap": "induced",
}  # fmt: skip
every_module = pytest.mark.parametrize("table", LAW_OF)


def module(table, **values):
    """A module with the values of the library, over an input that raises it (a) and one that lowers it (b)."""
    roles = {role: entry["value"] for role, (entry, _, _) in library_entries(f"modules.{table}").items()}
    part = use(LAW_OF[table], "own", raised_by=["a"], lowered_by=["b"], **roles | values)
    one = assumed(1.0, "dimensionless", "set by the test")
    return compose(table, [part, part_of(parameters=[Parameter(id, "dimensionless", one) for id in ("a", "b")])])


def settled(model, **values):
    return steady_state(model, values=values)["own.level"]


def random_values(table, generator):
    """Every value of the law at random: rates over six decades, shares and exponents over all that is allowed."""
    for name, role in LAWS[LAW_OF[table]].roles.items():
        if role.kind == "parameter":
            limits = {"logit": (0.001, 0.999), "hill": (1.0, 8.0), "log": (0.01, 100.0)}[role.distribution]
            yield f"own.{name}", float(np.exp(generator.uniform(*np.log(limits))))


def test_these_are_the_tables_of_the_library():
    found = {name.removeprefix("modules.") for name in library_tables() if name.startswith("modules.")}
    assert found - {"signalling_input", "induction", "s6k"} == LAW_OF.keys()  # the others are what they share


@every_module
def test_a_cell_at_rest_has_every_state_at_one_whatever_the_values(table):
    system, generator = system_of(module(table)), np.random.default_rng(11)
    rest = np.ones(len(system.states))
    for _ in range(200):
        values = dict(zip(system.inputs, system.defaults, strict=True)) | dict(random_values(table, generator))
        found = system.rhs(0.0, rest, list(values.values()))
        # each rate is the difference of two equal ones of at most 100 per hour, divided by 1 - s of at least 0.001
        assert np.abs(found).max() <= 100.0 * 1e-15 / 0.001


@every_module
def test_nothing_happens_without_an_input(table):
    run = simulate(module(table), [0.0, 10.0, 100.0])
    np.testing.assert_allclose(run["own.level"], 1.0, rtol=1e-12)  # rounding of the resting rates


# --- the steady state, written down once more and solved for the level alone ------------------------------------------


def edge(x, v):
    return (1.0 + v["span"] * x ** v["exponent"]) / (v["span"] + x ** v["exponent"])


def hill(x, v):
    k, n = v["half"], v["steepness"]
    return (1.0 + k**n) * x**n / (k**n + x**n)


def mixed(x, share):
    return 1.0 - share + share * x


def left(x, share):
    return (1.0 - share * x) / (1.0 - share)


def lipids(v, a, b, s6k):
    """PIP3 and PI(3,4)P2."""
    pi3k = edge(a, v) / mixed(edge(a, v), v["recruited"]) / mixed(s6k, v["feedback"])
    pip3 = pi3k / mixed(edge(b, v), v["pten_share"])
    return pip3, pip3 / mixed(edge(b, v), v["pten_share_pi34p2"])


def akt(v, a, b, x):
    pip3, pi34p2 = lipids(v, a, b, x)
    recruiting = (1.0 - v["pi34p2_share"]) * pip3 + v["pi34p2_share"] * pi34p2
    return hill(recruiting, v) * left(x, v["modified"]) - x


def mtor(v, a, b, x):
    tsc2 = edge(b, v) / edge(a, v) * mixed(x, v["feedback"])
    rheb = 1.0 / (v["loaded"] + (1.0 - v["loaded"]) * mixed(tsc2, v["tsc2_share"]))
    return rheb * left(x, v["modified"]) - x


def erk(v, a, b, x):
    drive = edge(a, v) / edge(b, v) / mixed(x, v["feedback"])
    raf = drive / mixed(drive, v["active"])
    return hill(raf, v) * left(x, v["modified"]) - mixed(mixed(x, v["induced"]), v["dusp_share"]) * x


def stat(v, a, b, x):
    socs = mixed(hill(x, v), v["induced"])
    return edge(a, v) / edge(b, v) * left(x, v["modified"]) / mixed(socs, v["feedback"]) - x


def nf_kb(v, a, b, x):
    inhibitor = mixed(hill(x, v), v["induced"]) / mixed(edge(a, v) / edge(b, v), v["ikk_share"])
    return left(x, v["modified"]) / mixed(inhibitor, v["held"]) - x


def smad(v, a, b, x):
    receptor = edge(a, v) / edge(b, v) / mixed(mixed(hill(x, v), v["induced"]), v["feedback"])
    return receptor * left(x, v["modified"]) - x


def beta_catenin(v, a, b, x):
    return 1.0 - mixed(mixed(hill(x, v), v["induced"]) * edge(b, v) / edge(a, v), v["complex_share"]) * x


def hif(v, a, b, x):
    return 1.0 - mixed(mixed(hill(x, v), v["induced"]) * edge(b, v) / edge(a, v), v["phd_share"]) * x


def src(v, a, b, x):
    kinases = edge(a, v) / edge(b, v) * mixed(x, v["src_share"])
    return kinases / mixed(kinases, v["modified"]) * left(x, v["active"]) - x


def rhoa(v, a, b, x):
    return edge(a, v) / edge(b, v) * left(x, v["loaded"]) / mixed(x, v["feedback"]) - x


def yap(v, a, b, x):
    lats = mixed(hill(x, v), v["induced"]) * edge(b, v) / edge(a, v)
    return left(x, v["modified"]) - mixed(lats, v["lats_share"]) * x


BALANCE = {
    "pi3k_akt": akt, "mtorc1": mtor, "raf_erk": erk, "stat3": stat, "nf_kb": nf_kb, "tgf_beta": smad,
    "wnt_beta_catenin": beta_catenin, "hif": hif, "fak_src": src, "rhoa": rhoa, "hippo_yap": yap,
}  # fmt: skip


@every_module
@pytest.mark.parametrize(("a", "b"), [(2.0, 1.0), (1.0, 0.5), (0.4, 1.7), (30.0, 0.1)])
def test_the_level_settles_where_its_closed_form_says(table, a, b):
    model = module(table)
    v = {name.removeprefix("own."): item.value.value for name, item in model.whole.parameters.items()}
    expected = brentq(lambda x: BALANCE[table](v, a, b, x), 1e-6, 1e3, xtol=1e-14, rtol=1e-13)
    assert settled(model, a=a, b=b) == pytest.approx(expected, rel=1e-8)  # the steady state is polished to 1e-10


# --- how it answers ---------------------------------------------------------------------------------------------------


@every_module
def test_the_level_rises_with_what_raises_it_and_falls_with_what_lowers_it(table):
    model = module(table)
    inputs = np.geomspace(0.01, 100.0, 9)
    assert (np.diff([settled(model, a=x) for x in inputs]) > 0.0).all()
    assert (np.diff([settled(model, b=x) for x in inputs]) < 0.0).all()


@every_module
def test_an_input_that_doubles_or_halves_is_felt_but_not_amplified_much(table):
    model = module(table)
    for change in (settled(model, a=2.0), 1.0 / settled(model, a=0.5), settled(model, b=0.5)):
        assert 1.4 < change < 3.6  # chains of a few modules neither fade nor explode


@every_module
def test_no_input_drives_the_level_beyond_its_bound(table):
    model = module(table)
    v = {name.removeprefix("own."): item.value.value for name, item in model.whole.parameters.items()}
    pool = {"fak_src": "active", "rhoa": "loaded", "wnt_beta_catenin": "complex_share", "hif": "phd_share"}
    share = v[pool.get(table, "modified")]
    bound = 1.0 / (1.0 - share if table in ("wnt_beta_catenin", "hif") else share)
    assert 2.0 < settled(model, a=1e6, b=1e-6) < bound


@pytest.mark.parametrize("table", [name for name in LAW_OF if name not in ("wnt_beta_catenin", "hif")])
def test_a_pool_that_is_used_up_is_modified_no_further(table):
    model = module(table)
    system = system_of(model)
    share = {"fak_src": "active", "rhoa": "loaded"}.get(table, "modified")
    full = np.full(len(system.states), 3.0)
    full[system.states.index("own.level")] = 1.0 / model.value(f"own.{share}").value
    values = dict(zip(system.inputs, system.defaults, strict=True)) | {"a": 1e3}
    assert system.rhs(0.0, full, list(values.values()))[system.states.index("own.level")] < 0.0


@pytest.mark.parametrize(("table", "role"), FEEDBACK.items())
def test_without_its_feedback_a_module_answers_more(table, role):
    without = module(table, **{role: 1e-9})
    assert settled(without, a=2.0) > 1.03 * settled(module(table), a=2.0)
    assert settled(without, a=0.5) < settled(module(table), a=0.5) / 1.03


def test_without_src_fak_answers_less():
    assert settled(module("fak_src", src_share=1e-9), a=2.0) < settled(module("fak_src"), a=2.0) / 1.03


@pytest.mark.parametrize("table", ["pi3k_akt", "raf_erk", "stat3", "nf_kb", "tgf_beta", "hif", "rhoa", "hippo_yap"])
def test_a_feedback_that_comes_late_lets_the_level_overshoot(table):
    model = module(table)
    times = np.concatenate([[0.0], np.geomspace(1e-3, 300.0, 200)])
    run = simulate(model, times, values={"a": 4.0})["own.level"]
    assert run.max() > 1.02 * run[-1]
    assert run[-1] == pytest.approx(settled(model, a=4.0), rel=1e-3)  # within days


@every_module
def test_there_is_one_steady_state_from_wherever_it_starts(table):
    model = module(table)
    for start in (0.05, 3.0):
        initial = dict.fromkeys(model.species, start)
        run = simulate(model, [0.0, 1000.0], values={"a": 2.0}, initial=initial)
        assert run["own.level"][-1] == pytest.approx(settled(model, a=2.0), rel=1e-4)  # a hundred times rtol


# --- against what was published ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "role", "number"),
    [
        ("pi3k_akt", "dephosphorylation", 0.0328 * 3600), ("pi3k_akt", "feedback_turnover", 0.00113 * 3600),
        ("raf_erk", "dephosphorylation", 0.648 / 60 * 3600), ("raf_erk", "dusp_decay", 2.57e-4 * 3600),
        ("stat3", "dephosphorylation", 0.0745 * 60), ("stat3", "mrna_decay", 0.00831 * 60),
        ("nf_kb", "mrna_decay", 0.0168 * 60), ("tgf_beta", "receptor_decay", 0.02778 * 60),
        ("tgf_beta", "dissociation", 0.1174 * 60), ("wnt_beta_catenin", "assembly", 0.0182 * 60),
        ("wnt_beta_catenin", "decay", 0.423 / 35.0 * 60), ("fak_src", "dephosphorylation", 0.035 * 3600),
        ("wnt_beta_catenin", "complex_share", 1.0 - 2.57e-4 * 25.1 / 0.423), ("fak_src", "modified", 0.015 / 0.05),
        ("rhoa", "hydrolysis", 0.625 * 3600), ("rhoa", "myosin_inactivation", 0.067 * 3600),
        ("hippo_yap", "exit", 0.14 * 3600),
    ],
)  # fmt: skip
def test_calibrated_values_are_the_published_ones_in_other_units(table, role, number):
    assert module(table).value(f"own.{role}").value == pytest.approx(number, rel=6e-3)  # three digits


def test_pip3_without_pten_is_what_was_measured():
    data = pandas.read_csv(data_folder("fits") / "kiselev_pip3_pten" / "data.csv").set_index("condition")
    risen = {}
    for name in ("wt_control", "pten_ko_control"):
        course = data.loc[name].set_index("time [second]")["pip3 [uM]"]
        risen[name] = sum(course[time] - course[0.0] for time in (60.0, 300.0, 900.0))
    model = module("pi3k_akt", feedback=1e-9)  # within minutes, before S6K
    found = steady_state(model, values={"b": 1e-9})["own.pip3"]
    # a knock-out leaves 1 / span of the edge, 2 % of the ratio; the ratio of the means, which have no error, is 1.9
    assert found == pytest.approx(risen["pten_ko_control"] / risen["wt_control"], rel=0.1)


def test_akt_follows_in_half_a_minute_and_s6k_in_a_quarter_of_an_hour():
    model = module("pi3k_akt")
    times = np.linspace(0.0, 0.1, 1001)
    akt = simulate(model, times, values={"a": 2.0})["own.level"]
    reached = times[np.argmax(akt > 1.0 + (1.0 - np.exp(-1.0)) * (akt.max() - 1.0))] * 3600
    assert 15.0 < reached < 90.0  # 30 s for AKT (Fujita et al. 2010), and 12 s for each lipid before it
    late = np.linspace(0.0, 2.0, 2001)
    s6k = simulate(model, late, values={"a": 2.0})["own.s6k"]
    reached = late[np.argmax(s6k > 1.0 + (1.0 - np.exp(-1.0)) * (s6k[-1] - 1.0))] * 60
    assert 10.0 < reached < 20.0  # 1 / 0.00113 per second are a quarter of an hour
