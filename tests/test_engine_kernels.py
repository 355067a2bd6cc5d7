"""Machine code of expressions and of eliminations, against Python and against numpy."""

import ctypes
import math

import numpy as np
import pytest
from expression_oracle import PLACES, positive_expressions
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small_models import small_model

from exokinetics import simulate
from exokinetics.compiler import machine_code
from exokinetics.compiler.compiled import kernels_of
from exokinetics.compiler.hoisting import derived_symbol, hoisted
from exokinetics.compiler.sparse import elimination
from exokinetics.compiler.tables import eliminate_by_table, solve_by_table
from exokinetics.expressions.code import build_function
from exokinetics.expressions.functions import FUNCTIONS
from exokinetics.expressions.graph import ONE, call, logic, piecewise, power, rebuild, relation, symbol, topological
from exokinetics.machine import ir
from exokinetics.machine.code import Code
from exokinetics.machine.host import compiled, host, load

STATES = ("x", "y", "z")


class Compiled:
    """Some expressions over x, y, z as the rates of a system, called as the integrator calls them."""

    def __init__(self, nodes, lanes):
        self.lanes, self.nodes = lanes, list(nodes)
        states = [*STATES, *(f"more{index}" for index in range(len(self.nodes) - len(STATES)))]
        rates = [*self.nodes, *[symbol("x")] * (len(states) - len(self.nodes))]
        self.kernels = kernels_of(states, (), rates, [ONE] * len(states), [], [], lanes)
        self.size = len(states)

    def __call__(self, values):
        """`values` (points, 3): one result (points, expressions)."""
        values = np.atleast_2d(np.asarray(values, float))
        found = np.empty((len(values), len(self.nodes)))
        x, out = np.zeros((self.size, self.lanes)), np.zeros((self.size, self.lanes))
        t, inputs, scratch = np.zeros(self.lanes), np.zeros((max(self.kernels.rows, 1), self.lanes)), np.zeros_like(x)
        rates, start = self._callable(self.kernels.rates, 4), self._callable(self.kernels.start, 2)
        for first in range(0, len(values), self.lanes):
            some = values[first : first + self.lanes]
            x[: len(STATES), : len(some)] = some.T
            start(*(each.ctypes.data for each in (inputs, scratch)))
            rates(*(each.ctypes.data for each in (t, x, inputs, out)))
            found[first : first + len(some)] = out[: len(self.nodes), : len(some)].T
        return found

    @staticmethod
    def _callable(address, count):
        return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * count)(address)


def by_python(nodes, point):
    """Each value alone, nan where Python refuses."""
    found = []
    for node in nodes:
        try:
            value = build_function([node], {"t": "time", "x": STATES})(0.0, [float(each) for each in point])[0]
            found.append(float(value) if not isinstance(value, complex) else math.nan)
        except (ArithmeticError, ValueError, TypeError):
            found.append(math.nan)
    return np.array(found)


def close(found, wanted, ulps, label):
    """Equal, both not a number, or so many units in the last place apart; where Python refuses, anything not finite."""
    for one_found, one_wanted in zip(np.ravel(found), np.ravel(wanted), strict=True):
        if math.isnan(one_wanted):
            assert not math.isfinite(one_found), label
        elif math.isinf(one_wanted) or one_wanted == 0:
            assert one_found == one_wanted or abs(one_found) < 1e-300, (label, one_found, one_wanted)
        else:
            assert abs(one_found - one_wanted) <= ulps * np.spacing(abs(one_wanted)), (label, one_found, one_wanted)


SPECIAL = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 5e-324, 1e-310, 1e300, -1e300, 0.5, 2.0, -3.0, 710.0]
SPECIAL += [-746.0, 1.0000000000000002, 0.9999999999999999]


@pytest.mark.parametrize("lanes", [1, 8])
@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_gives_what_python_gives(name, lanes):
    function = FUNCTIONS[name]
    low, high = (max(function.domain[0], -30.0), min(function.domain[1], 30.0))
    random = np.random.default_rng(3)
    points = random.uniform(low, high, (64, 3))
    if function.arity > 1:  # hill: exponents as they occur
        points[:, 2] = random.uniform(1, 8, 64)
    node = call(name, *map(symbol, STATES[: function.arity]))
    found = Compiled([node], lanes)(points)[:, 0]
    wanted = np.array([by_python([node], point)[0] for point in points])
    # ours are within 1 ulp of the truth and so is the C library; Hill takes a logarithm of x/K to a power up to 8,
    # whose rounding the exponential magnifies by up to 8 log(900) = 54
    close(found, wanted, 200 if name == "hill" else 2, name)


