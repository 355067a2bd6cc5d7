"""A sample that rotates with the commit: what takes long is tried one piece at a time."""

import subprocess
from pathlib import Path

import pytest

from exokinetics import models
from exokinetics.catalogue.loading import model_files

ROTATING = ("axes", "markers", "networks", "processes", "treatments")  # folders of many models, alike or large
SAMPLE = 8  # of them in the fast tests


def turn(count: int) -> int:
    """A number from 0 to count - 1 that the commit decides; 0 outside of a repository."""
    command = ["git", "rev-parse", "HEAD"]
    found = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return int(found.stdout.strip() or "0", 16) % count


def models_in_turn(count=SAMPLE):
    """All shipped models but those of the large folders, and of these so many as the commit decides."""
    files = model_files()
    many = sorted(name for name, path in files.items() if path.parent.name in ROTATING)
    first = turn(len(many)) if many else 0
    now = {many[(first + step * len(many) // count) % len(many)] for step in range(count) if many}
    return [name for name in files if name not in many or name in now]


def every_model(names=None):
    """All shipped models as parameters of a test; most of the large folders wait for the slow tests."""
    now = models_in_turn()
    later = set(models()) - set(now)
    return [pytest.param(name, marks=[pytest.mark.slow] if name in later else []) for name in names or models()]
