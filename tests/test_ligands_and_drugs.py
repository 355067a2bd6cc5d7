"""Ligands on vesicles, drugs in cells and microRNAs of the recipient's own, against closed forms and mass balances."""

import numpy as np
import pytest

from exokinetics import Parameter, Reaction, compose, simulate, steady_state, use
from exokinetics.model.parts import part_of
from exokinetics.model.values import assumed, fixed

TIGHT = {"rtol": 1e-9, "strict": True}
CLOSE = 1e-6  # a thousand times the rtol of these runs
HOURS = np.linspace(0.0, 48.0, 9)
DIVISION, CELLS, VOLUME = 0.03, 2e5, 2.0


def cells():
    return use("population", "cells", number=CELLS, division=DIVISION, volume=1600.0)


def constants(**values):
    """Parameters of the caller's own: id with `__` for a dot, to a number with unit."""
    found = []
    for name, given in values.items():
        number, unit = given.split(" ", 1)
        found.append(Parameter(name.replace("__", "."), unit, assumed(float(number), unit, "test")))
    return part_of(parameters=found)


# --- ligands ----------------------------------------------------------------------------------------------------------

RECEPTORS, TURNOVER, AFFINITY, ASSOCIATION = 1e4, 0.1, 6e11, 6e-12


def receptor(ligand):
    """Receptors that meet this much ligand per mL of a medium that keeps it."""
    medium = constants(
        dish__cargo=f"{ligand * VOLUME} copy", dish__vesicles="0 vesicle", dish__volume=f"{VOLUME} mL"
    )  # fmt: skip
    binding = use("ligand_binding", "r", cells="cells", medium="dish", receptors=RECEPTORS, turnover=TURNOVER,
                  affinity=AFFINITY, association=ASSOCIATION, reference=0.2)  # fmt: skip
    return compose("receptor", [cells(), medium, binding])


@pytest.mark.parametrize("ligand", [0.0, 1e10, 6e11, 1e13])
def test_binding_at_equilibrium_and_on_the_way_there(ligand):
    on, off = ASSOCIATION * ligand, ASSOCIATION * AFFINITY + TURNOVER + DIVISION
    result = simulate(receptor(ligand), HOURS, start="initial", **TIGHT)
    share = on / (on + off) * (1.0 - np.exp(-(on + off) * HOURS))
    np.testing.assert_allclose(result["r.occupancy"], share, rtol=CLOSE, atol=1e-9)
    np.testing.assert_allclose(result["r.level"], 1.0 + share / 0.2, rtol=CLOSE)
    np.testing.assert_allclose(result["r.free_level"], 1.0 - share, rtol=CLOSE)
    # mass balance: every receptor is free or bound, whatever the division
    np.testing.assert_allclose(result["r.free"] + result["r.bound"], RECEPTORS, rtol=1e-9)


def test_a_receptor_that_does_not_turn_over_is_half_bound_at_its_affinity():
    # KD far above the turnover: 3.6 per hour against 0.13
    assert steady_state(receptor(AFFINITY))["r.occupancy"][0] == pytest.approx(0.5, abs=0.02)
    assert steady_state(receptor(0.0))["r.level"][0] == 1.0


def test_a_receptor_in_the_endosome_is_bound_by_the_same_rule():
    parts = [cells(), constants(endosome__cargo="100 copy/cell"),
             use("endosomal_sensing", "r", cells="cells", ligand="endosome.cargo", receptors=RECEPTORS, turnover=0.1,
                 affinity=50.0, association=0.1, reference=0.2)]  # fmt: skip
    found = steady_state(compose("tlr", parts))
    assert found["r.occupancy"][0] == pytest.approx(10.0 / (10.0 + 5.0 + 0.1 + DIVISION), rel=CLOSE)


def bridged(first, second):
    levels = constants(
        a__occupancy=f"{first} dimensionless", a__free_level=f"{1.0 - first} dimensionless",
        b__occupancy=f"{second} dimensionless", b__free_level=f"{1.0 - second} dimensionless",
    )  # fmt: skip
    bridge = use("bridge", "x", first="a", second="b", formation=1.0, separation=0.3, reference=0.2)
    return steady_state(compose("bridge", [levels, bridge]))["x.level"][0]


def test_bridges_at_equilibrium_and_their_hook():
    fitting = 0.3 * 0.4 + 0.6 * 0.7
    assert bridged(0.3, 0.6) == pytest.approx(1.0 + fitting / (fitting + 0.3) / 0.2, rel=CLOSE)
    few, some, many = bridged(0.01, 0.01), bridged(0.5, 0.5), bridged(0.99, 0.99)
    assert few == pytest.approx(many, rel=CLOSE)  # with too many vesicles both cells are covered
    assert some > 3.0 * few
    assert bridged(0.0, 0.0) == 1.0


# --- drugs ------------------------------------------------------------------------------------------------------------

DRUG = {
    "leak": 0.3, "pump": 1e5, "pump_half": 3e5, "inactivation": 0.03, "entry": 1e-6, "loss_outside": 0.02,
    "effect_half": 1e5, "steepness": 1.3, "reference": 0.2,
}  # fmt: skip


