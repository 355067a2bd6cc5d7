"""Every mechanism of the registry, filled in from its own schema: units, sources, balance, behaviour at zero."""

import inspect
import re

import numpy as np
import pytest
from law_stubs import filled_in, states

from exokinetics import WrongInput, compose, mechanisms, use
from exokinetics.compiler import system_of
from exokinetics.expressions.code import build_function
from exokinetics.expressions.graph import symbol
from exokinetics.laws import LAWS, Law
from exokinetics.laws.composition import Composition
from exokinetics.model.equations import rates

every_law = pytest.mark.parametrize("name", sorted(LAWS))


def test_the_registry_is_what_mechanisms_lists():
    assert mechanisms() == sorted(LAWS)


@every_law
def test_a_law_composes_without_a_single_issue(name):
    assert filled_in(name).name == name  # compose() raises on any issue, units among them


@pytest.mark.parametrize("name", sorted(name for name, law in LAWS.items() if isinstance(law, Law)))
def test_a_law_says_its_equation_units_assumption_and_source(name):
    text = " ".join(LAWS[name].documentation.split())
    assert re.search(r"\S = \S|equation", text), "no equation"
    assert re.search(r"[Uu]nit|copy|vesicle|[Dd]imensionless|cell|pM|nM", text), "no unit"
    assert re.search(r"[Aa]ssumption", text), "no assumption"
    # what follows from a definition or from mass balance alone needs nobody's word
    assert re.search(r"Source: (mass balance|definition)|Source: .*\d{4}.*doi:10\.\d{4,}/\S+", text), "no source"


@pytest.mark.parametrize("name", sorted(name for name, law in LAWS.items() if isinstance(law, Composition)))
def test_a_composition_says_which_laws_it_is_made_of(name):
    text = LAWS[name].documentation
    assert all(f"{step.law} (" in text for step in LAWS[name].steps.values())
    assert len(text.split("\n\n")[0]) > 40


@every_law
def test_every_role_has_a_title_and_a_unit(name):
    for role_name, role in LAWS[name].roles.items():
        assert role.title, role_name
        assert role.unit or role.kind in ("members", "process"), role_name
    if isinstance(LAWS[name], Law):
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
    table = rates(model.whole)
    numbers = [symbol(id) for id in model.whole.parameters if id.endswith(".number")]
    for id in (id for id, reaction in model.whole.reactions.items() if reaction.flow == "transfer"):
        stem, _, end = id.rpartition("_")
        other = f"{stem}_{'in' if end == 'out' else 'out'}"
        assert model.whole.reactions[other].flow == "transfer"
        assert any(cells * table[id] is table[other] or cells * table[other] is table[id] for cells in numbers)


@every_law
def test_vesicles_and_their_cargo_leave_a_pool_at_the_same_rate_per_vesicle(name):
    model = filled_in(name)
    system, table = system_of(model), rates(model.whole)
    pairs = [
        (id, id.replace("vesicles", "cargo"), species)
        for id, reaction in model.whole.reactions.items()
        for species, amount in reaction.changes
        if amount < 0 and species.endswith("vesicles") and id.replace("vesicles", "cargo") in table and "vesicles" in id
    ]
    for of_vesicles, of_cargo, vesicles in pairs:
        both = build_function([table[of_vesicles], table[of_cargo]], {"x": system.states, "p": system.inputs})
        state = np.random.default_rng(2).uniform(1.0, 3.0, len(system.states))
        first, second = both(state.tolist(), system.defaults.tolist())
        number, copies = (state[system.states.index(id)] for id in (vesicles, vesicles.replace("vesicles", "cargo")))
        assert first / number == pytest.approx(second / copies, rel=1e-12)  # a few roundings


@every_law
def test_a_mechanism_is_on_record_with_what_it_is_connected_to(name):
    model = filled_in(name)
    found = model.whole.mechanisms
    if isinstance(LAWS[name], Law):
        links = {role for role, item in LAWS[name].roles.items() if item.kind != "parameter"}
        assert found["own"].law == name
        assert found["own"].links.keys() == links
    else:
        assert [item.law for item in found.values()] == [LAWS[name].steps[key].law for key in sorted(LAWS[name].steps)]


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


def test_a_role_with_a_default_keeps_its_kind_of_number():
    gene = compose("t", [filled_in("target_binding").whole])
    assert gene.value("own.returned_fraction").distribution == "logit"
    roles = dict.fromkeys(("affinity", "association", "sites", "extra_decay"), 1.0) | {"translated_fraction": 0.5}
    part = use("target_binding", "b", cells="c", loading="l", ago2="a", gene="g", **roles)
    value = part.parameters["b.returned_fraction"].value
    assert (value.value, value.low, value.high, value.distribution) == (1.0, 1.0, 1.0, "logit")
    roles["returned_fraction"] = 2.0
    (line,) = wrong_use("target_binding", "b", cells="c", loading="l", ago2="a", gene="g", **roles)
    assert "fraction" in line


def test_a_misspelt_role_names_the_nearest():
    lines = wrong_use("extracellular_decay", "medium", volume=1.0, deca=0.1)
    assert any(line.startswith("medium.deca:") and "did you mean 'decay'" in line for line in lines)


def test_an_id_may_stand_in_for_a_parameter():
    part = use("extracellular_decay", "medium", volume="shared.volume", decay=0.1)
    assert "medium.volume" not in part.parameters
    assert "shared.volume" in part.observables["medium.density"].expression.symbols
