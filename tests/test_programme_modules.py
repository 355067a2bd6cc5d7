"""The programmes of models/library/programmes.toml, each alone: rest, signs, dose response, folds, markers."""

import numpy as np
import pytest
from programme_models import GRADED, PROGRAMMES, SWITCHES, UPHELD, drawn, programme, values_of
from scipy.optimize import brentq

from exokinetics import continuation, simulate, steady_state
from exokinetics.catalogue.library import library_tables
from exokinetics.laws import LAWS, Law

REST = 1e-9  # far above what rounding leaves of sums of a few numbers near 1
CLOSE = 1e-6  # of a steady state, which is found to about 1e-9 of each rate
ENOUGH = 0.95  # of the draws
MONTH = 960.0  # hours: the forty days of the experiment behind the checks of the catalogue
LONG = 20000.0  # hours: many times the slowest rate, also next to a fold
DOSES = 10.0 ** np.linspace(-3, 3, 25)


def rest_of(model, name="own.level", **values):
    return float(steady_state(model, values=values)[name][0])


def drive(table, level):
    """What a level that raises the programme makes of its drive, with the values of the library."""
    n, g = (values_of(table)[name].value for name in ("exponent", "span"))
    return (1.0 + g * level**n) / (g + level**n)


def level_for(table, wanted):
    return brentq(lambda level: drive(table, level) - wanted, 1e-6, 1e6)


# --- all of them ------------------------------------------------------------------------------------------------------


def test_every_law_and_every_complete_table_is_walked():
    mine = {name for name, law in LAWS.items() if isinstance(law, Law) and "programmes_" in law.function.__module__}
    assert mine == set(PROGRAMMES.values())
    tables = {name.split(".")[1] for name in library_tables() if name.startswith("programmes.")}
    assert tables == PROGRAMMES.keys() | UPHELD.keys() | {"edges", "level", "caspase", "receptor_under_drug"}


@pytest.mark.parametrize("table", PROGRAMMES | UPHELD)
def test_a_table_fills_every_role_of_its_law(table):
    roles = {name for name, role in LAWS[(PROGRAMMES | UPHELD)[table]].roles.items() if role.kind == "parameter"}
    assert values_of(table).keys() == roles


@pytest.mark.parametrize("table", PROGRAMMES | UPHELD)
def test_a_programme_has_two_to_four_states(table):
    assert 2 <= len(programme(table).species) <= 4


@pytest.mark.parametrize("table", PROGRAMMES)
def test_what_lowers_a_programme_undoes_what_raises_it(table):
    model = programme(table)
    assert rest_of(model, up=3.0, down=3.0) == pytest.approx(rest_of(model), rel=CLOSE)


# --- graded programmes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", GRADED)
def test_a_graded_programme_is_one_at_rest_and_stays_there_in_every_draw(table):
    model = programme(table)
    start = simulate(model, [0.0, LONG], start="initial")
    np.testing.assert_allclose(start["own.level"], 1.0, rtol=REST)
    np.testing.assert_allclose(drawn(model, LONG)["own.level"], 1.0, rtol=REST)


@pytest.mark.parametrize("table", GRADED)
def test_the_answer_to_a_doubled_or_halved_input_is_near_proportional(table):
    model = programme(table)
    for more, less in ({"up": 2.0}, {"up": 0.5}), ({"down": 0.5}, {"down": 2.0}):
        assert 1.4 < rest_of(model, **more) < 2.5
        assert 1.4 < 1.0 / rest_of(model, **less) < 2.5


@pytest.mark.parametrize("table", GRADED)
def test_in_nearly_every_draw_a_doubled_input_is_seen_within_forty_days(table):
    model = programme(table)
    raised, lowered = (drawn(model, MONTH, **{side: 2.0})["own.level"] for side in ("up", "down"))
    assert (raised > 1.2).mean() >= ENOUGH
    assert (lowered < 1.0 / 1.2).mean() >= ENOUGH


@pytest.mark.parametrize("table", GRADED)
def test_the_dose_response_rises_within_bounds(table):
    model = programme(table)
    found = np.array([rest_of(model, up=dose) for dose in DOSES])
    assert (np.diff(found) > 0.0).all()
    falling = np.array([rest_of(model, down=dose) for dose in DOSES])
    assert (np.diff(falling) < 0.0).all()
    span = values_of(table)["span"].value
    # about the range of the drive itself: DNMT1 adds both methyl groups of a site, XIAP amplifies what opens pores
    assert span**-1.5 < found[0]
    assert found[-1] < span
    assert rest_of(model, up=1e9) == pytest.approx(rest_of(model, up=1e12), rel=1e-3)  # bounded, not slowly growing


