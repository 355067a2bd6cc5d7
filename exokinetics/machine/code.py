"""Machine code written as Python: arithmetic, arrays, loops and branches over lanes, emitted through LLVM.

A *row* is `width` numbers that are worked on together: one quantity of `width` parameter sets, or `width` states of
one. Every operation is the same at every width, so that results do not depend on it to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from exokinetics.machine import elementary

DOUBLE, INTEGER, BIT, VOID = ir.DoubleType(), ir.IntType(64), ir.IntType(1), ir.VoidType()
POINTER = ir.PointerType()
ALIGNMENT = 8  # bytes; processors read rows that lie across their own width as fast


def row_type(width: int) -> ir.Type:
    """The type of `width` numbers; one is a plain number."""
    return DOUBLE if width == 1 else ir.VectorType(DOUBLE, width)


class Number:
    """A row of numbers; Python numbers and single lanes mix in."""

    def __init__(self, code: Code, value: ir.Value, width: int) -> None:
        self.code, self.value, self.width = code, value, width

    def _other(self, other: Number | float) -> ir.Value:
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
        builder, right = self.code.builder, self._other(other)
        compare = builder.fcmp_unordered if relation == "!=" else builder.fcmp_ordered
        return Mask(self.code, compare(relation, self.value, right), self.width)

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
        places = (ir.Constant(ir.IntType(32), lane) for lane in range(count))
        return [Number(self.code, builder.extract_element(self.value, place), 1) for place in places]

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
        value = code.builder.select(
            self.value, code.number(yes, self.width).value, code.number(no, self.width).value
        )  # fmt: skip
        return Number(code, value, self.width)

    def bits(self) -> Integer:
        """Lane i as bit i of a whole number."""
        builder = self.code.builder
        packed = self.value
        if self.width > 1:
            packed = builder.bitcast(packed, ir.IntType(self.width))
        return Integer(self.code, builder.zext(packed, INTEGER))


class Integer:
    """A whole number of 64 bits, the same for every lane."""

    def __init__(self, code: Code, value: ir.Value) -> None:
        self.code, self.value = code, value

    def _binary(self, operation: str, other: Integer | int) -> Integer:
        emit = getattr(self.code.builder, operation)
        return Integer(self.code, emit(self.value, self.code.integer(other).value))

    def __add__(self, other: Integer | int) -> Integer:
        return self._binary("add", other)

    def __sub__(self, other: Integer | int) -> Integer:
        return self._binary("sub", other)

    def __mul__(self, other: Integer | int) -> Integer:
        return self._binary("mul", other)

    def __and__(self, other: Integer | int) -> Integer:
        return self._binary("and_", other)

    def __or__(self, other: Integer | int) -> Integer:
        return self._binary("or_", other)

    def compare(self, relation: str, other: Integer | int) -> ir.Value:
        """One truth for a branch."""
        return self.code.builder.icmp_signed(relation, self.value, self.code.integer(other).value)

    def nonzero(self) -> ir.Value:
        """One truth for a branch."""
        return self.compare("!=", 0)


class Numbers:
    """Numbers in memory, read and written `width` at a time; the index counts single numbers."""

    def __init__(self, code: Code, pointer: ir.Value, width: int) -> None:
        self.code, self.pointer, self.width = code, pointer, width

    def by(self, width: int) -> Numbers:
        """The same memory, in rows of another width."""
        return Numbers(self.code, self.pointer, width)

    def past(self, index: Integer | int) -> Numbers:
        """The memory from an index on."""
        return Numbers(self.code, self.code.place(self.pointer, DOUBLE, index), self.width)

    def __getitem__(self, index: Integer | int) -> Number:
        kind = row_type(self.width)
        loaded = self.code.builder.load(self.code.place(self.pointer, DOUBLE, index), typ=kind)
        loaded.align = ALIGNMENT
        return Number(self.code, loaded, self.width)

    def __setitem__(self, index: Integer | int, number: Number | float) -> None:
        value = self.code.number(number, self.width).value
        self.code.builder.store(value, self.code.place(self.pointer, DOUBLE, index)).align = ALIGNMENT


class Integers:
    """Whole numbers of 64 bits in memory."""

    def __init__(self, code: Code, pointer: ir.Value) -> None:
        self.code, self.pointer = code, pointer

    def __getitem__(self, index: Integer | int) -> Integer:
        return Integer(self.code, self.code.builder.load(self.code.place(self.pointer, INTEGER, index), typ=INTEGER))

    def __setitem__(self, index: Integer | int, number: Integer | int) -> None:
        self.code.builder.store(self.code.integer(number).value, self.code.place(self.pointer, INTEGER, index))

    def numbers(self, index: int, width: int) -> Numbers:
        """The memory whose address stands at an index."""
        return Numbers(self.code, self.address(index), width)

    def integers(self, index: int) -> Integers:
        """The memory whose address stands at an index."""
        return Integers(self.code, self.address(index))

    def address(self, index: int) -> ir.Value:
        """What stands at an index, as an address."""
        return self.code.builder.inttoptr(self[index].value, POINTER)


class Code:
    """Writes the body of one function of a module; its arguments are addresses."""

    def __init__(self, module: ir.Module, name: str, arguments: int, *, fused: bool, inner: bool = False) -> None:
        kind = ir.FunctionType(VOID, [POINTER] * arguments)
        self.module, self.fused = module, fused
        self.function = ir.Function(module, kind, name)
        if inner:
            self.function.linkage = "internal"
        self.function.attributes.add("nounwind")
        self.builder = ir.IRBuilder(self.function.append_basic_block())

    def finish(self) -> ir.Function:
        """Close the body."""
        self.builder.ret_void()
        return self.function

    def number(self, value: Number | float, width: int) -> Number:
        """A row of that width: the row itself, one number in every lane, or a constant."""
        if not isinstance(value, Number):
            constant = ir.Constant(DOUBLE, float(value))
            kind = row_type(width)
            return Number(self, constant if width == 1 else ir.Constant(kind, [constant] * width), width)
        if value.width == width:
            return value
        if value.width != 1:
            raise ValueError(f"{value.width} lanes do not become {width}")
        kind = row_type(width)
        placed = self.builder.insert_element(
            ir.Constant(kind, ir.Undefined), value.value, ir.Constant(ir.IntType(32), 0)
        )
        order = ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width)
        return Number(self, self.builder.shuffle_vector(placed, ir.Constant(kind, ir.Undefined), order), width)

    def integer(self, value: Integer | int) -> Integer:
        """A whole number."""
        return value if isinstance(value, Integer) else Integer(self, ir.Constant(INTEGER, value))

    def joined(self, numbers: Sequence[Number], width: int) -> Number:
        """Single numbers side by side in one row; the lanes left over repeat the last one."""
        kind = row_type(width)
        row: ir.Value = ir.Constant(kind, ir.Undefined)
        for lane in range(width):
            number = numbers[min(lane, len(numbers) - 1)]
            row = self.builder.insert_element(row, number.value, ir.Constant(ir.IntType(32), lane))
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
        return self.builder.gep(pointer, [self.integer(index).value], source_etype=kind)

    def numbers(self, argument: int, width: int) -> Numbers:
        """An argument as numbers in memory."""
        return Numbers(self, self.function.args[argument], width)

    def call(self, function: Any, *arguments: ir.Value | Numbers) -> None:
        """Call a function of the module, or one at an address."""
        addresses = [item.pointer if isinstance(item, Numbers) else item for item in arguments]
        if isinstance(function, ir.Function):
            self.builder.call(function, addresses)
        else:
            self.builder.call(_FunctionAt(function, len(addresses)), addresses)

    @contextmanager
    def loop(self, count: Integer | int, step: int = 1) -> Iterator[Integer]:
        """The body for 0, step, 2 step ... below `count`."""
        builder, kind = self.builder, INTEGER
        before = builder.block
        head, body, after = (self.function.append_basic_block() for _ in range(3))
        builder.branch(head)
        builder.position_at_end(head)
        index = builder.phi(kind)
        index.add_incoming(ir.Constant(kind, 0), before)
        builder.cbranch(builder.icmp_signed("<", index, self.integer(count).value), body, after)
        builder.position_at_end(body)
        yield Integer(self, index)
        index.add_incoming(builder.add(index, ir.Constant(kind, step)), builder.block)
        builder.branch(head)
        builder.position_at_end(after)

    @contextmanager
    def repeat(self) -> Iterator[Repeat]:
        """The body again and again, until it leaves."""
        body, after = (self.function.append_basic_block() for _ in range(2))
        self.builder.branch(body)
        self.builder.position_at_end(body)
        yield Repeat(self, after)
        self.builder.branch(body)
        self.builder.position_at_end(after)

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
        with self.builder.goto_entry_block():  # anywhere else it would take new memory at every turn of a loop
            left = self.builder.alloca(INTEGER)
        self.builder.store(bits.value, left)
        with self.repeat() as again:
            rest = self.builder.load(left, typ=INTEGER)
            again.leave(self.builder.icmp_signed("==", rest, ir.Constant(INTEGER, 0)))
            lane = self.builder.cttz(rest, ir.Constant(BIT, 1))
            self.builder.store(self.builder.and_(rest, self.builder.sub(rest, ir.Constant(INTEGER, 1))), left)
            yield Integer(self, lane)

    def sum(self, rows: Sequence[Number]) -> Number:
        """The rows added up from the left."""
        total = rows[0]
        for row in rows[1:]:
            total = total + row
        return total


class _FunctionAt:
    """An address as llvmlite wants a callee: with the type of the function, which an address alone does not tell."""

    def __init__(self, address: ir.Value, arguments: int) -> None:
        self.type, self.get_reference = address.type, address.get_reference
        self.function_type = ir.FunctionType(VOID, [POINTER] * arguments)


class Repeat:
    """A loop that is left from inside."""

    def __init__(self, code: Code, after: ir.Block) -> None:
        self._code, self._after = code, after

    def leave(self, truth: ir.Value) -> None:
        """Leave the loop here if the truth holds."""
        onward = self._code.function.append_basic_block()
        self._code.builder.cbranch(truth, self._after, onward)
        self._code.builder.position_at_end(onward)
