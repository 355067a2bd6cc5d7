"""Laws against solutions known by other means: formulas, limits in which one law becomes another, conserved sums."""

import math

import numpy as np
import pytest
from law_stubs import filled_in
from scipy.special import lambertw

from exokinetics import Dose, Parameter, Species, WrongInput, compose, simulate, use
from exokinetics.compiler import system_of
from exokinetics.expressions.code import build_function
from exokinetics.model.equations import rates
from exokinetics.model.parts import part_of
from exokinetics.model.values import assumed, fixed

TIGHT = {"rtol": 1e-9, "strict": True}
CLOSE = 1e-6  # a thousand times the rtol of these runs, which run over many time constants
HOURS = np.array([0.0, 1.0, 3.0, 10.0, 30.0])


def cells(number=2e5, division=0.0, id="cells"):
    return use("population", id, number=number, division=division, volume=1600.0)


def medium(id="medium", decay=0.0, volume=2.0):
    return use("extracellular_decay", id, volume=volume, decay=decay)


def held(**values):
    """States of the caller's own: id with `__` for a dot, to a number with unit."""
    found = []
    for name, given in values.items():
        number, unit = given.split(" ", 1)
        value = fixed(0.0, unit, "test") if float(number) == 0 else assumed(float(number), unit, "test")
        found.append(Species(name.replace("__", "."), unit, value))
    return part_of(species=found)


def constants(**values):
    found = []
    for name, given in values.items():
        number, unit = given.split(" ", 1)
        found.append(Parameter(name.replace("__", "."), unit, assumed(float(number), unit, "test")))
    return part_of(parameters=found)


# --- populations ------------------------------------------------------------------------------------------------------


def test_a_population_grows_logistically():
    growth, capacity, start = 0.04, 1e6, 1e4
    part = use("growing_population", "n", start=start, growth=growth, death=0.0, capacity=capacity, volume=1600.0)
    result = simulate(compose("n", [part]), np.linspace(0, 300, 7), **TIGHT)
    expected = capacity / (1 + (capacity / start - 1) * np.exp(-growth * result.time))
    np.testing.assert_allclose(result["n.number"], expected, rtol=CLOSE)
    np.testing.assert_allclose(result["n.division"], growth * (1 - expected / capacity), rtol=1e-4, atol=1e-9)


def test_dying_cells_take_along_what_they_hold():
    # with uptake closed, the copies of all cells together fall by death alone, whatever the division
    population = use("growing_population", "n", start=1e4, growth=0.05, death=0.02, capacity=1e5, volume=1600.0)
    gene = use("delivered_cargo", "x", cells="n", synthesis=0.0, cargo_decay=0.0)
    result = simulate(compose("n", [population, gene], initial={"x.amount": 50.0}), HOURS, **TIGHT)
    everything = result["n.number"] * result["x.amount"]
    np.testing.assert_allclose(everything, 1e4 * 50.0 * np.exp(-0.02 * HOURS), rtol=CLOSE)


def inert(**edge):
    parts = [
        use("growing_population", "n", start=1e4, growth=0.05, death=0.02, capacity=1e6, volume=1600.0),
        use("delivered_cargo", "x", cells="n", synthesis=0.0, cargo_decay=0.0),
        use("activation", "faster", input=1.0, half=1.0, exponent=1.0, gain=2.0, **edge),
    ]
    return simulate(compose("n", parts, initial={"x.amount": 50.0}), HOURS, **TIGHT)


def test_cells_that_divide_faster_are_diluted_faster():
    result = inert(process="n.growth")
    assert result["n.number"][-1] > 1e4 * np.exp(0.06 * 30) * 0.9  # twice the growth, but for crowding
    np.testing.assert_allclose(result["n.number"] * result["x.amount"], 5e5 * np.exp(-0.02 * HOURS), rtol=CLOSE)
    dying = inert(process="n.death")  # and what dying cells hold goes with them
    np.testing.assert_allclose(dying["n.number"] * dying["x.amount"], 5e5 * np.exp(-0.04 * HOURS), rtol=CLOSE)


# --- release ----------------------------------------------------------------------------------------------------------


def donors(law, **values):
    parts = [cells(), medium(), use(law, "donor", cells="cells", medium="medium", **values)]
    return compose(law, parts)


def test_release_from_a_short_lived_pool_is_constitutive():
    shared = {"synthesis": 500.0, "cargo_decay": 0.02, "sorting": 1e-3}
    pool = donors("pool_release", biogenesis=60.0, release=1e5, degradation=0.0, **shared)
    straight = donors("constitutive_release", secretion=60.0, **shared)
    first, second = (simulate(model, [0.0, 24.0, 72.0], **TIGHT) for model in (pool, straight))
    for output in ("medium.vesicles", "medium.cargo", "donor.guide"):
        np.testing.assert_allclose(first[output], second[output], rtol=1e-5)  # the pool lasts 1e-5 h of 24


