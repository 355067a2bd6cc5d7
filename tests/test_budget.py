"""The budget against steady states found by other means, and against chains that can be solved by hand."""

import json

import numpy as np
import pytest
from rotation import models_in_turn
from small_models import small_model

from exokinetics import Start, WrongInput, budget, compose, load, simulate, use
from exokinetics.command_line import main
from exokinetics.compiler import system_of
from exokinetics.delivery import budget_sentences, chains
from exokinetics.delivery.sections import crossing
from exokinetics.simulation.sampling import draw_table
from exokinetics.simulation.steady_many import steady_states

FLAGSHIP = "mir_21_pten_hcc_caf"
RECEIVED, NEEDED, VESICLES = "copies_per_cell_hour", "copies_per_cell_hour_for_half", "vesicles_per_cell_for_half"
DONORS, CELLS, VOLUME, DECAY, CLEARANCE, EXIT, ESCAPE = 4e5, 1e5, 2.0, 0.05, 1e-7, 3.0, 0.2


def one_set(model):
    """A table of one set: the model's own values."""
    name = model.parameters[0]
    return {name: [model.value(name).value]}


def protein_chain(uptake="linear_uptake", **values):
    """A protein that acts directly: every step of the budget has a formula."""
    given = values or {"clearance": CLEARANCE}
    parts = [
        use("population", "donors", number=DONORS, division=0.0, volume=1600.0),
        use("population", "cells", number=CELLS, division=0.01, volume=1600.0),
        use("extracellular_decay", "medium", volume=VOLUME, decay=DECAY),
        use("constitutive_release", "release", cells="donors", medium="medium", synthesis=100.0, cargo_decay=0.1,
            sorting=0.1, secretion=50.0),
        use("endosome", "endosome", cells="cells", medium="medium", guide="cargo.amount", exit=EXIT,
            escape_fraction=ESCAPE, recycling_fraction=0.0),
        use(uptake, "uptake", cells="cells", medium="medium", endosome="endosome", **given),
        use("delivered_cargo", "cargo", cells="cells", synthesis=1.0, cargo_decay=0.04),
        use("raised_activity", "level", turnover=0.1, input="cargo.amount", half="500 copy/cell", exponent=2.0,
            gain=3.0),
    ]  # fmt: skip
    return compose("protein", parts)


def test_every_step_of_a_chain_that_can_be_solved_by_hand():
    model = protein_chain()
    table = budget(model, draws=one_set(model))
    assert table[["delivery", "cargo", "target", "draw"]].to_numpy().tolist() == [["endosome", "cargo", "level", 0]]
    vesicles = DONORS * 50.0 / (DECAY + CELLS * CLEARANCE / VOLUME)
    cargo = DONORS * 0.1 * 100.0 / 0.2 / (DECAY + CELLS * CLEARANCE / VOLUME)
    frees = ESCAPE * EXIT / (EXIT + 0.01)  # of the cargo that is taken up; division takes the rest
    received = cargo * CLEARANCE / VOLUME * frees
    needed = 500.0 * (0.04 + 0.01) - 1.0  # for an amount of 500, less what the cell makes
    assert table[RECEIVED][0] == pytest.approx(received, rel=1e-9)  # an algebraic steady state: rounding
    assert table[NEEDED][0] == pytest.approx(needed, rel=1e-8)  # the root is sought to 1e-9 of its logarithm
    assert table[VESICLES][0] == pytest.approx(needed / received * vesicles / CELLS, rel=1e-8)


def test_uptake_that_saturates_below_what_is_needed_never_delivers_it():
    enough = protein_chain("saturable_uptake", maximum=1e3, half_density=1e9)
    load_ = 0.1 * 100.0 / 0.2 / 50.0
    need = 24.0 / (ESCAPE * EXIT / (EXIT + 0.01)) / load_  # vesicles per cell and hour
    found = budget(enough, draws=one_set(enough))[VESICLES][0]
    assert found == pytest.approx(need * 1e9 * VOLUME / (1e3 - need) / CELLS, rel=1e-7)
    small = protein_chain("saturable_uptake", maximum=0.9 * need, half_density=1e9)
    assert budget(small, draws=one_set(small))[VESICLES][0] == np.inf


