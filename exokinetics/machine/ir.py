"""LLVM's intermediate representation, written as text: each instruction is one finished line.

It has what this package writes and no more, under the names of LLVM's own instructions. A library that keeps a tree of
objects takes ten times as long, which is more than LLVM takes to compile the result. No line is changed later but that
of a phi, and blocks stand in the order in which they were begun. Operands are checked where that costs nothing; LLVM
checks the rest.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache

ORDERED = {"<": "olt", "<=": "ole", ">": "ogt", ">=": "oge", "==": "oeq", "!=": "one"}
SIGNED = {"<": "slt", "<=": "sle", ">": "sgt", ">=": "sge", "==": "eq", "!=": "ne"}
ALIGNMENT = 8  # bytes; processors read rows that lie across their own width as fast


class Type:
    """A type: there is one object of each, so `is` compares them. `suffix` stands in the names of intrinsics."""

    __slots__ = ("count", "element", "suffix", "text")

    def __init__(self, text: str, suffix: str, count: int = 1, element: Type | None = None) -> None:
        self.text, self.suffix, self.count = text, suffix, count
        self.element: Type = element or self


DOUBLE, INTEGER, BIT = Type("double", "f64"), Type("i64", "i64"), Type("i1", "i1")
POINTER, VOID = Type("ptr", "p0"), Type("void", "")


@cache
def row(element: Type, count: int) -> Type:
    """`count` elements side by side; one is the element itself."""
    if count == 1:
        return element
    return Type(f"<{count} x {element.text}>", f"v{count}{element.suffix}", count, element)


@cache
def whole(bits: int) -> Type:
    """Whole numbers of so many bits."""
    return {1: BIT, 64: INTEGER}.get(bits) or Type(f"i{bits}", f"i{bits}")


class Value:
    """An operand: its type, and how other instructions refer to it."""

    __slots__ = ("text", "type")

    def __init__(self, type: Type, text: str) -> None:
        self.type, self.text = type, text


def bits_of(number: float) -> int:
    """The 64 bits of a double, as an integer."""
    return int.from_bytes(struct.pack("<d", number), "little")


def constant(kind: Type, value: float) -> Value:
    """A number to the last bit, the same in every element."""
    element = kind.element
    text = f"0x{struct.pack('>d', value).hex()}" if element is DOUBLE else str(value)
    return Value(kind, text if element is kind else f"splat ({element.text} {text})")


def poison(kind: Type) -> Value:
    """No value yet."""
    return Value(kind, "poison")


class Module:
    """Functions and tables, in the order in which they were made; `globals` has them by name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.globals: dict[str, Function | Table | Rows] = {}

    def __str__(self) -> str:
        return "\n".join((f"; {self.name}", *(item.written() for item in self.globals.values()), ""))

    def function(self, name: str) -> Function:
        """A function that was made before."""
        found = self.globals[name]
        assert isinstance(found, Function), f"{name} is no function"
        return found

    def declared(self, name: str, kind: Type, count: int) -> Function:
        """The function `name` of `count` arguments of one type, which is also the result's; declared once."""
        found = self.globals.get(name) or Function(self, name, kind, [kind] * count)
        assert isinstance(found, Function), f"{name} is no function"
        return found

    def rows(self, kind: Type) -> Rows:
        """The constant rows of one type."""
        found = self.globals.get(f"rows.{kind.suffix}") or Rows(self, kind)
        assert isinstance(found, Rows)
        return found


class Table(Value):
    """Whole numbers that stand in a module; as a value it is their address."""

    __slots__ = ("numbers",)

    def __init__(self, module: Module, name: str, numbers: Sequence[int]) -> None:
        super().__init__(POINTER, f"@{name}")
        self.numbers = numbers
        module.globals[name] = self

    def written(self) -> str:
        """As it stands in the module."""
        numbers = ", ".join([f"i64 {number}" for number in self.numbers])
        return f"{self.text} = internal constant [{len(self.numbers)} x i64] [{numbers}]"


