"""A system to machine code: its rates, factors of its Jacobian, initial state and observables, for rows of lanes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from exokinetics.compiler.hoisting import derived_symbol
from exokinetics.compiler.lowering import Lowering
from exokinetics.compiler.sparse import Elimination, elimination
from exokinetics.compiler.tables import CANCELLED, eliminate_by_table, solve_by_table
from exokinetics.expressions.graph import TIME, ZERO, Node
from exokinetics.machine import ir
from exokinetics.machine.code import Code, Number, Numbers

CHUNK = 32  # expressions written into one function: the time to compile one grows faster than its length
WHOLE = 96  # entries of a Jacobian that stay in registers until they are eliminated; more are written in chunks
UNROLLED = 300  # multiplications of an elimination that is written out; beyond, a loop over a table is as fast
SMALLEST_PIVOT = 1e-10  # beside 1/(step gamma), which is what the diagonal tends to


def direction_symbol(index: int) -> str:
    """The name of a component of a direction in the space of states; behind the last state stands that of time."""
    return f"direction:{index}"


KERNELS = ("rates", "factor", "stage", "start", "observe", "switch_times")
ALONE = ("slopes",)  # of one set only: the solvers of libraries know no lanes


@dataclass(frozen=True)
class Equations:
    """What machine code is made of: names of states and inputs, and expressions over them and time.

    `derived` are expressions of inputs alone, known to the others as `derived:0`, `derived:1` ...
    """

    states: Sequence[str]
    inputs: Sequence[str]
    derived: Sequence[Node]
    rates: Sequence[Node]
    jacobian: Mapping[tuple[int, int], Node]
    time_slopes: Mapping[int, Node]
    start: Sequence[Node]
    observables: Sequence[Node]
    switches: Sequence[Node]

    @classmethod
    def over(cls, states: Sequence[str], inputs: Sequence[str], derived: Sequence[Node]) -> Equations:
        """Names alone, for other expressions over them."""
        return cls(states, inputs, derived, (), {}, {}, (), (), ())


def plan_for(
    states: int, jacobian: Iterable[tuple[int, int]], width: int, algebraic: Collection[int] = ()
) -> Elimination:
    """The elimination that is written for rows of that width; a dense block pays for one set alone.

    `algebraic` are the rows of constraints, whose pivots are looked at one by one: no block then.
    """
    places = list(jacobian)
    plan = elimination(states, places, algebraic=algebraic)
    if algebraic:
        return plan
    return elimination(states, places, block=True) if width == 1 and plan.work > UNROLLED else plan


def kernel_names(width: int) -> tuple[str, ...]:
    """What is written for rows of that width."""
    return KERNELS + (ALONE if width == 1 else ())


def by_column(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places (row, column) in the order of compressed sparse columns."""
    return sorted(places, key=lambda place: place[::-1])


