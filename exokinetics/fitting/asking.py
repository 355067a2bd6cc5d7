"""Requests that several functions of fits refuse in the same words."""

from __future__ import annotations

from typing import Any

from exokinetics.errors import WrongInput
from exokinetics.fitting.outcome import Fit


def require_fit(given: Any) -> None:
    """`WrongInput` for what is not the outcome of a fit."""
    if not isinstance(given, Fit):
        raise WrongInput(f"{given!r} is not the outcome of a fit; give what exokinetics.fit returns")


def require_seed(seed: Any) -> None:
    """`WrongInput` for what is no seed."""
    if not isinstance(seed, int) or seed < 0:
        raise WrongInput(f"seed: must be a whole number of at least 0, not {seed!r}")


def require_threads(threads: Any) -> None:
    """`WrongInput` for what is no number of threads; None leaves it open."""
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise WrongInput(f"threads: must be a whole number of at least 1, not {threads!r}")
