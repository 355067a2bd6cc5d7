"""Exact derivatives of a step by inputs: the same stages, differentiated, with the factors that the step has already.

They take most of the time of a run. So the slopes of one set by several inputs stand side by side in a register, and
the derivatives of the rates, which all inputs share, are worked out for a row of points together: `driving.slopes`.
"""

from __future__ import annotations

from collections.abc import Sequence

from exokinetics.integrators.driving.body import Body, Shape
from exokinetics.integrators.driving.slopes import COLUMNS, size_of, slopes_of, table_size
from exokinetics.integrators.rodas5p.tableau import DENSE, GAMMA, NODES, STAGES, TIME_WEIGHTS, A, C
from exokinetics.machine import ir
from exokinetics.machine.code import Integer, Mask, Number, Numbers

KINDS = ("moved", "bent")  # derivatives of the rates, and of the Jacobian times the stage


def write_slopes(module: ir.Module, shape: Shape) -> ir.Function:
    """In the lanes of `stepped`: the slopes behind the step, to `new_slopes`, and the square of their error."""
    one = _write_lane(module, shape)
    f = Body(module, shape, "slopes")
    _derivatives(f)
    with f.code.lanes(f.mask("stepped").bits(), f.lanes) as lane:
        f.integers("slope_lane")[0] = lane
        f.code.call(one, f.context)
    return f.code.finish()


