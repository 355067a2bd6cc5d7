"""Every law of the registry, filled in from its own schema: units, sources, behaviour at zero, signs."""

import inspect
import math
import re

import numpy as np
import pytest

from exokinetics import Model, Parameter, Species, WrongInput, compose, mechanisms, simulate, use
from exokinetics.compiler import system_of
from exokinetics.expressions.code import build_function
from exokinetics.expressions.derivative import derivative
from exokinetics.expressions.graph import symbol
from exokinetics.laws import LAWS
from exokinetics.model.equations import odes, rates
from exokinetics.model.parts import part_of
from exokinetics.model.values import assumed

AMOUNTS = {"logit": 0.3, "hill": 1.7, "log": 2.5, "fixed": 4.0}
every_law = pytest.mark.parametrize("name", sorted(LAWS))


def filled_in(name: str, exponent: float = AMOUNTS["hill"]) -> Model:
    """The law over stubs: a species for what it changes elsewhere, a parameter for what it only reads."""
    roles, wanted = {}, {}
    for role_name, role in LAWS[name].roles.items():
        if role.kind == "members":
            roles[role_name] = f"stub_{role_name}"
            wanted |= {f"stub_{role_name}.{member}": unit for member, unit in role.members.items()}
        elif role.kind == "link":
            roles[role_name] = f"stub_{role_name}.it"
            wanted[f"stub_{role_name}.it"] = role.unit
        else:
            amount = exponent if role.distribution == "hill" else AMOUNTS[role.distribution]
            roles[role_name] = f"{amount} {role.unit}"
    part = use(name, "own", **roles)
    changed = {species for reaction in part.reactions.values() for species, _ in reaction.changes}
    stubs = part_of(
        species=[
            Species("bystander", "item", assumed(1.0, "item", "a model needs a species, and not every law has one")),
            *(Species(id, unit, assumed(1.5, unit, "stub")) for id, unit in wanted.items() if id in changed),
        ],
        parameters=[
            Parameter(id, unit, assumed(1.5, unit, "stub")) for id, unit in wanted.items() if id not in changed
        ],
    )
    return compose(name, [part, stubs])


def states(system, count=20):
    """Random states over twelve decades, some of them zero."""
    generator = np.random.default_rng(7)
    for _ in range(count):
        state = 10.0 ** generator.uniform(-6, 6, len(system.states))
        yield np.where(generator.random(len(state)) < 0.2, 0.0, state)


def test_the_registry_is_what_mechanisms_lists():
    assert mechanisms() == sorted(LAWS)


@every_law
def test_a_law_composes_without_a_single_issue(name):
    assert filled_in(name).name == name  # compose() raises on any issue, units among them


@every_law
def test_a_law_says_its_equation_units_assumption_and_source(name):
    text = LAWS[name].documentation
    assert re.search(r"\S = \S", text), "no equation"
    assert re.search(r"Source:.*\d{4}", text, re.DOTALL), "no source with a year"
    assert re.search(r"[Aa]ssumption", text), "no assumption"
    assert re.search(r"doi:10\.\d{4,}/\S+", text), "no doi"


@every_law
def test_every_role_has_a_title_and_a_unit(name):
    for role_name, role in LAWS[name].roles.items():
        assert role.title, role_name
        assert role.unit or role.kind == "members", role_name
    wanted = set(inspect.signature(LAWS[name].function).parameters) - {"draft"}
    assert LAWS[name].roles.keys() == wanted  # a keyword without a role could not be filled in


@every_law
def test_every_species_has_a_title(name):
    assert all(item.title for id, item in filled_in(name).whole.species.items() if id.startswith("own."))


@every_law
@pytest.mark.parametrize("exponent", [1.0, 1.7])
def test_rates_and_their_derivatives_are_finite_at_zero(name, exponent):
    system = system_of(filled_in(name, exponent))
    p, nothing = system.defaults.tolist(), np.zeros(len(system.states))
    assert np.isfinite(system.rhs(0.0, nothing, p)).all()
    assert np.isfinite(system.jacobian(0.0, nothing, p)).all()
    assert np.isfinite(system.input_jacobian(system.inputs)(0.0, nothing, p)).all()


