"""The states inside a step, from the method's own interpolation."""

from __future__ import annotations

from exokinetics.integrators.driving.body import Body
from exokinetics.integrators.rodas5p.slopes import slopes_within
from exokinetics.integrators.rodas5p.tableau import DENSE, STAGES
from exokinetics.machine.code import Number


def within(f: Body, time: Number) -> None:
    """The states at a time inside the step that ends in `y`, to `row_out`; slopes likewise, if there are any."""
    code, vector = f.code, f.vector
    x, y, k, out = f.several("x", "y", "k", "row_out")
    size = f["padded"] * f.lanes
    ks = [k.past(size * index) for index in range(STAGES)]
    share = (time - f.numbers("t")[0]) / f.numbers("step")[0]
    both = share * (1.0 - share)
    weights = [code.number(both * (a + share * (b + share * c)), vector) for a, b, c in zip(*DENSE, strict=True)]
    part = code.number(share, vector)
    with code.loop(f.filled, vector) as row:
        value = code.multiply_add(part, y[row] - x[row], x[row])  # what stands still keeps every bit
        for weight, each in zip(weights, ks, strict=True):
            value = code.multiply_add(weight, each[row], value)
        out[row] = value
    if f.points:
        slopes_within(f)