@pytest.mark.parametrize("values", [{}, {"endosome.escape_fraction": 0.3, "ago2.total": 8000.0}])
def test_the_supply_for_half_halves_the_target_of_the_flagship(values):
    model = load(FLAGSHIP)
    table = budget(model, draws=one_set(model), values=values)
    own = model.value("mir_21.synthesis").value
    before = simulate(model, [0.0], values=values)
    after = simulate(model, [0.0], values={**values, "mir_21.synthesis": own + table[NEEDED][0]})
    assert after["pten.protein"][0] == pytest.approx(before["pten.protein"][0] / 2, rel=1e-6)
    # and it is what the extra RISC loses, over the share of the supply that gets loaded
    loss = sum(model.value(id).value for id in ("mir_21.guide_loss", "ago2.decay", "stellate.division"))
    extra = after["loaded"][0] - before["loaded"][0]
    unloaded = model.value("other_guides.guide_decay").value + model.value("stellate.division").value
    share = 1 - (after["mir_21.guide"][0] - before["mir_21.guide"][0]) * unloaded / table[NEEDED][0]
    assert table[NEEDED][0] == pytest.approx(extra * loss / share, rel=1e-5)


def test_what_the_flagship_receives_is_what_it_delivers_in_the_end():
    model = load(FLAGSHIP)
    table = budget(model, draws=one_set(model))
    late = simulate(model, [0.0, 5e4])
    assert table[RECEIVED][0] == pytest.approx(late["delivered"][-1], rel=1e-6)
    per_cell = late["medium.vesicles"][-1] / model.value("stellate.number").value
    assert table[VESICLES][0] == pytest.approx(table[NEEDED][0] / table[RECEIVED][0] * per_cell, rel=1e-6)


def test_a_budget_counts_what_slows_the_escape():
    model = protein_chain()
    slow = use("inhibition", "slow", process="endosome.escape", input=1.0, half=1.0, exponent=1.0, effect=0.5)
    slowed = compose("slowed", [model.whole, slow])
    plain, less = (budget(item, draws=one_set(item)) for item in (model, slowed))
    late = simulate(slowed, [0.0, 5e4])
    own = 1.0 / 0.05
    assert less[RECEIVED][0] == pytest.approx((late["cargo.amount"][-1] - own) * 0.05, rel=1e-6)
    assert less[NEEDED][0] == pytest.approx(plain[NEEDED][0], rel=1e-8)
    assert less[VESICLES][0] > 1.2 * plain[VESICLES][0]


def test_every_delivery_of_a_cargo_is_cut_when_a_supply_is_asked_for():
    model = protein_chain()
    second = [
        use("extracellular_decay", "blood", volume=1.0, decay=0.1),
        use("endosome", "other_endosome", cells="cells", medium="blood", guide="cargo.amount", exit=EXIT,
            escape_fraction=ESCAPE, recycling_fraction=0.0),
        use("linear_uptake", "other_uptake", cells="cells", medium="blood", endosome="other_endosome", clearance=1e-7),
        use("constitutive_release", "other_release", cells="donors", medium="blood", synthesis=100.0, cargo_decay=0.1,
            sorting=0.1, secretion=50.0),
    ]  # fmt: skip
    both = compose("both", [model.whole, *second])
    alone, table = budget(model, draws=one_set(model)), budget(both, draws=one_set(both))
    assert table["delivery"].tolist() == ["endosome", "other_endosome"]
    np.testing.assert_allclose(table[NEEDED], alone[NEEDED][0], rtol=1e-8)


