"""Exact derivatives of a step by inputs: the same stages, differentiated, with the factors that the step has already.

Row i of a table of slopes holds d(state i)/d(input) for every input, whole rows of lanes.
"""

from __future__ import annotations

from collections.abc import Sequence

from exokinetics.integrators.driving.body import Body, Shape
from exokinetics.integrators.driving.slopes import size_of, table
from exokinetics.integrators.rodas5p.tableau import DENSE, GAMMA, NODES, STAGES, TIME_WEIGHTS, A, C
from exokinetics.machine import ir
from exokinetics.machine.code import Integer, Number, Numbers


def write_slopes(module: ir.Module, shape: Shape) -> ir.Function:
    """The slopes behind a step that the states allow: stages in `slope_stages`, new values in `new_slopes`."""
    f = Body(module, shape, "slopes")
    for stage in range(STAGES):
        _stage(f, stage)
    new, last = table(f, "new_slopes"), _stages(f)[STAGES - 1]
    with f.code.loop(size_of(f), f.vector) as row:
        new[row] = new[row] + last[row]
    return f.code.finish()


def _stage(f: Body, stage: int) -> None:
    """Slopes at the stage stand in `new_slopes`."""
    code, vector = f.code, f.vector
    x, at, k = f.several("x", "stage_x", "k")
    ks = [k.past(f["padded"] * index) for index in range(STAGES)]
    with code.loop(f["padded"], vector) as row:
        at[row] = _combined(f, x[row], A[stage], ks, row)
    slopes, here, stages = table(f, "slopes"), table(f, "new_slopes"), _stages(f)
    right, inverse = stages[stage], f.numbers("g")[0] * GAMMA
    per_step = [inverse * c for c in C[stage]]
    with code.loop(size_of(f), vector) as row:
        here[row] = _combined(f, slopes[row], A[stage], stages, row)
        right[row] = _combined(f, code.number(0.0, vector), per_step, stages, row)
    time, values = f.numbers("stage_time"), f.numbers("entry")
    _set_time(f, stage)
    f.kernel("moved_kernel", time, f.numbers("stage_x"), f.numbers("tangent_p"), values)
    _add(f, "moved", values, here, right)
    direction, own = f.numbers("direction"), f.numbers("k").past(f["padded"] * stage)
    with code.loop(f["states"]) as state:
        direction[state] = own[state]
    direction[f["states"]] = f.numbers("step")[0] * TIME_WEIGHTS[stage]
    _set_time(f, 0)
    f.kernel("bent_kernel", time, f.numbers("x"), f.numbers("tangent_p"), direction, values)
    _add(f, "bent", values, slopes, right)
    f.kernel("solve_kernel", f.numbers("lu"), right, f.numbers("column_count"))


def _set_time(f: Body, stage: int) -> None:
    if f.in_time:
        t = f.numbers("t")[0] + f.numbers("step")[0] * NODES[stage]
        f.numbers("stage_time")[0] = t.larger(f.numbers("first_time")[0]).smaller(f.numbers("last_time")[0])


def _combined(
    f: Body, first: Number, weights: Sequence[float | Number], tables: list[Numbers], row: Integer
) -> Number:  # fmt: skip
    total = first
    for weight, each in zip(weights, tables, strict=False):
        total = f.code.multiply_add(each[row], weight, total)
    return total


def _add(f: Body, name: str, values: Numbers, source: Numbers, target: Numbers) -> None:
    """target += derivatives by states times source, and the derivatives by inputs, each in its own column."""
    code, columns = f.code, f["padded_columns"]
    row, column = f.integers(f"{name}_row"), f.integers(f"{name}_column")
    with code.loop(f[f"{name}_by_state"]) as entry:
        value = code.number(values[entry], f.vector)
        here, there = row[entry] * columns, column[entry] * columns
        with code.loop(columns, f.vector) as j:
            target[here + j] = code.multiply_add(value, source[there + j], target[here + j])
    single, direct = target.by(1), values.past(f[f"{name}_by_state"])
    input_row, input_column = f.integers(f"{name}_input_row"), f.integers(f"{name}_input_column")
    with code.loop(f[f"{name}_by_input"]) as entry:
        place = input_row[entry] * columns + input_column[entry]
        single[place] = single[place] + direct[entry]


def error_of_slopes(f: Body) -> Number:
    """The weighted mean square of the errors of the slopes by one input, the largest; weighed as states over inputs."""
    code, vector, columns = f.code, f.vector, f["padded_columns"]
    old, new, last = table(f, "slopes"), table(f, "new_slopes"), _stages(f)[STAGES - 1]
    sums, weight, tolerance = f.numbers("column_error"), f.numbers("column_weight"), f.numbers("tolerance")
    sums, weight = sums.by(vector), weight.by(vector)
    share = f.setting("slope_share")
    rtol = code.number(f.setting("rtol") * share, vector)
    with code.loop(columns, vector) as j:
        sums[j] = code.number(0.0, vector)
    with code.loop(f["states"]) as state:
        loose = code.number(tolerance[state] * share, vector)
        with code.loop(columns, vector) as j:
            place = state * columns + j
            scale = code.multiply_add(old[place].absolute().larger(new[place].absolute()), rtol, loose * weight[j])
            error = last[place] / scale
            sums[j] = code.multiply_add(error, error, sums[j])
    single, worst = f.numbers("column_error"), f.numbers("entry")
    worst[0] = 0.0
    with code.loop(columns) as j:
        worst[0] = worst[0].larger(single[j])
    return worst[0] / f.real("states").larger(1.0)


def slopes_within(f: Body, share: Number) -> None:
    """The slopes inside the step, to `slope_out`."""
    code, vector = f.code, f.vector
    old, new, out = table(f, "slopes"), table(f, "new_slopes"), table(f, "slope_out")
    rest = 1.0 - share
    both = share * rest
    weights = [code.number(both * (a + share * (b + share * c)), vector) for a, b, c in zip(*DENSE, strict=True)]
    whole, remaining = code.number(share, vector), code.number(rest, vector)
    with code.loop(size_of(f), vector) as row:
        value = code.multiply_add(whole, new[row], remaining * old[row])
        out[row] = _combined(f, value, weights, _stages(f), row)


def _stages(f: Body) -> list[Numbers]:
    stages = table(f, "slope_stages")
    return [stages.past(size_of(f) * index) for index in range(STAGES)]
