"""Where on a step something that is watched becomes true, of one set alone: `integrators.lookout` as machine code.

It is looked at in the same places of the step and searched in the same way, but that secants come close to a moment
before halving does; see there what can be missed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from exokinetics.integrators.driving.acting import CELLS as ACTING
from exokinetics.integrators.driving.acting import write_acting
from exokinetics.integrators.driving.body import Body, Shape
from exokinetics.integrators.driving.context import STOPPED
from exokinetics.integrators.driving.output import output_now, outputs_within
from exokinetics.integrators.driving.seeing import (
    COUNTS,
    alike,
    cell,
    changes,
    comes_close,
    count_of,
    has_sign,
    rises,
    seen_at,
    take_up,
    time_at,
)
from exokinetics.integrators.driving.slopes import copy_slopes
from exokinetics.integrators.lookout import GOLDEN, ROUNDING, SEARCHES, SMALLEST_SHARE
from exokinetics.machine import ir
from exokinetics.machine.code import Mask, Number

SECANTS = 12  # looks, at most; two or three halvings are left then

Within = Callable[[Body, Number], None]


class Lookout:
    """The functions of one driver; `within` puts the states at a time of the step into `row_out`, `last` is its end.

    Without `restart`, those who ask begin anew behind an event themselves.
    """

    def __init__(
        self, module: ir.Module, shape: Shape, within: Within, last: str, restart: ir.Function | None
    ) -> None:  # fmt: skip
        self._module, self._shape, self._within, self._last = module, shape, within, last
        self._look = self._write_look()
        self._halve, self._visit = self._write_halve(), self._write_visit()
        self._visits, self._cross = self._write_visits(), self._write_cross()
        self.function = self._write()
        self.act = None if shape.slopes else self._write_act(write_acting(module, shape, restart))

    def _body(self, name: str) -> Body:
        return Body(self._module, self._shape, f"lookout_{name}")

    def _write_act(self, acting: ir.Function) -> ir.Function:
        """Carry out what became true at `halt`, if it is simple."""
        f = self._body("act")
        cell(f, "time")[0] = f.numbers("halt")[0]
        f.code.call(self._look, f.context)
        f.code.call(acting, f.context)
        return f.code.finish()

    def _write_look(self) -> ir.Function:
        """What is seen at `time`, to `sight`."""
        f = self._body("look")
        self._state(f, cell(f, "time")[0])
        f.numbers("out_time")[0] = cell(f, "time")[0]
        f.kernel("watch_kernel", *(f.numbers(name) for name in ("out_time", "row_out", "p", "sight")))
        return f.code.finish()

    def _state(self, f: Body, time: Number) -> None:
        """The states at a time of the step, to `row_out`."""
        inside = time < cell(f, "end")[0]
        with f.code.builder.if_else(inside.bits().nonzero()) as (before, at_the_end):
            with before:
                self._within(f, time)
            with at_the_end:
                source, target = f.several(self._last, "row_out")
                with f.code.loop(f["padded"], f.vector) as row:
                    target[row] = source[row]

    def _write_halve(self) -> ir.Function:
        """The first time after `low`, up to `high`, at which something is true that was not seen to be: `halt`."""
        f = self._body("halve")
        self._halving(f, lambda: rises(f))
        f.numbers("halt")[0] = cell(f, "high")[0]
        return f.code.finish()

    def _write_cross(self) -> ir.Function:
        """Where two roots or more change sign up to `high`: it is looked at each such moment, and between them."""
        f = self._body("cross")
        code, high, end = f.code, cell(f, "high"), cell(f, "place_end")
        here, sight = f.numbers("kept"), f.numbers("sight")
        end[0] = high[0]
        with code.loop(f["watched"]) as k:
            here[k] = sight[k]
        with code.when((changes(f) > 1.0).bits().nonzero()):
            self._times_of_crossings(f)
            self._looked_at(f)
        with code.loop(f["watched"]) as k:
            sight[k] = here[k]
        high[0] = end[0]
        return code.finish()

    def _times_of_crossings(self, f: Body) -> None:
        """By root the first time at which it has the sign that it has at the place, or infinity."""
        code, here, seen, times = f.code, f.numbers("kept"), f.numbers("seen"), f.numbers("crossings")
        low, high, kept = cell(f, "low"), cell(f, "high"), cell(f, "place_low")
        kept[0] = low[0]
        with code.loop(f["roots"]) as root:
            times[root] = float("inf")
            now, place = here[f["truths"] + root], f["truths"] + root
            with code.when((~alike(now, seen[place])).bits().nonzero()):
                self._halving(f, partial(has_sign, f, place, now), take=False)
                times[root] = high[0]
                low[0], high[0] = kept[0], cell(f, "place_end")[0]

    def _looked_at(self, f: Body) -> None:
        """The moments in turn, with the middles between them, until something has risen."""
        code, times, at, following = f.code, f.numbers("crossings"), cell(f, "at"), cell(f, "following")
        low, end, infinite = cell(f, "low"), cell(f, "place_end"), float("inf")
        at[0] = low[0]
        with code.repeat() as again:
            following[0] = infinite
            with code.loop(f["roots"]) as root:
                time = times[root]
                following[0] = ((time > at[0]) & (time < following[0])).choose(time, following[0])
            again.leave((~(following[0] < end[0])).bits().nonzero())
            with code.when((at[0] > cell(f, "place_low")[0]).bits().nonzero()):
                self._consider(f, at[0] + (following[0] - at[0]) * 0.5)
            again.leave((f.numbers("halt")[0] < infinite).bits().nonzero())
            self._consider(f, following[0])
            again.leave((f.numbers("halt")[0] < infinite).bits().nonzero())
            at[0] = following[0]

    def _consider(self, f: Body, time: Number) -> None:
        """What is seen at a time that is behind `low`."""
        cell(f, "time")[0], cell(f, "high")[0] = time, time
        f.code.call(self._look, f.context)
        with f.code.builder.if_else(rises(f).bits().nonzero()) as (risen, not_yet):
            with risen:
                f.code.call(self._halve, f.context)
            with not_yet:
                take_up(f)
                cell(f, "low")[0] = time

    def _halving(self, f: Body, changed: Callable[[], Mask], *, take: bool = True) -> None:
        """`high` comes down to the first time at which what is in `sight` has changed; `take` up what is before."""
        code, low, high = f.code, cell(f, "low"), cell(f, "high")
        cell(f, "least")[0] = (high[0] - low[0]) * SMALLEST_SHARE
        with code.when(changes(f).same(1.0).bits().nonzero()):
            self._close_in(f, changed, take=take)
        with code.repeat() as again:
            width, first, last = high[0] - low[0], low[0], high[0]
            again.leave((width <= cell(f, "least")[0].larger(last.absolute() * ROUNDING)).bits().nonzero())
            middle = first + width * 0.5
            again.leave((~((middle > first) & (middle < last))).bits().nonzero())
            cell(f, "time")[0] = middle
            code.call(self._look, f.context)
            with code.builder.if_else(changed().bits().nonzero()) as (after, before):
                with after:
                    high[0] = middle
                with before:
                    low[0] = middle
                    if take:
                        take_up(f)

    def _close_in(self, f: Body, changed: Callable[[], Mask], *, take: bool) -> None:
        """By secants to the zero of the one root that changes its sign, as the Illinois method (Dowell, Jarratt 1971).

        What decides is what has changed, not the root; of the fifty looks of halving a dozen are left.
        """
        code, low, high, tries = f.code, cell(f, "low"), cell(f, "high"), f.integers("lookout_counts")
        before, after, side = (cell(f, name) for name in ("before", "after", "side"))
        sight, seen, truths = f.numbers("sight"), f.numbers("seen"), f["truths"]
        with code.loop(f["roots"]) as root:
            other = ~alike(sight[truths + root], seen[truths + root])
            with code.when(other.bits().nonzero()):
                tries[COUNTS.index("changing")] = root
        root = count_of(f, "changing") + truths
        before[0], after[0], side[0] = seen[root], sight[root], 0.0
        tries[COUNTS.index("tries")] = 0
        with code.repeat() as again:
            tried, first, width = count_of(f, "tries"), low[0], high[0] - low[0]
            again.leave(tried.compare(">=", SECANTS))
            tries[COUNTS.index("tries")] = tried + 1
            time = first + width * (before[0] / (before[0] - after[0]))
            again.leave((~((time > first) & (time < high[0]))).bits().nonzero())
            cell(f, "time")[0] = time
            code.call(self._look, f.context)
            value = sight[root]
            with code.builder.if_else(changed().bits().nonzero()) as (behind, ahead):
                with behind:  # where the same end moves twice, the other counts as half as far from zero
                    before[0] = (side[0] > 0.0).choose(before[0] * 0.5, before[0])
                    high[0], after[0], side[0] = time, value, 1.0
                with ahead:
                    after[0] = (side[0] < 0.0).choose(after[0] * 0.5, after[0])
                    low[0], before[0], side[0] = time, value, -1.0
                    if take:
                        take_up(f)

    def _write_visit(self) -> ir.Function:
        """Golden sections for the least distance of `root` from zero, until a truth `changed`."""
        f = self._body("visit")
        code, tries = f.code, f.integers("lookout_counts")
        low, middle, high, least = (cell(f, f"inner_{name}") for name in ("low", "middle", "high", "least"))
        changed, sight, known = cell(f, "changed"), f.numbers("sight"), seen_at(f, 0)
        root = count_of(f, "root")
        tries[COUNTS.index("tries")], changed[0] = 0, 0.0
        with code.repeat() as again:
            tried = count_of(f, "tries")
            again.leave(tried.compare(">=", SEARCHES))
            tries[COUNTS.index("tries")] = tried + 1
            below, above = middle[0] - low[0], high[0] - middle[0]
            left = below > above
            time = left.choose(middle[0] - below * GOLDEN, middle[0] + above * GOLDEN)
            cell(f, "time")[0] = time
            code.call(self._look, f.context)
            with code.loop(f["truths"]) as k:
                changed[0] = (sight[k].compare("!=", known[k])).choose(1.0, changed[0])
            again.leave((changed[0] > 0.0).bits().nonzero())
            value = cell(f, "sign")[0] * sight[f["truths"] + root]
            better, old = value < least[0], middle[0]
            new_low = better.choose(left.choose(low[0], old), left.choose(time, low[0]))
            new_high = better.choose(left.choose(old, high[0]), left.choose(high[0], time))
            low[0], high[0] = new_low, new_high
            middle[0], least[0] = better.choose(time, old), better.choose(value, least[0])
        return code.finish()

    def _write_visits(self) -> ir.Function:
        """Every root that came closer to zero at the last place but one than at both of its neighbours."""
        f = self._body("visits")
        code, truths = f.code, f["truths"]
        sights, times = [seen_at(f, back) for back in (1, 0, -1)], [time_at(f, back) for back in (1, 0, -1)]
        cell(f, "visited")[0] = float("inf")
        with code.loop(f["roots"]) as root:
            before, middle, after = (sight[truths + root] for sight in sights)
            with code.when(comes_close(before, middle, after).bits().nonzero()):
                f.integers("lookout_counts")[COUNTS.index("root")] = root
                for name, value in zip(("inner_low", "inner_middle", "inner_high"), times, strict=True):
                    cell(f, name)[0] = value
                cell(f, "sign")[0] = (middle > 0.0).choose(1.0, -1.0)
                cell(f, "inner_least")[0] = middle.absolute()
                code.call(self._visit, f.context)
                with code.when((cell(f, "changed")[0] > 0.0).bits().nonzero()):
                    self._visited(f, times[0])
        with code.when((cell(f, "visited")[0] < float("inf")).bits().nonzero()):
            low = cell(f, "low")
            low[0] = (cell(f, "visited")[0] > low[0]).choose(low[0], times[0])
            cell(f, "high")[0] = cell(f, "visited")[0]
            code.call(self._halve, f.context)
        return code.finish()

    def _visited(self, f: Body, first: Number) -> None:
        """What became false is taken up at once, and of what became true the earliest time kept."""
        time, visited, low = cell(f, "time")[0], cell(f, "visited"), cell(f, "low")
        with f.code.builder.if_else(rises(f).bits().nonzero()) as (risen, fallen):
            with risen:
                visited[0] = visited[0].smaller(time)
            with fallen:
                take_up(f)
                low[0] = time

    def _write(self) -> ir.Function:
        """From `start` to `end` of a step that was taken: `halt` is the first time, or infinite."""
        f = self._body("step")
        code, counts, halt = f.code, f.integers("lookout_counts"), f.numbers("halt")
        seen, sight = f.numbers("seen"), f.numbers("sight")
        start, end, low = cell(f, "start")[0], cell(f, "end")[0], cell(f, "low")
        halt[0], low[0], f.numbers("emit")[0] = float("inf"), start, 0.0
        f.numbers("place_times")[0] = start
        first = f.numbers("sights")
        with code.loop(f["watched"]) as k:
            first[k] = seen[k]
        counts[COUNTS.index("place")] = 0
        with code.repeat() as again:
            place = count_of(f, "place")
            again.leave(place.compare(">=", f["places"]))
            again.leave((halt[0] < float("inf")).bits().nonzero())
            share = f.numbers("shares")[place]
            time = (share < 1.0).choose(start + (end - start) * share, end)
            cell(f, "time")[0], f.numbers("place_times")[place + 1] = time, time
            code.call(self._look, f.context)
            here = seen_at(f, -1)
            with code.loop(f["watched"]) as k:
                here[k] = sight[k]
            with code.when(place.nonzero()):
                code.call(self._visits, f.context)
            with code.when((~(halt[0] < float("inf"))).bits().nonzero()):
                with code.loop(f["watched"]) as k:
                    sight[k] = here[k]
                cell(f, "high")[0] = time
                code.call(self._cross, f.context)
            with code.when((~(halt[0] < float("inf"))).bits().nonzero()):
                self._last_part(f, time)
            counts[COUNTS.index("place")] = place + 1
        return code.finish()

    def _last_part(self, f: Body, time: Number) -> None:
        """Up to a place, behind all moments at which several roots change sign."""
        with f.code.builder.if_else(rises(f).bits().nonzero()) as (risen, not_yet):
            with risen:
                f.code.call(self._halve, f.context)
            with not_yet:
                take_up(f)
                cell(f, "low")[0] = time

    def follow(
        self, f: Body, emit: ir.Function, step: tuple[Number, Number], moved: Mask, onward: Callable[[Mask], None]
    ) -> None:  # fmt: skip
        """Look at a step that was taken, from its start to its end, and go `onward` or halt in it."""
        start, end = step
        cell(f, "start")[0], cell(f, "end")[0] = start, end
        f.code.call(self.function, f.context)
        halt = f.numbers("halt")[0]
        outputs_within(f, emit, moved, halt.smaller(end), partial(self._within, f))
        with f.code.builder.if_else((halt < float("inf")).bits().nonzero()) as (halted, passed):
            with halted:
                self._halt(f, emit)
            with passed:
                onward(moved)

    def _halt(self, f: Body, emit: ir.Function) -> None:
        """Carry out what became true at `halt` if that is simple, else end the set there."""
        if self.act is None:
            self._stop(f, emit)
            return
        f.code.call(self.act, f.context)
        acted = f.numbers("acting").past(ACTING.index("acted"))[0] > 0.0
        with f.code.builder.if_else(acted.bits().nonzero()) as (done, left):
            with done:
                output_now(f, emit, f.mask("active"))
            with left:
                self._stop(f, emit)

    def _stop(self, f: Body, emit: ir.Function) -> None:
        """End the set at `halt`, with the states there as one more output."""
        time = f.numbers("halt")[0]
        f.numbers("emit")[0], f.numbers("out_time")[0] = 1.0, time
        self._state(f, time)
        if f.points:
            at_the_end = ~(time < cell(f, "end")[0])
            copy_slopes(f, "new_slopes", "slope_out", at_the_end)
        f.code.call(emit, f.context)
        f.numbers("t")[0] = time
        f.numbers("failed")[0] = float(STOPPED)
