"""What users install holds all of the package and its models and fits, and nothing else.

The builds run in a copy of the checkout, so that they leave nothing behind in it, and without isolation and downloads:
the new environments borrow the dependencies of the one that runs the tests.
"""

import json
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE_FOLDERS = ("tests", "scripts", "docs", ".ci")
SOURCE_FILES = ("*.md", "*.toml", "*.cff", "LICENSE", "MANIFEST.in", "Makefile", "setup.*")
BACKEND = "import setuptools.build_meta as backend, sys; print(backend.build_{kind}(sys.argv[1]))"

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]


def run(*command: str | Path, folder: Path) -> str:
    """What a command prints; one that fails shows all that it said."""
    done = subprocess.run([str(each) for each in command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build(kind: str, tree: Path, target: Path) -> Path:
    """Asks the build backend for a "wheel", "editable" or "sdist" of the tree, as pip and build do."""
    target.mkdir(parents=True)
    name = run(sys.executable, "-c", BACKEND.format(kind=kind), target, folder=tree).splitlines()[-1]
    return target / name


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def data_of(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name.startswith("exokinetics/data/")}


def files_below(folder: Path) -> dict[str, Path]:
    """The files below a folder by relative path, without hidden ones and caches."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: path
        for name, path in found.items()
        if not any(part.startswith(".") or part == "__pycache__" for part in name.split("/")) and not name.endswith("~")
    }


def data_of_checkout() -> dict[str, bytes]:
    return {
        f"exokinetics/data/{folder}/{name}": path.read_bytes()
        for folder in ("models", "fits")
        for name, path in files_below(ROOT / folder).items()
    }


def names_in_checkout() -> list[list[str]]:
    models, fits = ROOT / "models", ROOT / "fits"
    library = models / "library"
    return [
        sorted(path.stem for path in models.rglob("*.toml") if library not in path.parents),
        sorted(path.parent.name for path in fits.glob("*/fit.toml")),
    ]


def names_of_installed(wheel: Path, folder: Path) -> tuple[Path, list[list[str]]]:
    """Installs a wheel in a new environment; from a foreign folder, asks where the package is and what it lists."""
    environment = folder / "environment"
    venv.create(environment, with_pip=False)
    python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, folder=folder)
    site = Path(run(python, "-Ic", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder).strip())
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "zz_dependencies.pth").write_text("\n".join(sorted(borrowed)), encoding="utf-8")
    question = (
        "import exokinetics, json; from importlib.metadata import version; assert version('exokinetics')\n"
        "print(json.dumps([exokinetics.__file__, [exokinetics.models(), exokinetics.fits()]]))"
    )
    file, names = json.loads(run(python, "-Ic", question, folder=folder))
    return Path(file), names


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """A copy of the checkout in which an earlier build has left modules and models that are deleted since."""
    copy = tmp_path_factory.mktemp("tree") / "exokinetics"
    debris = ("build", "dist", "out", "__pycache__", "*.egg-info", ".git", ".venv", ".*_cache", ".hypothesis")
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*debris))
    for stale in ("build/lib/exokinetics/deleted.py", "build/lib/exokinetics/data/models/deleted.toml"):
        (copy / stale).parent.mkdir(parents=True, exist_ok=True)
        (copy / stale).write_text("", encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def wheel_of_tree(tree, tmp_path_factory) -> Path:
    return build("wheel", tree, tmp_path_factory.mktemp("from_tree") / "wheel")


@pytest.fixture(scope="module")
def sdist(tree, tmp_path_factory) -> Path:
    return build("sdist", tree, tmp_path_factory.mktemp("sdist") / "archive")


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory) -> Path:
    """The wheel built from the source archive: what users get."""
    folder = tmp_path_factory.mktemp("from_sdist")
    shutil.unpack_archive(sdist, folder)
    return build("wheel", next(folder.glob("exokinetics-*")), folder / "wheel")


def test_the_checkout_has_models_and_fits():
    assert all(names_in_checkout())


def test_the_wheel_holds_the_package_the_data_and_nothing_else(wheel):
    package = {f"exokinetics/{name}" for name in files_below(ROOT / "exokinetics")}
    expected = package | set(data_of_checkout())
    assert {name for name in contents(wheel) if ".dist-info/" not in name} == expected
    assert "exokinetics/py.typed" in expected


def test_the_wheel_of_the_tree_has_no_trace_of_an_earlier_build(wheel_of_tree, wheel):
    assert contents(wheel_of_tree) == contents(wheel)


def test_the_data_are_the_same_from_the_tree_and_from_the_sdist(wheel_of_tree, wheel):
    assert data_of(wheel) == data_of(wheel_of_tree) == data_of_checkout()


def test_the_sdist_holds_what_is_needed_to_test_and_document(sdist):
    with tarfile.open(sdist) as archive:
        held = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    files = {f"{top}/{name}" for top in SOURCE_FOLDERS for name in files_below(ROOT / top)}
    files |= {path.name for pattern in SOURCE_FILES for path in ROOT.glob(pattern)}
    assert files - held == set()
    assert not [name for name in held if name.startswith(("build/", "dist/", "out/"))]


def test_the_installed_wheel_finds_its_models_and_fits(wheel, tmp_path):
    file, names = names_of_installed(wheel, tmp_path)
    assert tmp_path in file.parents
    assert names == names_in_checkout()


def test_the_editable_install_finds_its_models_and_fits(tree, tmp_path):
    file, names = names_of_installed(build("editable", tree, tmp_path / "wheel"), tmp_path)
    assert file == tree / "exokinetics" / "__init__.py"
    assert names == names_in_checkout()
