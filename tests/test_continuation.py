"""Branches of steady states: folds, stability and hysteresis against polynomials solved by other means."""

import numpy as np
import pytest
from small_models import exchange, small_model, turnover

from exokinetics import WorkFailed, WrongInput, branch_diagram, continuation, load, steady_state

# The parameter is flat at a fold, so that rounding in the place of the fold leaves the parameter exact to rounding;
# the state there is exact to about the root of that.
FOLD, STATE = 1e-11, 1e-6
# Hopf points are found by halving on the sign of a real part, which is exact to the rounding of eigenvalues.
HOPF = 1e-10
# Where curves cross Newton's method is singular: the root of rounding is what remains.
CROSSING = 1e-7


def of_kind(table, kind):
    return table[table["kind"] == kind]


def folds(table, parameter):
    return np.sort(of_kind(table, "fold")[parameter].to_numpy(float))


def real(roots, low=0.0, high=np.inf):
    return np.array(sorted(root.real for root in roots if abs(root.imag) < 1e-9 and low < root.real < high))


@pytest.fixture(scope="module")
def flagship():
    return load("mir_21_pten_hcc_caf")


def schloegl():
    # dx/dt = r - (x^3 - 7 x^2 + 14 x): three steady states for r between the extrema of the cubic
    return small_model(
        {"x": 0.0},
        {"r": "8 1/hour", "k": "1 1/hour"},
        {"made": ("r + 7*k*x**2", {"x": 1}), "lost": ("k*x**3 + 14*k*x", {"x": -1})},
    )


def toggle(b=3.0):
    return small_model(
        {"u": 0.0, "v": 0.0},
        {"a": "1 1/hour", "b": f"{b} 1/hour", "d": "1 1/hour"},
        {
            "u_made": ("a/(1 + v**2)", {"u": 1}),
            "v_made": ("b/(1 + u**2)", {"v": 1}),
            "u_lost": ("d*u", {"u": -1}),
            "v_lost": ("d*v", {"v": -1}),
        },
    )


def brusselator():
    return small_model(
        {"x": 1.0, "y": 1.0},
        {"A": 1.5, "B": 1.0, "k": "1 1/hour"},
        {
            "in": ("k*A", {"x": 1}),
            "turn": ("k*B*x", {"x": -1, "y": 1}),
            "auto": ("k*x**2*y", {"x": 1, "y": -1}),
            "out": ("k*x", {"x": -1}),
        },
    )


def switch():
    # y of a total T is phosphorylated, and helps with it: dy/dt = (b + v y^2/(K^2 + y^2)) (T - y) - d y, T = 2, K = 0.8
    return small_model(
        {"x": 1.9, "y": 0.1},
        {"b": "0.01 1/hour", "v": "2 1/hour", "K": 0.8, "d": "1 1/hour"},
        {
            "on": ("(b + v*hill(y, K, 2))*x", {"x": -1, "y": 1}),
            "off": ("d*y", {"x": 1, "y": -1}),
        },
    )


def epidemic():
    return small_model(
        {"S": 0.9, "I": 0.1},
        {"b": "1 1/hour", "g": "1 1/hour"},
        {"infect": ("b*S*I", {"S": -1, "I": 1}), "recover": ("g*I", {"S": 1, "I": -1})},
    )


# --- folds ------------------------------------------------------------------------------------------------------------


def test_the_whole_s_of_a_cubic_is_one_branch():
    table = continuation(schloegl(), "r", low=4, high=12)
    x, r = table["x"].to_numpy(float), table["r"].to_numpy(float)
    np.testing.assert_allclose(x**3 - 7 * x**2 + 14 * x, r, rtol=1e-12)
    extrema = real(np.roots([3.0, -14.0, 14.0]))
    np.testing.assert_allclose(folds(table, "r"), np.sort(extrema**3 - 7 * extrema**2 + 14 * extrema), rtol=FOLD)
    np.testing.assert_allclose(np.sort(of_kind(table, "fold")["x"]), extrema, rtol=STATE)
    assert table["branch"].eq(1).all()
    ordinary = ~table["kind"].eq("fold").to_numpy()
    rising = 3 * x**2 - 14 * x + 14 > 0.0
    assert (table["stable"].to_numpy() == rising)[ordinary].all()
    assert (~table["stable"]).sum() > 10  # the unstable middle is there
    assert table["r"].iloc[[0, -1]].tolist() == [4.0, 12.0]
    assert table.attrs["bistable"] == [pytest.approx(tuple(folds(table, "r")), rel=FOLD)]
    assert table.attrs["ends"] == {1: ["the low end of the range", "the high end of the range"]}


