"""The commands of fits: `fit`, `profile`, `sample`, `bootstrap`, `cross-validate` and `held-out`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from exokinetics.command_line.numbers_given import whole
from exokinetics.command_line.options import AsJson, FitName, Quiet, RivalName, Seed, TablesFolder
from exokinetics.command_line.outcome import Outcome
from exokinetics.errors import WrongInput

OWN_DATA = "Your own table"


def fit_command(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A shipped fit, or the path of a fit.toml or its folder.")
    ] = None,
    rival: RivalName = None,
    rivals: Annotated[
        bool, typer.Option("--rivals", help="Fit all rivals too, and say which of them the data can tell apart.")
    ] = False,
    starts: Annotated[str, typer.Option("--starts", metavar="N", help="Number of starting points.")] = "20",
    seed: Seed = "1",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write the result and figures into this folder.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the search whose checkpoint is in the folder --out.")
    ] = False,
    method: Annotated[
        str, typer.Option("--method", metavar="NAME", help="How each start searches, such as lbfgsb.")
    ] = "least_squares",
    threads: Annotated[
        str | None, typer.Option("--threads", metavar="N", help="Starts at a time; as many as cores if left out.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="MODEL", help="A model for --data.", rich_help_panel=OWN_DATA)
    ] = None,
    variant: Annotated[
        str, typer.Option("--variant", metavar="NAME", help="A variant of --model.", rich_help_panel=OWN_DATA)
    ] = "",
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="FILE", help="Your own table, .csv or .xlsx.", rich_help_panel=OWN_DATA),
    ] = None,
    free: Annotated[
        str,
        typer.Option(
            "--free", metavar="ID,ID", help="Parameters to estimate; chosen if left out.", rich_help_panel=OWN_DATA
        ),
    ] = "",
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="HEADER=ID",
            help="What a column is: an id, or time, condition, replicate, variable, value, unit, ignore.",
            rich_help_panel=OWN_DATA,
        ),
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option("--sheet", metavar="NAME", help="The sheet of a workbook.", rich_help_panel=OWN_DATA),
    ] = None,
    no_run: Annotated[
        bool, typer.Option("--no-run", help="Write the fit folder, and do not fit.", rich_help_panel=OWN_DATA)
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> Outcome:
    """Fit a model to published data and report estimates, errors and 95 % intervals.

    With --model and --data a fit folder is written for a table of your own (--out, named as the table if left out),
    and fitted.
    """
    from exokinetics.command_line.comparing import Search, comparing
    from exokinetics.command_line.estimating import estimating

    numbers = whole("--starts", starts, 1), whole("--seed", seed, 0)
    at_once = None if threads is None else whole("--threads", threads, 1)
    if model is not None or data is not None:
        from exokinetics.command_line.fitting_own_data import OwnTable, fitting_own_data

        if model is None or data is None:
            raise WrongInput("fit of your own table needs both --model NAME and --data FILE")
        if name is not None or rival is not None or rivals or resume:
            raise WrongInput("fit takes either NAME (with --rival, --rivals, --resume) or --model and --data, not both")
        table = OwnTable(model, data, out, free, tuple(columns or ()), sheet, variant)
        return fitting_own_data(
            table, *numbers, run=not no_run, progress=not (as_json or quiet), method=method, threads=at_once
        )
    if free or columns or sheet is not None or no_run or variant:
        raise WrongInput("--free, --column, --sheet, --variant and --no-run go with --model NAME and --data FILE")
    if name is None:
        raise WrongInput(
            "fit needs the NAME of a fit ('exokinetics list fits' shows what there is), or --model and --data"
        )
    if rivals:
        if rival is not None:
            raise WrongInput("fit takes either --rival NAME or --rivals, not both")
        return comparing(name, Search(*numbers, method, at_once, resume), out, progress=not (as_json or quiet))
    return estimating(
        name, rival, *numbers, out, progress=not (as_json or quiet), resume=resume, method=method, threads=at_once
    )


def profile_command(
    name: FitName,
    rival: RivalName = None,
    parameters: Annotated[
        list[str] | None, typer.Option("--parameter", metavar="ID", help="Only this one; may be repeated.")
    ] = None,
    out: TablesFolder = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> Outcome:
    """Profile the likelihood of a fit and say what the data tell of each parameter.

    Starts from the stored result of the fit; fits first where there is none.
    """
    from exokinetics.command_line.repeating import Asked, profiling

    return profiling(Asked(name, rival, out, not (as_json or quiet)), tuple(parameters or ()))


def sample_command(
    name: FitName,
    rival: RivalName = None,
    steps: Annotated[str, typer.Option("--steps", metavar="N", help="Steps of every walker.")] = "2000",
    walkers: Annotated[
        str | None, typer.Option("--walkers", metavar="N", help="Three per parameter, at least 12, if left out.")
    ] = None,
    seed: Seed = "1",
    out: TablesFolder = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> Outcome:
    """Sample the posterior of a fit, and say whether the chains have converged.

    Starts from the stored result of the fit; fits first where there is none.
    """
    from exokinetics.command_line.repeating import Asked, sampling

    count = None if walkers is None else whole("--walkers", walkers, 4)
    numbers = whole("--steps", steps, 20, 10_000_000), count, whole("--seed", seed, 0)
    return sampling(Asked(name, rival, out, not (as_json or quiet)), *numbers)


def bootstrap_command(
    name: FitName,
    rival: RivalName = None,
    repeats: Annotated[str, typer.Option("--repeats", metavar="N", help="How often to draw data and fit.")] = "1000",
    kind: Annotated[
        str, typer.Option("--kind", metavar="NAME", help="parametric (from the fitted noise) or residual.")
    ] = "parametric",
    seed: Seed = "1",
    out: TablesFolder = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> Outcome:
    """Fit again to data drawn anew, and report the spread of the estimates.

    Starts from the stored result of the fit; fits first where there is none.
    """
    from exokinetics.command_line.repeating import Asked, bootstrapping

    numbers = whole("--repeats", repeats, 10, 1_000_000), kind, whole("--seed", seed, 0)
    return bootstrapping(Asked(name, rival, out, not (as_json or quiet)), *numbers)


def cross_validate_command(
    name: FitName,
    rival: RivalName = None,
    starts: Annotated[
        str, typer.Option("--starts", metavar="N", help="Starting points of each fit, besides the estimates.")
    ] = "0",
    seed: Seed = "1",
    out: TablesFolder = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> Outcome:
    """Leave out each condition of a fit in turn, fit the rest, and report how well it is predicted.

    Starts from the stored result of the fit; fits first where there is none.
    """
    from exokinetics.command_line.repeating import Asked, cross_validating

    numbers = whole("--starts", starts, 0), whole("--seed", seed, 0)
    return cross_validating(Asked(name, rival, out, not (as_json or quiet)), *numbers)


def held_out_command(
    name: FitName,
    rival: RivalName = None,
    draws: Annotated[str, typer.Option("--draws", metavar="N", help="Parameter sets to predict from.")] = "400",
    seed: Seed = "0",
    out: TablesFolder = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> Outcome:
    """Predict the conditions that a fit holds out, and report how many measurements lie within their intervals.

    Starts from the stored result of the fit; fits first where there is none.
    """
    from exokinetics.command_line.repeating import Asked, predicting_held_out

    numbers = whole("--draws", draws, 10, 1_000_000), whole("--seed", seed, 0)
    return predicting_held_out(Asked(name, rival, out, not (as_json or quiet)), *numbers)
