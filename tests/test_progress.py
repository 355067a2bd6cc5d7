"""The bar of everything that lasts, drawn on a terminal of the kernel; a function in its place; and silence."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from straight_line import responses
from test_cross_validation import three_conditions

import exokinetics as exo
from exokinetics.command_line import main
from exokinetics.progress import progress_bar

WORK: dict[str, Callable[[exo.Fit, Any], object]] = {
    "starts of": lambda fit, progress: exo.fit(fit.problem, starts=2, progress=progress),
    "profiles": lambda fit, progress: exo.profile(fit, progress=progress),
    "repeats": lambda fit, progress: exo.bootstrap(fit, repeats=10, progress=progress),
    "steps": lambda fit, progress: exo.sample(fit, steps=20, progress=progress),
    "conditions left out": lambda fit, progress: exo.cross_validate(fit, progress=progress),
}
TOTALS = {"starts of": 2, "profiles": 2, "repeats": 10, "steps": 25, "conditions left out": 3}


@pytest.fixture
def fitted(tmp_path: Path) -> exo.Fit:
    """A straight line whose doses are three conditions."""
    return exo.fit(three_conditions(tmp_path, responses(3)), starts=1, progress=False)


def drawn(work: Callable[[], object], patience: float = 0.0) -> str:
    """What reaches a terminal that is standard error while something is done."""
    pty = pytest.importorskip("pty", reason="needs a system with pseudo-terminals")
    near, far = pty.openpty()
    parts: list[bytes] = []

    def read() -> None:
        while True:
            try:
                parts.append(os.read(near, 65536))
            except OSError:  # how Linux says that the other end was closed
                return
            if not parts[-1]:
                return

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(far, "w") as terminal, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TERM", "xterm")
        patch.setenv("COLUMNS", "120")
        patch.setattr("exokinetics.progress.PATIENCE", patience)
        patch.setattr(sys, "stderr", terminal)
        work()
    reader.join()
    os.close(near)
    return b"".join(parts).decode()


@pytest.mark.parametrize("what", WORK)
def test_true_draws_a_bar_on_a_terminal(what: str, fitted: exo.Fit) -> None:
    if what == "steps":
        pytest.importorskip("emcee", reason="needs the extra sampling")
    text = drawn(lambda: WORK[what](fitted, True))
    assert what in text
    assert f"{TOTALS[what]}/{TOTALS[what]}" in text
    if what == "starts of":
        assert f"starts of {fitted.problem.name}, best cost {fitted.cost:.4f}" in text


@pytest.mark.parametrize("what", WORK)
def test_a_function_is_told_and_nothing_is_drawn(what: str, fitted: exo.Fit) -> None:
    if what == "steps":
        pytest.importorskip("emcee", reason="needs the extra sampling")
    told: list[Any] = []
    assert drawn(lambda: WORK[what](fitted, told.append)) == ""
    counts = [each.done for each in told] if what == "starts of" else told
    assert counts == list(range(1, TOTALS[what] + 1))
    assert drawn(lambda: WORK[what](fitted, False)) == ""


def test_what_is_soon_done_draws_nothing(fitted: exo.Fit) -> None:
    assert drawn(lambda: exo.fit(fitted.problem, starts=1), patience=60.0) == ""


def test_a_bar_appears_before_the_first_part_is_done() -> None:
    """A start that lasts minutes must not look like nothing."""

    def work() -> None:
        with progress_bar("starts", 2, True) as bar:
            assert bar is not None
            ends = time.monotonic() + 10.0
            while not bar.shown.live.is_started and time.monotonic() < ends:
                time.sleep(0.01)

    assert "0/2" in drawn(work)


def test_the_command_draws_the_same_bar_unless_it_is_to_be_quiet(
    fitted: exo.Fit, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["fit", str(fitted.problem.folder), "--starts", "2"]
    assert "best cost" in drawn(lambda: main(arguments))
    assert drawn(lambda: main([*arguments, "--quiet"])) == ""
