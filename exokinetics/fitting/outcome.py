"""The outcome of a fit: estimates, errors, intervals, every start, and how to look at and keep them."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import WrongInput
from exokinetics.fitting.information import covariance_of_rows
from exokinetics.fitting.problem import Likelihood, Problem
from exokinetics.fitting.small_samples import reach

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
ENOUGH = 3  # starts that agree on the optimum, below which more are advised
POLISHED = 1e-5  # of cost: what an integration rounds at most
NEAR = 0.1  # starts within this many log-likelihood units count as having found the optimum


@dataclass(frozen=True, repr=False)
class Fit:
    """Estimates with their uncertainty, from the Fisher information on the search scale.

    `values`, `errors` (standard errors) and `intervals` (95 %, by Student's t where spreads are estimated too) are by
    id on the natural scale; a parameter that the data do not determine has an infinite error and the bounds of the
    search as its interval. `lmfit` is the `MinimizerResult` of the best start, over log10 values where the search was
    in log10.
    """

    problem: Problem
    values: Mapping[str, float]
    errors: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    cost: float
    lmfit: Any
    starts: pandas.DataFrame
    correlations: pandas.DataFrame
    seed: int

    def __repr__(self) -> str:
        return (
            f"<Fit of {self.problem.name}: cost {self.cost:.4f}, {self.hits} of {len(self.starts)} starts at the best>"
        )

    @property
    def hits(self) -> int:
        """How many starts ended within 0.1 log-likelihood units of the best."""
        return int((self.starts["cost"] <= self.cost + NEAR).sum())

    @property
    def undetermined(self) -> list[str]:
        """Parameters that the data leave open: no finite error, or an interval at a bound of the search."""
        found = []
        for name, (low, high) in self.intervals.items():
            item = self.problem.quantities[name]
            if not math.isfinite(self.errors[name]) or low <= item.lower or high >= item.upper:
                found.append(name)
        return found

    def report(self) -> str:
        """The fit in words and a table."""
        problem = self.problem
        lines = [
            problem.title,
            f"{self._counted()}, {len(self.values)} estimated parameters; "
            f"negative log-likelihood {self.cost:.4f}; {self.hits} of {len(self.starts)} starts within {NEAR} of it.",
            "",
            f"{'parameter':34s} {'estimate':>12s} {'std. error':>12s} {'95 % interval':>27s}  unit",
        ]
        for name, value in self.values.items():
            low, high = self.intervals[name]
            error = f"{self.errors[name]:.3g}" if math.isfinite(self.errors[name]) else "not determined"
            lines.append(
                f"{name:34s} {value:12.5g} {error:>12s} {f'{low:.4g} to {high:.4g}':>27s}  "
                f"{problem.quantities[name].unit}"
            )
        lines += ["", self.advice()]
        if problem.scalars:
            lines += ["", *self._scalars()]
        unknown = [name for name in self.undetermined if not math.isfinite(self.errors[name])]
        if unknown:
            lines += ["", f"The data do not determine: {', '.join(unknown)}."]
        ends = [self._end(name) for name in self.undetermined if name not in unknown]
        if ends:
            lines += ["", f"At a bound of the search, which cuts the interval: {', '.join(ends)}."]
        return "\n".join(lines)

    def _counted(self) -> str:
        scalars = len(self.problem.scalars)
        numbers = f" and {scalars} number{'s' * (scalars > 1)} of the literature" if scalars else ""
        return f"{len(self.problem.observed) - scalars} measurements{numbers}"

    def _end(self, name: str) -> str:
        """The parameter and the bound, or both, that its interval reaches."""
        (low, high), item = self.intervals[name], self.problem.quantities[name]
        reached = [end for end, there in (("lower", low <= item.lower), ("upper", high >= item.upper)) if there]
        return f"{name} ({' and '.join(reached)})"

    def advice(self) -> str:
        """How many starts found the optimum, and whether more are advised."""
        found = f"{self.hits} of {len(self.starts)} starts found the optimum"
        if self.hits >= ENOUGH:
            return f"{found}; more are not needed."
        return f"{found}; more starts are advised, until at least {ENOUGH} agree."

    def waterfall(self) -> Figure:
        """The cost of every start above the best, sorted: a step at the bottom is an optimum that many found."""
        from exokinetics.fitting.figure import waterfall_figure

        return waterfall_figure(self.problem.title, self.starts["cost"].to_numpy(float), NEAR)

    def _scalars(self) -> list[str]:
        """A line for each number of the literature: published and fitted."""
        predictor = self.problem.predictor
        fitted = predictor.predict(self.values).values
        places = {block.item.id: block.place for block in predictor.blocks() if not block.condition.id}
        return [
            f"{id}: {scalar.value:.4g} {scalar.measured.unit} published, "
            f"{fitted[places[id]][0]:.4g} fitted ({scalar.source})"
            for id, scalar in self.problem.scalars.items()
        ]

    def plot(self) -> Figure:
        """Data and fitted curves, one panel per measured column and condition."""
        from exokinetics.fitting.figure import fit_figure

        return fit_figure(self.problem, self.values)

    def save(self, folder: str | Path) -> list[Path]:
        """Write result.toml, starts.csv, fit.png and waterfall.png into a folder; each appears whole or not at all."""
        import tomli_w

        place = Path(folder)
        names = ("result.toml", "starts.csv", "fit.png", "waterfall.png")
        beside = [place / f"part.{name}" for name in names]
        try:
            place.mkdir(parents=True, exist_ok=True)
            beside[0].write_text(tomli_w.dumps(self.record()), "utf-8")
            beside[1].write_text(self.starts.to_csv(index=False), "utf-8")
            self.plot().savefig(beside[2], dpi=150)
            self.waterfall().savefig(beside[3], dpi=150)
            # nothing that was there is touched before everything new is written
            for written, name in zip(beside, names, strict=True):
                os.replace(written, place / name)
        except OSError as error:
            raise WrongInput(f"'{folder}' cannot be written to: {error.strerror}; choose another folder") from None
        finally:
            for written in beside:
                with contextlib.suppress(OSError):
                    written.unlink()
        return [place / name for name in names]

    def record(self) -> dict[str, Any]:
        """What result.toml holds: estimates, intervals, cost, seed and versions."""
        return {
            "fit": self.problem.folder.name,
            **({"rival": self.problem.rival} if self.problem.rival else {}),
            "model": self.problem.model.name,
            **({"variant": self.problem.model.variant} if self.problem.model.variant else {}),
            "cost": self.cost,
            "measurements": len(self.problem.observed),
            "seed": self.seed,
            "starts": len(self.starts),
            "starts_at_the_best": self.hits,
            "undetermined": self.undetermined,
            "versions": versions(),
            "parameter": {
                name: {
                    "value": value,
                    "error": self.errors[name],
                    "low": self.intervals[name][0],
                    "high": self.intervals[name][1],
                    "unit": self.problem.quantities[name].unit,
                }
                for name, value in self.values.items()
            },
        }


def versions() -> dict[str, str]:
    """The versions that the numbers of a fit depend on."""
    return {name: _version(name) for name in ("exokinetics", "numpy", "scipy", "lmfit")}


def _version(name: str) -> str:
    try:
        return version(name)
    except ModuleNotFoundError:
        return "unknown"


def assemble(problem: Problem, starts: Sequence[Any], best: Any, seed: int) -> Fit:
    """The outcome from the ends of all starts and the lmfit result of the best one."""
    import pandas

    search = np.array([best.params[name].value for name in best.var_names])
    ends = [(start.cost, np.array(start.search)) for start in starts if not start.reason]
    # the best start polished once more has the last digits; its cost is that of the start but for its rounding
    cost, search = min([(problem.search_cost(search) - POLISHED, search), *ends], key=lambda end: end[0])
    likelihood = Likelihood(problem, search, slopes=True)
    cost = likelihood.cost()
    covariance = covariance_of_rows(likelihood.information_rows())
    deviation = np.sqrt(np.diag(covariance))
    # lmfit's own errors treat the spreads as if they were data; it gets those of the information matrix
    best.covar = covariance
    for name, number, sd in zip(best.var_names, search, deviation, strict=True):
        best.params[name].value, best.params[name].stderr = float(number), float(sd)
    values = problem.natural(search)
    errors, intervals = {}, {}
    widths = deviation * reach(likelihood).errors
    for name, value, number, sd, width in zip(values, values.values(), search, deviation, widths, strict=True):
        item = problem.quantities[name]
        errors[name] = float(item.slope(value) * sd)
        intervals[name] = _interval(item.from_search, float(number), float(width), item.lower, item.upper)
    with np.errstate(all="ignore"):
        correlations = covariance / np.outer(deviation, deviation)
    best.errorbars = bool(np.isfinite(deviation).all())
    table = pandas.DataFrame(
        {
            "start": [start.number for start in starts],
            "cost": [start.cost for start in starts],
            "reason": [start.reason for start in starts],
            "seconds": [start.seconds for start in starts],
            "evaluations": [start.evaluations for start in starts],
            "stopped": [start.stopped for start in starts],
        }
    )
    frame = pandas.DataFrame(correlations, list(values), list(values))
    return Fit(problem, values, errors, intervals, float(cost), best, table, frame, seed)


def _interval(back: Any, number: float, width: float, lower: float, upper: float) -> tuple[float, float]:
    if not math.isfinite(width):
        return lower, upper
    ends = [number - width, number + width]
    low, high = (float(back(min(max(end, -300.0), 300.0))) for end in ends)
    return max(low, lower), min(high, upper)