@every_law
def test_rates_and_their_derivatives_are_finite_at_any_state(name):
    system = system_of(filled_in(name))
    p = system.defaults.tolist()
    for state in states(system):
        assert np.isfinite(system.rhs(0.0, state, p)).all()
        assert np.isfinite(system.jacobian(0.0, state, p)).all()


@every_law
def test_observables_are_finite_at_zero(name):
    system = system_of(filled_in(name))
    assert np.isfinite(system.observe(np.zeros(1), np.zeros((1, len(system.states))), system.defaults)).all()


@every_law
def test_the_jacobian_is_the_derivative_of_the_rates(name):
    system = system_of(filled_in(name))
    p = system.defaults.tolist()
    state = np.random.default_rng(3).uniform(1.0, 3.0, len(system.states))
    for column in range(len(state)):
        step = np.zeros(len(state))
        step[column] = 1e-5
        slope = (system.rhs(0.0, state + step, p) - system.rhs(0.0, state - step, p)) / 2e-5
        # central differences of rates of about 100: rounding 1e-14/1e-5, curvature (1e-5)^2
        np.testing.assert_allclose(system.jacobian(0.0, state, p)[:, column], slope, rtol=1e-6, atol=1e-7)


@every_law
def test_a_rate_that_removes_a_species_vanishes_with_it(name):
    model = filled_in(name)
    system, table = system_of(model), rates(model.whole)
    for id, reaction in model.whole.reactions.items():
        rate = build_function([table[id]], {"x": system.states, "p": system.inputs})
        for removed in (species for species, amount in reaction.changes if amount < 0):
            for state in states(system, 5):
                state[system.states.index(removed)] = 0.0
                assert rate(state.tolist(), system.defaults.tolist()) == [0.0], (id, removed)


@every_law
def test_no_species_is_driven_below_zero(name):
    system = system_of(filled_in(name))
    for state in states(system):
        if "own.occupied" in system.states:  # sites cannot be occupied more than once
            place = system.states.index("own.occupied")
            state[place] = min(state[place], AMOUNTS["log"])
        for index in range(len(state)):
            without = state.copy()
            without[index] = 0.0
            assert system.rhs(0.0, without, system.defaults.tolist())[index] >= 0.0, system.states[index]


@every_law
def test_what_stays_and_what_is_moved_adds_up_to_nothing_within_a_conversion(name):
    for id, reaction in filled_in(name).whole.reactions.items():
        amounts = [amount for _, amount in reaction.changes]
        if reaction.flow == "synthesis":
            assert min(amounts) > 0, id
        elif reaction.flow == "loss":
            assert max(amounts) < 0, id
        elif reaction.flow == "conversion":
            assert min(amounts) < 0 < max(amounts), id


@every_law
def test_every_transfer_has_its_other_half_times_the_number_of_cells(name):
    model = filled_in(name)
    table, cells = rates(model.whole), symbol("stub_cells.number")
    for id in (id for id, reaction in model.whole.reactions.items() if reaction.flow == "transfer"):
        stem, _, end = id.rpartition("_")
        other = f"{stem}_{'in' if end == 'out' else 'out'}"
        assert model.whole.reactions[other].flow == "transfer"
        assert cells * table[id] is table[other] or cells * table[other] is table[id]


