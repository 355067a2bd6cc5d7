"""`new`: a model file to edit, begun from one that ships, or a fit folder without measurements."""

from __future__ import annotations

import re
from pathlib import Path

from exokinetics.command_line.outcome import Outcome
from exokinetics.errors import WrongInput

_HEAD = re.compile(r'^(?:title|summary|citation) = (?:"""[\s\S]*?"""|[^\n]*)\n', re.MULTILINE)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def creating_model(name: str, like: str, out: Path | None) -> Outcome:
    """Write the model file `name`.toml with the parts of a shipped model and a head to fill in."""
    from exokinetics.catalogue import load, models
    from exokinetics.interchange.output_file import replacing

    if not _NAME.fullmatch(name):
        raise WrongInput(f"'{name}' cannot be the name of a model; use letters, digits and _ after a first letter")
    if name in models():
        raise WrongInput(f"'{name}' is the name of a model that ships; choose another, or start with --like {name}")
    path = out if out is not None else Path(f"{name}.toml")
    if path.suffix != ".toml":
        raise WrongInput(f"--out {path}: a model file ends in .toml")
    if path.exists():
        raise WrongInput(f"'{path}' is there already; remove it, or name another file with --out")
    source = Path(load(like).file)
    if source.suffix != ".toml":
        raise WrongInput(f"--like {like}: is no model file in TOML; name a shipped model, or a .toml of your own")
    parts = _HEAD.sub("", source.read_text("utf-8"))
    with replacing(path) as temporary:
        temporary.write_text(_head(name, like) + parts, "utf-8")
    remarks = [
        f"{path} was written, with the parts of {like}.",
        f"Fill in title, summary and citation, change the parts, and run 'exokinetics check {path}'.",
    ]
    return Outcome({"file": str(path), "like": like}, remarks=remarks)


def creating_fit(name: str, model: str | None, variant: str, out: Path | None) -> Outcome:
    """Write a fit folder `name` for a model, with comments, an example and no measurements."""
    from exokinetics.catalogue import load
    from exokinetics.fitting.own_data import begin_fit

    if not _NAME.fullmatch(name):
        raise WrongInput(f"'{name}' cannot be the name of a fit; use letters, digits and _ after a first letter")
    if model is None:
        raise WrongInput(f"new fit needs --model MODEL; 'exokinetics new fit {name} --model epo_receptor_uptake'")
    written = begin_fit(load(model, variant) if variant else model, out if out is not None else Path(name))
    folder, reading = written.folder, f" --variant {variant}" if variant else ""
    remarks = [
        f"{folder} was written. {written.assumptions[0]}",
        f"Fill in data.csv and README.md, and run 'exokinetics check {folder}'.",
        f"With a table of your own, 'exokinetics fit --model {model}{reading} --data FILE' does it for you.",
    ]
    return Outcome({"folder": str(folder), "model": model, "missing": list(written.missing)}, remarks=remarks)


def _head(name: str, like: str) -> str:
    return f'''# Begun from {like}. Each part is one mechanism: its law, the tables of models/library that its
# values come from, and the parts that it is connected to. A value of your own stands beside them:
#   decay = {{ value = "0.1 1/hour", quality = "assumed", reason = "why this number" }}   (or measured, with a source)
# `exokinetics show {like}` prints all of it resolved, `exokinetics list mechanisms` the laws.
title = "{name}: who sends what to whom, and what follows"
summary = "What is modelled, what is left out, and which edges nobody stated."
citation = "Where the system is described."
'''
