"""Steady starts: known steady states, conserved totals, and a sentence where there is none."""

import numpy as np
import pytest
from every_model import experiments
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import exchange, small_model, turnover

from exokinetics import WrongInput, load, simulate, steady_state
from exokinetics.compiler import system_of
from exokinetics.simulation.sampling import draws_of

# Newton's method ends with a step of 1e-9 of the state and then has the square of it: rounding remains.
EXACT = 1e-10


def at_start(model, **request):
    result = simulate(model, [0.0], start="steady", **request)
    assert result.success, result.reason
    return {name: result[name][0] for name in result.outputs}


def refused(model, **request):
    result = simulate(model, [0.0, 1.0], start="steady", **request)
    assert not result.success
    assert result.time.size == 0
    assert "no steady state" in result.reason
    assert "\n" not in result.reason
    return result.reason


@settings(max_examples=25)
@given(st.floats(1e-3, 1e6), st.floats(1e-3, 1e3))
def test_production_over_loss(made, lost):
    assert at_start(turnover(), values={"s": made, "k": lost})["x"] == pytest.approx(made / lost, rel=EXACT)


@settings(max_examples=25)
@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(0, 1e6), st.floats(0, 1e6))
def test_an_exchange_keeps_its_total(a, b, x, y):
    found = at_start(exchange(), values={"a": a, "b": b, "initial:x": x, "initial:y": y})
    assert found["x"] == pytest.approx((x + y) * b / (a + b), rel=EXACT, abs=1e-12)
    assert found["y"] == pytest.approx((x + y) * a / (a + b), rel=EXACT, abs=1e-12)


def test_two_conserved_totals_in_a_binding_equilibrium():
    # R + L <-> C with R + C = 5 and L + C = 3: C solves C^2 - (5 + 3 + KD) C + 15 = 0, KD = 2
    model = small_model(
        {"R": 5.0, "L": 3.0, "C": 0.0},
        {"on": "1 1/hour", "off": "2 1/hour"},
        {"bind": ("on*R*L", {"R": -1, "L": -1, "C": 1}), "leave": ("off*C", {"R": 1, "L": 1, "C": -1})},
    )
    bound = (10 - np.sqrt(100 - 60)) / 2
    found = at_start(model)
    assert found["C"] == pytest.approx(bound, rel=EXACT)
    assert found["R"] == pytest.approx(5 - bound, rel=EXACT)
    assert found["L"] == pytest.approx(3 - bound, rel=EXACT)


def test_of_two_stable_states_the_one_that_is_reached():
    # dx/dt = x (x - 1)(3 - x): 0 and 3 are stable, 1 between them is not
    def model(start):
        return small_model({"x": start}, {"k": "1 1/hour"}, {"flow": ("k*x*(x - 1)*(3 - x)", {"x": 1})})

    assert at_start(model(0.9))["x"] == pytest.approx(0.0, abs=1e-6)  # a thousandth of the absolute tolerance and more
    assert at_start(model(1.1))["x"] == pytest.approx(3.0, rel=EXACT)


def test_rates_far_apart_are_waited_for():
    # the slow pool has a half-life of 7e5 hours
    model = small_model(
        {"fast": 0.0, "slow": 0.0},
        {"a": "1e3 1/hour", "b": "1e-6 1/hour"},
        {
            "a_in": ("a", {"fast": 1}),
            "a_out": ("a*fast", {"fast": -1}),
            "b_in": ("b*fast", {"slow": 1}),
            "b_out": ("b*slow", {"slow": -1}),
        },
    )
    assert at_start(model)["slow"] == pytest.approx(1.0, rel=EXACT)


def test_rounding_of_fast_pools_does_not_keep_slow_ones_from_resting():
    """In this draw RISC is turned over 3e7 times an hour, and its rounding moved proteins that take weeks."""
    model = next(iter(experiments()["20 recipients"]())).model
    drawn = draws_of(model, 8, "sobol", 123, None).table.iloc[7]
    found = at_start(model, values=dict(drawn))
    for cell in ("cell1", "cell20"):  # what AGO2 is made of and lost to keeps its total, in whichever form
        forms = ("ago2.free", "competition.occupied", "mir.risc", "others.risc", "silencing.complex")
        bound = sum(found[f"{cell}.{form}"] for form in forms)
        assert bound == pytest.approx(drawn[f"{cell}.ago2.total"], rel=1e-7)  # RISC itself trembles by 5e-9


def test_what_decays_ends_at_nothing_and_not_below():
    model = small_model({"x": 5.0}, {"k": "0.5 1/hour"}, {"loss": ("k*x", {"x": -1})})
    assert 0.0 <= at_start(model)["x"] <= 1e-6  # the absolute tolerance is 5e-9; Newton ends at 0


def test_a_state_that_is_steady_from_the_start_stays():
    assert at_start(small_model({"x": 4.0}, {"k": "1 1/hour"}, {"still": ("0*k*x", {"x": 1})}))["x"] == 4.0


def test_the_flagship_starts_where_nothing_moves():
    model = load("mir_21_pten_hcc_caf")
    result = simulate(model, [0.0, 500.0], values={"hepatoma.number": 0.0}, rtol=1e-9)
    # the relative tolerance, thousandfold, over 500 hours; where nothing is, a millionth of a copy
    np.testing.assert_allclose(result.table[1], result.table[0], rtol=1e-6, atol=1e-6)


