"""The commands that say what a fit leaves open besides its profiles: `sample`, `bootstrap` and `cross-validate`."""

from __future__ import annotations

from typing import Annotated

import typer

from exokinetics.command_line.numbers_given import whole
from exokinetics.command_line.options import AsJson, FitName, Quiet, RivalName, Seed, TablesFolder
from exokinetics.command_line.outcome import Outcome


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
    from exokinetics.command_line.repeating import sampling

    count = None if walkers is None else whole("--walkers", walkers, 4)
    numbers = whole("--steps", steps, 20, 10_000_000), count, whole("--seed", seed, 0)
    return sampling(name, rival, *numbers, out, progress=not (as_json or quiet))


def bootstrap_command(
    name: FitName,
    rival: RivalName = None,
    repeats: Annotated[str, typer.Option("--repeats", metavar="N", help="How often to draw data and fit.")] = "500",
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
    from exokinetics.command_line.repeating import bootstrapping

    numbers = whole("--repeats", repeats, 10, 1_000_000), kind, whole("--seed", seed, 0)
    return bootstrapping(name, rival, *numbers, out, progress=not (as_json or quiet))


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
    from exokinetics.command_line.repeating import cross_validating

    return cross_validating(name, rival, whole("--starts", starts, 0), whole("--seed", seed, 0), out)
