"""A fitting problem: data, model and noise as one likelihood with its exact gradient."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import Issue, WrongInput, did_you_mean
from exokinetics.fitting.block import Places
from exokinetics.fitting.data_table import DataTable
from exokinetics.fitting.degrees import constant_slope, degrees_information, half_slope
from exokinetics.fitting.density import Density
from exokinetics.fitting.lint import Look, odd_things
from exokinetics.fitting.noise import HALF_LOG_TWO_PI
from exokinetics.fitting.noise_groups import NoiseGroup
from exokinetics.fitting.prediction import Predicted, Predictor
from exokinetics.fitting.specification import Condition, FitParameter, Measured, Scalar, SearchEffort
from exokinetics.model.whole import Model
from exokinetics.simulation.sampling import unit_points
from exokinetics.units import magnitude

if TYPE_CHECKING:
    import lmfit

Array = NDArray[np.float64]
LOOKS = 4  # points at which lint looks at the slopes, besides the nominal one
FLOOR = 1e-8  # how far below its bound a spread's reference lies, so that its log stays positive


@dataclass(frozen=True, repr=False)
class Problem:
    """Data and the model that is to describe them.

    `cost` is the full negative log-likelihood of the measurements as reported, constants included, plus the negative
    log of the priors; values are on the natural scale, by id, and those left out are at `nominal`. `rivals` are other
    models of the same data, by name; in one of them `rival` is its own name. `held_out` are the conditions to be
    predicted, as a problem with data of its own.
    """

    name: str
    title: str
    model: Model
    data: DataTable
    conditions: Mapping[str, Condition]
    measured: Mapping[str, Measured]
    quantities: Mapping[str, FitParameter]
    folder: Path
    scalars: Mapping[str, Scalar] = field(default_factory=dict)
    warnings: tuple[Issue, ...] = ()
    rival: str = ""
    rivals: Mapping[str, Problem] = field(default_factory=dict)
    effort: SearchEffort = field(default_factory=SearchEffort)
    held_out: Problem | None = None

    def __repr__(self) -> str:
        return f"<Problem {self.name}: {len(self.estimated)} parameters, {len(self.observed)} measurements>"

    def __getstate__(self) -> dict[str, Any]:
        # compiled functions do not pickle; they are made again where they are needed
        return {key: value for key, value in self.__dict__.items() if key != "predictor"}

    def lint(self) -> list[Issue]:
        """What is odd but not wrong in the fit file, the data and the model; errors do not get this far."""
        items = [self.quantities[name] for name in self.estimated]
        bounds = [(item.to_search(item.lower), item.to_search(item.upper)) for item in items]
        lower, upper = np.array(bounds).T
        drawn = lower + (upper - lower) * unit_points(len(lower), LOOKS, "lhs", (0, 0))
        looks = [Likelihood(self, point, slopes=True).look() for point in (self.search_vector(), *drawn)]
        file = str(self.folder / "fit.toml")
        return [*self.warnings, *odd_things(file, self.predictor, self.conditions, self.measured, looks)]

    @property
    def results(self) -> Path:
        """The folder of the stored result: that of the fit, or `rivals/NAME` below it."""
        return self.folder / "rivals" / self.rival if self.rival else self.folder

    @cached_property
    def estimated(self) -> tuple[str, ...]:
        """The ids of the estimated parameters, in the order of the fit file."""
        return tuple(name for name, item in self.quantities.items() if item.estimate)

    @cached_property
    def prior_table(self) -> tuple[Places, Array, Array, float]:
        """Of each prior its place among the estimated parameters, mean and standard deviation; and their constant."""
        priors = [(place, self.quantities[name].prior) for place, name in enumerate(self.estimated)]
        told = [(place, *prior) for place, prior in priors if prior is not None]
        columns, means, deviations = (
            (np.array(column) for column in zip(*told, strict=True)) if told else [np.empty(0)] * 3
        )
        constant = sum(math.log(sd) + HALF_LOG_TWO_PI for sd in deviations)
        return columns.astype(np.intp), means, deviations, float(constant)

    @property
    def nominal(self) -> dict[str, float]:
        """The values that the fit file starts from, natural scale, estimated parameters only."""
        return {name: self.quantities[name].value for name in self.estimated}

    @property
    def parameters(self) -> lmfit.Parameters:
        """The estimated parameters on the natural scale; a dot of an id becomes two underscores."""
        import lmfit

        table = lmfit.Parameters()
        for name in self.estimated:
            item = self.quantities[name]
            table.add(safe_name(name), value=item.value, min=item.lower, max=item.upper)
        return table

    @cached_property
    def predictor(self) -> Predictor:
        """The compiled predictions of every measurement."""
        return Predictor(self.model, self.data, self.conditions, self.measured, self.quantities, self.scalars)

    @property
    def observed(self) -> Array:
        """Every measured number, in the order of `residuals`."""
        return self.predictor.observed

    def with_measurements(self, observed: Array, prior_means: Mapping[str, float] | None = None) -> Problem:
        """The same problem had these numbers been measured, in the order of `observed`; `data` stays as it was.

        `prior_means`, on the search scale, take the place of those of the priors.
        """
        quantities = dict(self.quantities)
        for name, mean in (prior_means or {}).items():
            prior = quantities[name].prior
            assert prior is not None
            quantities[name] = replace(quantities[name], prior=(mean, prior[1]))
        again = replace(self, quantities=quantities)
        again.__dict__["predictor"] = self.predictor.with_measurements(observed)  # nothing is compiled anew
        return again

    def of_conditions(self, names: Sequence[str], *, scalars: bool = True) -> Problem:
        """The same problem had only these conditions been measured; `scalars`: with the numbers of the literature."""
        kept = {name: condition for name, condition in self.conditions.items() if name in names}
        again = replace(self, conditions=kept, scalars=self.scalars if scalars else {})
        again.__dict__["predictor"] = self.predictor.of_conditions(names, scalars)
        return again

    def search_vector(self, values: Mapping[str, Any] | None = None) -> Array:
        """Values by id (numbers, texts with unit; also lmfit's names) as a vector on the search scale."""
        vector = [self.quantities[name].to_search(self.quantities[name].value) for name in self.estimated]
        for key, given in (values or {}).items():
            name = key if key in self.quantities else self._safe_names.get(key, key)
            if name not in self.estimated:
                raise WrongInput(f"'{key}' is not estimated in {self.name}{did_you_mean(key, self.estimated)}")
            item = self.quantities[name]
            amount = magnitude(getattr(given, "value", given), item.unit)
            if item.scale == "log10" and amount <= 0:
                raise WrongInput(f"'{key}' must be above 0, not {given!r}: it is searched in log10")
            vector[self.estimated.index(name)] = item.to_search(amount)
        return np.array(vector)

    @cached_property
    def _safe_names(self) -> dict[str, str]:
        """The ids by the names that lmfit has for them."""
        return {safe_name(name): name for name in self.estimated}

    def natural(self, search: Array) -> dict[str, float]:
        """A search vector as values by id."""
        return {
            name: self.quantities[name].from_search(float(number))
            for name, number in zip(self.estimated, search, strict=True)
        }

    def predicted(self, search: Array, slopes: bool = False) -> Predicted:
        """Predictions at a vector on the search scale."""
        return self.predictor.predict(self.natural(search), slopes)

    def cost(self, values: Mapping[str, Any] | None = None) -> float:
        """The negative log-likelihood with constants, plus priors; nan where the model cannot be integrated."""
        return self.search_cost(self.search_vector(values))

    def gradient(self, values: Mapping[str, Any] | None = None) -> dict[str, float]:
        """d(cost)/d(value) by id, natural scale."""
        search = self.search_vector(values)
        likelihood = Likelihood(self, search, slopes=True)
        return {
            name: float(slope) / self.quantities[name].slope(self.quantities[name].from_search(float(number)))
            for name, slope, number in zip(self.estimated, likelihood.gradient(), search, strict=True)
        }

    def residuals(self, values: Mapping[str, Any] | None = None) -> Array:
        """(measured - predicted) / standard deviation of every measurement, on the scale of its noise.

        Of other densities and of limits: the signed root of twice the negative log-likelihood above its lowest value.
        """
        return Likelihood(self, self.search_vector(values)).residuals

    def search_cost(self, search: Array) -> float:
        """The cost at a vector on the search scale."""
        return Likelihood(self, search).cost()


class Likelihood:
    """The likelihood at one point: scaled residuals, log spreads, and with `slopes` their derivatives."""

    def __init__(
        self, problem: Problem, search: Array, *, slopes: bool = False, found: Predicted | None = None
    ) -> None:
        """`found` are the predictions at this point where they are known already."""
        self.problem, self.search = problem, np.asarray(search, float)
        predictor = problem.predictor
        self.numbers = predictor.numbers_at(self.search)
        found = found or predictor.predict_numbers(self.numbers, slopes)
        self.found, self.reason, self.constant = found, found.reason, 0.0
        self.measured = predictor.exact
        size, whole = len(predictor.observed), not found.reason and (found.slopes is not None or not slopes)
        shape = (size if slopes else 0, len(problem.estimated))
        made = np.empty if whole else _nowhere  # where everything is told nothing has to be there before
        self.residuals, self.log_spread, self.weights = made(size), made(size), np.ones(size)
        self.mean_slopes, self.residual_slopes, self.spread_slopes = made(shape), made(shape), made(shape)
        # roots of what the measurements know of spreads and of degrees of freedom, which are seen together
        self.spread_rows, self.degrees_rows = made(shape), np.zeros((0, len(problem.estimated)))
        if not found.reason:
            with np.errstate(all="ignore"):
                self._scale(found, slopes)

    def _scale(self, found: Predicted, slopes: bool) -> None:
        predictor = self.problem.predictor
        chain = predictor.chain(self.numbers) if slopes else np.empty(0)
        for group in predictor.groups:
            rows, noise, density = group.rows, group.noise, predictor.density(group.one, self.numbers)
            predicted, log_sd = found.values[rows], found.log_spreads[rows]
            if noise.proportional:
                log_sd = log_sd + np.log(np.abs(predicted))
            sd = np.exp(log_sd)
            deviation = (group.centered - noise.center(predicted)) / sd
            self.residuals[rows], factor = density.residual(deviation, group.sides)
            # a constant that moves with degrees of freedom belongs to the log of the spread
            still, moving = (0.0, density.constant) if group.one.degrees_move else (density.constant, 0.0)
            self.log_spread[rows] = np.where(group.exact, log_sd + moving, 0.0)
            self.constant += group.jacobian + still * int(group.exact.sum())
            self.weights[rows] = density.mean
            if not slopes or found.slopes is None or found.spread_slopes is None:
                continue
            inner, log_slopes = found.slopes[rows] * chain, found.spread_slopes[rows] * chain
            if noise.proportional:
                log_slopes += inner / predicted[:, None]
            means = -(noise.center_slope(predicted)[:, None] * inner) / sd[:, None]
            self.mean_slopes[rows] = means
            self.spread_slopes[rows] = log_slopes * group.exact[:, None] if group.limited else log_slopes
            self.residual_slopes[rows] = factor[:, None] * (means - deviation[:, None] * log_slopes)
            self.spread_rows[rows] = log_slopes * np.sqrt(density.log_spread)
            if group.one.degrees_move:
                self._move_degrees(group, density, deviation, predictor.degrees_slopes(group.one, self.numbers) * chain)

    def _move_degrees(self, group: NoiseGroup, density: Density, deviation: Array, moved: Array) -> None:
        """Add what comes through degrees of freedom to the slopes of a group; `moved` are theirs."""
        rows, exact = group.rows, group.exact[:, None]
        half, residuals = half_slope(deviation, group.sides, density.degrees), self.residuals[rows]
        # at a deviation of 0 the residual is 0 whatever the degrees
        by_degrees = np.divide(half, residuals, out=np.zeros_like(half), where=residuals != 0.0)
        self.residual_slopes[rows] += by_degrees[:, None] * moved
        self.spread_slopes[rows] += constant_slope(density.degrees) * moved * exact
        share, alone = degrees_information(density.degrees)
        self.spread_rows[rows] += np.sqrt(density.log_spread) * share * moved
        self.degrees_rows = np.vstack([self.degrees_rows, np.sqrt(alone * float(exact.sum())) * moved])

    def own_slopes(self) -> Array:
        """d(residual)/d(search vector) through the quantities of the fit alone, their spreads kept, at normal noise."""
        predictor, found = self.problem.predictor, self.found
        table: Array = predictor.own_slopes(found.simulated, self.numbers) * predictor.chain(self.numbers)
        with np.errstate(all="ignore"):
            for group in predictor.groups:
                center = group.noise.center_slope(found.values[group.rows])
                table[group.rows] *= -(center / np.exp(self.log_spread[group.rows]))[:, None]
        return table

    def priors(self) -> tuple[Array, Places, float]:
        """Scaled prior residuals, their columns, and the constant of their densities."""
        columns, means, deviations, constant = self.problem.prior_table
        return (self.search[columns] - means) / deviations, columns, constant

    def cost(self) -> float:
        """The negative log-likelihood and priors."""
        prior, _, constant = self.priors()
        total = 0.5 * np.sum(self.residuals**2) + np.sum(self.log_spread)
        return float(total + self.constant + 0.5 * np.sum(prior**2) + constant)

    def gradient(self) -> Array:
        """d(cost)/d(search vector)."""
        prior, columns, _ = self.priors()
        slope = self.residuals @ self.residual_slopes + np.sum(self.spread_slopes, axis=0)
        slope[columns] += prior / self.problem.prior_table[2]
        return np.asarray(slope)

    def information(self) -> Array:
        """The Fisher information on the search scale: of means, of spreads, and of priors."""
        rows = self.information_rows()
        return np.asarray(rows.T @ rows)

    def information_rows(self) -> Array:
        """A root of the information: the sum of the squares of these rows; it keeps digits that the sum loses."""
        # the residual also moves with its own spread; the information counts the mean and the spread apart
        means, spreads, limits = (
            self.mean_slopes[self.measured], self.spread_rows[self.measured], self.residual_slopes[~self.measured]
        )  # fmt: skip
        weight = np.sqrt(self.weights[self.measured])
        return np.vstack([means * weight[:, None], spreads, self.degrees_rows, limits, self._prior_rows()])

    def look(self) -> Look:
        """Which parameters a mean or a spread moves with here."""
        slopes = np.nan_to_num(np.vstack([self.mean_slopes, self.spread_slopes]))
        return Look((slopes != 0.0).any(axis=0), self.reason)

    def vector(self) -> Array:
        """Residuals, roots of log spreads and priors: their half sum of squares is the cost up to a constant."""
        return np.concatenate([self.residuals, self._roots(), self.priors()[0]])

    def vector_slopes(self) -> Array:
        """The derivatives of `vector` by the search vector."""
        with np.errstate(all="ignore"):
            spreads = self.spread_slopes[self.measured] / self._roots()[:, None]
        return np.vstack([self.residual_slopes, spreads, self._prior_rows()])

    def _prior_rows(self) -> Array:
        columns, _, deviations, _ = self.problem.prior_table
        rows = np.zeros((len(columns), len(self.problem.estimated)))
        rows[np.arange(len(columns)), columns] = 1.0 / deviations
        return rows

    def _roots(self) -> Array:
        reference = self.problem.predictor.floor + math.log(FLOOR)
        with np.errstate(all="ignore"):
            return np.asarray(np.sqrt(2.0 * (self.log_spread - reference)[self.measured]))


def _nowhere(shape: int | tuple[int, ...]) -> Array:
    return np.full(shape, np.nan)


def safe_name(id: str) -> str:
    """An id as lmfit accepts it: dots become two underscores."""
    return id.replace(".", "__").replace(":", "__")