def test_the_flagship_starts_where_its_rates_balance():
    model = load("mir_21_pten_hcc_caf")
    system = system_of(model)
    state = simulate(model, [0.0], outputs=model.species).table[0]
    p = system.defaults.copy()
    p[system.position["hepatoma.number"]] = 0.0
    slope = system.jacobian(0.0, state, p.tolist())
    turned_over = np.abs(slope) @ np.abs(state) + 1e-9
    # rates cancel down to the rounding of the largest that meet in a species
    assert (np.abs(system.rhs(0.0, state, p.tolist())) <= 1e-9 * turned_over).all()


# --- where there is none ----------------------------------------------------------------------------------------------


def test_exponential_growth_has_none():
    # x = 0 is a fixed point, but not where growth from 1 leads
    refused(small_model({"x": 1.0}, {"k": "1 1/hour"}, {"grow": ("k*x", {"x": 1})}))


def test_slow_exponential_growth_has_none():
    refused(small_model({"x": 1.0}, {"k": "1e-4 1/hour"}, {"grow": ("k*x", {"x": 1})}))


def test_linear_growth_has_none():
    refused(small_model({"x": 1.0}, {"k": "1 1/hour"}, {"grow": ("k", {"x": 1})}))


def test_a_sink_that_fills_for_ever_has_none():
    refused(
        small_model(
            {"x": 0.0, "sink": 0.0},
            {"s": "2 1/hour", "k": "1 1/hour"},
            {"made": ("s", {"x": 1}), "moved": ("k*x", {"x": -1, "sink": 1})},
        )
    )


def test_a_conserved_total_that_is_fed_has_none():
    # x + y grows by s for ever
    refused(
        small_model(
            {"x": 3.0, "y": 1.0},
            {"a": "1 1/hour", "b": "2 1/hour", "s": "0.1 1/hour"},
            {"there": ("a*x", {"x": -1, "y": 1}), "back": ("b*y", {"x": 1, "y": -1}), "fed": ("s", {"x": 1})},
        )
    )


def test_an_oscillation_has_none():
    # Lotka and Volterra around (1, 1), far from it; the centre itself is a fixed point but is not reached
    model = small_model(
        {"prey": 2.0, "hunter": 0.5},
        {"k": "1 1/hour"},
        {
            "born": ("k*prey", {"prey": 1}),
            "eaten": ("k*prey*hunter", {"prey": -1, "hunter": 1}),
            "dies": ("k*hunter", {"hunter": -1}),
        },
    )
    refused(model)


def test_a_blow_up_on_the_way_is_named():
    reason = refused(small_model({"x": 1.0}, {"k": "1 1/hour"}, {"explode": ("k*x**2", {"x": 1})}))
    assert "on the way" in reason


# --- asked for on its own ---------------------------------------------------------------------------------------------


def test_a_steady_state_has_one_time_and_every_output():
    found = steady_state(turnover(), values={"s": 4.0, "k": 0.5})
    assert found.success
    assert found.time.tolist() == [np.inf]
    assert found["x"].tolist() == [pytest.approx(8.0, rel=EXACT)]


def test_what_is_held_keeps_its_initial_value():
    chain = small_model(
        {"a": 5.0, "part.b": 1.0, "part.c": 0.0},
        {"k": "1 1/hour", "l": "2 1/hour"},
        {"first": ("k*a", {"a": -1, "part.b": 1}), "second": ("l*part.b", {"part.b": -1, "part.c": 1}),
         "third": ("k*part.c", {"part.c": -1})},
    )  # fmt: skip
    assert steady_state(chain)["part.b"][0] == pytest.approx(0.0, abs=1e-9)
    held = steady_state(chain, hold=["a"])
    assert [held[name][0] for name in ("a", "part.b", "part.c")] == pytest.approx([5.0, 2.5, 5.0], rel=EXACT)
    whole = steady_state(chain, hold=["part"])
    assert [whole[name][0] for name in ("a", "part.b", "part.c")] == pytest.approx([0.0, 1.0, 0.0], abs=1e-9)


def test_a_held_medium_delivers_for_ever():
    model = load("mir_21_pten_hcc_caf")
    dosed = {"initial:medium.vesicles": 2e12, "initial:medium.cargo": 2e10, "hepatoma.number": 0.0}
    rest = steady_state(model, values=dosed, hold=["medium"])
    assert rest.success, rest.reason
    late = simulate(
        model, [0.0, 2e4], values=dosed | {"medium.decay": 1e-15, "uptake.clearance": 1e-20}, start="initial"
    )
    assert late["medium.vesicles"][-1] == pytest.approx(rest["medium.vesicles"][0], rel=1e-6)
    assert rest["pten.protein"][0] < 0.99 * late["pten.protein"][-1]  # nothing is taken up there


def test_without_a_state_of_rest_there_is_a_sentence():
    growing = small_model({"x": 1.0}, {"k": "1 1/hour"}, {"made": ("k", {"x": 1})})
    found = steady_state(growing)
    assert not found.success
    assert found.reason.startswith("small has no steady state: ")


def test_what_cannot_be_held_names_the_nearest():
    with pytest.raises(WrongInput, match=r"hold: 'medum' is no species .* did you mean 'medium'"):
        steady_state("mir_21_pten_hcc_caf", hold=["medum"])
