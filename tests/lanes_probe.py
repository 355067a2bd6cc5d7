"""Functions that write LLVM IR, compiled and applied to arrays, so many elements at a time."""

import ctypes
import platform
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from llvmlite import binding

from exokinetics.machine import ir

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
    module = ir.Module("probe")
    for name, (arity, emit) in emitters.items():
        kinds = [ir.INTEGER] + [ir.POINTER] * (arity + 1)
        write_loop(ir.Function(module, f"apply_{name}", ir.VOID, kinds), emit, width)
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


def write_loop(function: ir.Function, emit: Emit, width: int) -> None:
    """A loop over arrays, of which the last takes the results."""
    kind = ir.row(ir.DOUBLE, width)
    builder = ir.Builder(function)
    start, body, end = builder.block, builder.label(), builder.label()
    builder.branch(body)
    builder.begin(body)
    index = builder.phi(ir.constant(ir.INTEGER, 0), start)
    *arrays, results = function.args[1:]
    builder.store(emit(builder, *(builder.load(kind, array, index) for array in arrays)), results, index)
    following = builder.add(index, ir.constant(ir.INTEGER, width))
    index.finish(following, builder.block)
    builder.cbranch(builder.icmp("slt", following, function.args[0]), body, end)
    builder.begin(end)
    builder.ret()


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
