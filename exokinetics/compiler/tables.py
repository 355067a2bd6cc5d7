"""Elimination and solution as loops over tables of places, for matrices too large to be written out."""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir

from exokinetics.compiler.blocks import eliminate_block, solve_block
from exokinetics.compiler.sparse import Elimination
from exokinetics.machine.code import INTEGER, Code, Integer, Integers, Numbers

PIVOT_FLOOR = 1e-10  # beside 1/(step gamma)


def eliminate_by_table(code: Code, plan: Elimination, width: int, g: Numbers, lu: Numbers, sound: Numbers) -> None:
    """Factorise in place, the reciprocal of each pivot in its place."""
    tables = _Tables(code, plan, width)
    smallest = g[0] * PIVOT_FLOOR
    sound[0] = 1.0
    with code.loop(plan.dense) as k:
        place = tables["diagonal"][k]
        value = lu[place]
        sound[0] = (value.absolute() > smallest).choose(sound[0], 0.0)
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
                lu[target] = code.multiply_add(-factor, lu[tables["right_place"][right + j]], lu[target])
    if plan.block:
        eliminate_block(code, plan, lu, smallest, sound)


def solve_by_table(code: Code, plan: Elimination, width: int, lu: Numbers, right: Numbers) -> None:
    """Solve in place with factors from `eliminate_by_table`."""
    tables = _Tables(code, plan, width)
    with code.loop(plan.dense) as k:
        value = right[tables["state"][k]]
        start = tables["below_start"][k]
        with code.loop(tables["below_start"][k + 1] - start) as i:
            row = tables["below_row"][start + i]
            right[row] = code.multiply_add(-lu[tables["below_place"][start + i]], value, right[row])
    if plan.block:
        solve_block(code, plan, lu, right, tables["state"])
    with code.loop(plan.dense) as backward:
        k = code.integer(plan.dense - 1) - backward
        state, start = tables["state"][k], tables["right_start"][k]
        with code.loop(tables["right_start"][k + 1] - start) as j:
            column = tables["right_column"][start + j]
            right[state] = code.multiply_add(-lu[tables["right_place"][start + j]], right[column], right[state])
        right[state] = right[state] * lu[tables["diagonal"][k]]


def solve_rows_by_table(code: Code, plan: Elimination, lu: Numbers, right: Numbers, columns: Integer) -> None:
    """The same for one set and many right-hand sides: row i of `right` holds `columns` numbers, whole rows of lanes."""
    tables, width = _Tables(code, plan, 1), right.width

    def subtract(place: Integer, source: Integer, target: Integer) -> None:
        factor = code.number(-lu[place], width)
        with code.loop(columns, width) as j:
            right[target + j] = code.multiply_add(factor, right[source + j], right[target + j])

    with code.loop(plan.size) as k:
        source, start = tables["state"][k] * columns, tables["below_start"][k]
        with code.loop(tables["below_start"][k + 1] - start) as i:
            subtract(tables["below_place"][start + i], source, tables["below_row"][start + i] * columns)
    with code.loop(plan.size) as backward:
        k = code.integer(plan.size - 1) - backward
        target, start = tables["state"][k] * columns, tables["right_start"][k]
        with code.loop(tables["right_start"][k + 1] - start) as i:
            subtract(tables["right_place"][start + i], tables["right_column"][start + i] * columns, target)
        inverse = code.number(lu[tables["diagonal"][k]], width)
        with code.loop(columns, width) as j:
            right[target + j] = right[target + j] * inverse


class _Tables:
    """The plan as constants of the module; places and rows are counted in single numbers."""

    def __init__(self, code: Code, plan: Elimination, width: int) -> None:
        self._code, self._plan, self._width = code, plan, width

    def __getitem__(self, name: str) -> Integers:
        full = f"table_{name}"
        if full not in self._code.module.globals:
            values = _columns(self._plan, self._width)[name]
            kind = ir.ArrayType(INTEGER, len(values))
            table = ir.GlobalVariable(self._code.module, kind, full)
            table.linkage, table.global_constant = "internal", True
            table.initializer = ir.Constant(kind, list(values))
        return Integers(self._code, self._code.module.globals[full])


def _columns(plan: Elimination, width: int) -> dict[str, Sequence[int]]:
    pivots = plan.pivots
    return {
        "state": [pivot.index * width for pivot in pivots],
        "diagonal": [pivot.place * width for pivot in pivots],
        "below_start": _starts([len(pivot.below) for pivot in pivots]),
        "below_row": [row * width for pivot in pivots for row, _ in pivot.below] or [0],
        "below_place": [place * width for pivot in pivots for _, place in pivot.below] or [0],
        "right_start": _starts([len(pivot.right) for pivot in pivots]),
        "right_column": [column * width for pivot in pivots for column, _ in pivot.right] or [0],
        "right_place": [place * width for pivot in pivots for _, place in pivot.right] or [0],
        "update_start": _starts([len(pivot.updates) for pivot in pivots]),
        "target": [target * width for pivot in pivots[: plan.dense] for target, _, _ in pivot.updates] or [0],
    }


def _starts(counts: Sequence[int]) -> list[int]:
    starts = [0]
    for count in counts:
        starts.append(starts[-1] + count)
    return starts