RISES, FALLS = 1, -1
SIGNS = [
    ("linear_uptake", "stub_endosome.vesicles", "own.clearance", RISES),
    ("linear_uptake", "stub_endosome.cargo", "stub_medium.volume", FALLS),
    ("linear_uptake", "stub_medium.vesicles", "stub_cells.number", FALLS),
    ("saturable_uptake", "stub_endosome.vesicles", "own.maximum", RISES),
    ("saturable_uptake", "stub_endosome.vesicles", "own.half_density", FALLS),
    ("saturable_uptake", "stub_endosome.vesicles", "stub_medium.vesicles", RISES),
    ("saturable_uptake", "stub_endosome.cargo", "stub_medium.vesicles", FALLS),  # more vesicles share the route
    ("pool_release", "own.cargo", "own.sorting", RISES),
    ("pool_release", "own.guide", "own.sorting", FALLS),
    ("pool_release", "stub_medium.vesicles", "own.release", RISES),
    ("pool_release", "own.vesicles", "own.degradation", FALLS),
    ("pool_release", "own.vesicles", "stub_cells.division", FALLS),
    ("endosome", "stub_guide.it", "own.escape_fraction", RISES),
    ("endosome", "stub_medium.cargo", "own.escape_fraction", FALLS),
    ("endosome", "stub_medium.cargo", "own.recycling_fraction", RISES),
    ("endosome", "own.vesicles", "own.exit", FALLS),
    ("extracellular_decay", "own.cargo", "own.decay", FALLS),
    ("ago2_loading", "own.risc", "own.guide", RISES),
    ("ago2_loading", "own.other_risc", "own.ago2", RISES),
    ("ago2_loading", "own.ago2", "own.guide_loss", RISES),
    ("gene_expression", "own.protein", "own.mrna", RISES),
    ("gene_expression", "own.mrna", "own.mrna_decay", FALLS),
    ("target_binding", "stub_gene.mrna", "stub_loading.risc", FALLS),
    ("target_binding", "own.complex", "own.affinity", FALLS),
    ("target_binding", "stub_gene.mrna", "own.extra_decay", None),  # only the bound mRNA decays faster
    ("target_binding", "stub_gene.protein", "own.translated_fraction", RISES),
    ("competing_sites", "stub_loading.risc", "own.total", FALLS),
    ("pip3_cycle", "own.pip3", "stub_pten.it", FALLS),
    ("pip3_cycle", "own.pip3", "own.phosphorylation", RISES),
    ("pip3_cycle", "own.pip3", "own.pten_half", RISES),
    ("akt_cycle", "own.active", "stub_pip3.it", RISES),
    ("akt_cycle", "own.active", "own.half_pip3", FALLS),
    ("akt_cycle", "own.active", "own.dephosphorylation", FALLS),
    ("receptor_uptake", "own.bound", "own.ligand", RISES),
    ("receptor_uptake", "own.bound", "own.affinity", FALLS),
    ("receptor_uptake", "own.ligand", "own.recycling", RISES),
]


@pytest.mark.parametrize(("name", "species", "by", "sign"), SIGNS)
def test_rates_move_the_way_that_biology_says(name, species, by, sign):
    model = filled_in(name)
    system = system_of(model)
    slope = build_function([derivative(odes(model.whole)[species], by)], {"x": system.states, "p": system.inputs})
    for state in np.random.default_rng(5).uniform(0.1, 2.0, (5, len(system.states))):
        found = slope(state.tolist(), system.defaults.tolist())[0]
        assert found == 0 if sign is None else found * sign > 0


# --- laws with known solutions ----------------------------------------------------------------------------------------


def culture(number, clearance, volume):
    return [
        use("population", "cells", number=number, division=0.0, volume=1000.0),
        use("extracellular_decay", "medium", volume=volume, decay=0.0),
        use("endosome", "endosome", cells="cells", medium="medium", guide="loading.guide", exit=0.0,
            escape_fraction=0.0, recycling_fraction=0.0),
        use("ago2_loading", "loading", cells="cells", guide_synthesis=0.0, other_synthesis=0.0, guide_decay=0.0,
            loading=0.0, guide_loss=0.0, ago2_total=0.0, ago2_decay=0.0),
        use("linear_uptake", "uptake", cells="cells", medium="medium", endosome="endosome", clearance=clearance),
    ]  # fmt: skip


def test_linear_uptake_empties_the_medium_exponentially():
    model = compose("uptake", culture(2e5, 1e-6, 2.0), initial={"medium.vesicles": 1e9, "medium.cargo": 1e7})
    times = np.array([1.0, 10.0, 30.0])
    result = simulate(model, times, rtol=1e-9)
    left = np.exp(-2e5 * 1e-6 / 2.0 * times)  # exp(-N q t / Vol)
    np.testing.assert_allclose(result["medium.vesicles"], 1e9 * left, rtol=1e-7)  # a hundred times rtol
    np.testing.assert_allclose(result["endosome.cargo"], 1e7 * (1 - left) / 2e5, rtol=1e-7)
    np.testing.assert_allclose(result["medium.copies_per_vesicle"], 0.01, rtol=1e-7)