def test_the_pool_splits_between_release_and_degradation():
    model = donors(
        "pool_release", synthesis=0.0, cargo_decay=0.0, sorting=0.0, biogenesis=60.0, release=3.0, degradation=1.0
    )
    result = simulate(model, [0.0, 100.0, 101.0], **TIGHT)
    gained = result["medium.vesicles"][2] - result["medium.vesicles"][1]
    assert gained == pytest.approx(2e5 * 60.0 * 0.75, rel=CLOSE)


def test_rare_cargo_in_few_vesicles():
    # 0.01 copies per vesicle, all in one vesicle of a thousand: ten in each of those, nearly every one occupied
    parts = [medium(), use("loaded_subpopulation", "loaded", medium="medium", loaded_fraction=1e-3)]
    model = compose("loaded", parts, initial={"medium.vesicles": 1e9, "medium.cargo": 1e7})
    result = simulate(model, [0.0], **TIGHT)
    assert result["loaded.copies_per_loaded_vesicle"][0] == pytest.approx(10.0, rel=1e-12)
    assert result["loaded.occupied_fraction"][0] == pytest.approx(1e-3 * (1 - math.exp(-10.0)), rel=1e-12)
    spread = simulate(model, [0.0], values={"loaded.loaded_fraction": 1.0}, **TIGHT)
    assert spread["loaded.occupied_fraction"][0] == pytest.approx(1 - math.exp(-0.01), rel=1e-12)
    none = simulate(model, [0.0], initial={"medium.vesicles": 0.0, "medium.cargo": 0.0}, **TIGHT)
    assert none["loaded.occupied_fraction"][0] == 0.0


# --- outside the cells ------------------------------------------------------------------------------------------------


def test_free_rna_is_gone_long_before_protected_rna():
    leak, decay, nuclease = 0.01, 0.02, 4.0
    model = compose(
        "free",
        [medium(decay=decay), use("free_rna", "rna", medium="medium", leak=leak, decay=nuclease)],
        initial={"medium.vesicles": 1e8, "medium.cargo": 1e6, "rna.free": 1e6},
    )
    result = simulate(model, HOURS, **TIGHT)
    inside = 1e6 * np.exp(-(leak + decay) * HOURS)
    np.testing.assert_allclose(result["medium.cargo"], inside, rtol=CLOSE)
    followed = leak * 1e6 / (nuclease - leak - decay)
    outside = followed * np.exp(-(leak + decay) * HOURS) + (1e6 - followed) * np.exp(-nuclease * HOURS)
    np.testing.assert_allclose(result["rna.free"], outside, rtol=CLOSE)
    assert result["rna.protected_fraction"][0] == 0.5
    assert result["rna.protected_fraction"][-1] > 0.99


def test_perfusion_washes_out():
    parts = [medium(), use("medium_exchange", "perfusion", medium="medium", exchange="0.5 mL/hour")]
    result = simulate(compose("perfusion", parts, initial={"medium.vesicles": 1e8}), HOURS, **TIGHT)
    np.testing.assert_allclose(result["medium.vesicles"], 1e8 * np.exp(-0.25 * HOURS), rtol=CLOSE)


def test_plasma_follows_the_two_published_phases():
    fast, slow, share = math.log(2) / (7.8 / 60), math.log(2) / (470 / 60), 0.7
    part = use("biexponential_plasma", "plasma", volume=1.7, fast=fast, slow=slow, fast_share=share)
    times = np.linspace(0.0, 24.0, 50)
    model = compose("plasma", [part])
    result = simulate(model, times, doses=[Dose(0, "plasma.vesicles", 1e10)], **TIGHT)
    expected = 1e10 * (share * np.exp(-fast * times) + (1 - share) * np.exp(-slow * times))
    np.testing.assert_allclose(result["plasma.vesicles"], expected, rtol=CLOSE)


def test_a_closed_barrier_lets_its_base_through_and_levels_out():
    def run(junction):
        barrier = use("barrier", "b", source="blood", target="brain", closed=0.1, opened=0.9, junction=junction,
                      half=0.5, exponent=4.0)  # fmt: skip
        parts = [medium("blood", volume=4.0), medium("brain", volume=1.0), barrier]
        return simulate(
            compose("b", parts, initial={"blood.vesicles": 1e8, "blood.cargo": 1e6}), [0.0, 2.0, 400.0], **TIGHT
        )

    tight, leaky = run(1e3), run(1e-3)
    through = 0.1 * (1 / 4.0 + 1 / 1.0)  # both ways; the rate at which the two densities meet
    assert tight["brain.vesicles"][1] == pytest.approx(1e8 / 5.0 * (1 - math.exp(-2 * through)), rel=CLOSE)
    assert leaky["brain.vesicles"][1] == pytest.approx(1e8 / 5.0 * (1 - math.exp(-20 * through)), rel=CLOSE)
    for result in (tight, leaky):
        assert result["brain.density"][2] == pytest.approx(result["blood.density"][2], rel=CLOSE)
        total = result["brain.vesicles"] + result["blood.vesicles"]
        np.testing.assert_allclose(total, 1e8, rtol=1e-12)  # a linear sum of states