@pytest.mark.parametrize("lanes", [1, 8])
@pytest.mark.parametrize("name", sorted(name for name, function in FUNCTIONS.items() if function.arity == 1))
def test_every_function_of_special_numbers(name, lanes):
    node = call(name, symbol("x"))
    points = np.array([[value, 1.0, 1.0] for value in SPECIAL])
    found = Compiled([node], lanes)(points)[:, 0]
    for value, result in zip(SPECIAL, found, strict=True):
        if math.isnan(value):
            assert math.isnan(result)
            continue
        with np.errstate(all="ignore"):
            wanted = float(getattr(np, FUNCTIONS[name].array)(value))
        close([result], [wanted], 2, (name, value))


@pytest.mark.parametrize("lanes", [1, 8])
def test_every_operator_gives_what_python_gives(lanes):
    x, y, z = map(symbol, STATES)
    nodes = [
        x + y + z, x - y, -x, x * y * z, -x * y, x / y, 1.0 / x, x / (y * z), -1.0 / x, x * y / z / (x + y),
        2.0 * x - 3.0 * y,
        *(power(x, exponent) for exponent in (-17.0, -3.0, -2.0, -1.0, -0.5, 0.5, 1.5, 2.0, 3.0, 7.0, 16.0, 17.0, 2.7)),
        power(x, y), power(1.0 / x, y), x**y * z**-2.0, x / power(y, 0.5),
        *(piecewise(x, relation(sign, y, z), y) for sign in ("<", "<=", ">", ">=", "==", "!=")),
        piecewise(x, logic("and", x < y, y < z), z), piecewise(x, logic("or", x < y, y < z), z),
        piecewise(x, logic("not", x < y), z), piecewise(x, x < y, piecewise(y, y < z, z)),
    ]  # fmt: skip
    random = np.random.default_rng(5)
    points = np.concatenate([random.uniform(0.05, 8, (40, 3)), random.integers(1, 3, (24, 3))])
    found, names = Compiled(nodes, lanes)(points), [str(node) for node in nodes]
    for row, point in zip(found, points, strict=True):
        for label, value, wanted in zip(names, row, by_python(nodes, point), strict=True):
            # each operation rounds once; powers by squaring up to 5 times, each doubling what was; sums cancel
            assert value == pytest.approx(wanted, rel=1e-14, abs=1e-14), (label, point)


def in_python(nodes):
    """With the functions that machine code alone has as Python has them."""
    new = {}
    for node in topological(nodes):
        args = [new[child] for child in node.args]
        if node.payload == "quick_exp2":
            new[node] = call("exp", args[0] * math.log(2.0))
        elif node.payload == "quick_log2":
            new[node] = call("log2", args[0])
        else:
            new[node] = rebuild(node, args)
    return [new[node] for node in nodes]


@settings(max_examples=30)
@given(st.lists(positive_expressions, min_size=1, max_size=4), st.sets(st.sampled_from(sorted(PLACES))))
def test_hoisting_changes_no_value(nodes, inputs):
    """Whatever is worked out ahead of time, over any part of the symbols: the same but for the order of roundings."""
    assume(any(node.symbols for node in nodes))
    new, derived = hoisted(nodes, inputs)
    new = in_python(new)
    layout = {"t": "time", "x": sorted(PLACES)}
    values = [PLACES[name] for name in sorted(PLACES)]
    try:
        wanted = build_function(nodes, layout)(0.0, values)
        ahead = build_function(derived, layout)(0.0, values)
    except (ArithmeticError, ValueError):
        assume(False)
    names = [derived_symbol(index) for index in range(len(derived))]
    found = build_function(new, {**layout, "d": names})(0.0, values, ahead)
    for node in derived:
        assert node.symbols <= inputs
    # positive terms do not cancel; Hill by logarithms, to a power up to 2 of numbers up to 1e6 or so
    np.testing.assert_allclose(found, wanted, rtol=1e-11)


# --- elimination ------------------------------------------------------------------------------------------------------


