"""Events that SBML does not order: from where they meet on, simulators may rightly give different courses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from exokinetics.integrators import Array
from exokinetics.model.whole import Model
from exokinetics.simulation import simulate

PARTED = 1e-7  # of the maximum of an output; the same run in another order of its steps is nearer


def parting(model: Model, times: Array, table: Array, *, rtol: float) -> int:
    """How many of the times, which gave `table`, come before the order of events of no or equal priority matters.

    Here such events go by lot or by their ids; the model is simulated again with other ids, in the opposite order.
    """
    if len(model.whole.events) < 2:
        return len(times)
    other = simulate(_in_opposite_order(model), times, rtol=rtol).table
    shared = min(len(other), len(table))
    with np.errstate(all="ignore"):
        largest = np.max(np.abs(table), axis=0, where=np.isfinite(table), initial=0.0)
        same = np.abs(other[:shared] - table[:shared]) <= PARTED * largest
    same |= (other[:shared] == table[:shared]) | (np.isnan(other[:shared]) & np.isnan(table[:shared]))
    parted = np.flatnonzero(~np.all(same, axis=1))
    return int(parted[0]) if parted.size else shared


def _in_opposite_order(model: Model) -> Model:
    """The model with ids of its events that sort the other way round."""
    events = [model.whole.events[name] for name in sorted(model.whole.events, reverse=True)]
    renamed = [replace(event, id=f"event_{place:06d}") for place, event in enumerate(events)]
    return replace(model, whole=replace(model.whole, events={event.id: event for event in renamed}))