class Rows(Value):
    """Rows of one type, each one number in every element, that stand in a module; as a value it is their address."""

    __slots__ = ("kind", "places")

    def __init__(self, module: Module, kind: Type) -> None:
        super().__init__(POINTER, f"@rows.{kind.suffix}")
        self.kind = kind
        self.places: dict[str, int] = {}
        module.globals[f"rows.{kind.suffix}"] = self

    def place(self, number: float) -> int:
        """Where the row of a number begins, in elements."""
        text = constant(self.kind.element, number).text
        return self.places.setdefault(text, len(self.places)) * self.kind.count

    def written(self) -> str:
        """As it stands in the module."""
        one, count = self.kind.element.text, self.kind.count
        numbers = ", ".join([f"{one} {number}" for number in self.places for _ in range(count)])
        return f"{self.text} = internal constant [{count * len(self.places)} x {one}] [{numbers}]"


class Function(Value):
    """A function of a module, declared only, as long as no builder writes its body. `inner`: other modules see none."""

    __slots__ = ("_before", "args", "entry", "kinds", "lines", "module", "result")

    def __init__(
        self, module: Module, name: str, result: Type, kinds: Sequence[Type],
        *, inner: bool = False, attributes: str = "",
    ) -> None:  # fmt: skip
        super().__init__(POINTER, f"@{name}")
        self.module, self.result, self.kinds = module, result, list(kinds)
        self.args = [Value(kind, f"%a{index}") for index, kind in enumerate(kinds)]
        self.entry: list[str] = []  # memory on the stack, ahead of all lines
        self.lines: list[str] = []
        self._before = "internal " if inner else "", attributes
        module.globals[name] = self

    def written(self) -> str:
        """As it stands in the module."""
        if not self.lines:
            return f"declare {self.result.text} {self.text}({', '.join([kind.text for kind in self.kinds])})"
        linkage, attributes = self._before
        head = f"define {linkage}{self.result.text} {self.text}({_listed(self.args)}) {attributes} {{"
        return "\n".join((head, f"{ENTRY}:", *self.entry, *self.lines, "}"))


ENTRY = "b0"
Binary = Callable[["Builder", Value, Value], Value]


def _binary(operation: str) -> Binary:
    def write(self: Builder, left: Value, right: Value) -> Value:
        kind, lines = left.type, self.lines
        if right.type is not kind:
            raise TypeError(f"{operation} of {kind.text} and {right.type.text}")
        text = f"%{len(lines)}"
        lines.append(f"{text} = {operation} {kind.text} {left.text}, {right.text}")
        return Value(kind, text)

    return write


def _changed(operation: str) -> Callable[[Builder, Value, Type], Value]:
    def write(self: Builder, value: Value, kind: Type) -> Value:
        return self.made(kind, f"{operation} {value.type.text} {value.text} to {kind.text}")

    return write


