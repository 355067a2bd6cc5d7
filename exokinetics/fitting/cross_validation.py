"""`cross_validate`: how well a fit predicts conditions that it has not seen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.fitting.asking import require_fit
from exokinetics.fitting.minimising import search_bounds
from exokinetics.fitting.outcome import Fit
from exokinetics.fitting.problem import Likelihood, Problem
from exokinetics.fitting.restricted import lowest_with_held
from exokinetics.fitting.saving import save_whole
from exokinetics.fitting.scatter import scatter_about
from exokinetics.fitting.search import fit as search_for
from exokinetics.progress import counted, telling

if TYPE_CHECKING:
    import pandas

Array = NDArray[np.float64]

NAMED = 3  # groups that are not predicted and of which the sentence says why


@dataclass(frozen=True, repr=False)
class CrossValidation:
    """What fits without a condition predict of it.

    `table` has a row per group that was left out: left_out, measurements, log_density (of its measurements, as the fit
    of the rest predicts them), fitted (the same where it is not left out), inside (the share within the 95 % interval
    of the prediction, noise and uncertainty of the parameters together), only_there (parameters that nothing else
    sees) and remark (why there is no prediction).
    """

    fit: Fit
    table: pandas.DataFrame

    def __repr__(self) -> str:
        return f"<CrossValidation of {self.fit.problem.name}: {len(self.table)} groups>"

    @property
    def log_density(self) -> float:
        """Of all measurements that are predicted; nan where there are none."""
        return float(self.table["log_density"].sum(min_count=1))

    @property
    def verdict(self) -> str:
        """The log density per measurement left out and fitted, how many lie inside, and what is not predicted."""
        told = self.table[self.table["log_density"].notna()]
        count = int(told["measurements"].sum())
        said = []
        if count:
            share = float((told["inside"] * told["measurements"]).sum() / told["measurements"].sum())
            said.append(
                f"{count} measurements left out in {len(told)} group{'s' * (len(told) > 1)} have a log predictive "
                f"density of {told['log_density'].sum():.1f} ({told['log_density'].sum() / count:.2f} each), "
                f"{told['fitted'].sum():.1f} ({told['fitted'].sum() / count:.2f} each) where they are fitted; "
                f"{share:.0%} lie within the 95 % intervals of their predictions"
            )
        untold = self.table[self.table["log_density"].isna()]
        said += [f"{row['left_out']} is not predicted: {row['remark']}" for _, row in untold.iloc[:NAMED].iterrows()]
        if len(untold) > NAMED:
            said.append(f"{len(untold) - NAMED} more are not predicted, as the table says")
        return "; ".join(said) + "."

    def report(self) -> str:
        """The sentence, and a line per group."""
        lines = [
            f"{self.fit.problem.title}: conditions left out",
            "",
            f"{'left out':34s} {'measurements':>12s} {'predicted':>11s} {'fitted':>11s} {'inside':>7s}",
        ]
        for _, row in self.table.iterrows():
            lines.append(
                f"{row['left_out']:34s} {row['measurements']:12d} {row['log_density']:11.2f} {row['fitted']:11.2f} "
                f"{row['inside']:7.0%}"
                if math.isfinite(row["log_density"])
                else f"{row['left_out']:34s} {row['measurements']:12d} {'-':>11s} {row['fitted']:11.2f} {'-':>7s}"
            )
        return "\n".join([*lines, "", self.verdict])

    def save(self, folder: str | Path) -> list[Path]:
        """Write cross_validation.csv."""
        return save_whole(folder, {"cross_validation.csv": lambda path: self.table.to_csv(path, index=False)})


def cross_validate(
    fit: Fit,
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
    starts: int = 0,
    seed: int = 1,
    progress: bool | Callable[[int], None] = True,
) -> CrossValidation:
    """Leave out each condition (or each of `groups`, names to conditions), fit the rest, and predict what is left out.

    The rest is fitted from the estimates of the whole fit, and with `starts` from as many other points as well. The
    density is that of the noise as fitted to the rest, at the best values. Numbers of the literature are never left
    out. A group whose prediction needs a parameter that only its own measurements see is not predicted. `progress`: a
    bar, or a function that is told how many groups are done. Raises `WrongInput` where there is only one condition.
    """
    import pandas

    require_fit(fit)
    if not isinstance(starts, int) or starts < 0:
        raise WrongInput(f"starts: must be a whole number of at least 0, not {starts!r}")
    chosen = _groups(fit.problem, groups)
    rows: list[dict[str, Any]] = []
    with telling(progress, "conditions left out", len(chosen), counted) as tell:
        for name, conditions in chosen.items():
            rows.append(_row(fit, name, conditions, starts, seed))
            tell(len(rows))
    return CrossValidation(fit, pandas.DataFrame(rows))


def _groups(problem: Problem, given: Any) -> dict[str, list[str]]:
    """The conditions of each group, checked."""
    measured = list(dict.fromkeys(block.condition.id for block in problem.predictor.blocks() if block.condition.id))
    if len(measured) < 2:
        raise WrongInput(
            f"{problem.name} has measurements under a single condition; cross-validation leaves whole conditions out, "
            "so it needs at least two"
        )
    if given is None:
        return {name: [name] for name in measured}
    if not isinstance(given, Mapping) or not given:
        raise WrongInput(f"groups: must map names to lists of conditions, not {given!r}")
    chosen = {}
    for group, names in given.items():
        chosen[str(group)] = [names] if isinstance(names, str) else list(names)
        for name in chosen[str(group)]:
            if name not in measured:
                raise WrongInput(f"groups: '{name}' is no measured condition{did_you_mean(name, measured)}")
        if not set(measured) - set(chosen[str(group)]):
            raise WrongInput(f"groups: '{group}' leaves nothing to fit; name some of {', '.join(measured)}")
    return chosen


def _row(fit: Fit, group: str, conditions: Sequence[str], starts: int, seed: int) -> dict[str, Any]:
    """One group left out."""
    problem = fit.problem
    rest = problem.of_conditions([name for name in problem.conditions if name not in conditions])
    left = problem.of_conditions(conditions, scalars=False)
    best = problem.search_vector(fit.values)
    whole = Likelihood(left, best, slopes=True)
    found: dict[str, Any] = {
        "left_out": group, "measurements": len(left.observed), "log_density": math.nan, "fitted": _log_density(whole),
        "inside": math.nan, "only_there": "", "remark": "",
    }  # fmt: skip
    seen = _sees(whole) & ~_sees(Likelihood(rest, best, slopes=True))
    alone = [
        name
        for name, only in zip(problem.estimated, seen, strict=True)
        if only and problem.quantities[name].prior is None
    ]
    found["only_there"] = ", ".join(alone)
    if alone:
        return found | {"remark": f"only its own measurements see {', '.join(alone)}"}
    end = lowest_with_held(rest, best, None)
    search, cost, settled = end.search, end.cost, end.settled
    if starts:
        other = search_for(rest, starts=starts, seed=seed, progress=False)
        if other.cost < cost or not settled:
            search, cost, settled = rest.search_vector(other.values), other.cost, True
    if not settled or not math.isfinite(cost):
        return found | {"remark": "the fit of the rest did not settle; try with starts"}
    predicted = Likelihood(left, search, slopes=True)
    if predicted.reason:
        return found | {"remark": predicted.reason}
    return found | {"log_density": _log_density(predicted), "inside": _inside(rest, left, search, predicted)}


def _sees(likelihood: Likelihood) -> NDArray[np.bool_]:
    """For each estimated parameter whether any measurement moves with it."""
    slopes = np.nan_to_num(np.vstack([likelihood.mean_slopes, likelihood.spread_slopes]))
    return np.asarray((slopes != 0.0).any(axis=0))


def _log_density(likelihood: Likelihood) -> float:
    """Of the measurements alone, without the priors."""
    prior, _, constant = likelihood.priors()
    return float(0.5 * np.sum(prior**2) + constant - likelihood.cost())


def _inside(rest: Problem, left: Problem, search: Array, predicted: Likelihood) -> float:
    """The share of exact measurements within the 95 % interval of noise and parameters, to first order in these."""
    lower, upper = search_bounds(rest)
    # what the rest leaves open has the variance of its bounds, as in `predict`
    information = Likelihood(rest, search, slopes=True).information() + np.diag(12.0 / (upper - lower) ** 2)
    hits, count = 0, 0
    for part in scatter_about(left, left.natural(search)):
        slopes = predicted.mean_slopes[part.place][part.exact]
        widened = 1.0 + np.sum(slopes * np.linalg.solve(information, slopes.T).T, axis=1)
        hits += int((np.abs(part.deviations()[part.exact]) <= part.density.widest() * np.sqrt(widened)).sum())
        count += int(part.exact.sum())
    return hits / count if count else math.nan