@pytest.mark.parametrize("s", [0.01, 0.1, 3.0])
def test_a_cusp_opens_into_two_folds(s):
    # z = x - 5, dz/dt = r - 10 + s z - z^3: folds at r = 10 -+ 2 (s/3)^(3/2)
    model = small_model(
        {"x": 3.0},
        {"r": "10 1/hour", "s": "1 1/hour", "k": "1 1/hour"},
        {"flow": ("r - 10*k + s*(x-5) - k*(x-5)**3", {"x": 1})},
    )
    found = folds(continuation(model, "r", low=4, high=16, values={"s": s}), "r")
    np.testing.assert_allclose(found, 10 + 2 * (s / 3) ** 1.5 * np.array([-1.0, 1.0]), rtol=FOLD)
    assert not folds(continuation(model, "r", low=4, high=16, values={"s": 0.0}), "r").size


@pytest.mark.parametrize("b", [3.0, 30.0, 1e3])
def test_the_folds_of_a_toggle_switch(b):
    # a = u (1 + v^2) with v = b/(1 + u^2); da/du = 0 is a cubic in u^2
    table = continuation(toggle(), "a", low=1e-2, high=1e6, values={"b": b})
    w = real(np.roots([1.0, 3.0, 3.0 - 3.0 * b**2, 1.0 + b**2]))
    expected = np.sort(np.sqrt(w) * (1.0 + (b / (1.0 + w)) ** 2))
    np.testing.assert_allclose(folds(table, "a"), expected, rtol=FOLD)
    assert table.attrs["bistable"] == [pytest.approx(tuple(expected), rel=FOLD)]


@pytest.mark.parametrize("exponent", [2, 4, 8])
def test_a_gene_that_makes_its_own_message_in_copies(exponent):
    # at rest b = q x - v H(x) with q = dm d/kt; db/dx = 0 is a polynomial in z = x/K
    model = small_model(
        {"m": 0.0, "x": 0.0},
        {"b": "1 1/hour", "v": "300 1/hour", "K": 2e6, "n": exponent, "dm": "0.1 1/hour", "kt": "60 1/hour",
         "d": "0.02 1/hour"},
        {
            "made": ("b + v*hill(x, K, n)", {"m": 1}),
            "gone": ("dm*m", {"m": -1}),
            "translated": ("kt*m", {"x": 1}),
            "lost": ("d*x", {"x": -1}),
        },
    )  # fmt: skip
    q, v, K = 0.1 * 0.02 / 60, 300.0, 2e6
    one = np.zeros(exponent + 1)
    one[[0, -1]] = 1.0
    rising = np.zeros(exponent)
    rising[0] = v * exponent / (q * K)
    z = real(np.roots(np.polysub(np.polymul(one, one), rising)))
    expected = q * K * z - v * z**exponent / (1 + z**exponent)
    expected = np.sort(expected[expected > 1e-3])
    table = continuation(model, "b", low=1e-3, high=1e4)
    np.testing.assert_allclose(folds(table, "b"), expected, rtol=FOLD)
    ((low, high),) = table.attrs["bistable"]
    assert high == pytest.approx(expected[-1], rel=FOLD)
    assert low == pytest.approx(expected[0] if len(expected) > 1 else 1e-3, rel=FOLD)


def test_a_switch_within_a_conserved_total():
    K, T, v = 0.8, 2.0, 2.0
    square = np.array([1.0, 0.0, K**2])  # K^2 + y^2
    turning = np.polysub(T * np.polymul(square, square), 2 * v * K**2 * np.polymul([1.0, 0.0], [1.0, -2 * T, T**2]))
    y = real(np.roots(turning), high=T)
    expected = y / (T - y) - v * y**2 / (K**2 + y**2)
    expected = np.sort(expected[expected > 0])
    table = continuation(switch(), "b", low=0, high=1)
    assert len(expected)
    np.testing.assert_allclose(folds(table, "b"), expected, rtol=FOLD)
    np.testing.assert_allclose(table["x"] + table["y"], T, rtol=1e-14)


