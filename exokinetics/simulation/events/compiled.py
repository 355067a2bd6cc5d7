"""A stretch between events as machine code."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from exokinetics.integrators import Array, Question, Sight, Stretches, Watch
from exokinetics.simulation.compiled import question_of
from exokinetics.simulation.doses import Schedule
from exokinetics.simulation.events.course import Reached
from exokinetics.simulation.events.earlier import Past
from exokinetics.simulation.events.watched import watched_of
from exokinetics.simulation.plan import Plan


@dataclass(frozen=True)
class CompiledStretch:
    """By a compiled method, in which constant inflow and jumps of rates at times of their own are included."""

    stretches: Stretches
    shortest: float
    idle: list[Stretches]

    def give_back(self) -> None:
        """Leave the working memory to the next run."""
        self.idle.append(self.stretches)

    def __call__(
        self, start: float, end: float, state: Array, slope: Array | None, times: Array, inflow: Array | None,
        watch: Watch,
    ) -> Reached:  # fmt: skip
        """See `Stretch`."""
        if end - start <= self.shortest:  # lost in rounding: nothing moves
            still = np.tile(state, (len(times), 1))
            slopes = None if slope is None else np.tile(slope, (len(times), 1, 1))
            sight = Sight(watch.seen, np.zeros(watch.truths, bool))
            return Reached(still, end, state, sight, slopes=slopes, slope=slope)
        leg, slopes, last = self.stretches(start, end, state, slope, times, watch)
        assert leg.sight is not None
        return Reached(leg.states, leg.time, leg.state, leg.sight, leg.failure, slopes, last, leg.statistics)


def compiled_stretch(
    plan: Plan, vector: Array, atol: Array, *, method: str, slopes: bool, shortest: float, past: Past | None = None
) -> CompiledStretch:
    """For one set of inputs of a plan, with derivatives by its inputs or without; to be given back when it is done."""
    idle = plan.idle.setdefault((method, slopes), [])
    try:
        stretches = idle.pop()
    except IndexError:
        stretches = _made(plan, method, slopes=slopes)
    stretches.begin(vector, atol, None if past is None else past.history)
    return CompiledStretch(stretches, shortest, idle)


def _made(plan: Plan, method: str, *, slopes: bool) -> Stretches:
    system = plan.system
    assert system.events is not None
    question: Question = question_of(
        system, plan.times, system.states, plan.rtol, None, Schedule(infusions=plan.doses.infusions), {}
    )  # fmt: skip
    tangent = system.tangent_kernels(plan.inputs) if slopes else None
    question = replace(question, tangent=tangent, slope_share=plan.slope_share, max_steps=plan.max_steps)
    watched = watched_of(system.events, float(plan.times[-1]))
    return Stretches(system.kernels(1, quick=plan.quick), question, method, watched, recording=bool(system.delays))
