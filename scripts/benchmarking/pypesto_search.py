"""pyPESTO with AMICI: the same fits by way of PEtab, searched by scipy's L-BFGS-B and by Fides."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from scripts.benchmarking.petab_folder import table_id, write_petab

PACKAGES = ("pypesto", "amici", "fides")
NOTE = "PEtab to C++ by AMICI, forward sensitivities, the tolerances and options of pyPESTO and AMICI as they are"

# of profiles: pyPESTO draws a line between the last two points, which with its defaults is 5 % of an interval off
FINE = {"delta_ratio_max": 0.03, "max_step_size_absolute": 0.02, "max_step_size_relative": 0.0, "ratio_min": 0.14,
        "default_step_size_absolute": 0.01, "default_step_size_relative": 0.0, "min_step_size_absolute": 0.002,
        "min_step_size_relative": 0.0}  # fmt: skip


@dataclass
class Trace:
    """CPU seconds since the start of a search and the cost of every evaluation."""

    began: float = 0.0
    points: list[tuple[float, float]] = field(default_factory=list)

    def start(self) -> None:
        """Begin anew."""
        self.points.clear()
        self.began = time.process_time()

    def add(self, cost: float) -> None:
        """An evaluation that has just ended."""
        self.points.append((time.process_time() - self.began, cost))


@dataclass(frozen=True)
class Pypesto:
    """A fit compiled for pyPESTO; `names` are ours, in the order of its free parameters."""

    problem: Any
    names: tuple[str, ...]
    trace: Trace

    def cost(self, search: np.ndarray) -> float:
        """The cost at a vector on the search scale, in the order of `names`."""
        return float(self.problem.objective(search))

    def search(self, optimizer: str, point: np.ndarray) -> float:
        """One start; the trace holds its evaluations."""
        from pypesto import engine, optimize

        made = {
            "L-BFGS-B": lambda: optimize.ScipyOptimizer(method="L-BFGS-B"),
            "Fides": lambda: optimize.FidesOptimizer(verbose=50),
        }[optimizer]()
        whole = self.problem.get_full_vector(point, self.problem.x_fixed_vals)
        self.problem.set_x_guesses(whole[None, :])
        self.trace.start()
        with quiet():
            found = optimize.minimize(
                self.problem, optimizer=made, n_starts=1, engine=engine.SingleCoreEngine(), progress_bar=False
            )
        return float(found.optimize_result[0].fval)

    def profiles(self, point: np.ndarray) -> list[tuple[float, float]]:
        """The 95 % interval of each parameter on the search scale, profiled from an optimum."""
        from pypesto import engine, optimize, profile

        optimizer = optimize.ScipyOptimizer(method="L-BFGS-B")
        alone, whole = engine.SingleCoreEngine(), self.problem.get_full_vector(point, self.problem.x_fixed_vals)
        self.problem.set_x_guesses(whole[None, :])
        with quiet():
            found = optimize.minimize(self.problem, optimizer=optimizer, n_starts=1, engine=alone, progress_bar=False)
            places = self.problem.x_free_indices
            profile.parameter_profile(
                self.problem, found, optimizer, engine=alone, profile_index=places, progress_bar=False,
                profile_options=profile.ProfileOptions(**FINE),
            )  # fmt: skip
        threshold = profile.chi2_quantile_to_ratio(0.95)
        walks = [found.profile_result.list[0][place] for place in places]
        rows = [(walk.x_path[place], walk.ratio_path) for walk, place in zip(walks, places, strict=True)]
        return [profile.calculate_approximate_ci(xs, ratios, threshold) for xs, ratios in rows]


def opened(problem: Any, folder: Path) -> Pypesto:
    """Written, compiled and loaded; the compiled model in the folder is used again."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    path = write_petab(problem, folder)
    import petab.v1 as petab
    from pypesto.petab import PetabImporter

    with quiet(), silent():
        importer = PetabImporter(
            petab.Problem.from_yaml(str(path)), model_name=f"pypesto_{problem.name}",
            output_folder=str(folder / "amici"), validate_petab=False,
        )  # fmt: skip
        made = importer.create_problem()
    trace = Trace()
    recorded(made.objective, trace)
    known = {table_id(problem, name): name for name in problem.estimated}
    free = [made.x_names[index] for index in made.x_free_indices]
    return Pypesto(made, tuple(known[name] for name in free), trace)


def recorded(objective: Any, trace: Trace) -> None:
    """Let every evaluation be told to the trace."""
    parts = getattr(objective, "_objectives", [objective])
    for part in parts[:1]:
        inner: Callable[..., Any] = part.call_unprocessed

        def call(*given: Any, inner: Callable[..., Any] = inner, **named: Any) -> Any:
            result = inner(*given, **named)
            if "fval" in result:
                trace.add(float(result["fval"]))
            return result

        part.call_unprocessed = call


class quiet(warnings.catch_warnings):  # reads as a word where it is used
    """No warnings and no log messages."""

    def __enter__(self) -> Any:
        import logging

        entered = super().__enter__()
        warnings.simplefilter("ignore")
        logging.disable(logging.ERROR)
        return entered

    def __exit__(self, *given: Any) -> None:
        import logging

        logging.disable(logging.NOTSET)
        super().__exit__(*given)


@contextmanager
def silent() -> Iterator[None]:
    """Nothing on standard output, where the compilers of a model write, and the page of the benchmark goes."""
    sys.stdout.flush()
    kept, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 1)
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)


def in_order(names: Sequence[str], other: Sequence[str]) -> list[int]:
    """The places of `other` in `names`."""
    return [list(names).index(name) for name in other]
