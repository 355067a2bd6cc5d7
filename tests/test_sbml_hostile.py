"""Files made to do harm: refused in a sentence, or read, within bounds of time and memory that the system enforces."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

from hostile_files import FILES, SLOW

HERE = Path(__file__).parent
# a hundred times what a model of usual size takes; the child ends what goes on for longer, or asks for 2 GB
MOST_SECONDS, MOST_MEGABYTES = 30.0, 700.0
LONGEST, MOST_LINES = 500, 21  # characters of a sentence with its path, and sentences about a file

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of a process are set as Linux does")


def looked_at(names: list[str], folder: Path) -> dict[str, dict]:
    """What became of each file, in a process of its own."""
    command = [sys.executable, str(HERE / "hostile_child.py"), str(folder), *names]
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parent, check=False)
    assert done.returncode == 0, done.stderr
    return {found["name"]: found for found in map(json.loads, done.stdout.splitlines())}


def faults(name: str, found: dict) -> list[str]:
    """What is wrong with how a file was dealt with."""
    wanted, outcome, said = FILES[name].said, found["outcome"], found["said"]
    if outcome in ("crashed", "killed"):
        return [f"{name}: {outcome}: {said}"]
    wrong = []
    if wanted is None and outcome == "refused":
        wrong.append(f"refused: {said[:LONGEST]}")
    if wanted is not None and (outcome == "read" or not re.search(wanted, said)):
        wrong.append(f"{outcome}, where '{wanted}' is to be said: {said[:LONGEST]}")
    if found["seconds"] > MOST_SECONDS or found["megabytes"] > MOST_MEGABYTES:
        wrong.append(f"took {found['seconds']:.1f} s and {found['megabytes']:.0f} MB")
    lines = said.splitlines()
    if len(lines) > MOST_LINES or max(map(len, lines), default=0) > LONGEST or "please report this" in said:
        wrong.append(f"not a few sentences: {said[:LONGEST]}")
    return [f"{name}: {each}" for each in wrong]


def test_small_hostile_files_are_refused_or_read_within_bounds(tmp_path: Path) -> None:
    names = [name for name in FILES if name not in SLOW]
    found = looked_at(names, tmp_path)
    assert found.keys() == set(names)
    assert not [fault for name in names for fault in faults(name, found[name])]


@pytest.mark.slow
def test_large_hostile_files_are_refused_or_read_within_bounds(tmp_path: Path) -> None:
    found = looked_at(sorted(SLOW), tmp_path)
    assert found.keys() == SLOW <= FILES.keys()
    assert not [fault for name in SLOW for fault in faults(name, found[name])]


def test_a_file_that_takes_too_much_would_be_found() -> None:
    """The rule that the others are judged by, on what it has to find."""
    good = {"outcome": "refused", "said": "f.xml: line 1: a document type or entity declaration", "seconds": 0.1,
            "megabytes": 1.0}  # fmt: skip
    assert faults("entity bomb", good) == []
    for change in (
        {"outcome": "killed"}, {"outcome": "read"}, {"said": "f.xml: no"}, {"seconds": 31.0}, {"megabytes": 900.0},
        {"said": good["said"] + "x" * 600}, {"said": "\n".join([good["said"]] * 30)},
    ):  # fmt: skip
        assert faults("entity bomb", good | change), change
    assert faults("a comment of 19 MB", {"outcome": "read", "said": "", "seconds": 1.0, "megabytes": 1.0})
