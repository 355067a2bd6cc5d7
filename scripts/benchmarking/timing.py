"""CPU time of interleaved runs on one core."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

SHORTEST = 0.02  # seconds of one sample: shorter calls are repeated


def on_one_core() -> None:
    """Keep this process, and the threads of linear algebra, on one core; before numpy is imported."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def seconds_of(call: Callable[[], Any], repeat: int = 1) -> float:
    """CPU seconds of one call, the mean over `repeat` of them."""
    began = time.process_time()
    for _ in range(repeat):
        call()
    return (time.process_time() - began) / repeat


def interleaved(
    calls: Mapping[str, Callable[[], Any]], rounds: int, *, budget: float = float("inf"), shortest: float = SHORTEST
) -> dict[str, float]:
    """The median CPU seconds of each call; every round runs all of them, so that a slow spell meets all alike.

    A call that has used up its budget of seconds is left out of the rounds that remain.
    """
    samples = {name: list[float]() for name in calls}
    first = {name: seconds_of(call) for name, call in calls.items()}
    repeats = {name: max(1, int(shortest / max(seconds, 1e-7))) for name, seconds in first.items()}
    for _ in range(rounds):
        for name, call in calls.items():
            if first[name] + sum(samples[name]) * repeats[name] <= budget:
                samples[name].append(seconds_of(call, repeats[name]))
    return {name: float(np.median(found or first[name])) for name, found in samples.items()}
