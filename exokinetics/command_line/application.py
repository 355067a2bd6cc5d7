"""The commands, their arguments and their help; what a command does is in a module of its own, loaded when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from exokinetics.command_line.numbers_given import real, whole
from exokinetics.command_line.options import (
    AsJson,
    FitName,
    ModelName,
    Quiet,
    RivalName,
    Seed,
    TablesFolder,
    VariantName,
)
from exokinetics.command_line.outcome import INTERRUPTED, Outcome
from exokinetics.command_line.uncertainty_commands import bootstrap_command, cross_validate_command, sample_command
from exokinetics.errors import WrongInput, did_you_mean

PROGRAM = "exokinetics"
OWN_DATA = "Your own table"
PLANNED = (
    "design", "explore", "identify", "import", "report", "sensitivity",
)  # fmt: skip

app = typer.Typer(
    name=PROGRAM,
    help="Mechanistic ODE models of vesicle-borne signalling: look at them, simulate, fit and export them.",
    epilog="Exit codes: 0 done, 1 the work failed, 2 wrong input or usage.",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> Outcome | None:
    """Print the version, or the help where no command is given."""
    if version:
        from importlib.metadata import PackageNotFoundError
        from importlib.metadata import version as installed

        try:
            print(f"{PROGRAM} {installed(PROGRAM)}")
        except PackageNotFoundError:
            print(f"{PROGRAM} (not installed; run from its source)")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())
    return None


@app.command("list")
def list_command(
    what: Annotated[str | None, typer.Argument(metavar="KIND", help="Only these: models, fits or mechanisms.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> Outcome:
    """List the models, fits and mechanisms that ship, with their titles."""
    from exokinetics.command_line.listing import listing

    return listing(what)


@app.command("show")
def show_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A model, a fit or a mechanism, or a path to a file.")],
    variant: VariantName = "",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> Outcome:
    """Show every equation, value, unit and source of a model; or a fit; or what a mechanism needs."""
    from exokinetics.command_line.showing import showing

    return showing(name, variant)


@app.command("check")
def check_command(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A model file, a fit (folder or fit.toml), or SBML.")],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> Outcome:
    """Report every fault of a model file, a fit or an SBML file at once."""
    from exokinetics.command_line.checking import checking

    return checking(file)


@app.command("coverage")
def coverage_command(as_json: AsJson = False, quiet: Quiet = False) -> Outcome:
    """Tell which systems of the reviewed literature a shipped model covers, and whether it holds up."""
    from exokinetics.command_line.covering import covering

    return covering()


@app.command("simulate")
def simulate_command(
    name: ModelName,
    variant: VariantName = "",
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="TIME",
            help="End; if left out the last time that the model reports, else '72 hour'. A bare number is in its unit.",
        ),
    ] = None,
    points: Annotated[str, typer.Option("--points", metavar="N", help="Number of times from 0 to the end.")] = "201",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="ID=VALUE", help="A parameter or initial value; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write .csv, .parquet, .png, .svg or .pdf.")
    ] = None,
    draws: Annotated[
        str | None,
        typer.Option(
            "--draws",
            metavar="N",
            help="Draws from the ranges of the values, for the band: 256 if left out, 0 for none.",
        ),
    ] = None,
    bands: Annotated[
        bool,
        typer.Option(
            "--bands",
            help="In .csv and .parquet (column time, then ids) the draws' columns ID:5%, ID:50% and ID:95% too.",
        ),
    ] = False,
    seed: Seed = "0",
    method: Annotated[str, typer.Option("--method", metavar="NAME", help="The integrator.")] = "auto",
    rtol: Annotated[str, typer.Option("--rtol", metavar="NUMBER", help="Relative tolerance.")] = "1e-6",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> Outcome:
    """Simulate a model and show it, with the median and the central 90 % of draws from the ranges of its values.

    Prints start, end and changes of every output, or writes the time courses or a figure. What --set sets is not drawn.
    """
    from exokinetics.command_line.bands import Draws
    from exokinetics.command_line.simulating import Request, simulating

    wanted = Draws(
        None if draws is None else whole("--draws", draws, 0), whole("--seed", seed, 0), method, real("--rtol", rtol),
        not (as_json or quiet),
    )  # fmt: skip
    times = whole("--points", points, 2, 1_000_000)
    return simulating(Request(name, variant, until, times, tuple(settings or ()), out, wanted, bands, as_json))


@app.command("new")
def new_command(
    what: Annotated[str, typer.Argument(metavar="KIND", help="What to begin: a model or a fit.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name, which is that of the file or folder.")],
    like: Annotated[
        str, typer.Option("--like", metavar="MODEL", help="The shipped model whose parts it begins with.")
    ] = "mir_19a_bc_osteoclast",
    model: Annotated[
        str | None, typer.Option("--model", metavar="MODEL", help="Of a fit: the model that it is about.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="PATH", help="The file, NAME.toml if left out; of a fit the folder, NAME."),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> Outcome:
    """Write a model file to edit, with the parts of a model that ships; or a fit folder without measurements."""
    from exokinetics.command_line.creating import creating_fit, creating_model

    if what == "fit":
        return creating_fit(name, model, out)
    if model is not None:
        raise WrongInput("--model goes with new fit; a new model begins with --like MODEL")
    if what != "model":
        raise WrongInput(f"new: '{what}' cannot be begun{did_you_mean(what, ('model', 'fit'))}")
    return creating_model(name, like, out)


@app.command("budget")
def budget_command(
    name: ModelName,
    variant: VariantName = "",
    draws: Annotated[str, typer.Option("--draws", metavar="N", help="Number of draws of the values.")] = "1000",
    seed: Seed = "0",
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="ID=VALUE", help="A parameter; may be repeated.")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> Outcome:
    """Compare what cells receive through vesicles with what half of an effect would take."""
    from exokinetics.command_line.budgeting import budgeting

    return budgeting(name, variant, whole("--draws", draws, 1), whole("--seed", seed, 0), tuple(settings or ()))


@app.command("fit")
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
        str, typer.Option("--method", metavar="NAME", help="How each start searches, such as least_squares.")
    ] = "scoring",
    threads: Annotated[
        str | None, typer.Option("--threads", metavar="N", help="Starts at a time; as many as cores if left out.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="MODEL", help="A model for --data.", rich_help_panel=OWN_DATA)
    ] = None,
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
    from exokinetics.command_line.comparing import comparing
    from exokinetics.command_line.estimating import estimating

    numbers = whole("--starts", starts, 1), whole("--seed", seed, 0)
    at_once = None if threads is None else whole("--threads", threads, 1)
    if model is not None or data is not None:
        from exokinetics.command_line.fitting_own_data import OwnTable, fitting_own_data

        if model is None or data is None:
            raise WrongInput("fit of your own table needs both --model NAME and --data FILE")
        if name is not None or rival is not None or rivals or resume:
            raise WrongInput("fit takes either NAME (with --rival, --rivals, --resume) or --model and --data, not both")
        table = OwnTable(model, data, out, free, tuple(columns or ()), sheet)
        return fitting_own_data(
            table, *numbers, run=not no_run, progress=not (as_json or quiet), method=method, threads=at_once
        )
    if free or columns or sheet is not None or no_run:
        raise WrongInput("--free, --column, --sheet and --no-run go with --model NAME and --data FILE")
    if name is None:
        raise WrongInput(
            f"fit needs the NAME of a fit ('{PROGRAM} list fits' shows what there is), or --model and --data"
        )
    if rivals:
        if rival is not None:
            raise WrongInput("fit takes either --rival NAME or --rivals, not both")
        return comparing(
            name, *numbers, out, progress=not (as_json or quiet), resume=resume, method=method, threads=at_once
        )
    return estimating(
        name, rival, *numbers, out, progress=not (as_json or quiet), resume=resume, method=method, threads=at_once
    )


@app.command("profile")
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
    from exokinetics.command_line.profiling import profiling

    return profiling(name, rival, tuple(parameters or ()), out)


app.command("sample")(sample_command)
app.command("bootstrap")(bootstrap_command)
app.command("cross-validate")(cross_validate_command)


@app.command("export")
def export_command(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A shipped model, or the path of a file.")] = None,
    variant: VariantName = "",
    format: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="sbml; told by the ending of --out if left out.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="PATH", help="The file; with --all the folder.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Export every shipped model into the folder --out.")
    ] = False,
    unverified: Annotated[
        bool, typer.Option("--no-verify", help="Do not read back and simulate what was written.")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> Outcome:
    """Export a model; what is written is read back and simulated again before it counts."""
    from exokinetics.command_line.exporting import exporting, exporting_all

    if everything:
        if name is not None:
            raise WrongInput("export takes either NAME or --all, not both")
        if variant:
            raise WrongInput("--variant goes with the NAME of a model, not with --all")
        return exporting_all(format or "sbml", out, not unverified)
    if name is None:
        raise WrongInput("export needs the NAME of a model, or --all")
    return exporting(name, variant, format, out, not unverified)


def invoke(arguments: list[str], command: str | None) -> Outcome | int:
    """Run the command that the arguments name (or `command`); wrong usage becomes a `WrongInput` of one sentence."""
    group: Any = typer.main.get_command(app)
    program = PROGRAM
    if command is not None:
        import sys

        group, program = group.commands[command], f"python {sys.argv[0]}"
    else:
        _require_command(arguments, group.commands)
    try:
        found = group.main(args=arguments, prog_name=program, standalone_mode=False)
    except _USAGE_ERROR as error:
        raise WrongInput(_usage_sentence(error, f"{program} {command or ''}")) from None
    except typer.Abort:
        raise KeyboardInterrupt from None
    except SystemExit as end:
        return int(end.code or 0)
    if isinstance(found, Outcome):
        return found
    if found == INTERRUPTED:  # typer made Ctrl-C an exit code
        raise KeyboardInterrupt
    return int(found or 0)


# typer brings click along or, since 0.26, inside itself; this is the base of its errors in either case
_USAGE_ERROR: Any = typer.BadParameter.__mro__[2]


def _require_command(arguments: list[str], commands: Any) -> None:
    first = next((each for each in arguments if not each.startswith("-")), None)
    if first is None or first in commands:
        return
    if first in PLANNED:
        raise WrongInput(f"the command '{first}' is not built yet; there are {', '.join(commands)}")
    raise WrongInput(f"there is no command '{first}'{did_you_mean(first, commands)}")


def _usage_sentence(error: Any, program: str) -> str:
    context = getattr(error, "ctx", None)
    place = context.command_path if context is not None else program.strip()
    option = getattr(error, "option_name", None)
    if option is not None and type(error).__name__ == "NoSuchOption":
        known = [name for each in context.command.params for name in each.opts] if context is not None else []
        return f"{place} has no option '{option}'{did_you_mean(option, known)}"
    text = " ".join(error.format_message().split()).rstrip(".")
    text = text[:1].lower() + text[1:]
    return f"{text} ('{place} --help' shows how)"
