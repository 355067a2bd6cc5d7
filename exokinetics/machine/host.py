"""The processor of this machine: how to compile the text of an LLVM module for it, and how to load the result."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from exokinetics.errors import MissingExtra, WorkFailed

if TYPE_CHECKING:
    from llvmlite.binding import ExecutionEngine, ModuleRef, TargetMachine

OLDEST, BEYOND = (0, 45), (0, 51)  # the versions of llvmlite that are tested: this one to before that one
# A row is a register. Two of them were 10 % slower with AVX2: what a step works in then no longer fits into the nearest
# cache; and so were 16 lanes with AVX-512.
LANES, WIDE_LANES = 4, 8
# The model for code whose parts may lie anywhere in memory. The small one is 8 % faster, but where the constants end up
# further than 2 GB from the code, it reads wrong numbers without a word.
CODE_MODEL = "jitdefault"


@dataclass(frozen=True)
class Host:
    """The processor as LLVM sees it; `identity` names everything that its machine code depends on."""

    triple: str
    cpu: str
    features: str
    fused: bool  # a fused multiply-add is one instruction
    lanes: int
    identity: str


@cache
def host() -> Host:
    """The machine that this process runs on."""
    binding = _binding()
    triple, cpu = binding.get_process_triple(), binding.get_host_cpu_name()
    features = binding.get_host_cpu_features().flatten()
    known = features.split(",")
    fused = triple.startswith(("aarch64", "arm64")) or "+fma" in known
    lanes = WIDE_LANES if "+avx512f" in known else LANES
    versions = f"llvmlite {_llvmlite_version()}", "LLVM " + ".".join(map(str, binding.llvm_version_info))
    identity = "\n".join((triple, cpu, features, *versions, sys.platform, _relocation(triple), CODE_MODEL))
    return Host(triple=triple, cpu=cpu, features=features, fused=fused, lanes=lanes, identity=identity)


def target_machine(level: int) -> TargetMachine:
    """A new target machine for the host that generates code at `level` (0: quick to compile, to 3: quick to run)."""
    here = host()
    return _machine(cpu=here.cpu, features=here.features, opt=level)


def compiled(text: str, *, level: int = 2) -> bytes:
    """The object file of a module given as text, for the host; the module's triple and data layout are set here.

    A C function that it declares must exist in this process: loading a call of an unknown one would end the process.
    """
    binding, machine = _binding(), _compiling_machine(level)
    # A context of its own, since the global one would keep the constants and types of every module for ever.
    module = binding.parse_assembly(text, context=binding.create_context())
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    module.verify()
    _require_external_functions(module)
    return bytes(machine.emit_object(module))


class Loaded:
    """Machine code in memory that can be called; it is freed with this object, so keep it while the code may run."""

    def __init__(self, objects: bytes, names: Sequence[str]) -> None:
        binding = _binding()
        self._engine = _empty_engine()
        self._engine.add_object_file(binding.ObjectFileRef.from_data(objects))
        self._engine.finalize_object()
        self._addresses: dict[str, int] = {name: self._engine.get_function_address(name) for name in names}
        missing = [name for name, address in self._addresses.items() if not address]
        if missing:
            raise WorkFailed(f"the machine code has no function {', '.join(missing)}")

    def address(self, name: str) -> int:
        """Where the function of this name begins; `name` is one of those given to `load`."""
        return self._addresses[name]


def load(objects: bytes, names: Sequence[str]) -> Loaded:
    """Put an object file into memory and look up these functions of it.

    It must be what `compiled` returned, on a host of the same `identity`: LLVM checks nothing, and over other bytes it
    ends the process.
    """
    return Loaded(objects, names)


def _require_external_functions(module: ModuleRef) -> None:
    """Raise if a declared function is unknown, since LLVM ends the whole process when it loads a call of one."""
    _open_process()
    address = _binding().address_of_symbol
    declared = [f.name for f in module.functions if f.is_declaration and not f.name.startswith("llvm.")]
    unknown = [name for name in declared if not address(name)]
    if unknown:
        raise WorkFailed(f"no library in this process has the function {', '.join(unknown)}")


def _empty_engine() -> ExecutionEngine:
    """A new engine to add object files to."""
    binding = _binding()
    empty = binding.parse_assembly("")
    # The engine takes possession of its target machine, hence a new one. It compiles nothing with it, so it needs not
    # know the processor, and reading the list of features would take as long as the rest of this.
    engine = binding.create_mcjit_compiler(empty, _machine(opt=0))
    engine.remove_module(empty)  # else it would be compiled, which takes longer than a small load
    _find_mathematics()
    return engine


def _machine(**options: Any) -> TargetMachine:
    triple = _binding().get_process_triple()
    target = _binding().Target.from_triple(triple)
    return target.create_target_machine(**options, reloc=_relocation(triple), codemodel=CODE_MODEL, jit=True)


def _relocation(triple: str) -> str:
    """Absolute addresses on x86, where the linker in memory knows them; the platform's own way elsewhere."""
    return "static" if triple.startswith(("x86_64", "i386", "i686", "amd64")) else "default"


@cache
def _open_process() -> None:
    """Let LLVM find the C functions of this process: it begins to look there when the first engine is made."""
    _empty_engine()


@cache
def _find_mathematics() -> None:
    """Make the C library of mathematics known where Python itself is not linked to it."""
    binding = _binding()
    if not binding.address_of_symbol("sin") and sys.platform.startswith("linux"):
        binding.load_library_permanently("libm.so.6")


@cache
def _compiling_machine(level: int) -> TargetMachine:
    """The target machine that all modules of one level are compiled with; no engine gets it, as it would own it."""
    return target_machine(level)


@cache
def _binding() -> Any:
    """`llvmlite.binding`, prepared to generate code for this processor only."""
    needs = "exokinetics needs llvmlite >= 0.45 and < 0.51: pip install 'llvmlite>=0.45,<0.51'"
    try:
        from llvmlite import binding
    except (ImportError, OSError) as error:
        raise MissingExtra(f"{needs} (importing it failed: {error})") from error
    version = _llvmlite_version()
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if not OLDEST <= numbers < BEYOND:
        raise MissingExtra(f"{needs} (installed is {version})")
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding


def _llvmlite_version() -> str:
    import llvmlite

    return str(llvmlite.__version__)
