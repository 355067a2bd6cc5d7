"""One function of the driver: its code, and the context by name."""

from __future__ import annotations

from dataclasses import dataclass

from exokinetics.integrators.driving.context import PLACE, SETTING
from exokinetics.machine import ir
from exokinetics.machine.code import DOUBLE, INTEGER, Code, Integer, Integers, Mask, Number, Numbers

SUMS = 4  # partial sums of the norm of the error, in an order that does not depend on the lanes


@dataclass(frozen=True)
class Shape:
    """A driver for rows of `lanes` sets; `in_time`: rates name time; `fused`: the processor rounds a*b + c once.

    `watching`: where something becomes true it is carried out, or stops the set if that is not simple.
    `slopes`: at how many points together derivatives by inputs are worked out, where they are carried along, else 0; of
    several lanes it is their number. `counting`: the method counts its evaluations and factorisations, which do not
    follow from the number of its steps. `recording`: of one set alone, what was is kept for rates that look back.
    `constrained`: of one set alone, constraints determine some states; `mass` is 0 for these and 1 for others.
    """

    lanes: int
    in_time: bool
    fused: bool
    slopes: int = 0
    counting: bool = False
    watching: bool = False
    recording: bool = False
    constrained: bool = False

    @property
    def vector(self) -> int:
        """How many numbers are worked on together: of one set alone, four states at a time."""
        return SUMS if self.lanes == 1 else self.lanes


class Body:
    """The body of one function of the driver; its only argument is the address of the context."""

    def __init__(self, module: ir.Module, shape: Shape, name: str, *, inner: bool = True) -> None:
        self.code = Code(module, name, 1, fused=shape.fused, inner=inner)
        self.lanes, self.vector, self.in_time = shape.lanes, shape.vector, shape.in_time
        self.points, self.counting, self.watching = shape.slopes, shape.counting, shape.watching
        self.recording, self.constrained = shape.recording, shape.constrained
        self.context = self.code.function.args[0]
        self._integers = Integers(self.code, self.context)

    def __getitem__(self, name: str) -> Integer:
        """A size."""
        return self._integers[PLACE[name]]

    @property
    def filled(self) -> Integer:
        """How many numbers of an array of states are in use; of one set alone, all that are worked on together."""
        return self["padded"] if self.lanes == 1 else self["states"] * self.lanes

    def address(self, name: str) -> ir.Value:
        """The address of an array or function."""
        return self._integers.address(PLACE[name])

    def numbers(self, name: str) -> Numbers:
        """An array of numbers, in rows of all lanes."""
        return self._integers.numbers(PLACE[name], self.lanes)

    def several(self, *names: str) -> list[Numbers]:
        """Arrays of states, in rows as long as the processor works on at once."""
        return [self.numbers(name).by(self.vector) for name in names]

    def integers(self, name: str) -> Integers:
        """An array of whole numbers."""
        return self._integers.integers(PLACE[name])

    def mask(self, name: str) -> Mask:
        """The lanes in which a row is above zero."""
        return self.numbers(name)[0] > 0.0

    def setting(self, name: str) -> Number:
        """A number that is the same for all sets."""
        return self.numbers("settings").by(1)[SETTING[name]]

    def real(self, name: str) -> Number:
        """A size as a number."""
        return Number(self.code, self.code.builder.sitofp(self[name].value, DOUBLE), 1)

    def whole(self, number: Number) -> Integer:
        """A number as a size."""
        return Integer(self.code, self.code.builder.fptosi(number.value, INTEGER))

    def kernel(self, name: str, *arguments: Numbers) -> None:
        """Call a function of the model."""
        self.code.call(self.address(name), *arguments)