def test_values_of_the_caller_go_before_those_of_the_start():
    model = compose("start", [protein_chain().whole], start=Start(True, {"cargo.cargo_decay": 1.0}))
    held = budget(model, draws=one_set(model))[NEEDED][0]
    given = budget(model, draws=one_set(model), values={"cargo.cargo_decay": 0.04})[NEEDED][0]
    assert held == pytest.approx(500.0 * 1.01 - 1.0, rel=1e-8)
    assert given == pytest.approx(500.0 * 0.05 - 1.0, rel=1e-8)


def test_a_target_that_cannot_be_halved_is_beyond_any_supply():
    model = load(FLAGSHIP)
    values = {"silencing.extra_decay": 0.1, "silencing.translated_fraction": 0.95}
    table = budget(model, draws=one_set(model), values=values)
    assert table[NEEDED][0] == np.inf
    assert "more than any" in budget_sentences(table, table)[0]


def test_without_donors_nothing_is_received_and_the_load_is_unknown():
    model = load(FLAGSHIP)
    table = budget(model, draws=one_set(model), values={"hepatoma.number": 0.0})
    assert table[RECEIVED][0] == 0.0
    assert np.isnan(table[VESICLES][0])
    assert table[NEEDED][0] > 0.0


def test_draws_are_reproducible_and_each_stands_for_itself():
    model = load(FLAGSHIP)
    table = budget(model, draws=40)
    assert len(table) == 40
    assert not table.isna().to_numpy().any()
    assert (table[[RECEIVED, NEEDED, VESICLES]] > 0).to_numpy().all()
    assert table.equals(budget(model, draws=40))
    sets = draw_table(model, 40, "sobol", 0, None).iloc[[3, 17]]
    again = budget(model, draws=sets)
    for column in (RECEIVED, NEEDED, VESICLES):
        # alone or among others: vector units may round differently
        np.testing.assert_allclose(again[column], table[column].iloc[[3, 17]], rtol=1e-7)


def test_steady_states_of_many_sets_are_those_of_each():
    model = load(FLAGSHIP)
    system, sets = system_of(model), draw_table(model, 6, "sobol", 3, None)
    inputs = np.repeat(system.defaults[:, None], 6, axis=1)
    for name in sets.columns:
        inputs[system.position[name]] = sets[name]
    inputs[system.position["hepatoma.number"]] = 0.0
    found = steady_states(system, inputs, system.initial_states_of_many(inputs))
    for column in range(6):
        rest = simulate(model, [0.0], values={name: sets[name][column] for name in sets.columns})
        expected = np.array([rest[name][0] for name in model.species])
        np.testing.assert_allclose(found[:, column], expected, rtol=1e-6, atol=1e-12)


def test_a_switch_comes_to_the_first_of_its_rests_near_its_folds_too():
    """x rises from 0 to the lowest root; past the fold, steps of Newton's method go round where the rests have met."""
    model = small_model(
        {"x": 0.0}, {"a": "1 1/hour", "k": "1 1/hour"},
        {"make": ("a + k*hill(x, 1, 8)", {"x": 1}), "lose": ("k*x", {"x": -1})},
    )  # fmt: skip
    system, basal = system_of(model), np.linspace(0.1, 1.0, 181)
    inputs = np.repeat(system.defaults[:, None], basal.size, axis=1)
    inputs[system.position["a"]] = basal
    found = steady_states(system, inputs, np.zeros((1, basal.size)))[0]
    x = np.linspace(0.0, 3.0, 300_001)
    first = [x[np.argmax(a + x**8 / (1 + x**8) - x <= 0)] for a in basal]
    np.testing.assert_allclose(found, first, atol=2e-5)  # the grid has steps of 1e-5


