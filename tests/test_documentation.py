"""Every example in the documents runs, and every file they name is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import exokinetics as exo
from exokinetics.catalogue.variants import KEYS as VARIANT_KEYS

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *ROOT.glob("fits/*/README.md"),
]


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language on a page."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


def test_the_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import runpy

    monkeypatch.chdir(tmp_path)
    (example,) = blocks(ROOT / "README.md", "python")
    script = tmp_path / "example.py"
    script.write_text(example)
    names = runpy.run_path(str(script))
    assert names["result"].success
    assert names["dosed"].success


def test_the_model_of_the_documents_has_the_one_fault_that_it_says(tmp_path: Path) -> None:
    example, event, variant = blocks(ROOT / "docs" / "model_files.md", "toml")
    assert set(tomllib.loads(variant)["variant"]["title"]) <= set(VARIANT_KEYS)
    path = tmp_path / "dish.toml"
    path.write_text(example)
    (issue,) = exo.check(path)
    page = " ".join((ROOT / "docs" / "model_files.md").read_text().split())
    said = re.search(r"`check` says so: `(.*?)`", page)
    assert said
    assert said.group(1) in str(issue)
    sound = "\n".join(line for line in example.splitlines() if "deliberately wrong" not in line)
    path.write_text(sound)
    assert exo.simulate(path, "24 hour").success
    path.write_text(f"{sound}\n{event}")
    assert exo.simulate(path, "240 hour").statistics["events"] > 0


def test_the_fit_of_the_documents_is_valid_toml_with_known_keys() -> None:
    (example,) = blocks(ROOT / "docs" / "fit_files.md", "toml")
    assert tomllib.loads(example).keys() == {
        "title", "model", "variant", "condition", "observable", "parameter", "scalar",
    }  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), target


def test_every_command_of_the_readme_exists() -> None:
    """Each `exokinetics VERB` line names a verb of the command line."""
    from typer.testing import CliRunner

    from exokinetics.command_line.application import app

    verbs = re.findall(r"^    exokinetics (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert verbs
    for verb in set(verbs):
        assert CliRunner().invoke(app, [verb, "--help"]).exit_code == 0