def test_homing_shares_sum_to_one_and_follow_the_odds():
    def run(ligand):
        homing = use("homing", "h", source="blood", target="lung", elsewhere="body", exit=2.0, fraction=0.1,
                     ligand=ligand, preference=5.0)  # fmt: skip
        parts = [medium("blood"), medium("lung"), medium("body"), homing]
        return simulate(compose("h", parts, initial={"blood.vesicles": 1e8}), [0.0, 1.0, 20.0], **TIGHT)

    for ligand in (1e-9, 1.0, 10.0):
        result = run(ligand)
        odds = 0.1 / 0.9 * (1 + 5.0 * ligand)
        assert result["lung.vesicles"][1] / result["body.vesicles"][1] == pytest.approx(odds, rel=CLOSE)
        np.testing.assert_allclose(
            result["blood.vesicles"] + result["lung.vesicles"] + result["body.vesicles"], 1e8, rtol=1e-9
        )
        assert result["blood.vesicles"][1] == pytest.approx(1e8 * math.exp(-2.0), rel=CLOSE)


def test_a_dose_in_micrograms_arrives_as_vesicles():
    dose = use("protein_dose", "dose", cells="cells", medium="medium", vesicles_per_protein="1e9 vesicle/ug",
               copies_per_vesicle=0.01, mixing=50.0)  # fmt: skip
    doses = [Dose(0, "dose.protein", "10 ug"), Dose("24 hour", "dose.protein", "2 ug", duration=2, repeat=2, every=10)]
    result = simulate(compose("dose", [cells(), medium(), dose]), [0.0, 12.0, 72.0], doses=doses, **TIGHT)
    assert result["dose.vesicles_left_per_cell"][0] == pytest.approx(10 * 1e9 / 2e5, rel=1e-12)
    np.testing.assert_allclose(result["medium.vesicles"][1:], [1e10, 1.4e10], rtol=CLOSE)
    np.testing.assert_allclose(result["medium.cargo"][1:], [1e8, 1.4e8], rtol=CLOSE)


# --- uptake -----------------------------------------------------------------------------------------------------------


def culture(uptake, **values):
    return [
        cells(), medium(),
        use("endosome", "endosome", cells="cells", medium="medium", guide="cargo.amount", exit=0.0,
            escape_fraction=0.0, recycling_fraction=0.0),
        use("delivered_cargo", "cargo", cells="cells", synthesis=0.0, cargo_decay=0.0),
        use(uptake, "uptake", cells="cells", medium="medium", endosome="endosome", **values),
    ]  # fmt: skip


def test_linear_uptake_empties_the_medium_exponentially():
    parts = culture("linear_uptake", clearance=1e-6)
    result = simulate(compose("uptake", parts, initial={"medium.vesicles": 1e9, "medium.cargo": 1e7}), HOURS, **TIGHT)
    left = np.exp(-2e5 * 1e-6 / 2.0 * HOURS)  # exp(-N q t / Vol)
    np.testing.assert_allclose(result["medium.vesicles"], 1e9 * left, rtol=1e-7)  # a hundred times rtol
    np.testing.assert_allclose(result["endosome.cargo"], 1e7 * (1 - left) / 2e5, rtol=1e-7)
    np.testing.assert_allclose(result["medium.copies_per_vesicle"], 0.01, rtol=1e-7)


def test_saturable_uptake_follows_the_integrated_michaelis_menten_equation():
    maximum, half, start = 100.0, 1e8, 1e9
    parts = culture("saturable_uptake", maximum=maximum, half_density=half)
    result = simulate(compose("uptake", parts, initial={"medium.vesicles": start}), HOURS, **TIGHT)
    constant = half * 2.0  # in vesicles of the compartment
    argument = start / constant * np.exp((start - maximum * 2e5 * HOURS) / constant)
    # V/K + ln V/K falls linearly, so V is Lambert's function (Schnell & Mendoza 1997)
    np.testing.assert_allclose(result["medium.vesicles"], constant * lambertw(argument).real, rtol=CLOSE)


def test_saturable_uptake_of_few_vesicles_is_linear():
    few = {"medium.vesicles": 1e3, "medium.cargo": 10.0}
    saturable = compose("s", culture("saturable_uptake", maximum=100.0, half_density=1e9), initial=few)
    linear = compose("l", culture("linear_uptake", clearance=100.0 / 1e9), initial=few)
    first, second = (simulate(model, HOURS, **TIGHT)["endosome.vesicles"] for model in (saturable, linear))
    np.testing.assert_allclose(first, second, rtol=1e-5)  # 1e3 of 2e9 vesicles at half saturation