class Builder:
    """Writes the body of a function from its first line to its last.

    A value bears the number of its line: LLVM wants the numbers to grow, and no more. Blocks go by their labels.
    """

    def __init__(self, function: Function) -> None:
        self.function, self.module, self.lines = function, function.module, function.lines
        self.block = ENTRY
        self.tabulated = False
        self._labels = 0

    def made(self, kind: Type, instruction: str) -> Value:
        """The value of an instruction."""
        text = f"%{len(self.lines)}"
        self.lines.append(f"{text} = {instruction}")
        return Value(kind, text)

    fadd, fsub, fmul, fdiv = _binary("fadd"), _binary("fsub"), _binary("fmul"), _binary("fdiv")
    add, sub, mul, shl, lshr = _binary("add"), _binary("sub"), _binary("mul"), _binary("shl"), _binary("lshr")
    and_, or_, xor = _binary("and"), _binary("or"), _binary("xor")
    bitcast, zext, inttoptr = _changed("bitcast"), _changed("zext"), _changed("inttoptr")
    sitofp, fptosi = _changed("sitofp"), _changed("fptosi")

    def constant(self, kind: Type, value: float) -> Value:
        """A number in every element; where `tabulated`, a row in memory.

        That is an operand of other instructions, while a number that LLVM repeats takes one or two of its own.
        """
        if not self.tabulated:
            return constant(kind, value)
        rows = self.module.rows(kind)
        return self.load(kind, rows, rows.place(value))

    def fneg(self, value: Value) -> Value:
        return self.made(value.type, f"fneg {value.type.text} {value.text}")

    def not_(self, value: Value) -> Value:
        return self.xor(value, constant(value.type, -1))

    def fcmp(self, relation: str, left: Value, right: Value) -> Value:
        """`relation` in LLVM's words, such as "olt" or "uno"; see ORDERED."""
        return self._compared(f"fcmp {relation}", left, right)

    def icmp(self, relation: str, left: Value, right: Value) -> Value:
        """`relation` in LLVM's words, such as "slt"; see SIGNED."""
        return self._compared(f"icmp {relation}", left, right)

    def _compared(self, operation: str, left: Value, right: Value) -> Value:
        kind = left.type
        if right.type is not kind:
            raise TypeError(f"{operation} of {kind.text} and {right.type.text}")
        return self.made(row(BIT, kind.count), f"{operation} {kind.text} {left.text}, {right.text}")

    def select(self, condition: Value, yes: Value, no: Value) -> Value:
        kind = yes.type
        if no.type is not kind or condition.type.element is not BIT:
            raise TypeError(f"select of {condition.type.text}, {kind.text} and {no.type.text}")
        return self.made(kind, f"select {condition.type.text} {condition.text}, {_listed((yes, no))}")

    def extract_element(self, value: Value, place: int) -> Value:
        return self.made(value.type.element, f"extractelement {value.type.text} {value.text}, i32 {place}")

    def insert_element(self, value: Value, element: Value, place: int) -> Value:
        if element.type is not value.type.element:
            raise TypeError(f"{element.type.text} does not go into {value.type.text}")
        return self.made(value.type, f"insertelement {_listed((value, element))}, i32 {place}")

    def repeated(self, value: Value, kind: Type) -> Value:
        """The value in every element of a row."""
        first, count = self.insert_element(poison(kind), value, 0), kind.count
        return self.made(kind, f"shufflevector {_listed((first, poison(kind)))}, <{count} x i32> zeroinitializer")

    def gep(self, pointer: Value, step: Type, index: Value | int) -> Value:
        """The address of an element, counted in steps of a type."""
        return Value(POINTER, self._place(pointer, step, index))

    def _place(self, pointer: Value, step: Type, index: Value | int) -> str:
        if index == 0:
            return pointer.text
        lines, where = self.lines, index if isinstance(index, int) else index.text
        text = f"%{len(lines)}"
        lines.append(f"{text} = getelementptr {step.text}, ptr {pointer.text}, i64 {where}")
        return text

    def load(self, kind: Type, pointer: Value, index: Value | int = 0) -> Value:
        """What stands at an address, or so many elements behind it."""
        lines, place = self.lines, self._place(pointer, kind.element, index)
        text = f"%{len(lines)}"
        lines.append(f"{text} = load {kind.text}, ptr {place}, align {ALIGNMENT}")
        return Value(kind, text)

    def store(self, value: Value, pointer: Value, index: Value | int = 0) -> None:
        """Put a value at an address, or so many elements behind it."""
        kind = value.type
        place = self._place(pointer, kind.element, index)
        self.lines.append(f"store {kind.text} {value.text}, ptr {place}, align {ALIGNMENT}")

    def alloca(self, kind: Type) -> Value:
        """Memory that is taken once, when the function begins: elsewhere every turn of a loop would take some."""
        entry = self.function.entry
        text = f"%m{len(entry)}"
        entry.append(f"{text} = alloca {kind.text}")
        return Value(POINTER, text)

    def fetch_and_add(self, pointer: Value, value: Value) -> Value:
        """What stood at an address before a value was added to it, without others in between."""
        return self.made(value.type, f"atomicrmw add ptr {pointer.text}, {value.type.text} {value.text} monotonic")

    def cttz(self, value: Value) -> Value:
        """How many bits are zero below the lowest one; of zero nothing is known."""
        name, kinds = f"llvm.cttz.{value.type.suffix}", [value.type, BIT]
        if name not in self.module.globals:
            Function(self.module, name, value.type, kinds)
        return self.call(self.module.function(name), [value, constant(BIT, 1)])

    def call(self, function: Function, operands: Sequence[Value]) -> Value:
        kinds = [operand.type for operand in operands]
        if kinds != function.kinds:
            raise TypeError(f"{function.text} is called with {', '.join(kind.text for kind in kinds)}")
        instruction = f"call {function.result.text} {function.text}({_listed(operands)})"
        if function.result is not VOID:
            return self.made(function.result, instruction)
        self.lines.append(instruction)
        return poison(VOID)

    def call_at(self, address: Value, operands: Sequence[Value]) -> None:
        """Call the function at an address, which gives nothing back."""
        self.lines.append(f"call void {address.text}({_listed(operands)})")

    def label(self) -> str:
        """A new block, not begun yet."""
        self._labels += 1
        return f"b{self._labels}"

    def begin(self, block: str) -> None:
        """What follows is a block; the one before must have ended in a branch."""
        self.block = block
        self.lines.append(f"{block}:")

    def branch(self, block: str) -> None:
        self.lines.append(f"br label %{block}")

    def cbranch(self, truth: Value, yes: str, no: str) -> None:
        if truth.type is not BIT:
            raise TypeError(f"a branch by {truth.type.text}")
        self.lines.append(f"br i1 {truth.text}, label %{yes}, label %{no}")

    @contextmanager
    def if_then(self, truth: Value) -> Iterator[None]:
        """The body if the truth holds."""
        body, after = self.label(), self.label()
        self.cbranch(truth, body, after)
        with self._inside(body, after):
            yield
        self.begin(after)

    @contextmanager
    def if_else(self, truth: Value) -> Iterator[tuple[AbstractContextManager[None], AbstractContextManager[None]]]:
        """The body of the first if the truth holds, else that of the second."""
        yes, no, after = self.label(), self.label(), self.label()
        self.cbranch(truth, yes, no)
        yield self._inside(yes, after), self._inside(no, after)
        self.begin(after)

    @contextmanager
    def _inside(self, block: str, after: str) -> Iterator[None]:
        self.begin(block)
        yield
        self.branch(after)

    def phi(self, first: Value, before: str) -> Phi:
        """The value if control comes from the block `before`; where else it comes from is told later."""
        self.lines.append("")
        return Phi(self.lines, first, before)

    def ret(self, value: Value | None = None) -> None:
        self.lines.append("ret void" if value is None else f"ret {value.type.text} {value.text}")


class Phi(Value):
    """A value that depends on where control comes from."""

    __slots__ = ("_first", "_lines", "_place")

    def __init__(self, lines: list[str], first: Value, before: str) -> None:
        self._lines, self._place = lines, len(lines) - 1
        self._first = f"[{first.text}, %{before}]"
        super().__init__(first.type, f"%{self._place}")

    def finish(self, value: Value, block: str) -> None:
        """And it is another value if control comes from that block."""
        self._lines[self._place] = f"{self.text} = phi {self.type.text} {self._first}, [{value.text}, %{block}]"


def _listed(values: Sequence[Value]) -> str:
    return ", ".join([f"{value.type.text} {value.text}" for value in values])
