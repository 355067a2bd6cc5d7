"""`sample`: parameter sets from the posterior by Markov chain Monte Carlo, and whether the chains have converged."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import WorkFailed, WrongInput, did_you_mean, extra
from exokinetics.fitting.asking import require_fit, require_seed, require_threads
from exokinetics.fitting.draws import LEVELS, MOST_PAIRS, Drawn, natural_table, normal_draws, pairs_figure
from exokinetics.fitting.minimising import search_bounds
from exokinetics.fitting.outcome import Fit
from exokinetics.fitting.problem import Problem
from exokinetics.progress import counted, telling

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

LARGEST_RHAT, LEAST_SIZE = 1.01, 400.0  # of rank-normalised split chains (Vehtari et al. 2021, doi:10.1214/20-BA1221)
MARGIN = 1.2  # on the number of steps that are said to be missing
HALVINGS = 30  # of the way to the optimum, for a walker that begins where the model cannot be integrated


@dataclass(frozen=True, repr=False)
class Sample(Drawn):
    """Draws from the posterior, on the natural scale; `save` writes draws.csv, sample.csv and sample.png.

    `table` has a row per kept draw (index walker and step, thinned to half the shortest autocorrelation time) and a
    column per parameter; `summary` a row per parameter: median, low and high (95 %), rhat, effective_size (the smaller
    one of bulk and tails) and autocorrelation (in steps). `acceptance` is the share of accepted steps.
    """

    called: ClassVar = ("draws", "sample", "posterior")

    steps: int
    walkers: int
    acceptance: float
    seed: int

    def __repr__(self) -> str:
        return f"<Sample of {self.fit.problem.name}: {self.walkers} walkers, {self.steps} steps, {self.verdict}>"

    @property
    def missing_steps(self) -> int:
        """How many more steps are needed, by how R-hat and the effective size grow with them; 0 if it converged."""
        rhat, size = float(self.summary["rhat"].max()), float(self.summary["effective_size"].min())
        if rhat <= LARGEST_RHAT and size >= LEAST_SIZE:
            return 0
        if not (math.isfinite(rhat) and math.isfinite(size)):
            return self.steps
        # R-hat squared is 1 + the variance between chains, which falls with their length, over that within
        needed = max((rhat**2 - 1.0) / (LARGEST_RHAT**2 - 1.0), LEAST_SIZE / max(size, 1e-9), 1.0)
        digits = int(10 ** max(0, int(math.log10(self.steps)) - 1))
        return math.ceil((MARGIN * needed - 1.0) * self.steps / digits) * digits

    @property
    def converged(self) -> bool:
        """Whether R-hat is at most 1.01 and the effective size at least 400 for every parameter."""
        return self.missing_steps == 0

    @property
    def verdict(self) -> str:
        """The worst R-hat and effective size of all parameters, and what follows."""
        rhat, size = self.summary["rhat"].max(), self.summary["effective_size"].min()
        end = "converged" if self.converged else f"not converged: run at least {self.missing_steps:,} more steps"
        return f"R-hat {rhat:.3f}, effective size {size:,.0f}: {end}"

    def report(self) -> str:
        """The verdict, and a line per parameter."""
        lines = [
            f"{self.fit.problem.title}: a sample of the posterior",
            f"{self.walkers} walkers, {self.steps:,} steps, {self.acceptance:.0%} of them accepted. {self.verdict}.",
            "",
            f"{'parameter':34s} {'median':>12s} {'95 % interval':>27s} {'R-hat':>7s} {'effective':>10s}  unit",
        ]
        for name, row in self.summary.iterrows():
            ends = f"{row['low']:.4g} to {row['high']:.4g}"
            lines.append(
                f"{name:34s} {row['median']:12.5g} {ends:>27s} {row['rhat']:7.3f} {row['effective_size']:10,.0f}  "
                f"{self.fit.problem.quantities[str(name)].unit}"
            )
        return "\n".join(lines)

    def pairs(self, parameters: Sequence[str] | None = None) -> Figure:
        """A panel per pair of parameters, a dot per draw; the first eight if none are named."""
        names = list(self.table.columns)[:MOST_PAIRS] if parameters is None else list(parameters)
        for name in names:
            if name not in self.table.columns:
                raise WrongInput(f"'{name}' was not drawn{did_you_mean(name, self.table.columns)}")
        if len(names) < 2:
            raise WrongInput("a figure of pairs needs at least two parameters")
        return pairs_figure(self.fit, self.table, names, f"{self.fit.problem.title}: posterior")


def sample(
    fit: Fit,
    *,
    steps: int = 2000,
    burn: int | None = None,
    walkers: int | None = None,
    seed: int = 1,
    threads: int | None = None,
    progress: bool | Callable[[int], None] = True,
) -> Sample:
    """Draw parameter sets from the posterior with emcee: the likelihood times the priors, within the bounds.

    A parameter without a prior has a uniform one on the scale of the search, between its bounds. The `walkers` (three
    per parameter and at least 12 if left out) begin from the Fisher normal about the estimates; the first `burn` steps
    (a quarter of `steps` on top of them) are not kept. The same seed gives the same digits, whatever the number of
    `threads` (1 if left out). `progress`: a bar, or a function that is told how many steps are done. Raises
    `MissingExtra` without emcee and arviz, `WrongInput` for numbers that make no sense.
    """
    emcee = _library("emcee")
    _library("arviz")
    require_fit(fit)
    problem = fit.problem
    size = len(problem.estimated)
    count = max(12, 3 * size) if walkers is None else walkers
    skipped = steps // 4 if burn is None and isinstance(steps, int) else burn
    _require(steps, skipped, count, seed, threads, size)
    posterior = Posterior(problem)
    random = np.random.default_rng(seed)
    begin = _beginnings(fit, posterior, count, random)
    legacy = np.random.RandomState(random.integers(2**32, dtype=np.uint32))  # emcee draws from this kind alone
    # moves along the differences of other walkers need a third of the steps of emcee's own default; its snooker move is
    # left out: in 3.1 its acceptance has the wrong power of the distance, so that wide tails are drawn too rarely
    moves = emcee.moves.DEMove()
    with _pool(threads) as pool, telling(progress, "steps", steps + skipped, counted) as tell:
        sampler = emcee.EnsembleSampler(count, size, posterior, moves=moves, pool=pool)
        state = emcee.State(begin, random_state=legacy.get_state())
        for done, _ in enumerate(sampler.sample(state, iterations=steps + skipped), start=1):
            tell(done)
    chain = sampler.get_chain(discard=skipped)
    return _assembled(fit, chain, float(np.mean(sampler.acceptance_fraction)), seed)


class Posterior:
    """The log posterior on the search scale, up to a constant: minus infinity outside the bounds."""

    # lmfit's wrapper of emcee keeps bounds, priors and seed as well, but takes a point at which the model cannot be
    # integrated either as an error or, with nan_policy "omit", as a perfect match, and needs the slopes of every point

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.lower, self.upper = search_bounds(problem)
        _ = problem.predictor  # compiled once, before the threads would each do it

    def __call__(self, search: Array) -> float:
        if np.any(search < self.lower) or np.any(search > self.upper):
            return -math.inf
        cost = self.problem.search_cost(search)
        return -cost if math.isfinite(cost) else -math.inf


def _beginnings(fit: Fit, posterior: Posterior, count: int, random: np.random.Generator) -> Array:
    """Where the walkers begin: from the Fisher normal, mirrored at the bounds, where the model can be integrated."""
    lower, upper = posterior.lower, posterior.upper
    center = np.clip(fit.problem.search_vector(fit.values), lower, upper)
    points = normal_draws(fit, count, random)
    points = np.where(points < lower, 2 * lower - points, np.where(points > upper, 2 * upper - points, points))
    outside = (points < lower) | (points > upper)
    points[outside] = (lower + (upper - lower) * random.random(points.shape))[outside]
    for number in range(count):
        for _ in range(HALVINGS):
            if math.isfinite(posterior(points[number])):
                break
            points[number] = 0.5 * (points[number] + center)
        else:
            raise WorkFailed(f"{fit.problem.name}: the model cannot be integrated near the estimates; fit again")
    return points


def _assembled(fit: Fit, chain: Array, acceptance: float, seed: int) -> Sample:
    """The outcome from a chain (step, walker, parameter) on the search scale."""
    import pandas

    emcee, arviz = _library("emcee"), _library("arviz")
    steps, walkers, _ = chain.shape
    with np.errstate(all="ignore"):
        times = emcee.autocorr.integrated_time(chain, tol=0, quiet=True)
    quantiles = natural_table(fit.problem, chain.reshape(-1, chain.shape[2])).quantile(list(LEVELS))
    rows: dict[str, Mapping[str, float]] = {}
    for place, name in enumerate(fit.problem.estimated):
        column = np.ascontiguousarray(chain[:, :, place].T)  # arviz: chain, draw
        low, middle, high = quantiles[name]
        rows[name] = {
            "median": float(middle), "low": float(low), "high": float(high), "rhat": float(arviz.rhat(column)),
            "effective_size": min(float(arviz.ess(column)), float(arviz.ess(column, method="tail"))),
            "autocorrelation": float(times[place]),
        }  # fmt: skip
    shortest = float(np.nanmin(times)) if np.isfinite(times).any() else 1.0
    thin = max(1, min(int(0.5 * shortest), steps // 10))
    kept = chain[::thin]
    labels = pandas.MultiIndex.from_product([range(walkers), range(0, steps, thin)], names=["walker", "step"])
    table = natural_table(fit.problem, kept.transpose(1, 0, 2).reshape(-1, chain.shape[2])).set_index(labels)
    summary = pandas.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")
    return Sample(fit, table, summary, steps, walkers, acceptance, seed)


@contextmanager
def _pool(threads: int | None) -> Iterator[ThreadPoolExecutor | None]:
    if threads is None or threads == 1:
        yield None
        return
    with ThreadPoolExecutor(threads) as pool:
        yield pool


def _require(steps: Any, burn: Any, walkers: Any, seed: Any, threads: Any, size: int) -> None:
    if not isinstance(steps, int) or not 20 <= steps <= 10_000_000:
        raise WrongInput(f"steps: must be a whole number from 20 to 10,000,000, not {steps!r}")
    if not isinstance(burn, int) or burn < 0:
        raise WrongInput(f"burn: must be a whole number of at least 0, not {burn!r}")
    if not isinstance(walkers, int) or walkers < max(4, 2 * size):
        raise WrongInput(f"walkers: must be a whole number of at least {max(4, 2 * size)} here, not {walkers!r}")
    require_seed(seed)
    require_threads(threads)


def _library(name: str) -> Any:
    """emcee or arviz; `MissingExtra` with the install command where it is missing."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError:
        raise extra(name, "sampling") from None