# --- closed forms -----------------------------------------------------------------------------------------------------


def number(table, name):
    return values_of(table)[name].value


@pytest.mark.parametrize("up", [0.2, 0.5, 2.0, 8.0])
class TestClosedForms:
    """Steady states by hand: of the equations in the docstrings, with x = (1 + k)/(1 + k x) solved as a quadratic."""

    @staticmethod
    def damped(table, up, strength):
        k = number(table, strength)
        return (np.sqrt(1.0 + 4.0 * k * (1.0 + k) * drive(table, up)) - 1.0) / (2.0 * k)

    @pytest.mark.parametrize(
        ("table", "strength"),
        [
            ("hedgehog", "feedback"), ("toll_like_receptor", "feedback"), ("self_repressing_factor", "feedback"),
            ("autophagy", "nutrient_feedback"),
        ],
    )  # fmt: skip
    def test_with_feedback(self, up, table, strength):
        model = programme(table)
        wanted = self.damped(table, up, strength)
        if table == "autophagy" and wanted > 1.0 + number(table, "lysosome_half"):
            pytest.skip("more than the lysosomes can take")
        assert rest_of(model, up=up) == pytest.approx(wanted, rel=CLOSE)
        if table == "toll_like_receptor":
            assert rest_of(model, "own.il_6", up=up) == pytest.approx(wanted, rel=CLOSE)

    def test_a_gene_without_feedback_follows_its_drive(self, up):
        assert rest_of(programme("gene"), up=up) == pytest.approx(drive("gene", up), rel=CLOSE)

    def test_notch_is_used_up_by_its_cleavage(self, up):
        c, d = number("notch", "cleaved_share"), drive("notch", up)
        assert rest_of(programme("notch"), up=up) == pytest.approx(d / (1.0 - c + c * d), rel=CLOSE)

    def test_methylation_of_a_promoter(self, up):
        k, s = (number("dna_methylation", name) for name in ("maintenance", "preference"))

        def methylated(d):
            full, bare = k * d, s / (4.0 * k * d)
            return (full + 0.5) / (full + 1.0 + bare)

        wanted = methylated(drive("dna_methylation", up)) / methylated(1.0)
        assert rest_of(programme("dna_methylation"), up=up) == pytest.approx(wanted, rel=CLOSE)

    def test_marks_of_a_gene(self, up):
        table = "histone_demethylation"
        q0, c, d = number(table, "marked_at_rest"), number(table, "spreading"), drive(table, up)
        writing = q0 / ((1.0 - q0) * (1.0 + c * q0))
        q = brentq(lambda q: writing * (1.0 - q) * (1.0 + c * q) - d * q, 0.0, 1.0)
        assert rest_of(programme(table), up=up) == pytest.approx((1.0 - q) / (1.0 - q0), rel=CLOSE)

    @pytest.mark.parametrize("table", ["her2_under_trastuzumab", "er_under_tamoxifen"])
    def test_growth_under_a_drug(self, up, table):
        ligand, drug, half = (number(table, name) for name in ("ligand", "drug", "signal_half"))
        o, d = ligand / (1.0 + ligand + drug), drive(table, up)
        wanted = d * (half + o) / (half + d * o)
        assert rest_of(programme(table), up=up) == pytest.approx(wanted, rel=CLOSE)
        assert rest_of(programme(table), "own.occupied", up=up) == pytest.approx(d * o, rel=CLOSE)

    def test_the_cell_cycle(self, up):
        k, a, b = (number("cell_cycle", name) for name in ("cyclin_half", "p27_strength", "p27_cleavage"))
        freed = (1.0 + k) * drive("cell_cycle", up) / (k + drive("cell_cycle", up))

        def balance(e):
            p27 = (1.0 + b) / (1.0 + b * e)
            return freed * (1.0 + a) / (1.0 + a * p27) - e

        assert rest_of(programme("cell_cycle"), up=up) == pytest.approx(brentq(balance, 1e-6, 1e3), rel=CLOSE)

    @pytest.mark.parametrize("table", ["apoptosis", "survival"])
    def test_death_and_survival(self, up, table):
        k, a, b = (number(table, name) for name in ("pores_half", "xiap_strength", "xiap_cleavage"))
        death = drive(table, up) if table == "apoptosis" else 1.0 / drive(table, up)
        opened = (1.0 + k) * death / (k + death)

        def balance(c):
            return opened * (1.0 + a) / (1.0 + a * (1.0 + b) / (1.0 + b * c)) - c

        wanted = brentq(balance, 1e-6, 1e3)
        if table == "survival":
            w = number(table, "other_loss")
            wanted = (w + 1.0) / (w + wanted)
        assert rest_of(programme(table), up=up) == pytest.approx(wanted, rel=CLOSE)

    def test_the_flux_of_glycolysis_is_what_is_taken_up(self, up):
        model = programme("glycolysis")
        o, half, k = (number("glycolysis", name) for name in ("glucose_outside", "glucose_half", "atp_inhibition"))
        d = drive("glycolysis", up)

        def balance(flux):
            glucose = 1.0 + o - flux * o / d
            return d * (1.0 + half) * glucose / (half + glucose) * (1.0 + k) / (1.0 + k * flux) - flux

        wanted = brentq(balance, 1e-6, d * (1.0 + o) / o)
        assert rest_of(model, up=up) == pytest.approx(wanted, rel=CLOSE)
        assert rest_of(model, "own.uptake", up=up) == pytest.approx(wanted, rel=CLOSE)

    def test_oxidation(self, up):
        table = "mitochondrial_oxidation"
        half, k = number(table, "fuel_half"), number(table, "inhibition")

        def balance(fuel):
            return drive(table, up) * (1.0 + k) / (1.0 + k * fuel) - (1.0 + half) * fuel / (half + fuel)

        fuel = brentq(balance, 1e-9, 1e6)
        wanted = (1.0 + half) * fuel / (half + fuel)
        assert rest_of(programme(table), up=up) == pytest.approx(wanted, rel=CLOSE)