def test_copies_per_vesicle_is_defined_without_vesicles():
    result = simulate(compose("empty", culture(2e5, 1e-6, 2.0)), 1.0)
    assert (result["medium.copies_per_vesicle"] == 0.0).all()


def test_saturable_uptake_at_half_density_is_half_of_the_largest():
    model = filled_in("saturable_uptake")
    system = system_of(model)
    density = model.value("own.half_density").value * model.value("stub_medium.volume").value
    state = np.zeros(len(system.states))
    state[system.states.index("stub_medium.vesicles")] = density
    rate = system.rhs(0.0, state, system.defaults.tolist())[system.states.index("stub_endosome.vesicles")]
    assert rate == pytest.approx(model.value("own.maximum").value / 2, rel=1e-15)


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


def test_a_gene_starts_at_its_own_steady_state():
    parts = [
        use("population", "cells", number=1.0, division=0.02, volume=1000.0),
        use(
            "gene_expression",
            "gene",
            cells="cells",
            transcription=3.0,
            mrna_decay=0.1,
            translation=7.0,
            protein_decay=0.01,
        ),
    ]
    result = simulate(compose("gene", parts), 100.0)
    np.testing.assert_allclose(result["gene.mrna"], 3.0 / 0.12, rtol=1e-12)  # the rates cancel but for rounding
    np.testing.assert_allclose(result["gene.protein"], 7.0 * 3.0 / 0.12 / 0.03, rtol=1e-12)


def test_the_shares_of_the_endosome_sum_to_one():
    model = filled_in("endosome")
    values = {id: model.value(id).value for id in (*model.whole.parameters, *model.whole.species)} | {"own.cargo": 3.0}
    table = rates(model.whole)
    ids = ("own.escape", "own.recycling_cargo_out", "own.lysis_cargo")
    shares = build_function([table[id] for id in ids], {name: name for name in values})(*values.values())
    assert math.fsum(shares) == pytest.approx(values["own.exit"] * values["own.cargo"], rel=1e-15)


# --- wrong use --------------------------------------------------------------------------------------------------------


def wrong_use(*args, **roles):
    with pytest.raises(WrongInput) as caught:
        use(*args, **roles)
    return str(caught.value).splitlines()


def test_an_unknown_law_names_the_nearest():
    (line,) = wrong_use("linear_uptak", "uptake")
    assert "did you mean 'linear_uptake'" in line


def test_every_wrong_role_is_reported_at_once():
    lines = wrong_use("linear_uptake", "uptake", nonsense=1, medium="b c", endosome=3, clearance="1 nM")
    assert len(lines) == 5
    for key, words in {
        "nonsense": "no such role", "cells": "missing", "medium": "not an id", "endosome": "not an id",
        "clearance": "does not convert",
    }.items():  # fmt: skip
        assert any(line.startswith(f"uptake.{key}:") and words in line for line in lines), key


@pytest.mark.parametrize("id", ["", "1a", "a b", "time", "a..b"])
def test_a_wrong_id_is_refused(id):
    assert len(wrong_use("population", id, number=1.0, division=0.1, volume=1.0)) == 1


@pytest.mark.parametrize(
    ("role", "given", "word"),
    [("escape_fraction", 1.5, "fraction"), ("exit", -1.0, "above 0"), ("exit", float("nan"), "finite"),
     ("exit", True, "number"),
     ("guide", 3.0, "id"), ("exit", "2 nM", "convert")],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused(role, given, word):
    good = {
        "cells": "c",
        "medium": "m",
        "guide": "l.guide",
        "exit": 1.0,
        "escape_fraction": 0.1,
        "recycling_fraction": 0.1,
    }
    (line,) = wrong_use("endosome", "e", **good | {role: given})
    assert line.startswith(f"e.{role}:")
    assert word in line


def test_a_misspelt_role_names_the_nearest():
    lines = wrong_use("extracellular_decay", "medium", volume=1.0, deca=0.1)
    assert any(line.startswith("medium.deca:") and "did you mean 'decay'" in line for line in lines)


def test_an_id_may_stand_in_for_a_parameter():
    part = use("extracellular_decay", "medium", volume="shared.volume", decay=0.1)
    assert "medium.volume" not in part.parameters
    assert "shared.volume" in part.observables["medium.density"].expression.symbols
