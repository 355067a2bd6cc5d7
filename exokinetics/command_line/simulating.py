"""`simulate`: a run and the band of its draws, as tables on the page, a file of time courses, or a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exokinetics.command_line.bands import Band, Draws, band_of, courses, require_possible, write_band
from exokinetics.command_line.outcome import Outcome
from exokinetics.command_line.page import BOLD, Page, number
from exokinetics.command_line.time_courses import is_figure, writer_of
from exokinetics.errors import Issue, WrongInput, did_you_mean, raise_errors

if TYPE_CHECKING:
    from exokinetics.model.whole import Model
    from exokinetics.simulation import Result

DEFAULT_SPAN = "72 hour"
BUDGET_DRAWS = 128  # a second of work


@dataclass(frozen=True)
class Request:
    """The arguments of the command; `bands`: whether a table gets them; `complete`: whether all times are printed."""

    name: str
    variant: str
    until: str | None
    points: int
    settings: tuple[str, ...]
    out: Path | None
    draws: Draws
    bands: bool
    complete: bool


def simulating(request: Request) -> Outcome:
    """Run what was asked for and print it, or write it to the file that was named."""
    from exokinetics.catalogue import load

    require_possible(request.draws, request.bands)
    if request.out is not None:
        writer_of(request.out)  # a wrong ending is said before anything is loaded
    model = load(request.name, request.variant)
    times = _times(model, request)
    values, initial = settings_of(model, request.settings)
    show = _printed if request.out is None else _written
    return show(model, times, values, initial, request)


def _written(
    model: Model, times: Any, values: Mapping[str, str], initial: Mapping[str, str], request: Request
) -> Outcome:  # fmt: skip
    from exokinetics.interchange.output_file import replacing

    path = request.out
    assert path is not None
    with replacing(path) as temporary:
        found = _run(model, times, values, initial, request)
        band = Band()
        if is_figure(path) or request.bands or request.draws.count:
            band = band_of(model, times, values, initial, request.draws, whole=False)
        words = writer_of(path)(found, band.ensemble, temporary)
    result = {
        "model": model.name, "file": str(path), "outputs": list(found.outputs), "times": len(found.time),
        **_counts(band),
    }  # fmt: skip
    return Outcome(result, remarks=[f"{path}: {words}.", *band.remarks], warnings=band.warnings)


def _counts(band: Band) -> dict[str, Any]:
    failures = [] if band.ensemble is None else band.ensemble.failures.to_dict("records")
    return {"draws": band.draws, "failed": len(failures), "failures": failures, "no_band": " ".join(band.remarks)}


def _times(model: Model, request: Request) -> Any:
    import numpy as np

    from exokinetics.units import magnitude

    reported = max(model.report, default=None)
    try:
        end = magnitude(request.until or reported or DEFAULT_SPAN, model.time_unit)
    except WrongInput as error:
        hint = "" if request.until else f"; say until when, in '{model.time_unit}'"
        raise WrongInput(f"--until: {error}{hint}") from None
    if end <= 0:
        raise WrongInput(f"--until: the end must be above 0, because a simulation starts at 0, not {request.until}")
    return np.linspace(0.0, end, request.points)


def settings_of(model: Model, settings: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Texts `id=value` as values of parameters and initial values of species; every wrong one is reported at once."""
    from exokinetics.units import magnitude

    values: dict[str, str] = {}
    initial: dict[str, str] = {}
    issues = []
    for text in settings:
        name, equals, value = (each.strip() for each in text.partition("="))
        try:
            if not equals or not name or not value:
                raise WrongInput("must be ID=VALUE, such as pten.mrna_decay='0.06 1/hour'")
            place = values if name in model.whole.parameters else initial
            species = name.removeprefix("initial:")
            if place is initial and species not in model.species:
                known = [*model.whole.parameters, *model.species]
                raise WrongInput(f"'{name}' is not a parameter or species of {model.name}{did_you_mean(name, known)}")
            key = name if place is values else species
            if key in place:
                raise WrongInput(f"'{key}' is set twice; keep one")
            magnitude(value, model.unit(key))
            place[key] = value
        except WrongInput as error:
            issues.append(Issue("", f"--set {text}", str(error)))
    raise_errors(issues)
    return values, initial


def _run(
    model: Model, times: Any, values: Mapping[str, str], initial: Mapping[str, str], request: Request
) -> Result:  # fmt: skip
    from exokinetics.simulation import simulate

    method, rtol = request.draws.method, request.draws.rtol
    return simulate(model, times, values=values, initial=initial, method=method, rtol=rtol, strict=True)


def _budget(model: Model, values: Mapping[str, str], request: Request) -> list[str]:
    """The plain sentences of the budget, for a model that delivers cargo to something that it acts on."""
    from exokinetics.delivery import budget, budget_sentences, chains, nominal_budget

    if not chains(model):
        return []
    table = budget(model, draws=BUDGET_DRAWS, seed=request.draws.seed, values=values)
    return budget_sentences(table, nominal_budget(model, values))


def _printed(
    model: Model, times: Any, values: Mapping[str, str], initial: Mapping[str, str], request: Request
) -> Outcome:  # fmt: skip
    import numpy as np

    reported = [time for time in model.report if time <= times[-1]]
    found = _run(model, np.union1d(times, reported), values, initial, request)
    shown = times if request.complete else np.union1d([times[0], times[-1]], reported)
    band = band_of(model, shown, values, initial, request.draws, whole=not request.complete)
    budget = _budget(model, values, request)
    wanted = np.isin(found.time, times)  # without the times that are only reported
    result: dict[str, Any] = {
        "model": model.name, "title": model.title, "units": dict(found.units), "time": found.time[wanted],
        "outputs": {name: found[name][wanted] for name in found.outputs},
        "bands": courses(band.ensemble) if band.ensemble is not None and request.complete else {},
        **_counts(band), "statistics": dict(found.statistics), "budget": budget,
    }  # fmt: skip
    write = partial(_write, model, found, band, request.draws.rtol)
    return Outcome(result, write, remarks=[*band.remarks, *budget], warnings=band.warnings)


def _write(model: Model, found: Result, band: Band, rtol: float, page: Page) -> None:
    end = f"{number(float(found.time[-1]))} {model.time_unit}"
    reported = [time for time in model.report if time <= found.time[-1]]
    page.line(model.title, style=BOLD)
    against = "; changes against the start" if reported else ""
    page.line(f"{model.name}, from 0 to {end}{against}")
    print()
    rows = []
    for name in found.outputs:
        shown = [number(float(found[name][place])) for place in (0, -1)]
        shown += [_change(found, found[name], time, rtol) for time in reported]
        rows.append((name, *shown, found.units[name], found.titles.get(name, "")))
    headings = ("id", "start", "end", *(f"{number(time)} {model.time_unit}" for time in reported))
    page.table((*headings, "unit", "title"), rows, numbers=range(1, len(headings)))
    if band.ensemble is not None:
        write_band(model, band.ensemble, reported, rtol, page)
    else:
        print()


def _change(found: Result, values: Any, time: float, rtol: float) -> str:
    """The change against the start in per cent, where there was something; what the solver cannot tell is no change."""
    import numpy as np

    first, then = float(values[0]), float(values[np.searchsorted(found.time, time)])
    if not first:
        return ""
    change, least = 100.0 * (then / first - 1.0), 100.0 * 10.0 * rtol
    return f"{change:+.2g} %" if abs(change) >= least else f"< {least:.0g} %"
