"""The band of `simulate`: median and central 90 % over draws from the ranges of a model, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from exokinetics.command_line.checking import count
from exokinetics.command_line.page import Page, number
from exokinetics.errors import WorkFailed, WrongInput

if TYPE_CHECKING:
    from exokinetics.model.whole import Model
    from exokinetics.simulation import Ensemble

DEFAULT_DRAWS = 256  # half a second for the flagship; a power of two, as Sobol points like it
LEVELS = {"low": 0.05, "median": 0.5, "high": 0.95}


@dataclass(frozen=True)
class Draws:
    """How draws are asked for: `count` is None if nobody did and 0 for none; `progress`: whether a bar may be shown."""

    count: int | None
    seed: int
    method: str
    rtol: float
    progress: bool


@dataclass(frozen=True)
class Band:
    """The ensemble, or a remark that says why there is none; neither where none was asked for."""

    ensemble: Ensemble | None = None
    remarks: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def draws(self) -> int:
        """How many draws it took."""
        return 0 if self.ensemble is None else len(self.ensemble)


def band_of(
    model: Model, times: Any, values: Mapping[str, str], initial: Mapping[str, str], draws: Draws, *, whole: bool
) -> Band:  # fmt: skip
    """The band at these times: with every draw kept (`whole`), or the quantiles only."""
    if draws.count == 0:
        return Band()
    missing = _why_none(model, values, draws)
    if missing:
        return Band(remarks=[f"No band: {missing}."])
    from exokinetics.progress import progress_bar
    from exokinetics.simulation import ensemble

    wanted = draws.count or DEFAULT_DRAWS
    try:
        with progress_bar("draws", wanted, draws.progress) as done:
            found = ensemble(
                model, times, draws=wanted, seed=draws.seed, values=values, initial=initial, rtol=draws.rtol,
                summary=None if whole else list(LEVELS.values()), progress=done,
            )  # fmt: skip
    except WorkFailed as error:
        if draws.count is not None:
            raise
        return Band(warnings=[f"no band: {error}"])
    return Band(found, warnings=_failed(found))


def require_possible(draws: Draws, bands: bool) -> None:
    """Refuse what contradicts itself."""
    if draws.count and draws.method != "auto":
        raise WrongInput("--method: cannot be chosen together with --draws; leave one of them out")
    if bands and draws.count == 0:
        raise WrongInput("--bands: a band needs draws; leave out --draws 0")


def _why_none(model: Model, values: Mapping[str, str], draws: Draws) -> str:
    from exokinetics.simulation.requests import foreign
    from exokinetics.simulation.sampling import uncertain

    if draws.method != "auto":
        return "draws are run by the automatic method; leave out --method to see one"
    # a file of others says nothing of ranges; only who asks for draws of it is given the widest ones
    ranged = [name for name in uncertain(model) if draws.count is not None or not foreign(model.value(name))]
    if not ranged:
        return f"the file of {model.name} gives no value a range to draw from"
    if all(name in values for name in ranged):
        return "every value that has a range is set"
    return ""


def _failed(found: Ensemble) -> list[str]:
    if not len(found.failures):
        return []
    first = found.failures.iloc[0]
    return [
        f"{len(found.failures)} of {count(len(found), 'draw')} failed and are left out; draw {first.draw}: "
        f"{first.reason}"
    ]


def courses(found: Ensemble) -> dict[str, dict[str, Any]]:
    """Every output as arrays over time: low, median and high."""
    data = found.quantiles(list(LEVELS.values()))
    return {name: {level: data[name].to_numpy()[row] for row, level in enumerate(LEVELS)} for name in found.outputs}


def write_band(model: Model, found: Ensemble, reported: Sequence[float], rtol: float, page: Page) -> None:
    """A table of median, 5 % and 95 % at the end, and of the changes against the start at the reported times."""
    end = f"{number(float(found.time[-1]))} {model.time_unit}"
    against = f"; changes against the start in %, median (5 % to 95 %), 0 below {_least(rtol):.0g}" if reported else ""
    page.heading(f"Median and central 90 % of {count(len(found), 'draw')} from the ranges of the values")
    page.line(f"at {end}{against}")
    print()
    rows = []
    changes = _changes(found, reported)
    for name, course in courses(found).items():
        levels = [number(float(course[level][-1])) for level in ("median", "low", "high")]
        rows.append((name, *levels, *(_spread(each, rtol) for each in changes[name]), found.units[name]))
    times = [f"{number(time)} {model.time_unit}" for time in reported]
    page.table(("id", "median", "5 %", "95 %", *times, "unit"), rows, numbers=range(1, 4 + len(times)))
    print()


def _changes(found: Ensemble, reported: Sequence[float]) -> dict[str, list[Any]]:
    """Low, median and high of the changes against the start in per cent, at each reported time."""
    import numpy as np

    from exokinetics.simulation.quantiles import quantiles

    places = np.searchsorted(found.time, reported)
    changes = {}
    for name in found.outputs:
        table = found[name]
        with np.errstate(all="ignore"):
            ratio = np.where(table[:, :1] != 0.0, table[:, places] / table[:, :1] - 1.0, np.nan)
        changes[name] = list(100.0 * quantiles(ratio[:, :, None], list(LEVELS.values()))[:, :, 0].T)
    return changes


def _spread(levels: Any, rtol: float) -> str:
    """`median (low to high)`; what the solver cannot tell is no change."""
    import numpy as np

    if np.isnan(levels).any():
        return ""
    low, median, high = (f"{level:+.2g}" if abs(level) >= _least(rtol) else "0" for level in levels)
    return f"{median} ({low} to {high})" if {low, median, high} != {"0"} else "0"


def _least(rtol: float) -> float:
    """The smallest change in per cent that the solver can tell."""
    return 100.0 * 10.0 * rtol
