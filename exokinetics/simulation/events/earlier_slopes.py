"""Derivatives by inputs where values of earlier times count: one run of the states with their slopes behind them."""

from __future__ import annotations

import time as clock
from collections.abc import Callable

import numpy as np

from exokinetics.compiler.delayed_slopes import slope_symbol, with_slopes
from exokinetics.errors import WrongInput
from exokinetics.expressions.text import to_text
from exokinetics.integrators import Array
from exokinetics.simulation.events.earlier import as_it_is_now, fault, past_of
from exokinetics.simulation.events.running import course_of
from exokinetics.simulation.outcomes import Run, broken_off
from exokinetics.simulation.plan import Plan

METHOD = "rodas5p"


def delayed_slopes(plan: Plan, vector: Array, start_slopes: Callable[[Plan, Array, Array], Array]) -> Run:
    """The outputs and their derivatives by `plan.inputs`; never raises for what the numbers do."""
    began, count = clock.perf_counter(), len(plan.system.states)
    reason = fault(plan, vector) or _moved_away(plan, vector)
    plan = plan if reason else as_it_is_now(plan, vector)
    state, atol, unreached = plan.start(vector)
    if reason or unreached:
        outputs = len(plan.outputs)
        return Run(np.empty((0, outputs)), reason or unreached, slopes=np.empty((0, outputs, len(plan.inputs))))
    sizes = np.abs(vector[[plan.system.position[name] for name in plan.inputs]])
    sizes = np.where(sizes > 0.0, sizes, 1.0)  # a slope is as large as its state over the input
    whole = np.concatenate([state, start_slopes(plan, vector, state).T.ravel()])
    loose = np.concatenate([atol, (atol[None, :] / sizes[:, None]).ravel()])
    both = plan.over(with_slopes(plan.system, plan.inputs), ())
    past = past_of(both, vector, whole)
    course = course_of(both, past.vector, loose, METHOD, past, slopes=False)
    try:
        found = course.run(whole, None)
    finally:
        course.stretch.give_back()
    cause, failure = None, found.failure
    if failure:
        reason, cause = broken_off(plan, past.vector, found.moment.time, failure, found.moment.state[:count])
    states = found.states[: found.filled]
    table = both.system.observe(plan.times[: len(states)], states, past.vector.tolist())
    place = {name: index for index, name in enumerate(both.system.outputs)}
    columns = [[place[slope_symbol(output, name)] for name in plan.inputs] for output in plan.outputs]
    statistics = {"method": METHOD, **found.counts, "seconds": clock.perf_counter() - began}
    picked = table[:, [place[name] for name in plan.outputs]]
    return Run(picked, reason, statistics, table[:, columns], cause, failure)


def _moved_away(plan: Plan, vector: Array) -> str:
    """Why there are no derivatives by a delay with these values, as a sentence; raises where there never are."""
    system, wanted = plan.system, frozenset(plan.inputs)
    lags = [by for by in system.past.lags if by.symbols & (wanted | frozenset(system.states))]
    comes_back = {
        "a dose": bool(plan.doses.bolus or plan.doses.infusions),
        "an initial value that parts from the formula before the start": bool(plan.overrides and system.past.seams),
    }
    for what in (what for what, there in comes_back.items() if lags and there):
        raise WrongInput(
            f"sensitivities: {what} comes back after the delay '{to_text(lags[0])}', which moves with what is asked "
            "for; that is not supported yet, so leave one of the two out"
        )
    if any(by == 0.0 for by in system.values_of([by for by in lags if system.past.is_constant(by)], vector.tolist())):
        return f"{plan.model.name} has a delay of 0, by which there are no derivatives; give one above 0"
    return ""
