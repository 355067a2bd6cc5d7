"""`predict`: time courses with the uncertainty that a fit leaves; `prediction_diagram`: these with the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from exokinetics.errors import WrongInput, did_you_mean
from exokinetics.fitting.bootstrapping import Bootstrap
from exokinetics.fitting.draws import Drawn, natural_table, normal_draws
from exokinetics.fitting.minimising import search_bounds
from exokinetics.fitting.outcome import Fit
from exokinetics.fitting.sampling import Sample
from exokinetics.fitting.specification import Condition
from exokinetics.simulation import Ensemble, ensemble

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure


def predict(
    fit: Fit | Sample | Bootstrap,
    t: Any,
    *,
    outputs: Sequence[str] | None = None,
    condition: str | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> Ensemble:
    """Time courses of the model for parameter sets that the data allow.

    Of a fit they are drawn from the normal about the estimates on the search scale, where what the data leave open has
    the variance of its bounds; draws stay within the bounds. Of a sample or a bootstrap they are its own draws, all of
    them or `draws` taken at random. `condition` is one of the fit, also one that it holds out, with its
    values, ties, start and doses; the model as it is if left out.
    """
    import pandas

    whole = fit_of(fit)
    problem = whole.problem
    aside = problem.held_out
    if condition is not None and condition not in problem.conditions:
        known = [*problem.conditions, *(aside.conditions if aside is not None else ())]
        if aside is None or condition not in known:
            raise WrongInput(f"'{condition}' is not a condition of {problem.name}{did_you_mean(condition, known)}")
        problem = aside
    run = problem.predictor.run(condition or "")
    if not run.setting.moving:
        raise WrongInput(f"{problem.name} estimates no parameter of the model here, so that nothing is uncertain")
    sets = rows_of(drawn_sets(fit, draws, seed))
    inputs = pandas.DataFrame([run.setting.values(problem.predictor.numbers(values)) for values in sets])
    moving = list(run.setting.moving)
    held = {str(name): float(value) for name, value in inputs.iloc[0].items() if name not in moving}
    setting = problem.conditions[condition] if condition is not None else Condition("")
    return ensemble(
        run.model, t, draws=inputs[moving], values=held, initial=dict(setting.initial), doses=setting.doses,
        start=setting.start, outputs=outputs,
    )  # fmt: skip


def prediction_diagram(fit: Fit | Sample | Bootstrap, *, draws: int = 200, seed: int = 0) -> Figure:
    """One panel per measured column and condition: the data, the fitted curve, and the central 95 % of the curves.

    The draws are those of `predict`; noise of measurement is not in the band.
    """
    from exokinetics.fitting.figure import bands_figure

    whole = fit_of(fit)
    return bands_figure(whole.problem, whole.values, rows_of(drawn_sets(fit, draws, seed)))


def fit_of(given: Any) -> Fit:
    """The fit itself, or that of a sample or a bootstrap."""
    if isinstance(given, Drawn):
        return given.fit
    if isinstance(given, Fit):
        return given
    raise WrongInput(f"{given!r} is not the outcome of a fit, a sample or a bootstrap")


def drawn_sets(source: Fit | Sample | Bootstrap, draws: int, seed: int) -> pandas.DataFrame:
    """Parameter sets on the natural scale, one a row."""
    if not isinstance(draws, int) or draws < 1:
        raise WrongInput(f"draws: must be a whole number of at least 1, not {draws!r}")
    random = np.random.default_rng(seed)
    if isinstance(source, Fit):
        search = np.clip(normal_draws(source, draws, random), *search_bounds(source.problem))
        return natural_table(source.problem, search)
    table = source.table.reset_index(drop=True)
    if draws >= len(table):
        return table
    return table.iloc[np.sort(random.choice(len(table), draws, replace=False))].reset_index(drop=True)


def rows_of(sets: pandas.DataFrame) -> list[dict[str, float]]:
    """Parameter sets as values by id, one a row."""
    return [{str(name): float(value) for name, value in row.items()} for row in sets.to_dict("records")]
