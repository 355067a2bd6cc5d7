"""Every folder of a fit is complete: its README says what its result holds, from where, and what it does not show."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import exokinetics as exo
from exokinetics.data_files import data_folder
from exokinetics.fitting.stored import stored_fit

FOLDERS = sorted(path.parent for path in data_folder("fits").glob("*/fit.toml"))
HEADINGS = ("Data", "What is estimated, and what was assumed", "Result")
LIMITS = re.compile(r"What this fit (cannot|does NOT) show")


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    return request.param


def sections(folder: Path) -> dict[str, str]:
    """What stands under each heading of the README, in one line; under "" what stands before."""
    parts = re.split(r"^## (.+)$", (folder / "README.md").read_text("utf-8"), flags=re.MULTILINE)
    found = {"": parts[0]} | dict(zip(parts[1::2], parts[2::2], strict=True))
    return {heading: " ".join(text.split()) for heading, text in found.items()}


def result(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "result.toml").read_text("utf-8"))


def test_there_are_twelve_data_sets_at_least() -> None:
    assert len(FOLDERS) >= 12
    assert [folder.name for folder in FOLDERS] == exo.fits()


def test_every_file_is_there(folder: Path) -> None:
    expected = {"README.md", "data.csv", "fit.png", "fit.toml", "result.toml"}
    problem = exo.load_fit(folder)
    if problem.held_out is not None:
        expected |= {"held_out.csv", "held_out.png", "held_out.toml"}
    if problem.rivals:
        expected |= {"rivals"}
        assert {path.name for path in (folder / "rivals").iterdir()} == set(problem.rivals)
    beside = {path.name for path in folder.iterdir()}
    assert beside == expected
    for name in expected:
        if name.endswith(".png"):
            assert f"]({name})" in (folder / "README.md").read_text("utf-8")


def test_the_readme_says_from_where_and_under_which_licence(folder: Path) -> None:
    told = sections(folder)
    assert set(HEADINGS) <= told.keys()
    data = told["Data"]
    assert re.search(r"licen[cs]e", data)
    assert re.search(r"doi:10\.\d{4,}/|[Gg]it[Hh]ub", data)
    # a file of a repository is cited with the revision at which it was read
    assert "revision" in data or "GSE" in data


def test_the_readme_says_what_the_data_do_not_show(folder: Path) -> None:
    (limits,) = [text for heading, text in sections(folder).items() if LIMITS.fullmatch(heading)]
    assert len(limits.split()) >= 60


def test_the_readme_has_the_numbers_of_the_result(folder: Path) -> None:
    text, found = sections(folder)["Result"], result(folder)
    assert f"`exokinetics fit {folder.name}" in text
    assert f"Negative log-likelihood {found['cost']:.3f} of" in text
    count = found["measurements"] - len(exo.load_fit(folder).scalars)
    assert f"of {count} measurements" in text
    assert f"seed {found['seed']}" in text
    starts, hits = found["starts"], found["starts_at_the_best"]
    assert f"{starts} starts, of which {hits} end within" in text or f"all {starts} starts end within" in text


def test_the_readme_has_the_cost_of_every_rival(folder: Path) -> None:
    text = " ".join(sections(folder).values())
    for name in exo.load_fit(folder).rivals:
        assert name in text
        assert f"{result(folder / 'rivals' / name)['cost']:.3f}" in text


def test_a_report_counts_measurements_and_numbers_apart_and_names_the_bounds_that_cut_an_interval() -> None:
    joint = stored_fit(exo.load_fit("joint_flagship_stages"))
    assert joint is not None
    report = joint.report()
    assert "181 measurements and 12 numbers of the literature, 33 estimated parameters" in report
    assert "At a bound of the search, which cuts the interval: pi3k_inhibition.effect (upper)." in report
    assert "do not determine" not in report
