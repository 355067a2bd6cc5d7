"""How near an output can be to the truth: as near as its states are, and as its equations let it."""

import numpy as np

SHIFT = 1e-6  # of a state, to see what its error makes of an observable


def uncertain(plan, values, table):
    """The size beside which the error of each output (time, outputs) counts, if that is more than its own.

    `plan` gives all outputs. A state has an absolute tolerance, so that a thousandth of a copy is as good as none. An
    observable has the errors of its states: the share of a protein that is active cannot be nearer than its copies are,
    the copies in a vesicle not where neither is left, and 1 - N/K of a full population is a difference near zero, as
    uncertain as its two terms.
    """
    vector = values if isinstance(values, np.ndarray) else plan.vector(values)
    _, atol, _ = plan.start(vector)
    states, smallest = table[:, : len(atol)], atol / plan.rtol
    least = np.zeros(table.shape)
    least[:, : len(atol)] = smallest
    for index, size in enumerate(np.maximum(np.abs(states), smallest).T):
        shifted = states.copy()
        shifted[:, index] += SHIFT * size
        moved = plan.select(shifted, vector) - table
        least[:, len(atol) :] += np.abs(moved[:, len(atol) :]) / SHIFT
    return least
