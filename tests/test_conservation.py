"""What is conserved stays conserved: microRNA copies and vesicles across cells and medium, and the pools of a cell.

Cell numbers are unequal and cells divide. Weights put everything on one scale: a count per cell times the number of
cells, a total of the medium as it is. The reactions that may change a total are named here, each other one may not.
"""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import sympy
from solvers import SOLVERS

from exokinetics import Part, Species, compose, load, simulate, use
from exokinetics.expressions.sympy_view import to_sympy
from exokinetics.model.equations import rates
from exokinetics.model.values import fixed

FLAGSHIP = "mir_21_pten_hcc_caf"
DONORS, RECIPIENTS = sympy.Symbol("hepatoma.number"), sympy.Symbol("stellate.number")
VALUES = {
    "hepatoma.number": 7e5, "stellate.number": 2.3e5, "hepatoma.division": 0.031, "stellate.division": 0.017,
}  # fmt: skip

MICRORNA = {
    "donor.guide": DONORS, "donor.cargo": DONORS, "medium.cargo": 1, "endosome.cargo": RECIPIENTS,
    "mir_21.guide": RECIPIENTS, "mir_21.risc": RECIPIENTS, "silencing.complex": RECIPIENTS,
    "competition.occupied": RECIPIENTS,
}  # fmt: skip
MICRORNA_MADE = r"donor\.synthesis|mir_21\.synthesis"
MICRORNA_LOST = (
    r"donor\.(cargo_decay|degradation_cargo|dilution_(guide|cargo))|medium\.decay_cargo|endosome\.(lysis_cargo|dilution_cargo)"
    r"|mir_21\.(guide_decay|guide_loss|ago2_decay|dilution_(guide|risc))"
    r"|silencing\.(guide_loss|ago2_decay|spent_guide|dilution_complex)|competition\.(guide_loss|ago2_decay|dilution_occupied)"
)

VESICLES = {"donor.vesicles": DONORS, "medium.vesicles": 1, "endosome.vesicles": RECIPIENTS}
VESICLES_MADE = r"donor\.biogenesis|donor\.release_vesicles"
VESICLES_LOST = (
    r"donor\.(degradation_vesicles|dilution_vesicles)|medium\.decay_vesicles"
    r"|endosome\.(fusion|lysis_vesicles|dilution_vesicles)"
)

MOIETIES = {
    "microRNA": (MICRORNA, MICRORNA_MADE, MICRORNA_LOST),
    "vesicles": (VESICLES, VESICLES_MADE, VESICLES_LOST),
}
every_moiety = pytest.mark.parametrize("moiety", sorted(MOIETIES))


CONSTITUTIVE = ('law = "constitutive_release"', 'from = ["vesicles.secretion", "cargo.microrna_donor"]')
POOL = ('law = "pool_release"', 'from = ["vesicles.release", "cargo.microrna_donor_pool"]')


@pytest.fixture(scope="module", params=["linear_uptake", "saturable_uptake", "pool_release"])
def model(request, tmp_path_factory):
    """The flagship with either law of uptake or of release, unequal cell numbers and division."""
    text = Path(load(FLAGSHIP).file).read_text("utf-8")
    swaps = zip(CONSTITUTIVE, POOL, strict=True)
    if request.param != "pool_release":
        swaps = [('law = "linear_uptake"', f'law = "{request.param}"')]
        if request.param == "saturable_uptake":
            swaps.append(('from = "vesicles.uptake"', 'from = "vesicles.saturable_uptake"'))
    for old, new in swaps:
        assert text.count(old) == 1
        text = text.replace(old, new)
    path = tmp_path_factory.mktemp(request.param) / f"{FLAGSHIP}.toml"
    path.write_text(text, "utf-8")
    return load(path).with_values(VALUES)


def balance_of(model, moiety):
    """The weights of what this model has, and the reactions that make and lose it, by pattern."""
    weights, made, lost = MOIETIES[moiety]
    if "donor.biogenesis" in model.whole.reactions:  # what a pool releases was made before
        made = made.replace(r"|donor\.release_vesicles", "")
    return {id: weight for id, weight in weights.items() if id in model.species}, made, lost


def contributions(model, weights):
    """What each reaction adds to the weighted total per hour, as an expression; halves of a transfer stand together."""
    found = {}
    table = rates(model.whole)
    for id, reaction in model.whole.reactions.items():
        amount = sum(weights[species] * change for species, change in reaction.changes if species in weights)
        stem = re.sub(r"_(in|out)$", "", id) if reaction.flow == "transfer" else id
        found[stem] = found.get(stem, 0) + amount * to_sympy(table[id])
    return found


@every_moiety
def test_only_the_named_reactions_change_the_total(model, moiety):
    weights, made, lost = balance_of(model, moiety)
    for id, rate in contributions(model, weights).items():
        allowed = re.fullmatch(f"{made}|{lost}", id)
        assert (sympy.expand(rate) != 0) == bool(allowed), id


@every_moiety
def test_what_is_made_adds_and_what_is_lost_takes_away(model, moiety):
    weights, made, lost = balance_of(model, moiety)
    for id, rate in contributions(model, weights).items():
        ones = dict.fromkeys(rate.free_symbols, sympy.Rational(1, 2)) if rate != 0 else {}
        if re.fullmatch(made, id):
            assert rate.subs(ones) > 0, id
        if re.fullmatch(lost, id):
            assert rate.subs(ones) < 0, id


def tallied(model):
    """The same model with one more species per reaction, which integrates its rate."""
    species, reactions = {}, {}
    for id, reaction in model.whole.reactions.items():
        unit = model.unit(reaction.changes[0][0])
        tally = f"tally.{id.replace('.', '_')}"
        species[tally] = Species(tally, unit, fixed(0.0, unit, "nothing has happened yet"))
        reactions[id] = replace(reaction, changes=(*reaction.changes, (tally, 1.0)))
    whole = replace(model.whole, species=model.whole.species | species, reactions=reactions)
    return compose("tallied", [whole])


