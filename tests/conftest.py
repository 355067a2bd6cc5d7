"""Settings of the whole set: hypothesis draws the same examples in every run, and no example is timed. Machine code is
kept in a folder that begins empty and lasts as long as the run."""

import shutil
import tempfile

import pytest
from hypothesis import settings

settings.register_profile("exokinetics", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("exokinetics")


def pytest_configure(config):
    """Before tests are collected, and before the workers of xdist start: they inherit the folder, and so share it."""
    if not hasattr(config, "workerinput"):
        environment, folder = pytest.MonkeyPatch(), tempfile.mkdtemp(prefix="exokinetics-tests-")
        environment.setenv("EXOKINETICS_CACHE", folder)
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        config.add_cleanup(environment.undo)