def test_a_conserved_total_can_be_what_varies():
    # with r = b + v H(y): T = y + d y/r; dT/dy = 0 is (r^2 + r - y r') = 0, here times (K^2 + y^2)^2
    b, v, K = 0.01, 2.0, 0.8
    square = np.poly1d([1.0, 0.0, K**2])
    upper = b * square + v * np.poly1d([1.0, 0.0, 0.0])  # r (K^2 + y^2)
    turning = upper**2 + upper * square - np.poly1d([2 * v * K**2, 0.0, 0.0])
    y = real(turning.roots)
    expected = np.sort(y + y / (upper(y) / square(y)))
    table = continuation(switch(), "initial:x", low=0.1, high=50)
    assert len(expected) == 2
    np.testing.assert_allclose(folds(table, "initial:x") + 0.1, expected, rtol=FOLD)


def test_a_closed_curve_is_followed_once_around():
    # dx/dt = 1 - (x - 2)^2 - (s - 2)^2: a circle, reached from the middle only
    model = small_model(
        {"x": 2.5},
        {"s": 2.0, "k": "1 1/hour"},
        {"up": ("k*(4*x + 4*s)", {"x": 1}), "down": ("k*(7 + x**2 + s**2)", {"x": -1})},
    )
    table = continuation(model, "s", low=0.5, high=3.5)
    np.testing.assert_allclose(folds(table, "s"), [1.0, 3.0], rtol=FOLD)
    assert table.attrs["ends"] == {1: ["it closes", "it closes"]}
    assert table[["s", "x"]].iloc[0].tolist() == table[["s", "x"]].iloc[-1].tolist()
    assert len(table.attrs["notes"]) == 2  # nothing rests at the ends
    assert table.attrs["bistable"] == []


def test_the_fold_of_a_shipped_switch_is_where_gain_and_loss_of_its_share_touch(flagship):
    table = continuation(flagship, "fibroblast.basal", low=1e-6, high=1e-1, outputs=["fibroblast.share"])
    v, K, n, d = (
        flagship.value(f"fibroblast.{name}").value
        for name in ("feedback", "feedback_half", "feedback_exponent", "reversal")
    )
    (x,) = of_kind(table, "fold")["fibroblast.share"]
    slope = v * n * K**n * x ** (n - 1) / (K**n + x**n) ** 2
    assert slope == pytest.approx(d / (1 - x) ** 2, rel=1e-5)


# --- no fold ----------------------------------------------------------------------------------------------------------


def test_zero_order_ultrasensitivity_is_steep_and_has_no_fold():
    # Goldbeter and Koshland: v1/v2 = y (1 - y + J) / ((1 - y) (y + J)), which only rises with y
    model = small_model(
        {"w": 1.0, "y": 0.0},
        {"v": "1 1/hour", "u": "1 1/hour", "J": 1e-3},
        {"on": ("v*w/(J + w)", {"w": -1, "y": 1}), "off": ("u*y/(J + y)", {"w": 1, "y": -1})},
    )
    table = continuation(model, "v", low=0.1, high=10)
    y, J = table["y"].to_numpy(float), 1e-3
    np.testing.assert_allclose(table["v"], y * (1 - y + J) / ((1 - y) * (y + J)), rtol=1e-9)
    assert set(table["kind"]) == {"", "end"}
    assert table["stable"].all()
    assert table.attrs["bistable"] == []


