"""Where something that is watched becomes true, of sets in lanes.

A step is looked at in all lanes at once, in the places in which `lookout` looks at that of one set. Most steps are
calm: nothing changes, and nothing comes close to it. Else the step of that lane is copied into the context of one set,
which stands beside (`alone`), and is looked into and acted on there, as if the set were alone and to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from exokinetics.integrators.driving.acting import CELLS as ACTING
from exokinetics.integrators.driving.body import Body, Shape
from exokinetics.integrators.driving.context import PLACE, STOPPED
from exokinetics.integrators.driving.lookout import Lookout, Within
from exokinetics.integrators.driving.output import output_again, output_now, outputs_within
from exokinetics.integrators.driving.seeing import CELLS, alike, comes_close
from exokinetics.machine import ir
from exokinetics.machine.code import Integer, Integers, Mask, Number, Numbers


def begin_watching(f: Body) -> None:
    """In the lanes of `fresh`, which begin: what was true before the start."""
    fresh, seen, since = f.mask("fresh"), f.numbers("seen"), f.numbers("since")
    first = f.numbers("at_first").by(1)
    with f.code.loop(f["truths"]) as k:
        row = k * f.lanes
        seen[row] = fresh.choose(f.code.number(first[k], f.lanes), seen[row])
    since[0] = fresh.choose(-float("inf"), since[0])


def look_again(f: Body) -> None:
    """In the lanes of `fresh`, which stand at a stop: what a dose, or the start, made true is left to others."""
    fresh, sight, seen, failed = f.mask("fresh"), f.numbers("sight"), f.numbers("seen"), f.numbers("failed")
    f.kernel("watch_kernel", *(f.numbers(name) for name in ("t", "x", "p", "sight")))
    with f.code.loop(f["truths"] * f.lanes, f.lanes) as row:
        failed[0] = (fresh & (sight[row] > seen[row])).choose(float(STOPPED), failed[0])
    with f.code.loop(f["watched"] * f.lanes, f.lanes) as row:
        seen[row] = fresh.choose(sight[row], seen[row])


class LookoutInLanes:
    """The functions of one driver: see `Lookout`. `copied`: arrays of states that tell of a step, in rows of all."""

    def __init__(
        self, module: ir.Module, shape: Shape, within: Within, last: str, copied: Mapping[str, int],
        restart: ir.Function,
    ) -> None:  # fmt: skip
        self._within, self._last, self._copied, self._restart = within, last, copied, restart
        self._lookout = Lookout(module, replace(shape, lanes=1), within, last, None)
        self._function = self._write(module, shape)

    def follow(
        self, f: Body, emit: ir.Function, step: tuple[Number, Number], moved: Mask, onward: Callable[[Mask], None]
    ) -> None:  # fmt: skip
        """Look at the step that the lanes `moved` took, from its start to its end, and go `onward` or halt in it."""
        _, end = step
        f.numbers("step_end")[0] = end
        f.numbers("emit")[0] = moved.choose(1.0, 0.0)
        f.code.call(self._function, f.context)
        halt = f.numbers("halt")[0]
        outputs_within(f, emit, moved, halt.smaller(end), partial(self._within, f))
        halted = moved & (halt < float("inf"))
        onward(moved & ~halted)
        with f.code.when(halted.bits().nonzero()):
            self._go_on(f, emit, halted)

    def _write(self, module: ir.Module, shape: Shape) -> ir.Function:
        """In the lanes of `emit`: `halt`, and the states there in `added` where an event was carried out."""
        f = Body(module, shape, "lookout_in_lanes")
        code, lanes, moved = f.code, f.lanes, f.mask("emit")
        noticed, seen, sights, halt = (f.numbers(name) for name in ("noticed", "seen", "sights", "halt"))
        noticed[0], halt[0] = 0.0, float("inf")
        with code.loop(f["watched"] * lanes, lanes) as row:
            sights[row] = seen[row]
        with code.loop(f["places"]) as place:
            self._look(f, place)
        asked = moved & (noticed[0] > 0.0)
        calm, last = moved & ~asked, sights.past(f["places"] * f["watched"] * lanes)
        with code.loop(f["watched"] * lanes, lanes) as row:
            seen[row] = calm.choose(last[row], seen[row])
        with code.lanes(asked.bits(), lanes) as lane:
            self._ask(f, lane)
        return code.finish()

    def _look(self, f: Body, place: Integer) -> None:
        """What is seen at a place of the step, and whether there is anything to look into."""
        code, lanes, size = f.code, f.lanes, f["watched"] * f.lanes
        start, end, share = f.numbers("t")[0], f.numbers("step_end")[0], f.numbers("shares").by(1)[place]
        time = code.number(share, lanes)
        time = (time < 1.0).choose(start + (end - start) * time, end)
        f.numbers("out_time")[0] = time
        self._within(f, time)
        out, last, inside = f.numbers("row_out"), f.numbers(self._last), time < end
        with code.loop(f.filled, lanes) as row:
            out[row] = inside.choose(out[row], last[row])
        here = f.numbers("sights").past((place + 1) * size)
        f.kernel("watch_kernel", f.numbers("out_time"), out, f.numbers("p"), here)
        self._notice(f, f.numbers("seen"), here)
        with code.when(place.nonzero()):
            before, middle = (f.numbers("sights").past((place - back) * size) for back in (1, 0))
            noticed, truths = f.numbers("noticed"), f["truths"]
            with code.loop(f["roots"]) as root:
                row = (truths + root) * lanes
                close = comes_close(before[row], middle[row], here[row])
                noticed[0] = close.choose(1.0, noticed[0])

    @staticmethod
    def _notice(f: Body, seen: Numbers, here: Numbers) -> None:
        """Whether a truth, or the sign of a root, is another than it was seen to be."""
        noticed, truths, lanes = f.numbers("noticed"), f["truths"], f.lanes
        with f.code.loop(truths * lanes, lanes) as row:
            noticed[0] = here[row].compare("!=", seen[row]).choose(1.0, noticed[0])
        with f.code.loop(f["roots"]) as root:
            row = (truths + root) * lanes
            noticed[0] = alike(here[row], seen[row]).choose(noticed[0], 1.0)

    def _ask(self, f: Body, lane: Integer) -> None:
        """What the lookout of one set finds, and does, in the step of a lane."""
        code, context = f.code, f.address("alone")
        one = _One(f, Integers(code, context), lane)
        for name, rows in self._copied.items():
            one.bring(name, f["padded"] * rows)
        for name, count in (("p", f["inputs"]), ("seen", f["watched"]), ("t", 1), ("step", 1)):
            one.bring(name, count)
        for name, source in (("start", "t"), ("end", "step_end")):
            one.array("lookout")[CELLS.index(name)] = one.lane_of(source)[0]
        one.array("acting")[ACTING.index("since")] = one.lane_of("since")[0]
        code.call(self._lookout.function, context)
        one.take("halt", 1)
        found = one.array("halt")[0] < float("inf")
        with code.builder.if_else(found.bits().nonzero()) as (risen, nothing):
            with nothing:
                one.take("seen", f["watched"])
            with risen:
                assert self._lookout.act is not None
                code.call(self._lookout.act, context)
                acted = one.array("acting")[ACTING.index("acted")] > 0.0
                with code.builder.if_else(acted.bits().nonzero()) as (done, left):
                    with done:
                        one.take("seen", f["watched"])
                        one.take("x", f["padded"], to="added")
                        one.take("halt", 1, to="since")
                    with left:
                        f.numbers("failed").by(1)[lane] = float(STOPPED)

    def _go_on(self, f: Body, emit: ir.Function, halted: Mask) -> None:
        """Behind an event that was carried out in these lanes; a dose at the same time comes first, so it is left."""
        code, lanes, failed = f.code, f.lanes, f.numbers("failed")
        t, halt, when = f.numbers("t"), f.numbers("halt")[0], f.numbers("dose_time").by(1)
        planned = halted & halt.same(f.numbers("stop")[0])
        t[0] = halted.choose(halt, t[0])
        with code.loop(f["doses"]) as each:
            failed[0] = (halted & halt.same(code.number(when[each], lanes))).choose(float(STOPPED), failed[0])
        acted = halted & ~failed[0].same(float(STOPPED))
        x, new = f.numbers("x"), f.numbers("added")
        with code.loop(f.filled, lanes) as row:
            x[row] = acted.choose(new[row], x[row])
        f.numbers("fresh")[0] = acted.choose(1.0, 0.0)
        code.call(self._restart, f.context)
        output_again(f, emit, planned)
        output_now(f, emit, acted)


class _One:
    """The context of one set, beside that of all lanes, of which one is looked into."""

    def __init__(self, f: Body, context: Integers, lane: Integer) -> None:
        self._f, self._context, self._lane = f, context, lane

    def array(self, name: str) -> Numbers:
        """An array of the one set."""
        return self._context.numbers(PLACE[name], 1)

    def lane_of(self, name: str) -> Numbers:
        """The same array of all lanes, from its lane on."""
        return self._f.numbers(name).by(1).past(self._lane)

    def bring(self, name: str, count: Integer | int) -> None:
        """Copy so many numbers from the lane."""
        own, lane = self.array(name), self.lane_of(name)
        with self._f.code.loop(count) as index:
            own[index] = lane[index * self._f.lanes]

    def take(self, name: str, count: Integer | int, to: str = "") -> None:
        """Copy so many numbers back into the lane, `to` an array of the same name if no other is given."""
        own, lane = self.array(name), self.lane_of(to or name)
        with self._f.code.loop(count) as index:
            lane[index * self._f.lanes] = own[index]
