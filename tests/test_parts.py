"""The algebra of parts: merging, clashes, modulators, and that the order of parts never matters."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import decay, number, small_part

from exokinetics import (
    Modulator,
    Observable,
    Parameter,
    Part,
    Reaction,
    Species,
    WrongInput,
    compose,
    load,
    simulate,
    use,
)
from exokinetics.compiler import system_of
from exokinetics.expressions.graph import ZERO
from exokinetics.expressions.parsing import parse
from exokinetics.model.equations import odes
from exokinetics.model.parts import id_fault, part_of

FLAGSHIP = "mir_21_pten_hcc_caf"


def species(name, start=1.0):
    return Part(species={name: Species(name, "dimensionless", number(start, "dimensionless"))})


def pieces(model):
    """The parts of a model, told apart by the first name of their ids; what they share stands in a part of its own."""
    found = {}
    for kind in ("species", "parameters", "reactions", "modulators", "mechanisms"):
        for id, item in getattr(model.whole, kind).items():
            found.setdefault(id.split(".")[0], {}).setdefault(kind, {})[id] = item
    return [Part(**tables) for tables in found.values()]


def composed(model, parts):
    return compose(model.name, parts, observables=model.whole.observables, start=model.start, title=model.title)


# --- merging ----------------------------------------------------------------------------------------------------------


def test_merging_is_commutative_and_associative():
    a, b, c = species("a"), species("b"), species("c")
    assert a | b == b | a
    assert (a | b) | c == a | (b | c)


def test_merging_keeps_the_order_of_the_ids():
    assert list((species("b") | species("c") | species("a")).species) == ["a", "b", "c"]


def test_the_empty_part_changes_nothing():
    assert species("a") | Part() == species("a")


def test_equal_items_collapse():
    assert species("a") | species("a") == species("a")
    part = use("population", "cells", number=3.0, division=0.1, volume=1000.0)
    assert part | use("population", "cells", number=3.0, division=0.1, volume=1000.0) == part


@pytest.mark.parametrize(
    "other",
    [
        Part(species={"a": Species("a", "nM", number(1.0, "nM"))}),
        Part(species={"a": Species("a", "dimensionless", number(2.0, "dimensionless"))}),
        Part(parameters={"a": Parameter("a", "dimensionless", number(1.0, "dimensionless"))}),
        Part(observables={"a": Observable("a", parse("1"))}),
    ],
)
def test_the_same_id_with_different_content_is_an_error(other):
    for merge in (lambda: species("a") | other, lambda: other | species("a")):
        with pytest.raises(WrongInput, match="'a'"):
            merge()


def test_the_same_reaction_with_another_rate_is_an_error():
    one, other = (Part(reactions={"r": Reaction("r", parse(rate), (("a", 1.0),))}) for rate in ("1*a", "2*a"))
    with pytest.raises(WrongInput, match="'r'"):
        one | other


def test_an_id_given_twice_is_an_error():
    with pytest.raises(WrongInput, match="defined twice"):
        part_of(species=[*species("a").species.values(), *species("a", 2.0).species.values()])


def test_only_parts_merge_with_parts():
    with pytest.raises(TypeError):
        species("a") | {"a": 1}


# --- ids --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ["a", "gene.mrna", "a.b.c", "A_1", "x" * 120])
def test_ids_are_names_joined_by_dots(id):
    assert id_fault(id) == ""


@pytest.mark.parametrize("id",
    ["", "1a", "a-b", "a b", "a..b", ".a", "a.", "_a", "µ", "a\n", "lambda", "a.class", "time",
                                "gene.time", "pi", "x" * 121, None, 3, ["a"]])  # fmt: skip
def test_what_is_no_id_is_explained(id):
    assert id_fault(id)


# --- modulators and observables ---------------------------------------------------------------------------------------


def modulated(*factors):
    part = small_part({"x": 2.0}, {"k": "0.5 1/hour"}, {"loss": ("k*x", {"x": -1})})
    modulators = {f"m{index}": Modulator(f"m{index}", "loss", parse(factor)) for index, factor in enumerate(factors)}
    return [part, Part(modulators=modulators)]


def test_modulators_multiply_the_reaction_of_another_part():
    model = compose("modulated", modulated("3", "1/(1 + x)"))
    assert system_of(model).rhs(0.0, np.array([2.0]), [0.5]) == pytest.approx([-0.5 * 2.0 * 3 / 3.0], rel=1e-15)


def test_a_modulator_does_not_depend_on_the_order_of_the_parts():
    first, second = (compose("modulated", order) for order in (modulated("x", "2"), modulated("x", "2")[::-1]))
    assert first == second


@pytest.mark.parametrize(
    ("modulator", "words"),
    [
        (Modulator("m", "los", parse("2")), ["m", "'los'", "did you mean 'loss'"]),
        (Modulator("m", "loss", parse("k")), ["m", "factor", "1/hour", "dimensionless"]),
        (Modulator("m", "loss", parse("xx")), ["m", "'xx'", "did you mean 'x'"]),
    ],
)
def test_a_wrong_modulator_is_named(modulator, words):
    with pytest.raises(WrongInput) as caught:
        compose("modulated", [*modulated(), Part(modulators={"m": modulator})])
    assert all(word in str(caught.value) for word in words), caught.value
    assert len(str(caught.value).splitlines()) == 1


def test_observables_may_name_each_other_in_any_order():
    model = decay(observables={"a": "2*b", "b": "x + k*time", "c": "a + b"})
    result = simulate(model, [0.0, 2.0])
    np.testing.assert_array_equal(result["c"], 3 * result["b"])


def test_rates_may_name_observables():
    part = small_part({"x": 2.0}, {"k": "0.5 1/hour"}, {"loss": ("speed", {"x": -1})})
    model = compose("observed", [part], observables={"speed": "k*twice/2", "twice": "2*x"})
    assert system_of(model).rhs(0.0, np.array([2.0]), [0.5]) == pytest.approx([-1.0], rel=1e-15)


def test_a_circle_of_observables_is_shown():
    with pytest.raises(WrongInput, match="a -> b -> a"):
        decay(observables={"a": "b + 1", "b": "2*a"})


def test_a_circle_of_initial_values_is_shown():
    with pytest.raises(WrongInput, match="circle"):
        compose("circle", [small_part({"x": "y", "y": "x"}, {}, {})])


def test_initial_values_may_be_computed_from_parameters_and_other_states():
    model = compose("computed", [small_part({"x": "2*y + k*3", "y": 4.0}, {"k": 5.0}, {})])
    assert model.value("x").value == 23.0
    assert model.value("x").quality == "derived"
    assert simulate(model, 1.0, values={"k": 1.0, "initial:y": 1.0})["x"][0] == 5.0


# --- order ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def flagship():
    return load(FLAGSHIP)


@settings(max_examples=30)
@given(st.data())
def test_any_order_of_parts_gives_the_same_flagship(flagship, data):
    shuffled = composed(flagship, data.draw(st.permutations(pieces(flagship))))
    assert shuffled.whole == flagship.whole
    assert shuffled.species == flagship.species
    assert shuffled.parameters == flagship.parameters
    assert shuffled.observables == flagship.observables


@settings(max_examples=4)
@given(st.data())
def test_any_order_of_parts_gives_the_same_bits(flagship, data):
    shuffled = composed(flagship, data.draw(st.permutations(pieces(flagship))))
    np.testing.assert_array_equal(simulate(shuffled, 24.0).table, simulate(flagship, 24.0).table)


def test_the_order_of_tables_in_a_file_does_not_matter(flagship, tmp_path):
    head, *tables = Path(flagship.file).read_text("utf-8").split("\n[")
    turned = tmp_path / f"{FLAGSHIP}.toml"
    turned.write_text("\n[".join([head, *tables[::-1]]), "utf-8")
    again = load(turned)
    assert again.whole == flagship.whole
    np.testing.assert_array_equal(simulate(again, 24.0).table, simulate(flagship, 24.0).table)


# --- the whole --------------------------------------------------------------------------------------------------------


def test_other_values_make_another_model_and_leave_the_first_alone(flagship):
    changed = flagship.with_values({"stellate.division": "0.5 1/day", "medium.vesicles": 1e9})
    assert changed.value("stellate.division").value == pytest.approx(0.5 / 24, rel=1e-14)
    assert changed.value("initial:medium.vesicles").value == 1e9
    assert changed.value("stellate.division").quality == "assumed"
    assert flagship.value("stellate.division").value == 0.01
    assert replace(changed, whole=flagship.whole) == flagship


def test_an_unknown_id_names_the_nearest(flagship):
    for ask in (flagship.value, flagship.unit, lambda name: flagship.with_values({name: 1.0})):
        with pytest.raises(WrongInput, match=r"did you mean 'stellate\.division'"):
            ask("stellate.divsion")


def test_the_equations_are_those_that_are_integrated(flagship):
    system = system_of(flagship)
    state = np.random.default_rng(1).uniform(0.5, 2.0, len(system.states)) * 1e3
    symbols = [sympy.Symbol(name) for name in (*system.states, *system.inputs)]
    evaluate = sympy.lambdify(symbols, list(flagship.equations().values()), "mpmath")
    theirs = [float(side) for side in evaluate(*state, *system.defaults)]
    # sums of up to a dozen terms that nearly cancel: five digits to spare for the largest
    np.testing.assert_allclose(system.rhs(0.0, state, system.defaults.tolist()), theirs, rtol=1e-11)


def test_a_model_in_minutes_is_the_model_in_hours():
    parts = [
        use("population", "cells", number=1e5, division="0.03 1/hour", volume=1000.0),
        use(
            "gene_expression",
            "gene",
            cells="cells",
            transcription=10.0,
            mrna_decay=0.2,
            translation=5.0,
            protein_decay=0.05,
        ),
    ]
    hours, minutes = (
        compose("gene", parts, initial={"gene.mrna": 100.0}, time_unit=unit) for unit in ("hour", "minute")
    )
    assert minutes.unit("gene.translation") == "1/minute"
    assert minutes.value("gene.translation").value == pytest.approx(5 / 60, rel=1e-14)
    slow, fast = simulate(hours, [0, 1, 10], rtol=1e-9), simulate(minutes, [0, 60, 600], rtol=1e-9)
    np.testing.assert_allclose(fast.table, slow.table, rtol=1e-7)  # a hundred times the tolerance of either run


# --- processes --------------------------------------------------------------------------------------------------------


def released():
    return [
        use("population", "cells", number=1e5, division=0.0, volume=1600.0),
        use("extracellular_decay", "medium", volume=1.0, decay=0.1),
        use("pool_release", "donor", cells="cells", medium="medium", synthesis=10.0, cargo_decay=0.1, sorting=0.1,
            biogenesis=5.0, release=0.3, degradation=0.2),
    ]  # fmt: skip


def edge(process):
    return use("inhibition", "block", process=process, input=1.0, half=1.0, exponent=1.0, effect=0.5)


def test_a_factor_on_a_process_acts_on_all_of_its_reactions():
    plain, blocked = compose("plain", released()), compose("blocked", [*released(), edge("donor.release")])
    together = {"donor.release_vesicles_out", "donor.release_vesicles_in", "donor.release_cargo_out",
                "donor.release_cargo_in"}  # fmt: skip
    assert set(plain.whole.processes()["donor.release"]) == together
    before, after = plain.equations(), blocked.equations()
    assert {name for name in before if before[name] != after[name]} == {
        "donor.vesicles", "donor.cargo", "medium.vesicles", "medium.cargo",
    }  # fmt: skip
    factor = sympy.Rational(3, 4)  # 1 - 0.5/2
    values = {"block.input": 1, "block.half": 1, "block.exponent": 1, "block.effect": sympy.Rational(1, 2)}
    changed = sympy.simplify(after["medium.cargo"].subs(values))
    assert changed.coeff(sympy.Symbol("donor.cargo")) == factor * before["medium.cargo"].coeff(
        sympy.Symbol("donor.cargo")
    )


def test_one_half_of_a_transfer_cannot_be_slowed_alone():
    with pytest.raises(WrongInput, match=r"one of the reactions of 'donor\.release', which go together"):
        compose("half", [*released(), edge("donor.release_cargo_out")])


def test_a_misspelt_process_names_the_nearest():
    with pytest.raises(WrongInput, match=r"not a reaction or process; did you mean 'donor\.release'"):
        compose("misspelt", [*released(), edge("donor.relaese")])


def test_a_catalyst_that_is_used_and_given_back_keeps_every_bit():
    """Its fluxes of 1e12 would leave 1e-4 of rounding in each step, were they added and subtracted."""
    changes = (("enzyme", -1.0), ("x", -1.0), ("enzyme", 1.0), ("y", 1.0))
    backward = tuple((name, -amount) for name, amount in changes)
    reactions = [
        Reaction("forth", parse("k*enzyme*x"), changes),
        Reaction("back", parse("k*enzyme*y/3"), backward),
    ]
    base = small_part({"enzyme": 0.7, "x": 1e12, "y": 0.0}, {"k": "1.3 1/hour"}, {})
    model = compose("catalysis", [base, part_of(reactions=reactions)])
    assert odes(model.whole)["enzyme"] is ZERO
    assert (simulate(model, [0.0, 1.0, 100.0])["enzyme"] == 0.7).all()
