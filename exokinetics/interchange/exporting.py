"""`export`: a model as a file of another tool, proved at the moment it is written."""

from __future__ import annotations

import hashlib
import time as clock
from pathlib import Path
from typing import Any

from exokinetics.catalogue import load
from exokinetics.errors import WrongInput, did_you_mean, nearest
from exokinetics.interchange.checked_span import span
from exokinetics.interchange.manifest import Manifest
from exokinetics.interchange.output_file import replacing
from exokinetics.interchange.sbml_file import incomplete_units, verify_sbml, write_sbml
from exokinetics.model.whole import Model

FORMATS = ("sbml",)
PLANNED = ("petab", "antimony", "omex", "python", "octave", "r", "julia", "c", "latex", "markdown")
ENDINGS = {
    ".xml": "sbml", ".sbml": "sbml", ".yaml": "petab", ".yml": "petab", ".ant": "antimony", ".omex": "omex",
    ".py": "python", ".m": "octave", ".r": "r", ".jl": "julia", ".c": "c", ".tex": "latex", ".md": "markdown",
}  # fmt: skip

UNITS_LEFT_OUT = "the model states its units only in part, so libSBML's unit checks were left out"


def export(
    thing: Any, path: str | Path, *, format: str | None = None, verify: bool = True, until: Any = None
) -> Manifest:  # fmt: skip
    """Write a model (a `Model`, a name or a path) to a file of another format, replacing what stands there.

    `format` is "sbml", told by the ending of `path` where it is left out. The initial values are the state at time 0
    after the start that the model asks for. With `verify` the file is read back, checked and simulated again before
    it takes its place, by this package and by libRoadRunner and COPASI where they are installed; `WorkFailed` says
    what did not agree, and nothing is left behind. `until`: the end of the time compared, a number in the model's unit
    or a text with unit; by default the last time that the model reports, else what is usual in its unit of time.
    """
    target = Path(path)
    chosen = export_format(target, format)
    with replacing(target) as temporary:
        began = clock.perf_counter()
        model = _model(thing)
        span(model, until)  # a wrong time is said before anything is written
        write_sbml(model, temporary)
        found = verify_sbml(model, temporary, str(target), until=until) if verify else None
        sums = {target.name: hashlib.sha256(temporary.read_bytes()).hexdigest()}
    seconds = clock.perf_counter() - began
    if found is None:
        return Manifest(target, chosen, (target,), seconds=seconds, sha256=sums)
    notes = (UNITS_LEFT_OUT,) if incomplete_units(model) else ()
    return Manifest(
        target, chosen, (target,), notes + found.notes, found.largest_deviation, True, seconds, found.span, sums,
        found.testimonies,
    )  # fmt: skip


def export_format(path: Path, format: str | None) -> str:
    """The format asked for, or the one of the ending; `WrongInput` names what there is."""
    there = " and ".join(f"'{name}'" for name in FORMATS)
    if format is None:
        found = ENDINGS.get(path.suffix.lower())
        if found is None:
            what = f"the ending '{path.suffix}'" if path.suffix else "a name without an ending"
            raise WrongInput(f"{path}: {what} does not tell the format; end it in .xml, or say format='sbml'")
    else:
        found = str(format).lower()
    if found in FORMATS:
        return found
    if found in PLANNED:
        raise WrongInput(f"export to '{found}' is not built yet; {there} is")
    near = nearest(found, (*FORMATS, *PLANNED))
    if near in PLANNED:
        raise WrongInput(f"'{format}' is not a format of export; '{near}' is near to it and not built yet, {there} is")
    raise WrongInput(f"'{format}' is not a format of export{did_you_mean(found, FORMATS)}")


def _model(thing: Any) -> Model:
    if isinstance(thing, Model):
        return thing
    if isinstance(thing, (str, Path)):
        return load(thing)
    name = type(thing).__name__
    if name in ("Problem", "Fit"):
        raise WrongInput(f"export of a {name} is not built yet; export its model")
    raise WrongInput(f"export takes a model, its name or its path, not {name}")
