"""Treatments of the loops: which way each acts, at which dose, and in which order."""

from functools import cache

import pytest

from exokinetics import Dose, load, simulate
from scripts.examine_networks import ESCAPE, Network

END = 6000.0  # hours, of which the first half is before the late treatments
TIMES = [0.0, END / 2, END]
BEYOND = 1.5  # times the dose at which the loop tips; a blocker that leaves less than two thirds prevents it

BLOCKERS = {
    "release": ("vesicle_blockers", "gw4869.concentration", 2e4, 24.0),
    "uptake": ("vesicle_blockers", "uptake_blocker.concentration", 1e4, 24.0),
    "anti-miR": ("anti_mir_9_in_caf_loop", "anti_mir_9.free", 1e4, 72.0),
}
each_blocker = pytest.mark.parametrize("blocker", BLOCKERS)


@cache
def loop(name):
    """The loop with the values at which it tips."""
    found = Network(load(name), "caf_switch")
    (tip,) = found.tips([{}])
    return found, {found.escape: ESCAPE, found.sorting: BEYOND * tip}


def repeated(target, amount, every, start, end=END):
    return [Dose(start, target, amount, every=every, repeat=int((end - start) // every))]


def switched(blocker, values, start=None, end=END):
    """The share of fibroblasts that have become CAF, at the times, with a blocker from `start` on."""
    name, target, amount, every = BLOCKERS[blocker]
    doses = [] if start is None else repeated(target, amount, every, start, end)
    return simulate(load(name), TIMES, values=values, doses=doses, strict=True)["caf_switch.share"]


@each_blocker
def test_a_blocker_before_the_switch_prevents_it_and_after_it_undoes_nothing(blocker):
    _, values = loop(BLOCKERS[blocker][0])
    assert switched(blocker, values)[1:].min() > 0.7
    assert switched(blocker, values, start=0.0)[1:].max() < 0.2
    assert switched(blocker, values, start=END / 2)[-1] > 0.7


@each_blocker
def test_what_a_blocker_prevented_comes_when_it_is_stopped(blocker):
    _, values = loop(BLOCKERS[blocker][0])
    stopped = switched(blocker, values, start=0.0, end=END / 2)
    assert stopped[1] < 0.2
    assert stopped[2] > 0.7


@each_blocker
def test_at_the_dose_of_the_library_there_is_little_to_block(blocker):
    none, blocked = switched(blocker, {}), switched(blocker, {}, start=0.0)
    assert 0.0 < none[-1] - blocked[-1] < 0.01


# --- engineered vesicles and drugs ------------------------------------------------------------------------------------

MICRORNAS = ("let_7a", "mir_34a", "mir_200c")
LARGE = {
    "vesicles": 1e11,
    "copies": 10.0,
}  # a hundredfold of usual vesicles, a thousandfold of usual copies
USUAL = {"vesicles": 1e9, "copies": 0.00825}  # what cells release in a day or two, with the mean of abundant microRNAs
CHEMOTHERAPY = 500.0  # nM, fivefold of what acts half


def vesicles(cargo, start, *, vesicles, copies, repeat=3):
    """A course of vesicles every two days."""
    return [
        Dose(start, f"{cargo}_vesicles.vesicles", vesicles, every=48, repeat=repeat),
        Dose(start, f"{cargo}_vesicles.cargo", vesicles * copies, every=48, repeat=repeat),
    ]


def microrna(start, **dose):
    return [each for cargo in MICRORNAS for each in vesicles(cargo, start, **dose)]


def chemotherapy(start):
    return [Dose(start, "drug.concentration", CHEMOTHERAPY, every=48, repeat=3)]


def engineered(doses, output, time):
    found = simulate(load("engineered_vesicles"), [0.0, time], doses=doses, strict=True)
    return found[output][-1]


@pytest.mark.parametrize("cargo", MICRORNAS)
def test_each_engineered_microrna_undoes_emt_and_makes_sensitive(cargo):
    dose = vesicles(cargo, 0.0, **LARGE)
    assert engineered(dose, "emt.share", 144.0) < engineered([], "emt.share", 144.0) - 0.1
    assert engineered(dose, "chemosensitivity.level", 144.0) > 1.3
    assert engineered(dose, "tumour.number", 144.0) < engineered([], "tumour.number", 144.0)


def test_three_microrna_together_do_more_than_one():
    assert engineered(microrna(0.0, **LARGE), "emt.share", 144.0) < engineered(
        vesicles("let_7a", 0.0, **LARGE), "emt.share", 144.0
    )


def test_vesicles_as_cells_make_them_do_nothing():
    usual, none = (engineered(doses, "emt.share", 144.0) for doses in (microrna(0.0, **USUAL), []))
    assert 0.0 < none - usual < 1e-4


def test_emt_comes_back_after_the_course():
    dose = microrna(0.0, **LARGE)
    assert engineered(dose, "emt.share", 144.0) < 0.4
    assert engineered(dose, "emt.share", 960.0) > 0.6


def test_chemotherapy_after_the_vesicles_kills_more_than_before_them():
    def fewest(doses):
        times = list(range(0, 480, 8))
        return simulate(load("engineered_vesicles"), times, doses=doses, strict=True)["tumour.number"].min()

    alone, none = fewest(chemotherapy(120.0)), fewest([])
    first = fewest(microrna(0.0, **LARGE) + chemotherapy(120.0))
    later = fewest(chemotherapy(0.0) + microrna(144.0, **LARGE))
    assert first < 0.5 * later
    assert first < alone < none


def test_drug_in_vesicles_kills_as_far_as_there_is_enough_of_it():
    def left(copies, vesicle_count):
        dose = vesicles("loaded_drug", 0.0, vesicles=vesicle_count, copies=copies)
        return engineered(dose, "tumour.number", 144.0)

    none = engineered([], "tumour.number", 144.0)
    assert left(1000.0, 1e11) < 0.97 * none
    assert 0.9999 * none < left(1.0, 1e9) < none


# --- resistance that is passed on -------------------------------------------------------------------------------------


def survivors(drug, sorting, start=0.0, **values):
    """Sensitive cells after ten days of a daily dose, of which vesicles of resistant cells had `start` hours before."""
    first = "resistant_p_gp_to_sensitive.release.sorting"
    given = {first: sorting, "resistant_p_gp_to_sensitive.endosome.escape_fraction": ESCAPE} | values
    doses = [Dose(start, f"{drug}.concentration", 1000.0, every=24, repeat=10)]
    found = simulate(load("transferred_resistance"), [0.0, start + 240.0], values=given, doses=doses, strict=True)
    return found["sensitive.number"][-1], found[f"{drug}_kill.level"][-1]


@pytest.mark.parametrize("drug", ["docetaxel", "tamoxifen", "trastuzumab"])
def test_vesicles_of_resistant_cells_let_sensitive_ones_survive(drug):
    without, usual, tenfold = (survivors(drug, 5.25e-5 * factor) for factor in (0, 1, 10))
    assert without[0] < usual[0] < tenfold[0]
    assert without[1] > usual[1] > tenfold[1]


@pytest.mark.parametrize("drug", ["docetaxel", "tamoxifen", "trastuzumab"])
def test_a_drug_given_before_the_vesicles_came_kills_more(drug):
    assert survivors(drug, 5.25e-4)[0] < survivors(drug, 5.25e-4, start=240.0)[0]


CARGOS = {"docetaxel": ["p_gp"], "tamoxifen": ["mir_222"], "trastuzumab": ["snhg14", "tgf_beta1"]}


@pytest.mark.parametrize(("drug", "cargos"), CARGOS.items())
def test_resistance_goes_with_its_own_cargo(drug, cargos):
    cut = {f"resistant_{cargo}_to_sensitive.release.synthesis": 0.0 for cargo in cargos}
    # the kill is that of a cell that got nothing, to the relative tolerance of a run over days
    assert survivors(drug, 5.25e-4, **cut)[1] == pytest.approx(survivors(drug, 0.0)[1], rel=1e-4)
