"""`show`: the whole of a model, a fit or a mechanism."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from exokinetics.command_line.outcome import Outcome
from exokinetics.errors import WrongInput, did_you_mean

if TYPE_CHECKING:
    from exokinetics.fitting import Problem
    from exokinetics.model.whole import Model


def showing(name: str, variant: str = "") -> Outcome:
    """What is called `name` among models, fits and mechanisms, or stands in the file of that path."""
    if variant:
        from exokinetics.catalogue import load

        return _of(load(name, variant))
    from exokinetics.catalogue import load
    from exokinetics.catalogue.loading import model_files
    from exokinetics.laws import LAWS

    if name in model_files():
        return _of(load(name))
    if name in LAWS:
        from exokinetics.command_line.mechanism_text import mechanism_content, write_mechanism

        content = mechanism_content(LAWS[name])
        return Outcome(content, lambda page: write_mechanism(content, page))
    return _of(_read(name, [*model_files(), *LAWS]))


def _read(name: str, known: list[str]) -> Model | Problem:
    from exokinetics.fitting import fits, load_fit

    if name in fits():
        return load_fit(name)
    path = Path(name)
    if path.exists() or path.suffix or "/" in name:
        from exokinetics.interchange import read

        return read(path)
    hint = did_you_mean(name, [*known, *fits()])
    raise WrongInput(f"'{name}' is not a model, a fit, a mechanism or a file{hint}")


def _of(thing: Model | Problem) -> Outcome:
    from exokinetics.model.whole import Model

    if isinstance(thing, Model):
        from exokinetics.command_line.model_content import model_content
        from exokinetics.command_line.model_text import write_model

        content = model_content(thing)
        return Outcome(content, lambda page: write_model(content, page))
    from exokinetics.command_line.fit_text import fit_content, write_fit

    about = fit_content(thing)
    return Outcome(about, lambda page: write_fit(about, page))