def test_uptake_by_few_fast_sites_is_saturable():
    # where sites are few and return at once, binding is at rest: J = e T, K = KD + e/k
    sites, inner = 50.0, 2.0
    parts = culture("surface_uptake", sites=sites, affinity=3e8, association=1e-8, internalisation=inner, recycling=1e4)
    surface = simulate(compose("surface", parts, initial={"medium.vesicles": 1e10}), [0.0, 5.0, 30.0], **TIGHT)
    constant = 3e8 + inner / 1e-8
    parts = culture("saturable_uptake", maximum=sites * inner, half_density=constant)
    saturable = simulate(compose("saturable", parts, initial={"medium.vesicles": 1e10}), [0.0, 5.0, 30.0], **TIGHT)
    gained = [result["endosome.vesicles"][2] - result["endosome.vesicles"][1] for result in (surface, saturable)]
    assert gained[0] == pytest.approx(gained[1], rel=1e-3)  # sites return within 1e-4 h, beside 0.5 h inside


def test_binding_sites_are_conserved_while_cells_divide():
    parts = culture("surface_uptake", sites=50.0, affinity=3e8, association=1e-9, internalisation=2.0, recycling=0.5)
    parts[0] = cells(division=0.03)
    result = simulate(compose("sites", parts, initial={"medium.vesicles": 1e10}), HOURS, **TIGHT)
    total = result["uptake.free_sites"] + result["uptake.bound_vesicles"] + result["uptake.inner_sites"]
    np.testing.assert_allclose(total, 50.0, rtol=1e-9)  # a linear sum of states


def test_copies_per_vesicle_is_defined_without_vesicles():
    result = simulate(compose("empty", culture("linear_uptake", clearance=1e-6)), 1.0)
    assert (result["medium.copies_per_vesicle"] == 0.0).all()


def test_the_shares_of_the_endosome_sum_to_one():
    model = filled_in("endosome")
    values = {id: model.value(id).value for id in (*model.whole.parameters, *model.whole.species)} | {"own.cargo": 3.0}
    table = rates(model.whole)
    ids = ("own.escape_cargo", "own.recycling_cargo_out", "own.lysis_cargo")
    shares = build_function([table[id] for id in ids], {name: name for name in values})(*values.values())
    assert math.fsum(shares) == pytest.approx(values["own.exit"] * values["own.cargo"], rel=1e-15)


# --- RISC and its targets ---------------------------------------------------------------------------------------------


RISC = {"cells": "cells", "loading": "mir", "ago2": "ago2", "association": "400 1/(nM*hour)"}


def silenced(law="target_binding", risc=200.0, **values):
    """A gene and a held number of RISC: nothing loads, and what RISC loses comes back from nowhere."""
    shared = {
        "cells": "cells",
        "loading": "mir",
        "ago2": "ago2",
        "affinity": "0.01 nM",
        "association": "400 1/(nM*hour)",
    }
    parts = [
        cells(), held(mir__risc=f"{risc} copy/cell", ago2__free="0 copy/cell"),
        constants(mir__guide_loss="1e-9 1/hour", ago2__decay="1e-9 1/hour"),
        use("gene_expression", "gene", cells="cells", transcription=2.0, mrna_decay=0.1, translation=5.0,
            protein_decay=0.05),
        use(law, "it", **shared, **values),
    ]  # fmt: skip
    return compose(law, parts)


BINDING = {"gene": "gene", "sites": 1.0, "extra_decay": 4.0, "translated_fraction": 0.5}


def test_binding_balances_at_the_dissociation_constant():
    # 2.5 nM in a cell of 1.5 fL are 2.5 * 1.5 * 0.602214076 copies; there R m / c is this number
    model = filled_in("target_binding")
    dissociation = 2.5 * 1.5 * 0.602214076
    table = rates(model.whole)
    sites = model.value("own.sites").value
    values = {id: model.value(id).value for id in model.whole.parameters}
    values |= {"stub_loading.risc": 8.0, "stub_gene.mrna": 3.0, "own.complex": sites * 8.0 * 3.0 / dissociation}
    both = build_function([table["own.binding"], table["own.unbinding"]], {name: name for name in values})
    binding, unbinding = both(*values.values())
    assert binding == pytest.approx(unbinding, rel=1e-14)  # a dozen roundings


def test_catalytic_risc_survives_and_stoichiometric_risc_is_used_up():
    catalytic = simulate(silenced(**BINDING), [0.0, 1000.0], **TIGHT)
    total = catalytic["mir.risc"] + catalytic["it.complex"]
    np.testing.assert_allclose(total, 200.0, rtol=1e-5)  # but for the 1e-9 per hour that is lost anyway
    spent = simulate(silenced(**BINDING, returned_fraction=0.0), [0.0, 24.0], **TIGHT)
    assert spent["mir.risc"][-1] + spent["it.complex"][-1] < 170.0
    freed = spent["ago2.free"] + spent["mir.risc"] + spent["it.complex"]
    np.testing.assert_allclose(freed, 200.0, rtol=1e-6)


