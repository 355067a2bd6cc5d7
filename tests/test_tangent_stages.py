"""The machine code of one stage of slopes against dense linear algebra, written out and as loops over tables."""

import ctypes

import numpy as np
import pytest

from exokinetics.compiler import tangent_stages
from exokinetics.compiler.sparse import elimination
from exokinetics.compiler.tangent_stages import Stage
from exokinetics.machine import ir
from exokinetics.machine.host import compiled, host, load

SIZE, POINTS = 9, 4


def scattered(random, size):
    """Places of a sparse matrix with its whole diagonal, in an order of their own."""
    places = {(row, row) for row in range(size)} | {
        tuple(random.integers(0, size, 2).tolist()) for _ in range(2 * size)
    }
    return [each for each in sorted(places) if random.random() < 0.9 or each[0] == each[1]]


def dense(places, values, size):
    matrix = np.zeros((size, size))
    matrix[tuple(np.array(places).T)] = values
    return matrix


def factors(plan, matrix):
    """As `factor` leaves them: eliminated in place without exchanges, the reciprocal of each pivot in its place."""
    lu = np.zeros(plan.memory)
    for place, index in plan.places.items():
        lu[index] = matrix[place]
    for pivot in plan.pivots:
        lu[pivot.place] = 1.0 / lu[pivot.place]
        for _, place in pivot.below:
            lu[place] *= lu[pivot.place]
        for target, multiplier, across in pivot.updates:
            lu[target] -= lu[multiplier] * lu[across]
    return lu


@pytest.mark.parametrize("written_out", [True, False])
@pytest.mark.parametrize("columns", [1, 4, 9, 25])
@pytest.mark.parametrize("lanes", [1, POINTS])
def test_a_stage_against_dense_linear_algebra(written_out, columns, lanes, monkeypatch):
    monkeypatch.setattr(tangent_stages, "WRITTEN_OUT", 10_000 if written_out else 0)
    random = np.random.default_rng(columns)
    moved, bent = scattered(random, SIZE), scattered(random, SIZE)
    jacobian = 5.0 * np.eye(SIZE) + dense(moved, random.uniform(-1, 1, len(moved)), SIZE)
    stage = Stage(moved, bent, {each: elimination(SIZE, moved) for each in (1, POINTS)})
    assert stage.written_out == written_out
    width = stage.width(columns)
    assert width % 4 == 0 and (width >= columns or written_out)
    module = ir.Module("stage")
    stage.write(module, POINTS, columns, fused=host().fused)
    loaded = load(compiled(str(module)), [f"advance_{each}" for each in (1, POINTS)])
    of_moved, of_bent = random.uniform(-1, 1, (len(moved), POINTS)), random.uniform(-1, 1, (len(bent), POINTS))
    lu = np.repeat(factors(stage.plans[lanes], jacobian)[:, None], lanes, axis=1)
    lu[:, 1:] = np.nan  # those of other sets are not to be touched
    here, start, direct, right = random.uniform(-1, 1, (4, SIZE, width))
    wanted = right + direct + dense(moved, of_moved[:, 2], SIZE) @ here + dense(bent, of_bent[:, 2], SIZE) @ start
    of_point = of_moved.ravel()[2:], of_bent.ravel()[2:]  # the third point
    arrays = [lu, *of_point, here, start, direct, right]
    advance = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(arrays))(loaded.address(f"advance_{lanes}"))
    advance(*(each.ctypes.data for each in arrays))
    # a matrix whose diagonal outweighs the rest: rounding of a few operations on numbers of order one
    np.testing.assert_allclose(right, np.linalg.solve(jacobian, wanted), rtol=0.0, atol=1e-13)
