"""Elimination and solution as loops over tables of places, for matrices too large to be written out."""

from __future__ import annotations

from collections.abc import Sequence

from exokinetics.compiler.blocks import PIVOT_FLOOR, eliminate_block, solve_block
from exokinetics.compiler.sparse import Elimination
from exokinetics.machine import ir
from exokinetics.machine.code import Code, Integer, Integers, Number, Numbers

CANCELLED = 1e-12  # of the terms of a pivot of a constraint, whatever their units: what is left below is their rounding


def eliminate_by_table(code: Code, plan: Elimination, width: int, g: Numbers, lu: Numbers, sound: Numbers) -> None:
    """Factorise in place, the reciprocal of each pivot in its place."""
    tables = _Tables(code, plan, width)
    smallest = g[0] * PIVOT_FLOOR
    sound[0] = 1.0
    algebraic = sum(pivot.algebraic for pivot in plan.pivots)  # these come first
    came_from = lu.past(len(plan.places) * width) if algebraic else None
    if came_from is not None:
        with code.loop(len(plan.places) * width, width) as row:
            came_from[row] = lu[row].absolute()
    with code.loop(len(plan.sparse_pivots)) as k:
        place = tables["diagonal"][k]
        value = lu[place]
        size = value.absolute()
        if came_from is None:
            good = (size > smallest) & (size < float("inf"))
            sound[0] = good.choose((value < 0.0).choose(-sound[0], sound[0]), 0.0)
        else:
            constraint = k.compare("<", algebraic)
            _look_at(code, constraint, value, (came_from[place] * CANCELLED, smallest), sound)
        inverse = 1.0 / value
        lu[place] = inverse
        below, right, update = (tables[name][k] for name in ("below_start", "right_start", "update_start"))
        across = tables["right_start"][k + 1] - right
        with code.loop(tables["below_start"][k + 1] - below) as i:
            multiplier = tables["below_place"][below + i]
            factor = lu[multiplier] * inverse
            lu[multiplier] = factor
            first = update + i * across
            with code.loop(across) as j:
                target = tables["target"][first + j]
                if came_from is not None:
                    added = factor * lu[tables["right_place"][right + j]]
                    came_from[target] = came_from[target] + added.absolute()
                lu[target] = code.multiply_add(-factor, lu[tables["right_place"][right + j]], lu[target])
    if plan.dense:
        eliminate_block(code, plan.dense, g, lu, sound)


def _look_at(code: Code, constraint: ir.Value, value: Number, floors: tuple[Number, Number], sound: Numbers) -> None:
    """Whether a pivot is sound, by the floor of constraints or the other; those of constraints leave the sign alone."""
    size = value.absolute()
    with code.builder.if_else(constraint) as (first, second):
        for block, floor in zip((first, second), floors, strict=True):
            with block:
                good = (size > floor) & (size < float("inf"))
                turned = sound[0] if floor is floors[0] else (value < 0.0).choose(-sound[0], sound[0])
                sound[0] = good.choose(turned, 0.0)


def solve_by_table(code: Code, plan: Elimination, width: int, lu: Numbers, right: Numbers) -> None:
    """Solve in place with factors from `eliminate_by_table`."""
    tables = _Tables(code, plan, width)
    sparse = len(plan.sparse_pivots)
    with code.loop(sparse) as k:
        value = right[tables["state"][k]]
        start = tables["below_start"][k]
        with code.loop(tables["below_start"][k + 1] - start) as i:
            row = tables["below_row"][start + i]
            right[row] = code.multiply_add(-lu[tables["below_place"][start + i]], value, right[row])
    if plan.dense:
        solve_block(code, plan.dense, tables["block_state"], lu, right)
    with code.loop(sparse) as backward:
        k = code.integer(sparse - 1) - backward
        state, start = tables["state"][k], tables["right_start"][k]
        with code.loop(tables["right_start"][k + 1] - start) as j:
            column = tables["right_column"][start + j]
            right[state] = code.multiply_add(-lu[tables["right_place"][start + j]], right[column], right[state])
        right[state] = right[state] * lu[tables["diagonal"][k]]