def test_stoichiometric_silencing_is_titration():
    # with tight binding and no return, each RISC takes one mRNA: the threshold-linear law of Levine et al. 2007
    model = silenced(**(BINDING | {"extra_decay": 1e3}), returned_fraction=0.0, risc=0.0)
    supply = use(
        "delivered_cargo", "s", cells="cells", synthesis=0.0, cargo_decay=0.0
    )  # a bystander that keeps the shape
    fed = compose("fed", [model.whole, supply], start=model.start)
    low = simulate(fed, [0.0, 3000.0], doses=[Dose(0, "mir.risc", 1.0 * 3000.0, duration=3000.0)], **TIGHT)
    free = low["gene.mrna"][-1]
    assert free == pytest.approx((2.0 - 1.0) / 0.1, rel=0.05)  # (made - supplied)/decay above the threshold
    high = simulate(fed, [0.0, 300.0], doses=[Dose(0, "mir.risc", 4.0 * 300.0, duration=300.0)], **TIGHT)
    assert high["gene.mrna"][-1] < 0.5  # below it, next to nothing is left


def test_a_target_that_directs_the_loss_of_its_guide_frees_ago2():
    result = simulate(silenced(**BINDING, directed_loss=0.5), [0.0, 48.0], **TIGHT)
    assert result["ago2.free"][-1] > 100.0


def test_what_stops_translation_of_a_gene_stops_that_of_bound_mrna():
    model = silenced(**(BINDING | {"extra_decay": 0.01, "translated_fraction": 0.99}), risc=1e4)
    stop = use("inhibition", "stop", process="gene.translation", input=1e9, half=1.0, exponent=1.0, effect=1.0)
    result = simulate(compose("stopped", [model.whole, stop]), [0.0, 500.0], **TIGHT)
    assert result["it.complex"][-1] > 0.9 * (result["it.complex"][-1] + result["gene.mrna"][-1])
    assert result["gene.protein"][-1] < 1e-6 * result["gene.protein"][0]


def test_what_stabilises_mrna_stabilises_that_of_bound_mrna():
    model = silenced(**BINDING, risc=1e4)
    slow = use("inhibition", "slow", process="gene.mrna_decay", input=1e9, half=1.0, exponent=1.0, effect=0.9)
    plain, slowed = (simulate(item, [0.0, 2000.0], **TIGHT) for item in (model, compose("slow", [model.whole, slow])))
    total = [result["gene.mrna"][-1] + result["it.complex"][-1] for result in (plain, slowed)]
    assert total[1] == pytest.approx(10 * total[0], rel=1e-4)  # all of its loss is decay, and all of that is slowed


def test_the_reduced_form_agrees_where_nothing_is_depleted():
    full = simulate(silenced(**BINDING, risc=1e5), [0.0, 500.0], values={"it.affinity": "3000 nM"}, **TIGHT)
    occupied = full["it.complex"][-1] / (full["gene.mrna"][-1] + full["it.complex"][-1])
    half = 1e5 * (1 - occupied) / occupied
    reduced = use(
        "hill_repression", "it", gene="gene", input="mir.risc", half=f"{half} copy/cell", exponent=1.0,
        extra_decay=4.0, translated_fraction=0.5,
    )  # fmt: skip
    gene = use("gene_expression", "gene", cells="cells", transcription=2.0, mrna_decay=0.1, translation=5.0,
               protein_decay=0.05)  # fmt: skip
    other = simulate(
        compose("reduced", [cells(), held(mir__risc="1e5 copy/cell"), gene, reduced]), [0.0, 500.0], **TIGHT
    )
    assert other["gene.protein"][-1] == pytest.approx(full["gene.protein"][-1], rel=1e-3)  # 20 mRNA of 1e5 RISC


def test_a_sponge_lifts_repression_and_an_anti_mir_more_so():
    alone = simulate(silenced(**BINDING), [0.0, 200.0], **TIGHT)["gene.protein"][-1]
    shared = {
        "cells": "cells",
        "loading": "mir",
        "ago2": "ago2",
        "affinity": "0.001 nM",
        "association": "400 1/(nM*hour)",
    }
    base = silenced(**BINDING)
    soaked = use("sponge", "circ", synthesis=2.0, decay=0.02, sites=10.0, **shared)
    lifted = simulate(compose("sponge", [base.whole, soaked]), [0.0, 200.0], **TIGHT)
    assert lifted["gene.protein"][-1] > 1.5 * alone
    blocked = use("anti_mir", "anti", decay=0.001, directed_loss=1.0, **shared)
    run = simulate(compose("anti", [base.whole, blocked]), [0.0, 200.0], doses=[Dose(0, "anti.free", 1000.0)], **TIGHT)
    unrepressed = 5.0 * (2.0 / 0.1) / 0.05
    assert run["gene.protein"][-1] == pytest.approx(unrepressed, rel=0.02)
    np.testing.assert_allclose(
        run["anti.free"] + run["anti.held"], 1000.0 * np.exp(-0.001 * run.time), rtol=CLOSE
    )  # what it held comes back to it