def test_a_drug_that_is_not_there_makes_the_receptor_matter_less():
    model = programme("er_under_tamoxifen")
    assert rest_of(model, up=2.0, **{"own.drug": 1e-3}) < rest_of(model, up=2.0)
    assert rest_of(model, "own.occupied", **{"own.drug": 400.0}) < rest_of(model, "own.occupied")


# --- switches ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", SWITCHES)
def test_a_switch_has_two_folds_around_its_bistable_range(table):
    branches = continuation(programme(table), "up", low=0.1, high=10, outputs=["own.share"])
    folds = branches[branches["kind"] == "fold"]
    assert len(folds) == 2
    down, up = sorted(drive(table, level) for level in folds["up"])
    assert 1.0 < up < 1.5  # a cell stays as it is at rest, and half as much again throws it
    assert 0.6 * up < down < 0.9 * up  # hysteresis
    assert len(branches.attrs["bistable"]) == 1
    assert branches[branches["stable"]]["own.share"].between(0.0, 1.0).all()


@pytest.mark.parametrize("table", UPHELD)
def test_an_upheld_switch_has_both_folds_below_rest(table):
    branches = continuation(programme(table), "up", low=0.1, high=10, outputs=["own.share"])
    down, up = sorted(drive(table, level) for level in branches[branches["kind"] == "fold"]["up"])
    assert 0.5 < down < up < 1.0


def fold_of(signal, shares):
    """The largest signal on the lower branch, of the signal that keeps a share steady, as a closed form."""
    values = signal(shares)
    rising = np.flatnonzero(np.diff(values) < 0.0)[0]
    return values[rising]


SHARES = np.linspace(1e-3, 0.5, 200_001)  # the fold is flat: a step of 2.5e-6 of a share is far below CLOSE


def inverse_hill(value, half, exponent):
    return half * (value / (1.0 - value)) ** (1.0 / exponent)


