"""Backward differences of the states: what the last steps say of the next one.

The rows of `x` hold the differences of the orders 0 (the states) to 7, at distances of `spacing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exokinetics.integrators.driving.body import Body
from exokinetics.integrators.ndf.coefficients import ALPHA, GAMMA, ORDERS, signed_binomial
from exokinetics.machine.code import Integer, Number, Numbers

ROWS = ORDERS + 3


def by_order(f: Body, values: Sequence[float]) -> Number:
    """One of the values, of which the first belongs to order 0."""
    order = f.numbers("order")[0]
    chosen = f.code.number(values[1], f.lanes)
    for each in range(2, len(values)):
        chosen = order.same(float(each)).choose(values[each], chosen)
    return chosen


def for_each_order(f: Body) -> Iterator[int]:
    """The orders; what is written for one is run at that order."""
    order = f.numbers("order")[0]
    for each in range(1, ORDERS + 1):
        with f.code.when(order.same(float(each)).bits().nonzero()):
            yield each


def size_of(f: Body) -> Integer:
    """The numbers in one row of all states."""
    return f["padded"] * f.lanes


def differences(f: Body) -> list[Numbers]:
    """The differences by order."""
    x = f.numbers("x").by(f.vector)
    return [x.past(size_of(f) * order) for order in range(ROWS)]


def begin_differences(f: Body) -> None:
    """At a stop: nothing is known but the rates, in `y`, so the first step is of order 1."""
    h = f.numbers("h")[0]
    y, inflow = f.several("y", "input")
    slope, length = differences(f)[1], f.code.number(h, f.vector)
    with f.code.loop(size_of(f), f.vector) as row:
        slope[row] = (y[row] + inflow[row]) * length
    known: dict[str, Number | float] = {
        "order": 1.0, "equal": 0.0, "spacing": h, "factored": 0.0, "age": 0.0, "calm": 1.0,
    }  # fmt: skip
    for name, value in known.items():
        f.numbers(name)[0] = value


def respace(f: Body, step: Number) -> None:
    """The differences at another distance: those of the polynomial that runs through the old ones."""
    spacing = f.numbers("spacing")
    with f.code.when((step.same(spacing[0])).bits().compare("==", 0)):
        weights = _weights(f, step / spacing[0])
        rows = differences(f)
        for order in for_each_order(f):
            with f.code.loop(size_of(f), f.vector) as row:
                old = [each[row] for each in rows[: order + 1]]
                for j in range(1, order + 1):
                    total = old[j] * weights[j, j]
                    for i in range(j + 1, order + 1):
                        total = f.code.multiply_add(old[i], weights[i, j], total)
                    rows[j][row] = total
        spacing[0], f.numbers("equal")[0] = step, 0.0


def _weights(f: Body, factor: Number) -> dict[tuple[int, int], Number]:
    """(i, j): the share of the old difference of order i in the new one of order j, for distances times `factor`.

    The old polynomial is sum_i D_i prod_l (s + l - 1)/l at the time s old distances after the last one.
    """
    code = f.code
    products: dict[tuple[int, int], Number] = {}
    for m in range(1, ORDERS + 1):
        product = code.number(1.0, f.lanes)
        for i in range(1, ORDERS + 1):
            product = product * code.multiply_add(factor, -m / i, (i - 1.0) / i)
            products[i, m] = product
    weights = {}
    for j in range(1, ORDERS + 1):
        for i in range(j, ORDERS + 1):
            total = products[i, 1] * signed_binomial(1, j)
            for m in range(2, j + 1):
                total = code.multiply_add(products[i, m], signed_binomial(m, j), total)
            weights[i, j] = code.number(total, f.vector)
    return weights


def predict(f: Body) -> None:
    """The state that the differences lead to, its weights in a norm, and what Newton's method begins with."""
    code, vector = f.code, f.vector
    y, added, inflow, history, correction, weight, tolerance = f.several(
        "y", "added", "input", "history", "correction", "weight", "tolerance"
    )
    rows, g, strictness = differences(f), code.number(f.numbers("g")[0], vector), f.setting("strictness")
    strictness = code.number(strictness, vector)
    rtol, zero = code.number(f.setting("rtol"), vector), code.number(0.0, vector)
    for order in for_each_order(f):
        with code.loop(size_of(f), vector) as row:
            state = rows[0][row]
            predicted, past = state, zero
            for j in range(1, order + 1):
                difference = rows[j][row]
                predicted = predicted + difference
                past = code.multiply_add(difference, GAMMA[j] / ALPHA[order], past)
            size = state.absolute().larger(predicted.absolute())
            y[row], history[row], correction[row] = predicted, past, zero
            weight[row] = strictness / code.multiply_add(size, rtol, tolerance[row])
            added[row] = inflow[row] - g * past


def advance(f: Body) -> None:
    """The differences at the new state; and sums of squares of those that tell the error of the neighbouring orders."""
    code, vector = f.code, f.vector
    correction, weight, sums = f.several("correction", "weight", "sums")
    rows = differences(f)
    lower, higher = 2 * vector, 3 * vector
    sums[lower] = sums[higher] = 0.0
    for order in for_each_order(f):
        with code.loop(size_of(f), vector) as row:
            total, unit = correction[row], weight[row]
            bent = total - rows[order + 1][row]
            rows[order + 1][row], rows[order + 2][row] = total, bent
            for j in range(order, -1, -1):
                total = total + rows[j][row]
                rows[j][row] = total
                if j == order:
                    error = total * unit
                    sums[lower] = code.multiply_add(error, error, sums[lower])
            error = bent * unit
            sums[higher] = code.multiply_add(error, error, sums[higher])


def within(f: Body, time: Number) -> None:
    """The states at a time inside the step that ends now, to `row_out`."""
    code, vector = f.code, f.vector
    rows, out = differences(f), f.numbers("row_out").by(vector)
    share = (time - f.numbers("t")[0]) / f.numbers("spacing")[0]
    product, weights = code.number(1.0, f.lanes), []
    for j in range(1, ORDERS + 1):
        product = product * ((share + (j - 1.0)) * (1.0 / j))
        weights.append(code.number(product, vector))
    for order in for_each_order(f):
        with code.loop(size_of(f), vector) as row:
            value = rows[order][row] * weights[order - 1]
            for j in range(order - 1, 0, -1):
                value = code.multiply_add(rows[j][row], weights[j - 1], value)
            out[row] = value + rows[0][row]