def _derivatives(f: Body) -> None:
    """Of every stage, to `moved_values` and `bent_values`: row by row of points."""
    code, lanes, points, states = f.code, f.lanes, f.points, f["states"]
    x, start, full = f.numbers("x"), f.numbers("start_x").by(points), f.numbers("tangent_p")
    with code.loop(states) as state:
        start[state * points] = code.number(x[state * lanes], points)
    f.numbers("start_t").by(points)[0] = code.number(_time(f, 0), points)
    for stage in range(STAGES):
        _points(f, stage)
    for group in range(STAGES * lanes // points):
        at, along = f.numbers("stage_x").past(states * (group * points)), f.numbers("stage_v")
        along, time = along.past((states + 1) * (group * points)), f.numbers("stage_t").past(group * points)
        moved, bent = (f.numbers(f"{kind}_values").past(_entries(f, kind) * (group * points)) for kind in KINDS)
        f.kernel("moved_kernel", time, at, full, moved)
        f.kernel("bent_kernel", f.numbers("start_t"), f.numbers("start_x"), full, along, bent)


def _points(f: Body, stage: int) -> None:
    """Where the stage stands, and the direction that it adds, whose last component is that of time."""
    code, lanes, states, points = f.code, f.lanes, f["states"], f.points
    group, place = divmod(stage * lanes, points)
    x, k = f.numbers("x"), f.numbers("k")
    ks = [k.past(f["padded"] * (lanes * index)) for index in range(STAGES)]
    at, along = (
        f.numbers(name).past(size * (group * points) + place)
        for name, size in (("stage_x", states), ("stage_v", states + 1))
    )  # fmt: skip
    with code.loop(states) as state:
        row = state * lanes
        at[state * points] = _combined(f, x[row], A[stage], ks, row)
        along[state * points] = ks[stage][row]
    along[states * points] = f.numbers("step")[0] * TIME_WEIGHTS[stage]
    f.numbers("stage_t").past(group * points + place)[0] = _time(f, stage)


def _time(f: Body, stage: int) -> Number:
    if not f.in_time:
        return f.numbers("t")[0]
    t = f.numbers("t")[0] + f.numbers("step")[0] * NODES[stage]
    return t.larger(f.numbers("first_time")[0]).smaller(f.numbers("last_time")[0])


def _entries(f: Body, kind: str) -> Integer:
    return f[f"{kind}_by_state"] + f["by_input"]


def _combined(
    f: Body, first: Number, weights: Sequence[float | Number], tables: list[Numbers], row: Integer
) -> Number:  # fmt: skip
    return _sum(f, first, weights, [each[row] for each in tables[: len(weights)]])


def _sum(f: Body, first: Number, weights: Sequence[float | Number], numbers: list[Number]) -> Number:
    total = first
    for weight, each in zip(weights, numbers, strict=True):
        total = f.code.multiply_add(each, weight, total)
    return total


def _write_lane(module: ir.Module, shape: Shape) -> ir.Function:
    """All stages of one table after the other, in the lane that `slope_lane` names."""
    f = Body(module, shape, "slopes_of_lane")
    lane, size = f.integers("slope_lane")[0], table_size(f)
    for stage in range(STAGES):
        _direct(f, stage, lane)
    new, last = slopes_of(f, "new_slopes", lane), _stages(f, lane)[STAGES - 1]
    with f.code.loop(f["tables"]) as table:
        for stage in range(STAGES):
            _stage(f, stage, lane, table * size)
        here, end = new.past(table * size), last.past(table * size)
        with f.code.loop(size, COLUMNS) as row:
            here[row] = here[row] + end[row]
    f.numbers("slope_error").by(1)[lane] = _error(f, lane)
    return f.code.finish()


def _values(f: Body, kind: str, stage: int, lane: Integer) -> Numbers:
    """The derivatives at a stage of a lane, each as many numbers apart as there are points."""
    group, place = divmod(stage * f.lanes, f.points)
    return f.numbers(f"{kind}_values").by(1).past(_entries(f, kind) * (group * f.points) + place + lane)


def _direct(f: Body, stage: int, lane: Integer) -> None:
    """What inputs change by themselves, each in its own column; elsewhere there are zeros for ever."""
    code, points, target = f.code, f.points, f.numbers("slope_direct").by(1).past(size_of(f) * stage)
    moved, bent = (_values(f, kind, stage, lane).past(f[f"{kind}_by_state"] * points) for kind in KINDS)
    place = f.integers("input_place")
    with code.loop(f["by_input"]) as entry:
        target[place[entry]] = moved[entry * points] + bent[entry * points]


def _stage(f: Body, stage: int, lane: Integer, first: Integer) -> None:
    """One stage of one table, which begins at `first`; slopes at all stages but the first stand in `new_slopes`."""
    code = f.code
    slopes, here = (slopes_of(f, name, lane).past(first) for name in ("slopes", "new_slopes"))
    stages = [each.past(first) for each in _stages(f, lane)[: stage + 1]]
    direct = f.numbers("slope_direct").past(size_of(f) * stage + first)
    inverse = f.numbers("g").by(1)[lane] * GAMMA
    per_step = [code.number(inverse * c, COLUMNS) for c in C[stage]]
    with code.loop(table_size(f), COLUMNS) as row:
        earlier = [each[row] for each in stages[:stage]]
        if stage > 5:  # the last stages go on from the one before
            here[row] = here[row] + earlier[-1]
        elif stage:
            here[row] = _sum(f, slopes[row], A[stage], earlier)
        stages[stage][row] = _sum(f, code.number(0.0, COLUMNS), per_step, earlier)
    moved, bent = (_values(f, kind, stage, lane) for kind in KINDS)
    at = here if stage else slopes
    lu = f.numbers("lu").by(1).past(lane)
    f.kernel("advance_kernel", lu, moved, bent, at, slopes, direct, stages[stage])


def _error(f: Body, lane: Integer) -> Number:
    """The weighted mean square of the errors of the slopes by one input, the largest; weighed as states over inputs.

    Slopes that may be rougher than states are also allowed an error that is a share of the state: where terms cancel,
    what is left of a slope is rounding, which no shorter step lessens.
    """
    code, columns, states, width = f.code, f["tables"] * f["width"], f["states"], f["width"]
    old, new, last = (*(slopes_of(f, n, lane) for n in ("slopes", "new_slopes")), _stages(f, lane)[STAGES - 1])
    weights = f.numbers("column_weight").by(COLUMNS).past(f.integers("lane_set")[lane] * columns)
    sums, tolerance = f.numbers("column_error").by(COLUMNS), f.numbers("tolerance").by(1).past(lane)
    share = f.setting("slope_share")
    rtol = code.number(f.setting("rtol") * share, COLUMNS)
    x, floor = f.numbers("x").by(1).past(lane), f.setting("slope_floor")
    with code.loop(columns, COLUMNS) as j:
        sums[j] = code.number(0.0, COLUMNS)
    with code.loop(f["tables"]) as table, code.loop(states) as state:
        allowed = code.multiply_add(x[state * f.lanes].absolute(), floor, tolerance[state * f.lanes] * share)
        loose = code.number(allowed, COLUMNS)
        with code.loop(width, COLUMNS) as j:
            place, column = (table * states + state) * width + j, table * width + j
            size = old[place].absolute().larger(new[place].absolute())
            error = last[place] / code.multiply_add(size, rtol, loose * weights[column])
            sums[column] = code.multiply_add(error, error, sums[column])
    single, worst = sums.by(1), f.numbers("slope_error").by(1).past(lane)
    worst[0] = 0.0
    with code.loop(f["columns"]) as j:
        worst[0] = worst[0].larger(single[j])
    return worst[0] / f.real("states").larger(1.0)


def error_with_slopes(f: Body, square: Number, possible: Mask, slopes: ir.Function) -> Number:
    """The larger one of the errors of states and of slopes, which are worked out where the states allow the step."""
    kept, stepped, found = f.numbers("scratch"), f.numbers("stepped"), f.numbers("slope_error")
    kept[0] = square
    stepped[0] = (possible & (square <= 1.0)).choose(1.0, 0.0)
    with f.code.when(f.mask("stepped").bits().nonzero()):
        f.code.call(slopes, f.context)
        # slopes run out of numbers long before states that grow to infinity do, and are not to hold them back
        counts = f.mask("stepped") & (found[0] < float("inf"))
        kept[0] = counts.choose(found[0].larger(square), square)
    return kept[0]


def slopes_within(f: Body) -> None:
    """In the lanes of `emit`: the slopes inside the step, to `slope_out`."""
    code = f.code
    time, t, step = (f.numbers(name).by(1) for name in ("out_time", "t", "step"))
    with code.lanes(f.mask("emit").bits(), f.lanes) as lane:
        old, new, out = (slopes_of(f, name, lane) for name in ("slopes", "new_slopes", "slope_out"))
        share = (time[lane] - t[lane]) / step[lane]
        rest = 1.0 - share
        both, stages = share * rest, _stages(f, lane)
        weights = [code.number(both * (a + share * (b + share * c)), COLUMNS) for a, b, c in zip(*DENSE, strict=True)]
        whole, remaining = code.number(share, COLUMNS), code.number(rest, COLUMNS)
        with code.loop(size_of(f), COLUMNS) as row:
            value = code.multiply_add(whole, new[row], remaining * old[row])
            out[row] = _combined(f, value, weights, stages, row)


def _stages(f: Body, lane: Integer) -> list[Numbers]:
    size = size_of(f)
    stages = f.numbers("slope_stages").by(COLUMNS).past(lane * size * STAGES)
    return [stages.past(size * index) for index in range(STAGES)]
