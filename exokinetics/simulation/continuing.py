"""`continuation`: every steady state of a model along one parameter, with folds, stability and hysteresis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from exokinetics.compiler import System, system_of
from exokinetics.compiler.constraints import require_unconstrained
from exokinetics.errors import WorkFailed, WrongInput, did_you_mean
from exokinetics.integrators import Array
from exokinetics.model.whole import Model
from exokinetics.simulation.curves import SAME, Curve, Point, curve_across, curve_through
from exokinetics.simulation.requests import (
    as_model,
    initial_overrides,
    input_vector,
    names_of,
    output_names,
    tolerances,
)
from exokinetics.simulation.resting import held_places
from exokinetics.simulation.steady import steady_states
from exokinetics.simulation.steady_equations import Lost, SteadyEquations
from exokinetics.units import magnitude

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

COLUMNS = ("branch", "point", "stable", "kind")
MOST_BRANCHES = 30
FLOOR = 1e-6  # of the size of a state: what is nothing beside it
SIGNED_FLOOR = 0.1  # the same for a state that may pass through zero
NARROW = 1e-8  # of the range of the parameter: what overlaps by less only touches, as where two branches cross
OWN_SCALE = 1e9  # of the absolute tolerance at a relative one of 1e-6: the scale of the species


def continuation(
    model: Model | str | Path,
    parameter: str,
    *,
    low: Any,
    high: Any,
    values: Mapping[str, Any] | None = None,
    hold: Iterable[str] = (),
    outputs: Iterable[str] | None = None,
    points: int = 100,
    starts: Iterable[Mapping[str, Any]] = (),
) -> pandas.DataFrame:
    """The branches of steady states between two values of a parameter, unstable ones included, with their folds.

    `parameter`: the id of a parameter, or `initial:<species>` of a species that is held or part of a conserved total.
    `low`, `high`: numbers or texts with unit; above 0 the branches are followed in log10 of the parameter. `values` as
    in `simulate`, `hold` as in `steady_state`; conserved totals stay those of the initial state. Each branch has at
    least `points` points per passage through the range, more where states change much.

    One row per point, in order along each branch: `branch` (1, 2, ...), `point`, the parameter, `stable`, `kind` and
    the outputs. `kind` is "", or "fold" (where a branch turns back), "hopf" (where an oscillation begins or ends),
    "branch" (where two branches cross) or "end"; at the first three `stable` is false. `attrs` hold `bistable`, the
    ranges (low, high) of the parameter in which there are two or more stable states; `ends`, for each branch why it
    ends on either side (the range, a species that would become negative, a rate that is not smooth); `notes` on starts
    from which none was reached; `title`, `units` and `titles`.

    Found are the branches through the states to which the initial state leads at `low`, at `high` and in the middle,
    and those that cross them. One that is connected to none of them (an isola, or a second stable branch without a fold
    in the range) may be missed: give initial amounts that lead to it in `starts`, or widen the range. Two folds closer
    together than a step may be missed, too. Explicit time dependence is held at 0. Raises `WrongInput` for a request
    that makes no sense and `WorkFailed` where no steady state is reached at any start. Source: pseudo-arclength
    continuation after H. B. Keller, as recalled.
    """
    model = as_model(model)
    system = system_of(model)
    system.past.require_none("continuation")
    require_unconstrained(system, "continuation")
    names = _output_names(system, outputs, parameter)
    limits, inputs = _range(model, system, parameter, low, high, values)
    if isinstance(points, bool) or not isinstance(points, int) or points < 2:
        raise WrongInput(f"points: must be a whole number of at least 2, not {points!r}")
    frozen = held_places(model, names_of(hold, "hold"))
    if isinstance(starts, (str, Mapping)) or not isinstance(starts, Iterable):
        raise WrongInput(f"starts: give a list of mappings of species ids to amounts, not {starts!r}")
    others = [initial_overrides(model, given) for given in starts]
    place = system.position[parameter]
    rough = _equations(system, frozen, inputs, place, limits, *_own_scale(system, inputs))
    if not rough.moved_by_parameter():
        raise WrongInput(
            f"parameter: no steady state of {model.name} depends on {parameter}; it stands in no rate of what moves, "
            "and in no conserved total"
        )
    reached, notes = _reached(model, rough, parameter, others)
    size = np.maximum.reduce([np.abs(point[:-1]) for point in reached])
    equations = _equations(system, frozen, inputs, place, limits, np.where(size > 0.0, size, rough.size), rough.floor)
    curves = _curves(model, equations, reached, parameter, points, notes)
    return _table(model, equations, parameter, curves, names, notes)


def _output_names(system: System, outputs: Iterable[str] | None, parameter: str) -> tuple[str, ...]:
    names = output_names(system, outputs)
    for name in (parameter, *names):
        if name in COLUMNS:
            raise WrongInput(
                f"outputs: '{name}' is a column of the table already; rename it in the model or leave it out"
            )
    return names


def _range(
    model: Model, system: System, parameter: str, low: Any, high: Any, values: Mapping[str, Any] | None
) -> tuple[tuple[float, float], Array]:
    """Both ends of the range in the unit of the parameter, and the inputs of the system."""
    if not isinstance(parameter, str) or parameter not in system.position:
        hint = did_you_mean(parameter, model.whole.parameters)
        if f"initial:{parameter}" in system.position:
            hint = f"; did you mean 'initial:{parameter}'?"
        raise WrongInput(f"parameter: '{parameter}' is not a parameter of {model.name}{hint}")
    if isinstance(values, Mapping) and parameter in values:
        raise WrongInput(f"values: {parameter} is what varies; leave it out")
    found = []
    for what, given in (("low", low), ("high", high)):
        try:
            amount = magnitude(given, model.value(parameter).unit)
            if not np.isfinite(amount):
                raise WrongInput(f"{given!r} is not a finite number")
            input_vector(model, system, {parameter: amount})  # refuses what the quantity cannot be
        except WrongInput as error:
            raise WrongInput(f"{what}: {str(error).removeprefix(f'values.{parameter}: ')}") from None
        found.append(amount)
    if not found[0] < found[1]:
        raise WrongInput(f"low: must be below high, but {low!r} is not below {high!r}")
    return (found[0], found[1]), input_vector(model, system, values)


def _own_scale(system: System, inputs: Array) -> tuple[Array, Array]:
    """How large each state is as far as the initial state tells, and what is nothing beside that."""
    size = OWN_SCALE * tolerances(system, system.initial_state(inputs.tolist()), 1e-6, None)[1]
    return size, FLOOR * size


def _equations(
    system: System, frozen: Sequence[int], inputs: Array, place: int, limits: tuple[float, float], size: Array,
    floor: Array,
) -> SteadyEquations:  # fmt: skip
    floor = np.where(system.nonnegative, np.minimum(floor, FLOOR * size), SIGNED_FLOOR * size)
    return SteadyEquations(system, np.array(frozen, np.intp), inputs, place, limits, limits[0] > 0.0, size, floor)


def _reached(
    model: Model, equations: SteadyEquations, parameter: str, others: Sequence[Mapping[int, float]]
) -> tuple[list[Array], list[str]]:
    """The points of rest to which the initial states lead at both ends and in the middle, and notes on what failed."""
    low, high = equations.ends
    places = [s for s in (low, high, 0.5 * (low + high)) for _ in range(1 + len(others))]
    vectors = np.array([equations.inputs_at(s) for s in places])
    states = np.array([equations.system.initial_state(vector.tolist()) for vector in vectors])
    for index, state in enumerate(states):
        given = ({}, *others)[index % (1 + len(others))]
        state[list(given)] = list(given.values())
    atol = np.array([tolerances(equations.system, state, 1e-6, None)[1] for state in states])
    found, failures = steady_states(equations.system, vectors, states, atol, frozen=list(map(int, equations.frozen)))
    notes = [
        f"at {parameter} = {equations.value(s):.6g}: {failure}"
        for s, failure in zip(places, failures, strict=True)
        if failure
    ]
    reached = [np.append(state, s) for state, s, failure in zip(found, places, failures, strict=True) if not failure]
    if not reached:
        raise WorkFailed(f"{model.name} has no steady state to start from: {notes[0]}")
    return reached, notes


def _curves(
    model: Model, equations: SteadyEquations, reached: Sequence[Array], parameter: str, points: int, notes: list[str]
) -> list[Curve]:
    """Every curve through the points reached, and every one that crosses those."""
    curves: list[Curve] = []
    failed: list[tuple[Array, str]] = []
    for guess in reached:
        try:
            at = equations.settled(guess)
            if not _known(equations, curves, at):
                curves.append(curve_through(equations, at, points))
        except Lost as lost:
            failed.append(
                (guess, f"at {parameter} = {equations.value(float(guess[-1])):.6g}: no branch begins, as {lost}")
            )
    notes += [note for guess, note in failed if not _known(equations, curves, guess)]
    if not curves:
        raise WorkFailed(f"{model.name}: {notes[0]}")
    known = partial(_known, equations, curves)
    for curve in curves:  # grows while it is gone through
        for point in curve.points:
            if point.kind == "branch" and len(curves) < MOST_BRANCHES:
                new = curve_across(equations, point, points, known)
                curves.extend([new] if new else [])
    return curves


def _known(equations: SteadyEquations, curves: Sequence[Curve], at: Array) -> bool:
    """Whether a point lies on one of the curves."""
    scale, s = equations.scale(at), at[-1]
    for curve in curves:
        for one, two in zip(curve.points, curve.points[1:], strict=False):
            first, last = one.at[-1], two.at[-1]
            if not min(first, last) <= s <= max(first, last):
                continue
            share = (s - first) / (last - first) if last != first else 0.0
            guess = np.append((one.at + share * (two.at - one.at))[:-1], s)
            if np.abs((guess - at) / np.maximum(scale, equations.scale(guess))).max() > 0.5:
                continue
            try:
                found = equations.settled(guess)
            except Lost:
                found = guess
            if np.abs((found - at) / scale).max() < SAME:
                return True
    return False


# --- the table --------------------------------------------------------------------------------------------------------


def _table(
    model: Model, equations: SteadyEquations, parameter: str, curves: Sequence[Curve], names: Sequence[str],
    notes: Sequence[str],
) -> pandas.DataFrame:  # fmt: skip
    import pandas

    system, places = equations.system, [point for curve in curves for point in curve.points]
    at = np.array([point.at for point in places])
    states = np.where(system.nonnegative, np.maximum(at[:, :-1], 0.0), at[:, :-1])
    inputs = np.array([equations.inputs_at(float(s)) for s in at[:, -1]])
    rows = system.outputs_of_many(names, states.T, inputs.T)
    columns: dict[str, Any] = {
        "branch": np.repeat(np.arange(1, len(curves) + 1), [len(curve.points) for curve in curves]),
        "point": np.concatenate([np.arange(len(curve.points)) for curve in curves]),
        parameter: inputs[:, equations.place],
        "stable": [point.stable for point in places],
        "kind": [point.kind for point in places],
    }
    table = pandas.DataFrame(columns | dict(zip(names, rows, strict=True)))
    shown = (parameter, *names)
    table.attrs = {
        "title": model.title,
        "parameter": parameter,
        "units": {name: model.value(name).unit if name == parameter else model.unit(name) for name in shown},
        "titles": {name: model.heading(name) for name in shown},
        "bistable": _bistable(equations, curves),
        "ends": {number: list(curve.reasons) for number, curve in enumerate(curves, 1)},
        "notes": list(notes),
        "logarithmic": equations.logarithmic,
    }
    return table


def stable_pieces(stable: Sequence[bool]) -> list[bool]:
    """Whether each piece of a curve between two points is stable: it changes at points that are themselves not."""
    return [one or two for one, two in pairwise(stable)]


def _stable_ranges(points: Sequence[Point]) -> list[tuple[float, float]]:
    """The ranges of the parameter over which a curve is stable, each between two points where something happens."""
    ranges: list[tuple[float, float]] = []
    run: list[float] = []
    stable = stable_pieces([point.stable for point in points])
    for (one, two), here in zip(pairwise(points), stable, strict=True):
        run += [float(one.at[-1]), float(two.at[-1])] if here else []
        if run and (two.kind or not here):
            ranges.append((min(run), max(run)))
            run = []
    return ranges if not run else [*ranges, (min(run), max(run))]


def _bistable(equations: SteadyEquations, curves: Sequence[Curve]) -> list[tuple[float, float]]:
    """The ranges of the parameter in which there are two or more stable states on the curves."""
    ranges = [each for curve in curves for each in _stable_ranges(curve.points)]
    marks = sorted([(low, 1) for low, _ in ranges] + [(high, -1) for _, high in ranges])
    found: list[tuple[float, float]] = []
    count, begun, narrow = 0, 0.0, NARROW * (equations.ends[1] - equations.ends[0])
    for s, change in marks:
        if (count, change) == (1, 1):
            begun = s
        elif (count, change) == (2, -1) and s - begun > narrow:
            found.append((equations.value(begun), equations.value(s)))
        count += change
    return found


def branch_diagram(table: pandas.DataFrame, *, outputs: Iterable[str] | None = None) -> Figure:
    """Each output of a table of `continuation` against the parameter: stable solid, unstable dashed, folds marked."""
    from exokinetics.drawing import Stroke, branch_panels

    if "parameter" not in getattr(table, "attrs", ()) or not set(COLUMNS) <= set(table.columns):
        raise WrongInput("table: give what continuation() returned, with its attrs")
    parameter, known = table.attrs["parameter"], list(table.columns[5:])
    names = known if outputs is None else list(names_of(outputs, "outputs"))
    for name in names:
        if name not in known:
            raise WrongInput(f"outputs: '{name}' is not in the table{did_you_mean(name, known)}")
    strokes: list[Stroke] = []
    for _, rows in table.groupby("branch"):
        for index, stable in enumerate(stable_pieces(rows["stable"].tolist())):
            if index and strokes[-1].stable == stable:
                strokes[-1] = Stroke(stable, [*strokes[-1].rows, rows.index[index + 1]])
            else:
                strokes.append(Stroke(stable, list(rows.index[index : index + 2])))
    marks = {kind: np.flatnonzero(table["kind"] == kind) for kind in ("fold", "hopf", "branch")}
    return branch_panels(
        table.attrs["title"], table[parameter].to_numpy(float), {name: table[name].to_numpy(float) for name in names},
        strokes, marks, parameter=parameter, units=table.attrs["units"], titles=table.attrs["titles"],
        logarithmic=table.attrs["logarithmic"],
    )  # fmt: skip
