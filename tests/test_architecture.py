"""The rules of the architecture, read from the source with `ast`.

Each rule is a function from a root folder to complaints. The root is a folder that holds `exokinetics/` and
`pyproject.toml`: the checkout, or a small tree that breaks a rule.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import resolve_name
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "exokinetics"

FLOORS = {
    "command_line": 7, "__main__": 7,
    "figures": 6, "reports": 6, "explorer": 6, "interchange": 6, "exporting": 6,
    "fitting": 5, "delivery": 5, "global_sensitivity": 5, "identifiability": 5, "experiment_design": 5,
    "simulation": 4,
    "catalogue": 3, "compiler": 3, "integrators": 3, "sbml": 3,
    "laws": 2,
    "model": 1,
    "units": 0, "named_units": 0, "expressions": 0, "errors": 0, "data_files": 0, "drawing": 0, "machine": 0,
    "progress": 0,
}  # fmt: skip
STRANGERS = {"catalogue", "compiler", "integrators"}  # on one floor, and still not to import each other
ONLY = {"integrators": {"errors", "machine"}}  # arrays in, arrays out: besides itself it may import this and no more

FORBIDDEN_NAMES = {"eval", "exec", "sympify", "parse_expr", "__import__"}
FORBIDDEN_CALLS = {
    *(f"{module}.{name}" for module in ("pickle", "cloudpickle", "dill", "marshal") for name in ("load", "loads")),
    *("pickle.Unpickler", "pandas.read_pickle", "joblib.load", "shelve.open"),
    *("yaml.load", "yaml.load_all", "yaml.full_load", "yaml.unsafe_load", "os.system", "os.popen"),
}
THE_COMPILING_FILE = Path(PACKAGE, "expressions", "code.py")
LONGEST_FILE = 400

# Distributions whose import name is not their own name with "_" for "-".
IMPORT_NAMES = {
    "python-libsbml": "libsbml", "libroadrunner": "roadrunner", "python-copasi": "COPASI", "scikit-sundae": "sksundae",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """One Python file of the package. `module` is its dotted name, `part` the component that has a floor."""

    module: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def part(self) -> str:
        return part_of(self.module)

    @property
    def package(self) -> str:
        return self.module if self.path.name == "__init__.py" else self.module.rpartition(".")[0]


@dataclass(frozen=True)
class Import:
    """An import of the module `name`; `lazy`: not done on loading."""

    name: str
    line: int
    lazy: bool


def sources(root: Path) -> dict[str, Source]:
    found = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        relative = path.relative_to(root)
        parts = relative.parent.parts if path.name == "__init__.py" else relative.with_suffix("").parts
        text = path.read_text(encoding="utf-8")
        found[".".join(parts)] = Source(".".join(parts), relative, text, ast.parse(text, str(path)))
    return found


def part_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def lazy_nodes(tree: ast.Module) -> set[ast.AST]:
    """What is not run on loading: the bodies of functions, and of `if TYPE_CHECKING`."""
    lazy: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            lazy.update(ast.walk(node))
        elif isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            lazy.update(inner for statement in node.body for inner in ast.walk(statement))
    return lazy


def imports(source: Source, modules: dict[str, Source]) -> Iterator[Import]:
    """Every import in a file, also inside functions, under `if TYPE_CHECKING`, and `import_module("literal")`."""
    lazy = lazy_nodes(source.tree)
    for node in ast.walk(source.tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = origin(source, node)
            names = [f"{base}.{alias.name}" if f"{base}.{alias.name}" in modules else base for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "import_module":
            names = [resolve_name(str(arg.value), source.package) for arg in node.args[:1] if is_text(arg)]
        for name in dict.fromkeys(names):
            yield Import(name, getattr(node, "lineno", 0), node in lazy)


def origin(source: Source, node: ast.ImportFrom) -> str:
    return resolve_name("." * node.level + (node.module or ""), source.package)


def inner_imports(source: Source, modules: dict[str, Source]) -> list[Import]:
    return [each for each in imports(source, modules) if each.name.split(".")[0] == PACKAGE]


def imports_point_down(root: Path) -> Iterator[str]:
    modules = sources(root)
    for source in modules.values():
        if source.module == PACKAGE:
            continue
        if source.part not in FLOORS:
            yield f"{source.path}: on no floor: add {source.part!r} to FLOORS in tests/test_architecture.py"
            continue
        for each in inner_imports(source, modules):
            place, part = f"{source.path}:{each.line}", part_of(each.name)
            if each.name not in modules:
                yield f"{place}: there is no module {each.name}"
            elif each.name == PACKAGE:
                yield f"{place}: imports the face of the package: import the module that defines the name"
            elif part == source.part or part not in FLOORS:
                continue
            elif FLOORS[part] > FLOORS[source.part]:
                yield f"{place}: points up, from floor {FLOORS[source.part]} to {each.name} on floor {FLOORS[part]}"
            elif {part, source.part} <= STRANGERS:
                yield f"{place}: {source.part} and {part} must not import each other"
            elif part not in ONLY.get(source.part, {part}):
                yield f"{place}: {source.part} may import only {', '.join(sorted(ONLY[source.part]))}, not {part}"


def there_is_no_cycle(root: Path) -> Iterator[str]:
    modules = sources(root)
    graph = {
        module: {each.name for each in inner_imports(source, modules)} - {PACKAGE}
        for module, source in modules.items()
        if module != PACKAGE
    }
    reached = {module: reachable(module, graph) for module in graph}
    circles = {frozenset(m for m in graph if m in reached[n] and n in reached[m]) for n in graph if n in reached[n]}
    for circle in sorted(map(sorted, circles)):
        yield "these modules import each other in a circle: " + ", ".join(circle)


def reachable(start: str, graph: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        module = ahead.pop()
        if module not in found:
            found.add(module)
            ahead += graph.get(module, ())
    return found


def dotted_name(node: ast.AST, aliases: dict[str, str]) -> str:
    """`sp.sympify` after `import sympy as sp` is "sympy.sympify"; what is no plain name is "?"."""
    if isinstance(node, ast.Name):
        return aliases.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{dotted_name(node.value, aliases)}.{node.attr}"
    return "?"


def imported_names(source: Source) -> dict[str, str]:
    names = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: f"{origin(source, node)}.{alias.name}" for alias in node.names}
    return names


def no_text_is_run(root: Path) -> Iterator[str]:
    """Mentioning a forbidden function is enough: `map(eval, texts)` runs text as well as a call does."""
    for source in sources(root).values():
        aliases = imported_names(source)
        compiling = source.path == THE_COMPILING_FILE
        for node in ast.walk(source.tree):
            place = f"{source.path}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                name = dotted_name(node, aliases)
                if name.split(".")[-1] in FORBIDDEN_NAMES or name in FORBIDDEN_CALLS:
                    yield f"{place}: {name} is forbidden"
                if name in ("compile", "builtins.compile") and not compiling:
                    yield f"{place}: only {THE_COMPILING_FILE} may compile"
                if name == "ast.parse" and compiling:
                    yield f"{place}: compiles a tree that it built itself, so it has no text to parse"
            if isinstance(node, ast.Call):
                if dotted_name(node.func, aliases) == "sympy.S":
                    yield f"{place}: sympy.S is forbidden as a function: it is sympify"
                if any(k.arg == "shell" and ast.unparse(k.value) != "False" for k in node.keywords):
                    yield f"{place}: shell=True is forbidden"
                if dotted_name(node.func, aliases).split(".")[-1] == "compile" and compiling:
                    first = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "source")]
                    if any(is_text(n) or isinstance(n, ast.JoinedStr) for each in first for n in ast.walk(each)):
                        yield f"{place}: compiles text"


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def no_module_shadows_a_public_name(root: Path) -> Iterator[str]:
    modules = sources(root)
    public = public_names(modules[PACKAGE].tree)
    if not public:
        yield f"{PACKAGE}/__init__.py: __all__ is not a literal list of names"
    for source in modules.values():
        if source.module.rpartition(".")[2] in public - {PACKAGE}:
            yield f"{source.path}: importing this module would rebind the public name; give it another name"


def public_names(tree: ast.Module) -> set[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.List | ast.Tuple):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
                return {each.value for each in node.value.elts if isinstance(each, ast.Constant)}
    return set()


def files_are_short(root: Path) -> Iterator[str]:
    for source in sources(root).values():
        lines = len(source.text.splitlines())
        if lines > LONGEST_FILE:
            yield f"{source.path}: {lines} lines, and {LONGEST_FILE} are the most: divide it by subject"


def imports_are_declared(root: Path) -> Iterator[str]:
    modules = sources(root)
    core, optional = dependencies(root)
    for source in modules.values():
        for each in imports(source, modules):
            name = each.name.split(".")[0]
            if name in core or name == PACKAGE or name in sys.stdlib_module_names:
                continue
            if name not in optional:
                yield f"{source.path}:{each.line}: {name} is not declared in pyproject.toml (or IMPORT_NAMES lacks it)"
            elif not each.lazy:
                yield f"{source.path}:{each.line}: {name} is optional: import it in the function that needs it"


def dependencies(root: Path) -> tuple[set[str], set[str]]:
    """Import names of what every user has, and of what the extras add; the tools of the extra `dev` do not count."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {})
    core = {import_name(each) for each in project["dependencies"]}
    return core, {import_name(each) for extra, all_of in extras.items() if extra != "dev" for each in all_of} - core


def import_name(requirement: str) -> str:
    name = re.split(r"[^A-Za-z0-9._-]", requirement.strip(), maxsplit=1)[0].lower()
    return IMPORT_NAMES.get(name, name.replace("-", "_"))


RULES: list[Callable[[Path], Iterator[str]]] = [
    imports_point_down,
    there_is_no_cycle,
    no_text_is_run,
    no_module_shadows_a_public_name,
    files_are_short,
    imports_are_declared,
]


@pytest.mark.parametrize("rule", RULES)
def test_the_package_keeps_the_rule(rule):
    assert len(sources(ROOT)) > 1, "no package was found to look at"
    complaints = list(rule(ROOT))
    assert not complaints, "\n" + "\n".join(complaints)
