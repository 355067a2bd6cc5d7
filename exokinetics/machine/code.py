"""Machine code written as Python: arithmetic, arrays, loops and branches over lanes, emitted through LLVM.

A *row* is `width` numbers that are worked on together: one quantity of `width` parameter sets, or `width` states of
one. Every operation is the same at every width, so that results do not depend on it to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from exokinetics.machine import elementary, ir
from exokinetics.machine.ir import BIT, DOUBLE, INTEGER, POINTER, VOID

__all__ = ["BIT", "DOUBLE", "INTEGER", "POINTER", "VOID", "Code", "Integer", "Integers", "Mask", "Number", "Numbers"]


def row_type(width: int) -> ir.Type:
    """The type of `width` numbers; one is a plain number."""
    return ir.row(DOUBLE, width)


class Number:
    """A row of numbers; Python numbers and single lanes mix in."""

    def __init__(self, code: Code, value: ir.Value, width: int) -> None:
        self.code, self.value, self.width = code, value, width

    def _other(self, other: Number | float) -> ir.Value:
        if isinstance(other, Number) and other.width == self.width:
            return other.value
        return self.code.number(other, self.width).value

    def __add__(self, other: Number | float) -> Number:
        return Number(self.code, self.code.builder.fadd(self.value, self._other(other)), self.width)

    def __radd__(self, other: float) -> Number:
        return self.code.number(other, self.width) + self

    def __sub__(self, other: Number | float) -> Number:
        return Number(self.code, self.code.builder.fsub(self.value, self._other(other)), self.width)

    def __rsub__(self, other: float) -> Number:
        return self.code.number(other, self.width) - self

    def __mul__(self, other: Number | float) -> Number:
        return Number(self.code, self.code.builder.fmul(self.value, self._other(other)), self.width)

    def __rmul__(self, other: float) -> Number:
        return self.code.number(other, self.width) * self

    def __truediv__(self, other: Number | float) -> Number:
        return Number(self.code, self.code.builder.fdiv(self.value, self._other(other)), self.width)

    def __rtruediv__(self, other: float) -> Number:
        return self.code.number(other, self.width) / self

    def __neg__(self) -> Number:
        return Number(self.code, self.code.builder.fneg(self.value), self.width)

    def compare(self, relation: str, other: Number | float) -> Mask:
        """Lanes where the relation holds; it never holds for what is not a number, but for `!=`."""
        relation = "une" if relation == "!=" else ir.ORDERED[relation]
        return Mask(self.code, self.code.builder.fcmp(relation, self.value, self._other(other)), self.width)

    def __lt__(self, other: Number | float) -> Mask:
        return self.compare("<", other)

    def __le__(self, other: Number | float) -> Mask:
        return self.compare("<=", other)

    def __gt__(self, other: Number | float) -> Mask:
        return self.compare(">", other)

    def __ge__(self, other: Number | float) -> Mask:
        return self.compare(">=", other)

    def same(self, other: Number | float) -> Mask:
        """Lanes where both are equal."""
        return self.compare("==", other)

    def lanes(self, count: int) -> list[Number]:
        """The first lanes, each alone."""
        builder = self.code.builder
        return [Number(self.code, builder.extract_element(self.value, lane), 1) for lane in range(count)]

    def absolute(self) -> Number:
        """Without sign."""
        return Number(self.code, elementary.intrinsic(self.code.builder, "fabs", self.value), self.width)

    def larger(self, other: Number | float) -> Number:
        """The larger of two; this one where the other is no number."""
        other = self.code.number(other, self.width)
        return (other > self).choose(other, self)

    def smaller(self, other: Number | float) -> Number:
        """The smaller of two; this one where the other is no number."""
        other = self.code.number(other, self.width)
        return (other < self).choose(other, self)


class Mask:
    """A row of truths."""

    def __init__(self, code: Code, value: ir.Value, width: int) -> None:
        self.code, self.value, self.width = code, value, width

    def __and__(self, other: Mask) -> Mask:
        return Mask(self.code, self.code.builder.and_(self.value, other.value), self.width)

    def __or__(self, other: Mask) -> Mask:
        return Mask(self.code, self.code.builder.or_(self.value, other.value), self.width)

    def __invert__(self) -> Mask:
        return Mask(self.code, self.code.builder.not_(self.value), self.width)

    def choose(self, yes: Number | float, no: Number | float) -> Number:
        """`yes` in the lanes that are true, `no` in the others."""
        code = self.code
        chosen, otherwise = code.number(yes, self.width), code.number(no, self.width)
        return Number(code, code.builder.select(self.value, chosen.value, otherwise.value), self.width)

    def bits(self) -> Integer:
        """Lane i as bit i of a whole number."""
        builder = self.code.builder
        packed = self.value
        if self.width > 1:
            packed = builder.bitcast(packed, ir.whole(self.width))
        return Integer(self.code, builder.zext(packed, INTEGER))


class Integer:
    """A whole number of 64 bits, the same for every lane."""

    def __init__(self, code: Code, value: ir.Value) -> None:
        self.code, self.value = code, value

    def _other(self, other: Integer | int) -> ir.Value:
        return self.code.integer(other).value

    def __add__(self, other: Integer | int) -> Integer:
        return Integer(self.code, self.code.builder.add(self.value, self._other(other)))

    def __sub__(self, other: Integer | int) -> Integer:
        return Integer(self.code, self.code.builder.sub(self.value, self._other(other)))

    def __mul__(self, other: Integer | int) -> Integer:
        return Integer(self.code, self.code.builder.mul(self.value, self._other(other)))

    def __and__(self, other: Integer | int) -> Integer:
        return Integer(self.code, self.code.builder.and_(self.value, self._other(other)))

    def __or__(self, other: Integer | int) -> Integer:
        return Integer(self.code, self.code.builder.or_(self.value, self._other(other)))

    def compare(self, relation: str, other: Integer | int) -> ir.Value:
        """One truth for a branch."""
        return self.code.builder.icmp(ir.SIGNED[relation], self.value, self._other(other))

    def nonzero(self) -> ir.Value:
        """One truth for a branch."""
        return self.compare("!=", 0)


class Numbers:
    """Numbers in memory, read and written `width` at a time; the index counts single numbers."""

    def __init__(self, code: Code, pointer: ir.Value, width: int) -> None:
        self.code, self.pointer, self.width = code, pointer, width
        self._kind = row_type(width)

    def by(self, width: int) -> Numbers:
        """The same memory, in rows of another width."""
        return Numbers(self.code, self.pointer, width)

    def past(self, index: Integer | int) -> Numbers:
        """The memory from an index on."""
        return Numbers(self.code, self.code.place(self.pointer, DOUBLE, index), self.width)

    def __getitem__(self, index: Integer | int) -> Number:
        return Number(self.code, self.code.builder.load(self._kind, self.pointer, _place(index)), self.width)

    def __setitem__(self, index: Integer | int, number: Number | float) -> None:
        self.code.builder.store(self.code.number(number, self.width).value, self.pointer, _place(index))


class Integers:
    """Whole numbers of 64 bits in memory."""

    def __init__(self, code: Code, pointer: ir.Value) -> None:
        self.code, self.pointer = code, pointer

    def __getitem__(self, index: Integer | int) -> Integer:
        return Integer(self.code, self.code.builder.load(INTEGER, self.pointer, _place(index)))

    def __setitem__(self, index: Integer | int, number: Integer | int) -> None:
        self.code.builder.store(self.code.integer(number).value, self.pointer, _place(index))

    def numbers(self, index: int, width: int) -> Numbers:
        """The memory whose address stands at an index."""
        return Numbers(self.code, self.address(index), width)

    def integers(self, index: int) -> Integers:
        """The memory whose address stands at an index."""
        return Integers(self.code, self.address(index))

    def address(self, index: int) -> ir.Value:
        """What stands at an index, as an address."""
        return self.code.builder.load(POINTER, self.pointer, index)


class Code:
    """Writes the body of one function of a module; its arguments are addresses."""

    def __init__(self, module: ir.Module, name: str, arguments: int, *, fused: bool, inner: bool = False) -> None:
        self.module, self.fused = module, fused
        self.function = ir.Function(module, name, VOID, [POINTER] * arguments, inner=inner, attributes="nounwind")
        self.builder = ir.Builder(self.function)

    def finish(self) -> ir.Function:
        """Close the body."""
        self.builder.ret()
        return self.function

    def number(self, value: Number | float, width: int) -> Number:
        """A row of that width: the row itself, one number in every lane, or a constant."""
        kind = row_type(width)
        if not isinstance(value, Number):
            return Number(self, ir.constant(kind, float(value)), width)
        if value.width == width:
            return value
        if value.width != 1:
            raise ValueError(f"{value.width} lanes do not become {width}")
        return Number(self, self.builder.repeated(value.value, kind), width)

    def integer(self, value: Integer | int) -> Integer:
        """A whole number."""
        return value if isinstance(value, Integer) else Integer(self, ir.constant(INTEGER, value))

    def joined(self, numbers: Sequence[Number], width: int) -> Number:
        """Single numbers side by side in one row; the lanes left over repeat the last one."""
        row = ir.poison(row_type(width))
        for lane in range(width):
            row = self.builder.insert_element(row, numbers[min(lane, len(numbers) - 1)].value, lane)
        return Number(self, row, width)

    def elementary(self, name: str, *arguments: Number) -> Number:
        """A function of `elementary`, which stands once in the module for each width and is called."""
        values = [item.value for item in arguments]
        found = elementary.shared(self.builder, getattr(elementary, name), *values, fused=self.fused)
        return Number(self, found, arguments[0].width)

    def multiply_add(self, left: Number, right: Number | float, added: Number | float) -> Number:
        """left * right + added, rounded once where the processor can."""
        if not self.fused:
            return left * right + added
        values = left.value, left._other(right), left._other(added)
        return Number(self, elementary.intrinsic(self.builder, "fma", *values), left.width)

    def place(self, pointer: ir.Value, kind: ir.Type, index: Integer | int) -> ir.Value:
        """The address of an element."""
        return self.builder.gep(pointer, kind, _place(index))

    def numbers(self, argument: int, width: int) -> Numbers:
        """An argument as numbers in memory."""
        return Numbers(self, self.function.args[argument], width)

    def call(self, function: ir.Function | ir.Value, *arguments: ir.Value | Numbers) -> None:
        """Call a function of the module, or one at an address."""
        addresses = [item.pointer if isinstance(item, Numbers) else item for item in arguments]
        if isinstance(function, ir.Function):
            self.builder.call(function, addresses)
        else:
            self.builder.call_at(function, addresses)

    @contextmanager
    def loop(self, count: Integer | int, step: int = 1) -> Iterator[Integer]:
        """The body for 0, step, 2 step ... below `count`."""
        builder, before = self.builder, self.builder.block
        head, body, after = builder.label(), builder.label(), builder.label()
        builder.branch(head)
        builder.begin(head)
        index = builder.phi(ir.constant(INTEGER, 0), before)
        builder.cbranch(Integer(self, index).compare("<", count), body, after)
        builder.begin(body)
        yield Integer(self, index)
        index.finish(builder.add(index, ir.constant(INTEGER, step)), builder.block)
        builder.branch(head)
        builder.begin(after)

    @contextmanager
    def repeat(self) -> Iterator[Repeat]:
        """The body again and again, until it leaves."""
        body, after = self.builder.label(), self.builder.label()
        self.builder.branch(body)
        self.builder.begin(body)
        yield Repeat(self, after)
        self.builder.branch(body)
        self.builder.begin(after)

    @contextmanager
    def when(self, truth: ir.Value) -> Iterator[None]:
        """The body if the truth holds."""
        with self.builder.if_then(truth):
            yield

    @contextmanager
    def lanes(self, bits: Integer, width: int) -> Iterator[Integer]:
        """The body for each lane whose bit is set."""
        if width == 1:
            with self.when(bits.nonzero()):
                yield self.integer(0)
            return
        builder, one = self.builder, ir.constant(INTEGER, 1)
        left = builder.alloca(INTEGER)
        builder.store(bits.value, left)
        with self.repeat() as again:
            rest = Integer(self, builder.load(INTEGER, left))
            again.leave(rest.compare("==", 0))
            lane = builder.cttz(rest.value)
            builder.store(builder.and_(rest.value, builder.sub(rest.value, one)), left)
            yield Integer(self, lane)

    def sum(self, rows: Sequence[Number]) -> Number:
        """The rows added up from the left."""
        total = rows[0]
        for row in rows[1:]:
            total = total + row
        return total


class Repeat:
    """A loop that is left from inside."""

    def __init__(self, code: Code, after: str) -> None:
        self._code, self._after = code, after

    def leave(self, truth: ir.Value) -> None:
        """Leave the loop here if the truth holds."""
        builder = self._code.builder
        onward = builder.label()
        builder.cbranch(truth, self._after, onward)
        builder.begin(onward)


def _place(index: Integer | int) -> ir.Value | int:
    return index if isinstance(index, int) else index.value
