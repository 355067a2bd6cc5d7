"""The commands, their arguments and their help; what a command does is in a module of its own, loaded when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from exokinetics.command_line.fitting_commands import (
    bootstrap_command,
    cross_validate_command,
    fit_command,
    held_out_command,
    profile_command,
    sample_command,
)
from exokinetics.command_line.numbers_given import real, whole
from exokinetics.command_line.options import (
    AsJson,
    ModelName,
    Quiet,
    Seed,
    VariantName,
)
from exokinetics.command_line.outcome import INTERRUPTED, Outcome
from exokinetics.errors import WrongInput, did_you_mean

PROGRAM = "exokinetics"
PLANNED = (
    "design", "explore", "identify", "report", "sensitivity",
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
    """Show every equation, value, unit, source and identifier of a model; or a fit; or what a mechanism needs."""
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


@app.command("import")
def import_command(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The path of an SBML file, of any level.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE.xml", help="Write the model anew, as SBML Level 3 Version 2, and prove it."
        ),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> Outcome:
    """Report what an SBML file became: units, ids, size, what is refused, what will not work, and what to do next.

    Every command that takes a model takes the file itself, so nothing has to be converted.
    """
    from exokinetics.command_line.importing import importing

    return importing(file, out)


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
    variant: VariantName = "",
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
        return creating_fit(name, model, variant, out)
    if model is not None or variant:
        raise WrongInput("--model goes with new fit, and so does --variant; a new model begins with --like MODEL")
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


app.command("fit")(fit_command)
app.command("profile")(profile_command)
app.command("sample")(sample_command)
app.command("bootstrap")(bootstrap_command)
app.command("cross-validate")(cross_validate_command)
app.command("held-out")(held_out_command)


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
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="TIME",
            help="End of the time compared; if left out the last that the model reports, else one by its unit.",
        ),
    ] = None,
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
        if until is not None:
            raise WrongInput("--until goes with the NAME of a model, not with --all")
        return exporting_all(format or "sbml", out, not unverified)
    if name is None:
        raise WrongInput("export needs the NAME of a model, or --all")
    return exporting(name, variant, format, out, not unverified, until)


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
