"""The rules of `test_architecture.py` themselves: a sound tree keeps them all, and each breach of one is found."""

from pathlib import Path

import pytest
from test_architecture import (
    PACKAGE,
    RULES,
    files_are_short,
    imports_are_declared,
    imports_point_down,
    no_module_shadows_a_public_name,
    no_text_is_run,
    there_is_no_cycle,
)

SOUND = {
    "__init__.py": '__all__ = ["simulate", "fit"]\n',
    "errors.py": "",
    "units.py": "import re\nfrom exokinetics import errors\n",
    "expressions/__init__.py": "",
    "expressions/graph.py": "from exokinetics.errors import Wrong\n",
    "expressions/code.py": "import ast\nfrom .graph import Node\n\ncode = compile(ast.Module([], []), '<a>', 'exec')\n",
    "expressions/parsing.py": "import ast\nfrom . import graph\n\ntree = ast.parse('a', mode='eval')\n",
    "integrators/__init__.py": "import numpy as np\nfrom exokinetics.integrators.steps import step\n",
    "integrators/steps.py": "from exokinetics import errors\n",
    "simulation.py": "def run():\n    import exokinetics.integrators\n    import roadrunner\n    run(shell=False)\n",
}
PYPROJECT = """
[project]
dependencies = ["numpy>=2.0"]
[project.optional-dependencies]
benchmark = ["libroadrunner>=2.8; platform_machine != 'aarch64'"]
all = ["exokinetics[benchmark]", "some-thing"]
dev = ["hypothesis"]
"""


def lay_out(root: Path, files: dict[str, str]) -> Path:
    (root / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    for name, text in (SOUND | files).items():
        path = root / PACKAGE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize("rule", RULES)
def test_a_sound_tree_has_no_complaint(rule, tmp_path):
    assert list(rule(lay_out(tmp_path, {}))) == []


BREACHES = {
    imports_point_down: [
        ({"laws.py": "from exokinetics.simulation import run"}, "points up, from floor 2 to"),
        ({"laws.py": "import exokinetics.simulation as s"}, "points up"),
        ({"laws.py": "from exokinetics import simulation"}, "points up"),
        ({"laws.py": "from . import simulation"}, "points up"),
        ({"laws/__init__.py": "from ..simulation import run"}, "points up"),
        ({"laws/a/b.py": "from ...simulation import run"}, "points up"),
        ({"laws.py": "def f():\n    from exokinetics.simulation import run"}, "laws.py:2: points up"),
        ({"laws.py": "f = lambda: import_module('exokinetics.simulation')"}, "points up"),
        ({"laws.py": "importlib.import_module('.simulation', __package__)"}, "points up"),
        ({"model.py": "if TYPE_CHECKING:\n    from exokinetics.laws import x", "laws.py": ""}, "up"),
        ({"unheard.py": ""}, "on no floor: add 'unheard' to FLOORS"),
        ({"unheard/__init__.py": ""}, "on no floor"),
        ({"laws.py": "from exokinetics.units.unheard import x"}, "there is no module exokinetics.units.unheard"),
        ({"units.py": "from exokinetics import simulate"}, "imports the face"),
        ({"units.py": "def f():\n    import exokinetics"}, "imports the face"),
        ({"catalogue.py": "", "compiler.py": "import exokinetics.catalogue"}, "each other"),
        ({"catalogue.py": "from exokinetics.integrators import steps"}, "each other"),
        ({"integrators/a.py": "from exokinetics.units import unit"}, "may import only errors, machine, not units"),
    ],
    there_is_no_cycle: [
        ({"laws/a.py": "from .b import x", "laws/b.py": "from .a import y"}, "in a circle"),
        ({"laws/a.py": "import exokinetics.laws.b", "laws/b.py": "def f():\n    from . import a"}, "laws.a"),
        ({"units.py": "from exokinetics.errors import a", "errors.py": "from .units import b"}, "circle"),
        ({"laws/__init__.py": "from .a import x", "laws/a.py": "from exokinetics.laws import x"}, "laws.a"),
        ({"laws.py": "from .laws import x"}, "circle: exokinetics.laws"),
    ],
    no_text_is_run: [
        *(
            ({"laws.py": line}, "is forbidden")
            for line in (
                "eval('1')", "exec('1')", "__import__('os')", "list(map(eval, []))", "frame.eval('a')",
                "import sympy\nsympy.sympify('x')", "import sympy as sp\nsp.parse_expr('x')",
                "from sympy import sympify as s\ns('x')", "from sympy import S\nS('x')",
                "def f():\n    from sympy.parsing import parse_expr\n    parse_expr()",
                "import pickle\npickle.load(f)", "from pickle import loads\nloads(b)", "import pickle as p\np.loads(b)",
                "import yaml\nyaml.load(f)", "import pandas as pd\npd.read_pickle(f)", "import os\nos.system('ls')",
                "import subprocess\nsubprocess.run('ls', shell=True)", "run('ls', shell=1)",
            )
        ),
        ({"laws.py": "compile(tree, '', 'exec')"}, "may compile"),
        ({"laws.py": "import builtins as b\nb.compile(tree, '', 'exec')"}, "may compile"),
        ({"laws/code.py": "compile(tree, '', 'exec')"}, "may compile"),
        ({"expressions/code.py": "compile('1', '', 'exec')"}, "compiles text"),
        ({"expressions/code.py": "compile(f'{a}', '', 'exec')"}, "compiles text"),
        ({"expressions/code.py": "compile('a' + b, '', 'exec')"}, "compiles text"),
        ({"expressions/code.py": "compile(source=b'1', filename='', mode='exec')"}, "compiles text"),
        ({"expressions/code.py": "from ast import parse\ncompile(parse(a), '', 'exec')"}, "no text to parse"),
    ],
    no_module_shadows_a_public_name: [
        ({"fit.py": ""}, "would rebind"),
        ({"fit/__init__.py": ""}, "would rebind"),
        ({"fitting/simulate.py": ""}, "would rebind"),
        ({"__init__.py": "__all__: list[str] = ['units']"}, "would rebind"),
        ({"__init__.py": "__all__ = sorted(names)"}, "not a literal list"),
    ],
    files_are_short: [
        ({"laws.py": "\n" * 401}, "401 lines"),
    ],
    imports_are_declared: [
        ({"laws.py": "import unheard.of"}, "unheard is not declared"),
        ({"laws.py": "def f():\n    from unheard import of"}, "unheard is not declared"),
        ({"laws.py": "def f():\n    import hypothesis"}, "hypothesis is not declared"),
        ({"laws.py": "import roadrunner"}, "roadrunner is optional"),
        ({"laws.py": "try:\n    from some_thing import x\nexcept ImportError:\n    pass"}, "optional"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "files", "complaint"), [(rule, *breach) for rule, breaches in BREACHES.items() for breach in breaches]
)
def test_a_breach_is_found(rule, files, complaint, tmp_path):
    complaints = list(rule(lay_out(tmp_path, files)))
    assert len(complaints) == 1, complaints
    assert complaint in complaints[0]


def test_every_rule_has_a_breach():
    assert set(BREACHES) == set(RULES)
