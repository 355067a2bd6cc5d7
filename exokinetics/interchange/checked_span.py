"""The time over which a file is compared with its model, and the numbers of the model there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import WorkFailed, WrongInput
from exokinetics.expressions.graph import Node, topological
from exokinetics.integrators import Array
from exokinetics.interchange.chance import parting
from exokinetics.interchange.witnesses.protocol import LEAST
from exokinetics.model.whole import Model
from exokinetics.simulation import prepare, simulate
from exokinetics.units import magnitude, same_unit, unit

Truths = NDArray[np.bool_]

RTOL = 1e-9
SPANS = {"second": 3600.0, "minute": 240.0, "hour": 72.0, "day": 28.0}  # of a model that reports no times
OTHER_SPAN = 100.0  # in any other unit of time, or in none
FIRST = 1e-6  # the first time behind 0, as a share of the span
EARLY, LATE = 61, 41  # times of equal ratio, and of equal distance
EARLY_SHARE = 0.1  # of the span, in which a size counts as early
MAX_EVENTS = 2000  # a tenth of a second here, a second elsewhere
HALVINGS = 12
# Simulators find the moment of an event to 1e-7 or better. A time is left out if an output jumps within this share of
# it by more than that share of its maximum: 1e-5 is asked for.
SHIFT, JUMP = 1e-6, 1e-6
ODD = 0.382  # late times are between round ones, at which the events of many models are


@dataclass(frozen=True)
class Reference:
    """What a model does over its span: `table` has the shape (times, outputs), `times` start at 0.

    At times that are not `still` an output jumps, so that nothing can be compared. Differences up to `floors` are the
    error of the solver. `jumps`: whether there are events, or choices in formulas. `notes` say what was left out of the
    span, if anything. `least` is the absolute tolerance, if it is not the usual one.
    """

    model: Model
    times: Array
    outputs: tuple[str, ...]
    table: Array
    still: Truths
    floors: dict[str, float]
    span: str
    jumps: bool = False
    notes: tuple[str, ...] = ()
    least: float = 0.0

    def sizes(self, names: Iterable[str]) -> dict[str, float]:
        """The largest finite size of outputs."""
        size = np.max(np.abs(self.table), axis=0, where=np.isfinite(self.table), initial=0.0)
        return {name: float(size[self.outputs.index(name)]) for name in names}

    def scales(self, names: Iterable[str]) -> dict[str, float]:
        """The early size of outputs: of what grows without end the errors of the start grow, too."""
        size = np.abs(np.where(np.isfinite(self.table), self.table, 0.0))
        early = np.median(size[self.times <= EARLY_SHARE * self.times[-1]], axis=0)
        early = np.where(early > 0.0, np.maximum(size[0], early), np.max(size, axis=0))
        return {name: float(early[self.outputs.index(name)]) for name in names}

    @cached_property
    def careful(self) -> Reference | None:
        """The same with nothing too small to count, for what is divided by nearly nothing; None if that breaks off."""
        found = simulate(self.model, _with_neighbours(self.times), rtol=RTOL, atol=LEAST)
        if not found.success:
            return None
        return replace(self, table=_middle(found.table, len(self.times)), floors={}, least=LEAST)


def reference(model: Model, until: Any = None) -> Reference:
    """Simulate a model over its span, or until the time given; raises `WorkFailed` where that breaks off at once.

    Where it breaks off later, half of the time that was reached is compared.
    """
    end, notes = _affordable(model, span(model, until))
    found = simulate(model, _with_neighbours(output_times(end)), rtol=RTOL)
    if not found.success:
        end = float(found.time[-1]) / 2.0 if len(found.time) else 0.0
        if end == 0.0:
            raise WorkFailed(found.reason)
        notes.append(f"nothing was compared after {end:g} {model.time_unit}, because {found.reason}")
        found = simulate(model, _with_neighbours(output_times(end)), rtol=RTOL, strict=True)
    times = output_times(end)
    table = _middle(found.table, len(times))
    still = _still(found.table.reshape(len(times), 3, -1))
    ordered = parting(model, times, table, rtol=RTOL)
    if ordered < len(times):
        still[ordered:] = False
        end = times[max(ordered - 1, 0)]
        notes.append(f"nothing was compared after {end:g} {model.time_unit}, because events meet that have no order")
    return Reference(
        model, times, found.outputs, table, still, _floors(model, times), f"{end:g} {model.time_unit}",
        _may_jump(model), tuple(notes),
    )  # fmt: skip


def span(model: Model, until: Any = None) -> float:
    """The end in the unit of the model: `until`, the last time that the model reports, or what is usual in its unit."""
    if until is not None:
        try:
            end = magnitude(until, model.time_unit)
        except WrongInput as error:
            raise WrongInput(f"until: {error}") from None
        if not 0 < end < np.inf:
            raise WrongInput(f"until: the end must be above 0 and finite, not {until!r}")
        return end
    if model.report:
        return max(model.report)
    known = (end for name, end in SPANS.items() if same_unit(unit(name), unit(model.time_unit)))
    return next(known, OTHER_SPAN)


def output_times(end: float) -> Array:
    """Times from 0 to the end: dense at the start, where what is fast happens, and even later on."""
    early, late = np.geomspace(FIRST * end, end, EARLY), end * (np.arange(1.0, LATE) - ODD) / LATE
    return np.unique(np.concatenate([[0.0], early, late]))


def _affordable(model: Model, end: float) -> tuple[float, list[str]]:
    """The end, or the last of its halves and quarters with no more events than are worth following, and a note."""
    if not model.whole.events:
        return end, []
    reached = end / 2.0**HALVINGS
    for each in (end / 2.0**count for count in range(HALVINGS, -1, -1)):
        found = simulate(model, np.array([0.0, each]))
        if not found.success:
            break  # the run over all of it says why
        if found.statistics["events"] > MAX_EVENTS:
            return reached, [f"nothing was compared after {reached:g} {model.time_unit}, because events are too many"]
        reached = each
    return end, []


def _may_jump(model: Model) -> bool:
    """Whether outputs may jump or turn: by events, or by choices and roundings in formulas."""
    whole = model.whole
    formulas: list[Node] = [item.rate for item in whole.reactions.values()]
    formulas += [item.factor for item in whole.modulators.values()]
    formulas += [item.expression for item in whole.observables.values()]
    nodes = topological(formulas)
    return bool(whole.events) or any(node.kind == "relation" or node.payload in ("floor", "ceil") for node in nodes)


def _with_neighbours(times: Array) -> Array:
    """Every time between a little earlier and a little later; the start with two a little later."""
    shifts = SHIFT * times
    near = np.stack([times - shifts, times, times + shifts], axis=1)
    near[0] = 0.0, 1.0 * shifts[1], 2.0 * shifts[1]
    return near.ravel()


def _middle(table: Array, count: int) -> Array:
    """The rows at the times themselves, of a table at so many times with neighbours."""
    near = table.reshape(count, 3, -1)
    return np.concatenate([near[:1, 0], near[1:, 1]])


def _still(near: Array) -> Truths:
    """The times at which no output jumps: it goes as far before as after. `near` has the shape (times, 3, outputs)."""
    with np.errstate(all="ignore"):
        largest = np.max(np.abs(near), axis=(0, 1), where=np.isfinite(near), initial=0.0)
        before, now, after = near[:, 0], near[:, 1], near[:, 2]
        same = np.all((near == near[:, :1]) | (np.isnan(near) & np.isnan(near[:, :1])), axis=1)
        still = same | (np.abs(after - 2.0 * now + before) <= JUMP * largest)
    return np.asarray(np.all(still, axis=1))


def _floors(model: Model, times: Array) -> dict[str, float]:
    """Below these differences there is only the error of the solver: a hundred absolute tolerances of a species."""
    prepared = prepare(model, times, rtol=RTOL)
    _, atol, _ = prepared.start(prepared.vector())
    return {name: 100.0 * float(value) for name, value in zip(model.species, atol, strict=True)}
