"""Compiling for the processor of this machine, and loading what was compiled."""

import ctypes
import gc
import math
import subprocess
import sys
import threading

import llvmlite
import pytest

from exokinetics.errors import MissingExtra, WorkFailed
from exokinetics.machine import host, store

HALF_PLUS = """
define double @half_plus(double %x) nounwind {
  %half = fmul double %x, 0.5
  %sum = fadd double %half, 1.25
  ret double %sum
}
"""
EXTERNAL = """
declare double @sin(double)
declare double @llvm.pow.f64(double, double)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
define double @power_of_sine(double %x) nounwind {
  %memory = alloca [4096 x i8]
  call void @llvm.memset.p0.i64(ptr %memory, i8 1, i64 4096, i1 0)
  %place = getelementptr i8, ptr %memory, i64 77
  %byte = load volatile i8, ptr %place
  %one = uitofp i8 %byte to double
  %sine = call double @sin(double %x)
  %power = call double @llvm.pow.f64(double %sine, double 0x3FF2666666666666)
  %product = fmul double %power, %one
  ret double %product
}
"""
LANES = """
declare <8 x double> @llvm.fma.v8f64(<8 x double>, <8 x double>, <8 x double>)
define void @fused(ptr %x, ptr %y) nounwind {
  %a = load <8 x double>, ptr %x, align 8
  %b = call <8 x double> @llvm.fma.v8f64(<8 x double> %a, <8 x double> %a, <8 x double> %a)
  store <8 x double> %b, ptr %y, align 8
  ret void
}
"""
UNARY = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)


def unary(loaded, name):
    return UNARY(loaded.address(name))


def test_the_host_is_described_once():
    here = host.host()
    assert here is host.host()
    assert here.lanes == (8 if "+avx512f" in here.features.split(",") else 4)
    for each in (here.triple, here.cpu, here.features, f"llvmlite {llvmlite.__version__}", "LLVM "):
        assert each in here.identity
    if here.triple.startswith("x86_64"):
        assert here.fused == ("+fma" in here.features.split(","))
    if here.triple.startswith(("aarch64", "arm64")):
        assert here.fused


@pytest.mark.parametrize("level", range(4))
def test_what_is_compiled_can_be_called(level):
    loaded = host.load(host.compiled(HALF_PLUS, level=level), ["half_plus"])
    assert unary(loaded, "half_plus")(3.0) == 2.75


def test_compiling_twice_gives_the_same_bytes():
    assert host.compiled(HALF_PLUS + LANES) == host.compiled(HALF_PLUS + LANES)


@pytest.mark.parametrize("level", [0, 2])
def test_functions_of_c_are_found_when_loading(level):
    loaded = host.load(host.compiled(EXTERNAL, level=level), ["power_of_sine"])
    assert unary(loaded, "power_of_sine")(0.7) == math.pow(math.sin(0.7), 1.15)


def test_eight_lanes():
    loaded = host.load(host.compiled(LANES), ["fused"])
    values, results = (ctypes.c_double * 8)(*range(8)), (ctypes.c_double * 8)()
    ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(loaded.address("fused"))(values, results)
    assert list(results) == [value * value + value for value in range(8)]


def test_modules_may_use_the_same_names():
    first = host.load(host.compiled(HALF_PLUS), ["half_plus"])
    second = host.load(host.compiled(HALF_PLUS.replace("1.25", "2.25")), ["half_plus"])
    assert unary(first, "half_plus")(2.0) == 2.25
    assert unary(second, "half_plus")(2.0) == 3.25
    del first
    gc.collect()
    assert unary(second, "half_plus")(2.0) == 3.25


def test_threads_may_compile_and_load():
    results = []

    def work(number):
        loaded = host.load(host.compiled(HALF_PLUS.replace("1.25", f"{number}.25")), ["half_plus"])
        results.append(unary(loaded, "half_plus")(0.0))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0.25, 1.25, 2.25, 3.25]


def test_an_unknown_function_is_named_and_does_not_end_the_process():
    with pytest.raises(WorkFailed, match="no_such_function"):
        host.compiled(EXTERNAL.replace("@sin", "@no_such_function"))


def test_a_function_that_is_not_in_the_object_is_named():
    with pytest.raises(WorkFailed, match="quarter_plus"):
        host.load(host.compiled(HALF_PLUS), ["half_plus", "quarter_plus"])


def test_another_process_finds_and_calls_it(tmp_path, monkeypatch):
    program = """if True:
        import ctypes, sys
        from exokinetics.machine import host, store
        built = []
        def build():
            built.append(True)
            return host.compiled(sys.argv[1])
        code = store.kept(host.host().identity + sys.argv[1], build)
        loaded = host.load(code, ["half_plus"])
        function = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(loaded.address("half_plus"))
        print(len(built), function(3.0))
    """
    monkeypatch.setenv("EXOKINETICS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(store, "_memory", {})
    said = [
        subprocess.run([sys.executable, "-c", program, HALF_PLUS], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert said == ["1 2.75\n", "0 2.75\n"]
    found = store.kept(host.host().identity + HALF_PLUS, lambda: pytest.fail("it was not found"))
    assert unary(host.load(found, ["half_plus"]), "half_plus")(3.0) == 2.75


@pytest.fixture
def nothing_prepared():
    host._binding.cache_clear()
    yield
    host._binding.cache_clear()


@pytest.mark.parametrize("version", ["0.44.0", "0.51.0", "1.0.0", "0+unknown"])
def test_a_version_that_was_not_tested_is_refused(monkeypatch, nothing_prepared, version):
    monkeypatch.setattr(llvmlite, "__version__", version)
    with pytest.raises(MissingExtra, match=r"pip install 'llvmlite>=0\.45,<0\.51'.*installed is " + version[:2]):
        host.target_machine(0)


@pytest.mark.parametrize("version", ["0.45.0", "0.46.0rc1", "0.50.9"])
def test_a_version_of_the_range_is_taken(monkeypatch, nothing_prepared, version):
    monkeypatch.setattr(llvmlite, "__version__", version)
    assert host.target_machine(0)


def test_without_llvmlite_there_is_the_command_that_installs_it(monkeypatch, nothing_prepared):
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    with pytest.raises(MissingExtra, match="pip install 'llvmlite"):
        host.target_machine(0)