def test_states_that_do_not_rest_are_nan_and_frozen_ones_stay():
    parts = [
        use("dosed_compound", "x", decay=0.0), use("population", "c", number=1.0, division=0.0, volume=1.0),
        use("delivered_cargo", "y", cells="c", synthesis=1.0, cargo_decay=0.0),
    ]  # fmt: skip
    grows = compose("grows", parts, initial={"y.amount": 1.0})
    system = system_of(grows)
    inputs = np.repeat(system.defaults[:, None], 2, axis=1)
    assert np.isnan(steady_states(system, inputs, np.ones((2, 2)))).all()
    held = steady_states(system, inputs, np.full((2, 2), 7.0), frozen=[system.states.index("y.amount")])
    np.testing.assert_array_equal(held, np.full((2, 2), 7.0))  # the compound without decay rests where it is


@pytest.mark.parametrize("name", [name for name in models_in_turn() if chains(load(name))])
def test_every_model_that_delivers_has_a_budget(name):
    table = budget(name, draws=8)
    assert len(table) == 8 * len(chains(load(name)))
    released = any(item.law.endswith("release") for item in load(name).whole.mechanisms.values())
    received = table[RECEIVED]
    assert (received > 0).all() if released else (received == 0).all()  # else vesicles come as doses alone
    assert (table[NEEDED] >= 0).all()
    assert table[NEEDED].median() > 0


def test_a_crossing_is_found_where_the_function_is_not_told_everywhere():
    """By set: with gaps on the way and at an end, below everywhere, above everywhere, and never told."""

    def function(numbers, which):
        gap = (numbers > 1e2) & (numbers < 1e4) | (numbers > 1e13)
        values = np.array([np.log(numbers / 7.0), -np.ones_like(numbers), np.ones_like(numbers), np.log(numbers / 7.0)])
        values[0, gap], values[3] = np.nan, np.nan
        return values[which, np.arange(len(which))]

    found = crossing(function, 4)
    np.testing.assert_allclose(found[:3], [7.0, np.inf, 0.0], rtol=1e-8)  # the root is sought to 1e-9 of its logarithm
    assert np.isnan(found[3])


def test_a_model_that_delivers_nothing_says_so():
    with pytest.raises(WrongInput, match=r"epo_receptor_uptake has no budget: .*"):
        budget("epo_receptor_uptake")


# --- on the command line ----------------------------------------------------------------------------------------------


def test_the_command_gives_quantiles_and_the_sentence(capsys):
    assert main(["budget", FLAGSHIP, "--draws", "16"]) == 0
    text = capsys.readouterr().out
    assert "copies_per_cell_hour_for_half" in text
    assert "times as many" in text
    assert main(["budget", FLAGSHIP, "--draws", "16", "--json"]) == 0
    (chain,) = json.loads(capsys.readouterr().out)["result"]["chains"]
    assert (chain["cargo"], chain["target"]) == ("mir_21", "pten")
    assert 0 < chain[RECEIVED]["low"] < chain[RECEIVED]["median"] < chain[RECEIVED]["high"]


def test_a_simulation_of_the_flagship_reports_changes_and_the_budget(capsys):
    assert main(["simulate", FLAGSHIP]) == 0
    text = capsys.readouterr().out
    assert "24 hour" in text and "72 hour" in text and "240 hour" in text
    assert "Budget of mir_21 for pten: a recipient cell receives" in text
    assert main(["simulate", FLAGSHIP, "--json", "--points", "5"]) == 0
    result = json.loads(capsys.readouterr().out)["result"]
    assert result["time"] == [0, 60, 120, 180, 240]
    assert len(result["budget"]) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["budget", "epo_receptor_uptake"], "has no budget"),
        (["budget", FLAGSHIP, "--set", "medium.vesicles=3"], "no initial value"),
        (["budget", FLAGSHIP, "--draws", "none"], "--draws"),
        (["budget", "mir_21_pten_hcc"], "did you mean 'mir_21_pten_hcc_caf'"),
    ],
)
def test_a_wrong_request_is_one_sentence(arguments, words, capsys):
    assert main(arguments) == 2
    assert words in capsys.readouterr().err
