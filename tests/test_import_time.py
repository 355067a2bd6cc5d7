"""`import exokinetics` stays quick, because it loads no large library. Which ones it loads is counted, not the time."""

import json
import subprocess
import sys

HEAVY = {"libsbml", "llvmlite", "lmfit", "matplotlib", "pandas", "pint", "rich", "scipy", "sympy", "typer", "xarray"}


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that a fresh process has after a statement."""
    program = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in json.loads(done.stdout)}


def test_importing_the_package_loads_no_heavy_library():
    loaded = loaded_by("import exokinetics")
    assert "exokinetics" in loaded
    assert not loaded & HEAVY


def test_the_probe_sees_a_heavy_library():
    assert loaded_by("import rich") & HEAVY == {"rich"}