def test_drug_is_kept_between_cell_and_medium():
    drug = use("drug_in_cell", "drug", cells="cells", volume=VOLUME, **DRUG)
    model = compose("drug", [cells(), drug], initial={"drug.amount": 1e6})
    still = simulate(model, HOURS, values={"drug.inactivation": 0.0, "drug.loss_outside": 0.0, "cells.division": 0.0},
                     **TIGHT)  # fmt: skip
    np.testing.assert_allclose(CELLS * still["drug.amount"] + still["drug.outside"], CELLS * 1e6, rtol=CLOSE)
    assert still["drug.outside"][-1] > 0.1 * CELLS * 1e6
    # and with losses what is gone is what was lost: the integral by Simpson on a fine grid
    fine = np.linspace(0.0, 48.0, 961)
    run = simulate(model, fine, **TIGHT)
    total = CELLS * run["drug.amount"] + run["drug.outside"]
    lost = CELLS * (0.03 + DIVISION) * run["drug.amount"] + 0.02 * run["drug.outside"]
    weights = np.ones(961) * 2.0
    weights[1::2], weights[0], weights[-1] = 4.0, 1.0, 1.0
    assert total[0] - total[-1] == pytest.approx(float(weights @ lost) * 0.05 / 3.0, rel=1e-6)  # Simpson: (0.05 h)^4


@pytest.mark.parametrize("escape", [1e3, 1e5, 1e6])
def test_drug_in_the_cell_solves_michaelis_menten(escape):
    # a drug that does not come back: escape = (l + i + mu) A + V A / (K + A), a quadratic
    drug = use("drug_in_cell", "drug", cells="cells", volume=VOLUME, **DRUG | {"entry": 0.0})
    first, v, k = 0.3 + 0.03 + DIVISION, 1e5, 3e5
    b = first * k + v - escape
    wanted = (-b + np.sqrt(b * b + 4.0 * first * escape * k)) / (2.0 * first)
    found = steady_state(compose("drug", [cells(), drug, constant_source(escape)]))
    assert found["drug.amount"][0] == pytest.approx(wanted, rel=CLOSE)
    share = wanted**1.3 / (1e5**1.3 + wanted**1.3)
    assert found["drug.effect"][0] == pytest.approx(share, rel=CLOSE)
    assert found["drug.level"][0] == pytest.approx(1.0 + share / 0.2, rel=CLOSE)


def constant_source(rate):
    return part_of(
        parameters=[Parameter("escape", "copy/cell/hour", assumed(rate, "copy/cell/hour", "test"))],
        reactions=[Reaction("arrival", "escape", {"drug.amount": 1.0}, "synthesis")],
    )


# --- microRNAs of the recipient's own ---------------------------------------------------------------------------------


def held(copies, law="sponge"):
    """300 RISC at rest, and this many sites that hold them."""
    shared = {"cells": "cells", "loading": "mir", "ago2": "ago2", "affinity": 0.026, "association": 468.0}
    own = {"sponge": {"synthesis": 0.0, "sites": 1.0}, "anti_mir": {"directed_loss": 0.1}}[law]
    parts = [
        cells(), use("ago2_pool", "ago2", cells="cells", total=2e4, decay=0.007),
        use("own_microrna", "mir", cells="cells", loaded=300.0, guide_loss=0.0134, ago2_decay="ago2.decay"),
        use(law, "circ", decay=0.0, **shared, **own),
        use("derepressed_gene", "gene", lowered_by=["mir.level"], mrna_turnover=0.2, protein_turnover=0.03,
            repression=2.5),
    ]  # fmt: skip
    return compose("held", parts, initial={"circ.free": copies})


def test_a_cell_without_sponge_stays_at_rest():
    result = simulate(held(0.0), HOURS, **TIGHT)
    for name in ("mir.level", "gene.level"):
        np.testing.assert_allclose(result[name], 1.0, rtol=1e-12)


@pytest.mark.parametrize("law", ["sponge", "anti_mir"])
def test_sites_hold_risc_within_minutes_as_binding_says(law):
    values = {"cells.division": 0.0}
    result = simulate(held(200.0, law), [0.0, 0.25], values=values, **TIGHT)
    per_nanomolar = 0.602214076 * 1600.0
    kd = 0.026 * per_nanomolar
    b = 300.0 + 200.0 + kd
    bound = (b - np.sqrt(b * b - 4.0 * 300.0 * 200.0)) / 2.0
    # loading and loss go on meanwhile, of 300 RISC a hundredth in the quarter of an hour
    assert result["circ.held"][-1] == pytest.approx(bound, rel=0.03)
    assert result["mir.level"][-1] == pytest.approx(1.0 - bound / 300.0, rel=0.03)


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0, 4.0])
def test_a_gene_is_freed_as_its_microrna_goes(level):
    gene = use("derepressed_gene", "gene", lowered_by=["mir"], mrna_turnover=0.2, protein_turnover=0.03, repression=2.5)
    mir = part_of(
        parameters=[
            Parameter("mir", "dimensionless", fixed(0.0, "dimensionless", "test") if level == 0.0
                      else assumed(level, "dimensionless", "test"))
        ],
    )  # fmt: skip
    found = steady_state(compose("gene", [gene, mir]))
    assert found["gene.level"][0] == pytest.approx(3.5 / (1.0 + 2.5 * level), rel=CLOSE)
