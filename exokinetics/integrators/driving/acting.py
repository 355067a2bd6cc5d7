"""Simple events carried out on the way: one that became true alone, without delay, while nothing waits.

What it does is the same as outside, to the last bit; whatever is less simple ends the stretch and is left to those who
know the rules. So does one that follows another after no more than `gap`, since such may never end.
"""

from __future__ import annotations

from exokinetics.integrators.driving.body import Body, Shape
from exokinetics.machine import ir

CELLS = ("free", "since", "gap", "risen", "which", "sound", "acted")


def write_acting(module: ir.Module, shape: Shape, restart: ir.Function | None) -> ir.Function:
    """With the states at `halt` in `row_out` and what is seen there in `sight`: `acted` is 1 where that was all.

    Where there is no `restart`, those who ask begin anew themselves.
    """
    f = Body(module, shape, "acting")
    code, cells = f.code, f.numbers("acting")
    cell = {name: cells.past(index) for index, name in enumerate(CELLS)}
    halt = f.numbers("halt")[0]
    cell["acted"][0] = 0.0
    _count_risen(f)
    alone = cell["risen"][0].same(1.0) & (cell["free"][0] > 0.0) & (halt - cell["since"][0] > cell["gap"][0])
    with code.when(alone.bits().nonzero()):
        which = f.whole(cell["which"][0])
        count = f.integers("effect_count")[which]
        cell["sound"][0] = 0.0
        with code.when(count.compare(">=", 0)):
            _carry_out(f)
        with code.when((cell["sound"][0] > 0.0).bits().nonzero()):
            _go_on(f)
            if restart is not None:
                f.numbers("fresh")[0] = 1.0
                code.call(restart, f.context)
            cell["acted"][0], cell["since"][0] = 1.0, halt
            f.integers("acted")[0] = f.integers("acted")[0] + 1
    return code.finish()


def _count_risen(f: Body) -> None:
    cells, sight, seen = f.numbers("acting"), f.numbers("sight"), f.numbers("seen")
    risen, which = cells.past(CELLS.index("risen")), cells.past(CELLS.index("which"))
    risen[0] = 0.0
    with f.code.loop(f["truths"]) as k:
        up = sight[k] > seen[k]
        risen[0] = up.choose(risen[0] + 1.0, risen[0])
        which[0] = up.choose(f.numbers("numbers")[k], which[0])


def _carry_out(f: Body) -> None:
    """The new states, to `spare`, and what is seen in them, to `kept`; not `sound` if that sets off more."""
    code, cells = f.code, f.numbers("acting")
    sound, which = cells.past(CELLS.index("sound")), f.whole(cells.past(CELLS.index("which"))[0])
    effects, target, spare = f.numbers("effects"), f.integers("effect_target"), f.numbers("spare")
    f.kernel("effects_kernel", *(f.numbers(name) for name in ("out_time", "row_out", "p", "effects")))
    source, wide = f.several("row_out", "spare")
    with code.loop(f["padded"], f.vector) as row:
        wide[row] = source[row]
    sound[0] = 1.0
    first = f.integers("effect_start")[which]
    with code.loop(f.integers("effect_count")[which]) as index:
        value = effects[first + index]
        sound[0] = (value.absolute() < float("inf")).choose(sound[0], 0.0)
        spare[target[first + index]] = value
    f.kernel("watch_kernel", *(f.numbers(name) for name in ("out_time", "spare", "p", "kept")))
    kept, sight = f.numbers("kept"), f.numbers("sight")
    with code.loop(f["truths"]) as k:
        sound[0] = (kept[k] > sight[k]).choose(0.0, sound[0])


def _go_on(f: Body) -> None:
    """Take over the new states, and what is seen in them."""
    code = f.code
    kept, sight, seen, fell = (f.numbers(name) for name in ("kept", "sight", "seen", "fell"))
    with code.loop(f["truths"]) as k:
        fell[k] = ((kept[k] < sight[k]) | (sight[k] < seen[k])).choose(1.0, fell[k])
    with code.loop(f["watched"]) as k:
        seen[k] = kept[k]
    x, spare = f.several("x", "spare")
    with code.loop(f["padded"], f.vector) as row:
        x[row] = spare[row]
    f.numbers("t")[0] = f.numbers("halt")[0]
