"""Functions that emit LLVM IR, compiled and applied to arrays, so many elements at a time."""

import ctypes
import platform
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from llvmlite import binding, ir

DOUBLE, LENGTH = ir.DoubleType(), ir.IntType(64)
WIDEST = 8  # arrays are filled up to a multiple of it

Emit = Callable[..., ir.Value]  # (builder, *operands) -> value


def has_fused() -> bool:
    return platform.machine().lower() in ("arm64", "aarch64") or binding.get_host_cpu_features().get("fma", False)


@dataclass(frozen=True)
class Compiled:
    """Compiled functions by name, each from arrays to an array; `text` is the IR and `assembly` what became of it."""

    functions: dict[str, Callable[..., np.ndarray]]
    text: str
    assembly: str

    def __getitem__(self, name: str) -> Callable[..., np.ndarray]:
        return self.functions[name]


def compile_functions(emitters: dict[str, tuple[int, Emit]], width: int) -> Compiled:
    """Compile functions, each given with its number of operands."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    module = ir.Module()
    for name, (arity, emit) in emitters.items():
        write_loop(ir.Function(module, loop_type(arity), f"apply_{name}"), emit, width)
    parsed = binding.parse_assembly(str(module))
    parsed.verify()
    features = binding.get_host_cpu_features().flatten()
    target = binding.Target.from_default_triple()
    machine = target.create_target_machine(cpu=binding.get_host_cpu_name(), features=features, opt=2, jit=True)
    assembly = machine.emit_assembly(parsed)
    engine = binding.create_mcjit_compiler(parsed, machine)
    engine.finalize_object()
    functions = {name: on_arrays(engine, f"apply_{name}", arity) for name, (arity, _) in emitters.items()}
    return Compiled(functions, str(module), assembly)


def loop_type(arity: int) -> ir.FunctionType:
    return ir.FunctionType(ir.VoidType(), [LENGTH] + [DOUBLE.as_pointer()] * (arity + 1))


def write_loop(function: ir.Function, emit: Emit, width: int) -> None:
    """A loop over arrays, of which the last takes the results."""
    kind = DOUBLE if width == 1 else ir.VectorType(DOUBLE, width)
    start, body, end = (function.append_basic_block(name) for name in ("start", "body", "end"))
    builder = ir.IRBuilder(start)
    builder.branch(body)
    builder.position_at_end(body)
    index = builder.phi(LENGTH)
    places = [builder.bitcast(builder.gep(array, [index]), kind.as_pointer()) for array in function.args[1:]]
    operands = [builder.load(place, align=8) for place in places[:-1]]
    builder.store(emit(builder, *operands), places[-1], align=8)
    following = builder.add(index, LENGTH(width))
    index.add_incoming(LENGTH(0), start)
    index.add_incoming(following, body)
    builder.cbranch(builder.icmp_signed("<", following, function.args[0]), body, end)
    builder.position_at_end(end)
    builder.ret_void()


def on_arrays(engine: binding.ExecutionEngine, name: str, arity: int) -> Callable[..., np.ndarray]:
    function = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * (arity + 1))(
        engine.get_function_address(name)
    )

    def call(*operands) -> np.ndarray:
        arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(each, float)) for each in operands))
        count = arrays[0].size
        arrays = [np.resize(each, -(-count // WIDEST) * WIDEST) for each in arrays]
        result = np.empty(arrays[0].size)
        assert engine  # which owns the machine code, and so must live as long as this function
        function(result.size, *(each.ctypes.data for each in arrays), result.ctypes.data)
        return result[:count]

    return call