def weight_number(weight):
    return float(sympy.sympify(weight).subs({DONORS: VALUES["hepatoma.number"], RECIPIENTS: VALUES["stellate.number"]}))


@every_moiety
@pytest.mark.parametrize("method", SOLVERS)
def test_the_total_with_sinks_and_without_what_was_made_is_constant(model, moiety, method):
    weights, made, lost = balance_of(model, moiety)
    before = simulate(model, [0.0])
    start = {id: before[id][0] for id in model.species} | {
        "donor.guide": 100.0,
        "medium.vesicles": 1e9,
        "medium.cargo": 1e8,
    }
    run = simulate(
        tallied(model), np.linspace(0.0, 72.0, 13), initial=start, start="initial", method=method, strict=True
    )
    total = sum(weight_number(weight) * run[id] for id, weight in weights.items())
    exchanged = np.zeros_like(total)
    for id, reaction in model.whole.reactions.items():
        if re.fullmatch(f"{made}|{lost}", id):
            amount = sum(weight_number(weights[name]) * change for name, change in reaction.changes if name in weights)
            exchanged += amount * run[f"tally.{id.replace('.', '_')}"]
    assert abs(exchanged[-1]) > 0.1 * total[0]  # much was made or lost
    balance = total - exchanged
    # each step of these methods keeps linear sums of states; what remains is rounding (the design, section 5)
    np.testing.assert_allclose(balance, balance[0], rtol=1e-9, atol=0)


# --- pools of a cell --------------------------------------------------------------------------------------------------

POOLS = {
    "AGO2": (
        ["ago2.free", "mir_21.risc", "other_guides.risc", "silencing.complex", "competition.occupied"],
        "ago2.total",
    ),
    "lipid": (["pip3.pip2", "pip3.pip3", "pip3.pi34p2"], "pip3.total"),
    "AKT": (["akt.inactive", "akt.active"], "akt.total"),
}
every_pool = pytest.mark.parametrize("pool", sorted(POOLS))
every_division = pytest.mark.parametrize("division", [0.0, 0.01, 0.3])


@cache
def long_run(division):
    return simulate(
        load(FLAGSHIP), np.linspace(0.0, 240.0, 25), values={"stellate.division": division}, start="initial"
    )


@every_pool
@every_division
def test_a_pool_stays_put_for_any_division(pool, division):
    forms, total = POOLS[pool]
    run = long_run(division)
    assert run.success
    # a linear sum of states, as above; the pool is made exactly as fast as it is lost
    np.testing.assert_allclose(sum(run[form] for form in forms), load(FLAGSHIP).value(total).value, rtol=1e-9)
    assert np.ptp(run[forms[1]]) > 0.5 * run[forms[1]].max()  # its forms do change


@every_pool
def test_a_pool_that_is_disturbed_returns_to_its_total(pool):
    forms, total = POOLS[pool]
    run = simulate(
        load(FLAGSHIP), [0.0, 3000.0], values={"stellate.division": 0.03}, initial={forms[0]: 10.0, forms[1]: 10.0},
        start="initial",
        rtol=1e-9,
    )  # fmt: skip
    # exp(-0.045 * 3000) is nothing, so the error is that of the integration: a thousand times rtol
    assert sum(run[form][-1] for form in forms) == pytest.approx(load(FLAGSHIP).value(total).value, rel=1e-6)


@every_pool
def test_the_total_of_a_pool_obeys_its_own_equation(pool):
    # d(total)/dt = (decay + division)(total wanted - total), whatever the forms do among themselves
    forms, total = POOLS[pool]
    equations = load(FLAGSHIP).equations()
    decay = sympy.Symbol({"AGO2": "ago2.decay", "lipid": "pip3.turnover", "AKT": "akt.decay"}[pool])
    rate = decay + sympy.Symbol("stellate.division")
    wanted = rate * (sympy.Symbol(total) - sum(map(sympy.Symbol, forms)))
    assert sympy.expand(sum(equations[form] for form in forms) - wanted) == 0


# --- label of a ligand ------------------------------------------------------------------------------------------------

RECEPTOR = {
    "dose": "2000 pM", "receptors": "500 pM", "affinity": "160 pM", "association": "0.006 1/(pM*hour)",
    "receptor_turnover": "2 1/hour",
    "internalisation": "4 1/hour", "recycling": "0.6 1/hour", "degradation_inside": "0.2 1/hour",
    "degradation_outside": "0.4 1/hour",
}  # fmt: skip
LABELLED = ["ligand", "bound", "inside", "degraded_inside", "degraded_outside"]


@pytest.mark.parametrize("method", SOLVERS)
def test_the_label_of_a_ligand_is_conserved(method):
    run = simulate(compose("receptor", [use("receptor_uptake", "r", **RECEPTOR)]), 24.0, method=method)
    total = sum(run[f"r.{name}"] for name in LABELLED)
    np.testing.assert_allclose(total, 2000.0, rtol=1e-9)  # a linear sum of states, as above
    assert run["r.degraded_outside"][-1] > 100.0


def test_the_label_of_a_ligand_is_conserved_identically():
    equations = compose("receptor", [use("receptor_uptake", "r", **RECEPTOR)]).equations()
    assert sympy.expand(sum(equations[f"r.{name}"] for name in LABELLED)) == 0


def test_a_part_without_reactions_changes_nothing():
    model = load(FLAGSHIP)
    assert compose("same", [model.whole, Part()], start=model.start).equations() == model.equations()
