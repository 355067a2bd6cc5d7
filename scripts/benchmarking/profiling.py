"""Profile likelihoods: 95 % intervals of exokinetics and of pyPESTO on the scale of the search, and their times."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

import exokinetics as exo
from scripts.benchmarking import fit_problems, pypesto_search
from scripts.benchmarking.fits import absent
from scripts.benchmarking.rows import OWN, Request, Row
from scripts.benchmarking.solving import first_line, say

PROBLEMS = ("decay_chain", "michaelis_menten")
WANTED = 0.02  # of an interval: how far its ends may be from those of pyPESTO
Interval = tuple[float, float]


def profiles(request: Request) -> list[Row]:
    """The profiles of every parameter of two problems."""
    missing = [sentence for name in pypesto_search.PACKAGES if (sentence := absent(name))]
    rows = []
    for name, path in fit_problems.folders(request.folder, PROBLEMS[:1] if request.quick else PROBLEMS).items():
        problem = exo.load_fit(path)
        task = f"profiles of the {len(problem.estimated)} parameters of {name}"
        say(f"  {task}")
        own, seconds = own_intervals(problem)
        rows.append(Row(task, OWN, seconds))
        if missing:
            rows.append(Row(task, "pyPESTO", note="; ".join(missing)))
            continue
        try:
            rows.append(compared(task, problem, own, request))
        except Exception as error:  # whatever another tool raises
            rows.append(Row(task, "pyPESTO, AMICI, L-BFGS-B", note=f"failed: {first_line(error)}"))
    return rows


def own_intervals(problem: Any) -> tuple[dict[str, Interval], float]:
    """The ends of each profile on the search scale, and the CPU seconds of all of them."""
    best = exo.fit(problem, starts=5, threads=1, progress=False)
    began = time.process_time()
    found = exo.profile(best, small_samples=False)
    seconds = time.process_time() - began
    scale = {name: problem.quantities[name].to_search for name in problem.estimated}
    return {name: tuple(map(scale[name], ends)) for name, ends in found.intervals.items()}, seconds  # type: ignore[misc]


def compared(task: str, problem: Any, own: dict[str, Interval], request: Request) -> Row:
    """pyPESTO's profiles from the same optimum, and the largest difference of an end as a share of its interval."""
    best = exo.fit(problem, starts=5, threads=1, progress=False)
    made = pypesto_search.opened(problem, request.folder / f"pypesto_{problem.name}")
    order = pypesto_search.in_order(problem.estimated, made.names)
    began = time.process_time()
    theirs = dict(zip(made.names, made.profiles(problem.search_vector(best.values)[order]), strict=True))
    seconds = time.process_time() - began
    shares = {name: max(abs(np.subtract(theirs[name], ends))) / (ends[1] - ends[0]) for name, ends in own.items()}
    worst = max(shares, key=shares.__getitem__)
    verdict = "within" if shares[worst] <= WANTED else "beyond"
    note = f"largest difference of an end {shares[worst]:.2%} of the interval ({worst}), {verdict} {WANTED:.0%}"
    return Row(task, "pyPESTO, AMICI, L-BFGS-B", seconds, error=shares[worst], note=note)
