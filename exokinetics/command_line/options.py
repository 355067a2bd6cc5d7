"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

COMMON = "Common options"

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.", rich_help_panel=COMMON)]
Quiet = Annotated[bool, typer.Option("--quiet", help="No remarks, warnings and progress.", rich_help_panel=COMMON)]
# numbers are read by `whole`, because what typer says of a wrong one differs from version to version
Seed = Annotated[str, typer.Option("--seed", metavar="N", help="Seed of what is drawn at random.")]
ModelName = Annotated[str, typer.Argument(metavar="NAME", help="A shipped model, or the path of a model or SBML file.")]

FitName = Annotated[str, typer.Argument(metavar="NAME", help="A shipped fit, or the path of a fit.toml or its folder.")]
RivalName = Annotated[
    str | None, typer.Option("--rival", metavar="NAME", help="Take this rival of the fit in its place.")
]
TablesFolder = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Write the tables and figures into this folder.")
]
VariantName = Annotated[
    str, typer.Option("--variant", metavar="NAME", help="Another reading in the file of the model; show lists them.")
]