def test_competing_sites_fill_at_their_affinity():
    shared = {"cells": "cells", "loading": "mir", "ago2": "ago2", "affinity": "1 nM", "association": "400 1/(nM*hour)"}
    held_risc = 1600.0 * 0.602214076  # one nM in this cell
    parts = [
        cells(), held(mir__risc=f"{held_risc} copy/cell", ago2__free="0 copy/cell"),
        constants(mir__guide_loss="1e-9 1/hour", ago2__decay="1e-9 1/hour"),
        use("competing_sites", "sites", total=1e-3 * held_risc, **shared),
    ]  # fmt: skip
    result = simulate(compose("sites", parts), [0.0, 10.0], **TIGHT)
    assert result["sites.occupied"][-1] == pytest.approx(
        0.5e-3 * held_risc, rel=1e-3
    )  # of a RISC that they hardly take


def test_guides_compete_for_ago2():
    def run(other):
        parts = [
            cells(), use("ago2_pool", "ago2", cells="cells", total=1000.0, decay=0.01),
            *(use("guide_loading", id, cells="cells", ago2="ago2", synthesis=made, guide_decay=1.0, loading=0.01,
                  guide_loss=0.01) for id, made in (("mir", 10.0), ("other", other))),
        ]  # fmt: skip
        return simulate(compose("ago2", parts), [0.0, 5000.0], **TIGHT)

    alone, crowded = run(0.0), run(500.0)
    assert crowded["mir.risc"][-1] < 0.3 * alone["mir.risc"][-1]
    for result in (alone, crowded):
        total = result["ago2.free"] + result["mir.risc"] + result["other.risc"]
        np.testing.assert_allclose(total, 1000.0, rtol=1e-9)  # a linear sum of states
    # alike but for what is made: their shares are those of their production
    assert crowded["other.risc"][-1] / crowded["mir.risc"][-1] == pytest.approx(50.0, rel=CLOSE)


def test_a_gene_starts_at_its_own_steady_state():
    gene = use("gene_expression", "gene", cells="cells", transcription=3.0, mrna_decay=0.1, translation=7.0,
               protein_decay=0.01)  # fmt: skip
    result = simulate(compose("gene", [cells(division=0.02), gene]), 100.0)
    np.testing.assert_allclose(result["gene.mrna"], 3.0 / 0.12, rtol=1e-12)  # the rates cancel but for rounding
    np.testing.assert_allclose(result["gene.protein"], 7.0 * 3.0 / 0.12 / 0.03, rtol=1e-12)


# --- pathways and phenotypes ------------------------------------------------------------------------------------------


def lipids(pten):
    part = use("phosphoinositides", "l", cells="cells", pten="pten.protein", total=1e6, turnover=0.1,
               phosphorylation=5.0, pten_catalysis=3600.0, pten_half=1e9, pten_half_pi34p2=2e9, ship2=100.0, inpp4=20.0,
               other_phosphatases=300.0)  # fmt: skip
    model = compose("lipids", [cells(), part, held(pten__protein=f"{pten} copy/cell")])
    return simulate(model, [0.0, 500.0], **TIGHT)


def test_both_lipids_follow_their_balance_with_pten_far_from_saturation():
    for pten in (0.0, 1e7, 2e8):
        result = lipids(pten)
        pip2, pip3, pi34p2 = (result[f"l.{name}"][-1] for name in ("pip2", "pip3", "pi34p2"))
        on_pip3, on_pi34p2 = 3600.0 * pten / 1e9, 3600.0 * pten / 2e9
        # 1e6 lipids of 1e9 at half speed
        assert pip3 == pytest.approx(5.0 * pip2 / (on_pip3 + 400.0 + 0.1), rel=2e-3)
        assert pi34p2 == pytest.approx(100.0 * pip3 / (on_pi34p2 + 20.0 + 0.1), rel=2e-3)
        assert pip2 + pip3 + pi34p2 == pytest.approx(1e6, rel=1e-9)


def test_losing_pten_raises_both_lipids_and_pi34p2_the_more():
    without, with_pten = lipids(0.0), lipids(2e8)
    rise = {name: without[f"l.{name}"][-1] / with_pten[f"l.{name}"][-1] for name in ("pip3", "pi34p2")}
    assert rise["pi34p2"] > rise["pip3"] > 1.5