def keeps(table, shares):
    """The drive that keeps a share steady, with each equation solved by hand."""
    T, n = number(table, "threshold"), number(table, "steepness")
    if table == "fibroblast":
        odds = shares / (1.0 - shares) * number(table, "reversal") / number(table, "activation")
        return inverse_hill(np.minimum(odds, 1 - 1e-9), T, n) / (1.0 + number(table, "autocrine") * shares)
    if table == "hormone_resistance":
        return inverse_hill(shares, T, n) / (1.0 + number(table, "upkeep") * shares)
    if table == "stemness":
        core = inverse_hill(shares, number(table, "complex_half"), n)
        return inverse_hill(core, T, n) / (1.0 + number(table, "activation") * shares)
    first, second = ("mir_200_half", "zeb_half") if table == "emt" else ("m1_half", "m2_half")
    m = number(table, "repression_exponent")
    other = 1.0 / (1.0 + (shares / number(table, second)) ** m)
    wanted = shares * (1.0 + (other / number(table, first)) ** m)
    return inverse_hill(np.minimum(wanted, 1 - 1e-9), T, n)


@pytest.mark.parametrize("table", SWITCHES)
def test_the_upper_fold_is_where_the_closed_form_has_its_maximum(table):
    branches = continuation(programme(table), "up", low=0.1, high=10, outputs=["own.share"])
    found = branches[branches["kind"] == "fold"]["up"].max()
    assert drive(table, found) == pytest.approx(fold_of(lambda x: keeps(table, x), SHARES), rel=1e-5)


@pytest.mark.parametrize("table", SWITCHES)
def test_in_nearly_every_draw_a_switch_rests_and_a_drive_of_two_throws_it(table):
    model = programme(table)
    resting = drawn(model, LONG, outputs=["own.share"])["own.share"]
    assert (resting < 0.5).mean() >= ENOUGH
    thrown = drawn(model, MONTH, outputs=["own.share"], up=level_for(table, 2.0))["own.share"]
    assert (thrown > 0.5).mean() >= ENOUGH
    assert (thrown - resting >= 0.05).mean() >= ENOUGH
    lowered = drawn(model, MONTH, outputs=["own.share"], down=level_for(table, 0.5))["own.share"]
    assert (lowered > 0.5).mean() >= ENOUGH


@pytest.mark.parametrize("table", UPHELD)
def test_in_nearly_every_draw_an_upheld_switch_returns_when_the_drive_halves(table):
    model = programme(table)
    resting = drawn(model, LONG, outputs=["own.share"])["own.share"]
    assert (resting > 0.5).mean() >= ENOUGH
    returned = drawn(model, MONTH, outputs=["own.share"], up=level_for(table, 0.5))["own.share"]
    assert (returned < 0.5).mean() >= ENOUGH


@pytest.mark.parametrize("table", SWITCHES)
def test_a_share_only_rises_with_the_drive(table):
    model = programme(table)
    shares = np.array([rest_of(model, "own.share", up=dose) for dose in DOSES])
    assert (np.diff(shares) >= -REST).all()
    assert shares[0] < 0.05
    assert shares[-1] > 0.8


@pytest.mark.parametrize("table", SWITCHES)
def test_only_resistance_outlasts_its_cause(table):
    # the other states are known to return within weeks, so their lower fold has to lie above rest
    branches = continuation(programme(table), "up", low=0.1, high=10, outputs=["own.share"])
    lowest = min(drive(table, level) for level in branches[branches["kind"] == "fold"]["up"])
    assert (lowest < 1.0) is (table == "hormone_resistance")


def test_resistance_takes_about_fourteen_days():
    model = programme("hormone_resistance", memory="0.006 1/hour")
    run = simulate(model, [0.0, 14 * 24.0, 2000.0], values={"up": 2.5})
    assert 0.5 < run["own.share"][1] / run["own.share"][2] < 0.95


def test_markers_follow_the_share():
    for table, marker, role in (
        ("emt", "own.e_cadherin", "e_cadherin_left"), ("fibroblast", "own.fap", "fap_output"),
        *((table, "own.level", "output") for table in SWITCHES),
    ):  # fmt: skip
        found = steady_state(programme(table), values={"up": 3.0})
        share = found["own.share"][0]
        assert share > 0.5
        assert found[marker][0] == pytest.approx(1.0 + (number(table, role) - 1.0) * share, rel=REST)


def test_the_first_state_goes_with_the_second():
    for table, other in (("emt", "own.mir_200"), ("macrophage", "own.m1")):
        model = programme(table)
        assert rest_of(model, other) > 0.9
        assert rest_of(model, other, up=3.0) < 0.1
