"""`simulate`: one run or an ensemble, as a table of start and end, a file of time courses, or a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exokinetics.command_line.checking import count
from exokinetics.command_line.outcome import Outcome
from exokinetics.command_line.page import BOLD, Page, number
from exokinetics.command_line.time_courses import LEVELS, courses, writer_of
from exokinetics.errors import Issue, WrongInput, did_you_mean, raise_errors

if TYPE_CHECKING:
    from exokinetics.model.whole import Model
    from exokinetics.simulation import Ensemble, Result

DEFAULT_SPAN = "72 hour"
BUDGET_DRAWS = 128  # a second of work


@dataclass(frozen=True)
class Request:
    """The arguments of the command; `progress`: whether a bar may be shown."""

    name: str
    until: str | None
    points: int
    settings: tuple[str, ...]
    out: Path | None
    draws: int | None
    seed: int
    method: str
    rtol: float
    progress: bool


def simulating(request: Request) -> Outcome:
    """Run what was asked for and print it, or write it to the file that was named."""
    import numpy as np

    from exokinetics.catalogue import load
    from exokinetics.interchange.output_file import replacing

    write = writer_of(request.out) if request.out is not None else None
    model = load(request.name)
    times = _times(model, request)
    values, initial = settings_of(model, request.settings)
    if request.out is None or write is None:
        reported = np.array([time for time in model.report if time <= times[-1]])
        found = _run(model, np.union1d(times, reported), values, initial, request)
        return _printed(model, found, times, _budget(model, values, request), request)
    with replacing(request.out) as temporary:
        found = _run(model, times, values, initial, request)
        rows = write(found, temporary)
    result = {"model": model.name, "file": str(request.out), "outputs": list(found.outputs), "times": len(found.time)}
    return Outcome(result, remarks=[f"{request.out}: {rows}."], warnings=_warnings(found))


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
) -> Result | Ensemble:
    if request.draws is None:
        from exokinetics.simulation import simulate

        return simulate(
            model, times, values=values, initial=initial, method=request.method, rtol=request.rtol, strict=True
        )  # fmt: skip
    if request.method != "auto":
        raise WrongInput("--method: cannot be chosen together with --draws; leave one of them out")
    from exokinetics.command_line.progress import progress_bar
    from exokinetics.simulation import ensemble

    with progress_bar("draws", request.draws, request.progress) as done:
        return ensemble(
            model, times, draws=request.draws, seed=request.seed, values=values, initial=initial, rtol=request.rtol,
            summary=list(LEVELS.values()), progress=done,
        )  # fmt: skip


def _warnings(found: Result | Ensemble) -> list[str]:
    from exokinetics.simulation import Ensemble

    if not isinstance(found, Ensemble) or not len(found.failures):
        return []
    total, first = len(found.parameters), found.failures.iloc[0]
    return [
        f"{len(found.failures)} of {count(total, 'draw')} failed and are left out; draw {first.draw}: {first.reason}"
    ]


def _budget(model: Model, values: Mapping[str, str], request: Request) -> list[str]:
    """The plain sentences of the budget, for a model that delivers cargo to something that it acts on."""
    if request.draws is not None:
        return []
    from exokinetics.delivery import budget, budget_sentences, chains, nominal_budget

    if not chains(model):
        return []
    table = budget(model, draws=BUDGET_DRAWS, seed=request.seed, values=values)
    return budget_sentences(table, nominal_budget(model, values))


def _printed(model: Model, found: Result | Ensemble, times: Any, budget: list[str], request: Request) -> Outcome:
    import numpy as np

    table = courses(found)
    wanted = np.isin(found.time, times)  # without the times that are only reported
    result: dict[str, Any] = {
        "model": model.name, "title": model.title, "units": dict(found.units), "time": found.time[wanted],
        "outputs": {name: _wanted(course, wanted) for name, course in table.items()},
    }  # fmt: skip
    if request.draws is None:
        result |= {"statistics": dict(getattr(found, "statistics", {})), "budget": budget}
    else:
        result |= {"draws": request.draws, "failed": len(getattr(found, "failures", ()))}
    show = partial(_write, model, found, table, request.draws, request.rtol)
    return Outcome(result, show, remarks=budget, warnings=_warnings(found))


def _wanted(course: Mapping[str, Any], wanted: Any) -> Any:
    picked = {level: values[wanted] for level, values in course.items()}
    return picked.get("value", picked)


def _write(
    model: Model, found: Result | Ensemble, table: Mapping[str, Mapping[str, Any]], draws: int | None, rtol: float,
    page: Page,
) -> None:  # fmt: skip
    end = f"{number(float(found.time[-1]))} {model.time_unit}"
    reported = [time for time in model.report if time <= found.time[-1]] if draws is None else []
    page.line(model.title, style=BOLD)
    if draws is None:
        against = "; changes against the start" if reported else ""
        page.line(f"{model.name}, from 0 to {end}{against}")
        headings: tuple[str, ...] = ("id", "start", "end", *(f"{number(time)} {model.time_unit}" for time in reported))
    else:
        page.line(f"{model.name}, median and central 90 % of {count(draws, 'draw')} at {end}")
        headings = ("id", "median", "5 %", "95 %")
    print()
    rows = []
    for name, course in table.items():
        if draws is None:
            shown = [number(float(course["value"][place])) for place in (0, -1)]
            shown += [_change(found, course["value"], time, rtol) for time in reported]
        else:
            shown = [number(float(course[level][-1])) for level in ("median", "low", "high")]
        rows.append((name, *shown, found.units[name], found.titles.get(name, "")))
    page.table((*headings, "unit", "title"), rows, numbers=range(1, len(headings)))
    print()


def _change(found: Result | Ensemble, values: Any, time: float, rtol: float) -> str:
    """The change against the start in per cent, where there was something; what the solver cannot tell is no change."""
    import numpy as np

    first, then = float(values[0]), float(values[np.searchsorted(found.time, time)])
    if not first:
        return ""
    change, least = 100.0 * (then / first - 1.0), 100.0 * 10.0 * rtol
    return f"{change:+.2g} %" if abs(change) >= least else f"< {least:.0g} %"