def test_akt_is_phosphorylated_by_half_of_the_rate_at_the_half_and_by_all_of_it_beyond():
    def active(lipid):
        part = use("akt_cycle", "akt", cells="cells", pip3="l.it", total=1e5, decay=0.02, phosphorylation=60.0,
                   half_pip3=1000.0, exponent=2.0, dephosphorylation=30.0)  # fmt: skip
        model = compose("akt", [cells(division=0.03), part, held(l__it=f"{lipid} copy/cell")])
        return simulate(model, [0.0, 10.0], **TIGHT)["akt.active_fraction"][-1]

    for lipid, rate in ((1000.0, 30.0), (1e9, 60.0), (0, 0.0)):
        assert active(lipid) == pytest.approx(rate / (rate + 30.0 + 0.02 + 0.03), rel=CLOSE, abs=1e-15)


def test_stat_overshoots_because_socs_comes_later():
    part = use("jak_stat", "s", cells="cells", cytokine=10.0, half_cytokine=1.0, total=1e5, decay=0.02,
               phosphorylation=20.0, dephosphorylation=5.0, socs_half=300.0, socs_transcription=100.0, stat_half=2e4,
               exponent=2.0, socs_mrna_decay=1.0, socs_translation=20.0, socs_decay=1.0)  # fmt: skip
    result = simulate(compose("stat", [cells(), part]), np.linspace(0, 48, 200), **TIGHT)
    active = result["s.active_fraction"]
    assert active.max() > 2 * active[-1]
    assert result.time[active.argmax()] < result.time[result["s.protein"].argmax()]
    total = result["s.inactive"] + result["s.active"]
    np.testing.assert_allclose(total, 1e5, rtol=1e-9)  # a linear sum of states
    knocked = simulate(compose("stat", [cells(), part]), [0, 48], values={"s.socs_translation": 0.0}, **TIGHT)
    assert knocked["s.active_fraction"][-1] == pytest.approx(20 * 10 / 11 / (20 * 10 / 11 + 5.02), rel=CLOSE)


SWITCH = {"half": 1.0, "exponent": 4.0, "basal": 1e-4, "drive": 0.02, "feedback": 0.04, "feedback_half": 0.5,
          "feedback_exponent": 4.0, "reversal": 0.01}  # fmt: skip


def test_a_switch_remembers():
    def rest(level, start):
        model = compose("switch", [use("bistable_switch", "s", input=level, **SWITCH)], initial={"s.share": start})
        return simulate(model, [0.0, 1e5], **TIGHT)["s.share"][-1]

    off, on = 0.05, 3.0
    assert rest(off, 0.0) < 0.05  # without a signal it stays off,
    assert rest(on, 0.0) > 0.7  # a strong one turns it on,
    assert rest(off, rest(on, 0.0)) > 0.7  # and it stays on without
    assert 0.0 <= rest(off, 0.0) <= rest(on, 0.0) <= 1.0


def test_a_switch_without_feedback_forgets():
    plain = SWITCH | {"feedback": 0.0}
    model = compose("switch", [use("bistable_switch", "s", input=1.0, **plain)], initial={"s.share": 0.9})
    rate = 1e-4 + 0.02 / 2
    assert simulate(model, [0.0, 1e4], **TIGHT)["s.share"][-1] == pytest.approx(rate / (rate + 0.01), rel=CLOSE)


def test_edges_on_a_level_multiply():
    parts = [
        use("raised_activity", "x", turnover=0.5, input=2.0, half=2.0, exponent=3.0, gain=4.0),
        use("inhibition", "brake", process="x.production", input=9.0, half=3.0, exponent=1.0, effect=0.8),
    ]
    result = simulate(compose("x", parts), HOURS, **TIGHT)
    goal = (1 + 4.0 / 2) * (1 - 0.8 * 0.75)
    np.testing.assert_allclose(result["x.level"], goal + (1 - goal) * np.exp(-0.5 * HOURS), rtol=CLOSE)


def test_hypoxia_raises_release_and_a_blocker_lowers_it_with_its_cargo():
    base = donors("constitutive_release", synthesis=500.0, cargo_decay=0.02, sorting=1e-3, secretion=60.0)
    trigger = use("activation", "hypoxia", process="donor.release", input=1.0, half=1.0, exponent=1.0, gain=3.0)
    blocker = use("inhibition", "block", process="donor.release", input="block_drug.concentration", half="1000 nM",
                  exponent=1.0, effect=1.0)  # fmt: skip
    drug = use("dosed_compound", "block_drug", decay=0.0)
    model = compose("triggered", [base.whole, trigger, blocker, drug])
    plain, raised, blocked = (
        simulate(base, [0.0, 1.0], **TIGHT),
        simulate(model, [0.0, 1.0], **TIGHT),
        simulate(model, [0.0, 1.0], doses=[Dose(0, "block_drug.concentration", "9 uM")], **TIGHT),
    )
    assert raised["medium.vesicles"][-1] == pytest.approx(2.5 * plain["medium.vesicles"][-1], rel=CLOSE)
    assert blocked["medium.vesicles"][-1] == pytest.approx(0.25 * plain["medium.vesicles"][-1], rel=CLOSE)
    assert raised["medium.cargo"][-1] > 2.4 * plain["medium.cargo"][-1]
    assert raised["donor.guide"][-1] < plain["donor.guide"][-1]  # more sorted, less left: sorting debits the donor