class Writer:
    """Writes the functions of one module."""

    def __init__(self, equations: Equations, plan: Elimination, width: int, *, fused: bool) -> None:
        self.equations, self.plan, self.width, self.fused = equations, plan, width, fused
        self.module = ir.Module("kernels")

    def function(self, name: str, arguments: int, *, inner: bool = False) -> Code:
        return Code(
            self.module, f"{name}_{self.width}" if not inner else name, arguments, fused=self.fused, inner=inner
        )

    @cached_property
    def _where(self) -> dict[str, tuple[str, int]]:
        """The array in which each symbol stands, and its place there in single numbers."""
        equations, width = self.equations, self.width
        derived = [derived_symbol(index) for index in range(len(equations.derived))]
        directions = [direction_symbol(index) for index in range(len(equations.states) + 1)]
        names = {"p": [*equations.inputs, *derived], "t": [str(TIME.payload)], "x": equations.states, "v": directions}
        return {name: (key, index * width) for key, group in names.items() for index, name in enumerate(group)}

    def lowering(self, code: Code, p: Numbers, **places: Numbers) -> Lowering:
        """Expressions over the inputs, and over time `t`, states `x` and directions `v` where they are given."""
        where, arrays = self._where, {"p": p, **places}

        def read(symbol: str) -> Number:
            array, place = where[symbol]
            return arrays[array][place]

        return Lowering(code, self.width, read)

    def write(self) -> None:
        equations = self.equations
        self.values("rates", equations.rates)
        if self.width == 1:
            self.values("slopes", [equations.jacobian[place] for place in by_column(equations.jacobian)])
        self.values("observe", equations.observables)
        self.start()
        self.switches()
        self.factor()
        self.stage()

    def values(self, name: str, nodes: Sequence[Node], along: str = "tx") -> None:
        """A function (t, x, p, out), or (t, x, p, v, out), for some expressions."""
        code, arguments = self._with_arguments(name, along)
        out = arguments.pop("out")
        if len(nodes) <= 2 * CHUNK:
            for index, value in enumerate(self.lowering(code, **arguments)(nodes)):
                out[index * self.width] = value
        else:
            for first in range(0, len(nodes), CHUNK):
                code.call(self._chunk(name, nodes, first, along), *code.function.args)
        code.finish()

    def _chunk(self, name: str, nodes: Sequence[Node], first: int, along: str) -> ir.Function:
        code, arguments = self._with_arguments(f"{name}_part_{first}", along, inner=True)
        out = arguments.pop("out")
        for index, value in enumerate(self.lowering(code, **arguments)(nodes[first : first + CHUNK]), start=first):
            out[index * self.width] = value
        return code.finish()

    def _with_arguments(self, name: str, along: str, *, inner: bool = False) -> tuple[Code, dict[str, Numbers]]:
        names = ["t", "x", "p", *(["v"] if "v" in along else []), "out"]
        code = self.function(name, len(names), inner=inner)
        return code, {key: code.numbers(index, self.width) for index, key in enumerate(names)}

    def start(self) -> None:
        """(p, x): the derived inputs are put behind the inputs, and the initial state is worked out."""
        code = self.function("start", 2)
        p, x = (code.numbers(index, self.width) for index in range(2))
        behind = p.past(len(self.equations.inputs) * self.width)
        for name, nodes, target in (("derive", self.equations.derived, behind), ("begin", self.equations.start, x)):
            for first in range(0, len(nodes), CHUNK):
                part = self.function(f"{name}_{first}", 2, inner=True)
                here, out = (part.numbers(index, self.width) for index in range(2))
                values = self.lowering(part, here)(nodes[first : first + CHUNK])
                for index, value in enumerate(values, start=first):
                    out[index * self.width] = value
                code.call(part.finish(), p, target)
        code.finish()

    def switches(self) -> None:
        """(p, times): each time and its period, 0 for once."""
        code = self.function("switch_times", 2)
        p, times = (code.numbers(index, self.width) for index in range(2))
        for index, value in enumerate(self.lowering(code, p)(self.equations.switches)):
            times[index * self.width] = value
        code.finish()

    def factor(self) -> None:
        """(t, x, p, g, lu, ft, sound): the factors of g - Jacobian, the reciprocal of each pivot in its place.

        In rows of constraints g is left out, and their pivots have no part in the sign that `sound` tells.
        """
        code = self.function("factor", 7)
        t, x, p, g, lu, ft, sound = (code.numbers(index, self.width) for index in range(7))
        # larger ones are needed in memory
        small = len(self.plan.places) <= WHOLE and self.plan.work <= UNROLLED
        entries: dict[int, Number] = {}
        slopes = [self.equations.time_slopes.get(index, ZERO) for index in range(len(self.equations.states))]
        lower = self.lowering(code, p, t=t, x=x)
        if small:
            places = list(self.plan.places)
            nodes = [self.equations.jacobian.get(place, ZERO) for place in places]
            values = self._shifted(code, places, lower(nodes), g)
            entries = {self.plan.places[place]: value for place, value in zip(places, values, strict=True)}
        else:
            with code.loop(self.plan.memory * self.width, self.width) as row:
                lu[row] = 0.0
            places = [place for place in self.plan.places if place in self.equations.jacobian or place[0] == place[1]]
            for first in range(0, len(places), CHUNK):
                code.call(self.entries(places, first), t, x, p, g, lu)
        if self.equations.time_slopes:
            for index, value in enumerate(lower(slopes)):
                ft[index * self.width] = value
        if self.plan.work <= UNROLLED:
            self._eliminate(code, entries, g, lu, sound)
        else:
            eliminate_by_table(code, self.plan, self.width, g, lu, sound)
        code.finish()

    def _shifted(
        self, code: Code, places: Sequence[tuple[int, int]], values: Sequence[Number], g: Numbers
    ) -> list[Number]:
        """g - Jacobian at some places."""
        shift, algebraic = g[0], self.algebraic
        return [
            shift - value if row == column and row not in algebraic else -value
            for (row, column), value in zip(places, values, strict=True)
        ]  # fmt: skip

    @cached_property
    def algebraic(self) -> frozenset[int]:
        """The rows of constraints."""
        return frozenset(pivot.index for pivot in self.plan.pivots if pivot.algebraic)

    def entries(self, places: Sequence[tuple[int, int]], first: int) -> ir.Function:
        """A part of g - Jacobian: (t, x, p, g, lu)."""
        code = self.function(f"entries_{first}", 5, inner=True)
        t, x, p, g, lu = (code.numbers(index, self.width) for index in range(5))
        some = places[first : first + CHUNK]
        values = self.lowering(code, p, t=t, x=x)([self.equations.jacobian.get(place, ZERO) for place in some])
        for place, value in zip(some, self._shifted(code, some, values, g), strict=True):
            lu[self.plan.places[place] * self.width] = value
        return code.finish()

    def _eliminate(
        self, code: Code, entries: dict[int, Number], g: Numbers, lu: Numbers, sound: Numbers
    ) -> None:  # fmt: skip
        """Written out; what a place holds is stored when nothing changes it any more."""
        width, smallest = self.width, g[0] * SMALLEST_PIVOT

        def entry(place: int) -> Number:
            if place not in entries:
                entries[place] = lu[place * width]
            return entries[place]

        good, sign = None, code.number(1.0, width)
        came_from: dict[int, Number] = {}  # of the diagonal of constraints: the sizes of what was added up
        diagonal = {pivot.place for pivot in self.plan.pivots if pivot.algebraic}
        for pivot in self.plan.pivots:
            value = entry(pivot.place)
            size = value.absolute()
            floor = came_from.get(pivot.place, size) * CANCELLED if pivot.algebraic else smallest
            large = (size > floor) & (size < float("inf"))
            good = large if good is None else good & large
            if not pivot.algebraic:
                sign = (value < 0.0).choose(-sign, sign)
            inverse = 1.0 / value
            lu[pivot.place * width] = inverse
            for _, place in pivot.below:
                entries[place] = entry(place) * inverse
                lu[place * width] = entries[place]
            for _, place in pivot.right:
                lu[place * width] = entry(place)
            for target, multiplier, across in pivot.updates:
                if target in diagonal:
                    before = came_from.get(target, entry(target).absolute())
                    came_from[target] = before + (entry(multiplier) * entry(across)).absolute()
                entries[target] = code.multiply_add(-entry(multiplier), entry(across), entry(target))
        sound[0] = good.choose(sign, 0.0) if good is not None else 1.0

    def stage(self) -> None:
        """(t, x, p, added, lu, k)."""
        code = self.function("stage", 6)
        t, x, p, added, lu, k = (code.numbers(index, self.width) for index in range(6))
        count = len(self.equations.states)
        if self.plan.work <= UNROLLED and count <= 2 * CHUNK:
            rates = self.lowering(code, p, t=t, x=x)(self.equations.rates)
            right = [rate + added[index * self.width] for index, rate in enumerate(rates)]
            self._solve(code, right, lu)
            for index, value in enumerate(right):
                k[index * self.width] = value
        else:
            code.call(self.module.function(f"rates_{self.width}"), t, x, p, k)
            with code.loop(count * self.width, self.width) as place:
                k[place] = k[place] + added[place]
            solve_by_table(code, self.plan, self.width, lu, k)
        code.finish()

    def _solve(self, code: Code, right: list[Number], lu: Numbers) -> None:
        for pivot in self.plan.pivots:
            for row, place in pivot.below:
                right[row] = code.multiply_add(-lu[place * self.width], right[pivot.index], right[row])
        for pivot in reversed(self.plan.pivots):
            total = right[pivot.index]
            for column, place in pivot.right:
                total = code.multiply_add(-lu[place * self.width], right[column], total)
            right[pivot.index] = total * lu[pivot.place * self.width]


def module_text(equations: Equations, plan: Elimination, width: int, *, fused: bool) -> str:
    """LLVM's intermediate representation of all functions in `kernel_names`, each with `_{width}` behind its name."""
    writer = Writer(equations, plan, width, fused=fused)
    writer.write()
    return str(writer.module)
