"""`predict`: the model's time courses with the uncertainty that a fit leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.fitting.minimising import search_bounds
from exokinetics.fitting.outcome import Fit
from exokinetics.fitting.problem import Likelihood
from exokinetics.fitting.specification import Condition
from exokinetics.simulation import Ensemble, ensemble

Array = NDArray[np.float64]


def predict(
    fit: Fit,
    t: Any,
    *,
    outputs: Sequence[str] | None = None,
    condition: str | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> Ensemble:
    """Time courses of the model for parameter sets drawn from the normal about the estimates, on the search scale.

    `condition` is one of the fit, with its values, start and doses; the model as it is if left out. What the data leave
    open is drawn with the variance of its bounds, and draws stay within the bounds.
    """
    import pandas

    if not isinstance(fit, Fit):
        raise WrongInput(f"{fit!r} is not the outcome of a fit; give what exokinetics.fit returns")
    problem = fit.problem
    if condition is not None and condition not in problem.conditions:
        raise WrongInput(
            f"'{condition}' is not a condition of {problem.name}{did_you_mean(condition, problem.conditions)}"
        )
    setting = problem.conditions[condition] if condition is not None else Condition("")
    fixed = dict(setting.values)
    inside = [name for name in problem.quantities if name in problem.model.whole.parameters and name not in fixed]
    drawn = [name for name in inside if problem.quantities[name].estimate]
    if not drawn:
        raise WrongInput(f"{problem.name} estimates no parameter of the model here, so that nothing is uncertain")
    sample = drawn_sets(fit, draws, seed)
    held = {name: problem.quantities[name].value for name in inside if name not in drawn}
    table = pandas.DataFrame({name: sample[name] for name in drawn})
    return ensemble(
        problem.model, t, draws=table, values=held | fixed, initial=dict(setting.initial), doses=setting.doses,
        start=setting.start, outputs=outputs,
    )  # fmt: skip


def drawn_sets(fit: Fit, draws: int, seed: int) -> dict[str, Array]:
    """Parameter sets by id on the natural scale, from the information of the data and the width of the bounds."""
    if not isinstance(draws, int) or draws < 1:
        raise WrongInput(f"draws: must be a whole number of at least 1, not {draws!r}")
    problem = fit.problem
    center = problem.search_vector(fit.values)
    lower, upper = search_bounds(problem)
    # the variance of a uniform between the bounds: without it an open direction has no draws at all
    information = Likelihood(problem, center, slopes=True).information() + np.diag(12.0 / (upper - lower) ** 2)
    root = np.linalg.inv(np.linalg.cholesky(information)).T
    normal = np.random.default_rng(seed).standard_normal((draws, len(center)))
    search = np.clip(center + normal @ root.T, lower, upper)
    return {
        name: np.array([problem.quantities[name].from_search(float(value)) for value in column])
        for name, column in zip(problem.estimated, search.T, strict=True)
    }