def test_a_shipped_model_without_a_fold_agrees_with_its_steady_states(flagship):
    table = continuation(flagship, "mmp2.turnover", low="0.001 1/hour", high="1 1/hour", points=20)
    assert set(table["kind"]) == {"", "end"}
    assert table["stable"].all()
    row = table.iloc[len(table) // 3]
    rest = steady_state(flagship, values={"mmp2.turnover": row["mmp2.turnover"]})
    for name in flagship.species:
        assert row[name] == pytest.approx(rest[name][0], rel=1e-8, abs=1e-9), name


def test_a_held_medium_can_be_what_varies(flagship):
    values = {"hepatoma.number": 0.0, "initial:medium.cargo": 2e10}
    table = continuation(
        flagship, "initial:medium.vesicles", low=1e10, high=1e13, values=values, hold=["medium"], points=20,
        outputs=["pten.protein"],
    )  # fmt: skip
    for row in (0, -1):
        at = values | {"initial:medium.vesicles": table["initial:medium.vesicles"].iloc[row]}
        rest = steady_state(flagship, values=at, hold=["medium"])["pten.protein"][0]
        assert table["pten.protein"].iloc[row] == pytest.approx(rest, rel=1e-9)


def test_totals_whose_weights_depend_on_the_parameter():
    # two compartments of volumes V and 2 that exchange: V a + 2 b stays what it was
    model = small_model(
        {"a": 3.0, "b": 0.0},
        {"k": "1 1/hour", "V": 1.0, "W": 2.0},
        {"out": ("k*(a - b)/V", {"a": -1}), "in": ("k*(a - b)/W", {"b": 1})},
    )
    table = continuation(model, "V", low=0.01, high=100, points=30)
    np.testing.assert_allclose(table["a"], 3 * table["V"] / (table["V"] + 2), rtol=1e-12)


def test_what_is_used_up_is_shared_out_among_sinks():
    # everything ends inside or outside, in the ratio of two rate constants
    model = load("epo_receptor_uptake")
    table = continuation(model, "epo.degradation_inside", low=1e-4, high=1e-1, points=30)
    k, other = table["epo.degradation_inside"], model.value("epo.degradation_outside").value
    share = table["epo.degraded_inside"] / (table["epo.degraded_inside"] + table["epo.degraded_outside"])
    np.testing.assert_allclose(share, k / (k + other), rtol=1e-10)


# --- oscillation, and where branches cross ----------------------------------------------------------------------------


@pytest.mark.parametrize("A", [0.5, 1.5, 4.0])
def test_the_brusselator_begins_to_oscillate(A):
    table = continuation(brusselator(), "B", low=0.1, high=30, values={"A": A})
    (hopf,) = of_kind(table, "hopf")["B"]
    assert hopf == pytest.approx(1 + A**2, rel=HOPF)
    before = table["B"] < hopf
    assert (table["stable"] == before).all()


def test_a_symmetric_toggle_breaks_its_symmetry():
    # u = v = 1 at a = 2, where two more states leave that of equal shares
    model = small_model(
        {"u": 0.0, "v": 0.0},
        {"a": "1 1/hour", "d": "1 1/hour"},
        {
            "u_made": ("a/(1 + v**2)", {"u": 1}),
            "v_made": ("a/(1 + u**2)", {"v": 1}),
            "u_lost": ("d*u", {"u": -1}),
            "v_lost": ("d*v", {"v": -1}),
        },
    )
    table = continuation(model, "a", low=0.1, high=100)
    assert table["branch"].max() == 2
    np.testing.assert_allclose(of_kind(table, "branch")["a"], 2.0, rtol=CROSSING)
    assert table.attrs["bistable"] == [pytest.approx((2.0, 100.0), rel=CROSSING)]
    split = table[(table["branch"] == 2) & (table["kind"] != "branch")]
    np.testing.assert_allclose(split["u"] * split["v"], 1.0, rtol=1e-8)
    assert split["stable"].all()


def test_an_infection_takes_hold_where_its_branch_crosses_that_without():
    table = continuation(epidemic(), "b", low=0.1, high=10)
    np.testing.assert_allclose(of_kind(table, "branch")["b"], 1.0, rtol=CROSSING)
    endemic = table[table["branch"] == 2]
    np.testing.assert_allclose(endemic["I"], 1 - 1 / endemic["b"], rtol=1e-7, atol=1e-9)
    assert endemic["stable"].iloc[1:].all()
    assert table.attrs["ends"][2] == ["I would become negative", "the high end of the range"]
    assert table.attrs["bistable"] == []


# --- where there is less ----------------------------------------------------------------------------------------------


def test_a_branch_ends_where_a_species_would_become_negative():
    model = small_model(
        {"x": 1.0},
        {"r": "1 1/hour", "s": "0.5 1/hour", "k": "1 1/hour"},
        {"made": ("r - s", {"x": 1}), "lost": ("k*x", {"x": -1})},
    )
    table = continuation(model, "s", low=0, high=2)
    assert table["s"].iloc[-1] == pytest.approx(1.0, rel=1e-12)
    assert table.attrs["ends"] == {1: ["the low end of the range", "x would become negative"]}
    assert (table["x"] >= 0.0).all()


def test_a_second_branch_without_a_fold_in_the_range_is_found_from_a_start():
    assert continuation(schloegl(), "r", low=6.5, high=8)["branch"].max() == 1
    table = continuation(schloegl(), "r", low=6.5, high=8, starts=[{"x": 5.0}])
    assert table["branch"].max() == 2
    assert table.attrs["bistable"] == [(6.5, 8.0)]


def test_without_a_state_of_rest_the_value_is_named():
    model = small_model({"x": 1.0}, {"k": "1 1/hour"}, {"grow": ("k*x", {"x": 1})})
    with pytest.raises(WorkFailed, match=r"^small has no steady state to start from: at k = 1: [^\n]*$"):
        continuation(model, "k", low=1, high=2)


@pytest.mark.parametrize(
    ("parameter", "request_", "said"),
    [
        ("kk", {}, r"^parameter: 'kk' is not a parameter of small; .*k"),
        ("x", {}, r"^parameter: 'x' is not a parameter of small; did you mean 'initial:x'\?"),
        ("k", {"low": 2}, r"^low: must be below high, but 2 is not below 2"),
        ("k", {"low": -1}, r"^low: -1 is negative"),
        ("k", {"high": "1 mole"}, r"^high: "),
        ("k", {"high": float("inf")}, r"^high: inf is not a finite number"),
        ("k", {"values": {"k": 1}}, r"^values: k is what varies"),
        ("k", {"points": 1}, r"^points: "),
        ("k", {"outputs": ["y"]}, r"^outputs: 'y' is not a species"),
        ("k", {"starts": {"x": 1}}, r"^starts: give a list of mappings"),
        ("k", {"hold": ["y"]}, r"^hold: 'y' is no species"),
        ("k", {"hold": ["x"]}, r"^parameter: no steady state of small depends on k"),
        ("initial:x", {}, r"^parameter: no steady state of small depends on initial:x"),
    ],
)
def test_impossible_requests_end_in_a_sentence(parameter, request_, said):
    with pytest.raises(WrongInput, match=said) as caught:
        continuation(turnover(), parameter, **({"low": 1, "high": 2} | request_))
    assert "\n" not in str(caught.value)


def test_what_only_an_observable_reads_moves_no_steady_state():
    model = small_model(
        {"x": 1.0}, {"k": "1 1/hour", "scale": 2.0}, {"lost": ("k*x", {"x": -1})}, observables={"seen": "scale*x"}
    )
    with pytest.raises(WrongInput, match="depends on scale"):
        continuation(model, "scale", low=1, high=2)


def test_the_table_says_what_it_holds():
    table = continuation(exchange(), "a", low=0.5, high=2, outputs=["y"], points=20)
    assert list(table.columns) == ["branch", "point", "a", "stable", "kind", "y"]
    assert table.attrs["units"] == {"a": "1/hour", "y": "dimensionless"}
    np.testing.assert_allclose(table["y"], 4 * table["a"] / (table["a"] + 2), rtol=1e-12)
    assert 20 < len(table) < 60


def test_the_figure_shows_stable_unstable_and_folds():
    table = continuation(schloegl(), "r", low=4, high=12)
    (axis,) = branch_diagram(table).axes
    assert [line.get_linestyle() for line in axis.get_lines()] == ["-", "--", "-", "None"]
    with pytest.raises(WrongInput, match="table: give what continuation"):
        branch_diagram(table[["r", "x"]])
    with pytest.raises(WrongInput, match="outputs: 'y' is not in the table"):
        branch_diagram(table, outputs=["y"])
