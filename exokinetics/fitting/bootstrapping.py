"""`bootstrap`: the fit repeated on data drawn anew, and the spread of its estimates."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from exokinetics.errors import WorkFailed, WrongInput, did_you_mean
from exokinetics.fitting.asking import require_fit, require_seed, require_threads
from exokinetics.fitting.draws import Drawn, natural_table
from exokinetics.fitting.minimising import search_bounds
from exokinetics.fitting.outcome import Fit
from exokinetics.fitting.problem import Likelihood, Problem
from exokinetics.fitting.restricted import lowest_with_held
from exokinetics.fitting.scatter import Scatter, scatter_about
from exokinetics.fitting.small_samples import reach
from exokinetics.progress import counted, telling

if TYPE_CHECKING:
    import pandas

Array = NDArray[np.float64]

KINDS = ("parametric", "residual")
FEW = 5  # deviations of an observable below which they are not drawn from
UNSETTLED = "the search still gained when its steps were used up"
BROKEN = "the model could not be integrated"


@dataclass(frozen=True, repr=False)
class Bootstrap(Drawn):
    """The estimates of every repeat, on the natural scale; `save` writes repeats.csv, bootstrap.csv and bootstrap.png.

    `table` has a row per repeat that succeeded (index repeat) and a column per parameter, `failures` a row per repeat
    that did not (repeat, reason); `summary` a row per parameter: median, low and high (95 %, percentiles that are
    corrected for bias and for estimated spreads), bias (median less estimate) and at_bound (the share of repeats that
    ended on a bound).
    """

    called: ClassVar = ("repeats", "bootstrap", "bootstrap")

    failures: pandas.DataFrame
    kind: str
    seed: int

    def __repr__(self) -> str:
        return f"<Bootstrap of {self.fit.problem.name}: {self.verdict}>"

    @property
    def verdict(self) -> str:
        """How many repeats there are, how many failed, and which parameters a bootstrap cannot speak of."""
        done, failed = len(self.table), len(self.failures)
        said = f"{done:,} of {done + failed:,} {self.kind} repeats succeeded"
        if failed:
            reasons = self.failures["reason"].value_counts()
            said += f" ({', '.join(f'{count:,}: {reason}' for reason, count in reasons.items())})"
        if self.fit.undetermined:
            names = ", ".join(self.fit.undetermined)
            said += f"; the data leave open {names}: repeats say too little of that, see profile"
        return said

    def report(self) -> str:
        """The verdict, and a line per parameter."""
        lines = [
            f"{self.fit.problem.title}: bootstrap",
            f"{self.verdict}.",
            "",
            f"{'parameter':34s} {'estimate':>12s} {'median':>12s} {'95 % interval':>27s} {'at bound':>9s}  unit",
        ]
        for name, row in self.summary.iterrows():
            ends = f"{row['low']:.4g} to {row['high']:.4g}"
            lines.append(
                f"{name:34s} {self.fit.values[str(name)]:12.5g} {row['median']:12.5g} {ends:>27s} "
                f"{row['at_bound']:9.1%}  {self.fit.problem.quantities[str(name)].unit}"
            )
        return "\n".join(lines)


def bootstrap(
    fit: Fit,
    *,
    repeats: int = 1000,
    kind: str = "parametric",
    seed: int = 1,
    threads: int | None = None,
    progress: bool | Callable[[int], None] = True,
) -> Bootstrap:
    """Fit again to data drawn anew, `repeats` times, each time from the estimates.

    `kind` is "parametric" (every measurement is drawn from its fitted noise) or "residual" (its scaled deviation is one
    of those of the same observable, with replacement; where there are fewer than five, as parametric). Values beyond a
    limit stay what they are. A prior counts as a measurement: its mean is drawn about the estimate. The same seed gives
    the same digits, whatever the number of `threads` (all cores if left out). `progress`: a bar, or a function that is
    told how many repeats are done. Raises `WorkFailed` if every repeat fails.
    """
    import pandas

    require_fit(fit)
    _require(repeats, kind, seed, threads)
    source = Source(fit.problem, scatter_about(fit.problem, fit.values), fit.problem.search_vector(fit.values), kind)
    ends: dict[int, tuple[Array, str]] = {}
    with telling(progress, "repeats", repeats, counted) as tell:
        for number, end in _repeated(source, repeats, seed, threads):
            ends[number] = end
            tell(len(ends))
    kept = [number for number in range(repeats) if not ends[number][1]]
    lost = [(number, ends[number][1]) for number in range(repeats) if ends[number][1]]
    if not kept:
        raise WorkFailed(f"every one of the {repeats} repeats of {fit.problem.name} failed; the first: {lost[0][1]}")
    search = np.array([ends[number][0] for number in kept])
    table = natural_table(fit.problem, search).set_index(pandas.Index(kept, name="repeat"))
    failures = pandas.DataFrame(lost, columns=["repeat", "reason"])
    return Bootstrap(fit, table, _summary(fit, table, search), failures, kind, seed)


@dataclass(frozen=True)
class Source:
    """What every repeat begins with."""

    problem: Problem
    scatters: Sequence[Scatter]
    best: Array
    kind: str

    def problem_drawn(self, random: np.random.Generator) -> Problem:
        """The problem with measurements and means of priors drawn anew."""
        observed = self.problem.observed.copy()
        pools = self._pools() if self.kind == "residual" else {}
        for part in self.scatters:
            pool = pools.get(part.id, np.empty(0))
            count = len(part.center)
            deviations = random.choice(pool, count) if len(pool) >= FEW else part.density.draw(random, count)
            observed[part.place] = part.measurement(deviations)
        means = {}
        for name, number in zip(self.problem.estimated, self.best, strict=True):
            prior = self.problem.quantities[name].prior
            if prior is not None:
                means[name] = float(number + prior[1] * random.standard_normal())
        return self.problem.with_measurements(observed, means)

    def _pools(self) -> dict[str, Array]:
        """The scaled deviations of every observable, over all its conditions."""
        pools: dict[str, list[Array]] = {}
        for part in self.scatters:
            pools.setdefault(part.id, []).append(part.deviations()[part.exact])
        return {name: np.concatenate(parts) for name, parts in pools.items()}

    def repeat(self, number: int, seed: int) -> tuple[Array, str]:
        """The estimates of one repeat on the search scale, and why there are none."""
        problem = self.problem_drawn(np.random.default_rng((seed, number)))
        try:
            end = lowest_with_held(problem, self.best, None)
        except (ArithmeticError, np.linalg.LinAlgError) as error:
            return self.best, str(error)
        return end.search, BROKEN if not np.isfinite(end.cost) else "" if end.settled else UNSETTLED


def _repeated(source: Source, repeats: int, seed: int, threads: int | None) -> Iterator[tuple[int, tuple[Array, str]]]:
    """The repeats as they end."""
    pool = ThreadPoolExecutor(threads or os.cpu_count() or 1)
    try:
        futures = {pool.submit(source.repeat, number, seed): number for number in range(repeats)}
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _summary(fit: Fit, table: pandas.DataFrame, search: Array) -> pandas.DataFrame:
    import pandas

    lower, upper = search_bounds(fit.problem)
    margin = 1e-6 * (upper - lower)
    on_bound = ((search <= lower + margin) | (search >= upper - margin)).mean(axis=0)
    errors = reach(Likelihood(fit.problem, fit.problem.search_vector(fit.values), slopes=True)).errors
    rows: dict[str, Mapping[str, float]] = {}
    for name, share, wide in zip(table.columns, on_bound, errors, strict=True):
        numbers, estimate = table[name].to_numpy(float), fit.values[name]
        levels = corrected_levels(numbers, estimate, float(wide))
        middle, low, high = (float(value) for value in np.quantile(numbers, [0.5, *levels]))
        rows[name] = {
            "median": middle, "low": low, "high": high, "bias": middle - estimate, "at_bound": float(share)
        }  # fmt: skip
    return pandas.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")


def corrected_levels(numbers: Array, estimate: float, wide: float) -> tuple[float, float]:
    """The levels of the percentiles of repeats that make an interval, `wide` standard errors to either side.

    Repeats lie to one side of the estimate as that lies to one side of the truth: percentiles are taken as far to the
    other side (Efron 1987, bias-corrected percentiles without acceleration).
    """
    below = float((numbers < estimate).mean() + (numbers == estimate).mean() / 2)
    least = 0.5 / len(numbers)
    bias = float(ndtri(min(max(below, least), 1 - least)))
    return float(ndtr(2 * bias - wide)), float(ndtr(2 * bias + wide))


def _require(repeats: Any, kind: Any, seed: Any, threads: Any) -> None:
    if not isinstance(repeats, int) or not 10 <= repeats <= 1_000_000:
        raise WrongInput(f"repeats: must be a whole number from 10 to 1,000,000, not {repeats!r}")
    if kind not in KINDS:
        raise WrongInput(f"kind: '{kind}' is not known{did_you_mean(str(kind), KINDS)}")
    require_seed(seed)
    require_threads(threads)
