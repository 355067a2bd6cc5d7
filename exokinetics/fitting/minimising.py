"""One search from one point: our own scoring or a method of lmfit, over the search scale, with exact slopes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.fitting.climbing import climb
from exokinetics.fitting.objectives import Height, Squares
from exokinetics.fitting.problem import Problem, safe_name
from exokinetics.fitting.scoring import Scoring

Array = NDArray[np.float64]

# what each method of lmfit is told besides; slopes and seeds are added by `minimise`
METHODS: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    "least_squares": {},
    "trf": {"x_scale": "jac", "ftol": 1e-12, "xtol": 1e-10, "gtol": 1e-10},
    "leastsq": {"ftol": 1e-12, "xtol": 1e-10},
    "lbfgsb": {"options": {"ftol": 1e-14, "gtol": 1e-8}},
    "slsqp": {"options": {"ftol": 1e-10}},
    "nelder": {"options": {"xatol": 1e-8, "fatol": 1e-8}},
    "powell": {"options": {"xtol": 1e-8, "ftol": 1e-12}},
    "differential_evolution": {"tol": 1e-4, "polish": False, "init": "sobol"},
    "dual_annealing": {},
    "basinhopping": {"niter": 10, "minimizer_kwargs": {"method": "L-BFGS-B"}},
})  # fmt: skip
OWN = "least_squares"
NAMES_OF_LMFIT = {"trf": "least_squares"}  # where its name is ours: there it is what scipy calls the algorithm
SQUARES = ("trf", "leastsq")
SLOPED = ("lbfgsb", "slsqp")
SEEDED = ("differential_evolution", "dual_annealing", "basinhopping")
# how many times the evaluations of a search with slopes one may take that has none
COSTLY = {"nelder": 50, "powell": 50} | {"differential_evolution": 100, "dual_annealing": 20, "basinhopping": 20}
ENOUGH, LEAST = 1e-7, 1e-20  # log-likelihood that another step promises at the end of a start, and of the best one


def search_bounds(problem: Problem) -> tuple[Array, Array]:
    """Lower and upper bounds on the search scale."""
    items = [problem.quantities[name] for name in problem.estimated]
    lower = np.array([item.to_search(item.lower) for item in items])
    upper = np.array([item.to_search(item.upper) for item in items])
    return lower, upper


def minimise(
    problem: Problem, point: Array, evaluations: int, *, method: str = OWN, promise: float = ENOUGH,
    seed: tuple[int, ...] = (0,), patience: int | None = None,
) -> Any:  # fmt: skip
    """A search from a point on the search scale, as an `lmfit.MinimizerResult`.

    `promise` ends scoring, in log-likelihood, and so does `patience`, evaluations that gain next to nothing; `seed` is
    for the methods that draw.
    """
    import lmfit

    lower, upper = search_bounds(problem)
    point = np.clip(point, lower + 1e-9 * (upper - lower), upper - 1e-9 * (upper - lower))
    table = lmfit.Parameters()
    for name, value, low, high in zip(problem.estimated, point, lower, upper, strict=True):
        table.add(search_name(problem, name), value=float(value), min=float(low), max=float(high))
    if method == OWN:
        return _scored(problem, point, table, (evaluations, promise, patience))
    settings = dict(METHODS[method])
    objective: Squares | Height
    if method in SQUARES:
        objective = Squares(problem)
        settings["Dfun"] = objective.slopes
    else:
        objective = Height(problem)
        for name in objective.solved:
            table[search_name(problem, name)].vary = False
        if method in SLOPED:
            settings["jac"] = objective.gradient
    if method in SEEDED:
        settings["seed"] = np.random.default_rng(seed)
    minimizer = lmfit.Minimizer(objective.value, table, nan_policy="propagate", scale_covar=False, calc_covar=False)
    minimizer.calc_covar = method == "trf"
    with np.errstate(all="ignore"):  # lmfit takes roots of variances that are negative where nothing is known
        found = minimizer.minimize(
            method=NAMES_OF_LMFIT.get(method, method), max_nfev=evaluations * COSTLY.get(method, 1), **settings
        )
    # lmfit keeps its own bound methods here, which would not pickle
    found.call_kws = {key: value for key, value in found.call_kws.items() if not callable(value)}
    for parameter, value in zip(found.params.values(), objective.lowest(found.params), strict=True):
        parameter.value = float(value)
    return found


def end_of(result: Any) -> Array:
    """Where a search ended, on the search scale."""
    return np.array([parameter.value for parameter in result.params.values()])


def search_name(problem: Problem, name: str) -> str:
    """The name of a parameter in the table that lmfit searches over: it says when the value is a logarithm."""
    prefix = "log10_" if problem.quantities[name].scale == "log10" else ""
    return prefix + safe_name(name)


def _scored(problem: Problem, point: Array, table: Any, ends: tuple[int, float, int | None]) -> Any:
    """Our own search as lmfit tells of one; its sums are those of the residuals, its criteria of the likelihood."""
    from lmfit.minimizer import MinimizerResult

    evaluations, promise, patience = ends
    reached = climb(
        Scoring(problem, *search_bounds(problem)), point, evaluations=evaluations, promise=promise, patience=patience
    )
    for parameter, value in zip(table.values(), reached.search, strict=True):
        parameter.init_value, parameter.value = parameter.value, float(value)
    residuals = reached.likelihood.residuals
    squares, count, varied = float(np.sum(residuals**2)), len(residuals), len(point)
    free = max(count - varied, 1)
    return MinimizerResult(
        params=table, var_names=list(table), init_vals=[float(value) for value in point], x=reached.search,
        init_values=dict(zip(table, map(float, point), strict=True)), residual=residuals, method=OWN,
        message=reached.message, success=reached.converged, aborted=False, errorbars=False, call_kws={},
        nfev=reached.evaluations, nvarys=varied, ndata=count, nfree=free, chisqr=squares, redchi=squares / free,
        aic=2.0 * reached.cost + 2.0 * varied, bic=2.0 * reached.cost + float(np.log(count)) * varied, covar=None,
    )  # fmt: skip