def solve_rows_by_table(
    code: Code, plan: Elimination, lanes: int, lu: Numbers, right: Numbers, columns: Integer
) -> None:  # fmt: skip
    """The same for one set and many right-hand sides: row i of `right` holds `columns` numbers, whole rows of them.

    `lu` begins at the factors of the set, which stand among those of other `lanes`.
    """
    tables, width = _Tables(code, plan, 1, f"rows_{lanes}"), right.width

    def subtract(place: Integer, source: Integer, target: Integer) -> None:
        factor = code.number(-lu[place * lanes], width)
        with code.loop(columns, width) as j:
            right[target + j] = code.multiply_add(factor, right[source + j], right[target + j])

    def scale(place: Integer, target: Integer) -> None:
        inverse = code.number(lu[place * lanes], width)
        with code.loop(columns, width) as j:
            right[target + j] = right[target + j] * inverse

    sparse, dense = len(plan.sparse_pivots), plan.dense
    with code.loop(sparse) as k:
        source, start = tables["state"][k] * columns, tables["below_start"][k]
        with code.loop(tables["below_start"][k + 1] - start) as i:
            subtract(tables["below_place"][start + i], source, tables["below_row"][start + i] * columns)
    if dense:
        rows, size = tables["block_state"], len(dense.states)
        with code.loop(size) as k, code.loop(code.integer(size - 1) - k) as i:
            below = k + 1 + i
            subtract(k * dense.stride + below + dense.base, rows[k] * columns, rows[below] * columns)
        with code.loop(size) as backward:
            k = code.integer(size - 1) - backward
            scale(k * (dense.stride + 1) + dense.base, rows[k] * columns)
            with code.loop(k) as i:
                subtract(k * dense.stride + i + dense.base, rows[k] * columns, rows[i] * columns)
    with code.loop(sparse) as backward:
        k = code.integer(sparse - 1) - backward
        target, start = tables["state"][k] * columns, tables["right_start"][k]
        with code.loop(tables["right_start"][k + 1] - start) as i:
            subtract(tables["right_place"][start + i], tables["right_column"][start + i] * columns, target)
        scale(tables["diagonal"][k], target)


class _Tables:
    """The plan as constants of the module; places and rows are counted in single numbers."""

    def __init__(self, code: Code, plan: Elimination, width: int, kind: str = "table") -> None:
        self._code, self._plan, self._width, self._kind = code, plan, width, kind

    def __getitem__(self, name: str) -> Integers:
        full = f"{self._kind}_{name}"
        if full not in self._code.module.globals:
            ir.Table(self._code.module, full, _columns(self._plan, self._width)[name])
        return Integers(self._code, self._code.module.globals[full])


def _columns(plan: Elimination, width: int) -> dict[str, Sequence[int]]:
    pivots = plan.sparse_pivots
    return {
        "block_state": [state * width for state in plan.dense.states] if plan.dense else [0],
        "state": [pivot.index * width for pivot in pivots],
        "diagonal": [pivot.place * width for pivot in pivots],
        "below_start": _starts([len(pivot.below) for pivot in pivots]),
        "below_row": [row * width for pivot in pivots for row, _ in pivot.below] or [0],
        "below_place": [place * width for pivot in pivots for _, place in pivot.below] or [0],
        "right_start": _starts([len(pivot.right) for pivot in pivots]),
        "right_column": [column * width for pivot in pivots for column, _ in pivot.right] or [0],
        "right_place": [place * width for pivot in pivots for _, place in pivot.right] or [0],
        "update_start": _starts([len(pivot.updates) for pivot in pivots]),
        "target": [target * width for pivot in pivots for target, _, _ in pivot.updates] or [0],
    }


def _starts(counts: Sequence[int]) -> list[int]:
    starts = [0]
    for count in counts:
        starts.append(starts[-1] + count)
    return starts
