"""The outcome of a fit from its stored result, without the search."""

from __future__ import annotations

import tomllib

from exokinetics.errors import WrongInput
from exokinetics.fitting.outcome import Fit, assemble
from exokinetics.fitting.problem import Problem
from exokinetics.fitting.search import Start, polish


def stored_fit(problem: Problem) -> Fit | None:
    """The fit of result.toml, polished once more, or None if there is no such file.

    Raises `WrongInput` if the file is not a result of this fit.
    """
    path = problem.results / "result.toml"
    if not path.exists():
        return None
    try:
        stored = tomllib.loads(path.read_text("utf-8"))
        values = {name: float(row["value"]) for name, row in stored["parameter"].items()}
        seed = int(stored["seed"])
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise WrongInput(f"{path}: is not the result of a fit ({error}); remove it and fit again") from None
    if set(values) != set(problem.estimated):
        raise WrongInput(f"{path}: holds other parameters than {problem.name} estimates; remove it and fit again")
    search = problem.search_vector(values)
    start = Start(0, problem.search_cost(search), tuple(float(value) for value in search), "", 0.0)
    return assemble(problem, [start], polish(problem, search), seed)