def factorise_and_solve(matrix, right, entries, lanes, unrolled):
    """With machine code of its own, written out or by tables."""
    size, plan = len(right), elimination(len(right), entries)
    module = ir.Module("elimination")
    code = Code(module, "work", 4, fused=host().fused)
    g, lu, rhs, sound = (code.numbers(index, lanes) for index in range(4))
    if unrolled:
        writer = machine_code.Writer(None, plan, lanes, fused=host().fused)
        writer._eliminate(code, {}, g, lu, sound)
        values = [rhs[index * lanes] for index in range(size)]
        writer._solve(code, values, lu)
        for index, value in enumerate(values):
            rhs[index * lanes] = value
    else:
        eliminate_by_table(code, plan, lanes, g, lu, sound)
        solve_by_table(code, plan, lanes, lu, rhs)
    code.finish()
    loaded = load(compiled(str(module)), ["work"])
    places = np.zeros((len(plan.places), lanes))
    for (row, column), place in plan.places.items():
        places[place] = matrix[row, column]
    memory = [np.ones(lanes), places, np.repeat(right[:, None], lanes, axis=1).copy(), np.zeros(lanes)]
    ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)(loaded.address("work"))(*(each.ctypes.data for each in memory))
    return memory[2], memory[3]


@st.composite
def sparse_matrices(draw):
    size = draw(st.integers(1, 14))
    places = draw(st.sets(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=3 * size))
    seed = draw(st.integers(0, 2**32 - 1))
    return size, sorted(places), seed


@settings(max_examples=25)
@given(sparse_matrices(), st.sampled_from([1, 8]))
def test_eliminations_written_out_and_by_tables_solve_as_numpy_does(drawn, lanes):
    size, entries, seed = drawn
    random = np.random.default_rng(seed)
    matrix = np.zeros((size, size))
    for row, column in entries:
        matrix[row, column] = random.normal()
    matrix[np.diag_indices(size)] = np.abs(matrix).sum(axis=1) + random.uniform(0.5, 2, size)  # so no pivot is small
    right = random.normal(size=size)
    wanted = np.linalg.solve(matrix, right)
    results = [factorise_and_solve(matrix, right, entries, lanes, unrolled) for unrolled in (True, False)]
    for solution, sound in results:
        assert (sound == 1.0).all()
        # the condition of such a matrix is below some 1e2, times the unit roundoff and the size
        np.testing.assert_allclose(
            solution, np.repeat(wanted[:, None], lanes, axis=1), rtol=0, atol=1e-12 * np.abs(right).max()
        )
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("unrolled", [True, False], ids=["written out", "by tables"])
@pytest.mark.parametrize("bad", [0.0, 1e-12, -1e-11, math.nan, math.inf])
def test_a_pivot_that_is_no_good_is_told(bad, unrolled):
    matrix = np.array([[bad, 1.0], [1.0, 2.0]])
    _, sound = factorise_and_solve(matrix, np.ones(2), [(0, 1), (1, 0)], 1, unrolled)
    assert sound.tolist() == [0.0]


def network(count):
    """A chain of decays with feedback from the end to the start and saturation in between."""
    reactions = {}
    for index in range(count):
        change = {f"x{index}": -1} | ({f"x{index + 1}": 1} if index + 1 < count else {})
        reactions[f"r{index}"] = (f"k*x{index}" if index % 3 else f"k*x{index}/(1 + x{index})", change)
    reactions["feed"] = (f"k/(1 + x{count - 1})", {"x0": 1})
    return small_model(
        {f"x{index}": 1.0 if index % 5 == 0 else 0.0 for index in range(count)}, {"k": "1 1/hour"}, reactions
    )


@pytest.mark.parametrize("count", [30, 300])
def test_a_long_chain(count):
    model, times = network(count), np.array([0.5, 5.0, 50.0])
    found = simulate(model, times, method="rodas5p", rtol=1e-8, strict=True)
    truth = simulate(model, times, method="lsoda", rtol=1e-10, atol=1e-13, strict=True)
    np.testing.assert_allclose(found.table, truth.table, rtol=0, atol=3e-7)  # of states up to 1: errors of 1e-8 add up


def test_tables_and_written_out_code_give_the_same_trajectory(monkeypatch):
    """With no multiplication written out; without stored code, whose key does not know of the change."""
    from exokinetics.machine import store

    def trajectory():
        monkeypatch.setenv(store.VARIABLE, "off")
        monkeypatch.setattr(store, "_memory", {})
        return simulate(network(12), np.linspace(0, 20, 9), method="rodas5p", strict=True)

    usual = trajectory()
    monkeypatch.setattr(machine_code, "UNROLLED", -1)
    tables = trajectory()
    assert usual.statistics["steps"] == tables.statistics["steps"]
    np.testing.assert_allclose(tables.table, usual.table, rtol=1e-9, atol=1e-12)  # the same steps, rounded otherwise
