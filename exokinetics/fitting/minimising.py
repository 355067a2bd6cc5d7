"""One search from one point: lmfit's methods over the search scale, with exact slopes where a method takes them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.fitting.problem import Likelihood, Problem, safe_name

Array = NDArray[np.float64]

# what each method of lmfit is told; the slopes are added by `minimise`
METHODS: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    "least_squares": {"x_scale": "jac", "ftol": 1e-12, "xtol": 1e-10, "gtol": 1e-10},
    "leastsq": {"ftol": 1e-12, "xtol": 1e-10},
    "lbfgsb": {"options": {"ftol": 1e-14, "gtol": 1e-8}},
    "nelder": {"options": {"xatol": 1e-8, "fatol": 1e-8}},
})  # fmt: skip
SLOPED = ("least_squares", "leastsq")
COSTLY = {"nelder": 50}  # how many times the evaluations of one with slopes


def search_bounds(problem: Problem) -> tuple[Array, Array]:
    """Lower and upper bounds on the search scale."""
    items = [problem.quantities[name] for name in problem.estimated]
    lower = np.array([item.to_search(item.lower) for item in items])
    upper = np.array([item.to_search(item.upper) for item in items])
    return lower, upper


def minimise(problem: Problem, point: Array, evaluations: int, *, method: str = "least_squares") -> Any:
    """lmfit's search from a point on the search scale; an `lmfit.MinimizerResult`."""
    import lmfit

    lower, upper = search_bounds(problem)
    point = np.clip(point, lower + 1e-9 * (upper - lower), upper - 1e-9 * (upper - lower))
    objective = Objective(problem)
    table = lmfit.Parameters()
    for name, value, low, high in zip(problem.estimated, point, lower, upper, strict=True):
        table.add(search_name(problem, name), value=float(value), min=float(low), max=float(high))
    minimizer = lmfit.Minimizer(objective.vector, table, nan_policy="propagate", scale_covar=False, calc_covar=False)
    settings = dict(METHODS[method])
    if method in SLOPED:
        settings["Dfun"] = objective.slopes
        if method == "least_squares":
            minimizer.calc_covar = True
    elif method == "lbfgsb":
        settings["jac"] = objective.gradient
    with np.errstate(all="ignore"):  # lmfit takes roots of variances that are negative where nothing is known
        found = minimizer.minimize(method=method, max_nfev=evaluations * COSTLY.get(method, 1), **settings)
    # lmfit keeps its own bound methods here, which would not pickle
    found.call_kws = {key: value for key, value in found.call_kws.items() if not callable(value)}
    return found


def search_name(problem: Problem, name: str) -> str:
    """The name of a parameter in the table that lmfit searches over: it says when the value is a logarithm."""
    prefix = "log10_" if problem.quantities[name].scale == "log10" else ""
    return prefix + safe_name(name)


class Objective:
    """The likelihood as a sum of squares: residuals, priors, and the log of each spread above a low reference."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._last: tuple[bytes, Likelihood] | None = None

    def _likelihood(self, params: Any) -> Likelihood:
        search = np.array([parameter.value for parameter in params.values()])
        key = search.tobytes()
        if self._last is None or self._last[0] != key:
            self._last = (key, Likelihood(self.problem, search, slopes=True))
        return self._last[1]

    def gradient(self, params: Any) -> Array:
        """Of the sum of squares that lmfit makes of `vector`, by the search vector."""
        return np.asarray(2.0 * (self.vector(params) @ self.slopes(params)))

    def vector(self, params: Any) -> Array:
        """Its half sum of squares is the cost up to a constant."""
        return self._likelihood(params).vector()

    def slopes(self, params: Any) -> Array:
        """Its derivatives by the search vector."""
        return self._likelihood(params).vector_slopes()
