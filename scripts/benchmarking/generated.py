"""The rate equations of a problem for tools that take a right-hand side: as Python source, which numba compiles too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from exokinetics.expressions.graph import Node, topological
from scripts.benchmarking.problems import Problem

Right = Callable[[float, np.ndarray], Any]
Matrix = Callable[[float, np.ndarray], np.ndarray]
DEEPEST = 12  # operations nested in one statement
HEAD = '''"""Written by the benchmark from the equations of a model."""

import math


def hill(x, half, exponent):
    if x <= 0.0:
        return 0.0
    ratio = x / half
    if ratio > 1.0:
        return 1.0 / (1.0 + ratio ** -exponent)
    raised = ratio ** exponent
    return raised / (1.0 + raised)
'''
SPELLING = {"abs": "math.fabs", "min": "min", "max": "max", "hill": "hill"}


@dataclass(frozen=True)
class Generated:
    """`rates(t, x, p, out)` and `slopes(t, x, p, out)`, the latter over `rows` and `columns`, column by column."""

    problem: Problem
    module: ModuleType

    @cached_property
    def rows(self) -> np.ndarray:
        """The row of each entry of the Jacobian."""
        return np.array([row for row, _ in self.problem.slopes], np.int64)

    @cached_property
    def columns(self) -> np.ndarray:
        """The column of each entry of the Jacobian."""
        return np.array([column for _, column in self.problem.slopes], np.int64)

    @cached_property
    def compiled(self) -> tuple[Callable[..., None], Callable[..., None]]:
        """`rates` and `slopes` through numba."""
        import numba

        compile_ = numba.njit(error_model="numpy")
        self.module.hill = compile_(self.module.hill)
        return compile_(self.module.rates), compile_(self.module.slopes)

    @cached_property
    def plain(self) -> tuple[Right, Matrix]:
        """f(t, x) and the dense Jacobian in plain Python, at the values of the problem."""
        return self._plain(self.problem.values.tolist())

    @cached_property
    def dense_compiled(self) -> tuple[Right, Matrix]:
        """f(t, x) and the dense Jacobian compiled, at the values of the problem."""
        return self._dense_compiled(self.problem.values)

    def with_values(self, values: np.ndarray) -> tuple[Right, Matrix]:
        """f(t, x) and the dense Jacobian, compiled if numba is there; they follow what is put into `values`."""
        return self._dense_compiled(values) if find_spec("numba") else self._plain(values)

    def _plain(self, values: Any) -> tuple[Right, Matrix]:
        size = len(self.problem.states)
        rates, slopes, rows, columns = self.module.rates, self.module.slopes, self.rows, self.columns

        def right(t: float, x: np.ndarray) -> list[float]:
            out = [0.0] * size
            rates(t, x.tolist(), values, out)
            return out

        def matrix(t: float, x: np.ndarray) -> np.ndarray:
            out, dense = [0.0] * len(rows), np.zeros((size, size))
            slopes(t, x.tolist(), values, out)
            dense[rows, columns] = out
            return dense

        return right, matrix

    def _dense_compiled(self, values: np.ndarray) -> tuple[Right, Matrix]:
        size, (rates, slopes) = len(self.problem.states), self.compiled
        rows, columns = self.rows, self.columns

        def right(t: float, x: np.ndarray) -> np.ndarray:
            out = np.empty(size)
            rates(t, x, values, out)
            return out

        def matrix(t: float, x: np.ndarray) -> np.ndarray:
            out, dense = np.empty(len(rows)), np.zeros((size, size))
            slopes(t, x, values, out)
            dense[rows, columns] = out
            return dense

        return right, matrix


_made: dict[Path, Generated] = {}


def generated(problem: Problem) -> Generated:
    """The functions of a problem; written, imported and compiled once."""
    path = problem.sbml.with_name(f"{problem.model.name}_equations.py")
    if path not in _made:
        path.write_text(source(problem), "utf-8")
        described = spec_from_file_location(path.stem, path)
        assert described is not None and described.loader is not None
        module = module_from_spec(described)
        described.loader.exec_module(module)
        _made[path] = Generated(problem, module)
    return _made[path]


def source(problem: Problem) -> str:
    """The module: `rates` and `slopes` fill their last argument."""
    places = {name: ("x", index) for index, name in enumerate(problem.states)}
    places |= {name: ("p", index) for index, name in enumerate(problem.inputs)}
    names = {name: f"{array}{index}" for name, (array, index) in places.items()} | {"time": "t"}
    text = HEAD
    for title, outputs in (("rates", problem.rates), ("slopes", list(problem.slopes.values()))):
        used = sorted(frozenset().union(*(node.symbols for node in outputs)) & places.keys(), key=places.__getitem__)
        # read once: indexing is what makes numba slow to compile
        lines = [f"{names[name]} = {places[name][0]}[{places[name][1]}]" for name in used]
        lines += statements(outputs, names)
        text += f"\n\ndef {title}(t, x, p, out):\n" + "".join(f"    {line}\n" for line in lines)
    return text


def statements(outputs: Sequence[Node], names: Mapping[str, str]) -> list[str]:
    """Assignments to `out`, with what is used more than once or nested deeply in variables before them."""
    order = topological(outputs)
    uses = Counter(child for node in order for child in node.args)
    uses.update(outputs)
    written: dict[Node, str] = {}
    depth: dict[Node, int] = {}
    lines = []
    for node in order:
        text = expression(node, written, names)
        deep = 1 + max((depth[child] for child in node.args), default=0)
        if node.args and (uses[node] > 1 or deep > DEEPEST):
            lines.append(f"v{len(lines)} = {text}")
            text, deep = f"v{len(lines) - 1}", 1
        written[node], depth[node] = text, deep
    return lines + [f"out[{index}] = {written[node]}" for index, node in enumerate(outputs)]


def expression(node: Node, written: Mapping[Node, str], names: Mapping[str, str]) -> str:
    """One node over the texts of its children."""
    args = [written[child] for child in node.args]
    if node.kind == "number":
        return f"({float(node.payload)!r})"
    if node.kind == "symbol":
        return names[str(node.payload)]
    if node.kind == "sum":
        return f"({' + '.join(args)})"
    if node.kind == "product":
        return _product(node, written)
    if node.kind == "power":
        return _power(args[0], node.args[1], args[1])
    if node.kind == "function":
        name = str(node.payload)
        return f"{SPELLING.get(name, f'math.{name}')}({', '.join(args)})"
    if node.kind == "piecewise":
        return f"({args[0]} if {args[1]} else {args[2]})"
    if node.kind == "relation":
        return f"({args[0]} {node.payload} {args[1]})"
    return f"(not {args[0]})" if node.payload == "not" else f"({f' {node.payload} '.join(args)})"


def is_inverse(node: Node) -> bool:
    """Whether a factor is one over something."""
    return node.kind == "power" and node.args[1].kind == "number" and node.args[1].payload == -1.0


def _product(node: Node, written: Mapping[Node, str]) -> str:
    below = [child for child in node.args if is_inverse(child) and not written[child].startswith("v")]
    above = [child for child in node.args if child not in below]
    sign = "-" if above and above[0].kind == "number" and above[0].payload == -1.0 and len(above) > 1 else ""
    text = sign + (" * ".join(written[child] for child in above[len(sign) :]) or "1.0")
    if below:
        text += f" / ({' * '.join(written[child.args[0]] for child in below)})"
    return f"({text})"


def _power(base: str, exponent: Node, text: str) -> str:
    known = {-1.0: f"(1.0 / {base})", 0.5: f"math.sqrt({base})", 2.0: f"({base} * {base})"}
    found = known.get(float(exponent.payload)) if exponent.kind == "number" else None
    return found or f"({base} ** {text})"