def test_a_supplied_compound_reaches_the_concentration_of_its_supply():
    model = compose("supplied", [use("supplied_compound", "drug", input="2 uM", renewal=0.1)])
    found = simulate(model, HOURS, **TIGHT)["drug.concentration"]
    np.testing.assert_allclose(found, 2000.0 * -np.expm1(-0.1 * HOURS), rtol=CLOSE)


def test_a_secreted_factor_reaches_its_balance():
    part = use("secreted_factor", "vegf", cells="cells", volume=2.0, secretion=100.0, decay=0.5)
    result = simulate(compose("vegf", [cells(), part]), HOURS, **TIGHT)
    np.testing.assert_allclose(result["vegf.amount"], 2e5 * 100.0 / 0.5 * (1 - np.exp(-0.5 * HOURS)), rtol=CLOSE)


# --- instruments ------------------------------------------------------------------------------------------------------


def test_pcr_sees_a_tenfold_dilution_3_3_cycles_later_and_nothing_after_the_last():
    def cycle(copies):
        part = use("qpcr", "ct", input="rna.free", reference=1000.0, reference_cycle=25.0, efficiency=1.0,
                   background=1e-3, last_cycle=40.0)  # fmt: skip
        return simulate(compose("ct", [held(rna__free=f"{copies} copy"), part]), [0.0])["ct.cycle"][0]

    assert cycle(1000.0) == pytest.approx(25.0, abs=1e-5)  # the background is a millionth
    assert cycle(100.0) - cycle(1000.0) == pytest.approx(math.log2(10), abs=1e-4)
    assert cycle(0.0) == 40.0


def test_pcr_takes_the_rounding_below_zero_of_a_solver_for_nothing():
    part = use("qpcr", "ct", input="rna.free", reference=1000.0, reference_cycle=25.0, efficiency=1.0, background=0.0,
               last_cycle=40.0)  # fmt: skip
    state = part_of(species=[Species("rna.free", "copy", fixed(-1e-8, "copy", "rounding"), nonnegative=False)])
    assert simulate(compose("ct", [state, part]), [0.0])["ct.cycle"][0] == 40.0


def test_counts_and_blots_are_scale_and_offset():
    parts = [
        medium(volume=2.0), use("particle_count", "nta", medium="medium", recovery=0.4, background="1e6 vesicle/mL"),
        use("blot", "dye", input="medium.vesicles", one_unit="2e6 vesicle", offset=0.3),
    ]  # fmt: skip
    result = simulate(compose("nta", parts, initial={"medium.vesicles": 1e8}), [0.0])
    assert result["nta.count"][0] == pytest.approx(0.4 * 5e7 + 1e6, rel=1e-12)
    assert result["dye.signal"][0] == pytest.approx(50.3, rel=1e-12)


def test_delivery_as_it_is_shown_follows_what_slows_the_escape():
    parts = culture("linear_uptake", clearance=1e-6)
    slow = use("inhibition", "slow", process="endosome.escape", input=1.0, half=1.0, exponent=1.0, effect=0.8)
    model = compose("slow", [*parts, slow], initial={"medium.vesicles": 1e9, "medium.cargo": 1e7})
    values = {"endosome.exit": 3.0, "endosome.escape_fraction": 0.5}
    result = simulate(model, np.linspace(0, 1, 2001), values=values, **TIGHT)
    arrived = np.trapezoid(result["endosome.delivered"], result.time)
    assert result["cargo.amount"][-1] == pytest.approx(arrived, rel=1e-5)  # the trapezoids' own error


@pytest.mark.parametrize("law", ["flow", "barrier"])
def test_nothing_flows_into_itself(law):
    barrier = dict.fromkeys(("closed", "opened", "junction", "half", "exponent"), 1.0)
    own = {"flow": 1.0} if law == "flow" else barrier
    with pytest.raises(WrongInput, match=r"'dish\.vesicles' would pass into itself; connect two roles of it"):
        use(law, "it", source="dish", target="dish", **own)


def test_a_system_at_rest_has_no_rates():
    # the registry test looks at the derivative; this one at a whole chain with nothing in it
    system = system_of(compose("empty", culture("linear_uptake", clearance=1e-6)))
    assert not system.rhs(0.0, np.zeros(len(system.states)), system.defaults.tolist()).any()
