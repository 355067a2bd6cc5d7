"""The interpolation of a step that was taken, put behind those of earlier steps: see `machine.history`."""

from __future__ import annotations

from exokinetics.integrators.driving.body import Body
from exokinetics.integrators.rodas5p.tableau import DENSE, STAGES
from exokinetics.machine.history import CELL, HEAD, NUMBERS


def record(f: Body) -> None:
    """One more piece, from the states at both ends and the stages between; of one set alone."""
    code, block = f.code, f.integers("record")
    count, width = block[CELL["count"]], block[CELL["width"]]
    row = block.numbers(CELL["rows"], 1).past(count * (width * NUMBERS + HEAD))
    row[0], row[1] = f.numbers("t")[0], f.numbers("step")[0]
    x, y, k, places = f.numbers("x"), f.numbers("y"), f.numbers("k"), block.integers(CELL["places"])
    with code.loop(width) as index:
        place, own = places[index], row.past(index * NUMBERS + HEAD)
        stages = [k.past(f["padded"] * stage)[place] for stage in range(STAGES)]
        own[0], own[1] = x[place], y[place] - x[place]
        for number, weights in enumerate(DENSE, start=2):
            total = code.number(0.0, 1)
            for weight, each in zip(weights, stages, strict=True):
                total = code.multiply_add(each, weight, total)
            own[number] = total
    block[CELL["count"]] = count + 1
